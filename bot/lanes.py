"""Lanes: each does one job, one run at a time, and goes on whatever becomes of a run."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

_ARENA_MAX = -8
"""M_ARENA_MAX of glibc's malloc.h."""


def share_one_heap() -> None:
    """Have all threads share one heap: glibc gives each its own, 5 MB in all, to spare them waiting.

    To be called before there are any. Another C library has no such heaps, and no such call.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)


class Lane:
    """Runs one job in the pool, never twice at once; asked again while it runs, it runs once more.

    `failed` is handed what a run raised. A lane that died of an error would be silence that nobody notices.
    """

    def __init__(
        self, pool: ThreadPoolExecutor, job: Callable[[], object], failed: Callable[[Exception], None]
    ) -> None:
        self._pool, self._job, self._failed = pool, job, failed
        self._guard = threading.Lock()
        self._running = self._again = False

    def poke(self) -> None:
        """Have the job run soon."""
        with self._guard:
            self._again = True
            if not self._running:
                self._running = True
                self._pool.submit(self._run)

    def _run(self) -> None:
        while self._wanted():
            try:
                self._job()
            except Exception as error:
                self._failed(error)

    def _wanted(self) -> bool:
        with self._guard:
            self._running, self._again = self._again, False
            return self._running


@dataclass
class Chore:
    """A lane that is to be poked every so often."""

    lane: Lane
    every: timedelta = timedelta(0)
    last: datetime | None = None

    def poke_if_due(self, now: datetime) -> None:
        """A clock that was set back counts as time gone by, or the chore would wait for it to catch up."""
        if self.last is None or not self.last <= now < self.last + self.every:
            self.last = now
            self.lane.poke()
