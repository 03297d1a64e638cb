"""Throttle for a server that is no account's: one request at a time, at a distance, none while it asks for rest."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta

LONGEST_REST = timedelta(days=1)
"""A rest that is said to last longer was set by a clock that went wrong."""


class Throttle:
    """The throttle of one host, shared by its readers; `distance` (seconds) is from an answer to the next request."""

    def __init__(self, distance: float, stopping: threading.Event) -> None:
        self.distance = distance
        self._stopping = stopping
        self._lock = threading.RLock()
        self._ended = -float("inf")
        self._rests_until: datetime | None = None

    def alone(self) -> AbstractContextManager[object]:
        """Return the host's lock: while it is held, nobody else asks this host anything."""
        return self._lock

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the host for one request, at a distance from the one before; a worker that is ending does not wait."""
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
        """Return until when the host is left alone, None where it may be asked."""
        until = self._rests_until
        return until if until is not None and now < until <= now + LONGEST_REST else None
