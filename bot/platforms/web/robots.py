"""What a server asks of machines that read it: its robots.txt, fetched and read by RFC 9309."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import httpx
from protego import Protego

from bot.domain.polling import HostState
from bot.platforms.base import CONNECT_TIMEOUT, READ_TIMEOUT, USER_AGENT, Clock
from bot.platforms.http_client import why_unreachable
from bot.platforms.web.safe_transport import NotPublic, SafeTransport, none_kept
from bot.values import dataclass

KEPT = timedelta(hours=24)
"""How long a robots.txt is good for (RFC 9309, 2.4)."""

MOST_BYTES = 512 * 1024
"""More of it than this is not read (RFC 9309, 2.5 asks for 500 KiB)."""

MOST_REDIRECTS = 5

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
"""How soon a robots.txt that could not be read is asked for again: twice as long each time, and an hour in the end."""

LONGEST_DISTANCE = 300.0
"""Seconds between two requests that we are willing to keep; a server that asks for more gets this."""

_TO_WHOM = re.compile(r"[^\S\r\n]*user[- ]?agent(?![a-z])[^\S\r\n]*:?[^\S\r\n]*([a-z_-]+|\*)?[^\r\n]*", re.IGNORECASE)
_SOMEBODY = "somebody-else"
_NOT_FOR_PROGRAMS = (
    "asks programs not to read this (robots.txt). Write to its people, or take it out of [monitor] in bot.toml"
)


@dataclass(frozen=True)
class Fetched:
    """An answer to the question for robots.txt; `status` is 0 where there was none, and then `why` tells the rest."""

    status: int
    body: bytes = b""
    why: str = ""


@dataclass(frozen=True)
class RobotsRefusal:
    """Why a path is not read, in words that follow the host's name, and when to look again (UTC)."""

    words: str
    until: datetime


class Robots:
    """One host's robots.txt, asked for when it is needed and then once a day.

    There is none (4xx): everything may be read. It cannot be read (5xx, 429, no answer): what was known before still
    counts, and where nothing was known, nothing is read for now.
    """

    def __init__(
        self,
        fetch: Callable[[], Fetched],
        clock: Clock,
        state: HostState | None = None,
        keep: Callable[[HostState], None] = lambda _: None,
    ) -> None:
        """Make one. `state` is what another process has learnt, `keep` is called with what is learnt here."""
        self._fetch = fetch
        self._clock = clock
        self._keep = keep
        self._text = state.robots if state else None
        self._rules: Protego | None = None if self._text is None else Protego.parse(self._text)
        self._asked = state.asked_at if state else None
        self._wait = state.wait if state else timedelta(0)
        self._trouble = state.trouble if state else ""

    def refusal(self, path: str) -> RobotsRefusal | None:
        """Return why this path is not for us, None where it may be read."""
        now = self._clock()
        if self._asked is None or not self._asked <= now < self._asked + self._wait:
            self._ask(now)
        until = (self._asked or now) + self._wait
        if self._rules is None:
            return RobotsRefusal(
                f"does not show its robots.txt ({self._trouble}), so that we do not know if we may", until
            )
        if not self._rules.can_fetch(path, USER_AGENT):
            return RobotsRefusal(_NOT_FOR_PROGRAMS, until)
        return None

    @property
    def distance(self) -> float:
        """Seconds that the server wants between two requests, as far as is known."""
        if self._rules is None:
            return 0.0
        rate = self._rules.request_rate(USER_AGENT)
        seconds = max(self._rules.crawl_delay(USER_AGENT) or 0.0, rate.seconds / rate.requests if rate else 0.0)
        return min(max(seconds, 0.0), LONGEST_DISTANCE)

    def _ask(self, now: datetime) -> None:
        fetched = self._fetch()
        self._asked = now
        if fetched.status == 0 or fetched.status == 429 or fetched.status >= 500:
            self._trouble = fetched.why or str(fetched.status)
            self._wait = min(max(self._wait * 2, FIRST_WAIT), LONGEST_WAIT) if self._wait < KEPT else FIRST_WAIT
        else:
            text = fetched.body.decode("utf-8", "replace") if fetched.status < 300 else ""
            self._text = "\n".join(map(_for_us, text.splitlines())).replace("\0", "")
            self._wait, self._trouble = KEPT, ""
            self._rules = Protego.parse(self._text)
        self._keep(HostState(None, self._text, now, self._wait, self._trouble))


def _for_us(line: str) -> str:
    """Return a line with all other machines as one: a list of thousands, before thousands of rules, would fill the
    memory.

    Names are compared whole and without a version (RFC 9309, 2.2.1).
    """
    match = _TO_WHOM.fullmatch(line)
    if match is None:
        return line
    name = (match[1] or "").lower()
    return f"User-agent: {name if name in ('*', USER_AGENT.lower()) else _SOMEBODY}"


_TIMEOUT = httpx.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT)


class RobotsFile:
    """One server's; redirects are followed, each behind the guard."""

    def __init__(self, base_url: str, agent: str, guard: SafeTransport) -> None:
        headers = {"User-Agent": agent, "Accept": "text/plain, */*;q=0.1"}
        self._client = httpx.Client(
            base_url=base_url,
            headers=headers,
            timeout=_TIMEOUT,
            transport=guard,
            max_redirects=MOST_REDIRECTS,
            cookies=none_kept(),
        )

    def fetch(self) -> Fetched:
        """Fetch a server's robots.txt, and return as much of it as counts."""
        try:
            with self._client.stream("GET", "/robots.txt", follow_redirects=True) as answer:
                return Fetched(answer.status_code, _beginning(answer) if answer.is_success else b"")
        except httpx.TooManyRedirects:
            return Fetched(0, why="it redirects in a circle")
        except NotPublic as error:
            return Fetched(0, why=str(error))
        except httpx.ConnectError as error:
            return Fetched(0, why=why_unreachable(error))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return Fetched(0, why=f"no answer: {type(error).__name__}")

    def close(self) -> None:
        self._client.close()


def _beginning(answer: httpx.Response) -> bytes:
    """Return the answer up to a limit, without the line that is cut off there."""
    body = b""
    for piece in answer.iter_bytes(64 * 1024):
        body += piece
        if len(body) >= MOST_BYTES:
            return body[:MOST_BYTES].rpartition(b"\n")[0]
    return body
