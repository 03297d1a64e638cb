"""Requests to X: tweepy over a transport of our own, each sent once and signed for the host that is really called."""

from __future__ import annotations

import logging
import ssl
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from datetime import datetime
from typing import Any

import oauthlib.oauth1
import requests
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, ProxyError

from bot.errors import FailureDetail, Outcome, PlatformError, Remedy, to_do
from bot.platforms import http_client
from bot.platforms.base import CONNECT_TIMEOUT, LONGEST_CONNECTING, READ_TIMEOUT, USER_AGENT, Clock
from bot.platforms.http_client import (
    MAX_BODY,
    DeadlineConnection,
    HttpAnswer,
    NeverConnected,
    TooLate,
    is_too_late,
    send_deadline,
    why_unreachable,
)
from bot.platforms.x.errors import HOST, refusal
from bot.platforms.x.library import Client, OAuth1
from bot.values import dataclass

_TALKATIVE = ("oauthlib", "requests_oauthlib", "tweepy")


def _nothing(_: logging.LogRecord) -> bool:
    return False


def silence_library_log() -> None:
    """Drop every record of these libraries, whatever level somebody sets later.

    A filter outlives `logging.config`; it acts only on the logger it hangs on, so each module's own gets one.
    """
    oauthlib.set_debug(False)
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in _TALKATIVE:
            logger = logging.getLogger(name)
            if _nothing not in logger.filters:
                logger.addFilter(_nothing)


silence_library_log()

_CHUNK = 64 * 1024
_NEVER_LEFT = (
    ConnectTimeoutError,  # urllib3's DNS and connection failures are kinds of it
    ProxyError,
    ssl.SSLCertVerificationError,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
)


class _TlsConnection(DeadlineConnection, HTTPSConnection):
    """Says of every failure up to the end of the TLS handshake that there never was a connection.

    Otherwise a handshake that failed looks like a connection that broke after the request had left.
    """

    def connect(self) -> None:
        begun = time.monotonic()
        try:
            super().connect()
        except (OSError, ValueError) as error:
            raise NeverConnected(self, type(error).__name__) from error
        if time.monotonic() - begun > LONGEST_CONNECTING:
            self.close()
            raise TooLate


class _Pool(HTTPConnectionPool):
    ConnectionCls = DeadlineConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Adapter(http_client.Adapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}


def new_session(base_url: str) -> requests.Session:
    """Return a session that keeps connections and nothing else: no retries, no cookies."""
    session = requests.Session()
    http_client.configure_session(session, base_url)
    session.mount("http://", _Adapter(max_retries=0))
    session.mount("https://", _Adapter(max_retries=0))
    session.headers["User-Agent"] = USER_AGENT
    return session


def exchange(
    session: requests.Session,
    request: requests.Request,
    read_timeout: float,
    is_too_late: Callable[[], bool] = lambda: False,
) -> HttpAnswer:
    """Send the request once and read the whole answer, whatever its status.

    Raise PlatformError: not sent when the request cannot have left, ambiguous for every other silence. The error
    is raised by itself, without the library's own beside it, which holds the signed request.
    """
    try:
        prepared = session.prepare_request(request)
    except (ValueError, TypeError, AttributeError, OSError) as error:
        failure = PlatformError(f"The request to X cannot be written ({_name(error)})", Outcome.NOT_SENT, host=HOST)
    else:
        try:
            return _send(session, prepared, read_timeout, is_too_late)
        except Exception as error:
            failure = _silence(error)
    raise failure


def _send(
    session: requests.Session, prepared: requests.PreparedRequest, read_timeout: float, is_too_late: Callable[[], bool]
) -> HttpAnswer:
    deadline = time.monotonic() + CONNECT_TIMEOUT + read_timeout
    settings = session.merge_environment_settings(prepared.url or "", {}, True, None, None)
    if is_too_late():  # here too, for a connection through a proxy is the library's own
        raise TooLate
    timeout = (CONNECT_TIMEOUT, read_timeout)
    with (
        send_deadline(is_too_late),
        session.send(prepared, timeout=timeout, allow_redirects=False, **settings) as response,
    ):
        return HttpAnswer(response.status_code, response.headers, _body(response, deadline))


def _body(response: requests.Response, deadline: float) -> bytes:
    """Return the body, read bit by bit so that a trickle cannot outlive the deadline that reconciling counts on."""
    body = bytearray()
    while True:
        seconds = deadline - time.monotonic()
        if seconds <= 0 or len(body) > MAX_BODY:
            raise TimeoutError
        sock = getattr(response.raw.connection, "sock", None)
        if sock is not None:
            sock.settimeout(seconds)
        piece = response.raw.read1(_CHUNK, decode_content=True)
        if not piece:
            return bytes(body)
        body += piece


def _silence(error: BaseException) -> PlatformError:
    if isinstance(error, TooLate):
        asleep = "This computer was asleep when the request to X should have left"
        return PlatformError(asleep, Outcome.NOT_SENT, host=HOST, detail=FailureDetail.ASLEEP)
    if _never_left(error):
        message = f"X cannot be reached ({why_unreachable(error)}): nothing was sent"
        return PlatformError(message, Outcome.NOT_SENT, more=". Check the network", unreachable=True, host=HOST)
    return PlatformError(
        f"X did not answer ({_name(error)}): what became of the request is not known", Outcome.AMBIGUOUS, host=HOST
    )


def _never_left(error: object) -> bool:
    """Return whether a request never left. Only what the libraries put into their errors counts: `__context__` may hold
    somebody else's trouble."""
    while isinstance(error, BaseException):
        if isinstance(error, _NEVER_LEFT):
            return True
        error = getattr(error, "reason", None) or next(iter(error.args), None)
    return False


def _name(error: BaseException) -> str:
    """Return the kind of the innermost error; never its text, which can quote the request."""
    inner: object = error
    while isinstance(inner, BaseException):
        error, inner = inner, getattr(inner, "reason", None) or next(iter(inner.args), None)
    return type(error).__name__


@dataclass(frozen=True)
class Keys:
    """The app's key and secret, and the user's token and its secret; none of them is ever printed."""

    api_key: str = field(repr=False)
    api_secret: str = field(repr=False)
    access_token: str = field(default="", repr=False)
    access_token_secret: str = field(default="", repr=False)

    def removed_from(self, reply: HttpAnswer) -> HttpAnswer:
        """Return the answer without any of them, should somebody on the way have echoed the request."""
        body = reply.body
        for key in (self.api_key, self.api_secret, self.access_token, self.access_token_secret):
            body = body.replace(key.encode(), b"[secret]") if key else body
        return HttpAnswer(reply.status, reply.headers, body)

    def signature(self, *, callback_uri: str | None = None, verifier: str | None = None) -> OAuth1:
        """Signs a request by OAuth 1.0a. `decoding=None` keeps the headers text."""
        return OAuth1(
            self.api_key,
            client_secret=self.api_secret,
            resource_owner_key=self.access_token or None,
            resource_owner_secret=self.access_token_secret or None,
            callback_uri=callback_uri,
            verifier=verifier,
            decoding=None,
        )


@dataclass(frozen=True)
class Access:
    """Which account asks, where, and by which clock; `read_timeout` in seconds."""

    account: str
    base_url: str
    keys: Keys
    clock: Clock
    read_timeout: float = READ_TIMEOUT

    @property
    def user_id(self) -> str:
        """Our own user id: an access token begins with it. Raise PlatformError where it does not."""
        user_id = self.keys.access_token.partition("-")[0]
        if user_id.isascii() and user_id.isdigit():
            return user_id
        advice = f"run `{to_do(Remedy.LOG_IN, self.account)}` for a token of OAuth 1.0a"
        message = f"The access token of account {self.account} does not begin with its user's number: {advice}"
        raise PlatformError(
            message,
            Outcome.REJECTED,
            remedy=Remedy.LOG_IN,
            closes_account=True,
            host=HOST,
            account=self.account,
        )


class XClient(Client):
    """tweepy knows X's routes and parameters; requests, signatures, timeouts and errors are ours.

    tweepy itself signs for api.twitter.com, waits for ever, logs headers at DEBUG, and fails on odd bodies. It also
    keeps every client it has seen alive through a cache on the user's id.
    """

    def __init__(self, access: Access) -> None:
        super().__init__(return_type=requests.Response, wait_on_rate_limit=False)  # type: ignore[no-untyped-call]
        self.session: requests.Session = new_session(access.base_url)
        self._access = access
        self._auth = access.keys.signature()
        self.leave_by: datetime | None = None

    def request(
        self,
        method: str,
        route: str,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        user_auth: bool = True,
        files: Mapping[str, Any] | None = None,
    ) -> HttpAnswer:
        """Return one signed request. Raise PlatformError for every answer that is no success, and for none at all."""
        access = self._access
        request = requests.Request(
            method, access.base_url + route, params=params, json=json, files=files, auth=self._auth
        )
        reply = exchange(self.session, request, access.read_timeout, lambda: is_too_late(access.clock, self.leave_by))
        if 200 <= reply.status < 300:
            return reply
        refused = refusal(access.keys.removed_from(reply), access.account, access.clock(), reads=method == "GET")
        refused.pauses_account = reply.status == 429 and (method, route) == ("POST", "/2/tweets")
        raise refused

    def _get_authenticating_user_id(self, *, oauth_1: bool = True) -> str:
        return self._access.user_id


class Clients:
    """One client for each thread, since a session is not safe to share."""

    def __init__(self, access: Access) -> None:
        silence_library_log()
        self.access = access
        self._own = threading.local()
        self._all: weakref.WeakSet[XClient] = weakref.WeakSet()
        self._lock = threading.Lock()

    @property
    def mine(self) -> Any:
        """This thread's client. Untyped, as tweepy's methods are; each call gives back a `HttpAnswer`."""
        client = getattr(self._own, "client", None)
        if client is None:
            client = self._own.client = XClient(self.access)
            with self._lock:
                self._all.add(client)
        return client

    @contextmanager
    def leaving(self, leave_by: datetime | None) -> Iterator[Any]:
        """Lend this thread's client, whose requests do not leave any more after `leave_by` (UTC)."""
        client = self.mine
        client.leave_by = leave_by
        try:
            yield client
        finally:
            client.leave_by = None

    def close(self) -> None:
        """Close the connections of every thread."""
        with self._lock:
            for client in list(self._all):
                client.session.close()
