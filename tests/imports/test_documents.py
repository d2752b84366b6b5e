"""Documents of an export with one thing in them that no log would have written: refused, or of no harm."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from io import BytesIO
from typing import Any

import orjson
import pytest

from activitylog import ActivityLog, Actor, Attachment, Draft, TypeRegistry, errors, standard
from activitylog.importing import export_jsonl, import_jsonl


def documents(log: ActivityLog) -> dict[str, dict[str, Any]]:
    """Give a document of each kind that a tenant makes at run time, by its kind."""
    log.types.create("visit", fields={"since": "date", "how": ("car", "train")}, statuses=("open", "done"))
    ages = {"archive_after": timedelta(days=1), "attachments": [Attachment(b"Plan", name="plan.txt")]}
    log.templates.create("hello", "call", title={"en": "{x}"}, tags=["a"], assignee="user:1", data={"a": "{b}"}, **ages)
    log.subjects.merge("contact:8", into="contact:9")
    log.retention.hold("contact:8", reason="lawsuit 17")
    log.retention.rule("call", archive_after=timedelta(days=1), purge_after=None, keep=3)
    made = log.plans.make(lambda contact: Draft("call", note="x", pinned=True), ["contact:1", "contact:2", "contact:1"])
    made.assign("user:1", strategy=lambda contact, agents: agents[0]).execute()
    file = BytesIO()
    export_jsonl(log.storage, file)
    lines = map(orjson.loads, file.getvalue().splitlines())
    return {line["document"]["kind"]: line["document"] for line in lines if "document" in line}


def spoiled(value: Any) -> Iterator[Any]:
    """Give the value with one thing in it of another kind, missing, or too much."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield {other: kept for other, kept in value.items() if other != key}
            yield from ({**value, key: bad} for bad in spoiled(item))
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from ([*value[:place], bad, *value[place + 1 :]] for bad in spoiled(item))
    yield from (bad for bad in (-1, 10**18, {"x": [1]}, "\0", [None]) if type(bad) is not type(value))


@pytest.mark.parametrize(
    "kind", ["type", "template", "alias", "plan", "plan.progress", "plan.part", "file", "hold", "retention"]
)
def test_what_an_import_lets_pass_can_be_used(kind: str) -> None:
    types = TypeRegistry(standard.types)
    source = ActivityLog("memory://", types=types, actor=Actor.user(3))
    found = documents(source)
    passed = refused = 0
    for body in spoiled(orjson.loads(found[kind]["body"])):
        log = ActivityLog("memory://", types=types, actor=Actor.user(3))
        spoilt = {**found[kind], "body": orjson.dumps(body).decode()}
        lines = [orjson.dumps({"document": spoilt if each["kind"] == kind else each}) for each in found.values()]
        try:
            import_jsonl(log.storage, lines)
        except errors.InvalidInput:
            refused += 1
            continue
        passed += 1
        with suppress(errors.InvalidInput, errors.NotAllowed):
            log.record("custom.visit", "contact:9", data={"how": "car"})
        with suppress(errors.InvalidInput):
            log.record(log.templates.draft("hello", "contact:8", x="x", b="b").replace(attachments=()))
        with suppress(errors.InvalidInput, errors.NotAllowed):
            log.plans.resume(found["plan"]["name"]).execute()
        with suppress(errors.InvalidInput):
            log.plans.resume(found["plan"]["name"]).report().to_text()
        log.retention.holds()
        log.retention.rules()
        log.retention.apply()
        for entry in log.everything():
            entry.to_dict()
    assert refused > passed
