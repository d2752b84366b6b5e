"""The overview of a subject: its timeline in sections, counted at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activitylog import ActivityLog, Actor, Draft, Overview, Ref, Section, TypeRegistry, scope, standard
from activitylog.errors import InvalidInput
from activitylog_memory import MemoryStorage

LEA, TOM = Actor.user(3, "Lea Müller"), Actor.user(4, "Tom Ernst")


@pytest.fixture
def types() -> TypeRegistry:
    return TypeRegistry(standard.types)


@pytest.fixture
def filled(make_log: Callable[..., ActivityLog], kim: Ref, acme: Ref) -> ActivityLog:
    log = make_log(parents=lambda refs: {ref: [acme] for ref in refs if ref.kind == "contact"})
    log.record_many(
        [
            Draft("call", kim, note="a quote"),
            Draft("task", kim, assignee=LEA),
            Draft("task", acme, assignee=TOM),
            Draft("task", acme, status="done", assignee=LEA),
            Draft("offer", acme),
            Draft("order", kim, status="won", assignee=LEA),
            Draft("delivery_note", acme),
            Draft("project", acme, status="planned"),
            Draft("project", kim),
        ]
    )
    log.archive(log.record("offer", acme))
    return log


def test_sections_are_timelines_of_the_subject_and_what_belongs_to_it(filled: ActivityLog, acme: Ref, kim: Ref):
    overview = filled.overview(acme, sections=standard.sections)
    assert list(overview) == ["communication", "tasks", "contracts", "sales", "projects"]
    assert [(name, timeline.count()) for name, timeline in overview.items()] == [
        *[("communication", 1), ("tasks", 3), ("contracts", 0), ("sales", 3), ("projects", 2)]
    ]
    assert filled.overview(kim, sections=standard.sections)["tasks"].count() == 1
    pages = overview.pages(limit=2)
    assert {name: len(page) for name, page in pages.items()} == {
        "communication": 1,
        "tasks": 2,
        "contracts": 0,
        "sales": 2,
        "projects": 2,
    }
    assert overview["tasks"].page(2, after=pages["tasks"].next)[0].type == "task"


def test_counts_by_status_of_all_and_mine(filled: ActivityLog, acme: Ref):
    overview = filled.overview(acme, sections=standard.sections)
    assert overview.counts(mine=LEA) == {
        "communication": {"open": (0, 0), "done": (0, 0), "": (1, 0)}
        | dict.fromkeys(("draft", "queued", "sent", "failed", "delivered"), (0, 0)),
        "tasks": {"open": (2, 1), "done": (1, 1)},
        "contracts": {"draft": (0, 0), "active": (0, 0), "ended": (0, 0)},
        "sales": {"open": (1, 0), "won": (1, 1), "lost": (0, 0), "discontinued": (0, 0), "": (1, 0)},
        "projects": {"open": (1, 0), "planned": (1, 0), "in_progress": (0, 0), "done": (0, 0)},
    }
    assert overview.counts()["tasks"] == {"open": (2, 0), "done": (1, 0)}
    assert overview.filter(assignee=LEA).counts(mine="user:3")["tasks"] == {"open": (1, 1), "done": (1, 1)}
    assert overview.filter(archived=None).counts()["sales"]["open"] == (2, 0)
    assert overview.filter(search="quote").counts()["communication"][""] == (1, 0)


def test_sections_of_ones_own_may_overlap_and_hold_types_made_at_run_time(filled: ActivityLog, acme: Ref):
    filled.types.create("inspection", category="project", statuses=("open", "passed"))
    filled.record("custom.inspection", acme)
    sections = {
        "checks": Section({"en": "Checks", "de": "Prüfungen"}, types="custom.inspection"),
        "planning": Section("Planning", types=["task", "project"]),
        "open projects": Section("Projects", types=("project", "task"), category="project"),
    }
    with scope(language="de"):
        overview = filled.overview(acme, sections=sections)
    assert (overview.label("checks"), overview.label("planning")) == ("Prüfungen", "Planning")
    assert overview.counts() == {
        "checks": {"open": (1, 0), "passed": (0, 0)},
        "planning": {"open": (3, 0), "done": (1, 0), "planned": (1, 0), "in_progress": (0, 0)},
        "open projects": {"open": (1, 0), "planned": (1, 0), "in_progress": (0, 0), "done": (0, 0)},
    }
    assert [overview[name].count() for name in overview] == [1, 5, 2]


@pytest.mark.parametrize(
    ("sections", "field"),
    [
        ({}, "sections"),
        (None, "sections"),
        (["tasks"], "sections"),
        ({"tasks": "task"}, "sections.tasks"),
        ({"": Section("x", category="task")}, "sections"),
        ({7: Section("x", category="task")}, "sections"),
    ],
)
def test_sections_that_are_none(log: ActivityLog, kim: Ref, sections: Any, field: str):
    with pytest.raises(InvalidInput) as refused:
        log.overview(kim, sections=sections)
    assert refused.value.field == field


@pytest.mark.parametrize("options", [{}, {"types": ()}, {"types": 7}, {"types": [7]}, {"category": "x" * 65}])
def test_a_section_that_says_nothing_or_too_much(options: dict[str, Any]):
    with pytest.raises(InvalidInput):
        Section("x", **options)


class Asked(MemoryStorage):
    """A store that notes what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []

    def count(self, *arguments: Any, **options: Any) -> Any:
        self.calls.append("count")
        return super().count(*arguments, **options)

    def fetch(self, *arguments: Any, **options: Any) -> Any:
        self.calls.append("fetch")
        return super().fetch(*arguments, **options)


def test_counts_are_one_question_and_pages_one_for_each_section(types: TypeRegistry, kim: Ref):
    store = Asked()
    overview = ActivityLog(store, types=types, actor=LEA).overview(kim, sections=standard.sections)
    assert store.calls == []
    overview.counts(mine=LEA)
    assert store.calls == ["count"]
    overview.pages()
    assert store.calls == ["count", *["fetch"] * len(standard.sections)]


ENTRIES = st.lists(
    st.tuples(
        st.sampled_from(["task", "offer", "call", "project"]), st.integers(0, 1), st.sampled_from([LEA, TOM, None])
    ),
    max_size=12,
)


@given(ENTRIES)
def test_counts_are_those_of_the_timelines(entries: list[tuple[str, int, Actor | None]]):
    log = ActivityLog("memory://", types=TypeRegistry(standard.types), actor=LEA)
    kim = Ref("contact", 42)
    for type, status, assignee in entries:
        statuses = list(log.types[type].statuses)
        log.record(type, kim, status=statuses[status] if statuses else "", assignee=assignee)
    overview: Overview = log.overview(kim, sections=standard.sections)
    for name, by_status in overview.counts(mine=LEA).items():
        for status, numbers in by_status.items():
            timeline = overview[name].filter(status=status)
            assert numbers == (timeline.count(), timeline.filter(assignee=LEA).count())
