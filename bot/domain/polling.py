"""How often a source is read: by what it gives, its stream, its server's wishes, and the money that is left."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from bot.values import dataclass

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LOOK_BACK = 2 * HOUR
"""How far before the present hour posts count towards a source's rate."""

_SHARE_OF_SILENCE = 8
"""Whoever has been silent for eight minutes may be left alone for one, however much came before."""

_SLOW_AT = 0.8
"""The part of the day's money for readings that may be used at any time."""

_LEAST_STEP = timedelta(seconds=1)


def hour_of(at: datetime) -> datetime:
    """Return the hour that an instant lies in, by its beginning."""
    return at.replace(minute=0, second=0, microsecond=0)


def rate(heard: Mapping[datetime, int], now: datetime) -> float:
    """Return the posts per hour, over the present hour and the two before it; `heard` has how many came in each."""
    first = hour_of(now) - LOOK_BACK
    return sum(posts for hour, posts in heard.items() if first <= hour <= now) / ((now - first) / HOUR)


def longest_rest(posts_per_hour: float, silence: timedelta, poll_min: timedelta, poll_max: timedelta) -> timedelta:
    """Return the most that a source with this rate is left alone: about until its next post, or longer once it is
    silent."""
    expected = HOUR / posts_per_hour if posts_per_hour * poll_max > HOUR else poll_max
    return min(max(expected, silence / _SHARE_OF_SILENCE, poll_min), poll_max)


def longer(last: timedelta, longest: timedelta) -> timedelta:
    """Return the next interval after a reading that found nothing."""
    return min(max(last * 3 / 2, last + _LEAST_STEP), longest)


def next_interval(
    last: timedelta,
    *,
    found: bool,
    posts_per_hour: float,
    silence: timedelta,
    poll_min: timedelta,
    poll_max: timedelta,
) -> timedelta:
    """Return when to read again: soon after a find, else ever later, within `poll_min` and `poll_max`."""
    if found:
        return poll_min
    return max(poll_min, longer(last, longest_rest(posts_per_hour, silence, poll_min, poll_max)))


def is_slow(used: int, share: int) -> bool:
    """Return whether most of the readings' share of a day's budget (micro-USD) is used, so that the rest comes bit by
    bit."""
    return used >= share * _SLOW_AT


def paid_from(used: int, price: int, share: int, midnight: datetime) -> datetime:
    """Return from when (UTC) a reading of this price may be made, on the day that ends at `midnight`.

    Most of the readings' share may be used at any time; the last part is given out evenly over the whole day, so that
    some of it is left until midnight. A reading that finds nothing is free, and takes nothing of it. In micro-USD.
    """
    reserve = share * (1 - _SLOW_AT)
    part = (used + price - share * _SLOW_AT) / reserve if reserve > 0 else 1.0
    return midnight - DAY * (1 - min(max(part, 0.0), 1.0))


NEAREST = 1.0
"""Seconds between two readings of a source that were announced."""

FARTHEST = 60.0
"""What that grows to, in seconds, while announcements come and nothing is there."""

LOOKS = 2
"""A server may announce a post before it shows it: after a reading in vain there is another one."""


@dataclass
class Allowance:
    """How many announced readings a server is asked for: some at once, and then one per `every` seconds.

    Half of what Mastodon lets an account ask in five minutes; the other half is for posting and for everything else.
    All instants here are seconds of a clock that is never set.
    """

    most: float = 30.0
    every: float = 2.0
    left: float = 30.0
    counted_at: float = 0.0

    def take(self, now: float) -> bool:
        """Take one reading from the allowance; False where there is none left."""
        self.left = min(self.left + max(now - self.counted_at, 0.0) / self.every, self.most)
        self.counted_at = now
        if self.left < 1:
            return False
        self.left -= 1
        return True


@dataclass
class Announced:
    """What a stream's announcements ask for; of them only their coming is believed, and not even that for long."""

    looks: int = 0
    distance: float = NEAREST
    read_at: float = -FARTHEST

    def announce(self) -> None:
        """Note that the stream says something is there."""
        self.looks = LOOKS

    def is_due(self, now: float) -> bool:
        """Return whether the source is to be read for it now."""
        return self.looks > 0 and now - self.read_at >= self.distance

    def begin(self, now: float) -> None:
        """Note that a reading for the announcement begins."""
        self.looks -= 1
        self.read_at = now

    def end(self, *, brought: bool) -> None:
        """Note what the reading brought: after one in vain the next comes twice as late."""
        if brought:
            self.looks, self.distance = max(self.looks - 1, 0), NEAREST
        else:
            self.distance = min(self.distance * 2, FARTHEST)


class StreamState(StrEnum):
    """`silent` is open and yet did not announce posts that were there; `off` is left alone for an hour."""

    OPEN = "open"
    SILENT = "silent"
    LOST = "lost"
    OFF = "off"


@dataclass(frozen=True)
class KnownStream:
    """How the stream of a source is doing, since when, and why; all times are UTC.

    `heard_at` is when the server last gave a sign of life, to within a minute, `event_at` when it last announced
    something.
    """

    source: str
    state: StreamState
    since: datetime
    heard_at: datetime | None = None
    event_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True)
class HostState:
    """Times are UTC. `rests_until` is until when it wants to be left alone.

    `robots` is its robots.txt as far as it concerns us, None where none was ever read; it was asked for at `asked_at`,
    and is not asked for again for `wait`; `trouble` is why it could not be read the last time.
    """

    rests_until: datetime | None = None
    robots: str | None = None
    asked_at: datetime | None = None
    wait: timedelta = timedelta(0)
    trouble: str = ""


class HostMemory(Protocol):
    """Remembers hosts for longer than one process lives."""

    def known(self, host: str) -> HostState:
        """Return what is known of a host; a state of nothing for one that is new."""
        ...

    def keep(self, host: str, state: HostState) -> None:
        """Remember this of a host."""
        ...


class NoMemory:
    """Remembers nothing: each process learns for itself."""

    def known(self, host: str) -> HostState:
        """Return that nothing is known."""
        return HostState()

    def keep(self, host: str, state: HostState) -> None:
        """Forget it at once."""
