"""Handing out and erasing a person by the command line."""

from __future__ import annotations

import json
from contextlib import closing
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from activitylog import REDACTED, ActivityLog, Actor, Attachment, Ref, TypeRegistry, standard
from activitylog.cli import main


def test_a_person_is_written_to_a_file(tmp_path: Path, store: str, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "kim.zip"
    assert main(["privacy", "export", "contact:42", str(target), "--store", store]) == 0
    told = f"3 entries and 0 files of contact:42 in tenant 'default' written to {target}\n"
    assert capsys.readouterr().out == told
    with ZipFile(target) as archive:
        told = [json.loads(line) for line in archive.read("activities.jsonl").splitlines()]
    assert [entry["type"] for entry in told] == ["call", "invoice.created", "task"]
    assert list(tmp_path.glob("*.partial")) == []


def test_a_person_is_erased(store: str, hosted: str, capsys: pytest.CaptureFixture[str]) -> None:
    log = ActivityLog(store, types=TypeRegistry(standard.types))
    both = log.record("note", Ref("contact", 42), Ref("contact", 43), note="of both", actor=Actor.user(3))
    assert main(["privacy", "erase", "contact:42", "--log", hosted]) == 0
    pseudonym, numbers, heading, row = capsys.readouterr().out.splitlines()
    assert pseudonym == f"contact:42 in tenant 'default' is {log.get(both).subjects[0]} now"
    assert numbers.startswith("4 anonymised, 0 deleted, ")
    assert (heading, row) == ("to read\twhy", f"{both.id}\tothers are named too")
    assert log.timeline("contact:42").count() == 0
    assert log.history(both)[-1].actor.ref == Ref("system", "activitylog privacy erase")
    log.close()


def test_or_deleted(hosted: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["privacy", "erase", "contact:42", "--delete", "--tenant", "south", "--log", hosted]) == 0
    pseudonym, numbers = capsys.readouterr().out.splitlines()
    assert pseudonym.startswith("contact:42 in tenant 'south' is contact:erased-")
    assert numbers == "0 anonymised, 1 deleted, 0 documents, 0 files, 0 to read"


@pytest.mark.parametrize(
    "argv", [["export", "contact:42", "kim.zip"], ["export", "contact:42", "-"], ["erase", "contact:42"]]
)
def test_of_whom_nothing_is_known_nothing_is_written(
    hosted: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], argv: list[str]
) -> None:
    (tmp_path / "kim.zip").write_bytes(b"from before")
    assert main(["privacy", *argv, "--log", hosted, "--tenant", "north"]) == 1
    said = b"nothing is known of contact:42 in tenant 'north': name another by --tenant\n"
    assert capfdbinary.readouterr() == (b"", said)
    assert (tmp_path / "kim.zip").read_bytes() == b"from before"
    assert list(tmp_path.glob("*.partial")) == []


def test_who_is_merged_and_nothing_else_is_known(tmp_path: Path, store: str, hosted: str) -> None:
    with closing(ActivityLog(store, types=TypeRegistry(), actor=Actor.user(3))) as log:
        log.subjects.merge("contact:77", into="contact:78")
    assert main(["privacy", "export", "contact:78", "merged.zip", "--log", hosted]) == 0
    with ZipFile(tmp_path / "merged.zip") as archive:
        assert json.loads(archive.read("subject.json"))["merged"] == ["contact:77"]


def test_a_person_is_piped(hosted: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["privacy", "export", "contact:42", "-", "--log", hosted]) == 0
    with ZipFile(BytesIO(capfdbinary.readouterr().out)) as archive:
        assert len(archive.read("activities.jsonl").splitlines()) == 3


def test_an_archive_that_fails_leaves_no_file(
    store: str, hosted: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    elsewhere = tmp_path / "elsewhere"
    with closing(
        ActivityLog(store, types=TypeRegistry(standard.types), actor=Actor.user(3), files=str(elsewhere))
    ) as log:
        log.record("call", "contact:42", attachments=[Attachment(b"a picture", name="a.png")])
    for file in ("kim.zip", "-"):
        assert main(["privacy", "export", "contact:42", file, "--log", hosted]) == 1
        out, error = capfdbinary.readouterr()
        assert (out, b"the content of this file is not there" in error) == (b"", True)
    assert not [file for file in tmp_path.iterdir() if file.name.startswith("kim.zip")]


def test_personal_fields_of_the_hosts_own_types_go(store: str, hosted: str) -> None:
    types = TypeRegistry()
    types.define("screening")
    log = ActivityLog(store, types=types, actor=Actor.user(3))
    both = log.record("screening", Ref("contact", 42), Ref("contact", 43), data={"born": "in May"})
    assert main(["privacy", "erase", "contact:42", "--log", hosted]) == 0
    assert log.get(both).data == {"born": REDACTED}
    log.close()


def test_a_store_alone_does_not_know_what_is_personal(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["privacy", "erase", "contact:42", "--store", store]) == 2
    assert capsys.readouterr().err == (
        "activitylog: store: a store does not know what your own types say of personal fields and of ages, "
        "nor where the files are: name your log by --log MODULE:NAME\n"
    )
    with closing(ActivityLog(store, types=TypeRegistry(standard.types))) as log:
        assert log.timeline("contact:42").count() == 3


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["export", "nobody", "x.zip"], "ref:"),
        (["erase", "nobody"], "ref:"),
        (["export", "contact:42", "missing/x.zip"], "file: cannot be written: No such file or directory"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    hosted: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    argv: list[str],
    says: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["privacy", *argv, "--log", hosted]) == 2
    assert says in capsys.readouterr().err
