"""Clauses 15: the search index, which changes how words are found and never what is found."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import evolve

from activitylog.storage import And, Capability, Field, Has, In, Match, Not, Or, Record, Storage, Where, select
from activitylog.testing.contract.harness import Harness, requires
from activitylog.testing.contract.replacing import history
from activitylog.testing.contract.samples import KIM, TENANT, at, newer, query, record

__all__ = ["Searching"]

_TEXTS = (
    "angebot bonn 17",
    "angebote der straße",
    "the a of to",
    "ab abend",
    "東京 ωμεγα",
    "𐐷 x",
    "",
    "angebot",
)
_CONDITIONS: tuple[Where, ...] = (
    Match(["angebot"]),
    Match(["angebo", "bonn"]),
    Match(["a"]),
    Match(["the", "to"]),
    Match(["東", "ω"]),
    Match(["𐐷"]),
    Match(["bot"]),
    Match(["nirgends"]),
    Not(Match(["angebot"])),
    Or([Match(["abend"]), In(Field.TYPE, ["mail"])]),
    And([Match(["angebot"]), Has(Field.TAGS, ["folder:a"])]),
)


def _record(text: str, minute: int, **fields: Any) -> Record:
    words = "".join(f" {word}" for word in text.split())
    return record(words=words, title=text, occurred_at=at(minute), **fields)


def _hits(storage: Storage, *subjects: str) -> list[list[object]]:
    """Return what each condition finds, newest first, and how many that are."""
    asked = [query(*subjects, where=where) for where in _CONDITIONS]
    return [[[entry.id for entry in storage.fetch(one)], storage.count(one)[0].numbers] for one in asked]


def _expected(entries: Iterable[Record], *subjects: str) -> list[list[object]]:
    known = list(entries)
    found = [[entry.id for entry in select(known, query(*subjects, where=where))] for where in _CONDITIONS]
    return [[ids, (len(ids),)] for ids in found]


class Searching(Harness):
    """The search index."""

    @requires(Capability.SEARCH_INDEX)
    def test_search_index_on_and_off(self, storage: Storage) -> None:
        """15.1 A search index is added to a filled store and removed again, and the same is found throughout."""
        entries = [_record(text, minute, tags=("folder:a",)) for minute, text in enumerate(_TEXTS)]
        storage.append(entries)
        for search_index in (None, True, True, None, False, False, True):
            storage.setup(search_index=search_index)
            assert _hits(storage) == _expected(entries)
            assert _hits(storage, KIM, "company:7") == _expected(entries, KIM, "company:7")

    @requires(Capability.SEARCH_INDEX)
    def test_search_index_follows_writes(self, storage: Storage) -> None:
        """15.2 What is appended, replaced, loaded, rewritten and purged while there is an index is found likewise."""
        storage.setup(search_index=True)
        first, second, third, loaded = (_record(text, minute) for minute, text in enumerate(_TEXTS[:4]))
        storage.append([first])
        storage.append([second, third])
        storage.load([(loaded, ())])
        assert _hits(storage) == _expected([first, second, third, loaded])
        second = history(storage, second, 2)[-1]
        changed = newer(second, words=" abend")
        storage.replace(changed, expected_version=second.version)
        erased = evolve(third, words=" erased 東京")
        storage.rewrite([(erased, ())])
        assert _hits(storage) == _expected([first, changed, erased, loaded])
        storage.delete(query(where=Match(["angebot"])), limit=10)
        assert _hits(storage) == _expected([changed, erased, loaded])

    @requires(Capability.SEARCH_INDEX)
    def test_search_index_keeps_tenants_apart(self, storage: Storage) -> None:
        """15.3 With an index, too, words are found within the tenant only."""
        storage.setup(search_index=True)
        mine, other = _record("angebot", 1), _record("angebot bonn", 2, tenant=f"{TENANT} ")
        storage.append([mine])
        storage.append([other])
        assert _hits(storage) == _expected([mine])
