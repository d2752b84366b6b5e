"""Clauses 1: what is given comes back as it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from attrs import evolve, fields

from activitylog.storage import ABSENT, Fields, File, Mention, Record, Storage
from activitylog.testing.contract.harness import Harness
from activitylog.testing.contract.samples import TENANT, TRICKY_TEXTS, at, ids, newer, query, record

__all__ = ["Values"]

FULL = record(
    UUID("f81d4fae-7dec-11d0-a765-00a0c91e6bf6"),
    type="invoice.issued",
    type_version=7,
    category="billing",
    channel="mail",
    direction="outgoing",
    actor=Mention("user:3", "Lea Müller", "user"),
    behalf=Mention("contact:42", "Kim", "customer"),
    team="sales",
    assignee=Mention("user:4", "Ole", ""),
    status="open",
    ended_at=at(3),
    recorded_at=at(5),
    due_at=at(9000),
    source=Mention("invoice:17", "2026-17", "source"),
    batch="b-1",
    conversation="<1@example.org>",
    reply_to="<0@example.org>",
    template="t-1",
    visibility="customer",
    audience="a-1",
    readers=("user:3", "team:sales"),
    editors=("user:3",),
    tags=("folder:2026", "vip"),
    files=(File(UUID(int=9), "ä.pdf", "application/pdf", 2**40, "ab" * 32),),
    links=(
        Mention("contact:42", "Kim", "subject"),
        Mention("company:7", "ACME", "parent"),
        Mention("invoice:17", "2026-17", "source"),
    ),
    title="Invoice 2026-17",
    note="Line one\r\n\tline two ",
    data='{"number": "2026-17"}',
    changes='[["city","Ulm","Bonn"]]',
    context='{"origin":"web"}',
    words=" invoice 2026 17",
    idempotency_key="invoice:17",
    digest="0a1b",
    pinned=True,
    held=True,
    archive_at=at(10_000),
    purge_at=at(20_000),
    version=3,
    modified_at=at(8),
    modified_by=Mention("service:ci", "CI", "service"),
    modified_behalf=Mention("user:5", "Ada", "user"),
    action="edited",
    comment="a typing error",
    deleted_at=at(40),
    archived_at=at(41),
)


def brought_back(storage: Storage, given: Record) -> list[Record]:
    """Return the record as every reading call gives it."""
    storage.append([given])
    tenant = query(tenant=given.tenant)
    found = [storage.get(given.tenant, [given.id])[given.id], *storage.fetch(tenant)]
    storage.replace(newer(given), expected_version=given.version)
    return [*found, *storage.versions(given.tenant, given.id, limit=10)]


class Values(Harness):
    """What is given comes back as it was."""

    def test_every_field_comes_back(self, storage: Storage) -> None:
        """1.1 A record comes back equal to the one that was given, every field of it, from every call that reads."""
        assert brought_back(storage, FULL) == [FULL] * 3

    def test_types_are_exact(self, storage: Storage) -> None:
        """1.2 Values have the types they were given with: times are aware in exactly ``datetime.UTC``, ids are
        ``uuid.UUID``, lists are tuples, flags are bool.
        """
        for found in brought_back(storage, FULL):
            for attribute in fields(Record):
                given, got = getattr(FULL, attribute.name), getattr(found, attribute.name)
                assert type(given) is type(got), attribute.name
                assert not isinstance(got, datetime) or got.tzinfo is UTC, attribute.name
            assert type(found.files[0].id) is UUID
            assert type(next(iter(storage.get(TENANT, [found.id])))) is UUID

    def test_absent_values_stay_absent(self, storage: Storage) -> None:
        """1.3 Absent values come back absent: times as ``ABSENT``, text as ``""``, mentions as ``NOBODY``, lists as
        ``()``, the key as None.
        """
        bare = Record(id=UUID(int=1), tenant=TENANT, type="call", occurred_at=at(0), recorded_at=at(0))
        assert [bare] * 3 == brought_back(storage, bare)

    def test_text_is_exact(self, storage: Storage) -> None:
        """1.4 Text comes back to the letter: case, spaces at its ends, line ends, Unicode forms, astral characters,
        quotes, backslashes, and what a pattern would read as a wildcard.
        """
        given = [
            record(
                title=text,
                note=text,
                comment=text,
                type=text,
                actor=Mention(f"user:{text}", text, "user"),
                links=(Mention(f"contact:{text}", text, "subject"),),
                tags=(text,),
                readers=(text,),
                idempotency_key=text,
                conversation=text,
            )
            for text in TRICKY_TEXTS
        ]
        storage.append(given)
        assert {each.id: each for each in given} == dict(storage.get(TENANT, ids(given)))

    def test_json_is_exact(self, storage: Storage) -> None:
        """1.5 ``data``, ``changes`` and ``context`` are text: key order, spacing, number forms, repeated and odd keys
        come back to the letter.
        """
        texts = (
            '{"b":1,"a":2,"10":3,"9":4}',
            "[1e20,1E+2,-0.0,0.10,1.0,9223372036854775807,-9223372036854775808,18446744073709551615]",
            '{"$set":{"a.b":{"":1}},"a":null,"a":true}',
            '{ "spaced" : [ 1 , 2 ] }',
            '"\\u00e9 é e\u0301 \\ud83d\\ude00 😀 \\/ \'%_"',
            "null",
        )
        given = [record(data=text, changes=text, context=text) for text in texts]
        storage.append(given)
        assert {each.id: each for each in given} == dict(storage.get(TENANT, ids(given)))

    def test_lists_keep_order_and_repetition(self, storage: Storage) -> None:
        """1.6 Readers, editors, tags, files and links keep their order and their repetitions."""
        given = record(
            readers=("b", "a", "b"),
            editors=("z", "y"),
            tags=("2", "10", "1", "2"),
            files=tuple(File(UUID(int=9 - n), f"{n}.txt", "text/plain", n, "cd" * 32) for n in range(3)),
            links=tuple(
                Mention(ref, label, role)
                for ref, label, role in (
                    ("b:1", "B", "subject"),
                    ("a:1", "A", "subject"),
                    ("b:1", "B again", "parent"),
                    ("a:1", "A", "subject"),
                )
            ),
        )
        assert [given] * 3 == brought_back(storage, given)

    def test_extreme_times(self, storage: Storage) -> None:
        """1.7 Every time from the year 1000 to 9999-12-31 comes back to the millisecond."""
        times = (
            datetime(1000, 1, 1, tzinfo=UTC),
            datetime(1582, 10, 10, 23, 59, 59, 999_000, tzinfo=UTC),
            datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC),
            datetime(1970, 1, 1, tzinfo=UTC),
            datetime(2038, 1, 19, 3, 14, 8, 1_000, tzinfo=UTC),
            ABSENT - timedelta(milliseconds=1),
        )
        given = [record(n, occurred_at=time, due_at=time, ended_at=time) for n, time in enumerate(times)]
        storage.append(given[::-1])
        assert given == storage.fetch(query(newest_first=False))

    def test_large_values(self, storage: Storage) -> None:
        """1.8 The largest values that the library lets through fit: keys and ids of 255 bytes, a note of 100 kB,
        a record of 1 MB, 500 links.
        """
        given = record(
            idempotency_key="k" * 253 + "é",
            type="t" * 64,
            status="s" * 64,
            actor=Mention("user:" + "u" * 255, "", "user"),
            conversation="c" * 255,
            note="n" * 100_000,
            data='"' + "d" * 800_000 + '"',
            links=tuple(Mention(f"contact:{n:0255}", f"Label {n}", "subject") for n in range(500)),
        )
        assert [given] * 3 == brought_back(storage, given)

    def test_list_fields(self, storage: Storage) -> None:
        """1.9 ``Fields.LIST`` empties ``words`` and ``digest``, and nothing else."""
        storage.append([FULL])
        assert [evolve(FULL, words="", digest="")] == list(storage.fetch(query(fields=Fields.LIST)))
