"""Which log a command works on, imports and exports, and how commands end."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from activitylog.cli import main
from servers.pool import STORES
from servers.shared import KINDS

MAIL = b"From: kim@example.com\nTo: me@example.com\nSubject: Hi\nDate: Sun, 1 Mar 2026 09:30:00 +0000\n\nHello\n"
HOST = """
from activitylog import ActivityLog, Actor, TypeRegistry
types = TypeRegistry()
types.define("visit")
log = ActivityLog("memory://", types=types, actor=Actor.user(3, "Lea"))
log.record("visit", "contact:42")
class site: logs = [log]; log = log
"""


def command(*argv: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "activitylog", *argv], capture_output=True, **options)


class TestWhichLog:
    @pytest.fixture(autouse=True)
    def _host(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "hosted_log.py").write_text(HOST)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "path", list(sys.path))
        monkeypatch.delitem(sys.modules, "hosted_log", raising=False)

    @pytest.mark.parametrize("name", ["hosted_log:log", "hosted_log:site.log"])
    def test_the_hosts_own(self, capsys: pytest.CaptureFixture[str], name: str) -> None:
        assert main(["stats", "--log", name, "--by", "type"]) == 0
        assert capsys.readouterr().out.splitlines() == ["1 entries", "type\tcount", "visit\t1"]

    @pytest.mark.parametrize(
        ("name", "says"),
        [
            ("hosted_log", "not of the form module:name"),
            ("hosted_log:", "not of the form module:name"),
            ("missing_module:log", "cannot be imported: No module named 'missing_module'"),
            ("hosted_log:types", "is a TypeRegistry; an ActivityLog is expected"),
            ("hosted_log:missing.log", "is a NoneType; an ActivityLog is expected"),
        ],
    )
    def test_one_that_is_none(self, capsys: pytest.CaptureFixture[str], name: str, says: str) -> None:
        assert main(["stats", "--log", name]) == 2
        assert says in capsys.readouterr().err

    @pytest.mark.parametrize("argv", [["stats"], ["stats", "--store", "memory://", "--log", "hosted_log:log"], []])
    def test_none_or_both(self, capsys: pytest.CaptureFixture[str], argv: list[str]) -> None:
        with pytest.raises(SystemExit) as ended:
            main(argv)
        assert ended.value.code == 2

    def test_an_unknown_scheme(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["stats", "--store", "carrier-pigeon://secret@coop"]) == 2
        error = capsys.readouterr().err
        assert "carrier-pigeon" in error
        assert "secret" not in error


class TestImports:
    def test_mail(self, tmp_path: Path, store: str, capsys: pytest.CaptureFixture[str]) -> None:
        folder = tmp_path / "mail"
        folder.mkdir()
        (folder / "1.eml").write_bytes(MAIL)
        (folder / "2.eml").write_bytes(b"")
        (folder / "index").write_bytes(b"")
        argv = ["import", "mail", str(folder), "--store", store, "--own", "me@example.com"]
        for recorded in (1, 0):
            assert main(argv) == 0
            assert capsys.readouterr().out.splitlines() == [
                f"{recorded} messages recorded, {1 - recorded} already there, 1 not taken over",
                "1 other files passed over",
                "where\twhy not",
                f"{folder}/2.eml\tit is empty",
            ]
        assert main(["timeline", "address:kim@example.com", "--store", store]) == 0
        assert "E-mail received: Hi" in capsys.readouterr().out

    def test_mail_needs_an_own_address(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            main(["import", "mail", ".", "--store", "memory://"])
        assert "--own" in capsys.readouterr().err

    def test_git_of_no_repository(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["import", "git", str(tmp_path), "--store", "memory://"]) == 2
        assert "git cannot read it" in capsys.readouterr().err

    def test_jsonl_of_no_file(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["import", "jsonl", str(tmp_path / "missing"), "--store", "memory://"]) == 2
        assert capsys.readouterr().err == "activitylog: file: cannot be read: No such file or directory\n"


class TestExport:
    def test_to_a_file_and_back(self, tmp_path: Path, store: str, capsys: pytest.CaptureFixture[str]) -> None:
        file, copy = tmp_path / "log.jsonl", f"sqlite:///{tmp_path}/copy.db"
        assert main(["export", str(file), "--store", store]) == 0
        assert capsys.readouterr().out == f"4 entries written to {file}\n"
        assert main(["import", "jsonl", str(file), "--store", copy]) == 0
        assert capsys.readouterr().out == "4 entries recorded, 0 already there, 0 not taken over\n"
        for url in (store, copy):
            assert main(["export", str(tmp_path / "again.jsonl"), "--store", url]) == 0
            assert (tmp_path / "again.jsonl").read_bytes() == file.read_bytes()

    def test_from_one_store_to_another(
        self, tmp_path: Path, store: str, empty_database: Callable[[str], str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        passed_on, last = (empty_database("sqlite") for _ in range(2))
        file = tmp_path / "log.jsonl"
        for source, target in ((store, passed_on), (passed_on, store), (store, last)):
            assert main(["export", str(file), "--store", source]) == 0
            assert main(["import", "jsonl", str(file), "--store", target]) == 0
        said = capsys.readouterr().out.splitlines()[1::2]
        assert [line.partition(" already")[0] for line in said] == [
            "4 entries recorded, 0",
            "0 entries recorded, 4",
            "4 entries recorded, 0",
        ]

    def test_one_tenant(self, tmp_path: Path, store: str) -> None:
        file = tmp_path / "south.jsonl"
        assert main(["export", str(file), "--store", store, "--tenant", "south"]) == 0
        assert file.read_bytes().count(b'{"entry"') == 1

    def test_through_the_standard_streams(self, tmp_path: Path, store: str) -> None:
        written = command("export", "-", "--store", store)
        assert (written.returncode, written.stderr) == (0, b"")
        read = command("import", "jsonl", "-", "--store", f"sqlite:///{tmp_path}/copy.db", input=written.stdout)
        assert (read.returncode, read.stdout) == (0, b"4 entries recorded, 0 already there, 0 not taken over\n")

    def test_a_file_that_cannot_be_written(
        self, tmp_path: Path, store: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["export", str(tmp_path / "no" / "log"), "--store", store]) == 2
        assert "file: cannot be written: No such file or directory" in capsys.readouterr().err

    @pytest.mark.parametrize("kind", KINDS)
    def test_one_that_fails_leaves_no_file(
        self, kind: str, tmp_path: Path, fresh_database: Callable[[str], str]
    ) -> None:
        folder = tmp_path / "exports"
        folder.mkdir()
        assert main(["export", str(folder / "log.jsonl"), "--store", fresh_database(kind)]) == 1
        assert list(folder.iterdir()) == []

    def test_a_broken_line(
        self, store: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"activitylog":1}\n{')))
        assert main(["import", "jsonl", "-", "--store", store]) == 2
        assert capsys.readouterr().err.startswith("activitylog: line 2: is none of an export")


class TestEndings:
    @pytest.mark.parametrize("kind", [store for store in STORES if store != "memory"])
    def test_migrate(self, kind: str, fresh_database: Callable[[str], str], capsys: pytest.CaptureFixture[str]) -> None:
        url = fresh_database(kind)
        for _ in range(2):
            assert main(["migrate", "--store", url]) == 0
        assert capsys.readouterr().out == "the store's schema is up to date\n" * 2
        assert main(["stats", "--store", url]) == 0

    @pytest.mark.parametrize("kind", KINDS)
    def test_before_migrate(
        self, kind: str, fresh_database: Callable[[str], str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        url = fresh_database(kind)
        assert main(["stats", "--store", url]) == 1
        [line] = capsys.readouterr().err.splitlines()
        assert "activitylog migrate --store URL" in line
        assert url not in line

    def test_an_error_of_the_store(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "crm.db").write_bytes(b"no database at all, but long enough to be one" * 100)
        assert main(["stats", "--store", f"sqlite:///{tmp_path}/crm.db"]) == 1
        assert len(capsys.readouterr().err.splitlines()) == 1

    def test_a_reader_that_has_enough(self, store: str) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        with os.fdopen(writing, "wb") as pipe:
            ended = subprocess.run(
                [sys.executable, "-m", "activitylog", "export", "-", "--store", store],
                stdout=pipe,
                stderr=subprocess.PIPE,
            )
        assert (ended.returncode, ended.stderr) == (1, b"")

    @pytest.mark.parametrize("store", ["sqlite"], indirect=True)  # what is drawn is the same on all
    @pytest.mark.parametrize(("by", "signs"), [(["--by", "type"], "█"), ([], "█▁")])
    def test_on_a_terminal_there_are_tables_bars_and_sparklines(self, store: str, by: list[str], signs: str) -> None:
        ours, theirs = pty.openpty()
        argv = [sys.executable, "-m", "activitylog", "stats", "--store", store, *by]
        environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"}
        with os.fdopen(ours, "rb", buffering=0) as screen:
            assert subprocess.run(argv, stdout=theirs, env=environment).returncode == 0
            shown = screen.read(100_000).decode()
            os.close(theirs)
        assert all(sign in shown for sign in signs)
        assert "\x1b[" in shown

    @pytest.mark.parametrize("argv", [["stats", "--store", "memory://"], ["--help"]])
    def test_without_rich_the_error_names_the_extra(self, argv: list[str]) -> None:
        program = f"import sys; sys.modules['rich'] = None; from activitylog.cli import main; sys.exit(main({argv!r}))"
        ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        assert ended.returncode == 2
        assert ended.stderr == (
            'activitylog: the command line needs an optional part: pip install "activitylog[cli]"\n'
        )

    def test_help_names_the_commands(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as ended:
            main(["--help"])
        assert ended.value.code == 0
        shown = capsys.readouterr().out
        assert all(name in shown for name in ("import", "timeline", "stats", "export", "migrate"))


def test_the_progress_bar_stays_off_the_output(tmp_path: Path) -> None:
    (tmp_path / "1.eml").write_bytes(MAIL)
    done = command("import", "mail", str(tmp_path), "--own", "me@example.com", "--store", "memory://")
    assert (done.stdout, done.stderr) == (b"1 messages recorded, 0 already there, 0 not taken over\n", b"")
