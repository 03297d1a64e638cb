"""Posts that should have left long ago leave one by one, so that nobody's timeline is flooded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

OVERDUE = timedelta(minutes=5)
"""What is later than this was kept back by more than a hiccup, and leaves spaced out."""

APART = timedelta(seconds=30)
"""At least this lies between two overdue posts of an account."""


@dataclass(frozen=True)
class Overdue:
    """A post that should have left long ago; `expires_at` is when its late rule turns it into a missed one.

    `was_put_off` says that its last try came to nothing.
    """

    key: int
    due_at: datetime
    expires_at: datetime | None
    was_put_off: bool = False


@dataclass(frozen=True)
class Slot:
    """The instant (UTC) at which an overdue post leaves."""

    key: int
    at: datetime


def spaced(overdue: Sequence[Overdue], last: datetime | None, now: datetime) -> list[Slot]:
    """Give every overdue post its turn after `last`, when one left: the oldest first, `APART` from each other.

    What would be too late before all of them are through takes the first turns, whatever ends soonest before the
    others: as many as possible are posted. One whose last try came to nothing takes nobody's turn: it goes behind them
    all, and at once where it would be too late by then. A post that is on time has no part in this; it leaves at its
    second.
    """
    first = now if last is None else max(now, last + APART)
    through = first + APART * len(overdue)

    def is_urgent(one: Overdue) -> bool:
        return one.expires_at is not None and one.expires_at < through

    def turn(one: Overdue) -> tuple[bool, bool, datetime, datetime, int]:
        first_by = one.expires_at if is_urgent(one) and one.expires_at else one.due_at
        return (one.was_put_off, not is_urgent(one), first_by, one.due_at, one.key)

    at_once = [Slot(one.key, now) for one in overdue if one.was_put_off and is_urgent(one)]
    in_turn = sorted((one for one in overdue if not (one.was_put_off and is_urgent(one))), key=turn)
    return at_once + [Slot(one.key, first + APART * place) for place, one in enumerate(in_turn)]
