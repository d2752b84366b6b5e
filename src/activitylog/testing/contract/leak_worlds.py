"""Pairs of logs that differ only in what a viewer may not see, for the clauses on leaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from attrs import field, frozen
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from activitylog.actors import Actor
from activitylog.draft import Draft
from activitylog.log import ActivityLog
from activitylog.refs import Ref
from activitylog.scope import scope
from activitylog.types import TypeRegistry
from activitylog.viewers import Viewer

__all__ = ["IDS", "NOW", "REFS", "VIEWERS", "Entry", "Pair", "declared", "fullest", "pairs", "remembered"]

NOW: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
IDS: Final = tuple(UUID(int=(0x0190_0000_0000_7000_8000 << 48) + number) for number in range(8))
REFS: Final = (Ref("contact", 1, "Kim"), Ref("contact", 2, "Robin"), Ref("company", 7, "ACME"))
_ACTORS: Final = (Actor.user(3, "Lea"), Actor.customer(REFS[0]), Actor.user(4).on_behalf_of(REFS[1]))
_READERS: Final = ("*", "*", "user:4", "user:9", "group:sales", "contact:1")

VIEWERS: Final = (
    Viewer(),
    Viewer(["user:4", "team:south"]),
    Viewer(["user:9", "group:sales"], permissions=["mail.read"]),
    Viewer("team:north", permissions=["salary.read", "types.undeclared"]),
    Viewer(REFS[0], internal=False),
    Viewer(REFS[0], internal=False, permissions=["mail.read"]),
)


def declared(*, old: bool) -> TypeRegistry:
    """Return the types; those that only an ``old`` program declares are undeclared to others."""
    types = TypeRegistry()
    for name, options in {
        "call": {"visibility": "customer", "category": "talk", "channel": "phone"},
        "note": {},
        "mail": {"permission": "mail.read", "visibility": "customer", "category": "talk", "summary": "{subject}"},
        "salary": {"permission": "salary.read", "otherwise": "hidden"},
        **({"old.type": {}} if old else {}),
    }.items():
        types.define(name, manual=True, statuses=("open", "done"), **options)  # type: ignore[arg-type]
    types.define("account", of_subject=True, statuses=("on", "off"), permission="salary.read", otherwise="hidden")
    return types


@frozen
class Entry:
    """An entry as it is drawn: what decides on who sees it, what is shown of it at least, and what is hidden then."""

    type: str
    readers: tuple[str, ...]
    team: str
    minutes: int
    actor: Actor
    subjects: tuple[Ref, ...]
    hidden: Mapping[str, Any] = field(hash=False)

    def draft(self, id: UUID, hidden: Mapping[str, Any]) -> Draft:
        """Return the draft of the entry, with these hidden fields."""
        at = NOW - timedelta(minutes=self.minutes)
        given = {"readers": self.readers, "team": self.team, "actor": self.actor, "occurred_at": at}
        return Draft(self.type, *self.subjects, id=id, **given, **hidden)  # type: ignore[arg-type]

    def seen_by(self, viewer: Viewer) -> str:
        """Return how a viewer sees it, by the rules in plain words: ``whole``, ``redacted`` or ``hidden``."""
        among = "*" in self.readers or bool(viewer.principals & set(self.readers))
        if viewer.internal:
            passes = among and (not self.team or f"team:{self.team}" in viewer.principals)
        else:
            about = any(str(ref) in viewer.principals for ref in self.subjects)
            passes = among and about and self.type in ("call", "mail")
        if not passes:
            return "hidden"
        wanted = {"mail": "mail.read", "salary": "salary.read", "old.type": "types.undeclared"}.get(self.type)
        if wanted is None or wanted in viewer.permissions:
            return "whole"
        return "redacted" if self.type == "mail" else "hidden"


@frozen
class Pair:
    """Entries of one log, and how those of another differ that a viewer may not see, or not whole."""

    viewer: Viewer
    entries: Sequence[Entry]
    others: Sequence[Entry | None]
    """In the other log, in place of a hidden one; None for nothing."""
    blocked: bool
    """Whether the first log has a status that only those see who may see salaries."""

    def write(self, log: ActivityLog, *, first: bool) -> None:
        """Record the entries of the first or of the other log, each by itself, so that arrivals have an order."""
        for id, entry, other in zip(IDS, self.entries, self.others, strict=False):
            seen = entry.seen_by(self.viewer)
            if first or seen == "whole":
                log.record(entry.draft(id, entry.hidden))
            elif seen == "redacted":
                log.record(entry.draft(id, {} if other is None else other.hidden))
            elif other is not None and other.seen_by(self.viewer) == "hidden":
                log.record(other.draft(id, other.hidden))
        if first and self.blocked and "salary.read" not in self.viewer.permissions:
            with scope(actor=_ACTORS[0]):
                log.subjects.set_status(REFS[0], "account", "off", at=NOW)


_hidden: Final[SearchStrategy[dict[str, Any]]] = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(["Offer", "Salary"]),
        "note": st.sampled_from(["secret", "offer"]),
        "data": st.sampled_from([{"subject": "secret"}, {"subject": "offer"}]),
        "status": st.sampled_from(["open", "done"]),
        "tags": st.sampled_from(["hot", "cold"]),
        "assignee": st.sampled_from([Ref("user", 4), Ref("user", 9)]),
        "due_at": st.sampled_from([NOW, NOW + timedelta(days=1)]),
        "ended_at": st.just(NOW),
        "pinned": st.booleans(),
        "channel": st.sampled_from(["email", "phone"]),
        "direction": st.sampled_from(["incoming", "outgoing"]),
        "conversation": st.sampled_from(["c1", "c2"]),
        "source": st.sampled_from(["mail:1", "mail:2"]),
        "idempotency_key": st.uuids().map(str),
    },
)
_entries: Final = st.builds(
    Entry,
    type=st.sampled_from(["call", "note", "mail", "mail", "salary", "old.type"]),
    readers=st.lists(st.sampled_from(_READERS), min_size=1, max_size=2).map(tuple),
    team=st.sampled_from(["", "", "south", "north"]),
    minutes=st.integers(0, 3),
    actor=st.sampled_from(_ACTORS),
    subjects=st.lists(st.sampled_from(REFS), min_size=1, max_size=2, unique=True).map(tuple),
    hidden=_hidden,
)
pairs: Final = st.builds(
    Pair,
    viewer=st.sampled_from(VIEWERS),
    entries=st.lists(_entries, min_size=1, max_size=len(IDS)),
    others=st.lists(st.none() | _entries, min_size=len(IDS), max_size=len(IDS)),
    blocked=st.booleans(),
)


def fullest() -> Sequence[Pair]:
    """Return a pair for each viewer in which every type is there, and everything differs that may be hidden."""
    types = ("call", "note", "mail", "salary", "old.type", "mail", "call", "note")

    def entries(*hidden: Mapping[str, Any]) -> list[Entry]:
        return [
            Entry(name, ("user:9",) if number > 5 else ("*",), "", number, _ACTORS[number % 3], REFS[:2], values)
            for number, (name, values) in enumerate(zip(types, hidden, strict=True))
        ]

    ours = [{**_ONE_WAY, "idempotency_key": f"k{number}"} for number in range(len(types))]
    theirs = [{**_THE_OTHER, "idempotency_key": f"o{number}"} for number in range(len(types))]
    return [Pair(viewer, entries(*ours), entries(*theirs), blocked=True) for viewer in VIEWERS]


_ONE_WAY: Final[Mapping[str, Any]] = {
    "title": "Offer",
    "note": "secret",
    "data": {"subject": "secret"},
    "status": "done",
    "tags": "hot",
    "assignee": "user:4",
    "due_at": NOW,
    "ended_at": NOW,
    "pinned": True,
    "channel": "email",
    "direction": "incoming",
    "conversation": "c1",
    "source": "mail:1",
}
_THE_OTHER: Final[Mapping[str, Any]] = {"title": "Salary", "channel": "phone", "direction": "outgoing", "tags": "cold"}


def remembered(log: ActivityLog) -> str:
    """Return the mark of before anything was recorded."""
    with scope(actor=_ACTORS[0]):
        return log.everything().page().mark
