"""Amounts in micro-USD: whole numbers, so that sums of thousandths never drift."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

from bot.values import dataclass

MICRO = 1_000_000


@dataclass(frozen=True)
class Prices:
    """What X bills for each call, in USD.

    Source: docs.x.com/x-api/getting-started/pricing, as of November 2026; the Developer Console shows what an account
    pays. Prices not stated there are the higher of those that are likely, so that a budget errs on the safe side. That
    a post may be free when it is read again on the same day is not counted on.
    """

    post: float = 0.015
    post_with_link: float = 0.200
    repost: float = 0.015
    delete: float = 0.010
    alt_text: float = 0.005
    post_read: float = 0.005
    user_read: float = 0.010
    own_post_read: float = 0.001


class Purpose(StrEnum):
    """What a call is for, in the words of `bot budget`."""

    POST = "posts"
    MEDIA = "media"
    UNDO = "undoing"
    OWN = "own timeline"
    RESHARE = "reshares"
    SEARCH = "search"
    MENTIONS = "mentions"
    RECHECK = "recheck"
    FACTS = "facts"


FIRST = frozenset({Purpose.POST, Purpose.MEDIA, Purpose.UNDO, Purpose.OWN})
"""What may use the whole budget: the others leave what the day's planned posts will need."""


def day_of(now: datetime) -> str:
    """Return the day whose budget it is, in UTC."""
    return now.astimezone(UTC).date().isoformat()


def micro(usd: float) -> int:
    """Return dollars as whole micro-USD."""
    return round(usd * MICRO)


def dollars(amount: int) -> str:
    """Return micro-USD as people read them: "$0.215"."""
    return f"${amount / MICRO:.3f}"
