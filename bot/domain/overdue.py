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
    """A post that should have left long ago; `expires_at` is when its late rule turns it into a missed one."""

    key: int
    due_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True)
class Slot:
    """The instant (UTC) at which an overdue post leaves."""

    key: int
    at: datetime


def spaced(overdue: Sequence[Overdue], last: datetime | None, now: datetime) -> list[Slot]:
    """Give every overdue post its turn after `last`, when one left: the oldest first, `APART` from each other.

    What would be too late before all of them are through takes the first turns, whatever ends soonest before the
    others: as many as possible are posted. A post that is on time has no part in this; it leaves at its second.
    """
    first = now if last is None else max(now, last + APART)
    through = first + APART * len(overdue)

    def turn(one: Overdue) -> tuple[bool, datetime, datetime, int]:
        is_urgent = one.expires_at is not None and one.expires_at < through
        return (not is_urgent, one.expires_at if is_urgent and one.expires_at else one.due_at, one.due_at, one.key)

    return [Slot(one.key, first + APART * place) for place, one in enumerate(sorted(overdue, key=turn))]
