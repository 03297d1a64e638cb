"""Requests to servers of anybody's choice (SSRF): public addresses only, pinned, without cookies, and with an end."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import cached_property
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import httpcore
import httpx

from bot.files.config.address import is_loopback
from bot.platforms.web.certificates import shared_ssl_context


def none_kept() -> CookieJar:
    """Return a jar that stays empty."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


_GIVEN_OUT = ip_network("2000::/3")
_NAT64 = ip_network("64:ff9b::/96")
_TUNNELS = (ip_network("2001::/32"), ip_network("2002::/16"))
"""Teredo and 6to4 carry an IPv4 address of anybody's choice, and no server needs them any more."""


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Return whether this is an address that everybody can reach: not this machine's, not its network's, not a group's.

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
    """Return every address of a host, as the system finds them: numbers in any notation are addresses too. Raise
    OSError."""
    try:
        looked_up = _looked_up(host, port).result(LONGEST_LOOKUP)
    except TimeoutError as error:
        raise socket.gaierror(socket.EAI_AGAIN, "no name server answers") from error
    except UnicodeError as error:
        raise socket.gaierror(socket.EAI_NONAME, "no name can look like this") from error
    return list(dict.fromkeys(ip_address(str(place[0])) for *_, place in looked_up))


def _looked_up(host: str, port: int) -> Future[list[Any]]:
    """Return the look-up of a name that is under way, or a new one: of each name, one thread at most hangs."""
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


LONGEST_EXCHANGE = 45.0
"""Seconds from looking a name up to the last byte of the answer; a server that drips would keep us for days."""

_MOST_ADDRESSES = 4

Checked = Callable[[str, int], list[str]]
"""The addresses at which a host may be asked at a port; raises what says why not."""


class PinnedBackend(httpcore.NetworkBackend):
    """Looks a name up once, has all its addresses checked, and connects to one of those: no second answer of a name
    server can lead elsewhere. TLS and the Host header go on naming the host."""

    def __init__(self, checked: Checked, longest: float) -> None:
        self._checked = checked
        self._longest = longest
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        until = time.monotonic() + self._longest
        failed: Exception = httpcore.ConnectError("it has no address")
        for address in self._checked(host, port)[:_MOST_ADDRESSES]:
            try:
                stream = self._plain.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
            else:
                return TimedStream(stream, until)
        raise failed


class TimedStream(httpcore.NetworkStream):
    """A connection until an instant: one exchange goes over each, so this bounds the head of an answer too."""

    def __init__(self, inner: httpcore.NetworkStream, until: float) -> None:
        self._inner = inner
        self._until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._left(timeout))

    def close(self) -> None:
        self._inner.close()

    def lasts(self, seconds: float) -> None:
        """Extend the exchange by this many seconds."""
        self._until += seconds

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return TimedStream(self._inner.start_tls(ssl_context, server_hostname, self._left(timeout)), self._until)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)

    def _left(self, timeout: float | None) -> float:
        seconds = self._until - time.monotonic()
        if seconds <= 0:
            raise httpcore.ReadTimeout("it took too long")
        return seconds if timeout is None else min(seconds, timeout)


WRITTEN = "written"
"""The extension of a request that holds the address a person wrote, from which it may have been redirected since."""

_PORTS = {"http": 80, "https": 443}
_SAME: dict[type[Exception], type[httpx.TransportError]] = {
    httpcore.ConnectTimeout: httpx.ConnectTimeout,
    httpcore.ReadTimeout: httpx.ReadTimeout,
    httpcore.WriteTimeout: httpx.WriteTimeout,
    httpcore.PoolTimeout: httpx.PoolTimeout,
    httpcore.ConnectError: httpx.ConnectError,
    httpcore.ReadError: httpx.ReadError,
    httpcore.WriteError: httpx.WriteError,
    httpcore.LocalProtocolError: httpx.LocalProtocolError,
    httpcore.RemoteProtocolError: httpx.RemoteProtocolError,
    httpcore.UnsupportedProtocol: httpx.UnsupportedProtocol,
}


class NotPublic(httpx.TransportError):
    """An address that is not anybody's to ask; nothing was sent there. Its words tell why."""


class SafeTransport(httpx.BaseTransport):
    """A transport for addresses from outside: http and https, at their usual ports, at public addresses.

    An address that a person wrote may have a port of its own, and may be this machine where it says so literally
    ("http://127.0.0.1:3000"). Every redirect is looked at again. Proxies are not used: they would look names up
    themselves. `longest` is how many seconds an exchange may take from looking a name up to the last byte, and
    `head_within` how many of them until the body begins.
    """

    def __init__(
        self,
        written: Iterable[str] = (),
        *,
        at_once: int = 20,
        longest: float = LONGEST_EXCHANGE,
        head_within: float | None = None,
    ) -> None:
        self._for_body = 0.0 if head_within is None else longest - head_within
        self._written = {_origin(httpx.URL(address)) for address in written}
        self._at_once, self._for_head = at_once, longest - self._for_body

    @cached_property
    def _pool(self) -> httpcore.ConnectionPool:
        """Made when it is first needed, for it reads all the certificates."""
        return httpcore.ConnectionPool(
            ssl_context=shared_ssl_context(),
            max_connections=self._at_once,
            max_keepalive_connections=0,  # the time of a connection is that of its one exchange
            network_backend=PinnedBackend(self._checked, self._for_head),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        if WRITTEN in request.extensions:
            self._written.add(_origin(httpx.URL(request.extensions[WRITTEN])))
        if url.scheme not in _PORTS:
            raise NotPublic(f"{url.host} leads to something that is neither http nor https")
        if _origin(url)[1] not in _PORTS.values() and _origin(url) not in self._written:
            raise NotPublic(f"{url.host} leads to port {url.port}, where no public web server is")
        asked = httpcore.Request(
            request.method,
            httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _in_httpx_words():
            answer = self._pool.handle_request(asked)
        stream = answer.extensions.get("network_stream")
        if isinstance(stream, TimedStream):  # one that has changed its protocol is none any more, and ends
            stream.lasts(self._for_body)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions)

    def close(self) -> None:
        if "_pool" in vars(self):
            self._pool.close()

    def _checked(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host, if it may be asked. Raise NotPublic, or ConnectError for a name that is
        unknown."""
        try:
            addresses = addresses_of(host, port)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        is_ours = is_loopback(host) and (host, port) in self._written
        if not all(is_public(address) or (is_ours and address.is_loopback) for address in addresses):
            raise NotPublic(f"{host} leads to a private address")
        return [str(address) for address in addresses]


class _Body(httpx.SyncByteStream):
    """What follows the head of an answer."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        with _in_httpx_words():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


@contextmanager
def _in_httpx_words() -> Iterator[None]:
    """Raise the errors of the layer below as those that callers of httpx know."""
    try:
        yield
    except tuple(_SAME) as error:
        raise _SAME[type(error)](str(error)) from error


def _origin(url: httpx.URL) -> tuple[str, int]:
    """Host and port, as they are looked up."""
    return url.raw_host.decode("ascii"), url.port or _PORTS.get(url.scheme, 0)
