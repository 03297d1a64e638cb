"""How one server is asked: by one of us at a time, not too fast, and not at all while it wants to be left alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta

LONGEST_REST = timedelta(days=1)
"""A rest that is said to last longer was set by a clock that went wrong."""


class Throttle:
    """One host's, shared by all that read it. `distance` is in seconds, from one answer to the next question."""

    def __init__(self, distance: float, stopping: threading.Event) -> None:
        self.distance = distance
        self._stopping = stopping
        self._lock = threading.RLock()
        self._ended = -float("inf")
        self._rests_until: datetime | None = None

    def alone(self) -> AbstractContextManager[object]:
        """While the block runs, nobody else asks this host anything."""
        return self._lock

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One request, at a distance from the one before; a worker that is to end does not wait for that."""
        with self._lock:
            self._stopping.wait(max(self._ended + self.distance - time.monotonic(), 0.0))
            try:
                yield
            finally:
                self._ended = time.monotonic()

    def rest(self, until: datetime) -> None:
        """Leave the host alone until then (UTC)."""
        self._rests_until = until

    def resting(self, now: datetime) -> datetime | None:
        """Until when the host is left alone, None where it may be asked."""
        until = self._rests_until
        return until if until is not None and now < until <= now + LONGEST_REST else None
