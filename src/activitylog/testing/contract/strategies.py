"""What Hypothesis tries on a store: aimed at where stores are known to differ."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from activitylog.storage import (
    ABSENT,
    And,
    Between,
    Bucket,
    Field,
    Fields,
    File,
    Has,
    In,
    Match,
    Mention,
    Not,
    Or,
    Order,
    Position,
    Query,
    Record,
    Unit,
    Where,
    simplify,
)
from activitylog.testing.contract.conditions import MANY_VALUED, MENTIONS, TEXTS, TIMES
from activitylog.testing.contract.counting import BERLIN
from activitylog.testing.contract.reading import UNLIKE_IDS

__all__ = [
    "aliases",
    "batches",
    "buckets",
    "conditions",
    "dimensions",
    "document_names",
    "one_valued",
    "queries",
    "records",
    "searches",
    "talks",
    "texts",
    "times",
]

SOME_TEXTS = ("", "a", "A", "a ", "ss", "ß", "\u00e9", "e\u0301", "\uff5e", "\U0001f600", "a%", "a_", "a:b")
SOME_REFS = ("contact:a", "contact:A", "contact:a ", "contact:a:b", "contact:\u00e9", "contact:e\u0301", "company:a")
SOME_WORDS = (" a", " ab", " abc", " b", " 10", " stra\u00dfe", " \u00e9t\u00e9")
SOME_JSON = ('{"b":1,"a":2}', "[1e20,-0.0,9223372036854775807]", '{"$x":{"a.b":null},"":0}', '{ "a" : "\\u00e9" }', "")
SOME_SHA = ("aa" * 32, "bb" * 32)
_EDGES = tuple(datetime(2026, month, day, 0, 59, 59, 999_000, tzinfo=UTC) for month, day in ((3, 29), (10, 25), (1, 1)))
SOME_TIMES = tuple(sorted({time + timedelta(milliseconds=n) for time in _EDGES for n in (0, 1)}))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

texts = st.sampled_from(SOME_TEXTS) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20
)
_ids = st.sampled_from(UNLIKE_IDS) | st.uuids()
times = st.sampled_from(SOME_TIMES) | st.integers(-(10**12), 10**13).map(lambda ms: EPOCH + timedelta(milliseconds=ms))
_times_or_none = st.just(ABSENT) | times
_some_texts = st.sampled_from(SOME_TEXTS)
_some_refs = st.sampled_from(SOME_REFS)
_mentions = st.builds(Mention, st.just("") | _some_refs, texts, st.sampled_from(("", "user", "customer")))
_links = st.lists(
    st.builds(Mention, _some_refs, texts, st.sampled_from(("subject", "parent", "source"))), max_size=4
).map(tuple)
_lists = st.lists(_some_texts, max_size=3).map(tuple)
_files = st.lists(
    st.builds(File, _ids, texts, texts, st.integers(0, 2**53), st.sampled_from(SOME_SHA)), max_size=2
).map(tuple)
_json = st.sampled_from(SOME_JSON)

_FREE: dict[str, SearchStrategy[Any]] = {
    **{field.value: _some_texts for field in TEXTS},
    **{field.value: _mentions for field in MENTIONS},
    **{field.value: _times_or_none for field in TIMES[3:]},
    **dict.fromkeys(("title", "note", "comment"), texts),
    **dict.fromkeys(("data", "changes", "context"), _json),
    **dict.fromkeys(("tags", "readers", "editors"), _lists),
    **dict.fromkeys(("pinned", "held"), st.booleans()),
    "files": _files,
    "links": _links,
    "ended_at": _times_or_none,
    "words": st.lists(st.sampled_from(SOME_WORDS), max_size=3).map("".join),
    "modified_by": _mentions,
    "modified_behalf": _mentions,
    "action": texts,
    "type_version": st.integers(1, 2**31 - 1),
}


def records(tenant: str) -> SearchStrategy[Record]:
    """Records of a tenant; their values repeat, so that conditions find some."""
    needed = {"id": _ids, "type": _some_texts, "occurred_at": times, "recorded_at": times, "links": _links}
    marks = {"idempotency_key": st.none() | texts.filter(bool), "digest": st.sampled_from(("d1", "d2"))}
    free = {name: value for name, value in _FREE.items() if name not in needed}
    return st.fixed_dictionaries({**needed, **marks}, optional=free).map(lambda values: _record(tenant, values))


def _record(tenant: str, values: dict[str, Any]) -> Record:
    return Record(tenant=tenant, **values)


def _key_or_id(record: Record) -> object:
    return record.id if record.idempotency_key is None else record.idempotency_key


def batches(tenant: str, *, max_size: int) -> SearchStrategy[list[Record]]:
    """What one ``append`` takes: ids and keys are distinct."""
    return st.lists(
        records(tenant),
        max_size=max_size,
        unique_by=(lambda record: record.id, _key_or_id),
    )


def _some(values: SearchStrategy[Any]) -> SearchStrategy[list[Any]]:
    return st.lists(values, min_size=1, max_size=3)


searches: SearchStrategy[Match] = st.builds(Match, _some(st.sampled_from([word[1:] for word in SOME_WORDS])))

_leaves: SearchStrategy[Where] = st.one_of(
    st.builds(In, st.sampled_from(TEXTS), _some(_some_texts)),
    st.builds(In, st.sampled_from(MENTIONS), _some(st.just("") | _some_refs)),
    st.builds(In, st.just(Field.ID), _some(_ids)),
    st.builds(In, st.sampled_from((Field.PINNED, Field.HELD)), _some(st.booleans())),
    st.builds(Between, st.sampled_from(TIMES), ge=st.none() | _times_or_none, lt=st.none() | _times_or_none),
    st.builds(Has, st.sampled_from((Field.TAGS, Field.READERS, Field.EDITORS)), _some(_some_texts)),
    st.builds(Has, st.sampled_from((Field.LINKS, Field.SUBJECTS)), _some(_some_refs)),
    st.builds(Has, st.just(Field.FILES), _some(st.sampled_from(SOME_SHA))),
    searches,
)


def conditions() -> SearchStrategy[Where]:
    """Condition trees of some depth, as the core would ask them, except that they are not yet simplified."""
    return st.recursive(
        _leaves,
        lambda inner: st.one_of(
            st.builds(Not, inner),
            st.builds(And, st.lists(inner, max_size=3)),
            st.builds(Or, st.lists(inner, max_size=3)),
        ),
        max_leaves=8,
    )


def queries(tenant: str) -> SearchStrategy[Query]:
    """Queries of every kind."""
    positions = st.none() | st.builds(Position, _times_or_none, _ids)
    return st.builds(
        Query,
        tenant=st.just(tenant),
        subjects=st.lists(_some_refs, max_size=3).map(tuple),
        where=conditions().map(simplify),
        order=st.sampled_from(Order),
        newest_first=st.booleans(),
        after=positions,
        before=positions,
        limit=st.integers(1, 10),
        fields=st.sampled_from(Fields),
    )


def talks(tenant: str) -> SearchStrategy[list[Record]]:
    """Entries in few threads, most of them incoming or outgoing, some at one time."""
    return batches(tenant, max_size=12).flatmap(
        lambda batch: st.lists(_turns, min_size=len(batch), max_size=len(batch)).map(
            lambda turns: [evolve(each, **turn) for each, turn in zip(batch, turns, strict=True)]
        )
    )


_turns: SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "direction": st.sampled_from(("incoming", "outgoing", "incoming", "outgoing", "")),
        "conversation": st.sampled_from(("", "", "", "a", "A")),
        "occurred_at": st.sampled_from(SOME_TIMES) | times,
    }
)
one_valued = st.lists(st.sampled_from((*TEXTS, *MENTIONS)), max_size=2, unique=True)
aliases = st.dictionaries(_some_refs, _some_refs, max_size=2)
dimensions = st.lists(
    st.sampled_from((*TEXTS, *MENTIONS, *(field for field in MANY_VALUED if field is not Field.FILES))),
    max_size=2,
    unique=True,
)
buckets = st.builds(Bucket, st.sampled_from(Unit), st.sampled_from((BERLIN, ((0, 0),), ((0, -34_200_000),))))
document_names = st.sampled_from(SOME_TEXTS[1:])
