"""The WSGI middleware: its scope holds from the call to the close of the body, and for nobody else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from werkzeug.test import Client, create_environ, run_wsgi_app

from activitylog import ActivityLog, Actor, Context, Ref, Tracked, scope
from activitylog.errors import InvalidInput
from activitylog.middleware import WSGIMiddleware
from activitylog.scope import surroundings

Start = Callable[..., Any]


def user(environ: dict[str, Any]) -> Actor | None:
    name = environ.get("HTTP_X_USER")
    return Actor.user(name) if name else None


def tenant(environ: dict[str, Any]) -> str | None:
    return environ.get("HTTP_X_TENANT")


def around(app: Any, **options: Any) -> WSGIMiddleware:
    return WSGIMiddleware(app, **{"actor": user, "tenant": tenant, **options})


def answered(app: Any, user: str = "3", tenant: str = "south", **headers: str) -> bytes:
    told = {"X-User": user, "X-Tenant": tenant, **headers}
    return Client(app).get("/", headers=told, environ_overrides={"REMOTE_ADDR": "127.0.0.1"}).get_data()


def test_a_request_is_a_scope(log: ActivityLog, kim: Ref):
    def app(environ: Any, start: Start) -> Iterable[bytes]:
        start("200 OK", [])
        return [log.record("call", kim).label.encode()]

    served = around(app, languages=["en", "de"], trusted_proxies=["127.0.0.1"], origin="api")
    headers = {"Accept-Language": "de-AT", "X-Forwarded-For": "192.0.2.7", "User-Agent": "F", "X-Request-Id": "r"}
    assert answered(served, **headers).decode() == "Telefonat"
    with scope(tenant="south"):
        [entry] = log.everything()
    assert entry.actor == Actor.user(3)
    assert entry.context == Context(origin="api", ip="192.0.2.7", user_agent="F", request_id="r")


def test_the_actor_is_asked_for_late_and_nobody_is_an_error(log: ActivityLog, kim: Ref):
    def app(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        with pytest.raises(InvalidInput, match="actor"):
            log.record("call", kim)
        environ["HTTP_X_USER"] = "4"  # signs in
        log.record("call", kim)
        start("200 OK", [])
        return []

    answered(around(app, tenant="north"), user="")
    with scope(tenant="north"):
        assert [entry.actor for entry in log.everything()] == [Actor.user(4)]


def test_tracked_objects_find_the_log(log: ActivityLog):
    class Customer(Tracked):
        def __activity_ref__(self) -> Ref:
            return Ref("customer", 7)

    def app(environ: Any, start: Start) -> Iterable[bytes]:
        start("200 OK", [])
        Customer().record_activity("call")
        return [b"x"]

    answered(around(app, log=log, actor=Actor.system("web"), tenant=None))
    assert log.timeline("customer:7").count() == 1


def test_the_scope_holds_while_a_body_streams_and_is_closed_even_if_it_fails(log: ActivityLog, kim: Ref):
    def app(environ: Any, start: Start) -> Iterable[bytes]:
        start("200 OK", [])
        try:
            with scope(team="sales"):
                yield log.record("call", kim).team.encode()
                yield log.record("note", kim).team.encode()
                raise KeyError
        finally:
            log.record("task", kim)

    first, second = ([create_environ(headers={"X-User": name, "X-Tenant": "south"})] for name in "34")
    bodies = [run_wsgi_app(around(app), *first, buffered=False)[0], run_wsgi_app(around(app), *second)[0]]
    assert surroundings().actor is None, "between two steps nothing of the request is left"
    steps = list(map(iter, bodies))
    for each in steps:
        assert next(each) == b"sales"
    for each in steps:
        assert next(each) == b"sales"
        with pytest.raises(KeyError):
            next(each)
    assert (surroundings().actor, surroundings().team) == (None, None)
    with scope(tenant="south"):
        found = Counter((entry.type, entry.team, entry.actor.ref.id) for entry in log.everything())
    assert found == {(type, team, id): 1 for type, team in
                     (("call", "sales"), ("note", "sales"), ("task", "")) for id in "34"}  # fmt: skip


def test_a_body_that_is_only_closed_records_still(log: ActivityLog, kim: Ref):
    class Body(list[bytes]):
        def close(self) -> None:
            log.record("call", kim)

    def app(environ: Any, start: Start) -> Iterable[bytes]:
        start("200 OK", [])
        return Body()

    body = around(app)(create_environ(headers={"X-User": "3"}), lambda *_: None)
    body.close()
    assert log.everything().first().actor == Actor.user(3)
    WSGIMiddleware(lambda environ, start: [])({}, lambda *_: None).close()


def test_an_application_that_fails_leaves_nothing_behind():
    def app(environ: Any, start: Start) -> Iterable[bytes]:
        raise KeyError

    with pytest.raises(KeyError):
        around(app)(create_environ(headers={"X-User": "3"}), lambda *_: None)
    assert surroundings().actor is None


def test_500_requests_of_50_users_are_never_mixed(log: ActivityLog):
    def app(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        start("200 OK", [])
        about = Ref("contact", environ["HTTP_X_USER"])
        yield str(log.record("call", about).id).encode()
        yield b" "
        yield str(log.record("note", about).id).encode()

    served = around(app, tenant=lambda environ: f"tenant{int(environ['HTTP_X_USER']) % 5}")
    with ThreadPoolExecutor(32) as pool:
        list(pool.map(lambda number: answered(served, user=str(number % 50)), range(500)))
    seen: Counter[str] = Counter()
    for number in range(5):
        with scope(tenant=f"tenant{number}"):
            for entry in log.everything():
                [about] = entry.subjects
                assert (entry.actor.ref.id, int(about.id) % 5) == (about.id, number)
                seen[about.id] += 1
    assert seen == {str(number): 20 for number in range(50)}


async def asynchronous(environ: Any) -> None: ...


class AsynchronousCall:
    async def __call__(self, environ: Any) -> None: ...


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"actor": "user:3"}, "actor"),
        ({"actor": asynchronous}, "actor"),
        ({"actor": AsynchronousCall()}, "actor"),
        ({"tenant": 3}, "tenant"),
        ({"tenant": ""}, "tenant"),
        ({"tenant": asynchronous}, "tenant"),
        ({"languages": "de"}, "languages"),
        ({"languages": ["german!"]}, "language"),
        ({"languages": None}, "languages"),
        ({"trusted_proxies": "10.0.0.1"}, "trusted_proxies"),
        ({"trusted_proxies": ["nginx"]}, "trusted_proxies"),
        ({"origin": None}, "origin"),
        ({"origin": "x" * 256}, "origin"),
        ({"log": "sqlite://"}, "log"),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, Any], field: str):
    with pytest.raises(InvalidInput) as caught:
        WSGIMiddleware(lambda environ, start: [], **options)
    assert caught.value.field == field
