"""Connections of the open web: to checked addresses only, and over after a while whatever the other side does."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpcore

LONGEST_EXCHANGE = 45.0
"""Seconds from looking a name up to the last byte of the answer; a server that drips would keep us for days."""

_MOST_ADDRESSES = 4

Checked = Callable[[str, int], list[str]]
"""The addresses at which a host may be asked at a port; raises what says why not."""


class Wire(httpcore.NetworkBackend):
    """Looks a name up once, has all its addresses checked, and connects to one of those: no second answer of a name
    server can lead elsewhere. TLS and the Host header go on naming the host."""

    def __init__(self, checked: Checked, longest: float = LONGEST_EXCHANGE) -> None:
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
                return _Timed(stream, until)
        raise failed


class _Timed(httpcore.NetworkStream):
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

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Timed(self._inner.start_tls(ssl_context, server_hostname, self._left(timeout)), self._until)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)

    def _left(self, timeout: float | None) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("it took too long")
        return left if timeout is None else min(left, timeout)
