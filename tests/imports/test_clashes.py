"""What the store has otherwise than an export: it is left, told with its line, and holds up nothing else."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve

from activitylog import ActivityLog, Actor, Ref, errors, scope
from activitylog.audiences import AUDIENCE, audience
from activitylog.importing import ImportReport, Unreadable
from activitylog.storage import Document, Record
from activitylog.testing.contract.samples import newer, record
from activitylog.testing.contract.values import FULL

OTHER_KEY = "the store has another entry of this key, which was left"
OTHER_ID = "the store has another entry of this id, which was left"
OTHER_VERSIONS = "the store has other versions of this entry, which were left"


def line(current: Record, *earlier: Record) -> dict:
    return {"entry": json.loads(current.to_json()), "versions": [json.loads(each.to_json()) for each in earlier]}


def entry(number: int, key: str | None = None, digest: str = "d1", **fields: Any) -> Record:
    shared = {"editors": ("*",), "audience": audience(("*",), "internal", "")}
    return record(UUID(int=number), number, idempotency_key=key, digest=digest, **shared, **fields)


def test_every_field_is_taken_over(copy: Any) -> None:
    readers = tuple(sorted(FULL.readers))
    whole = evolve(
        FULL,
        readers=readers,
        audience=audience(readers, FULL.visibility, FULL.team),
        reply_to=str(UUID(int=7)),
        source=evolve(FULL.source, role=""),
    )
    earlier = [evolve(whole, version=version, note=f"Version {version}") for version in (1, 2)]
    given = line(evolve(whole, version=9), *earlier)
    assert copy.imported(given) == ImportReport(recorded=1)
    assert copy.entries() == [given]


def test_a_key_that_is_known_with_the_same_content(copy: Any) -> None:
    first, again = entry(1, "k"), entry(2, "k")
    assert copy.imported(line(first), line(entry(3))) == ImportReport(recorded=2)
    assert copy.imported(line(newer(again), again)) == ImportReport(known=1)
    assert copy.imported(line(entry(4)), line(again), line(entry(5))) == ImportReport(recorded=2, known=1)
    assert copy.entries() == [line(entry(number, "k" if number == 1 else None)) for number in (1, 3, 4, 5)]


@pytest.mark.parametrize("before", [[], [1]])
def test_a_key_that_is_known_with_other_content(copy: Any, before: list[int]) -> None:
    copy.imported(*[line(entry(number, "k")) for number in before])
    others = [line(entry(number, f"k{number}")) for number in range(2, 150)]
    report = copy.imported(line(entry(1, "k")), *others, line(entry(1_000, "k", "d2")), line(entry(1_001)))
    left = (Unreadable("line 150", OTHER_KEY),)
    assert report == ImportReport(recorded=150 - len(before), known=len(before), unreadable=left)
    assert copy.entries() == [line(entry(1, "k")), *others, line(entry(1_001))]


def test_one_key_twice_in_an_import(copy: Any) -> None:
    report = copy.imported(line(entry(1, "k")), line(entry(2, "k")), line(entry(3, "k", "d2")), line(entry(4)))
    assert report == ImportReport(recorded=2, known=1, unreadable=(Unreadable("line 3", OTHER_KEY),))
    assert copy.entries() == [line(entry(1, "k")), line(entry(4))]


@pytest.mark.parametrize(
    "other", [entry(1, "k", "d2"), entry(1, "k2"), entry(1), entry(1, "k", recorded_at=FULL.due_at)]
)
def test_an_id_that_is_known_with_other_content(copy: Any, other: Record) -> None:
    first = entry(1, "k")
    copy.imported(line(first))
    report = copy.imported(line(other), line(newer(other), other), line(entry(2)))
    left = (Unreadable("line 1", OTHER_ID), Unreadable("line 2", OTHER_ID))
    assert report == ImportReport(recorded=1, unreadable=left)
    assert copy.entries() == [line(first), line(entry(2))]


def test_versions_that_went_another_way(copy: Any) -> None:
    first = entry(1)
    here, there = newer(first, note="here"), newer(first, note="there")
    copy.imported(line(here, first))
    for other in (line(there, first), line(newer(there), first, there), line(newer(there), first)):
        assert copy.imported(other) == ImportReport(unreadable=(Unreadable("line 1", OTHER_VERSIONS),))
    assert copy.entries() == [line(here, first)]


def test_one_entry_twice_in_an_import(copy: Any) -> None:
    first = entry(1)
    second = newer(first, note="later")
    copy.imported(line(first), line(second, first))
    assert copy.entries() == [line(second, first)]
    assert copy.imported(line(first), line(second, first)) == ImportReport(known=2)


def test_an_import_goes_on_where_a_line_was_mended(copy: Any) -> None:
    lines = [line(entry(number)) for number in range(250)]
    broken = [*lines[:120], {}, *lines[121:]]
    assert copy.refused(*broken[:121]) == "neither an entry nor a document; mend it and repeat"
    with pytest.raises(errors.InvalidInput, match="^line 121: "):
        copy.imported(*broken)
    assert copy.entries() == lines[:120]
    assert copy.imported(*lines) == ImportReport(recorded=130, known=120)
    assert copy.entries() == lines


def test_a_document_that_differs_is_left_and_reported(copy: Any) -> None:
    name = audience(("*",), "internal", "")
    body = '{"readers":["*"],"visibility":"internal","team":""}'
    copy.log.storage.put_document(Document("south", AUDIENCE, name, "{}"), expected_version=0)
    report = copy.imported({"document": {"tenant": "south", "kind": AUDIENCE, "name": name, "body": body}})
    reason = "the store has another audience of this name, which was left"
    assert report == ImportReport(unreadable=(Unreadable("line 1", reason),))


def test_entries_bring_their_audience_though_its_line_is_missing(copy: Any, log: ActivityLog) -> None:
    source = ActivityLog("memory://", types=log.types, actor=Actor.user(3))
    with scope(tenant="south"):
        source.record("note", Ref("contact", 1), readers="user:3")
    [wanted] = source.storage.documents("south", AUDIENCE, limit=10)
    copy.imported(*type(copy)(source).entries())
    assert copy.log.storage.documents("south", AUDIENCE, limit=10) == [wanted]
