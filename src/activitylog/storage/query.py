"""What can be asked of a store: a query is a frozen value, and each store compiles it.

The condition algebra is closed: a store compiles it in one ``match`` with seven arms. It speaks of fields that are
never null, so that ``Not`` means the same in Python, SQL and MongoDB.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import Enum, StrEnum
from typing import Final
from uuid import UUID

from attrs import field, frozen

__all__ = [
    "ALWAYS",
    "NEVER",
    "And",
    "Between",
    "Bucket",
    "Field",
    "Fields",
    "Has",
    "In",
    "Match",
    "Not",
    "Or",
    "Order",
    "Position",
    "Query",
    "Tally",
    "Unit",
    "Where",
    "simplify",
]


class Field(StrEnum):
    """The fields that a condition can name; the value is the record's attribute (``subjects``: of its links)."""

    # of these, In
    ID = "id"
    TYPE = "type"
    CATEGORY = "category"
    CHANNEL = "channel"
    DIRECTION = "direction"
    ACTOR = "actor"
    BEHALF = "behalf"
    TEAM = "team"
    ASSIGNEE = "assignee"
    STATUS = "status"
    SOURCE = "source"
    BATCH = "batch"
    CONVERSATION = "conversation"
    REPLY_TO = "reply_to"
    TEMPLATE = "template"
    VISIBILITY = "visibility"
    AUDIENCE = "audience"
    PINNED = "pinned"
    HELD = "held"
    MODIFIED_BY = "modified_by"
    MODIFIED_BEHALF = "modified_behalf"
    # of these, Between
    OCCURRED_AT = "occurred_at"
    ENDED_AT = "ended_at"
    RECORDED_AT = "recorded_at"
    DUE_AT = "due_at"
    ARCHIVE_AT = "archive_at"
    PURGE_AT = "purge_at"
    MODIFIED_AT = "modified_at"
    DELETED_AT = "deleted_at"
    ARCHIVED_AT = "archived_at"
    # of these, Has
    TAGS = "tags"
    READERS = "readers"
    EDITORS = "editors"
    LINKS = "links"
    SUBJECTS = "subjects"
    FILES = "files"

    __hash__ = str.__hash__  # equal to its text, and looked up for each condition of a page


def _scalars(values: Iterable[str | UUID | bool]) -> frozenset[str | UUID | bool]:
    return frozenset(values)


def _texts(values: Iterable[str]) -> frozenset[str]:
    return frozenset(values)


@frozen
class In:
    """The field's one value is among these. Mentions compare by their ref, ``id`` by UUID, pinned and held by bool."""

    name: Field
    values: frozenset[str | UUID | bool] = field(converter=_scalars)


@frozen
class Between:
    """The field's time is at or after ``ge`` and before ``lt``; None leaves that side open.

    "Has none" is ``Between(field, ge=ABSENT)``, "has one" is ``Between(field, lt=ABSENT)``.
    """

    name: Field
    ge: datetime | None = None
    lt: datetime | None = None


@frozen
class Has:
    """At least one of the field's values is among these.

    ``links`` compares the refs of subjects, parents and source alike, ``subjects`` those of subjects only,
    ``files`` the sha256 of the content.
    """

    name: Field
    values: frozenset[str] = field(converter=_texts)


@frozen
class Match:
    """Every one of these folded words is the beginning of a word of the entry."""

    words: frozenset[str] = field(converter=_texts)


def _flat(parts: Iterable[Where]) -> tuple[Where, ...]:
    return tuple(parts)


@frozen
class And:
    """All parts hold; without parts it holds always."""

    parts: tuple[Where, ...] = field(converter=_flat, default=())


@frozen
class Or:
    """One part at least holds; without parts it holds never."""

    parts: tuple[Where, ...] = field(converter=_flat, default=())


@frozen
class Not:
    """The part does not hold."""

    part: Where


Where = In | Between | Has | Match | And | Or | Not

ALWAYS: Final[Where] = And(())
NEVER: Final[Where] = Or(())


def simplify(where: Where) -> Where:
    """Return an equivalent condition in which ``ALWAYS`` and ``NEVER`` stand alone or not at all.

    And and Or are flat, hold at least two different parts, and no In, Has or Match is empty: a store never has to
    compile an empty set.
    """
    match where:
        case In(values=values) | Has(values=values):
            return where if values else NEVER
        case Match(words=words):
            return where if words else ALWAYS
        case Between(ge=None, lt=None):
            return ALWAYS
        case Not(part=part):
            return _negated(simplify(part))
        case And(parts=parts):
            return _joined(And, Or, parts)
        case Or(parts=parts):
            return _joined(Or, And, parts)
        case _:
            return where


def _negated(part: Where) -> Where:
    match part:
        case Not(part=inner):
            return inner
        case And(parts=()):
            return NEVER
        case Or(parts=()):
            return ALWAYS
        case _:
            return Not(part)


def _joined(kind: type[And | Or], other: type[And | Or], parts: Iterable[Where]) -> Where:
    """Join parts: an empty one of the same kind says nothing, an empty one of the other decides."""
    kept: dict[Where, None] = {}
    for part in map(simplify, parts):
        if isinstance(part, kind):
            kept.update(dict.fromkeys(part.parts))
        elif isinstance(part, other) and not part.parts:
            return part
        else:
            kept[part] = None
    return next(iter(kept)) if len(kept) == 1 else kind(kept)


class Order(Enum):
    """By which time a query is ordered; the id decides between equal times, in the same direction."""

    OCCURRED = Field.OCCURRED_AT
    RECORDED = Field.RECORDED_AT
    DUE = Field.DUE_AT


class Fields(Enum):
    """How much of a record is wanted."""

    ALL = "all"
    LIST = "list"
    """All but ``words`` and ``digest``, which are empty then: what a page shows. Never write such a record back."""


@frozen(order=True)
class Position:
    """A place in an order: between entries, or at one. Ids compare as UUIDs do."""

    at: datetime
    id: UUID


@frozen(kw_only=True)
class Query:
    """Which entries of one tenant, in which order, and how many.

    ``subjects`` are refs: the entry is linked to at least one of them, in any role; empty asks for the whole tenant.
    ``after`` and ``before`` are exclusive and mean the query's own direction: results come after ``after`` and
    before ``before``. Without ``after`` they are the last ``limit`` ones before ``before``, else the first ones.
    They are always in the query's order.
    """

    tenant: str
    subjects: tuple[str, ...] = ()
    where: Where = ALWAYS
    order: Order = Order.OCCURRED
    newest_first: bool = True
    after: Position | None = None
    before: Position | None = None
    limit: int
    fields: Fields = Fields.ALL


class Unit(StrEnum):
    """The length of a bucket of time; weeks begin on Monday."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@frozen
class Bucket:
    """Counting by local time: ``occurred_at`` plus the offset in force, cut to the unit.

    ``offsets`` are ``(from_utc_ms, offset_ms)``, ascending, one at least; the first one also holds for all time
    before it. A bucket's key is its local start with the offset of the entry, an aware datetime: on a day on which
    the offset changes a store may give two keys for the one local start, and the core adds them up.
    """

    unit: Unit
    offsets: tuple[tuple[int, int], ...]


@frozen
class Tally:
    """One group of a count: its key (one value per dimension, then the bucket's start), and the numbers.

    ``numbers`` has one number per case, or a single one where no case was asked for. ``first_at`` and ``last_at``
    bound ``occurred_at`` in the group; None where it is empty.
    """

    key: tuple[str | datetime, ...]
    numbers: tuple[int, ...]
    first_at: datetime | None
    last_at: datetime | None
