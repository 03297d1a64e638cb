"""A Mastodon server where we have no account: its hashtag timelines, read politely."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from bot.config.address import is_loopback
from bot.errors import Answer, PlatformError
from bot.platforms.base import Clock, Source
from bot.platforms.mastodon.answers import Answered, rest_after
from bot.platforms.mastodon.errors import Explainer
from bot.platforms.mastodon.reading import PLAINLY, Reader
from bot.platforms.mastodon.server import Server, full_address, host_of
from bot.platforms.mastodon.timeline import hashtag_timeline
from bot.platforms.web.guard import Guard
from bot.platforms.web.manners import Manners
from bot.platforms.web.robots import Fetched, Robots
from bot.platforms.web.robots_file import RobotsFile

LEAST_DISTANCE = 1.0
"""Seconds from one answer of a server to the next question: the 300 requests in five minutes that Mastodon allows."""


class PoliteReader(Reader):
    """Asks one thing at a time, only what robots.txt allows, and nothing while the server wants to be left alone."""

    def __init__(self, base_url: str, explain: Explainer, clock: Clock, agent: str, manners: Manners) -> None:
        guard = Guard([base_url], at_once=1)
        super().__init__(base_url, "", explain, agent=agent, transport=guard)
        self._clock = clock
        self._manners = manners
        self._least = manners.distance
        self._file = RobotsFile(base_url, agent, guard)
        self._robots = Robots(self._fetch_robots, clock)

    def ask(
        self, path: str, doing: str, headers: Mapping[str, str] = PLAINLY, **query: str | Sequence[str]
    ) -> Answered:
        with self._manners.alone():
            self._may_ask(path, doing)
            with self._manners.turn():
                answer = super().ask(path, doing, headers, **query)
            until = rest_after(answer, self._clock())
            if until is not None:
                self._manners.rest(until)
            return answer

    def close(self) -> None:
        self._file.close()
        super().close()

    def _may_ask(self, path: str, doing: str) -> None:
        """Raises PlatformError (not sent) with the instant from which it may."""
        resting_until = self._manners.resting(self._clock())
        if resting_until is not None:
            raise self.explain.resting(doing, resting_until)
        refusal = self._robots.refusal(path)
        self._manners.distance = max(self._least, self._robots.distance)
        if refusal is not None:
            words = f"{self.explain.host} {refusal.words}."
            raise PlatformError(words, Answer.NOT_SENT, retry_at=refusal.until)

    def _fetch_robots(self) -> Fetched:
        with self._manners.turn():
            return self._file.fetch()


class PublicInstance:
    """One server, by its host or its full address; `agent` says who asks, and how to reach them.

    Once `stopping` is set nobody waits for a turn any more.
    """

    def __init__(self, address: str, agent: str, clock: Clock, stopping: threading.Event | None = None) -> None:
        base_url = full_address(address)
        self.host = host_of(base_url)
        self._clock = clock
        is_ours = is_loopback(urlsplit(base_url).hostname or "")  # nobody else's server, in tests
        manners = Manners(0.0 if is_ours else LEAST_DISTANCE, stopping or threading.Event())
        self._reader = PoliteReader(base_url, Explainer(self.host, "", "", clock), clock, agent, manners)
        self._server = Server(base_url, self._reader)

    def sources(self, hashtags: Sequence[str]) -> list[Source]:
        return [hashtag_timeline(self._reader, self._server, tag, self._clock) for tag in hashtags]

    def close(self) -> None:
        self._reader.close()
