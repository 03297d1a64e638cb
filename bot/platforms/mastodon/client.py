"""Requests to a Mastodon server: read over one pool, and written so that it is known whether anything left."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode

import msgspec
import requests
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ReadTimeoutError
from urllib3.response import BaseHTTPResponse, HTTPResponse
from urllib3.util import Timeout, make_headers

from bot.errors import FailureDetail, Outcome
from bot.platforms import http_client
from bot.platforms.base import CONNECT_TIMEOUT, LONGEST_CONNECTING, READ_TIMEOUT, USER_AGENT, Clock
from bot.platforms.http_client import (
    MAX_BODY,
    DeadlineConnection,
    HttpAnswer,
    NeverConnected,
    TooLate,
    body_of,
    causes,
    decoded,
    is_too_late,
    salvaged,
    send_deadline,
    why_unreachable,
)
from bot.platforms.mastodon.entities import Accepted
from bot.platforms.mastodon.errors import Explainer

Shape = TypeVar("Shape")

PLAINLY: Mapping[str, str] = {}


class Unanswered(Exception):
    """A request that got no answer: what that proves, and why in plain words; `connected` unless it got nowhere."""

    def __init__(
        self, proved: Outcome, why: str, *, connected: bool = True, detail: FailureDetail | None = None
    ) -> None:
        super().__init__(why)
        self.proved = proved
        self.why = why
        self.connected = connected
        self.detail = detail


class BrokenOff(Exception):
    """We stopped reading an answer that went on too long."""


class Connections(Protocol):
    """What carries questions to one server. Follows no redirect, repeats nothing, and keeps no cookie."""

    def get(self, address: str, headers: Mapping[str, str]) -> HttpAnswer:
        """Return the server's answer, whatever it says. Raise Unanswered (not sent) when it does not answer whole."""

    def close(self) -> None: ...


class Reader:
    """GET requests, with the account's token or without one.

    `agent` says who asks; a server that is not ours is asked over `connections` that guard us.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        explain: Explainer,
        *,
        agent: str = USER_AGENT,
        connections: Connections | None = None,
    ) -> None:
        self.explain = explain
        self.has_token = bool(token)
        self._base_url = base_url.rstrip("/")
        self._headers = {"User-Agent": agent, "Accept": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._connections = connections or KeptConnections(self._base_url)

    def ask(
        self, path: str, doing: str, headers: Mapping[str, str] = PLAINLY, **query: str | Sequence[str]
    ) -> HttpAnswer:
        """Send a request, and return the server's answer, whatever it says. Raise PlatformError (not sent) when it does
        not answer whole."""
        address = f"{self._base_url}{path}?{urlencode(query, doseq=True)}".removesuffix("?")
        try:
            return self._connections.get(address, {**self._headers, **headers})
        except Unanswered as silence:
            problem = self.explain.unanswered(doing, silence.why, silence.proved)
            problem.unreachable = not silence.connected
        raise problem

    def get(self, path: str, doing: str, **query: str) -> HttpAnswer:
        """Return an answer that is a success. Raise PlatformError for every other one."""
        answer = self.ask(path, doing, PLAINLY, **query)
        if not answer.is_success:
            raise self.explain.refused_read(answer, doing)
        return answer

    def read(self, shape: type[Shape], path: str, doing: str, **query: str) -> Shape:
        """Return a successful answer in the shape asked for. Raise PlatformError when it has another."""
        return self.shaped(shape, self.get(path, doing, **query), doing)

    def shaped(self, shape: type[Shape], answer: HttpAnswer, doing: str, *, lenient: bool = False) -> Shape:
        """Return the answer's JSON. Raise PlatformError (not sent) when it is not of this shape.

        A `lenient` reading leaves out what is odd, where nothing is proved by it.
        """
        entity = decoded(answer.body, msgspec.json.Decoder(shape, strict=False))
        if entity is None and lenient and issubclass(shape, msgspec.Struct) and isinstance(body_of(answer), dict):
            entity, _ = salvaged(body_of(answer), shape)
        if entity is None:
            raise self.explain.unreadable(doing, Outcome.NOT_SENT, answer)
        return entity

    def close(self) -> None:
        self._connections.close()


_BLOCK = 64 * 1024


class _Http(DeadlineConnection):
    def connect(self) -> None:
        _connect(self, super().connect)


class _Https(DeadlineConnection, HTTPSConnection):
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


class _PooledAdapter(http_client.Adapter):
    pools: Mapping[str, type[HTTPConnectionPool]] = {"http": _HttpPool, "https": _HttpsPool}

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)  # type: ignore[no-untyped-call, unused-ignore]
        self.poolmanager.pool_classes_by_scheme = self.pools

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **options)  # type: ignore[no-untyped-call, unused-ignore]
        manager.pool_classes_by_scheme = self.pools
        return manager


_MOST_CONNECTIONS = 20
_KEPT_SECONDS = 5.0
"""How long a connection is kept after its last question: one that rested for longer may be cut without a word."""


class _Kept(HTTPConnection):
    _asked_at = 0.0

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        self._asked_at = time.monotonic()
        return super().getresponse()

    @property
    def is_connected(self) -> bool:
        return super().is_connected and time.monotonic() - self._asked_at < _KEPT_SECONDS


class _KeptHttp(_Kept, _Http): ...


class _KeptHttps(_Kept, _Https): ...


class _KeptHttpPool(HTTPConnectionPool):
    ConnectionCls = _KeptHttp


class _KeptHttpsPool(HTTPSConnectionPool):
    ConnectionCls = _KeptHttps


class _KeptAdapter(_PooledAdapter):
    pools: Mapping[str, type[HTTPConnectionPool]] = {"http": _KeptHttpPool, "https": _KeptHttpsPool}

    def way_to(self, base_url: str) -> tuple[Any, str]:
        """Return the pool of connections to a server, and what each address begins with there: where a proxy passes
        plain http on it is told the whole of it."""
        with requests.Session() as session:
            http_client.configure_session(session, base_url)
            request = requests.Request("GET", base_url).prepare()
            pool = self.get_connection_with_tls_context(request, session.verify, session.proxies)
            return pool, self.request_url(request, session.proxies).removesuffix("/")


_READABLE = make_headers(accept_encoding=True)


class KeptConnections:
    """Questions to our own server, by all threads over one pool of connections.

    requests makes it, who knows of proxies and certificates. It is not asked for each question: what it does there
    takes longer than the question.
    """

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url

    @cached_property
    def _way(self) -> tuple[HTTPConnectionPool, str]:
        """Found when it is first needed: a new worker posts what is due before it reads anything."""
        return _KeptAdapter(pool_maxsize=_MOST_CONNECTIONS, pool_block=True).way_to(self._base_url)

    def get(self, address: str, headers: Mapping[str, str]) -> HttpAnswer:
        timeout, asked = Timeout(connect=CONNECT_TIMEOUT, read=READ_TIMEOUT), {**_READABLE, **headers}
        plainly: dict[str, Any] = {"retries": False, "redirect": False, "assert_same_host": False}
        try:
            pool, begins_with = self._way
            place = begins_with + address.removeprefix(self._base_url)
            response = pool.urlopen("GET", place, headers=asked, timeout=timeout, preload_content=False, **plainly)
            try:
                return HttpAnswer(response.status, response.headers, _body_of(response))
            finally:
                response.close()
                response.release_conn()  # or nobody else gets it, where an answer was not read to its end
        except Exception as error:  # the library lets errors of others through, and none may reach a service
            silence = _unread(error)
        raise silence

    def close(self) -> None:
        if "_way" in vars(self):
            self._way[0].close()


def _unread(error: Exception) -> Unanswered:
    """Return why a question got no answer; it has changed nothing, whatever became of it."""
    reasons = causes(error)
    connected = not any(isinstance(cause, NeverConnected) for cause in reasons)
    if isinstance(error, BrokenOff):
        why = "its answer had no end"
    elif any(isinstance(cause, TimeoutError | ReadTimeoutError) for cause in reasons):
        why = "it took too long"
    elif not connected:
        why = why_unreachable(error)
    else:
        why = f"the connection broke: {type(error).__name__}"
    return Unanswered(Outcome.NOT_SENT, why, connected=connected)


def _body_of(response: BaseHTTPResponse) -> bytes:
    """Return the whole body. Raise BrokenOff when it is too long or too slow: a timeout only bounds the wait for the
    next byte."""
    deadline = time.monotonic() + READ_TIMEOUT
    pieces: list[bytes] = []
    size = 0
    while piece := response.read1(_BLOCK, decode_content=True):
        pieces.append(piece)
        size += len(piece)
        if size > MAX_BODY or time.monotonic() > deadline:
            raise BrokenOff
    return b"".join(pieces)


_ASSUMED_VERSION = "4.3.0"
"""Told to Mastodon.py so that it asks the server for nothing: a failing question makes it recurse hundreds of times."""


class AnswerTaken(Exception):
    """We have the answer. The library is not let near it: it follows redirects, and is slow to read what we know."""


class _Wire(_PooledAdapter):
    """Sends one request on a fresh connection, once, and keeps what came back. Belongs to one thread."""

    has_begun = False
    answer: HttpAnswer | None = None

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        if isinstance(request.body, bytes) and len(request.body) > _BLOCK:
            # Sent in one piece, all of it would have to leave within the time allowed for connecting.
            request.body = io.BytesIO(request.body)  # type: ignore[assignment]
        self.has_begun = True
        try:
            with super().send(request, **{**options, "stream": True}) as response:
                self.answer = HttpAnswer(response.status_code, response.headers)
                self.answer = HttpAnswer(response.status_code, response.headers, _written_body(response))
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

    def send(self, request: Callable[[Any], object], leave_by: datetime | None = None) -> HttpAnswer:
        """Send what `request` asks of the client, and return the server's answer. Raise Unanswered, also after
        `leave_by` (UTC)."""
        client, wire = self._client()
        wire.has_begun, wire.answer = False, None
        problem: Exception | None = None
        try:
            with send_deadline(lambda: is_too_late(self._clock, leave_by)):
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
            http_client.configure_session(session, self._base_url)
            session.mount("https://", wire)
            session.mount("http://", wire)
            self._kept.client = self._new_client(session)
            self._kept.wire = wire
        return self._kept.client, self._kept.wire

    def _new_client(self, session: requests.Session) -> Any:
        from bot.platforms.mastodon.library import Mastodon  # 15 ms of a `bot run --once` that has nothing to post

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
    from requests_toolbelt.multipart.encoder import MultipartEncoder  # and 16 modules more, which text does without

    body = MultipartEncoder(form)  # type: ignore[no-untyped-call, unused-ignore]
    headers = {
        "Authorization": f"Bearer {client.access_token}",
        "User-Agent": client.user_agent,
        "Content-Type": body.content_type,
    }
    client.session.post(client.api_base_url + path, data=body, headers=headers, timeout=client.request_timeout)


def _written_body(response: requests.Response) -> bytes:
    """Return the whole body, empty when it is too long or too slow; the status still tells something then."""
    try:
        return _body_of(response.raw)
    except BrokenOff:
        return b""


def _unanswered(problem: Exception | None, *, has_begun: bool) -> Unanswered:
    reasons = causes(problem)
    if any(isinstance(cause, TooLate) for cause in reasons):
        asleep = "this computer was asleep when it should have been sent"
        return Unanswered(Outcome.NOT_SENT, asleep, detail=FailureDetail.ASLEEP)
    if not has_begun:
        return Unanswered(Outcome.NOT_SENT, f"it was not sent: {type(problem).__name__}")
    never = next((cause for cause in reasons if isinstance(cause, NeverConnected)), None)
    if never is not None:
        return Unanswered(Outcome.NOT_SENT, why_unreachable(never), connected=False)
    if any(isinstance(cause, requests.Timeout) for cause in reasons):
        return Unanswered(Outcome.AMBIGUOUS, "it took too long")
    return Unanswered(Outcome.AMBIGUOUS, "the connection broke")


_ACCEPTED = msgspec.json.Decoder(Accepted, strict=False)

Request = Callable[[Any], object]
"""Something to ask of a Mastodon.py client."""


class Sender:
    """`doing` is what the server is asked to do, in the words of an error."""

    def __init__(self, base_url: str, token: str, explain: Explainer, clock: Clock) -> None:
        self.explain = explain
        self._writer = Writer(base_url, token, clock)

    def ask(self, doing: str, request: Request, leave_by: datetime | None = None) -> HttpAnswer:
        """Send a request, and return the server's answer, whatever it says. Raise PlatformError (not sent or ambiguous)
        when it does not."""
        try:
            return self._writer.send(request, leave_by)
        except Unanswered as silence:
            problem = self.explain.unanswered(doing, silence.why, silence.proved)
            problem.unreachable, problem.detail = not silence.connected, silence.detail
        raise problem

    def send(self, doing: str, request: Request, leave_by: datetime | None = None) -> tuple[HttpAnswer, Accepted]:
        """Send a request, and return its answer, a success, and the status that was made by it. Raise PlatformError."""
        answer = self.ask(doing, request, leave_by)
        return answer, self.accepted(answer, doing)

    def accepted(self, answer: HttpAnswer, doing: str) -> Accepted:
        """Return the status that was made. Raise PlatformError; a success that shows none may have done anything."""
        return self._made(answer, doing, status_made(answer))

    def accepted_file(self, answer: HttpAnswer, doing: str) -> Accepted:
        """Return the file that was uploaded. Raise PlatformError as `accepted` does."""
        return self._made(answer, doing, file_made(answer))

    def _made(self, answer: HttpAnswer, doing: str, accepted: Accepted | None) -> Accepted:
        if not answer.is_success:
            raise self.explain.refused_write(answer, doing)
        if accepted is None:
            raise self.explain.unreadable(doing, Outcome.AMBIGUOUS, answer)
        return accepted


def status_made(answer: HttpAnswer) -> Accepted | None:
    """Return the status that a success shows, None for anything else: JSON with an id is what others give, too."""
    accepted = _decoded(answer)
    return accepted if accepted is not None and accepted.is_status else None


def file_made(answer: HttpAnswer) -> Accepted | None:
    """Return the file that a success shows, None for anything else."""
    accepted = _decoded(answer)
    return accepted if accepted is not None and accepted.is_file else None


def _decoded(answer: HttpAnswer) -> Accepted | None:
    return decoded(answer.body, _ACCEPTED) if answer.is_success else None
