"""The HTTP side: requests read whole; answers sent whole, in half, or not at all."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from mastodon_mock.routers.helpers import read_body
from starlette.requests import Request as StarletteRequest
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"


class Refusal(Exception):
    """The server says no: a status and Mastodon's one-line reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    scope: Scope

    def values(self, name: str) -> list[str]:
        """Every value of a query parameter, spelled `name` or `name[]`."""
        return [value for key, value in parse_qsl(self.query, keep_blank_values=True) if key in (name, f"{name}[]")]

    def value(self, name: str) -> str | None:
        return next(iter(self.values(name)), None)

    def truth(self, name: str) -> bool:
        return (self.value(name) or "").lower() in ("true", "1", "on")

    @property
    def token(self) -> str:
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    def asgi_scope(self) -> Scope:
        scope = dict(self.scope)
        scope.update(path=self.path, raw_path=self.path.encode(), query_string=self.query.encode())
        return scope

    async def params(self) -> dict[str, Any]:
        """The body's parameters, from JSON or a form; `name[]` becomes a list under `name`."""
        return await read_body(StarletteRequest(self.asgi_scope(), self.replay()))

    def replay(self) -> Receive:
        """The body once more, for an application that reads it from the wire."""
        messages: list[Message] = [{"type": "http.request", "body": self.body, "more_body": False}]

        async def receive() -> Message:
            if messages:
                return messages.pop()
            return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]

        return receive

    def with_target(self, path: str, query: str) -> "Request":
        return replace(self, path=path, query=query)


async def read_request(scope: Scope, receive: Receive) -> Request:
    chunks: list[bytes] = []
    more = True
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    return Request(
        scope["method"], scope["path"], scope["query_string"].decode("latin-1"), headers, b"".join(chunks), scope
    )


@dataclass(slots=True)
class Answer:
    """What goes back. `payload` is a JSON value still to be written out; `body` is bytes as they are."""

    status: int = 200
    payload: Any = None
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def content(self) -> bytes:
        if self.body is None:
            self.headers.setdefault("content-type", JSON)
            self.body = msgspec.json.encode(self.payload)
        return self.body


async def ask(app: ASGIApp, request: Request) -> Answer:
    """The inner application's answer to a request, with JSON taken apart."""
    answer = Answer(body=b"")
    chunks: list[bytes] = []

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {name.decode().lower(): value.decode("latin-1") for name, value in message["headers"]}
        else:
            chunks.append(message.get("body", b""))

    await app(request.asgi_scope(), request.replay(), send)
    answer.body = b"".join(chunks)
    answer.headers.pop("content-length", None)
    if answer.headers.get("content-type", "").startswith("application/json"):
        answer.payload, answer.body = msgspec.json.decode(answer.body), None
        answer.headers["content-type"] = JSON
    return answer


class ClosableProtocol(HttpToolsProtocol):
    """uvicorn's protocol, handing its transport to the application: the only way to hang up without an answer."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"]["transport"] = self.transport


class Connection:
    """The one client that waits for one answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._transport: asyncio.Transport = scope["state"]["transport"]
        self.receive = receive
        self.send = send

    async def answer(self, answer: Answer) -> None:
        content = answer.content()
        await self._start(answer, len(content))
        await self.send({"type": "http.response.body", "body": content})

    async def half(self, answer: Answer) -> None:
        """Promises the whole length, sends half, hangs up."""
        content = answer.content()
        await self._start(answer, len(content))
        await self.send({"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True})
        await self.close()

    async def close(self) -> None:
        self._transport.close()
        await self.wait_for_the_client_to_leave()

    async def wait_for_the_client_to_leave(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass

    async def _start(self, answer: Answer, length: int) -> None:
        headers = {**answer.headers, "content-length": str(length)}
        lines = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
        await self.send({"type": "http.response.start", "status": answer.status, "headers": lines})
