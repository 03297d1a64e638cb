"""HTTP/1.1 on asyncio with httptools: small and fast, and free to break a connection wherever a fault asks for it."""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import cast

import httptools

from tests.servers.x.messages import Request, Response

Serve = Callable[[Request, asyncio.Event], Awaitable[Response | None]]
LARGEST_BODY = 32 * 1024 * 1024


class Connection(asyncio.Protocol):
    """One client connection; `serve` answers each request, or returns None to hang up without a word.

    Clients of this server send one request at a time, so pipelining is not kept in order.
    """

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self._gone = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._transport: asyncio.Transport | None = None
        self._start_message()
        self._parser = httptools.HttpRequestParser(self)

    def _start_message(self) -> None:
        self._url = b""
        self._headers: dict[str, str] = {}
        self._body = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop, which has set TCP_NODELAY already because the socket's protocol is IPPROTO_TCP."""
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """What was accepted stays accepted: running requests go on, only their answers are dropped."""
        self._gone.set()

    def data_received(self, data: bytes) -> None:
        """Called by the event loop with the next bytes."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._send(Response(400, b"{}"), keep_alive=False)

    def on_url(self, url: bytes) -> None:
        """Called by the parser, possibly in pieces."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser for each header."""
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Some clients wait for leave before they send a large body."""
        if self._headers.get("expect", "").lower() == "100-continue" and self._transport is not None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """Called by the parser, in pieces."""
        self._body += body
        if len(self._body) > LARGEST_BODY and self._transport is not None:
            self._transport.abort()

    def on_message_complete(self) -> None:
        """Called by the parser when the whole request is here."""
        path, _, query = self._url.decode("latin-1").partition("?")
        method = self._parser.get_method().decode("ascii")
        request = Request(method, path, query, self._headers, bytes(self._body))
        task = asyncio.ensure_future(self._respond(request, self._parser.should_keep_alive()))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._start_message()

    async def _respond(self, request: Request, keep_alive: bool) -> None:
        response = await self._serve(request, self._gone)
        if self._transport is None or self._transport.is_closing():
            return
        if response is None:
            self._transport.close()
        else:
            self._send(response, keep_alive)

    def _send(self, response: Response, keep_alive: bool) -> None:
        if self._transport is None:
            return
        self._transport.write(_head(response, keep_alive))
        self._transport.write(response.body[: len(response.body) // 2] if response.half else response.body)
        if response.half or not keep_alive:
            self._transport.close()


def _head(response: Response, keep_alive: bool) -> bytes:
    lines = [
        f"HTTP/1.1 {response.status} {_phrase(response.status)}",
        f"content-type: {response.content_type}",
        f"content-length: {len(response.body)}",
        *(f"{name}: {value}" for name, value in response.headers.items()),
    ]
    if not keep_alive:
        lines.append("connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
