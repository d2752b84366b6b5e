"""``activitylog retention``."""

from __future__ import annotations

import gzip
from datetime import timedelta
from pathlib import Path

import pytest

from activitylog import ActivityLog, Actor, Ref, TypeRegistry, standard
from activitylog.cli import main

KIM = Ref("contact", 42)


def test_what_is_due_is_shown_exported_and_purged(
    store: str, hosted: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    log = ActivityLog(store, types=TypeRegistry(standard.types), actor=Actor.user(3))
    log.record("call", KIM, note="the second")
    log.retention.rule("call", keep=1)
    assert main(["retention", "--log", hosted, "--dry-run"]) == 0
    assert capsys.readouterr().out == (
        "Type\tOutcome\tReason\tNumber\ncall\tpurged\tnewer ones are enough\t1\n"
        "nothing was written: this is what would be done\n"
    )
    assert main(["retention", "--log", hosted, "--dry-run", "--language", "de"]) == 0
    assert capsys.readouterr().out == (
        "Typ\tErgebnis\tGrund\tAnzahl\ncall\tentfernt\tneuere genügen\t1\nnichts wurde geschrieben: das wäre zu tun\n"
    )
    assert log.timeline(KIM).filter(types="call").count() == 2
    target = tmp_path / "gone.jsonl.gz"
    assert main(["retention", "--log", hosted, "--export", str(target)]) == 0
    assert capsys.readouterr().out == "Type\tOutcome\tReason\tNumber\ncall\tpurged\tnewer ones are enough\t1\n"
    assert [a.note for a in log.timeline(KIM).filter(types="call")] == ["the second"]
    assert b"Asked for" in gzip.decompress(target.read_bytes())
    log.close()


def test_what_is_archived_is_archived_by_the_system_in_the_tenant_that_is_named(
    store: str, hosted: str, capsys: pytest.CaptureFixture[str]
):
    log = ActivityLog(store, types=TypeRegistry(standard.types), actor=Actor.user(3), tenant="south")
    log.retention.rule("note", archive_after=timedelta(milliseconds=1))
    assert main(["retention", "--log", hosted, "--tenant", "south"]) == 0
    assert capsys.readouterr().out == "Type\tOutcome\tReason\tNumber\nnote\tarchived\trule of the tenant\t1\n"
    [note] = log.timeline(KIM).filter(archived=True)
    assert log.history(note)[-1].actor == Actor.system("retention")
    log.close()


def test_an_export_that_cannot_be_written_is_one_line(hosted: str, capsys: pytest.CaptureFixture[str]):
    assert main(["retention", "--log", hosted, "--export", "/nowhere/at/all.gz"]) == 2
    assert capsys.readouterr().err == "activitylog: export: the file cannot be written: No such file or directory\n"


def test_a_store_alone_does_not_know_the_ages_of_its_types(store: str, capsys: pytest.CaptureFixture[str]):
    assert main(["retention", "--store", store]) == 2
    assert capsys.readouterr().err.startswith("activitylog: store: a store does not know what your own types say")
