"""Export and import as JSON lines: exact, repeatable, streaming."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from activitylog import ActivityLog, Actor, Attachment, Draft, Ref, errors, scope, signals
from activitylog.importing import ImportReport, export_jsonl, import_jsonl
from activitylog.storage import Order, Query, Record

KIM, LEA = Ref("contact", 42, "Kim Weber"), Actor.user(3, "Lea Müller")


def exported(log: ActivityLog, *tenants: str) -> bytes:
    file = io.BytesIO()
    export_jsonl(log.storage, file, tenants=tenants)
    return file.getvalue()


def imported(log: ActivityLog, content: bytes, *tenants: str) -> ImportReport:
    return import_jsonl(log.storage, io.BytesIO(content), tenants=tenants)


def stored(log: ActivityLog, tenant: str) -> list[list[Record]]:
    query = Query(tenant=tenant, order=Order.RECORDED, newest_first=False, limit=1_000)
    return [[record, *log.storage.versions(tenant, record.id, limit=1_000)] for record in log.storage.fetch(query)]


@pytest.fixture
def filled() -> ActivityLog:
    from activitylog import TypeRegistry, standard

    log = ActivityLog("memory://", types=TypeRegistry(standard.types), actor=LEA)
    with scope(tenant="south", team="sales"):
        call = log.record("call", KIM, note="a\tquote ✓", occurred_at=datetime(1000, 1, 1, tzinfo=UTC))
        for number in range(120):
            call = log.edit(call, note=f"edited {number}")
        log.delete(call, comment="by mistake")
        log.record_change(KIM, before={"city": "Ulm"}, after={"city": "Bonn"}, idempotency_key="change")
        log.record("note", KIM, data={"$": {"": 1e20, "z": [None, True, -0.0]}}, readers="user:3", tags=["b", "a"])
    with scope(tenant="north"):
        log.record_many([Draft("call", f"contact:{number}") for number in range(250)])
    return log


def test_the_round_trip_is_exact(filled: ActivityLog, log: ActivityLog) -> None:
    content = exported(filled)
    assert imported(log, content) == ImportReport(recorded=253)
    for tenant in ("south", "north"):
        assert stored(log, tenant) == stored(filled, tenant)
    assert exported(log) == content
    with scope(tenant="south"):
        assert log.timeline(KIM).count() == 2
        [deleted] = log.timeline(KIM).filter(deleted=True)
        assert [revision.action for revision in log.history(deleted)] == ["recorded", *["edited"] * 120, "deleted"]


def test_a_second_import_adds_nothing(filled: ActivityLog, log: ActivityLog) -> None:
    content = exported(filled)
    imported(log, content)
    assert imported(log, content) == ImportReport(known=253)


def test_keys_go_on_working(filled: ActivityLog, log: ActivityLog) -> None:
    imported(log, exported(filled))
    with scope(tenant="south", actor=LEA):
        again = log.record_change(KIM, before={"city": "Ulm"}, after={"city": "Bonn"}, idempotency_key="change")
    assert not again.created


def test_no_signals_are_sent(filled: ActivityLog, log: ActivityLog) -> None:
    seen = []
    with signals.recorded.connected_to(lambda sender, **kw: seen.append(kw), sender=log):
        imported(log, exported(filled))
    assert seen == []


def test_only_some_tenants(filled: ActivityLog, log: ActivityLog) -> None:
    assert imported(log, exported(filled, "south")) == ImportReport(recorded=3)
    assert imported(log, exported(filled), "north") == ImportReport(recorded=250)
    assert stored(log, "north") == stored(filled, "north")


def test_the_secret_of_page_tokens_stays_behind(filled: ActivityLog) -> None:
    with scope(tenant="north"):
        assert filled.everything().page().next
    kinds = {json.loads(line)["document"]["kind"] for line in exported(filled).splitlines() if b'"document"' in line}
    assert kinds == {"audience"}


def test_a_broken_line_is_named_and_what_stood_before_is_kept(filled: ActivityLog, log: ActivityLog) -> None:
    lines = exported(filled).splitlines(keepends=True)
    broken = b"".join([*lines[:50], lines[50][:-20] + b"\n", *lines[51:]])
    with pytest.raises(errors.InvalidInput, match="^line 51: is none of an export: no complete JSON object"):
        imported(log, broken)
    before = sum(b'{"entry"' in line for line in lines[:50])
    assert sum(len(stored(log, tenant)) for tenant in ("south", "north")) == before
    assert imported(log, b"".join(lines)) == ImportReport(recorded=253 - before, known=before)


def test_it_loads_while_it_reads(filled: ActivityLog, log: ActivityLog) -> None:
    loaded_meanwhile = []

    def lines() -> Iterator[bytes]:
        for line in exported(filled, "north").splitlines():
            yield line
            with scope(tenant="north"):
                loaded_meanwhile.append(log.everything().count())

    import_jsonl(log.storage, lines())
    assert 100 in loaded_meanwhile
    assert 200 in loaded_meanwhile


def test_what_a_tenant_made_at_run_time_comes_along(log: ActivityLog, tmp_path: Path) -> None:
    source = ActivityLog("memory://", types=log.types, actor=LEA, files=tmp_path / "files")
    log = ActivityLog(log.storage, types=log.types, files=tmp_path / "files")
    source.types.create("visit", label={"de": "Besuch"}, fields={"room": "text"}, statuses=("open", "done"))
    visit = source.record("custom.visit", KIM, data={"room": "Blue"}, attachments=[Attachment(b"Plan", name="p.txt")])
    source.record("note", "contact:43")
    source.subjects.merge("contact:43", into=KIM)
    source.templates.create("hello", "note", title="Hello {subject.label}", tags=["folder:post"])
    plan = source.plans.make("call", ["contact:1", "contact:2", "contact:1"])
    batch = plan.execute()
    content = exported(source)
    assert imported(log, content) == ImportReport(recorded=4)
    assert exported(log) == content
    assert imported(log, content) == ImportReport(known=4)
    assert log.files.sweep() == 0, "the copy knows that it owns the content"
    with scope(actor=LEA, language="de"), log.files.open(visit.id, log.get(visit.id).attachments[0]) as plan_file:
        assert plan_file.read() == b"Plan"
        assert [a.label for a in log.timeline("contact:43")] == ["Notiz", "Besuch"]
        assert log.record(log.templates.draft("hello", KIM)).title == "Hello Kim Weber"
        assert log.plans.resume(plan.id).execute().timeline().count() == 2
        assert list(log.batch(batch.id).report()) == list(batch.report())
    source.types.change("visit", label="Visit")
    report = imported(log, exported(source))
    assert [left.reason for left in report.unreadable] == ["the store has another type of this name, which was left"]
