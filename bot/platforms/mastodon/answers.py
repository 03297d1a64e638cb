"""What came back from a server, before anybody has made sense of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

MAX_BODY = 16 * 1024 * 1024
"""Bytes of an answer we are willing to read; a page of 40 posts is well below one million."""

UNTOLD_WAIT = timedelta(minutes=5)
"""How long to wait after a 429 that does not say: Mastodon's own window."""

LONGEST_WAIT = timedelta(days=1)

LONGEST_VALIDATOR = 256
"""Characters of a validator that are sent back; what is longer, or no plain text, could spoil the next question."""

LONGEST_WINDOW = timedelta(minutes=15)
"""No server counts requests over a longer time; one that says so would not be read for a day."""

MOST_LEFT_OVER = 10
"""Requests of a rate limit that are not used, lest a 429 keep everybody at our address waiting."""


@dataclass(frozen=True)
class Answered:
    """One answer. `headers` must ignore case; `body` is empty when it broke off."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def server_time(self) -> datetime | None:
        """The Date header in UTC, None when there is none that can be read."""
        try:
            told = parsedate_to_datetime(self.headers.get("date", ""))
            return told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)
        except (ValueError, OverflowError):
            return None

    @property
    def validators(self) -> dict[str, str]:
        """The headers by which the same question is answered only if the answer is another one (RFC 9110, 13.1)."""
        for told, asked in (("etag", "If-None-Match"), ("last-modified", "If-Modified-Since")):
            value = self.headers.get(told, "")
            if value and value.isascii() and value.isprintable() and len(value) <= LONGEST_VALIDATOR:
                return {asked: value}
        return {}

    @property
    def asks_to_wait(self) -> bool:
        """Whether the server wants to be left alone for a while."""
        return self.status == 429 or (self.status == 503 and "retry-after" in self.headers)


def rest_after(answer: Answered, now: datetime) -> datetime | None:
    """Until when a server had better be left alone (UTC): it says so, or few requests are left until its limit's reset.

    None where it may be asked again at once.
    """
    if answer.asks_to_wait:
        return retry_at(answer, now)
    limit, left = (
        _count(answer.headers.get("x-ratelimit-limit", "")),
        _count(answer.headers.get("x-ratelimit-remaining", "")),
    )
    if limit is None or left is None or left > min(limit // 10, MOST_LEFT_OVER):
        return None
    return min(retry_at(answer, now), now + LONGEST_WINDOW)


def retry_at(answer: Answered, now: datetime) -> datetime:
    """When a rate limit ends by our clock (UTC): `X-RateLimit-Reset`, ISO time or Unix seconds, or `Retry-After`.

    The server's own clock is taken from its Date header, so that one that is off does not move the instant.
    """
    server_now = answer.server_time or now
    names = ("retry-after", "x-ratelimit-reset") if answer.status == 503 else ("x-ratelimit-reset", "retry-after")
    instants = (_instant(answer.headers.get(name, ""), server_now) for name in names)
    told = next(filter(None, instants), None)
    wait = told - server_now if told else UNTOLD_WAIT
    return now + min(max(wait, timedelta(seconds=1)), LONGEST_WAIT)


def _count(text: str) -> int | None:
    """A number of requests; longer ones no server means, and Python reads none of thousands of digits."""
    return int(text) if text.isdecimal() and len(text) <= 12 else None


def _instant(text: str, server_now: datetime) -> datetime | None:
    """An ISO time, a date as in HTTP, Unix seconds, or a number of seconds from now too small to be Unix seconds."""
    try:
        if not text.isdecimal():
            told = parsedate_to_datetime(text) if "," in text else datetime.fromisoformat(text)
            return told if told.tzinfo else told.replace(tzinfo=UTC)
        seconds = int(text)
        return datetime.fromtimestamp(seconds, UTC) if seconds > 10**9 else server_now + timedelta(seconds=seconds)
    except (ValueError, OverflowError, OSError):
        return None
