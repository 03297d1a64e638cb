"""Mastodon's streams, over server-sent events: that one speaks is a hint, and what it says is never read.

Source: docs.joinmastodon.org/methods/streaming, and the WHATWG standard of server-sent events.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Generator, Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx

from bot.errors import Outcome
from bot.files.config.address import server_fault
from bot.hosts import canonical_host
from bot.platforms.base import CONNECT_TIMEOUT, USER_AGENT
from bot.platforms.http_client import HttpAnswer, why_unreachable
from bot.platforms.mastodon.errors import Explainer
from bot.platforms.mastodon.server import Server
from bot.platforms.web.certificates import shared_ssl_context
from bot.platforms.web.safe_transport import addresses_of, is_public, none_kept

LONGEST_SILENCE = 30.0
"""Seconds without a byte after which a stream is taken for dead: Mastodon says ":thump" every 15."""

_DOING = "listen to a stream"
_EVENT = b"\nevent:"
_SCHEMES = {"wss": "https", "ws": "http"}
_LATER = frozenset({408, 429})
"""Statuses below 500 that say nothing against trying again soon."""


class Streaming:
    """The streams of one account on its server, connected when somebody listens; `silence` is in seconds."""

    def __init__(
        self, base_url: str, token: str, server: Server, explain: Explainer, silence: float = LONGEST_SILENCE
    ) -> None:
        self.explain = explain
        self._base_url = base_url
        self._token = token
        self._server = server
        self.silence = silence

    @cached_property
    def client(self) -> httpx.Client:
        """Made when it is first needed: most commands never listen. Follows no redirect."""
        return httpx.Client(
            headers={
                "User-Agent": USER_AGENT,
                "Authorization": f"Bearer {self._token}",
                "Accept": "text/event-stream",
                "Accept-Encoding": "identity",
            },
            timeout=httpx.Timeout(CONNECT_TIMEOUT, read=self.silence),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
            verify=shared_ssl_context(),
            cookies=none_kept(),
        )

    def of_hashtag(self, source: str, hashtag: str) -> MastodonStream:
        """Return what announces that the timeline of a hashtag has something new; `source` is that timeline's name."""
        return MastodonStream(self, source, "hashtag", {"tag": hashtag.removeprefix("#")})

    def of_notifications(self, source: str) -> MastodonStream:
        """Return what announces that somebody mentions us."""
        return MastodonStream(self, source, "user/notification", {})

    def address(self) -> str:
        """Return where the streams are. Raise PlatformError, rejected where our token must not be sent there."""
        stated = self._server.streaming()
        try:
            return streaming_address(self._base_url, stated)
        except ValueError as error:
            words = f"{self._server.host} has its streams where our token must not go: {error}."
        raise self.explain.error(words, Outcome.REJECTED)

    def close(self) -> None:
        """Close the connections, where there ever were any."""
        if "client" in self.__dict__:
            self.client.close()


class MastodonStream:
    """One stream; it is listened to by one thread, and may be ended by another."""

    def __init__(self, streaming: Streaming, source: str, name: str, query: Mapping[str, str]) -> None:
        self.source = source
        self._streaming = streaming
        self._path = f"/api/v1/streaming/{name}"
        self._query = query
        self._line = _Line()

    def listen(self) -> Generator[bool]:
        """Yield True for a piece that announces something, False for another sign of life, the first once it is open.

        Raise PlatformError when it is over: rejected where there is nothing to listen to. No more of it is kept than
        the piece that just came, and that is never taken for anything but an announcement.
        """
        streaming, line, events = self._streaming, _Line(), EventLines()
        self._line = line
        url = f"{streaming.address()}{self._path}"
        try:
            with streaming.client.stream("GET", url, params=self._query, extensions={"trace": line.take}) as response:
                self._see_to(response)
                yield False
                for piece in response.iter_raw():
                    yield events.are_in(piece)
            why = "the server ended it"
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as error:
            why = self._why(error)
        raise streaming.explain.unanswered(_DOING, why, Outcome.NOT_SENT)

    def hang_up(self) -> None:
        """End the listening that is under way, at once."""
        self._line.hang_up()

    def _see_to(self, response: httpx.Response) -> None:
        """Raise PlatformError for what is no stream."""
        status, explain = response.status_code, self._streaming.explain
        if status in _LATER or status >= 500:
            raise explain.refused_read(HttpAnswer(status, response.headers), _DOING)
        if status in (401, 403):
            raise explain.error(f"{explain.host} does not let us listen ({status}).", Outcome.REJECTED)
        if 300 <= status < 400:
            words = f"{explain.host} wants us to listen elsewhere ({status}), and our token goes nowhere unasked."
            raise explain.error(words, Outcome.REJECTED)
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if status != 200 or kind != "text/event-stream":
            raise explain.error(f"{explain.host} has no streams for programs ({status}).", Outcome.REJECTED)

    def _why(self, error: Exception) -> str:
        if isinstance(error, httpx.ReadTimeout):
            return "nothing came for too long"
        if isinstance(error, httpx.ConnectError):
            return why_unreachable(error)
        return f"the connection broke: {type(error).__name__}"


class EventLines:
    """Finds the lines that begin an event in pieces of any size; keeps the last few bytes alone."""

    def __init__(self) -> None:
        self._tail = b"\n"

    def are_in(self, piece: bytes) -> bool:
        """Return whether an event begins with this piece; a line may end with a carriage return, too."""
        text = self._tail + piece.replace(b"\r", b"\n")
        self._tail = text[1 - len(_EVENT) :]
        return _EVENT in text


class _Line:
    """The socket of a connection, as soon as there is one: only by it can a thread that waits be woken."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._socket: socket.socket | None = None
        self._is_over = False

    def take(self, event: str, info: Mapping[str, Any]) -> None:
        """Take note of what becomes of a connection (httpcore's "trace")."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            with self._guard:
                self._socket = info["return_value"].get_extra_info("socket")
                if self._is_over:
                    self._shut()

    def hang_up(self) -> None:
        with self._guard:
            self._is_over = True
            self._shut()

    def _shut(self) -> None:
        """Shut the connection, not by TLS's own shutdown, which takes the state away from under the thread that
        reads."""
        if self._socket is not None:
            with suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def streaming_address(base_url: str, stated: str) -> str:
    """Return where a server's streams are, by its own word ("wss://…"), or at its own address where it says nothing.

    Our token goes there. So it is the host that the token is of, or one that is reached by HTTPS at public addresses:
    neither a plain connection, nor this machine, nor anything in its network, nor a password somebody else chose.
    Raise ValueError, saying what is wrong.
    """
    own, named = urlsplit(base_url), urlsplit(stated)
    if not stated or _origin(named) == _origin(own):
        return base_url
    address = f"{_SCHEMES.get(named.scheme, named.scheme)}://{named.netloc}"
    fault = server_fault(address)
    if fault:
        raise ValueError(f"the address it names {fault}")
    if address.startswith("http:") and base_url.startswith("http:"):
        return address  # both are this machine
    if not all(is_public(ip) for ip in _addresses(named.hostname or "", _port(named))):
        raise ValueError("the address it names is not a public one")
    return address


def _addresses(host: str, port: int) -> list[Any]:
    """Return every address of a host; none where its name is not known now, and then there is no connection either."""
    try:
        return list(addresses_of(host, port))
    except OSError:
        return []


def _origin(address: SplitResult) -> tuple[str, int]:
    return canonical_host(address.hostname or ""), _port(address)


def _port(address: SplitResult) -> int:
    """Raise ValueError for a number that is no port."""
    return address.port or (443 if address.scheme in ("https", "wss") else 80)
