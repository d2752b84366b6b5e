"""Clauses 14: laws that hold for any data, tried with what Hypothesis finds."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import count

from attrs import evolve
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from activitylog.storage import (
    ALWAYS,
    And,
    Bucket,
    Capability,
    Field,
    Match,
    Query,
    Record,
    Storage,
    paired,
    position,
    select,
    simplify,
    spoken,
    tally,
)
from activitylog.testing.contract import strategies
from activitylog.testing.contract.counting import tallies
from activitylog.testing.contract.harness import Harness, requires
from activitylog.testing.contract.machine import Call, PortMachine, counts
from activitylog.testing.contract.samples import record

__all__ = ["EXAMPLES", "Laws", "law_settings"]

# Closures, and no @given on the methods themselves: these are inherited by several classes, which Hypothesis refuses.

TENANT = "any"


EXAMPLES = int(os.environ.get("ACTIVITYLOG_KIT_EXAMPLES", "50"))


def law_settings(examples: int = EXAMPLES) -> settings:
    """Return how Hypothesis tries a law."""
    return settings(
        max_examples=examples,
        stateful_step_count=12,
        deadline=None,
        report_multiple_bugs=False,
        phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],  # to explain takes long on a slow store
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def _moved(records: list[Record], tenant: str) -> list[Record]:
    return [evolve(each, tenant=tenant) for each in records]


def _pages(storage: Storage, query: Query) -> Iterator[list[Record]]:
    """Yield the pages that follow each other from the query's ``after`` on, or before its ``before``."""
    while page := list(storage.fetch(query)):
        yield page
        if query.after is None and query.before is not None:
            query = evolve(query, before=position(query, page[0]))
        else:
            query = evolve(query, after=position(query, page[-1]))


class Laws(Harness):
    """Laws that hold for any data; each example has a tenant of its own in one store."""

    def test_any_record(self, storage: Storage) -> None:
        """14.1 Any record comes back equal."""
        names = map(str, count())

        @law_settings()
        @given(strategies.batches(TENANT, max_size=5))
        def law(batch: list[Record]) -> None:
            batch = _moved(batch, next(names))
            storage.append(batch)
            if batch:
                found = storage.get(batch[0].tenant, [each.id for each in batch])
                assert {each.id: each for each in batch} == dict(found)

        law()

    def test_any_query(self, storage: Storage) -> None:
        """14.2 Any query is answered as ``activitylog.storage.select`` answers it."""
        names = map(str, count())

        @law_settings()
        @given(strategies.batches(TENANT, max_size=12), st.lists(strategies.queries(TENANT), min_size=3, max_size=6))
        def law(batch: list[Record], queries: list[Query]) -> None:
            tenant = next(names)
            batch = _moved(batch, tenant)
            storage.append(batch)
            for query in queries:
                asked = evolve(query, tenant=tenant)
                assert select(batch, asked) == list(storage.fetch(asked)), asked

        law()

    @requires(Capability.SEARCH_INDEX)
    def test_any_words(self, storage: Storage) -> None:
        """14.7 With a search index, too, a query for words is answered as ``activitylog.storage.select`` answers it."""
        storage.setup(search_index=True)
        names = map(str, count())

        @law_settings()
        @given(
            strategies.batches(TENANT, max_size=12),
            st.lists(st.tuples(strategies.queries(TENANT), strategies.searches), min_size=3, max_size=6),
        )
        def law(batch: list[Record], queries: list[tuple[Query, Match]]) -> None:
            tenant = next(names)
            batch = _moved(batch, tenant)
            storage.append(batch)
            for query, search in queries:
                asked = evolve(query, tenant=tenant, where=simplify(And((search, query.where))))
                assert select(batch, asked) == list(storage.fetch(asked)), asked

        law()

    def test_any_page_size(self, storage: Storage) -> None:
        """14.3 Pages of any size, in either direction, give together what one large fetch gives."""
        names = map(str, count())

        @law_settings()
        @given(strategies.batches(TENANT, max_size=12), strategies.queries(TENANT), st.integers(1, 5), st.booleans())
        def law(batch: list[Record], query: Query, size: int, simple: bool) -> None:
            tenant = next(names)
            storage.append(_moved(batch, tenant))
            query = evolve(query, tenant=tenant, after=None, before=None, limit=1000)
            if simple:  # else most conditions leave too little to turn pages
                query = evolve(query, where=ALWAYS, subjects=())
            whole = list(storage.fetch(query))
            forth = list(_pages(storage, evolve(query, limit=size)))
            assert whole == [each for page in forth for each in page]
            if whole:
                last = evolve(query, limit=size, before=position(query, whole[-1]))
                back = list(_pages(storage, last))
                assert whole[:-1] == [each for page in reversed(back) for each in page]

        law()

    def test_any_count(self, storage: Storage) -> None:
        """14.4 Any count is answered as ``activitylog.storage.tally`` answers it, and the counts by a field of one
        value add up to the number of entries.
        """
        names = map(str, count())

        @law_settings()
        @given(strategies.batches(TENANT, max_size=12), counts(TENANT))
        def law(batch: list[Record], call: Call) -> None:
            tenant = next(names)
            batch = _moved(batch, tenant)
            storage.append(batch)
            query = evolve(call.arguments[0], tenant=tenant)
            assert tallies(tally(batch, query, **call.options)) == tallies(storage.count(query, **call.options))
            by_type = storage.count(query, by=[Field.TYPE])
            assert storage.count(query)[0].numbers == (sum(one.numbers[0] for one in by_type),)

        law()

    def test_any_bucket(self, storage: Storage) -> None:
        """14.5 Buckets begin where ``activitylog.storage.bucket_start`` says, across changes of the offset."""
        names = map(str, count())

        @law_settings()
        @given(st.lists(strategies.times, max_size=8), strategies.buckets)
        def law(times: list[datetime], bucket: Bucket) -> None:
            tenant = next(names)
            batch = [record(tenant=tenant, occurred_at=time) for time in times]
            storage.append(batch)
            query = Query(tenant=tenant, limit=1)
            assert tallies(tally(batch, query, bucket=bucket)) == tallies(storage.count(query, bucket=bucket))

        law()

    def test_any_gaps(self, storage: Storage) -> None:
        """14.8 Any gaps are those that ``activitylog.storage.paired`` finds among what ``spoken`` asks for."""
        names = map(str, count())

        @law_settings()
        @given(strategies.talks(TENANT), strategies.queries(TENANT), strategies.one_valued, strategies.aliases)
        def law(batch: list[Record], query: Query, by: list[Field], aliases: dict[str, str]) -> None:
            tenant = next(names)
            batch = _moved(batch, tenant)
            storage.append(batch)
            for where in (ALWAYS, query.where):
                asked = evolve(query, tenant=tenant, where=where)
                expected = paired(select(batch, spoken(asked)), by=by, aliases=aliases)
                assert Counter(expected) == Counter(storage.gaps(asked, by=by, aliases=aliases)), asked

        law()

    def test_any_sequence(self, storage: Storage) -> None:
        """14.6 Any sequence of calls, within transactions too, has the answers that a plain list would give."""

        class Machine(PortMachine):
            def __init__(self) -> None:
                super().__init__(storage)

        run_state_machine_as_test(Machine, settings=law_settings(EXAMPLES // 2 + 1))
