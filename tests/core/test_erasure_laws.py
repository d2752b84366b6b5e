"""Random logs of several people, of whom one is erased: nothing is left of them, and everything of the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from activitylog import ActivityLog, Actor, Ref, TypeRegistry, scope
from activitylog.storage import Mention, Record
from effort import effort
from told_of_a_person import NOW, documents, entries

ANN, BEN, CEM = Ref("contact", "ann-quitte", "Ann Quitte"), Ref("contact", "ben", "Ben"), Ref("company", "cem", "Cem")
PEOPLE = (ANN, BEN, CEM)

people = st.sampled_from(PEOPLE)
some = st.lists(people, min_size=1, max_size=3, unique=True)
drafts = st.fixed_dictionaries(
    {"subjects": some, "by": people},
    optional={
        "assignee": people,
        "readers": some,
        "editors": some,
        "source": people,
        "data": st.dictionaries(st.sampled_from("ab"), st.sampled_from([*map(str, PEOPLE), "x", 1])),
        "key": st.booleans(),
        "thread": st.booleans(),
    },
)
verbs = st.tuples(st.integers(0, 5), st.sampled_from(["assign", "share", "tag", "delete", "edit"]), people, people)


def told(stories: list[dict[str, Any]], handled: list[tuple[int, str, Ref, Ref]]) -> ActivityLog:
    types = TypeRegistry()
    types.define("call", manual=True)
    log = ActivityLog("memory://", types=types, clock=lambda: NOW, cursor_key="of a test")
    ids = [UUID(int=number + 1) for number in range(len(stories))]
    for id, story in zip(ids, stories, strict=True):
        fields = {name: story[name] for name in ("assignee", "readers", "editors", "source", "data") if name in story}
        log.record(
            "call",
            *story["subjects"],
            id=id,
            note="of a quitte" if story["subjects"] == [ANN] else "of others",
            occurred_at=NOW,
            actor=Actor.customer(story["by"]),
            idempotency_key=f"key {id}" if story.get("key") else None,
            conversation="thread" if story.get("thread") else "",
            **fields,
        )
    for number, verb, who, by in handled:
        if number < len(ids):
            _handle(log, ids[number], verb, who, Actor.user(by))
    return log


def _handle(log: ActivityLog, id: UUID, verb: str, who: Ref, by: Actor) -> None:
    ways: dict[str, Callable[[], Any]] = {
        "assign": lambda: log.assign(id, who),
        "share": lambda: log.share(id, readers=[who]),
        "tag": lambda: log.tag(id, add=["seen"]),
        "delete": lambda: log.delete(id),
        "edit": lambda: log.edit(id, title="edited"),
    }
    with scope(actor=by):
        if not log.get(id).deleted:
            ways[verb]()


def names(record: Record) -> bool:
    return "quitte" in record.to_json().lower()


@settings(max_examples=effort(60, least=20), deadline=None)
@given(st.lists(drafts, max_size=6), st.lists(verbs, max_size=8), st.sampled_from(["anonymise", "delete"]))
def test_nothing_of_the_person_is_left_and_everything_of_the_others(
    stories: list[dict[str, Any]], handled: list[tuple[int, str, Ref, Ref]], mode: str
):
    untouched, log = told(stories, handled), told(stories, handled)
    with scope(actor=Actor.user(3)):
        report = log.privacy.erase(ANN, mode=mode)
    kept = {current.id: (current, earlier) for current, earlier in entries(log.storage)}
    assert not any(names(record) for current, earlier in kept.values() for record in (current, *earlier))
    assert not any("quitte" in repr(document).lower() for document in documents(log.storage))
    for current, earlier in entries(untouched.storage):
        chain = [*earlier, current]
        own = {link.ref for link in current.links if link.role == "subject"} == {str(ANN)}
        if own and mode == "delete":
            assert current.id not in kept
            continue
        after = [*kept[current.id][1], kept[current.id][0]]
        if not any(map(names, chain)):
            assert after == chain
        else:
            assert [record.action for record in after] == [*(record.action for record in chain), "erased"]
            assert [shown(record, report.pseudonym, own) for record in after[:-1]] == [
                shown(record, report.pseudonym, own) for record in chain
            ]


def shown(record: Record, pseudonym: Ref, own: bool) -> dict[str, Any]:
    """Return what must be the same before and after, with the pseudonym for the person."""
    gone = {"words", "digest", "idempotency_key", "audience", "context"}
    if own:
        gone |= {"title", "note", "data", "comment", "tags", "source", "conversation"}
        record = evolve(record, links=tuple(link for link in record.links if link.role != "source"))
    values = {name: _plain(value, str(pseudonym)) for name, value in vars(record).items() if name not in gone}
    return {**values, **{name: sorted(values[name]) for name in ("readers", "editors")}}


def _plain(value: Any, pseudonym: str) -> Any:
    match value:
        case Mention(ref=ref) if ref in (str(ANN), pseudonym):
            return Mention(pseudonym, "", value.role)
        case tuple():
            return tuple(_plain(item, pseudonym) for item in value)
        case str():
            return value.replace(str(ANN), pseudonym)
        case _:
            return value
