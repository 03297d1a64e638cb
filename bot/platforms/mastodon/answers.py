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
        except ValueError:
            return None
        return told.replace(tzinfo=UTC) if told.tzinfo is None else told.astimezone(UTC)


def retry_at(answer: Answered, now: datetime) -> datetime:
    """When a 429 ends by our clock (UTC): `X-RateLimit-Reset`, ISO time or Unix seconds, or `Retry-After`.

    The server's own clock is taken from its Date header, so that one that is off does not move the instant.
    """
    server_now = answer.server_time or now
    told = _instant(answer.headers.get("x-ratelimit-reset", ""), server_now)
    told = told or _instant(answer.headers.get("retry-after", ""), server_now)
    wait = told - server_now if told else UNTOLD_WAIT
    return now + min(max(wait, timedelta(seconds=1)), LONGEST_WAIT)


def _instant(text: str, server_now: datetime) -> datetime | None:
    """An ISO time, Unix seconds, or a number of seconds from now that is too small to be Unix seconds."""
    try:
        if not text.isdecimal():
            told = datetime.fromisoformat(text)
            return told if told.tzinfo else told.replace(tzinfo=UTC)
        seconds = int(text)
        return datetime.fromtimestamp(seconds, UTC) if seconds > 10**9 else server_now + timedelta(seconds=seconds)
    except (ValueError, OverflowError, OSError):
        return None
