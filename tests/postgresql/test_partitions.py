"""Tables that are partitioned by the tenant: made once, completed, refused; and what each call looks into."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import MetaData, create_engine

from activitylog import ActivityLog, Actor, Ref, TypeRegistry, scope
from activitylog.cli import main
from activitylog.errors import ActivityLogError, InvalidInput, SchemaMismatch, Unsupported
from activitylog.storage import And, Bucket, Document, Field, In, Match, Order, Position, Query, Record, Unit
from activitylog.testing.contract.samples import at, newer, record
from activitylog_sql import Host, host_storage, include_object, open_storage, upgrade
from activitylog_sql._columns import Kind
from activitylog_sql._migration import run_step
from activitylog_sql._schema import STEPS, Index, Step, Table

PARTITIONS = 4
SPLIT = {"entries", "links", "versions", "documents"}
TENANTS = [f"tenant {number}" for number in range(20)]
HOME = TENANTS[7]
KIM, LEA = "contact:42", "user:3"
TYPES = TypeRegistry()
TYPES.define("call", manual=True)


def entry(tenant: str, number: int, **fields: Any) -> Record:
    return record(number, tenant=tenant, idempotency_key=f"{tenant} {number}", words=f" all word{number}", **fields)


def query(*subjects: str, **options: Any) -> Query:
    return Query(**{"tenant": HOME, "subjects": subjects, "where": And(()), "limit": 20, **options})


@pytest.fixture
def run() -> Iterator[Callable[[str, str], list[Any]]]:
    """Runs a statement on the database of a URL, and returns what it selects."""
    with ExitStack() as opened:

        def run(url: str, statement: str) -> list[Any]:
            engine = create_engine(url, isolation_level="AUTOCOMMIT")
            opened.callback(engine.dispose)
            with engine.connect() as connection:
                result = connection.exec_driver_sql(statement)
                return list(result.fetchall()) if result.returns_rows else []

        yield run


@pytest.fixture
def open_log() -> Iterator[Callable[[str], ActivityLog]]:
    with ExitStack() as opened:

        def give(url: str) -> ActivityLog:
            log = ActivityLog(url, types=TYPES, actor=Actor.user(3, "Lea"))
            opened.callback(log.close)
            return log

        yield give


@pytest.fixture
def url(fresh_database: Callable[[str], str]) -> str:
    """The URL of an empty database, without the schema."""
    return fresh_database("postgresql")


@pytest.fixture
def partitioned(url: str, open_log: Callable[[str], ActivityLog]) -> ActivityLog:
    log = open_log(url)
    log.migrate(partitions=PARTITIONS)
    return log


def relations(url: str, run: Callable[[str, str], list[Any]]) -> set[str]:
    found = run(url, "SELECT relname FROM pg_class WHERE relname LIKE 'activitylog%%'")
    return {name.removeprefix("activitylog_") for (name,) in found}


def parts(names: set[str]) -> dict[str, int]:
    """Return how many partitions the tables and indexes have whose names these are, by the name of the whole."""
    wholes = [match[1] for name in names if (match := re.fullmatch(r"(\w+)_p\d+", name))]
    return {whole: wholes.count(whole) for whole in wholes}


# -- made once ---------------------------------------------------------------------------------------------------------


def test_each_table_of_tenants_is_split(partitioned: ActivityLog, url: str, run: Any) -> None:
    assert parts(relations(url, run)) == dict.fromkeys(SPLIT, PARTITIONS)
    for tenant in TENANTS:
        with scope(tenant=tenant):
            assert partitioned.record("call", KIM, note="A quote").created
    lying = run(url, "SELECT DISTINCT tableoid::regclass::text FROM activitylog_entries")
    assert len(lying) > 1, "tenants lie in several partitions"
    assert list(partitioned.storage.tenants(limit=100)) == sorted(TENANTS)


def test_to_migrate_again_changes_nothing(partitioned: ActivityLog, url: str, run: Any, open_log: Any) -> None:
    call = partitioned.record("call", KIM)
    before = relations(url, run)
    for options in ({}, {"partitions": PARTITIONS}, {"partitions": PARTITIONS, "search_index": False}):
        open_log(url).migrate(**options)
    assert relations(url, run) == before
    assert partitioned.get(call).id == call.id


@pytest.mark.parametrize("there", [None, PARTITIONS])
def test_another_layout_is_refused_and_nothing_is_changed(there: int | None, url: str, run: Any, open_log: Any) -> None:
    log = open_log(url)
    log.migrate(partitions=there)
    call = log.record("call", KIM)
    before = relations(url, run)
    with pytest.raises(SchemaMismatch, match=r"empty database .*partitions=8.*activitylog export") as caught:
        log.migrate(partitions=8, search_index=True)
    assert ("not partitioned" if there is None else f"split into {there} partitions") in str(caught.value)
    assert relations(url, run) == before
    assert log.get(call).id == call.id


@pytest.mark.parametrize("wrong", [0, -4, 257, True, 4.0, "4"], ids=repr)
def test_a_wrong_number_is_refused(wrong: Any, url: str, run: Any, open_log: Any) -> None:
    with pytest.raises(InvalidInput, match="a whole number from 1 to 256") as caught:
        open_log(url).migrate(partitions=wrong)
    assert caught.value.field == "partitions"
    assert relations(url, run) == set()


@pytest.mark.parametrize("store", ["memory", "sqlite", "mysql", "mongodb"])
def test_other_stores_are_not_partitioned(store: str, fresh_database: Callable[[str], str], open_log: Any) -> None:
    log = open_log(fresh_database(store))
    with pytest.raises(Unsupported, match="partitions"):
        log.migrate(partitions=PARTITIONS)
    log.migrate()
    assert log.record("call", KIM).created


def test_a_framework_is_told_to_partition_before_its_migrations() -> None:
    class SomeHost(Host):
        product, name, remedy = "postgresql", "crm", "run `manage.py migrate`"
        cursor = transaction = atomic = doom = after_commit = awaits = None

    with pytest.raises(Unsupported, match=r"activitylog migrate --partitions 4 --store URL"):
        ActivityLog(host_storage(SomeHost()), types=TYPES).migrate(partitions=PARTITIONS)


def test_what_fails_in_the_midst_leaves_nothing(url: str, run: Any, open_log: Any) -> None:
    run(url, "CREATE TABLE activitylog_versions_p2 (id integer)")
    log = open_log(url)
    with pytest.raises(SchemaMismatch, match="rename it"):
        log.migrate(partitions=PARTITIONS)
    assert relations(url, run) == {"versions_p2"}
    run(url, "DROP TABLE activitylog_versions_p2")
    log.migrate(partitions=PARTITIONS)
    assert parts(relations(url, run)) == dict.fromkeys(SPLIT, PARTITIONS)


def test_of_several_who_migrate_at_once_one_decides(url: str, run: Any, open_log: Any) -> None:
    def migrate(log: ActivityLog, partitions: int | None) -> Exception | None:
        try:
            log.migrate(partitions=partitions)
        except ActivityLogError as error:
            return error
        return None

    wanted = [2, 3, 2, 3, None]
    with ThreadPoolExecutor(len(wanted)) as threads:
        ended = list(threads.map(migrate, [open_log(url) for _ in wanted], wanted))
    layout = parts(relations(url, run))
    made = layout.get("entries")
    assert layout == ({} if made is None else dict.fromkeys(SPLIT, made))
    for partitions, error in zip(wanted, ended, strict=True):
        assert isinstance(error, SchemaMismatch) is (partitions not in {made, None})


def test_from_the_command_line(url: str, run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in ("0", "four"):
        with ExitStack() as expected:
            if wrong == "four":
                expected.enter_context(pytest.raises(SystemExit))
            assert main(["migrate", "--store", url, "--partitions", wrong]) == 2
        assert "partitions" in capsys.readouterr().err
    for _ in range(2):
        assert main(["migrate", "--store", url, "--partitions", "4", "--search-index"]) == 0
        assert (
            capsys.readouterr().out == "the store's schema is up to date, in 4 partitions, and has its search index\n"
        )
    assert parts(relations(url, run)) == dict.fromkeys((*SPLIT, "entries_words"), PARTITIONS)
    assert main(["migrate", "--store", url, "--partitions", "8"]) == 1
    assert "split into 4 partitions" in capsys.readouterr().err


# -- later steps, and migrations of the host's -------------------------------------------------------------------------

LATER = Step(
    STEPS[-1].number + 1,
    "expand",
    (
        "ALTER TABLE activitylog_entries ADD COLUMN mood INTEGER NOT NULL DEFAULT 0",
        Index("mood", ("mood", "id")),
        Table("activitylog_moods", {"tenant": Kind.KEY, "id": Kind.ID}, ("tenant", "id")),
    ),
)


def test_the_second_step_makes_the_key_of_each_partition_longer(partitioned: ActivityLog, url: str, run: Any) -> None:
    """From a store that was partitioned before there was that step."""
    call = partitioned.record("call", KIM)
    former = "PRIMARY KEY (tenant, ref, occurred_at, id)"
    run(url, f"ALTER TABLE activitylog_links DROP CONSTRAINT activitylog_links_pkey, ADD {former}")
    run(url, "DELETE FROM activitylog_schema WHERE number = 2")
    partitioned.migrate()
    keys = (
        "SELECT count(*) FROM pg_indexes WHERE tablename LIKE 'activitylog_links%%' AND indexdef LIKE '%%, audience)'"
    )
    assert run(url, keys) == [(PARTITIONS + 1,)]
    assert partitioned.timeline(KIM).page().items[0].id == call.id


def test_a_later_step_splits_its_tables_too(partitioned: ActivityLog, url: str, run: Any) -> None:
    call = partitioned.record("call", KIM)
    database = partitioned.storage._work.database
    with database._setting_up() as (connection, executor), database.changing(connection):
        run_step(executor, database.dialect, LATER)
    made = parts(relations(url, run))
    assert made == dict.fromkeys((*SPLIT, "moods"), PARTITIONS)
    indexes = run(url, "SELECT count(*) FROM pg_indexes WHERE indexdef LIKE '%%(tenant, mood, id)'")
    assert indexes == [(PARTITIONS + 1,)]
    assert partitioned.edit(call, note="still there").note


def test_a_migration_of_the_hosts_goes_on_from_it(partitioned: ActivityLog, url: str, run: Any) -> None:
    before = relations(url, run)
    engine = create_engine(url)
    with engine.begin() as connection:
        upgrade(connection)
    assert relations(url, run) == before
    found = MetaData()
    found.reflect(engine)
    assert len(found.tables) == 1 + (1 + PARTITIONS) * len(SPLIT)
    for table in found.tables.values():
        assert not include_object(table, table.name, "table", reflected=True, compare_to=None)
        assert not any(include_object(one, one.name, "index", True, None) for one in table.indexes)
    engine.dispose()
    assert include_object(None, "invoices_p1", "table", reflected=True, compare_to=None)


def test_a_store_moves_by_export_and_import(
    url: str, fresh_database: Any, open_log: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, file = open_log(fresh_database("postgresql")), str(tmp_path / "log.jsonl")
    whole.migrate()
    for tenant in TENANTS[:6]:
        with scope(tenant=tenant):
            call = whole.record("call", KIM, note="A quote", idempotency_key="call 1")
            whole.edit(call, note="Two quotes")
    source = whole.storage._work.database.engine.url.render_as_string(hide_password=False)
    assert main(["export", file, "--store", source]) == 0
    assert main(["migrate", "--store", url, "--partitions", "4"]) == 0
    assert main(["import", "jsonl", file, "--store", url]) == 0
    with scope(tenant=TENANTS[0]):
        whole.edit(whole.timeline(KIM).page().items[0], note="Three quotes")
        whole.record("call", "contact:7")
    assert main(["export", file, "--store", source]) == 0
    for _ in range(2):
        assert main(["import", "jsonl", file, "--store", url]) == 0
    capsys.readouterr()
    moved = open_log(url)
    assert list(moved.storage.tenants(limit=100)) == list(whole.storage.tenants(limit=100))
    for tenant in TENANTS[:6]:
        with scope(tenant=tenant):
            [was], [now] = whole.timeline(KIM).page().items, moved.timeline(KIM).page().items
            assert now.to_dict() == was.to_dict()
            assert moved.everything().count() == whole.everything().count()
            assert [one.changes for one in moved.history(now)] == [one.changes for one in whole.history(was)]
            assert not moved.record("call", KIM, note="A quote", idempotency_key="call 1").created


# -- what a call looks into --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def filled(databases: Any, tmp_path_factory: pytest.TempPathFactory, not_had: Any) -> Iterator[str]:
    """The URL of a partitioned store with entries of many tenants, and its search index."""
    from servers.shared import Missing

    try:
        with databases.fresh("postgresql", tmp_path_factory.mktemp("partitions")) as url:
            storage = open_storage(url)
            storage.partition(PARTITIONS)
            for tenant in TENANTS:
                entries = [entry(tenant, number, version=2) for number in range(100)]
                storage.load([(one, (entry(tenant, number),)) for number, one in enumerate(entries)])
                storage.put_document(Document(tenant, "kind", "name", "{}"), expected_version=0)
            storage.setup(search_index=True)
            yield url
            storage.close()
    except Missing as reason:
        not_had("postgresql", reason)


@contextmanager
def looked_into(url: str, mode: str) -> Iterator[tuple[Any, Callable[[], set[str]]]]:
    """Give a store in a transaction that will be undone, and what tells which partitions were scanned or written."""
    settings = {"prepare_threshold": 0, "options": f"-c plan_cache_mode={mode} -c enable_sort=off"}
    engine = create_engine(url, connect_args=settings)
    storage = open_storage(engine)
    counted = "seq_scan + coalesce(idx_scan, 0) + n_tup_ins + n_tup_upd + n_tup_del"
    statement = f"SELECT relname, {counted} FROM pg_stat_xact_user_tables WHERE relname ~ '_p[0-9]+$'"
    with engine.connect() as connection:
        bound = storage.bound(connection)
        bound.get(HOME, [])

        def told() -> dict[str, int]:
            return {str(name): int(number) for name, number in connection.exec_driver_sql(statement)}

        before = told()
        yield bound, lambda: {name for name, number in told().items() if number != before[name]}
        connection.rollback()
    storage.close()
    engine.dispose()


def first(storage: Any, tenant: str = HOME) -> Record:
    found: Record = storage.get(tenant, [entry(tenant, 1).id])[entry(tenant, 1).id]
    return found


OF_ENTRIES, OF_LINKS = {"entries"}, {"links"}
DEEP = Position(at(50), UUID(int=0))
CALLS: dict[str, tuple[Callable[[Any], Any], set[str]]] = {
    "the newest of a subject": (lambda s: s.fetch(query(KIM)), {"links", "entries"}),
    "a deep page": (lambda s: s.fetch(query(KIM, after=DEEP)), {"links", "entries"}),
    "several subjects": (lambda s: s.fetch(query(KIM, "contact:7", "company:7")), {"links", "entries"}),
    "everything": (lambda s: s.fetch(query()), OF_ENTRIES),
    "what arrived": (lambda s: s.fetch(query(order=Order.RECORDED, newest_first=False)), OF_ENTRIES),
    "of an actor": (lambda s: s.fetch(query(where=In(Field.ACTOR, [LEA]))), OF_ENTRIES),
    "what is to be done": (
        lambda s: s.fetch(query(where=In(Field.ASSIGNEE, [LEA]), order=Order.DUE, newest_first=False)),
        OF_ENTRIES,
    ),
    "a batch": (lambda s: s.fetch(query(where=In(Field.BATCH, ["one"]))), OF_ENTRIES),
    "a conversation": (lambda s: s.fetch(query(where=In(Field.CONVERSATION, ["one"]))), OF_ENTRIES),
    "get": (lambda s: s.get(HOME, [entry(HOME, number).id for number in range(9)]), OF_ENTRIES),
    "versions": (lambda s: s.versions(HOME, entry(HOME, 1).id, limit=9), {"versions"}),
    "documents": (lambda s: s.documents(HOME, "kind", limit=9), {"documents"}),
    "documents by name": (lambda s: s.documents(HOME, "kind", names=["name"], limit=9), {"documents"}),
    "documents by kind": (lambda s: s.documents_by_kind(HOME, ["kind", "other"], limit=9), {"documents"}),
    "count of a subject": (lambda s: s.count(query(KIM)), OF_LINKS),
    "count of a tenant": (lambda s: s.count(query(), by=[Field.TYPE]), OF_ENTRIES),
    "count by week": (lambda s: s.count(query(), bucket=Bucket(Unit.WEEK, ((-(2**62), 0),))), OF_ENTRIES),
    "gaps": (lambda s: list(s.gaps(query(KIM))), {"links"}),
    "append": (lambda s: s.append([entry(HOME, 1000)]), {"links", "entries"}),
    "append many": (lambda s: s.append([entry(HOME, number) for number in range(1000, 1020)]), {"links", "entries"}),
    "append what is known": (lambda s: s.append([entry(HOME, 1)]), OF_ENTRIES),
    "replace": (
        lambda s: s.replace(newer(first(s), status="done"), expected_version=2),
        {"entries", "versions", "links"},
    ),
    "rewrite": (lambda s: s.rewrite([(first(s), ())]), {"entries", "versions", "links"}),
    "purge": (lambda s: s.delete(query(KIM), limit=9), {"entries", "versions", "links"}),
    "put a document": (
        lambda s: s.put_document(Document(HOME, "kind", "new", "{}"), expected_version=0),
        {"documents"},
    ),
    "put another": (lambda s: s.put_document(Document(HOME, "kind", "name", "{}"), expected_version=1), {"documents"}),
}


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize(("call", "tables"), CALLS.values(), ids=CALLS)
def test_a_call_looks_into_the_partitions_of_its_tenant_only(
    filled: str, run: Any, call: Callable[[Any], Any], tables: set[str], mode: str
) -> None:
    """Whether the planner knows the tenant, or only the running statement does."""
    [(home,)] = run(
        filled, f"SELECT DISTINCT tableoid::regclass::text FROM activitylog_entries WHERE tenant = '{HOME}'"
    )
    number = home.rpartition("_")[2]
    with looked_into(filled, mode) as (storage, told):
        call(storage)
        assert told() == {f"activitylog_{table}_{number}" for table in tables}


@pytest.mark.parametrize(
    "call",
    [lambda s: s.tenants(limit=100), lambda s: s.fetch(query(where=Match(["word7"])))],
    ids=["who the tenants are", "words by the search index"],
)
def test_two_calls_look_into_all(filled: str, call: Callable[[Any], Any]) -> None:
    """The search index finds nothing in partitions of others, for its words begin with the tenant."""
    with looked_into(filled, "auto") as (storage, told):
        assert call(storage)
        assert told() == {f"activitylog_entries_p{number}" for number in range(PARTITIONS)}


@pytest.mark.parametrize("subjects", [(), (KIM,), (KIM, "contact:7")], ids=len)
def test_explain_shows_one_partition(filled: str, subjects: tuple[str, ...]) -> None:
    storage = open_storage(filled)
    plan = storage.explain(query(*subjects))
    assert len(set(re.findall(r" on activitylog_\w+(_p\d)", plan))) == 1
    storage.close()


# -- the search index --------------------------------------------------------------------------------------------------


def hits(log: ActivityLog, tenant: str, words: str) -> int:
    with scope(tenant=tenant):
        return log.everything().filter(search=words).count()


def test_the_search_index_is_added_and_removed(partitioned: ActivityLog, url: str, run: Any, open_log: Any) -> None:
    for tenant in TENANTS:
        with scope(tenant=tenant):
            partitioned.record("call", KIM, note=f"Asked for {tenant}")
    for search_index in (True, True, None, False, False, True):
        partitioned.migrate(search_index=search_index)
        log = open_log(url)
        assert [hits(log, tenant, "asked") for tenant in TENANTS] == [1] * len(TENANTS)
        assert hits(log, HOME, "7") == 1
        assert hits(log, HOME, "8") == 0
        assert log.storage._work.database.indexed is (search_index is not False)
    assert parts(relations(url, run))["entries_words"] == PARTITIONS
    assert run(url, "SELECT count(*) FROM pg_index WHERE NOT indisvalid") == [(0,)]
    partitioned.migrate(search_index=False)
    assert "words" not in "".join(relations(url, run))


def test_the_search_index_comes_and_goes_while_others_write(partitioned: ActivityLog, open_log: Any, url: str) -> None:
    ended = Event()

    def write(tenant: str) -> int:
        for number in count(1):
            with scope(tenant=tenant):
                call = partitioned.record("call", KIM, note="Asked for a quote")
                partitioned.edit(call, note="Asked for two quotes")
                assert hits(partitioned, tenant, "quote") == number
            if ended.is_set():
                return number
        raise AssertionError

    with ThreadPoolExecutor(3) as threads:
        writing = [threads.submit(write, tenant) for tenant in TENANTS[:3]]
        try:
            for search_index in (True, False, True):
                open_log(url).migrate(search_index=search_index)
        finally:
            ended.set()
        written = [each.result() for each in writing]
    assert [hits(open_log(url), tenant, "two") for tenant in TENANTS[:3]] == written


@pytest.mark.parametrize("cut_off", ["before the parts", "a part that stands alone", "a part that is invalid"])
def test_what_was_cut_off_is_completed_or_removed(
    cut_off: str, partitioned: ActivityLog, url: str, run: Any, open_log: Any
) -> None:
    partitioned.record("call", KIM, note="Asked for a quote")
    partitioned.migrate(search_index=True)
    made = relations(url, run)
    [(whole,)] = run(url, "SELECT pg_get_indexdef('activitylog_entries_words'::regclass)")
    for search_index in (True, False):
        partitioned.migrate(search_index=False)
        run(url, whole)  # on the parent only, without its parts
        if cut_off != "before the parts":
            part = whole.replace("words ON ONLY", "words_p1 ON").replace(
                "activitylog_entries USING", "activitylog_entries_p1 USING"
            )
            run(url, part)
        if cut_off == "a part that is invalid":
            run(
                url,
                "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'activitylog_entries_words_p1'::regclass",
            )
        partitioned.migrate(search_index=search_index)
        assert hits(open_log(url), "default", "quote") == 1
        words = {name for name in made if name.startswith("entries_words")}
        assert relations(url, run) == (made if search_index else made - words)
        assert run(url, "SELECT count(*) FROM pg_index WHERE NOT indisvalid") == [(0,)]


# -- what goes ---------------------------------------------------------------------------------------------------------


def test_what_is_erased_or_purged_is_in_no_partition(partitioned: ActivityLog, url: str, run: Any) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=3000)
    for tenant in TENANTS[:4]:
        with scope(tenant=tenant):
            call = partitioned.record("call", KIM, Ref("company", 7), occurred_at=long_ago)
            partitioned.edit(call, note="Asked for a quote")
            partitioned.privacy.erase(KIM)
    everything = [row for table in SPLIT for row in run(url, f"SELECT * FROM activitylog_{table}")]
    assert everything
    assert not re.search("contact:42", repr(everything))
    for tenant in TENANTS[:4]:
        assert partitioned.storage.delete(query(tenant=tenant), limit=100) == 1
    for table in ("entries", "links", "versions"):
        assert run(url, f"SELECT count(*) FROM activitylog_{table}") == [(0,)]
