"""Handing out and erasing a person by the command line."""

from __future__ import annotations

import json
from pathlib import Path
from zipfile import ZipFile

import pytest

from activitylog import ActivityLog, Actor, Ref, TypeRegistry, standard
from activitylog.cli import main


def test_a_person_is_written_to_a_file(tmp_path: Path, store: str, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "kim.zip"
    assert main(["privacy", "export", "contact:42", str(target), "--store", store]) == 0
    assert capsys.readouterr().out == f"everything about contact:42 written to {target}\n"
    with ZipFile(target) as archive:
        told = [json.loads(line) for line in archive.read("activities.jsonl").splitlines()]
    assert [entry["type"] for entry in told] == ["call", "invoice.created", "task"]
    assert list(tmp_path.glob("*.partial")) == []


def test_a_person_is_erased(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    log = ActivityLog(store, types=TypeRegistry(standard.types))
    both = log.record("note", Ref("contact", 42), Ref("contact", 43), note="of both", actor=Actor.user(3))
    assert main(["privacy", "erase", "contact:42", "--store", store]) == 0
    first, heading, row = capsys.readouterr().out.splitlines()
    assert first.startswith("4 anonymised, 0 deleted, ")
    assert (heading, row) == ("to read\twhy", f"{both.id}\tothers are named too")
    assert log.timeline("contact:42").count() == 0
    assert log.history(both)[-1].actor.ref == Ref("system", "activitylog privacy erase")
    log.close()


def test_or_deleted(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["privacy", "erase", "contact:42", "--delete", "--tenant", "south", "--store", store]) == 0
    assert capsys.readouterr().out == "0 anonymised, 1 deleted, 0 documents, 0 files, 0 to read\n"


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["export", "nobody", "x.zip"], "ref:"),
        (["erase", "nobody"], "ref:"),
        (["export", "contact:42", "missing/x.zip"], "file: cannot be written: No such file or directory"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    store: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    argv: list[str],
    says: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["privacy", *argv, "--store", store]) == 2
    assert says in capsys.readouterr().err
