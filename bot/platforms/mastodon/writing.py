"""Writing to a Mastodon server through Mastodon.py, in a way that never leaves open whether anything was sent.

Every write has a connection of its own: on one kept alive, a close by the server that crosses our request cannot be
told from an answer that was lost. Connecting, TLS included, is set apart from all that comes after it, and
the answer is taken from the wire, because the library also raises errors after a success (an odd
`X-RateLimit-Reset`, a deprecation header).
"""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import requests
from mastodon import Mastodon
from requests.adapters import HTTPAdapter
from requests_toolbelt.multipart.encoder import MultipartEncoder
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from bot.errors import Answer
from bot.platforms import environment
from bot.platforms.base import CONNECT_TIMEOUT, LONGEST_CONNECTING, READ_TIMEOUT, USER_AGENT, Clock, is_too_late
from bot.platforms.leaving import Punctual, TooLate, leaving
from bot.platforms.mastodon.answers import MAX_BODY, Answered
from bot.platforms.unreachable import why_unreachable

_ASSUMED_VERSION = "4.3.0"
"""Told to Mastodon.py so that it asks the server for nothing: a failing question makes it recurse hundreds of times."""

_BLOCK = 64 * 1024


class Unanswered(Exception):
    """A request that got no answer: what that proves, and why in plain words; `connected` unless it got nowhere."""

    def __init__(self, proved: Answer, why: str, *, connected: bool = True) -> None:
        super().__init__(why)
        self.proved = proved
        self.why = why
        self.connected = connected


class NeverConnected(NewConnectionError):
    """Nothing of the request left: no address, no connection, no TLS, or no way through the proxy."""


class AnswerTaken(Exception):
    """We have the answer. The library is not let near it: it follows redirects, and is slow to read what we know."""


class _Http(Punctual):
    def connect(self) -> None:
        _connect(self, super().connect)


class _Https(Punctual, HTTPSConnection):
    def connect(self) -> None:
        _connect(self, super().connect)


def _connect(connection: HTTPConnection, connect: Callable[[], None]) -> None:
    begun = time.monotonic()
    try:
        connect()
    except Exception as error:
        raise NeverConnected(connection, type(error).__name__) from error
    if time.monotonic() - begun > LONGEST_CONNECTING:
        connection.close()
        raise NeverConnected(connection, "asleep")


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


_POOLS = {"http": _HttpPool, "https": _HttpsPool}


class _Wire(HTTPAdapter):
    """Sends one request on a fresh connection, once, and keeps what came back. Belongs to one thread."""

    has_begun = False
    answer: Answered | None = None

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)  # type: ignore[no-untyped-call, unused-ignore]
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **options)  # type: ignore[no-untyped-call, unused-ignore]
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        if isinstance(request.body, bytes) and len(request.body) > _BLOCK:
            # Sent in one piece, all of it would have to leave within the time allowed for connecting.
            request.body = io.BytesIO(request.body)  # type: ignore[assignment]
        self.has_begun = True
        try:
            with super().send(request, **{**options, "stream": True}) as response:
                self.answer = Answered(response.status_code, response.headers)
                self.answer = Answered(response.status_code, response.headers, _body_of(response))
        finally:
            self.close()
        raise AnswerTaken


class Writer:
    """Mastodon.py for one account, one client to a thread. Waits for no rate limit and repeats nothing."""

    def __init__(self, base_url: str, token: str, clock: Clock) -> None:
        self._base_url = base_url
        self._token = token
        self._clock = clock
        self._kept = threading.local()

    def send(self, request: Callable[[Any], object], leave_by: datetime | None = None) -> Answered:
        """The server's answer to what `request` asks of the client. Raises Unanswered, also after `leave_by` (UTC)."""
        client, wire = self._client()
        wire.has_begun, wire.answer = False, None
        problem: Exception | None = None
        try:
            with leaving(lambda: is_too_late(self._clock, leave_by)):
                request(client)
        except Exception as error:  # the library raises whatever its parsing stumbles over; the wire knows better
            problem = error
        answer, wire.answer = wire.answer, None
        if answer is not None:
            return answer
        raise _unanswered(problem, has_begun=wire.has_begun)

    def _client(self) -> tuple[Any, _Wire]:
        if not hasattr(self._kept, "client"):
            wire = _Wire()
            session = requests.Session()
            environment.settle(session, self._base_url)
            session.mount("https://", wire)
            session.mount("http://", wire)
            self._kept.client = self._new_client(session)
            self._kept.wire = wire
        return self._kept.client, self._kept.wire

    def _new_client(self, session: requests.Session) -> Any:
        client = Mastodon(
            api_base_url=self._base_url,
            session=session,
            request_timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),  # type: ignore[arg-type, unused-ignore]
            ratelimit_method="throw",
            mastodon_version=_ASSUMED_VERSION,
            version_check_mode="created",
            user_agent=USER_AGENT,
        )
        client.access_token = self._token  # given to the constructor, it would be tried as a file's name first
        return client


def post_form(client: Any, path: str, form: Mapping[str, Any]) -> None:
    """Post a form with a file, read as it is sent: Mastodon.py would hold all of a video in memory, twice."""
    body = MultipartEncoder(form)  # type: ignore[no-untyped-call, unused-ignore]
    headers = {
        "Authorization": f"Bearer {client.access_token}",
        "User-Agent": client.user_agent,
        "Content-Type": body.content_type,
    }
    client.session.post(client.api_base_url + path, data=body, headers=headers, timeout=client.request_timeout)


def _body_of(response: requests.Response) -> bytes:
    """The whole body, empty when it is too long or too slow; the status still tells something then."""
    deadline = time.monotonic() + READ_TIMEOUT
    pieces: list[bytes] = []
    size = 0
    while piece := response.raw.read1(_BLOCK, decode_content=True):
        pieces.append(piece)
        size += len(piece)
        if size > MAX_BODY or time.monotonic() > deadline:
            return b""
    return b"".join(pieces)


def _unanswered(problem: Exception | None, *, has_begun: bool) -> Unanswered:
    causes = list(_chain(problem))
    if any(isinstance(cause, TooLate) for cause in causes):
        return Unanswered(Answer.NOT_SENT, "this computer was asleep when it should have been sent")
    if not has_begun:
        return Unanswered(Answer.NOT_SENT, f"it was not sent: {type(problem).__name__}")
    never = next((cause for cause in causes if isinstance(cause, NeverConnected)), None)
    if never is not None:
        return Unanswered(Answer.NOT_SENT, why_unreachable(never), connected=False)
    if any(isinstance(cause, requests.Timeout) for cause in causes):
        return Unanswered(Answer.AMBIGUOUS, "it took too long")
    return Unanswered(Answer.AMBIGUOUS, "the connection broke")


def _chain(error: object) -> list[BaseException]:
    """An error and all it was made of: Mastodon.py and requests keep causes in contexts, arguments and `reason`."""
    found: list[BaseException] = []
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and all(one is not other for other in found):
            found.append(one)
            waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    return found
