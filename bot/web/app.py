"""The web application: routes behind their guard, the policy that every answer carries, and what is said of errors."""

from __future__ import annotations

import asyncio
import math
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from http import HTTPStatus
from typing import Any

import anyio.to_thread
from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.services.events import EventName, failure_facts
from bot.web import error_pages, languages, pages, routes, static_files
from bot.web.console import Console
from bot.web.languages import Speech

_FOR_EVER = "public, max-age=31536000, immutable"
_LONGEST_FORM = 256 * 1024
_THREADS, _REFRESHES = 4, 2
"""So many pages are made at once, and so many of those that open pages ask for by themselves: all do so in the same
moment, and whoever presses Stop then is not to stand behind them."""

_TOLD_NOBODY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""What FastAPI says of requests and errors to collectors that the environment names: errors hold words of people."""

_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), "
    "publickey-credentials-get=(self), publickey-credentials-create=(self)",
    "x-frame-options": "DENY",
}


def make_app(console: Console) -> ASGIApp:
    """Return the application for one campaign."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=_with_few_threads, telemetry=_TOLD_NOBODY)
    app.state.console = console
    pages.load()
    app.router.routes.extend(routes.router().routes)
    app.add_api_route("/static/{version}/{name:path}", _static, methods=["GET", "HEAD"], include_in_schema=False)
    error_pages.add_to(app)
    return Policy(app, console)


@asynccontextmanager
async def _with_few_threads(app: FastAPI) -> AsyncIterator[None]:
    """Pages are made by threads, of which one has the processor at a time: more would hold more memory, and make no
    page sooner. What waits for other servers has threads of its own (`asyncio.to_thread`)."""
    asyncio.get_running_loop().set_exception_handler(_told_now_and_then(app.state.console))
    anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS
    yield


_TOLD_EVERY_S = 60.0


def _told_now_and_then(console: Console) -> Callable[[asyncio.AbstractEventLoop, dict[str, Any]], None]:
    """Return what tells of a fault outside of all pages, once a minute: asyncio would write where it happened into the
    log, each second for as long as this process may open no more files."""
    told_at = -math.inf

    def tell(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        nonlocal told_at
        if (now := time.monotonic()) < told_at + _TOLD_EVERY_S:
            return
        told_at = now
        error = context.get("exception") or RuntimeError()
        facts = failure_facts(error)
        if isinstance(error, OSError) and error.strerror:
            facts = {"error": f"The console lets nobody in: {error.strerror}. It goes on by itself."}
        console.app.work.tell(EventName.FAILED, alarming=True, **facts)

    return tell


class Policy:
    """Holds every request to a host of ours and a bearable size, and every answer to the policy of the pages."""

    def __init__(self, app: ASGIApp, console: Console) -> None:
        self._app = app
        self._console = console
        self._by_themselves = asyncio.Semaphore(_REFRESHES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["state"] = {}
        headers = dict(scope["headers"])
        if host_of(headers.get(b"host", b"").decode("latin-1")) not in {
            *self._console.hosts,
            *self._console.rules.hosts,
        }:
            refused = self._speech(headers).gettext(
                "This console is not reached by that name. Add it to hosts under [console] in bot.toml."
            )
            await PlainTextResponse(refused, HTTPStatus.MISDIRECTED_REQUEST)(scope, receive, send)
            return
        length = headers.get(b"content-length", b"0")
        is_too_large = not length.isdigit() or int(length) > _LONGEST_FORM or b"transfer-encoding" in headers
        is_by_itself = scope["method"] == "GET" and headers.get(b"hx-request") == b"true"
        async with AsyncExitStack() as making:
            if is_by_itself:
                await making.enter_async_context(self._by_themselves)

            async def send_with_policy(message: Message) -> None:
                if message["type"] == "http.response.start":
                    await making.aclose()  # it is made: whoever reads slowly keeps nobody waiting
                    message["headers"] = [*message["headers"], *_policy(scope, message)]
                await send(message)

            if is_too_large:
                await error_pages.too_large(Request(scope), self._console)(scope, receive, send_with_policy)
                return
            with suppress(Exception):  # it is answered, and told of
                await self._app(scope, receive, send_with_policy)
        if self._console.rehearsal is not None and scope["method"] == "POST":
            self._console.rehearsal.playback.acted()

    def _speech(self, headers: Mapping[bytes, bytes]) -> Speech:
        language = languages.chosen("", headers.get(b"accept-language", b"").decode("latin-1"))
        return Speech(language, self._console.work.config.campaign.timezone)


def _policy(scope: Scope, message: Message) -> list[tuple[bytes, bytes]]:
    nonce = scope["state"].get("nonce") or secrets.token_urlsafe(16)
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self'; media-src 'self'; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    own = _HEADERS | {"content-security-policy": policy, "cache-control": "no-store"}
    if scope["scheme"] == "https":
        own["strict-transport-security"] = "max-age=31536000"
    said = {name.lower().decode("latin-1") for name, _ in message["headers"]}
    return [(name.encode(), value.encode()) for name, value in own.items() if name not in said]


def host_of(written: str) -> str:
    """Return the host of a Host header, without its port."""
    host = written.strip().lower()
    if host.startswith("["):
        return host.partition("]")[0][1:]
    return host.partition(":")[0]


def _static(request: Request, version: str, name: str) -> Response:
    """Return a file, kept for ever where the address has the hash of now; an address of before gets what there is now,
    unkept."""
    file = static_files.files().get(name)
    if file is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    headers = {"cache-control": _FOR_EVER if version == static_files.version() else "no-store"}
    content = file.content
    if file.gzipped is not None:
        headers["vary"] = "accept-encoding"
        if "gzip" in request.headers.get("accept-encoding", ""):
            content, headers["content-encoding"] = file.gzipped, "gzip"
    return Response(content, media_type=file.media_type, headers=headers)
