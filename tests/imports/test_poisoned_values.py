"""Values that no log would have written: the line is an error that names the field, and nothing of it is written."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from attrs import fields_dict

from activitylog.importing import ImportReport
from activitylog.storage import Record

SECRET = "Kim-has-a-secret"


def nested(depth: int) -> str:
    return '{"a":' * depth + "1" + "}" * depth


BAD = [
    ("tenant", "", "must not be empty"),
    ("tenant", SECRET * 5, "is 80 bytes long in UTF-8, at most 64"),
    ("type", "", "must not be empty"),
    ("type", "t" * 5_000, "is 5,000 bytes long in UTF-8, at most 64"),
    ("type", 5, "a text is expected"),
    ("status", f"{SECRET}\0", "holds a NUL"),
    ("category", "c" * 65, "is 65 bytes"),
    ("channel", "\0", "holds a NUL"),
    ("team", "t" * 65, "is 65 bytes"),
    ("direction", SECRET, "one of '', 'incoming', 'outgoing' is expected"),
    ("visibility", SECRET, "one of 'internal', 'customer' is expected"),
    ("title", f"{SECRET}\0", "holds a NUL"),
    ("title", "ä" * 251, "is 502 bytes"),
    ("note", "n" * 100_001, "is 100,001 bytes"),
    ("comment", "c" * 2_001, "is 2,001 bytes"),
    ("action", "", "must not be empty"),
    ("digest", "", "must not be empty"),
    ("batch", "b" * 256, "is 256 bytes"),
    ("template", "t" * 256, "is 256 bytes"),
    ("conversation", "c" * 256, "is 256 bytes"),
    ("idempotency_key", "", "must not be empty"),
    ("idempotency_key", "k" * 256, "is 256 bytes"),
    ("idempotency_key", 1, "a text is expected"),
    ("reply_to", SECRET, "an id is expected"),
    ("reply_to", "0195" * 8, "an id is expected"),
    ("words", SECRET, "each has a space before it"),
    ("words", " w" * 50_000, "is 100,000 bytes"),
    ("version", 0, "an integer from 1 to"),
    ("version", 2**63, "an integer from 1 to"),
    ("version", 2**64, "an integer from 1 to"),
    ("version", 2**31, "an integer from 1 to"),
    ("version", "1", "an integer from 1 to"),
    ("version", True, "an integer from 1 to"),
    ("type_version", 0, "an integer from 1 to"),
    ("type_version", 1.0, "an integer from 1 to"),
    ("pinned", 1, "true or false is expected"),
    ("held", None, "true or false is expected"),
    ("occurred_at", "0001-01-01T00:00:00.000Z", "must lie between 1000-01-01"),
    ("occurred_at", "0999-12-31T23:59:59.999Z", "must lie between 1000-01-01"),
    ("occurred_at", "9999-12-31T00:00:00.000Z", "must lie between 1000-01-01"),
    ("recorded_at", "9999-12-31T00:00:00.000Z", "must lie between 1000-01-01"),
    ("due_at", "9999-12-31T00:00:00.001Z", "must lie between 1000-01-01"),
    ("deleted_at", "0001-01-01T00:00:00.000Z", "must lie between 1000-01-01"),
    ("ended_at", "1000-01-01T00:00:00.000Z", "lies before occurred_at"),
    ("actor", ["", SECRET, "user"], "a reference 'kind:id' is expected"),
    ("actor", [SECRET, "", "user"], "a reference 'kind:id' is expected"),
    ("actor", [5, "", "user"], "a reference 'kind:id' is expected"),
    ("actor", [["user:3"], "", "user"], "a reference 'kind:id' is expected"),
    ("actor", ["User:3", "", "user"], "a reference 'kind:id' is expected"),
    ("actor", ["user:" + "3" * 256, "", "user"], "a reference 'kind:id' is expected"),
    ("actor", ["user:3\0", "", "user"], "a reference 'kind:id' is expected"),
    ("actor (its role)", ["user:3", "", SECRET], "one of 'user'"),
    ("actor (its label)", ["user:3", SECRET * 40, "user"], "is 640 bytes"),
    ("actor (its label)", ["user:3", None, "user"], "a text is expected"),
    ("behalf (its role)", ["user:3", "", SECRET], "one of ''"),
    ("modified_by (its role)", ["user:3", "", ""], "one of 'user'"),
    ("assignee (its role)", ["user:3", "", "user"], "one of '' is expected"),
    ("source", ["invoice", "", ""], "a reference 'kind:id' is expected"),
    ("links", [], "0 are subjects, 1 to 500 are possible"),
    ("links", [["contact:1", "", "parent"]], "0 are subjects, 1 to 500 are possible"),
    ("links", [[f"contact:{n}", "", "subject"] for n in range(501)], "501 are subjects, 1 to 500 are possible"),
    ("links", [[SECRET, "", "subject"]], "a reference 'kind:id' is expected"),
    ("links (its role)", [["contact:1", "", SECRET]], "one of 'subject', 'parent', 'source'"),
    ("links (its label)", [["contact:1", "\0", "subject"]], "holds a NUL"),
    ("readers", [], "1 to 500 references or"),
    ("readers", [SECRET], "1 to 500 references or"),
    ("readers", [["*"]], "1 to 500 references or"),
    ("readers", ["user:2", "user:1"], "1 to 500 references or"),
    ("editors", [5], "1 to 500 references or"),
    ("editors", [f"user:{n:03}" for n in range(501)], "1 to 500 references or"),
    ("audience", "", "is not the name of these readers"),
    ("audience", SECRET, "is not the name of these readers"),
    ("tags", [""], "must not be empty"),
    ("tags", [1], "a text is expected"),
    ("tags", ["b", "a"], "must be sorted"),
    ("tags", ["a", "a"], "must be sorted"),
    ("tags", [f"{n:03}" for n in range(101)], "101 are given"),
    ("files (a name)", [[str(UUID(int=1)), "", "", 1, "ab" * 32]], "must not be empty"),
    ("files (a media type)", [[str(UUID(int=1)), "a", "\0", 1, "ab" * 32]], "holds a NUL"),
    ("files (a size)", [[str(UUID(int=1)), "a", "", -1, "ab" * 32]], "an integer from 0"),
    ("files (a size)", [[str(UUID(int=1)), "a", "", 2**63, "ab" * 32]], "an integer from 0"),
    ("files (a sha256)", [[str(UUID(int=1)), "a", "", 1, SECRET]], "64 lower-case hex digits"),
    ("data", SECRET, "is no JSON text"),
    ("data", '{"a": 1', "is no JSON text"),
    ("data", '{"a": NaN}', "is no JSON text"),
    ("data", '{"a": 1e999}', "is no JSON text"),
    ("data", '{"a": "\\ud800"}', "is no JSON text"),
    ("data", '{"a": "\\u0000"}', "holds a NUL"),
    ("data", f'{{"{SECRET}\\u0000": 1}}', "holds a NUL"),
    ("data", f'{{"{SECRET}": "\\u0000"}}', "holds a NUL"),
    ("data", "[1]", "a JSON object is expected"),
    ("data", "null", "a JSON object is expected"),
    ("data", f'{{"a": {2**63}}}', "the integer does not fit into 64 bits"),
    ("data", f'{{"a": {-(2**70)}}}', "the integer does not fit into 64 bits"),
    ("data", f'{{"a": {10**400}}}', "is no JSON text"),
    ("data", nested(33), "is nested deeper than 32 levels"),
    ("data", nested(900), "is nested deeper than 32 levels"),
    ("data", nested(5_000), "is no JSON text"),
    ("data", f'{{"a": "{"d" * 999_995}"}}', "is 1,000,004 bytes"),
    ("data", f'{{"a": "{"d" * 999_900}"}}', "with the note and the changes it is longer than 1,000,000 bytes"),
    ("data", {"a": 1}, "a text is expected"),
    ("changes", SECRET, "is no JSON text"),
    ("changes", f'{{"{SECRET}": 1}}', "a list of [field, old, new] is expected"),
    ("changes", f'["{SECRET}"]', "a list of [field, old, new] is expected"),
    ("changes", f'[["{SECRET}", 1]]', "a list of [field, old, new] is expected"),
    ("changes", "[[1, 2, 3]]", "a list of [field, old, new] is expected"),
    ("changes", f'[["a", 1, {nested(33)}]]', "is nested deeper than 32 levels"),
    ("context", SECRET, "an object of a context's fields is expected"),
    ("context", f'["{SECRET}"]', "an object of a context's fields is expected"),
    ("context", "null", "an object of a context's fields is expected"),
    ("context", f'{{"{SECRET}": "1"}}', "an object of a context's fields is expected"),
    ("context.ip", '{"ip": 1}', "a text is expected"),
    ("context.origin", f'{{"origin": "{SECRET}\\u0000"}}', "holds a NUL"),
]


@pytest.mark.parametrize(
    ("place", "value", "reason"), BAD, ids=[f"{number}-{place}" for number, (place, _, _) in enumerate(BAD)]
)
def test_a_value_that_no_log_would_have_written(
    copy: Any, good: dict, call: dict, place: str, value: Any, reason: str
) -> None:
    field = place.partition(" ")[0].partition(".")[0]
    poisoned = {**call, "entry": {**call["entry"], field: value}}
    if place == "data" and "longer than" in reason:
        poisoned["entry"]["note"] = "n" * 200
    assert copy.refused(good, poisoned).startswith(f"entry.{place}: {reason}")
    assert copy.entries() == [good]
    assert copy.imported(good, call) == ImportReport(recorded=1, known=1)
    assert copy.entries() == [good, call]


@pytest.mark.parametrize("field", fields_dict(Record))
def test_no_field_takes_a_value_of_another_kind(copy: Any, call: dict, field: str) -> None:
    own = type(call["entry"][field])
    for value in (5, -1.5, True, "\0", [], [[]], {"a": 1}, [None]):
        if type(value) is not own or value in ("\0", [[]], [None]):
            copy.refused({**call, "entry": {**call["entry"], field: value}})
    assert copy.entries() == []
