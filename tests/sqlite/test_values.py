"""How values stand in the file: as Django writes them, in the order in which they compare, counted by local time."""

import sqlite3
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

import pytest
from attrs import fields
from hypothesis import given, settings
from hypothesis import strategies as st

from activitylog.storage import ABSENT, NOBODY, Bucket, File, Mention, Query, Record, Unit, bucket_start, tally
from activitylog.testing.contract.samples import record
from activitylog_sql import open_storage
from activitylog_sql._codec import Codec
from activitylog_sql._columns import ENTRY_COLUMNS, LINK_COLUMNS
from activitylog_sql._executor import Executor
from activitylog_sql._migration import run_steps
from activitylog_sql._sqlite import SQLITE

times = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)).map(  # noqa: DTZ001 -- given a zone
    lambda time: time.replace(microsecond=time.microsecond // 1000 * 1000)
)
days = st.integers(-24 * 3600 * 1000 + 1, 24 * 3600 * 1000 - 1)
offsets = days | st.sampled_from([0, 3_600_000, -3_600_000, 20_700_000, -17_776_000, 1_172_000])
changes = st.lists(st.integers(-62_000_000_000_000, 250_000_000_000_000), max_size=3, unique=True).map(sorted)


@given(times, times)
def test_text_of_times_has_their_order(one, other):
    assert (SQLITE.time(one) < SQLITE.time(other)) is (one < other)


@given(times)
def test_times_come_back(time):
    assert SQLITE.read_time(SQLITE.time(time)) == time
    assert SQLITE.read_time(SQLITE.time(ABSENT)) is ABSENT


@given(st.uuids(), st.uuids())
def test_text_of_ids_has_their_order(one, other):
    assert (SQLITE.id(one) < SQLITE.id(other)) is (one < other)


def test_a_row_as_django_reads_it(tmp_path):
    storage = open_storage(f"sqlite:///{tmp_path / 'log.db'}")
    storage.append(
        [
            record(
                UUID("0195b2f0-0000-7000-8000-000000000001"),
                occurred_at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
                recorded_at=datetime(2026, 3, 1, 9, 30, 0, 7000, tzinfo=UTC),
                pinned=True,
                data='{"b": 1, "a": 1e20}',
                tags=("folder:a", "ü"),
            )
        ]
    )
    with sqlite3.connect(tmp_path / "log.db") as connection:
        row = connection.execute(
            "SELECT id, occurred_at, recorded_at, due_at, pinned, held, data, tags, actor FROM activitylog_entries"
        ).fetchone()
    connection.close()
    storage.close()
    assert row == (
        *("0195b2f0000070008000000000000001", "2026-03-01 09:30:00", "2026-03-01 09:30:00.007000"),
        *("9999-12-31 00:00:00", 1, 0, '{"b": 1, "a": 1e20}', '["folder:a","ü"]', "user:3"),
    )


def test_columns_are_those_of_the_schema_and_of_the_record():
    with sqlite3.connect(":memory:") as connection:
        run_steps(Executor(connection.cursor(), "?"), SQLITE)
        declared = [
            [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
            for name in ("activitylog_entries", "activitylog_links")
        ]
    connection.close()
    assert declared == [list(ENTRY_COLUMNS), list(LINK_COLUMNS)]
    assert {attribute.name for attribute in fields(Record)} <= set(ENTRY_COLUMNS)


def test_a_row_keeps_every_field_in_its_place():
    mentions = ("actor", "behalf", "assignee", "source", "modified_by", "modified_behalf")
    lists = {
        "readers": ("r",),
        "editors": ("e", "f"),
        "tags": ("t",),
        "files": (File(UUID(int=9), "n", "m", 3, "s"),),
        "links": (Mention("k:1", "l", "parent"), Mention("k:2", "", "subject")),
    }
    numbers = count(1)
    values = {}
    for name in (attribute.name for attribute in fields(Record)):
        number = next(numbers)
        if name in mentions:
            values[name] = Mention(f"{name}:{number}", f"label {number}", f"role {number}")
        elif name in lists:
            values[name] = lists[name]
        elif name.endswith("_at"):
            values[name] = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(milliseconds=number)
        elif name in {"version", "type_version"}:
            values[name] = number
        elif name in {"pinned", "held"}:
            values[name] = name == "held"
        else:
            values[name] = UUID(int=number) if name == "id" else f"{name} {number}"
    codec = Codec(SQLITE)
    full, empty = Record(**values), record(behalf=NOBODY, links=(), idempotency_key=None)
    assert codec.record(codec.entry(full)) == full
    assert codec.record(codec.entry(empty)) == empty


@pytest.fixture(scope="module")
def storage():
    storage = open_storage("sqlite://")
    yield storage
    storage.close()


names = count()


@settings(deadline=None)
@given(times=st.lists(times, min_size=1, max_size=5), unit=st.sampled_from(Unit), shifts=changes, data=st.data())
def test_buckets_are_exact(storage, times, unit, shifts, data):
    steps = [(at, data.draw(offsets)) for at in [-(10**15), *shifts]]
    bucket = Bucket(unit, tuple(steps))
    tenant = str(next(names))
    entries = [record(number, tenant=tenant, occurred_at=time) for number, time in enumerate(times)]
    storage.append(entries)
    asked = Query(tenant=tenant, limit=1)
    expected = {one.key: one for one in tally(entries, asked, bucket=bucket)}
    counted = storage.count(asked, bucket=bucket)
    assert {one.key: one for one in counted} == expected
    assert {one.key[0].utcoffset() for one in counted} == {bucket_start(bucket, time).utcoffset() for time in times}
