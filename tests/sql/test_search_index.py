"""The search index on a server: made for a filled store while others write, cut off, completed, removed; same hits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import Event
from uuid import NAMESPACE_OID, uuid5

import pytest
from attrs import evolve

from activitylog.errors import ActivityNotFound, StaleVersion, StorageError
from activitylog.storage import And, Field, Has, In, Match, Not, Order
from activitylog.storage import select as selected
from activitylog.testing.contract.samples import KIM, link, newer, place, query, record
from activitylog_sql._bounds import parts_of

TENANTS = {"east": 200, "south": 2300, "west": 100}
"""How many entries each has."""

CONDITIONS = (
    Match(["word17"]),
    Match(["word1", "even"]),
    Match(["odd"]),
    Match(["nowhere"]),
    Match(["fresh"]),
    And((Match(["word5"]), Has(Field.TAGS, ["b"]))),
    Not(Match(["word1"])),
)


def entry(number, tenant, **fields):
    words = f" word{number} {'odd' if number % 2 else 'even'} groß"
    values = {"tenant": tenant, "words": words, "tags": ("b",) if number % 3 else ("a",), **fields}
    return record(number, number % 500, **values)


@pytest.fixture
def filled(fresh_url, opened):
    """A store of three tenants without the index, and what lies in it."""
    storage = opened(fresh_url)
    storage.setup()
    for tenant, many in TENANTS.items():
        storage.load([(entry(number, tenant), ()) for number in range(1, many + 1)])
    return storage


def hits(storage):
    """Return what each condition finds in each tenant, and how many that are."""
    found = {}
    for tenant in TENANTS:
        for number, where in enumerate(CONDITIONS):
            asked = query(where=where, tenant=tenant, limit=40)
            shown = [each.id for each in storage.fetch(asked)]
            found[tenant, number] = shown, storage.count(asked)[0].numbers
    return found


def expected(storage):
    """Return the same by the reference, of all that is stored now."""
    found = {}
    for tenant in TENANTS:
        stored, last = [], None
        while page := storage.fetch(query(tenant=tenant, after=last, newest_first=False)):
            stored += page
            last = place(page[-1])
        for number, where in enumerate(CONDITIONS):
            asked = query(where=where, tenant=tenant, limit=10**6)
            every = [each.id for each in selected(stored, asked)]
            found[tenant, number] = every[:40], (len(every),)
    return found


@contextmanager
def writers(storage, first=100_000):
    """Write, change and purge in two threads, from before the block begins to after it has ended."""
    ended = Event()

    def write(thread):
        for number in range(first + 10_000 * thread, first + 10_000 * thread + 10_000):
            for tenant in TENANTS:
                fresh = entry(number, tenant, words=" fresh odd")
                storage.append([fresh, entry(number + 50_000, tenant)])
                storage.replace(newer(fresh, words=" fresh even" if number % 2 else " stale"), expected_version=1)
                old = entry(1 + 2 * (number % 50) + thread, tenant)
                with suppress(ActivityNotFound, StaleVersion):  # it was purged or changed already
                    storage.replace(newer(old, words=" word17 fresh"), expected_version=1)
                storage.delete(query(where=Match([f"word{2 * (number % 40) + thread}"]), tenant=tenant), limit=1)
            begun[thread].set()
            if ended.is_set():
                return
        raise AssertionError("the numbers are used up")

    begun = [Event(), Event()]
    with ThreadPoolExecutor(2) as threads:
        writing = [threads.submit(write, thread) for thread in range(2)]
        try:
            while not all(each.wait(0.05) for each in begun):
                assert not any(each.done() for each in writing)
            yield
        finally:
            ended.set()
            for each in writing:
                each.result()


def test_it_is_made_for_a_filled_store_while_others_write(filled, fresh_url, opened):
    before = opened(fresh_url)
    assert before._work.database.indexed is False
    with writers(before):
        filled.setup(search_index=True)
        hits(filled)
    truth = expected(before)
    aware = opened(fresh_url)
    assert hits(aware) == hits(filled) == hits(before) == truth
    assert aware._work.database.indexed
    with writers(aware, first=200_000):
        filled.setup(search_index=False)
        hits(aware)
    truth = expected(before)
    assert hits(aware) == hits(filled) == hits(before) == hits(opened(fresh_url)) == truth


STRANGE = 'company:"7" || \\ $[*] Straße'
ABOUT = {"north": 700, "a b": 300, "a/b": 300}
"""How many entries each tenant has of those that are about several subjects; two names look alike to an index."""


def about(number, tenant):
    """Return an entry about Kim; each second is about a company too, and each third belongs to a strange one."""
    links = [link(), link("company:7"), link(STRANGE, role="parent")]
    fields = {"links": [links[0], *links[1:2][number % 2 :], *links[2:][: number % 3 == 0]]}
    return evolve(entry(number, tenant, **fields), id=uuid5(NAMESPACE_OID, f"{number} of {tenant}"))


@pytest.fixture
def subjects(fresh_url, opened):
    """A store of subjects of whom each has more entries than are looked at without asking the index."""
    storage = opened(fresh_url)
    storage.setup()
    for tenant, many in ABOUT.items():
        storage.load([(about(number, tenant), ()) for number in range(1, many + 1)])
    return storage


def led_to(storage, asked):
    """Return how many entries the index leads to; None if it does not lead."""
    with storage._work.reading() as executor:
        parts = parts_of(storage._narrowed(executor, asked).where)
    return next((len(part.values) for part in parts if isinstance(part, In) and part.name is Field.ID), None)


@pytest.mark.parametrize("store", ["sqlite", "postgresql", "mysql"])
def test_it_leads_to_entries_of_subjects(subjects, fresh_url, opened):
    stored = {tenant: [about(number, tenant) for number in range(1, many + 1)] for tenant, many in ABOUT.items()}
    conditions = (*CONDITIONS, And((Match(["word1"]), Has(Field.SUBJECTS, [STRANGE]))))
    asked = [
        query(*refs, where=where, tenant=tenant, order=order, newest_first=newest_first)
        for tenant in ABOUT
        for refs in ((KIM,), ("company:7",), (STRANGE,), ("company:7", STRANGE), ("contact:0", KIM), ("contact:0",))
        for where in conditions
        for order, newest_first in ((Order.OCCURRED, True), (Order.RECORDED, False))
    ]

    def assert_found_in(storage):
        for one in asked:
            wanted = [each.id for each in selected(stored[one.tenant], one)]
            assert [each.id for each in storage.fetch(one)] == wanted
            assert storage.count(one)[0].numbers == (len(wanted),)

    subjects.setup(search_index=True)
    storage = opened(fresh_url)
    assert_found_in(storage)
    for number in (17, 18, 19):
        changed = newer(stored["north"][number - 1], links=[link(STRANGE)], words=" word17 fresh")
        storage.replace(changed, expected_version=1)
        stored["north"][number - 1] = changed
    assert_found_in(storage)


@pytest.mark.parametrize("store", ["sqlite", "postgresql", "mysql"])
def test_it_leads_where_a_subject_has_many_entries_and_a_word_few(filled, subjects, fresh_url, opened):
    rare, absent, frequent = Match(["word17", "odd"]), Match(["nowhere"]), Match(["groß"])
    assert led_to(subjects, query(KIM, where=rare, tenant="north")) is None
    subjects.setup(search_index=True)
    storage = opened(fresh_url)
    for refs in ((KIM,), (KIM, "company:7", STRANGE), ()):
        assert 1 <= led_to(storage, query(*refs, where=rare, tenant="north")) <= 11
        assert led_to(storage, query(*refs, where=absent, tenant="north")) == 0
    assert led_to(storage, query(KIM, where=frequent, tenant="north")) is None, "as many as the subject has"
    assert led_to(storage, query(KIM, where=frequent, tenant="south")) is None, "too many"
    assert led_to(storage, query(KIM, where=absent, tenant="west")) is None, "a hundred are looked at"


class CutOff(Exception):
    """What comes between two batches."""


@contextmanager
def cut_off_after(batches, monkeypatch, storage, cut):
    """Let the making of the index be cut off after some batches of copying; on PostgreSQL there is one: all."""
    copied = []
    executor = type(storage._work.database.executor(_anything(storage)))
    run = executor.run

    def counted(self, statement, *rows):
        if statement == storage._work.database.search_index.copy:
            copied.append(statement)
            if len(copied) > batches:
                cut()
        return run(self, statement, *rows)

    monkeypatch.setattr(executor, "run", counted)
    yield copied
    monkeypatch.undo()


def _anything(storage):
    with storage._work.database._taken() as connection:
        return connection


@pytest.mark.parametrize("how", ["an error", "a lost connection"])
def test_cut_off_between_batches_it_is_completed_by_another_run(
    filled, fresh_url, store, opened, monkeypatch, shell, how
):
    if store == "postgresql":
        pytest.skip("it makes the index by one statement")
    watching, truth = shell(fresh_url), expected(filled)
    filled.close()

    def cut():
        if how == "an error":
            raise CutOff
        watching.end(*watching.sessions())

    for batches in (0, 3, 12):
        storage = opened(fresh_url)
        error = CutOff if how == "an error" else StorageError
        with cut_off_after(batches, monkeypatch, storage, cut) as copied, pytest.raises(error):
            storage.setup(search_index=True)
        assert len(copied) == batches + 1
        half_way = opened(fresh_url)
        assert hits(half_way) == hits(storage) == truth
        assert half_way._work.database.indexed is False
    with writers(storage):
        storage.setup(search_index=True)
    assert hits(opened(fresh_url)) == hits(storage) == hits(half_way) == expected(storage)


def test_cut_off_in_the_midst_it_is_completed_by_another_run(filled, fresh_url, store, opened, make_engine, shell):
    """An open transaction of the host's is waited for; then the session that waits is ended."""
    watching, truth = shell(fresh_url), expected(filled)
    with make_engine(fresh_url).connect() as host, ThreadPoolExecutor(1) as threads:
        host.exec_driver_sql("UPDATE activitylog_entries SET note = 'x' WHERE tenant = 'nobody'")
        if store == "mysql":
            host.exec_driver_sql("UPDATE activitylog_entries SET note = '' WHERE tenant = 'south'")
        making = threads.submit(opened(fresh_url).setup, search_index=True)
        waiting = waits_in_the_making(watching, store)
        assert hits(filled) == truth
        watching.end(*waiting)
        with pytest.raises(StorageError) as caught:
            making.result()
        assert caught.value.retry
        assert hits(filled) == hits(opened(fresh_url)) == truth
        host.rollback()
    other = opened(fresh_url)
    other.setup(search_index=True)
    assert hits(other) == hits(filled) == truth


def waits_in_the_making(watching, store):
    if store == "postgresql":
        return watching._until(
            lambda: watching._ids("SELECT pid FROM pg_stat_progress_create_index WHERE phase LIKE 'waiting%%'")
        )
    return watching._until(lambda: watching._ids("Waiting for"))


def test_who_knew_the_index_finds_the_same_while_it_goes_and_comes(filled, fresh_url, store, opened, monkeypatch):
    """Made anew, it is not complete for a while; a process that had found it complete must not believe it."""
    filled.setup(search_index=True)
    truth = expected(filled)
    knowing = opened(fresh_url)
    assert hits(knowing) == truth
    filled.setup(search_index=False)
    assert hits(knowing) == truth
    knowing_again = opened(fresh_url)
    filled.setup(search_index=True)
    assert hits(knowing_again) == truth
    filled.setup(search_index=False)
    if store == "mysql":

        def look():
            assert hits(knowing_again) == hits(knowing) == truth
            raise CutOff

        with cut_off_after(2, monkeypatch, filled, look), pytest.raises(CutOff):
            filled.setup(search_index=True)
    assert hits(knowing_again) == hits(knowing) == hits(opened(fresh_url)) == truth


def test_it_is_searched_in_the_hosts_transaction_too(filled, fresh_url, opened, make_engine):
    filled.setup(search_index=True)
    truth = hits(filled)
    storage = opened(fresh_url)
    with make_engine(fresh_url).connect() as host:
        bound = storage.bound(host)
        assert hits(bound) == truth
        bound.append([entry(900_000, "south", words=" inside")])
        assert len(bound.fetch(query(tenant="south", where=Match(["insid"])))) == 1
        assert storage.fetch(query(tenant="south", where=Match(["insid"]))) == []
        host.rollback()
    assert hits(storage) == truth


def test_a_host_in_a_transaction_finds_the_same_when_another_removes_it(filled, fresh_url, store, opened, make_engine):
    filled.setup(search_index=True)
    truth = hits(filled)
    knowing = opened(fresh_url)
    assert hits(knowing) == truth
    with make_engine(fresh_url).connect() as host:
        bound = knowing.bound(host)
        bound.append([entry(900_000, "nobody")])
        if store == "mysql":  # whose tables wait for every transaction that has looked into them
            host.commit()
        with ThreadPoolExecutor(1) as threads:
            removing = threads.submit(filled.setup, search_index=False)
            if store == "postgresql":
                assert hits(bound) == truth
                host.commit()
            removing.result()
        assert hits(bound) == truth
