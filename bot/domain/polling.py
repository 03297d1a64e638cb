"""How often a source is read: by what it gives, by how long it has been silent, and by the money there is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LOOK_BACK = 2 * HOUR
"""How far before the present hour posts count towards a source's rate."""

_SHARE_OF_SILENCE = 8
"""Whoever has been silent for eight minutes may be left alone for one, however much came before."""

_SLOW_AT = 0.8
"""The part of the day's money for readings that may be used at any time."""

_LEAST_STEP = timedelta(seconds=1)


def hour_of(at: datetime) -> datetime:
    """The hour that an instant lies in, by its beginning."""
    return at.replace(minute=0, second=0, microsecond=0)


def rate(heard: Mapping[datetime, int], now: datetime) -> float:
    """Posts per hour, over the present hour and the two before it; `heard` has how many came in each."""
    first = hour_of(now) - LOOK_BACK
    return sum(posts for hour, posts in heard.items() if first <= hour <= now) / ((now - first) / HOUR)


def longest_rest(posts_per_hour: float, silence: timedelta, poll_min: timedelta, poll_max: timedelta) -> timedelta:
    """The most that a source with this rate is left alone: about until its next post, or longer once it is silent."""
    expected = HOUR / posts_per_hour if posts_per_hour * poll_max > HOUR else poll_max
    return min(max(expected, silence / _SHARE_OF_SILENCE, poll_min), poll_max)


def longer(last: timedelta, longest: timedelta) -> timedelta:
    """The next interval after a reading that found nothing."""
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
    """When to read again: soon after a find, else ever later, within `poll_min` and `poll_max`."""
    if found:
        return poll_min
    return max(poll_min, longer(last, longest_rest(posts_per_hour, silence, poll_min, poll_max)))


def is_slow(used: int, share: int) -> bool:
    """Whether so much of the readings' share of a day's budget (micro-USD) is used that the rest comes bit by bit."""
    return used >= share * _SLOW_AT


def paid_from(used: int, price: int, share: int, midnight: datetime) -> datetime:
    """From when (UTC) a reading of this price may be made, on the day that ends at `midnight`.

    Most of the readings' share may be used at any time; the last part is given out evenly over the whole day, so that
    some of it is left until midnight. A reading that finds nothing is free, and takes nothing of it. In micro-USD.
    """
    kept = share * (1 - _SLOW_AT)
    part = (used + price - share * _SLOW_AT) / kept if kept > 0 else 1.0
    return midnight - DAY * (1 - min(max(part, 0.0), 1.0))
