"""The facts of a request: whose address is believed, and what a client can write without harm."""

from __future__ import annotations

from typing import Any

import pytest

from activitylog import Context
from activitylog.errors import InvalidInput
from activitylog.middleware import request_context


def ip(remote_addr: str, forwarded: str | None = None, *trusted: str) -> str:
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
    return request_context(headers=headers, remote_addr=remote_addr, trusted_proxies=trusted).ip


def test_the_headers_say_what_they_say():
    headers = {"user-agent": "Firefox", "x-request-id": "r-1", "x-correlation-id": "c-1"}
    assert request_context(headers=headers, remote_addr="192.0.2.7") == Context(
        origin="web", ip="192.0.2.7", user_agent="Firefox", request_id="r-1", correlation_id="c-1"
    )
    assert request_context(headers={}, origin="api") == Context(origin="api")


def test_nobody_is_believed_who_is_not_trusted():
    assert ip("192.0.2.7", "203.0.113.9") == "192.0.2.7"
    assert ip("192.0.2.7", "203.0.113.9", "10.0.0.0/8") == "192.0.2.7"
    assert ip("192.0.2.7", "203.0.113.9", "unix") == "192.0.2.7"


@pytest.mark.parametrize(
    ("forwarded", "found"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, 10.0.0.2, 10.0.0.3", "203.0.113.9"),
        ("10.0.0.9,10.0.0.3", "10.0.0.9"),
        ("203.0.113.9:4711", "203.0.113.9"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:DB8::1", "2001:db8::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("<script>", ""),
        ("203.0.113.9, unknown", ""),
        (",", ""),
    ],
)
def test_behind_a_proxy_the_client_is_the_last_that_is_none(forwarded: str, found: str):
    assert ip("10.0.0.1", forwarded, "10.0.0.0/8") == found


def test_a_proxy_that_forwards_nothing_is_the_client_itself():
    assert ip("10.0.0.1", None, "10.0.0.0/8") == "10.0.0.1"
    assert ip("10.0.0.1", "", "10.0.0.1") == "10.0.0.1"


def test_a_proxy_at_a_unix_socket_has_no_address():
    assert ip("", "203.0.113.9", "unix") == "203.0.113.9"
    assert ip("", "203.0.113.9, <script>", "unix") == ""
    assert ip("", "203.0.113.9") == ""
    assert ip("testclient") == ""


@pytest.mark.parametrize("given", ["10.0.0.0/8", ["10.0.0.0/99"], ["proxy.example.com"], [1], None, 7, [b"::1"]])
def test_a_proxy_that_is_no_address_is_an_error(given: Any):
    with pytest.raises(InvalidInput) as caught:
        request_context(headers={}, trusted_proxies=given)
    assert caught.value.field == "trusted_proxies"


def test_one_address_alone_is_told_to_be_a_list():
    with pytest.raises(InvalidInput, match="several addresses"):
        request_context(headers={}, trusted_proxies="10.0.0.1")


def test_what_a_client_writes_never_makes_recording_fail():
    headers = {"user-agent": "ä\0" * 5_000, "x-request-id": "r" * 256, "x-correlation-id": "c\ud800\0"}
    context = request_context(headers=headers)
    assert (len(context.user_agent.encode()) <= 2_000, context.user_agent[-1]) == (True, "…")
    assert (context.request_id, context.correlation_id) == ("", "c?")
