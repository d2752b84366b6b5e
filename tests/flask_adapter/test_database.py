"""Where log and application use one database: what is recorded lives and dies with the application's data."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from activitylog import ActivityLog, Actor
from activitylog.errors import SchemaMismatch
from activitylog.testing import capturing
from activitylog_flask import ActivityLogExtension, current_log
from activitylog_sql import track_changes
from flask_adapter.crm_site import Contact, Deal, Line, User, db, make_app


def base(app: Flask) -> ActivityLog:
    with app.app_context():
        return app.extensions["activitylog"].placed.base


def notes(app: Flask) -> list[str]:
    """Return what was recorded, as another transaction sees it."""
    return [entry.note for entry in base(app).everything().oldest_first()]


def name(app: Flask, number: int = 1) -> str:
    with app.app_context():
        return db.session.get(Contact, number).name


def test_what_a_view_records_is_kept_by_its_commit(app: Flask, client: FlaskClient):
    with capturing(base(app)) as seen:
        assert client.post("/contact/1/rename", data={"name": "Kim"}).status_code == 200
    assert (notes(app), name(app), [entry.note for entry in seen]) == (["Kim"], "Kim", ["Kim"])
    [entry] = base(app).everything()
    assert (entry.actor, entry.actor.label) == (Actor.user(3), "User 3")
    assert (entry.context.origin, entry.context.ip) == ("web", "127.0.0.1")


@pytest.mark.parametrize("then", ["abort", "rollback", "forget", "fail"])
def test_what_is_not_committed_was_never_recorded(app: Flask, client: FlaskClient, then: str):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with capturing(base(app)) as seen:
        client.post("/contact/1/rename", data={"name": "Kim", "then": then})
    assert (notes(app), name(app), seen) == ([], "Contact 1", [])


def test_a_savepoint_that_is_rolled_back_takes_its_own_along(app: Flask, activity: ActivityLogExtension):
    with capturing(base(app)) as seen, app.app_context():
        activity.log.record("note", "contact:1", note="kept")
        with db.session.begin_nested() as savepoint:
            db.session.get(Contact, 1).name = "gone"
            activity.log.record("note", "contact:1", note="gone")
            savepoint.rollback()
        with db.session.begin_nested():
            activity.log.record("note", "contact:1", note="kept too")
        assert [entry.note for entry in activity.log.everything()] == ["kept too", "kept"], "it reads its own"
        assert seen == []
        db.session.commit()
    assert [entry.note for entry in seen] == ["kept", "kept too"]
    assert (notes(app), name(app)) == (["kept", "kept too"], "Contact 1")


@pytest.mark.parametrize("store", ["postgresql"])
def test_who_loses_a_deadlock_has_recorded_nothing(
    store: str, empty_database: Callable[[str], str], site: Callable[..., Flask]
):
    soon = {"connect_args": {"options": "-c deadlock_timeout=100ms"}}
    app = site(empty_database(store), PROPAGATE_EXCEPTIONS=False, SQLALCHEMY_ENGINE_OPTIONS=soon)
    base(app).record("note", "contact:1", note="before")  # who writes the first entry of a tenant is waited for
    both = Barrier(2)

    @app.post("/both/<int:first>/<int:second>")
    def rename_both(first: int, second: int) -> str:
        for number in (first, second):
            current_log.record("seen", f"contact:{number}", note=f"{first} before {second}")
            db.session.execute(text("UPDATE contact SET name = :name WHERE id = :id"), {"name": "x", "id": number})
            if number == first:
                both.wait(30)
        db.session.commit()
        return "done"

    errors: list[Any] = []

    @app.errorhandler(OperationalError)
    def told(error: OperationalError) -> tuple[str, int]:
        errors.append(error.orig.sqlstate)  # type: ignore[union-attr]
        return "try again", 503

    def ask(path: str) -> int:
        client = app.test_client()
        client.get("/sign-in/3")
        return client.post(path).status_code

    with capturing(base(app)) as seen, ThreadPoolExecutor(2) as pool:
        statuses = list(pool.map(ask, ["/both/1/2", "/both/2/1"]))
    assert (sorted(statuses), errors) == ([200, 503], ["40P01"])
    won = "1 before 2" if statuses[0] == 200 else "2 before 1"
    assert (notes(app), [entry.note for entry in seen]) == (["before", won, won], [won] * 2)


@pytest.mark.parametrize("store", ["postgresql"])
def test_many_users_at_once_keep_their_own_transactions(
    store: str, empty_database: Callable[[str], str], site: Callable[..., Flask]
):
    app = site(empty_database(store))

    def work(user: int) -> None:
        client = app.test_client()
        client.get(f"/sign-in/{user}")
        for number in range(10):
            then = "rollback" if number % 2 else ""
            client.post(f"/contact/{user}/rename", data={"name": f"{user}, {number}", "then": then})

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(work, range(1, 6)))
    found = sorted((entry.actor.ref.id, entry.subjects[0].id, entry.note) for entry in base(app).everything())
    assert found == [(str(user), str(user), f"{user}, {number}") for user in range(1, 6) for number in (0, 2, 4, 6, 8)]
    assert [name(app, user) for user in range(1, 6)] == [f"{user}, 8" for user in range(1, 6)]


@pytest.mark.parametrize("how", ["url", "setting", "engine", "another name"])
def test_one_database_is_joined_however_the_store_is_named(
    url: str, how: str, activity: ActivityLogExtension, close: Callable[[Flask], Flask], site: Callable[..., Flask]
):
    site(url)
    other = make_url(url).update_query_dict({"timeout": "30"} if "sqlite" in url else {"connect_timeout": "9"})
    store = {
        "url": url,
        "setting": "sqlalchemy",
        "engine": create_engine(url),
        "another name": other.render_as_string(hide_password=False),
    }[how]
    app = close(make_app(ActivityLogExtension(), url, ACTIVITYLOG_STORE=store))
    with app.app_context():
        app.extensions["activitylog"].log.record("note", "contact:1", actor=Actor.user(1))
        db.session.rollback()
        app.extensions["activitylog"].log.record("note", "contact:1", actor=Actor.user(1), note="kept")
        db.session.commit()
    assert notes(app) == ["kept"]
    if how == "engine":
        store.dispose()


def test_a_database_in_memory_is_one_where_both_name_it_so(site: Callable[..., Flask]):
    app = site("sqlite://", ACTIVITYLOG_STORE="sqlite://")
    with app.app_context():
        app.extensions["activitylog"].log.record("note", "contact:1")
        assert app.extensions["activitylog"].log.everything().exists()
        db.session.rollback()
        assert not app.extensions["activitylog"].log.everything().exists()
        db.session.rollback()


@pytest.mark.parametrize("store", ["postgresql", "mysql"])
def test_without_the_schema_the_error_names_the_remedy(
    store: str,
    fresh_database: Callable[[str], str],
    activity: ActivityLogExtension,
    close: Callable[[Flask], Flask],
):
    app = close(make_app(activity, fresh_database(store)))
    with app.app_context():
        db.create_all()
        with pytest.raises(SchemaMismatch, match="activitylog migrate"):
            activity.log.record("note", "contact:1")
        db.session.rollback()
        assert app.test_cli_runner().invoke(args=["activitylog", "migrate"]).exit_code == 0
        activity.log.record("note", "contact:1")
        db.session.commit()
        assert activity.log.timeline("contact:1").count() == 1
        db.session.rollback()


def test_changes_of_the_sessions_objects_are_tracked(app: Flask, activity: ActivityLogExtension):
    track_changes(db.session, Deal, log=lambda session: activity.log)
    with app.test_request_context("/"):
        db.session.add(Deal(id=7, name="Desk"))
        db.session.commit()
        db.session.get(Deal, 7).name = "Chair"
        db.session.commit()
        db.session.get(Deal, 7).name = "Lamp"
        db.session.flush()
        db.session.rollback()
        changed, created = activity.log.timeline("deal:7")
        assert [(change.field, change.old, change.new) for change in changed.changes] == [("name", "Desk", "Chair")]
        assert (created.type, created.actor) == ("record.created", Actor.anonymous())


def test_objects_of_models_are_named_by_table_and_key(app: Flask):
    from activitylog_flask import ref_of

    with app.app_context():
        found = ref_of(db.session.get(User, 3))
        assert (str(found), found.label) == ("user:3", "User 3")
        assert str(ref_of(Line(contact_id=1, number=2))) == "line:1:2"
        assert ref_of("contact:7") == ref_of(ref_of("contact:7"))
