"""What a request says of who acts and who is asking; and several apps and many users at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from blinker import Namespace
from flask import Flask, g, request
from flask_login import AnonymousUserMixin, LoginManager

from activitylog import ActivityLog, Actor, Draft, Link, Ref, Viewer, errors, scope
from activitylog_flask import ActivityLogExtension, current_log
from flask_adapter.crm_site import make_app

KIM = Ref("contact", 42, "Kim")


@pytest.fixture
def app(activity: ActivityLogExtension, close: Callable[[Flask], Flask]) -> Flask:
    """An application without a database and without Flask-Login."""
    app = Flask("crm")
    app.config.update(SECRET_KEY="secret", TESTING=True, ACTIVITYLOG_STORE="memory://", ACTIVITYLOG_URL_PREFIX=None)
    activity.init_app(app)

    @app.post("/record")
    def record() -> str:
        return current_log.record("note", KIM, note=request.form.get("note", "")).label

    @app.get("/notes")
    def notes() -> list[str]:
        return [entry.note for entry in current_log.everything()]

    return close(app)


@pytest.fixture
def log(app: Flask) -> ActivityLog:
    with app.app_context():
        return app.extensions["activitylog"].placed.base


def test_the_loaders_are_asked_in_the_request(app: Flask, activity: ActivityLogExtension, log: ActivityLog):
    app.config["ACTIVITYLOG_TENANT"] = "unused"

    @app.before_request
    def sign_in() -> None:
        g.user = request.headers.get("X-User")

    @activity.actor_loader
    def actor() -> Actor | None:
        return Actor.user(g.user) if g.user else None

    @activity.viewer_loader
    def viewer() -> Viewer:
        return Viewer([f"user:{g.user}"])

    @activity.language_loader
    def language() -> str | None:
        return request.args.get("lang")

    client = app.test_client()
    said = {"X-User": "3", "User-Agent": "F", "X-Request-Id": "r-1", "X-Forwarded-For": "203.0.113.9"}
    assert client.post("/record?lang=de", headers=said).text == "Notiz"
    [entry] = log.everything()
    assert entry.actor == Actor.user(3)
    assert entry.context.to_dict() == {"origin": "web", "ip": "127.0.0.1", "user_agent": "F", "request_id": "r-1"}
    with pytest.raises(errors.InvalidInput, match="actor: nobody is named"):
        client.post("/record")
    assert log.everything().count() == 1


def test_a_page_is_limited_to_its_viewer(app: Flask, activity: ActivityLogExtension, log: ActivityLog):
    activity.viewer_loader(lambda: Viewer([request.args["who"]]))
    log.record("note", KIM, note="for lea", readers="user:3", actor=Actor.user(3))
    client = app.test_client()
    assert (client.get("/notes?who=user:3").json, client.get("/notes?who=user:4").json) == (["for lea"], [])
    with app.app_context():
        assert current_log.everything().count() == 1, "outside of a request it is for trusted code"
    with app.test_request_context("/?who=user:4"):
        assert (current_log.everything().count(), activity.log.everything().count()) == (0, 1)


def test_nobody_guesses_who_is_asking(app: Flask, activity: ActivityLogExtension):
    with app.test_request_context("/"), pytest.raises(errors.InvalidInput, match="viewer_loader: nobody says"):
        current_log.everything()
    activity.viewer_loader(lambda: "user:3")  # type: ignore[arg-type,return-value]
    with app.test_request_context("/"), pytest.raises(errors.InvalidInput, match="a Viewer is expected, not str"):
        current_log.everything()
    with app.test_request_context("/"), pytest.raises(errors.InvalidInput, match="actor: nobody is named"):
        activity.log.record("note", KIM)


def test_outside_of_a_request_the_app_itself_acts(app: Flask, activity: ActivityLogExtension):
    with app.app_context():
        assert activity.log.record("note", KIM).actor == Actor.system("crm")
        with scope(actor=Actor.user(7)):
            assert activity.log.record("note", KIM).actor == Actor.user(7)
    with pytest.raises(RuntimeError):
        activity.log  # noqa: B018


def test_an_app_without_the_extension_says_so():
    with Flask("bare").app_context(), pytest.raises(errors.InvalidInput, match=r"call init_app\(app\)"):
        current_log.everything()


def test_a_tenant_loader_makes_the_tenant_needed(app: Flask, activity: ActivityLogExtension):
    activity.tenant_loader(lambda: request.headers.get("X-Team"))
    activity.viewer_loader(lambda: Viewer(["user:3"]))
    activity.actor_loader(lambda: Actor.user(3))
    client = app.test_client()
    client.post("/record", data={"note": "south"}, headers={"X-Team": "south"})
    assert client.get("/notes", headers={"X-Team": "north"}).json == []
    assert client.get("/notes", headers={"X-Team": "south"}).json == ["south"]
    with pytest.raises(errors.InvalidInput, match="tenant: none is named"):
        client.post("/record")
    with app.app_context(), pytest.raises(errors.InvalidInput, match="tenant: none is named"):
        activity.log.record("note", KIM)


def test_flask_login_says_who_acts_and_asks(app: Flask, activity: ActivityLogExtension, log: ActivityLog):
    class Somebody(AnonymousUserMixin):
        is_authenticated = True

        def __init__(self, number: str | None) -> None:
            self.number = number

        def get_id(self) -> str | None:
            return self.number

    manager = LoginManager(app)
    manager.request_loader(lambda asked: Somebody(asked.headers["X-User"]) if "X-User" in asked.headers else None)
    client = app.test_client()
    client.post("/record", data={"note": "mine"}, headers={"X-User": "3"})
    client.post("/record", data={"note": "anybody's"})
    assert [entry.actor for entry in log.everything().oldest_first()] == [Actor.user(3), Actor.anonymous()]
    assert client.get("/notes", headers={"X-User": "3"}).json == ["anybody's", "mine"]
    assert client.get("/notes").json == [], "who is not signed in is no colleague"
    manager.request_loader(lambda asked: Somebody(None))
    with pytest.raises(errors.InvalidInput, match="has no id"):
        client.post("/record")


def test_languages_are_negotiated_and_proxies_trusted_where_the_app_says_so(close: Callable[[Flask], Flask]):
    activity = ActivityLogExtension()
    app = close(
        make_app(
            activity,
            None,
            ACTIVITYLOG_STORE="memory://",
            ACTIVITYLOG_LANGUAGES=["en", "de"],
            ACTIVITYLOG_TRUSTED_PROXIES=["127.0.0.1"],
            ACTIVITYLOG_ACTOR=Actor.service("api"),
            ACTIVITYLOG_TENANT="north",
        )
    )
    said = {"Accept-Language": "de-CH", "X-Forwarded-For": "203.0.113.9"}
    with app.test_request_context("/", headers=said, environ_base={"REMOTE_ADDR": "127.0.0.1"}):
        entry = activity.log.record("note", KIM)
    assert (entry.label, entry.context.ip, entry.tenant) == ("Notiz", "203.0.113.9", "north")
    assert entry.actor == Actor.service("api")


def test_signals_of_the_hosts_are_recorded_by_the_log_of_their_app(close: Callable[[Flask], Flask]):
    invoice_paid = Namespace().signal("paid")
    activity = ActivityLogExtension()

    @activity.on(invoice_paid)
    def paid(sender: Any, **kw: Any) -> Draft | list[Draft] | None:
        return kw["made"]

    one, two = (close(make_app(activity, None, ACTIVITYLOG_STORE="memory://")) for _ in range(2))
    stranger = close(make_app(ActivityLogExtension(), None, ACTIVITYLOG_STORE="memory://"))
    with one.app_context():
        invoice_paid.send(one, made=Draft("note", KIM))
        invoice_paid.send(one, made=None)
    with two.app_context():
        invoice_paid.send(two, made=[Draft("note", KIM), Draft("call", KIM)])
    with stranger.app_context():
        invoice_paid.send(stranger, made=Draft("note", KIM))
    counts = []
    for app in (one, two, stranger):
        with app.app_context():
            counts.append(current_log.everything().count())
    assert counts == [1, 2, 0]
    with pytest.raises(errors.InvalidInput, match="signal"):
        activity.on("paid")
    with pytest.raises(RuntimeError):
        invoice_paid.send(made=None)


def test_resolvers_are_known_to_every_app_whenever_they_come(close: Callable[[Flask], Flask]):
    activity = ActivityLogExtension()
    activity.resolver("contact")(lambda ids: {id: Link("Kim", f"/contact/{id}") for id in ids})
    with pytest.raises(errors.InvalidInput, match="has a resolver already"):
        activity.resolver("contact")(lambda ids: {})
    one, two = (close(make_app(activity, None, ACTIVITYLOG_STORE="memory://")) for _ in range(2))
    with one.app_context():
        assert activity.log.resolve([KIM])[KIM].url == "/contact/42"
    activity.resolver("company")(lambda ids: {id: Link("ACME", f"/company/{id}") for id in ids})
    acme = Ref("company", 7)
    for app in (one, two):
        with app.app_context():
            assert [link.url for link in activity.log.resolve([KIM, acme]).values()] == ["/contact/42", "/company/7"]


def test_a_loader_is_a_function_and_an_app_has_one_log(app: Flask, activity: ActivityLogExtension):
    for register in (activity.actor_loader, activity.tenant_loader, activity.viewer_loader, activity.language_loader):
        with pytest.raises(errors.InvalidInput, match="_loader: a function is expected, not str"):
            register("user:3")  # type: ignore[type-var]
    with pytest.raises(errors.InvalidInput, match="has an ActivityLogExtension already"):
        ActivityLogExtension(app)


def test_two_apps_at_once_have_their_own_stores_and_settings(close: Callable[[Flask], Flask], tmp_path: Any):
    activity = ActivityLogExtension()
    activity.viewer_loader(lambda: Viewer(["user:1"]))
    activity.actor_loader(lambda: Actor.user(request.headers["X-User"]))
    apps = []
    for name in ("one", "two"):
        app = Flask(name)
        store = f"sqlite:///{tmp_path / name}.db"
        app.config.update(SECRET_KEY=name, ACTIVITYLOG_STORE=store, ACTIVITYLOG_TENANT=name)
        activity.init_app(app)
        app.add_url_rule("/", view_func=lambda: current_log.record("note", KIM).tenant, methods=["POST"])
        apps.append(close(app))

    def ask(number: int) -> bool:
        app = apps[number % 2]
        return app.test_client().post("/", headers={"X-User": str(number)}).text == app.name

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(60)))
    for place, app in enumerate(apps):
        with app.app_context():
            found = [entry.actor.ref.id for entry in activity.log.everything()]
        assert sorted(found, key=int) == [str(number) for number in range(place, 60, 2)]


def test_a_request_says_nothing_to_the_log_of_another_app(close: Callable[[Flask], Flask]):
    activity = ActivityLogExtension()
    activity.actor_loader(lambda: Actor.user(3))
    one, two = (close(make_app(activity, None, ACTIVITYLOG_STORE="memory://")) for _ in range(2))
    with two.app_context():
        other = activity.log
    with one.test_request_context("/"):
        assert activity.log.record("note", KIM).actor == Actor.user(3)
        with pytest.raises(errors.InvalidInput, match="actor: nobody is named"):
            other.record("note", KIM)


def test_500_requests_of_50_users_are_never_mixed(app: Flask, activity: ActivityLogExtension):
    @app.before_request
    def sign_in() -> None:
        g.user = request.headers["X-User"]

    activity.actor_loader(lambda: Actor.user(g.user))
    activity.tenant_loader(lambda: f"tenant{int(g.user) % 5}")
    activity.viewer_loader(lambda: Viewer([f"user:{g.user}"]))

    @app.post("/work")
    def work() -> dict[str, Any]:
        for _ in range(2):
            current_log.record("note", Ref("contact", g.user), readers=f"user:{g.user}")
        seen = current_log.everything()
        return {"readers": sorted({reader for entry in seen for reader in entry.readers}), "tenants": seen.tenants}

    def ask(number: int) -> tuple[int, Any]:
        user = number % 50
        return user, app.test_client().post("/work", headers={"X-User": str(user)}).json

    with ThreadPoolExecutor(16) as pool:
        for user, answer in pool.map(ask, range(500)):
            assert answer == {"readers": [f"user:{user}"], "tenants": [f"tenant{user % 5}"]}
    seen: Counter[str] = Counter()
    with app.app_context():
        for number in range(5):
            with scope(tenant=f"tenant{number}"):
                for entry in activity.log.everything():
                    [about] = entry.subjects
                    assert (entry.actor.ref.id, int(about.id) % 5) == (about.id, number)
                    seen[about.id] += 1
    assert seen == {str(number): 20 for number in range(50)}
