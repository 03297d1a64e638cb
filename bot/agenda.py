"""What is known of the next thing due, so that a store that can tell of news need not be asked every second."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

LONGEST = timedelta(minutes=10)
"""How far ahead it is worth knowing what is due."""


_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass
class Agenda:
    """When something is due next (UTC), and when the store was last asked for work; `every` is how often to ask."""

    every: timedelta
    next_due: datetime = _LONG_AGO
    is_known: bool = False
    asked_at: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Whether the thing that was known to be next is due, and what can wait had better wait."""
        return self.is_known and self.next_due <= now

    def is_time(self, now: datetime) -> bool:
        """Whether to look for work now: something is due, nobody has looked for long, or the clock was set back."""
        last = self.asked_at
        if self.is_due(now) or last is None or not last <= now < last + self.every:
            self.asked_at = now
            return True
        return False

    def put_down(self, next_due: datetime) -> None:
        """Remember when something is due next (UTC)."""
        self.next_due, self.is_known = next_due, True

    def forget(self) -> None:
        """Somebody has changed something: look for work at once."""
        self.asked_at, self.is_known = None, False

    def forget_due(self) -> None:
        """What is due next may be another thing now."""
        self.is_known = False
