"""Where the log lies elsewhere than the application's data, it writes after the commit; or there is no database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from activitylog import ActivityLog, Actor, signals
from activitylog.errors import InvalidInput
from activitylog.testing import capturing
from activitylog_flask import ActivityLogExtension, current_log
from flask_adapter.crm_site import Contact, db, make_app


def base(app: Flask) -> ActivityLog:
    with app.app_context():
        return app.extensions["activitylog"].placed.base


@pytest.fixture(params=["memory", "sqlite", "postgresql", "mongodb"])
def app(
    request: pytest.FixtureRequest, empty_database: Callable[[str], str], tmp_path: Path, site: Callable[..., Flask]
) -> Flask:
    """An application on SQLite, with its log in another store."""
    return site(f"sqlite:///{tmp_path / 'crm.db'}", ACTIVITYLOG_STORE=empty_database(request.param))


def test_it_is_written_after_the_commit(app: Flask, activity: ActivityLogExtension):
    with capturing(base(app)) as seen, app.app_context():
        db.session.get(Contact, 1).name = "Kim"
        activity.log.record("note", "contact:1", note="first")
        with db.session.begin_nested() as savepoint:
            activity.log.record("note", "contact:1", note="gone")
            savepoint.rollback()
        activity.log.record("note", "contact:1", note="second")
        assert (seen, activity.log.everything().count()) == ([], 0)
        db.session.commit()
        assert [entry.note for entry in seen] == ["first", "second"]
        assert activity.log.everything().count() == 2
        activity.log.record("note", "contact:1", note="gone")
        db.session.commit()


@pytest.mark.parametrize("then", ["abort", "rollback", "forget", "fail"])
def test_what_is_not_committed_was_never_recorded(app: Flask, then: str):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    client = app.test_client()
    client.get("/sign-in/3")
    with capturing(base(app)) as seen:
        client.post("/contact/1/rename", data={"name": "Kim", "then": then})
        assert seen == []
        client.post("/contact/1/rename", data={"name": "Kim"})
    assert [entry.note for entry in seen] == ["Kim"]
    assert base(app).everything().count() == 1


def test_outside_of_a_transaction_it_is_written_at_once(app: Flask, activity: ActivityLogExtension):
    with app.app_context():
        activity.log.record("note", "contact:1")
        assert activity.log.everything().count() == 1


def test_transactions_of_another_app_are_not_waited_for(tmp_path: Path, site: Callable[..., Flask]):
    one = site(f"sqlite:///{tmp_path / 'one.db'}")
    log = base(site(f"sqlite:///{tmp_path / 'two.db'}", ACTIVITYLOG_STORE="memory://"))
    with one.app_context():
        assert db.session.get(Contact, 1)
        log.record("note", "contact:1", actor=Actor.user(3))
        assert log.everything().count() == 1
        db.session.rollback()


def test_what_fails_after_the_commit_is_told(tmp_path: Path, site: Callable[..., Flask], caplog):
    (tmp_path / "log").mkdir()
    app = site(f"sqlite:///{tmp_path / 'crm.db'}", ACTIVITYLOG_STORE=f"sqlite:///{tmp_path / 'log' / 'log.db'}")
    log = base(app)
    log.close()
    for file in (tmp_path / "log").iterdir():
        file.unlink()
    (tmp_path / "log").rmdir()
    lost: list[str] = []

    def note(_: object, drafts: tuple, error: Exception) -> None:
        lost.extend(f"{draft.note}: {type(error).__name__}" for draft in drafts)

    with signals.lost.connected_to(note, sender=log), app.app_context():
        db.session.get(Contact, 1).name = "Kim"
        app.extensions["activitylog"].log.record("note", "contact:1", note="who hears this")
        db.session.commit()
        assert db.session.get(Contact, 1).name == "Kim"
    assert lost == ["who hears this: StorageUnavailable"]
    assert "not recorded" in caplog.text
    assert "who hears this" not in caplog.text


def test_an_app_without_a_database(activity: ActivityLogExtension, close: Callable[[Flask], Flask]):
    app = close(make_app(activity, None, ACTIVITYLOG_STORE="memory://"))
    with app.app_context():
        current_log.record("note", "contact:1")
        assert [entry.actor.ref.id for entry in activity.log.everything()] == ["crm"]


def test_no_store_at_all(activity: ActivityLogExtension):
    app = make_app(activity, None)
    with app.app_context(), pytest.raises(InvalidInput, match="ACTIVITYLOG_STORE: give a URL"):
        activity.log  # noqa: B018
