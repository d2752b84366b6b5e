"""The state machine: any sequence of calls has the same answers from the store under test and from the naive one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from operator import methodcaller
from typing import Any

from attrs import evolve, field, frozen
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from hypothesis.strategies import DataObject, DrawFn, SearchStrategy

from activitylog.errors import ActivityNotFound, KeyConflicts, StaleVersion
from activitylog.storage import Capability, Document, Fields, Record, Storage, Versioned, simplify
from activitylog.testing.contract import strategies
from activitylog.testing.contract.counting import tallies
from activitylog.testing.contract.naive import NaiveStorage
from activitylog.testing.contract.samples import changed
from activitylog.testing.contract.transactions import rolled_back

__all__ = ["Call", "PortMachine"]

_examples = count()


@frozen
class Call:
    """One call of the port, to be made on several stores."""

    name: str
    arguments: tuple[Any, ...]
    options: Mapping[str, Any] = field(factory=dict)

    def on(self, storage: Storage) -> object:
        """Make the call, and return what came of it in a form that can be compared."""
        try:
            answer = getattr(storage, self.name)(*self.arguments, **self.options)
        except StaleVersion as error:
            return "stale", error.current
        except ActivityNotFound as error:
            return "not found", error.id
        except KeyConflicts as error:
            return "conflicts", error.first
        if self.name == "count":
            return tallies(answer)
        return list(answer) if isinstance(answer, Sequence) else answer


class PortMachine(RuleBasedStateMachine):
    """Makes any call, within transactions too, on the store under test and on a naive one, and compares the answers.

    All examples share one store; each has tenants of its own in it.
    """

    def __init__(self, storage: Storage) -> None:
        super().__init__()
        self.storage = storage
        self.naive = NaiveStorage()
        self.prefix = f"{next(_examples):09}-"
        self.tenants = (f"{self.prefix}a", f"{self.prefix}A")

    @rule(data=st.data())
    def write(self, data: DataObject) -> None:
        """Make a call that writes."""
        self._compare(self.storage, self.naive, data.draw(writes(self.naive, self.tenants)))

    @rule(data=st.data())
    def read(self, data: DataObject) -> None:
        """Make a call that reads."""
        self._compare(self.storage, self.naive, data.draw(reads(self.naive, self.tenants)))

    @precondition(lambda self: Capability.TRANSACTIONS in self.storage.capabilities)
    @rule(data=st.data(), kept=st.lists(st.booleans(), min_size=1, max_size=3))
    def transact(self, data: DataObject, kept: list[bool]) -> None:
        """Make calls in transactions, each within the other, some of which are rolled back."""
        self._transact(self.storage, self.naive, data, kept)

    def _transact(self, storage: Storage, naive: Storage, data: DataObject, kept: list[bool]) -> None:
        block = methodcaller("transaction") if kept[0] else rolled_back
        with block(storage) as inside, block(naive) as naive_inside:
            self._compare(inside, naive_inside, data.draw(writes(self.naive, self.tenants)))
            self._compare(inside, naive_inside, data.draw(reads(self.naive, self.tenants)))
            if kept[1:]:
                self._transact(inside, naive_inside, data, kept[1:])
                self._compare(inside, naive_inside, data.draw(writes(self.naive, self.tenants)))

    def _compare(self, storage: Storage, naive: Storage, call: Call) -> None:
        assert call.on(naive) == call.on(storage), call

    def teardown(self) -> None:
        """Compare all that is left."""
        for entry, _ in self.naive.entries:
            self._compare(self.storage, self.naive, Call("get", (entry.tenant, [entry.id])))
            self._compare(self.storage, self.naive, Call("versions", (entry.tenant, entry.id), {"limit": 100}))
        for tenant in self.tenants:
            self._compare(self.storage, self.naive, Call("documents", (tenant, "kind"), {"limit": 100}))
        self._compare(self.storage, self.naive, Call("tenants", (), {"after": self.prefix, "limit": 10}))


def _changed(record: Record, other: Record) -> Record:
    """Return a next version with the other record's values, but for those that stay."""
    stays = ("id", "tenant", "recorded_at", "idempotency_key", "digest")
    return changed(other, version=record.version + 1, **{name: getattr(record, name) for name in stays})


@st.composite
def _known_entry(draw: DrawFn, naive: NaiveStorage, tenant: str) -> Versioned:
    """Draw an entry of the tenant that is stored, else one that is not."""
    stored = [entry for entry in naive.entries if entry[0].tenant == tenant]
    return draw(st.sampled_from(stored)) if stored else (draw(strategies.records(tenant)), ())


@st.composite
def _appended(draw: DrawFn, naive: NaiveStorage, tenant: str) -> list[Record]:
    """Draw a batch; some of it may be known by id, with its key, and with the same digest or another."""
    batch = draw(strategies.batches(tenant, max_size=4))
    keys = {entry.idempotency_key: entry.id for entry, _ in naive.entries if entry.tenant == tenant}
    ids = set(keys.values()) | {entry.id for entry, _ in naive.entries if entry.tenant == tenant}
    # A record whose id is one entry's and whose key is another's cannot come from the core.
    return [each for each in batch if each.id not in ids or keys.get(each.idempotency_key, each.id) == each.id]


@st.composite
def _replaced(draw: DrawFn, naive: NaiveStorage, tenant: str) -> Call:
    current, _ = draw(_known_entry(naive, tenant))
    new = _changed(current, draw(strategies.records(tenant)))
    expected = current.version + draw(st.sampled_from((0, 0, 0, -1, 1)))
    return Call("replace", (new,), {"expected_version": expected})


@st.composite
def _rewritten(draw: DrawFn, naive: NaiveStorage, tenant: str) -> list[Versioned]:
    current, earlier = draw(_known_entry(naive, tenant))
    other = draw(strategies.records(tenant))
    new = changed(other, id=current.id, idempotency_key=current.idempotency_key, version=current.version)
    return [(new, [changed(each, note="") for each in earlier])]


@st.composite
def _loaded(draw: DrawFn, naive: NaiveStorage, tenant: str) -> list[Versioned]:
    """Draw a new entry with its versions, beside some that are there already."""
    stored = {entry.id: (entry, earlier) for entry, earlier in naive.entries if entry.tenant == tenant}
    chain = [evolve(draw(strategies.records(tenant)), idempotency_key=None)]
    for _ in range(draw(st.integers(0, 2))):
        chain.append(_changed(chain[-1], draw(strategies.records(tenant))))
    new = [] if chain[0].id in stored else [(chain[-1], chain[:-1])]
    return [*new, *list(stored.values())[:2]]


@st.composite
def _put(draw: DrawFn, naive: NaiveStorage, tenant: str) -> Call:
    name = draw(strategies.document_names)
    stored = naive.documents(tenant, "kind", names=[name], limit=1)
    version = stored[0].version if stored else 0
    expected = max(0, version + draw(st.sampled_from((0, 0, 0, -1, 1))))
    body = draw(st.none() | strategies.texts) if expected else draw(strategies.texts)
    return Call("put_document", (Document(tenant, "kind", name, body),), {"expected_version": expected})


def writes(naive: NaiveStorage, tenants: Sequence[str]) -> SearchStrategy[Call]:
    """Calls that write."""
    return st.sampled_from(tenants).flatmap(
        lambda tenant: st.one_of(
            _appended(naive, tenant).map(lambda batch: Call("append", (batch,))),
            _replaced(naive, tenant),
            _put(naive, tenant),
            _rewritten(naive, tenant).map(lambda entries: Call("rewrite", (entries,))),
            _loaded(naive, tenant).map(lambda entries: Call("load", (entries,))),
            st.builds(
                lambda query, limit: Call("delete", (query,), {"limit": limit}),
                strategies.queries(tenant),
                st.integers(1, 3),
            ),
        )
    )


def reads(naive: NaiveStorage, tenants: Sequence[str]) -> SearchStrategy[Call]:
    """Calls that read."""
    return st.sampled_from(tenants).flatmap(
        lambda tenant: st.one_of(
            strategies.queries(tenant).map(lambda query: Call("fetch", (query,))),
            counts(tenant),
            _known_entry(naive, tenant).map(lambda entry: Call("get", (tenant, [entry[0].id]))),
            st.builds(
                lambda entry, before: Call("versions", (tenant, entry[0].id), {"before": before, "limit": 2}),
                _known_entry(naive, tenant),
                st.none() | st.integers(1, 4),
            ),
            st.builds(
                lambda names, after: Call("documents", (tenant, "kind"), {"names": names, "after": after, "limit": 3}),
                st.none() | st.lists(strategies.document_names, max_size=3),
                st.none() | strategies.texts,
            ),
        )
    )


def counts(tenant: str) -> SearchStrategy[Call]:
    """Counts of every kind, whose answers are certain."""
    cases = st.lists(strategies.conditions().map(simplify), max_size=3)
    return st.builds(
        lambda query, by, bucket, cases: Call(
            "count", (evolve(query, fields=Fields.ALL),), {"by": by, "bucket": bucket, "cases": cases}
        ),
        strategies.queries(tenant),
        strategies.dimensions,
        st.none() | strategies.buckets,
        cases,
    )
