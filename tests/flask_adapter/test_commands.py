"""``flask activitylog …``: the command line of the library, on the log of the app."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from activitylog import ActivityLog, Actor, standard
from activitylog_flask import ActivityLogExtension
from flask_adapter.crm_site import make_app


@pytest.fixture
def app(close: Callable[[Flask], Flask], tmp_path: Path) -> Flask:
    app = close(make_app(ActivityLogExtension(), None, ACTIVITYLOG_STORE=f"sqlite:///{tmp_path / 'crm.db'}"))
    with app.app_context():
        log = app.extensions["activitylog"].log
        log.record("seen", "contact:1", note="Called", actor=Actor.user(3, "Lea"))
    return app


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["activitylog", *arguments])


def test_it_works_on_the_log_of_the_app_with_its_types(app: Flask):
    found = run(app, "timeline", "contact:1", "--language", "de")
    assert (found.exit_code, "Gesehen" in found.output, "Called" in found.output) == (0, True, True)
    assert run(app, "migrate").exit_code == 0


def test_two_apps_have_their_own(app: Flask, close: Callable[[Flask], Flask]):
    other = close(make_app(ActivityLogExtension(), None, ACTIVITYLOG_STORE="memory://"))
    assert "Called" not in run(other, "timeline", "contact:1").output
    assert "Called" in run(app, "timeline", "contact:1").output


def test_another_store_can_be_named(app: Flask, tmp_path: Path):
    store = f"sqlite:///{tmp_path / 'other.db'}"
    other = ActivityLog(store, types=standard.types)
    other.record("note", "contact:1", note="Elsewhere", actor=Actor.user(3))
    other.close()
    found = run(app, "timeline", "contact:1", f"--store={store}")
    assert (found.exit_code, "Elsewhere" in found.output) == (0, True)


def test_what_is_wrong_is_told_by_the_exit_code(app: Flask):
    assert run(app, "timeline", "nobody").exit_code == 2
    assert run(app, "nonsense").exit_code == 2


@pytest.mark.parametrize("arguments", [(), ("--help",)])
def test_help_lists_the_commands(app: Flask, arguments: tuple[str, ...]):
    found = run(app, *arguments)
    assert (found.exit_code, "retention" in found.output) == (0, True)
