"""The log that is loaded: invented, the same for every store and every run, and its first entries for every size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import blake2b
from itertools import accumulate
from random import Random
from typing import Any
from uuid import UUID

from activitylog import Actor, Ref, TypeRegistry, Viewer
from activitylog.audiences import AUDIENCE, audience
from activitylog.storage import Document, Mention, Record
from activitylog.words import stored_words

__all__ = [
    "ACTOR",
    "BATCH",
    "CHUNK",
    "LARGEST",
    "SILENT",
    "STATUS",
    "TENANT",
    "TYPE",
    "VIEWER",
    "audience_of_viewer",
    "audiences",
    "chunk",
    "customers",
    "recorded",
    "types",
]

CHUNK = 10_000
"""Entries are made in chunks, each from a seed of its own: a part can be made without those before it."""

TENANT = "south"
LARGEST = Ref("contact", 0, "Contact 0")
"""Whom 2 % of all entries are about: 200,000 of ten million."""
SILENT = Ref("contact", "silent", "Contact silent")
"""Whose forty entries are years older than all others."""
TYPE, STATUS, ACTOR = "contract.signed", "waiting", Actor.user(0, "User 0")
"""What 1 % of the entries have each."""
VIEWER = Viewer((ACTOR.ref, "team:board"))
"""Who sees 1 % of the entries."""
BATCH = UUID(int=0)
"""What a hundred of the first ten thousand entries belong to, and a thousand of the first hundred thousand."""

_KINDS, _SHARES = ("mail", "call", "note", "task", "invoice.issued", TYPE), (45, 25, 13, 8, 8, 1)
_START, _STEP = datetime(2020, 1, 1, tzinfo=UTC), timedelta(seconds=20)
_CONTACTS, _COMPANIES, _AGENTS = 153_000, 3_000, 50
_SEVERAL = 0.03
_EXPONENT = 0.8
"""Of Zipf's law; with so many contacts the largest has 2 % of the entries."""
_TEAMS = ("board", *["north", "south", "east"] * 33)
_LATE = 0.05
"""The share of entries that were recorded long after they occurred."""
# fmt: off
_WORDS = (
    "asked", "for", "a", "quote", "second", "half", "year", "wants", "to", "know", "when", "delivery", "comes", "paid",
    "invoice", "late", "again", "called", "back", "about", "contract", "renewal", "support", "sent", "offer",
    "reminder", "visited", "fair", "in", "spring", "talks", "with", "board", "on", "Friday", "price", "list", "new",
)
# fmt: on
_NOTES = tuple(" ".join(Random(number).choices(_WORDS, k=9)).capitalize() for number in range(200))


def types() -> TypeRegistry:
    """Return the types of the entries."""
    declared = TypeRegistry()
    declared.define("mail", category="communication", channel="email")
    declared.define("call", category="communication", channel="phone", manual=True)
    declared.define("note", manual=True)
    declared.define("task", category="task", manual=True, statuses=("open", STATUS, "done"))
    declared.define("invoice.issued", category="billing")
    declared.define(TYPE, category="billing")
    return declared


def chunk(number: int, size: int = CHUNK) -> list[Record]:
    """Return the entries from ``number × CHUNK`` on, as ``Storage.load`` takes them: a whole chunk, or so many."""
    chance = Random(f"activitylog {number}")
    contacts = chance.choices(range(_CONTACTS), cum_weights=_weights(), k=CHUNK)
    return [_entry(number * CHUNK + place, contact, chance) for place, contact in enumerate(contacts[:size])]


def audiences() -> list[Document]:
    """Return the documents that say who the readers of the entries are."""
    body = '{{"readers":["*"],"visibility":"internal","team":"{}"}}'
    return [Document(TENANT, AUDIENCE, _audience(team), body.format(team)) for team in sorted(set(_TEAMS))]


def audience_of_viewer() -> str:
    """Return the name of the one audience that ``VIEWER`` belongs to."""
    return _audience("board")


def recorded(number: int) -> datetime:
    """Return when an entry was recorded."""
    return _START + number * _STEP


def customers(count: int = 4_000) -> Iterator[Ref]:
    """Yield so many of the customers in a random order, each once: the busiest but the largest."""
    ranks = list(range(1, count + 1))
    Random(1).shuffle(ranks)
    return (Ref("contact", rank) for rank in ranks)


@cache
def _weights() -> Sequence[float]:
    return list(accumulate((rank + 1) ** -_EXPONENT for rank in range(_CONTACTS)))


def _entry(number: int, contact: int, chance: Random) -> Record:
    at = occurred = recorded(number)
    if chance.random() < _LATE:
        occurred -= timedelta(seconds=chance.randrange(2 * 365 * 86_400))
    links = _subjects(contact, chance)
    if number < 4_000 and number % 100 == 50:
        links, occurred = [Mention(str(SILENT), SILENT.label, "subject")], occurred - timedelta(days=4_000)
    [kind] = chance.choices(_KINDS, _SHARES)
    fields = _FIELDS.get(kind, _of_note)(number, chance)
    if source := fields.get("source"):
        links.append(Mention(source.ref, source.label, "source"))
    actor, team, note = _actor(_agent(chance)), chance.choice(_TEAMS), chance.choice(_NOTES)
    return Record(
        id=_id(at, chance),
        tenant=TENANT,
        type=kind,
        actor=actor,
        team=team,
        occurred_at=occurred,
        recorded_at=at,
        batch=str(UUID(int=number // 100_000)) if chance.random() < 0.01 else "",
        audience=_audience(team),
        readers=("*",),
        editors=("*",),
        links=tuple(links),
        note=note,
        words=stored_words([note, *(link.label for link in links), actor.label]),
        digest=blake2b(number.to_bytes(8, "big"), digest_size=16).hexdigest(),
        modified_at=at,
        modified_by=actor,
        **fields,
    )


def _subjects(contact: int, chance: Random) -> list[Mention]:
    links = [Mention(f"contact:{contact}", f"Contact {contact}", "subject")]
    if chance.random() < _SEVERAL:
        company = chance.randrange(_COMPANIES)
        links.append(Mention(f"company:{company}", f"Company {company}", "subject"))
    return links


def _agent(chance: Random) -> int:
    return 0 if chance.random() < 0.01 else chance.randrange(1, _AGENTS)


@cache
def _actor(agent: int) -> Mention:
    return Mention(f"user:{agent}", f"User {agent}", "user")


@cache
def _audience(team: str) -> str:
    return audience(("*",), "internal", team)


def _of_mail(number: int, chance: Random) -> dict[str, Any]:
    return {
        "category": "communication",
        "channel": "email",
        "direction": chance.choice(("incoming", "outgoing")),
        "conversation": f"{chance.randrange(number // 10 + 1)}@example.com" if chance.random() < 0.4 else "",
        "idempotency_key": f"mail:{number}@example.com",
    }


def _of_call(number: int, chance: Random) -> dict[str, Any]:
    return {"category": "communication", "channel": "phone"}


def _of_note(number: int, chance: Random) -> dict[str, Any]:
    return {}


def _of_task(number: int, chance: Random) -> dict[str, Any]:
    assignee = _agent(chance)
    return {
        "category": "task",
        "status": chance.choices(("open", STATUS, "done"), (275, 125, 600))[0],
        "assignee": Mention(f"user:{assignee}", f"User {assignee}"),
        "due_at": recorded(number) + timedelta(days=chance.randrange(1, 30)),
    }


def _of_invoice(number: int, chance: Random) -> dict[str, Any]:
    return {
        "category": "billing",
        "source": Mention(f"invoice:{number}", f"Invoice {number}"),
        "data": f'{{"number":"{number}","total":"{chance.randrange(1_000_000) / 100:.2f}"}}',
        "idempotency_key": f"invoice:{number}",
    }


_FIELDS = {"mail": _of_mail, "call": _of_call, "task": _of_task, "invoice.issued": _of_invoice, TYPE: _of_invoice}


def _id(at: datetime, chance: Random) -> UUID:
    """Return a UUID of version 7, as the log would have made it at that time."""
    milliseconds = round(at.timestamp() * 1000)
    return UUID(int=milliseconds << 80 | 7 << 76 | chance.getrandbits(12) << 64 | 2 << 62 | chance.getrandbits(62))
