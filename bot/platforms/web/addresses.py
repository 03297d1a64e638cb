"""Which addresses of the network may be asked: public ones, and this machine where a person wrote so."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import Future
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

_GIVEN_OUT = ip_network("2000::/3")
_NAT64 = ip_network("64:ff9b::/96")
_TUNNELS = (ip_network("2001::/32"), ip_network("2002::/16"))
"""Teredo and 6to4 carry an IPv4 address of anybody's choice, and no server needs them any more."""


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether this is an address that everybody can reach: not this machine's, not its network's, not a group's.

    Source: the registries of special addresses at iana.org (RFC 6890), by way of Python's `is_global`; an IPv6 address
    that carries an IPv4 one is what it carries.
    """
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        if address not in _GIVEN_OUT or any(address in tunnel for tunnel in _TUNNELS):
            return False
    return address.is_global and not address.is_multicast


LONGEST_LOOKUP = 10.0
"""Seconds that a name may take to be looked up: the system's own patience is a name server's to stretch."""

_looking: dict[tuple[str, int], Future[list[Any]]] = {}
_guard = threading.Lock()


def addresses_of(host: str, port: int) -> list[IPv4Address | IPv6Address]:
    """Every address of a host, as the system finds them: numbers in any notation are addresses too. Raises OSError."""
    try:
        found = _looked_up(host, port).result(LONGEST_LOOKUP)
    except TimeoutError as error:
        raise socket.gaierror(socket.EAI_AGAIN, "no name server answers") from error
    except UnicodeError as error:
        raise socket.gaierror(socket.EAI_NONAME, "no name can look like this") from error
    return list(dict.fromkeys(ip_address(str(place[0])) for *_, place in found))


def _looked_up(host: str, port: int) -> Future[list[Any]]:
    """The look-up of a name that is under way, or a new one: of each name, one thread at the most hangs."""
    key = (host, port)
    with _guard:
        under_way = _looking.get(key)
        if under_way is None:
            under_way = _looking[key] = Future()
            threading.Thread(target=_look_up, args=(key, under_way), name=f"name {host}", daemon=True).start()
        return under_way


def _look_up(key: tuple[str, int], done: Future[list[Any]]) -> None:
    try:
        done.set_result(socket.getaddrinfo(*key, type=socket.SOCK_STREAM))
    except Exception as error:
        done.set_exception(error)
    finally:
        with _guard:
            del _looking[key]
