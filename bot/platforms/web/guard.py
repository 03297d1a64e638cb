"""What keeps requests to servers of anybody's choice away from this machine and its network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from ssl import SSLContext

import httpcore
import httpx

from bot.config.address import is_loopback
from bot.platforms.web.addresses import addresses_of, is_public
from bot.platforms.web.wire import LONGEST_EXCHANGE, Wire

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


class Guard(httpx.BaseTransport):
    """A transport for addresses from outside: http and https, at their usual ports, at public addresses.

    An address that a person wrote may have a port of its own, and may be this machine where it says so literally
    ("http://127.0.0.1:3000"). Every redirect is looked at anew. Proxies are not used: they would look names up
    themselves. `longest` is how many seconds an exchange may take from looking a name up to the last byte.
    """

    def __init__(self, written: Iterable[str] = (), *, at_once: int = 20, longest: float = LONGEST_EXCHANGE) -> None:
        self._written = {_origin(httpx.URL(address)) for address in written}
        self._pool = httpcore.ConnectionPool(
            ssl_context=_tls(),
            max_connections=at_once,
            max_keepalive_connections=0,  # the time of a connection is that of its one exchange
            network_backend=Wire(self._checked, longest),
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
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions)

    def close(self) -> None:
        self._pool.close()

    def _checked(self, host: str, port: int) -> list[str]:
        """The addresses of a host, if it may be asked. Raises NotPublic, or ConnectError for a name that is unknown."""
        try:
            found = addresses_of(host, port)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        is_ours = is_loopback(host) and (host, port) in self._written
        if not all(is_public(address) or (is_ours and address.is_loopback) for address in found):
            raise NotPublic(f"{host} leads to a private address")
        return [str(address) for address in found]


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
    """The errors of the layer below as those that callers of httpx know."""
    try:
        yield
    except tuple(_SAME) as error:
        raise _SAME[type(error)](str(error)) from error


def _origin(url: httpx.URL) -> tuple[str, int]:
    """Host and port, as they are looked up."""
    return url.raw_host.decode("ascii"), url.port or _PORTS.get(url.scheme, 0)


@lru_cache(maxsize=1)
def _tls() -> SSLContext:
    """Made once: reading all the certificates takes a while."""
    return httpx.create_ssl_context()
