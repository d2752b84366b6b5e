"""Lines that no export has: each is an error with its number, and nothing of it is written."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from activitylog import errors
from activitylog.aliases import alias_name
from activitylog.importing import ImportReport, import_jsonl

SECRET = "Kim-has-a-secret"
AUDIENCE = "the name of these readers"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("occurred_at", "2026-03-01T09:30:00.000+02:00"),
        ("occurred_at", "2026-03-01T09:30:00.000"),
        ("occurred_at", "2026-03-01T09:30:00.000123Z"),
        ("occurred_at", "2026-03-01T09:30:00Z"),
        ("occurred_at", "2026-03-01"),
        ("id", "0195AAAA-0000-7000-8000-000000000001"),
        ("id", "0195aaaa000070008000000000000001"),
        ("actor", ["user:3"]),
        ("actor", "abc"),
        ("links", "contact:1"),
        ("links", ["abc"]),
        ("links", {"abc": 1}),
        ("tags", "abc"),
        ("readers", "*"),
        ("files", [[str(UUID(int=1)).replace("-", ""), "a", "", 1, "ab" * 32]]),
    ],
)
def test_a_value_in_another_form(copy: Any, call: dict, field: str, value: Any) -> None:
    call["entry"][field] = value
    assert copy.refused(call).startswith(f"entry: {field} not in the form in which it is exported: times as ")
    assert copy.entries() == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("occurred_at", "yesterday"),
        ("occurred_at", None),
        ("occurred_at", 5),
        ("occurred_at", "10000-01-01T00:00:00.000Z"),
        ("id", SECRET),
        ("id", 5),
        ("actor", None),
        ("actor", ["user:3", "", "user", ""]),
        ("links", [5]),
        ("links", None),
        ("files", [[]]),
        ("files", [[str(UUID(int=1))]]),
    ],
)
def test_a_value_that_cannot_be_read(copy: Any, call: dict, field: str, value: Any) -> None:
    call["entry"][field] = value
    assert copy.refused(call).startswith("entry: has a time, id, reference or list that is none")
    assert copy.entries() == []


@pytest.mark.parametrize("lone", ["\ud800", "a\udfffb"])
def test_a_lone_surrogate(copy: Any, good: dict, call: dict, lone: str) -> None:
    call["entry"]["title"] = lone
    assert copy.refused(good, call).startswith("no complete JSON object in UTF-8")
    assert copy.entries() == [good]


def test_an_earlier_version_is_checked_too(copy: Any, call: dict) -> None:
    call["versions"][0]["title"] = "\0"
    assert copy.refused(call).startswith("versions[0].title: holds a NUL")
    call["versions"][0] = 1
    assert copy.refused(call).startswith("versions[0]: has no id, tenant, type")
    assert copy.entries() == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tenant", "north"),
        ("id", str(UUID(int=1))),
        ("recorded_at", "2026-03-01T09:30:00.000Z"),
        ("idempotency_key", None),
        ("digest", "0a1b"),
    ],
)
def test_versions_of_another_entry(copy: Any, call: dict, field: str, value: Any) -> None:
    call["versions"][0][field] = value
    assert copy.refused(call).startswith(f"versions: are not of one entry: they differ in {field}")
    assert copy.entries() == []


@pytest.mark.parametrize("version", [2, 3])
def test_versions_that_are_not_in_their_order(copy: Any, call: dict, version: int) -> None:
    call["versions"][0]["version"] = version
    assert copy.refused(call).startswith("versions: are not in their order")


def test_fields_that_are_missing_unknown_or_left_out(copy: Any, call: dict) -> None:
    unknown = {**call["entry"], SECRET: 1}
    assert copy.refused({**call, "entry": unknown}).startswith("entry: has 1 fields that this version does not know")
    assert copy.refused({"entry": {}, "versions": []}).startswith("entry: has no id, tenant, type, occurred_at, recor")
    shorter = {name: value for name, value in call["entry"].items() if value not in ("", [], ["", "", ""], False)}
    reordered = dict(sorted(shorter.items()))
    assert copy.imported({**call, "entry": reordered}) == ImportReport(recorded=1)
    assert copy.entries() == [call]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"[]", "neither an entry nor a document"),
        (b"\xff", "no complete JSON object in UTF-8"),
        (b'{"entry": {}, "versions": {}}', "neither an entry nor a document"),
        (b'{"entry": {}, "versions": [], "more": 1}', "neither an entry nor a document"),
        (b'{"document": {"tenant": "south"}}', "a document has tenant, kind, name and body"),
        (b'{"activitylog": 2}', "it was written by a later version of activitylog"),
    ],
)
def test_lines_of_something_else(copy: Any, line: bytes, reason: str) -> None:
    with pytest.raises(errors.InvalidInput, match=f"^line 1: is none of an export: {reason}"):
        import_jsonl(copy.log.storage, [line])


NAME = "ae7d6a1ea4fe3a5a4a4b0b7b"
PLAN = "01a2057e-2e86-771b-a0e9-51b48753f17b"
LOOP = '{"duplicate":"a:1","into":"a:1","by":"user:1","at":"2026-03-01T09:30:00+00:00"}'
OPEN = '{"readers":["*"],"visibility":"internal","team":""}'


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"tenant": ""}, "tenant: must not be empty"),
        ({"tenant": 5}, "a document has tenant, kind, name and body, each a text"),
        ({"version": 5}, "a document has tenant, kind, name and body, each a text"),
        ({"kind": "key", "name": "cursor"}, "kind: 'key' is no kind of document that an export has"),
        ({"name": NAME}, f"audience: is not {AUDIENCE}"),
        ({"body": SECRET}, "body: is not that of a document of the kind 'audience'"),
        ({"body": "[]"}, "body: is not that of a document of the kind 'audience'"),
        ({"body": OPEN.replace("}", ',"more":1}')}, "body: is not that of a document of the kind 'audience'"),
        ({"name": "x" * 256}, "name: is 256 bytes long"),
        ({"kind": "type"}, "body: is not that of a document of the kind 'type'"),
        ({"kind": "type", "name": "custom.x", "body": '{"label":"secret"}'}, "body: is not that of"),
        ({"kind": "alias"}, "body: is not that of a document of the kind 'alias'"),
        ({"kind": "alias", "body": '{"duplicate":"secret","into":"contact:1"}'}, "ref: "),
        ({"kind": "alias", "body": '{"duplicate":"contact:2","into":"contact:1"}'}, "body: is not that of"),
        ({"kind": "template"}, "body: is not that of a document of the kind 'template'"),
        ({"kind": "file"}, "body: is not that of a document of the kind 'file'"),
        ({"kind": "file", "body": '{"kind":"entry","key":"secret"}'}, "body: is not that of"),
        ({"kind": "plan", "body": "{}"}, "body: is not that of a document of the kind 'plan'"),
        (
            {"kind": "alias", "body": '{"duplicate":"contact:2","into":"contact:2","by":"user:1","at":""}'},
            "body: is not",
        ),
        (
            {"kind": "alias", "name": alias_name("a:1"), "body": LOOP},
            "body: is not that of a document of the kind 'alias'",
        ),
        ({"kind": "plan.part", "name": f"{PLAN}:1", "body": '{"start":0,"rows":[]}'}, "body: is not that of"),
        ({"kind": "template", "body": '{"archive_after":[1000000000000000000,0,0]}'}, "body: is not that of"),
        ({"body": OPEN.replace("internal", SECRET)}, "visibility: one of"),
        ({"body": OPEN.replace('"*"', f'"{SECRET}"')}, "readers: 1 to 500 references"),
        ({"body": OPEN.replace('"*"', '"user:1"')}, f"audience: is not {AUDIENCE}"),
        ({"body": OPEN.replace('""', '"sales"')}, f"audience: is not {AUDIENCE}"),
    ],
)
def test_a_document_that_no_log_would_have_written(copy: Any, good: dict, changed: dict, reason: str) -> None:
    document = {"tenant": "south", "kind": "audience", "name": good["entry"]["audience"], "body": OPEN}
    assert copy.imported({"document": document}) == ImportReport()
    assert copy.refused({"document": {**document, **changed}}).startswith(reason)
    for kind in ("audience", "key"):
        assert len(copy.log.storage.documents("south", kind, limit=10)) == (kind == "audience")
