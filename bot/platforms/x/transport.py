"""One HTTP request to X, and what its failure proves: nothing is repeated, followed, or awaited without end."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ProxyError

from bot.errors import Answer, PlatformError
from bot.platforms import environment
from bot.platforms.base import CONNECT_TIMEOUT, LONGEST_CONNECTING, USER_AGENT
from bot.platforms.leaving import Punctual, TooLate, leaving
from bot.platforms.unreachable import why_unreachable
from bot.platforms.x.errors import Reply

LARGEST_ANSWER = 16 * 1024 * 1024
_CHUNK = 64 * 1024
_NEVER_LEFT = (
    ConnectTimeoutError,  # urllib3's DNS and connection failures are kinds of it
    ProxyError,
    ssl.SSLCertVerificationError,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
)


class TlsFailed(NewConnectionError):
    """The connection was not made safe: a wrong certificate, or something on the way that is not X."""


class _TlsConnection(Punctual, HTTPSConnection):
    """Says of every failure up to the end of the TLS handshake that there never was a connection.

    Otherwise a handshake that failed looks like a connection that broke after the request had left.
    """

    def connect(self) -> None:
        begun = time.monotonic()
        try:
            super().connect()
        except (OSError, ValueError) as error:
            raise TlsFailed(self, type(error).__name__) from error
        if time.monotonic() - begun > LONGEST_CONNECTING:
            self.close()
            raise TooLate


class _Pool(HTTPConnectionPool):
    ConnectionCls = Punctual


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}


def new_session(base_url: str) -> requests.Session:
    """A session that keeps connections and nothing else: no retries, no cookies."""
    session = requests.Session()
    environment.settle(session, base_url)
    session.mount("http://", _Adapter(max_retries=0))
    session.mount("https://", _Adapter(max_retries=0))
    session.headers["User-Agent"] = USER_AGENT
    return session


def exchange(
    session: requests.Session,
    request: requests.Request,
    read_timeout: float,
    is_too_late: Callable[[], bool] = lambda: False,
) -> Reply:
    """Send the request once and read the whole answer, whatever its status.

    Raises PlatformError: not sent when the request cannot have left, ambiguous for every other silence. The error
    is raised by itself, without the library's own beside it, which holds the signed request.
    """
    try:
        prepared = session.prepare_request(request)
    except (ValueError, TypeError, AttributeError, OSError) as error:
        failure = PlatformError(f"The request to X cannot be written ({_name(error)})", Answer.NOT_SENT)
    else:
        try:
            return _send(session, prepared, read_timeout, is_too_late)
        except Exception as error:
            failure = _silence(error)
    raise failure


def _send(
    session: requests.Session, prepared: requests.PreparedRequest, read_timeout: float, is_too_late: Callable[[], bool]
) -> Reply:
    deadline = time.monotonic() + CONNECT_TIMEOUT + read_timeout
    settings = session.merge_environment_settings(prepared.url or "", {}, True, None, None)
    if is_too_late():  # here too, for a connection through a proxy is the library's own
        raise TooLate
    timeout = (CONNECT_TIMEOUT, read_timeout)
    with leaving(is_too_late), session.send(prepared, timeout=timeout, allow_redirects=False, **settings) as response:
        return Reply(response.status_code, response.headers, _body(response, deadline))


def _body(response: requests.Response, deadline: float) -> bytes:
    """The body, read bit by bit so that a trickle cannot outlive the deadline that reconciling counts on."""
    body = bytearray()
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or len(body) > LARGEST_ANSWER:
            raise TimeoutError
        sock = getattr(response.raw.connection, "sock", None)
        if sock is not None:
            sock.settimeout(left)
        piece = response.raw.read1(_CHUNK, decode_content=True)
        if not piece:
            return bytes(body)
        body += piece


def _silence(error: BaseException) -> PlatformError:
    if isinstance(error, TooLate):
        return PlatformError("This computer was asleep when the request to X should have left", Answer.NOT_SENT)
    if _never_left(error):
        message = f"X cannot be reached ({why_unreachable(error)}): nothing was sent. Check the network"
        return PlatformError(message, Answer.NOT_SENT, unreachable=True)
    return PlatformError(
        f"X did not answer ({_name(error)}): what became of the request is not known", Answer.AMBIGUOUS
    )


def _never_left(error: object) -> bool:
    """Looks only at what the libraries put into their errors: `__context__` may hold somebody else's trouble."""
    while isinstance(error, BaseException):
        if isinstance(error, _NEVER_LEFT):
            return True
        error = getattr(error, "reason", None) or next(iter(error.args), None)
    return False


def _name(error: BaseException) -> str:
    """The kind of the innermost error; never its text, which can quote the request."""
    inner: object = error
    while isinstance(inner, BaseException):
        error, inner = inner, getattr(inner, "reason", None) or next(iter(inner.args), None)
    return type(error).__name__
