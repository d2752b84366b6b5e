"""The ASGI middleware, around Starlette: requests in tasks and in threads, streams, WebSockets."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from types import MappingProxyType
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from activitylog import ActivityLog, Actor, Context, Ref, scope
from activitylog.errors import InvalidInput
from activitylog.middleware import ASGIMiddleware
from activitylog.scope import surroundings


def header(request: Any, name: bytes) -> str | None:
    return next((value.decode() for key, value in request["headers"] if key == name), None)


def user(request: Any) -> Actor | None:
    name = header(request, b"x-user")
    return Actor.user(name) if name else None


def tenant(request: Any) -> str | None:
    return header(request, b"x-tenant")


def around(app: Any, **options: Any) -> ASGIMiddleware:
    return ASGIMiddleware(app, **{"actor": user, "tenant": tenant, **options})


async def answered(app: Any, *paths: str, headers: Mapping[str, str] = MappingProxyType({})) -> list[httpx.Response]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://crm.test") as client:
        wanted = {"X-User": "3", **headers}
        return [await client.get(path, headers=wanted) for path in paths]


def test_a_request_is_a_scope_in_a_task_in_a_thread_and_in_the_background(log: ActivityLog, kim: Ref):
    async def task(request: Request) -> PlainTextResponse:
        return PlainTextResponse(log.record("call", kim).label, background=BackgroundTask(log.record, "note", kim))

    def thread(request: Request) -> PlainTextResponse:
        return PlainTextResponse(log.record("call", kim).label)

    app = around(
        Starlette(routes=[Route("/task", task), Route("/thread", thread)]),
        languages=["en", "de"],
        trusted_proxies=["127.0.0.1"],
    )
    headers = {"Accept-Language": "de", "X-Forwarded-For": "192.0.2.7", "User-Agent": "F", "X-Tenant": "south"}
    found = asyncio.run(answered(app, "/task", "/thread", headers=headers))
    assert [each.text for each in found] == ["Telefonat", "Telefonat"]
    with scope(tenant="south"):
        entries = list(log.everything())
    assert Counter(entry.type for entry in entries) == {"call": 2, "note": 1}
    assert {entry.actor for entry in entries} == {Actor.user(3)}
    assert {entry.context for entry in entries} == {Context(origin="web", ip="192.0.2.7", user_agent="F")}
    assert surroundings().actor is None


def test_a_header_that_comes_twice_is_one(log: ActivityLog):
    seen = []

    async def app(request: Any, receive: Any, send: Any) -> None:
        seen.append(surroundings().context)

    request = {
        "type": "http",
        "client": None,
        "headers": [(b"X-Forwarded-For", b"192.0.2.7"), (b"x-forwarded-for", b"192.0.2.8")],
    }
    asyncio.run(around(app, trusted_proxies=["unix", "192.0.2.8"])(request, None, None))
    assert seen == [Context(origin="web", ip="192.0.2.7")]


def test_the_scope_holds_while_a_body_streams_and_a_failure_restores(log: ActivityLog, kim: Ref):
    async def body() -> AsyncIterator[bytes]:
        yield str(log.record("call", kim).id).encode()
        await asyncio.sleep(0)
        yield str(log.record("note", kim).id).encode()
        raise KeyError

    async def streamed(request: Request) -> StreamingResponse:
        return StreamingResponse(body())

    app = around(Starlette(routes=[Route("/", streamed)]))

    async def program() -> None:
        with pytest.raises(KeyError):
            await answered(app, "/")
        assert surroundings().actor is None

    asyncio.run(program())
    assert [entry.actor for entry in log.everything()] == [Actor.user(3)] * 2


def test_a_websocket_is_a_scope_and_a_lifespan_passes(log: ActivityLog, kim: Ref):
    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        log.record("call", kim, note=await socket.receive_text())
        await socket.close()

    passed = []

    async def app(request: Any, receive: Any, send: Any) -> None:
        if request["type"] == "lifespan":
            passed.append(surroundings())
            return
        await Starlette(routes=[WebSocketRoute("/", talk)])(request, receive, send)

    told = iter([{"type": "websocket.connect"}, {"type": "websocket.receive", "text": "hello"}])
    sent: list[str] = []

    async def receive() -> Any:
        return next(told)

    async def send(message: Any) -> None:
        sent.append(message["type"])

    request = {"type": "websocket", "path": "/", "headers": [(b"x-user", b"3")], "client": ("192.0.2.7", 1)}
    asyncio.run(around(app)(request, receive, send))
    asyncio.run(around(app)({"type": "lifespan"}, receive, send))
    assert sent == ["websocket.accept", "websocket.close"]
    entry = log.everything().first()
    assert (entry.note, entry.actor, entry.context.ip) == ("hello", Actor.user(3), "192.0.2.7")
    assert passed[0].context is None


@pytest.mark.parametrize("path", ["/task", "/thread"])
def test_500_requests_of_50_users_are_never_mixed(log: ActivityLog, path: str):
    async def task(request: Request) -> PlainTextResponse:
        about = Ref("contact", request.headers["x-user"])
        log.record("call", about)
        await asyncio.sleep(0)
        return PlainTextResponse(str(log.record("note", about).id))

    def thread(request: Request) -> PlainTextResponse:
        about = Ref("contact", request.headers["x-user"])
        log.record("call", about)
        return PlainTextResponse(str(log.record("note", about).id))

    app = around(
        Starlette(routes=[Route("/task", task), Route("/thread", thread)]),
        tenant=lambda request: f"tenant{int(header(request, b'x-user')) % 5}",
    )

    async def program() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://crm.test") as client:
            asked = (client.get(path, headers={"X-User": str(number % 50)}) for number in range(500))
            assert {answer.status_code for answer in await asyncio.gather(*asked)} == {200}

    asyncio.run(program())
    seen: Counter[str] = Counter()
    for number in range(5):
        with scope(tenant=f"tenant{number}"):
            for entry in log.everything():
                [about] = entry.subjects
                assert (entry.actor.ref.id, int(about.id) % 5) == (about.id, number)
                seen[about.id] += 1
    assert seen == {str(number): 20 for number in range(50)}


def test_an_asynchronous_function_is_refused():
    async def who(request: Any) -> Actor:
        return Actor.user(3)

    with pytest.raises(InvalidInput, match="plain function"):
        ASGIMiddleware(Starlette(), actor=who)
