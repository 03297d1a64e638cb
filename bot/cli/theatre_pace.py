"""How fast a rehearsal plays: at a given speed, so that people can follow it, or as fast as it goes."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from bot.services.rehearsal.rehearse import Rehearsal

FRAME = 1 / 12
"""Seconds between two pictures."""

BY_EVENTS = 0.75
"""How much of the time goes to what happens rather than to the days: the day of action deserves a closer look."""

HOUR = timedelta(hours=1)


class Pace:
    """Says when each simulated instant is due in real time, and waits for it.

    `speed` is in simulated hours per second, 0 for full speed; `seconds` is how long the whole shall take.
    """

    def __init__(self, rehearsal: Rehearsal, speed: float | None, seconds: float | None) -> None:
        self._begins, self._ends = rehearsal.begins, rehearsal.ends
        self._instants = rehearsal.instants
        self._speed, self._seconds = speed, seconds
        self._started = time.monotonic()

    def wait(self, now: datetime, at: datetime, interrupted: Callable[[], bool]) -> Iterator[datetime]:
        """Wait until `at` is due, giving simulated instants on the way, a picture's time apart."""
        due = self._started + self._due(at)
        began = time.monotonic()
        while (left := due - time.monotonic()) > 0:
            yield now + (at - now) * min(1.0, (time.monotonic() - began) / (due - began))
            if interrupted():
                return
            time.sleep(min(left, FRAME))

    def _due(self, at: datetime) -> float:
        """Seconds after the start at which an instant is due."""
        if self._speed:
            return (at - self._begins) / HOUR / self._speed
        if not self._seconds:
            return 0.0
        by_time = min(1.0, (at - self._begins) / max(self._ends - self._begins, HOUR))
        by_events = bisect_right(self._instants, at) / max(1, len(self._instants))
        return self._seconds * (BY_EVENTS * by_events + (1 - BY_EVENTS) * by_time)
