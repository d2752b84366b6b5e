"""``manage.py activitylog …``: the command line of the library on the log of the site."""

from __future__ import annotations

import pytest
from django.core.management import call_command, execute_from_command_line


def test_it_shows_the_timeline_of_the_sites_own_log(log, capsys):
    log.record("note", "contact:1", note="Asked for a quote")
    execute_from_command_line(["manage.py", "activitylog", "timeline", "contact:1", "--limit", "5"])
    assert "Asked for a quote" in capsys.readouterr().out


def test_it_is_called_from_code_too(log, tmp_path, capsys):
    log.record("note", "contact:1", note="Asked for a quote")
    file = tmp_path / "log.jsonl"
    call_command("activitylog", "export", str(file))
    assert "Asked for a quote" in file.read_text()
    call_command("activitylog", "migrate")
    assert "up to date" in capsys.readouterr().out


def test_another_store_can_be_named(log, tmp_path, capsys):
    call_command("activitylog", "migrate", f"--store=sqlite:///{tmp_path / 'other.db'}")
    assert (tmp_path / "other.db").exists()


def test_help_is_that_of_the_library(log, capsys):
    with pytest.raises(SystemExit):
        call_command("activitylog")
    assert "import" in capsys.readouterr().out


def test_what_is_wrong_has_the_exit_code_of_the_library(log, capsys):
    with pytest.raises(SystemExit) as ended:
        call_command("activitylog", "timeline", "nonsense")
    assert ended.value.code == 2
    assert "activitylog: " in capsys.readouterr().err
