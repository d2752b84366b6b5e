"""A long history of many kinds, and every question about it, on every store."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from activitylog import ActivityLog, Actor, Draft, Ref, TypeRegistry, scope
from parity.told import told_of

SPRING = datetime(2026, 3, 27, tzinfo=UTC)  # two days before clocks go forward in Europe
SUBJECTS = [Ref("contact", number, f"Contact {number}") for number in range(6)]
ACTORS = [Actor.user(3, "Lea Müller"), Actor.user(4), Actor.service("billing"), Actor.user(3).on_behalf_of(SUBJECTS[0])]
TEXTS = ["", "Asked for a quote", "über Größe", "ÜBER alles", "100 % a_b", "😀 fine", "ﬁne print", "a\\b 'c'"]


def types() -> TypeRegistry:
    registry = TypeRegistry()
    registry.define("call", category="communication", channel="phone", manual=True, summary="{title}: {subjects}")
    registry.define("mail", category="communication", channel="email", statuses=("draft", "sent"))
    registry.define("task", category="task", manual=True, statuses=("open", "waiting", "done"))
    return registry


def parents(refs: Any) -> dict[Ref, list[Ref]]:
    return {ref: [Ref("company", int(ref.id) % 2)] for ref in refs if ref.kind == "contact"}


def fill(log: ActivityLog) -> None:
    """Write some 150 entries in batches, some of them repeated, and handle every third."""
    chance = random.Random(26)
    for _ in range(45):
        log.record_many([draft(chance) for _ in range(chance.randrange(1, 10))])
    entries = [entry.id for entry in log.everything().oldest_first()]
    for id in entries[::3]:
        handle(log, id, chance)


def draft(chance: random.Random) -> Draft:
    type = chance.choice(["call", "mail", "task"])
    at = SPRING + timedelta(minutes=10 * chance.randrange(700))
    return Draft(
        type,
        *chance.sample(SUBJECTS, chance.randrange(1, 4)),
        actor=chance.choice(ACTORS),
        occurred_at=at,
        note=chance.choice(TEXTS),
        title=chance.choice(TEXTS),
        team=chance.choice(["", "sales", "Sales"]),
        direction=chance.choice(["", "incoming", "outgoing"]) if type == "mail" else "",
        due_at=at + timedelta(days=chance.randrange(4)) if type == "task" else None,
        assignee=chance.choice([None, "user:3", "user:4"]),
        tags=chance.sample(["folder:a", "b", "B", "ß"], chance.randrange(3)),
        conversation=chance.choice(["", "thread 1"]),
        readers=chance.choice([None, ["user:3"], ["team:sales", "user:4"]]),
        source=chance.choice([None, Ref("deal", chance.randrange(3))]),
        pinned=chance.random() < 0.1,
        idempotency_key=chance.choice([None, None, f"key {chance.randrange(40)}"]),
        on_repeat="first",
    )


def handle(log: ActivityLog, id: Any, chance: random.Random) -> None:
    entry = log.get(id)
    verbs: list[Callable[[], Any]] = [
        lambda: log.tag(id, add=["late"], comment="why not"),
        lambda: log.pin(id, not entry.pinned),
        lambda: log.share(id, readers=["user:3", "user:4"]),
        lambda: log.archive(id),
    ]
    if entry.manual:
        verbs.append(lambda: log.edit(id, note="another", occurred_at=SPRING))
    if entry.type == "task":
        verbs += [lambda: log.transition(id, "done", comment="at last"), lambda: log.due(id, None)]
    for verb in chance.sample(verbs, 2):
        verb()
    if entry.manual and chance.random() < 0.4:
        log.delete(id, comment="by mistake")
        if chance.random() < 0.5:
            log.restore(id)


def asked(log: ActivityLog) -> dict[str, Any]:
    """Return timelines of all sorts."""
    kim, everything = log.timeline(SUBJECTS[0]), log.everything()
    filters: list[dict[str, Any]] = [
        {"types": ["call", "task"]},
        {"actor": "user:3"},
        {"on_behalf_of": SUBJECTS[0]},
        {"assignee": ["user:3", "user:4"], "open": True},
        {"status": "done"},
        {"team": "sales"},
        {"tags": ["folder:a", "ß"]},
        {"conversation": "thread 1"},
        {"source": Ref("deal", 1)},
        {"since": SPRING + timedelta(days=1), "until": SPRING + timedelta(days=3)},
        {"due_until": SPRING + timedelta(days=3)},
        {"search": "uber"},
        {"search": "FINE"},
        {"search": "%"},
        {"pinned": True},
        {"archived": True, "deleted": None},
        {"deleted": True},
        {"types": []},
    ]
    several = {f"everything, {one}": everything.filter(**one) for one in filters}
    return {
        "kim": kim,
        "kim directly": log.timeline(Ref("company", 0)).filter(direct=True),
        "company": log.timeline(Ref("company", 0)),
        "several": log.timeline(*SUBJECTS[:4], Ref("company", 1)),
        "kim's calls": kim.filter(types="call", actor="user:3"),
        **several,
    }


@pytest.fixture(scope="session")
def run(repeatable: Callable[[], Any]) -> Callable[[str], Any]:
    def run(url: str) -> Any:
        with repeatable(), scope(tenant="south", actor=ACTORS[0]):
            log = ActivityLog(url, types=types(), parents=parents)
            fill(log)
            told = told_of(log, asked(log))
            log.close()
        return told

    return run


@pytest.fixture(scope="session")
def expected(run: Callable[[str], Any]) -> Any:
    """What the store in memory tells."""
    return run("memory://")


def test_a_long_history_is_the_same_on_every_store(run: Callable[[str], Any], expected: Any, store_url: str) -> None:
    found = run(store_url)
    assert len(expected["entries"]) > 100
    assert [name for name in expected if found[name] != expected[name]] == []
