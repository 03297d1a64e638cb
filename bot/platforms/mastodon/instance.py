"""Servers where we have no account: their hashtag timelines."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from urllib.parse import urlsplit

import httpx

from bot.domain.polling import HostMemory, HostState, NoMemory
from bot.errors import Outcome, PlatformError
from bot.files.config.address import is_loopback
from bot.hosts import host_of
from bot.platforms.base import CONNECT_TIMEOUT, READ_TIMEOUT, Clock, Source
from bot.platforms.http_client import MAX_BODY, HttpAnswer, rest_after, why_unreachable
from bot.platforms.mastodon.client import PLAINLY, BrokenOff, Reader, Unanswered
from bot.platforms.mastodon.errors import Explainer
from bot.platforms.mastodon.server import Server, full_address
from bot.platforms.mastodon.sources import hashtag_timeline
from bot.platforms.web.robots import Fetched, Robots, RobotsFile
from bot.platforms.web.safe_transport import NotPublic, SafeTransport, none_kept
from bot.platforms.web.throttle import Throttle

LEAST_DISTANCE = 1.0
"""Seconds from one answer of a server to the next question: the 300 requests in five minutes that Mastodon allows."""


class GuardedConnections:
    """Questions to a server that is not ours, through a transport that guards us."""

    def __init__(self, guard: SafeTransport) -> None:
        self._guard = guard

    @cached_property
    def _client(self) -> httpx.Client:
        timeout = httpx.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT)
        return httpx.Client(timeout=timeout, transport=self._guard, cookies=none_kept())

    def get(self, address: str, headers: Mapping[str, str]) -> HttpAnswer:
        try:
            with self._client.stream("GET", address, headers=headers) as response:
                return HttpAnswer(response.status_code, response.headers, _body_of(response))
        except Exception as error:  # httpx lets errors of other libraries through, and none may reach a service
            connected = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
            silence = Unanswered(Outcome.NOT_SENT, _why(error), connected=connected)
        raise silence

    def close(self) -> None:
        if "_client" in vars(self):
            self._client.close()


def _body_of(response: httpx.Response) -> bytes:
    """Return the whole body. Raise BrokenOff when it is too long or too slow: a timeout only bounds the wait for the
    next byte."""
    deadline = time.monotonic() + READ_TIMEOUT
    pieces: list[bytes] = []
    size = 0
    for piece in response.iter_bytes():
        pieces.append(piece)
        size += len(piece)
        if size > MAX_BODY or time.monotonic() > deadline:
            raise BrokenOff
    return b"".join(pieces)


def _why(error: Exception) -> str:
    if isinstance(error, NotPublic):
        return str(error)
    if isinstance(error, httpx.TimeoutException):
        return "it took too long"
    if isinstance(error, httpx.ConnectError):
        return why_unreachable(error)
    if isinstance(error, BrokenOff):
        return "its answer had no end"
    return f"the connection broke: {type(error).__name__}"


class PoliteReader(Reader):
    """Asks one thing at a time, only what robots.txt allows, and nothing while the server wants to be left alone."""

    def __init__(
        self, base_url: str, explain: Explainer, clock: Clock, agent: str, throttle: Throttle, memory: HostMemory
    ) -> None:
        guard = SafeTransport([base_url], at_once=1)
        super().__init__(base_url, "", explain, agent=agent, connections=GuardedConnections(guard))
        self._clock = clock
        self._throttle = throttle
        self._least = throttle.distance
        self._file = RobotsFile(base_url, agent, guard)
        self._memory = memory
        self._robots: Robots | None = None

    def ask(
        self, path: str, doing: str, headers: Mapping[str, str] = PLAINLY, **query: str | Sequence[str]
    ) -> HttpAnswer:
        with self._throttle.alone():
            self._may_ask(path, doing)
            with self._throttle.turn():
                answer = super().ask(path, doing, headers, **query)
            until = rest_after(answer, self._clock())
            if until is not None:
                self._throttle.rest(until)
                host = self.explain.host
                self._memory.keep(host, replace(self._memory.known(host), rests_until=until))
            return answer

    def close(self) -> None:
        self._file.close()
        super().close()

    def _may_ask(self, path: str, doing: str) -> None:
        """Raise PlatformError (not sent) with the instant from which it may."""
        robots = self._remembered()
        resting_until = self._throttle.resting(self._clock())
        if resting_until is not None:
            raise self.explain.resting(doing, resting_until)
        refusal = robots.refusal(path)
        self._throttle.distance = max(self._least, robots.distance)
        if refusal is not None:
            words = f"{self.explain.host} {refusal.words}."
            raise PlatformError(words, Outcome.NOT_SENT, retry_at=refusal.until, host=self.explain.host)

    def _remembered(self) -> Robots:
        """Return what this host has asked of us, also of a process before this one; known once this one asks it
        something."""
        if self._robots is None:
            state = self._memory.known(self.explain.host)
            if state.rests_until is not None:
                self._throttle.rest(state.rests_until)
            self._robots = Robots(self._fetch_robots, self._clock, state, self._learnt)
        return self._robots

    def _learnt(self, state: HostState) -> None:
        host = self.explain.host
        self._memory.keep(host, replace(state, rests_until=self._memory.known(host).rests_until))

    def _fetch_robots(self) -> Fetched:
        with self._throttle.turn():
            return self._file.fetch()


class PublicInstance:
    """One server, by its host or its full address; `agent` says who asks, and how to reach them.

    Once `stopping` is set nobody waits for a turn any more. `memory` is what processes before this one have learnt.
    """

    def __init__(
        self,
        address: str,
        agent: str,
        clock: Clock,
        stopping: threading.Event | None = None,
        memory: HostMemory | None = None,
    ) -> None:
        base_url = full_address(address)
        self.host = host_of(base_url)
        self._clock = clock
        is_ours = is_loopback(urlsplit(base_url).hostname or "")  # nobody else's server, in tests
        throttle = Throttle(0.0 if is_ours else LEAST_DISTANCE, stopping or threading.Event())
        explain, memory = Explainer(self.host, "", "", clock), memory or NoMemory()
        self._reader = PoliteReader(base_url, explain, clock, agent, throttle, memory)
        self._server = Server(base_url, self._reader)

    def sources(self, hashtags: Sequence[str]) -> list[Source]:
        return [hashtag_timeline(self._reader, self._server, tag, self._clock) for tag in hashtags]

    def close(self) -> None:
        self._reader.close()
