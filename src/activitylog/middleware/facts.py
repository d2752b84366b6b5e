"""The facts of a request, from its headers and the address that it came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from attrs import frozen

from activitylog.context import Context
from activitylog.errors import InvalidInput
from activitylog.limits import COMMENT, IDENTIFIER, shortened

__all__ = ["checked_proxies", "request_context"]

_UNIX: Final = "unix"

_Address = IPv4Address | IPv6Address
_Network = IPv4Network | IPv6Network


@frozen
class _Proxies:
    networks: tuple[_Network, ...]
    unix: bool
    """Whether a peer without an address, at a Unix socket, is one."""

    def holds(self, address: _Address | None) -> bool:
        return self.unix if address is None else any(address in network for network in self.networks)


def request_context(
    *, headers: Mapping[str, str], remote_addr: str = "", trusted_proxies: Iterable[str] = (), origin: str = "web"
) -> Context:
    """Return the facts of a request.

    ``X-Forwarded-For`` is believed as far as trusted proxies wrote it: the ``ip`` is the last address in it that is
    none of theirs, or empty where that is no address. Without ``trusted_proxies`` it is the peer's own. An id of more
    than 255 bytes is left out, and a user agent of more than 2,000 is cut: clients must not make recording fail.

    Args:
        headers: found by lower-case names, as in the mappings of Django, Flask and Starlette; asked for
            ``x-forwarded-for``, ``user-agent``, ``x-request-id`` and ``x-correlation-id``.
        remote_addr: the address of the peer, which may be a proxy.
        trusted_proxies: addresses and networks (``10.0.0.0/8``); ``unix`` is whoever is at the Unix socket.
        origin: ``web``, ``api`` or a word of the host's.

    Raises:
        InvalidInput: one of the proxies is no address and no network, or the origin no text.
    """
    proxies = checked_proxies(trusted_proxies)
    return Context(
        origin=origin,
        ip=_client(remote_addr, headers.get("x-forwarded-for", ""), proxies),
        user_agent=shortened(_storable(headers.get("user-agent", "")), COMMENT),
        request_id=_id(headers.get("x-request-id", "")),
        correlation_id=_id(headers.get("x-correlation-id", "")),
    )


def checked_proxies(given: Iterable[str]) -> _Proxies:
    """Return what ``trusted_proxies`` names.

    Raises:
        InvalidInput: one is no address and no network.
    """
    listed = None if isinstance(given, str | bytes) or not isinstance(given, Iterable) else tuple(given)
    if listed is None or not all(isinstance(each, str) for each in listed):
        raise InvalidInput("trusted_proxies", "several addresses or networks are expected, such as ['10.0.0.0/8']")
    return _proxies(listed)


@lru_cache(maxsize=64)
def _proxies(given: tuple[str, ...]) -> _Proxies:
    try:
        networks = tuple(ip_network(each) for each in given if each != _UNIX)
    except ValueError as error:
        raise InvalidInput("trusted_proxies", f"{error}; write an address, a network or 'unix'") from None
    return _Proxies(networks, _UNIX in given)


def _client(remote_addr: str, forwarded: str, proxies: _Proxies) -> str:
    peer = _address(remote_addr)
    for told in reversed(forwarded.split(",") if forwarded else ()):
        if not proxies.holds(peer):
            break
        peer = _address(told)
        if peer is None:  # what a client wrote: nobody knows who that is
            break
    return "" if peer is None else str(peer)


def _address(text: str) -> _Address | None:
    """Return the address, which some proxies write with a port; as IPv4 where it is one of these within IPv6."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    with suppress(ValueError):
        found = ip_address(text)
        return (found.ipv4_mapped if isinstance(found, IPv6Address) else None) or found
    return None


def _id(text: str) -> str:
    text = _storable(text)
    return text if len(text.encode()) <= IDENTIFIER else ""


def _storable(text: str) -> str:
    return text.replace("\0", "").encode(errors="replace").decode()
