"""Several writers of the same entries, each with its own connections: exact, whole, and no deadlock for the caller."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from random import Random
from threading import Barrier, Event

import pytest

from activitylog import Draft
from activitylog.errors import ActivityNotFound, StaleVersion
from activitylog.storage import Between, Document, Field, In, Match
from activitylog.testing.contract.concurrency import persisting
from activitylog.testing.contract.samples import KIM, TENANT, at, link, newer, query, record

THREADS, ROUNDS, ENTRIES = 8, 12, 6


@pytest.fixture
def stores(url, opened):
    """A store for each thread, with a pool of its own."""
    return [opened(url) for _ in range(THREADS)]


def at_once(work, stores):
    """Let each store's thread work, all from the same moment on; return what they answer."""
    start = Barrier(len(stores), timeout=30)

    def run(number, storage):
        start.wait()
        return work(number, storage)

    with ThreadPoolExecutor(len(stores)) as threads:
        return list(threads.map(run, range(len(stores)), stores))


def entry(number, **fields):
    """Return an entry, known by its key, whose links and words change with its note."""
    note = fields.get("note", "")
    values = {"idempotency_key": f"k{number}", "links": (link(), link(f"note:{note}")), "words": f" n{number} {note}"}
    return record(number, number, **{**values, **fields})


def test_replaced_at_once_no_change_is_lost(stores):
    stores[0].append([entry(number) for number in range(1, ENTRIES + 1)])

    def work(thread, storage):
        chance, done = Random(thread), 0
        for _ in range(ROUNDS):
            number = chance.randint(1, ENTRIES)
            current = storage.get(TENANT, [entry(number).id])[entry(number).id]
            fresh = entry(number, note=f"{thread}")
            changed = newer(current, note=fresh.note, links=fresh.links, words=fresh.words)
            try:
                storage.replace(changed, expected_version=current.version)
            except StaleVersion as error:
                seen.append(error.current.version > current.version)
            else:
                done += 1
        return done

    seen: list[bool] = []
    done = at_once(work, stores)
    assert all(seen)
    entries = stores[0].fetch(query())
    assert sum(each.version - 1 for each in entries) == sum(done)
    for each in entries:
        versions = stores[0].versions(TENANT, each.id, limit=1000)
        assert [one.version for one in versions] == list(range(each.version - 1, 0, -1))
        assert_whole(stores[0], each)


def assert_whole(storage, stored):
    """Its links are those of what it says now, and nothing else leads to it."""
    for ref in {mention.ref for mention in stored.links}:
        assert stored.id in {found.id for found in storage.fetch(query(ref))}
    others = [f"note:{name}" for name in ("", *range(THREADS)) if f"note:{name}" not in {m.ref for m in stored.links}]
    assert stored.id not in {found.id for found in storage.fetch(query(*others))}
    assert stored.id in {found.id for found in storage.fetch(query(where=Match(list(stored.words.split()))))}


def test_everything_at_once(stores):
    """Appended, replaced and rewritten in any order, several by one call: always whole, and in the end too."""
    stores[0].append([entry(number) for number in range(1, ENTRIES + 1)])
    calls = {"append": append, "replace": replace, "rewrite": rewrite, "read": read}

    def work(thread, storage):
        chance = Random(100 + thread)
        chosen = [chance.choice([*calls]) for _ in range(ROUNDS)]
        for kind in chosen:
            calls[kind](storage, chance.sample(range(1, ENTRIES + 1), 3), str(thread))
        return Counter(chosen)

    assert set(sum(at_once(work, stores), Counter())) == set(calls)
    for each in stores[0].fetch(query()):
        assert_whole(stores[0], each)
        assert {one.id for one in stores[0].versions(TENANT, each.id, limit=1000)} <= {each.id}
    left = stores[0].count(query())[0].numbers[0]
    assert (stores[0].delete(query(), limit=1000), stores[0].fetch(query(KIM))) == (left, [])


def append(storage, numbers, _):
    given = [entry(number) for number in numbers]
    assert [answer.id for answer in storage.append(given)] == [each.id for each in given]


def replace(storage, numbers, note):
    found = storage.get(TENANT, [entry(number).id for number in numbers])
    for number in numbers:
        version = found.get(entry(number).id, entry(number)).version
        with suppress(StaleVersion, ActivityNotFound):
            storage.replace(newer(entry(number, version=version, note=note)), expected_version=version)


def rewrite(storage, numbers, note):
    storage.rewrite([(newer(entry(number, note=note)), (entry(number, note=note),)) for number in numbers])


def read(storage, *_):
    shown = [each.id for each in storage.fetch(query(KIM))]
    assert shown == sorted(set(shown), reverse=True)


def test_documents_at_once(stores):
    def work(thread, storage):
        chance, done = Random(thread), Counter()
        for _ in range(ROUNDS):
            name = f"n{chance.randint(1, 3)}"
            version = sum(each.version for each in storage.documents(TENANT, "k", names=[name], limit=1))
            try:
                storage.put_document(Document(TENANT, "k", name, f'"{thread}"'), expected_version=version)
            except StaleVersion:
                continue
            done[name] += 1
        return done

    done = sum(at_once(work, stores), Counter())
    assert {each.name: each.version for each in stores[0].documents(TENANT, "k", limit=9)} == done


def test_keys_at_once_in_any_order(stores):
    def work(thread, storage):
        chance, answers = Random(thread), {}
        for _ in range(ROUNDS):
            batch = [record(idempotency_key=f"shared {n}") for n in chance.sample(range(40), 10)]
            for given, answer in zip(batch, storage.append(batch), strict=True):
                assert answers.setdefault(given.idempotency_key, answer.id) == answer.id
        return answers

    answers = at_once(work, stores)
    stored = {each.idempotency_key: each.id for each in stores[0].fetch(query())}
    assert len(stored) == stores[0].count(query())[0].numbers[0]
    for each in answers:
        assert each.items() <= stored.items()


def test_the_first_ones_of_a_tenant_at_once(url, open_log):
    """Each of the logs finds neither the audiences nor the key of page tokens, and writes them with its entries."""
    logs = [open_log(url) for _ in range(THREADS)]

    def work(thread, log):
        drafts = [Draft("call", KIM, readers=f"user:{n}", idempotency_key=f"{n}", on_repeat="first") for n in range(6)]
        Random(thread).shuffle(drafts)
        return [entry.id for entry in log.record_many(drafts)]

    answers = at_once(work, logs)
    assert {id for ids in answers for id in ids} == {entry.id for entry in logs[0].timeline(KIM)}
    assert logs[0].timeline(KIM).count() == 6
    assert len(logs[0].storage.documents("default", "audience", limit=99)) == 6
    page = logs[0].timeline(KIM).page(limit=2)
    assert all(len(log.timeline(KIM).page(limit=9, after=page.next).items) == 4 for log in logs)


def test_verbs_at_once(url, open_log):
    logs = [open_log(url) for _ in range(THREADS)]
    first = logs[0].record("call", KIM)

    def work(thread, log):
        log.tag(first, add=f"t{thread}")
        log.record_many([Draft("call", KIM) for _ in range(3)])
        log.edit(first.id, note=f"by {thread}")

    at_once(work, logs)
    assert set(logs[0].get(first).tags) == {f"t{thread}" for thread in range(THREADS)}
    assert len(logs[0].history(first)) == 1 + 2 * THREADS
    assert logs[0].timeline(KIM).count() == 1 + 3 * THREADS


@pytest.mark.parametrize("how", ["url", "engine"])
@pytest.mark.parametrize(
    ("asked", "change"),
    [
        (query(KIM, where=In(Field.HELD, [False])), {"held": True}),
        (query(KIM, where=Between(Field.OCCURRED_AT, lt=at(1000))), {"occurred_at": at(5000)}),
        (query(KIM), {"links": (link("contact:7"),)}),
    ],
    ids=["held", "moved", "unlinked"],
)
def test_what_is_held_while_a_purge_waits_for_it_is_not_purged(url, opened, make_engine, shell, how, asked, change):
    """A purge has found an entry; before it can lock it, another puts it on hold, or out of what was asked."""
    purging, holding, watching = opened(make_engine(url) if how == "engine" else url), opened(url), shell(url)
    kept = record(2, 2)
    purging.append([record(1, 1), kept, record(3, 3)])
    with ThreadPoolExecutor(1) as threads:
        with holding.transaction() as within:
            within.replace(newer(kept, **change), expected_version=1)
            purge = threads.submit(purging.delete, asked, limit=10)
            watching.waits_for_rows()
        assert purge.result() == 2
    [left] = holding.fetch(query())
    assert left == newer(kept, **change)
    assert [each.version for each in holding.versions(TENANT, kept.id, limit=9)] == [1]
    assert [each.id for each in holding.fetch(query(*{mention.ref for mention in left.links}))] == [kept.id]


def test_a_purge_and_an_append_of_the_same_key(stores):
    """Each time a key is free it is taken once; a caller may go on trying where a call gave up."""
    stop = Event()

    def work(thread, storage):
        if thread == 0:
            purged = 0
            for _ in range(60):
                purged += persisting(partial(storage.delete, query(), limit=10))
            stop.set()
            return purged
        created = 0
        while not stop.is_set():
            batch = [record(idempotency_key="k"), record(idempotency_key="l")]
            answers = persisting(partial(storage.append, batch))
            created += sum(answer.created for answer in answers)
        return created

    purged, *created = at_once(work, stores[:4])
    assert sum(created) - purged == len(stores[0].fetch(query())) <= 2
