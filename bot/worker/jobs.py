"""Jobs of a worker: one run at a time, each going on whatever becomes of a run; and when the next one is due."""

from __future__ import annotations

import ctypes
import gc
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, Self

LONGEST = timedelta(minutes=10)
"""How far ahead it is worth knowing what is due."""


class WakeSchedule:
    """When something is due next (UTC), and when the store was last asked for work; `every` is how often to ask.

    `next_due_after` asks the store when something becomes due after an instant. What becomes due after the last asking
    counts as due at once, though jobs were at work meanwhile; what was due then and is there still is held back. At the
    first asking that is what became due in the last `before` of time: somebody else may have died at it.
    """

    def __init__(
        self, every: timedelta, next_due_after: Callable[[datetime], datetime], before: timedelta = timedelta(0)
    ) -> None:
        self._every, self._next_due_after, self._before = every, next_due_after, before
        self._asked_at: datetime | None = None
        self._next_due: datetime | None = None
        self._changes = 0

    def look_up(self, now: datetime) -> None:
        """Learn what is due next, unless that is known. Raise StoreError."""
        if self._next_due is None:
            changes, next_due = self._changes, self._next_due_after(self._asked_at or now - self._before)
            if changes == self._changes:  # else it may be another thing by now
                self._next_due = next_due

    def is_due(self, now: datetime) -> bool:
        """Return whether the thing that was known to be next is due, and what can wait had better wait."""
        next_due = self._next_due
        return next_due is not None and next_due <= now

    def is_time(self, now: datetime) -> bool:
        """Return whether to look for work now: something is due, nobody has looked for long, or the clock was
        set back."""
        last = self._asked_at
        if self.is_due(now) or last is None or not last <= now < last + self._every:
            self._asked_at, self._before = now, timedelta(0)
            self.forget_due()
            return True
        return False

    def next_wake(self, latest: datetime) -> datetime:
        """Return when to look for work again (UTC), at the latest."""
        return min(self._next_due or latest, latest)

    def forget(self) -> None:
        """Forget when to wake, since somebody has changed something: look for work at once."""
        self._asked_at = None
        self.forget_due()

    def forget_due(self) -> None:
        """Forget what is due next: it may be another thing now."""
        self._changes += 1
        self._next_due = None


_ARENA_MAX = -8
"""M_ARENA_MAX of glibc's malloc.h."""


def share_one_heap() -> None:
    """Make all threads share one heap: glibc gives each its own, 5 MB in all, to spare them waiting.

    To be called before there are any. Another C library has no such heaps, and no such call.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)


_MADE_BETWEEN_LOOKS = 20_000
"""How many things are made between two looks for what can be thrown away. Eight pages of posts that are taken in
together are some 15,000, all of them still in use."""


def spare_what_stays() -> None:
    """Have the garbage collector leave alone what is there already: it would look through all code that is loaded now
    and then, which takes a tenth of a second, and nobody posts meanwhile. What comes is looked through more often than
    while there was much to load."""
    gc.freeze()
    gc.set_threshold(_MADE_BETWEEN_LOOKS)


class Submits(Protocol):
    """Whatever runs what it is given soon, in a thread of its own."""

    def submit(self, job: Callable[[], object], /) -> object:
        """Run a job soon."""
        ...


class Room:
    """Threads of a kind, made when they are needed. What is handed in once they have ended does not run any more."""

    def __init__(self, most: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(most, thread_name_prefix=name)
        self._guard = threading.Lock()
        self._has_ended = False

    def submit(self, job: Callable[[], object], /) -> None:
        """Run a job soon."""
        with self._guard:
            if not self._has_ended:
                self._pool.submit(job)

    def end(self) -> None:
        """Wait until all that runs has ended; who is still at work elsewhere may go on handing in what is not run."""
        with self._guard:
            self._has_ended = True
        self._pool.shutdown(wait=True)


class OneByOne:
    """Runs what it is given one after the other, in one thread of a pool at a time: of one server's, all but one wait
    here and not in threads that others need."""

    def __init__(self, pool: Submits) -> None:
        self._pool = pool
        self._guard = threading.Lock()
        self._waiting: deque[Callable[[], object]] = deque()
        self._is_running = False

    def submit(self, job: Callable[[], object], /) -> None:
        """Run a job once those before it have ended."""
        with self._guard:
            self._waiting.append(job)
            if self._is_running:
                return
            self._is_running = True
        self._pool.submit(self._run_next)

    def _run_next(self) -> None:
        """Run the next one; whoever waits in the pool has its turn between two of these."""
        try:
            self._waiting.popleft()()
        finally:
            with self._guard:
                self._is_running = bool(self._waiting)
            if self._is_running:
                self._pool.submit(self._run_next)


class Rooms:
    """The threads of a worker, so that nobody's slowness takes those that posts need.

    Deliveries have their own, one for each account that is at work: nothing else ever runs there. Chores have theirs,
    and so have the readings of our own accounts. Servers that are nobody's of ours share a few, one each at a time.
    """

    MOST_LANES = 256
    """More than there are jobs, so that none waits for another; a thread is only made when it is needed."""

    MOST_STRANGERS = 16

    def __init__(self) -> None:
        self.deliveries = Room(self.MOST_LANES, "deliver")
        self.chores = Room(self.MOST_LANES, "chore")
        self.own = Room(self.MOST_LANES, "own")
        self.strangers = Room(self.MOST_STRANGERS, "stranger")
        self._by_host: dict[str, OneByOne] = {}

    def of_reading(self, account: str, host: str) -> Submits:
        """Return where a source is read: one of an `account` of ours, or with "" one of somebody's server."""
        return self.own if account else self._by_host.setdefault(host, OneByOne(self.strangers))

    def __enter__(self) -> Self:
        """Have whoever computes hand the interpreter over to who has waited within half a millisecond, not after five:
        a post waits for the database and for its server some ten times, and each time for the other threads, too."""
        sys.setswitchinterval(0.0005)
        return self

    def __exit__(self, *_: object) -> None:
        """Wait until all have ended, those of posts first."""
        for room in (self.deliveries, self.chores, self.own, self.strangers):
            room.end()


class SerialJob:
    """Runs one job in the pool, never twice at once; asked again while it runs, it runs once more.

    `failed` is handed what a run raised. A job that died of an error would be silence that nobody notices.
    """

    def __init__(self, pool: Submits, job: Callable[[], object], failed: Callable[[Exception], None]) -> None:
        self._pool, self._job, self._failed = pool, job, failed
        self._guard = threading.Lock()
        self._running = self._again = False
        self._asked_at = 0.0

    def is_fresh(self, seconds: float) -> bool:
        """Return whether a run of the job is about to begin, or has begun so shortly ago and not ended."""
        return self._running and time.monotonic() - self._asked_at < seconds

    def poke(self) -> None:
        """Ask for a run of the job soon; several requests before it are one."""
        with self._guard:
            self._again = True
            if not self._running:
                self._running, self._asked_at = True, time.monotonic()
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
class PeriodicJob:
    """A job that is to be poked once per `every`."""

    serial: SerialJob
    every: timedelta = timedelta(0)
    last: datetime | None = None

    def poke_if_due(self, now: datetime) -> None:
        """Poke the job if it is due; a clock that was set back counts as time gone by, or it would wait to catch up."""
        if self.last is None or not self.last <= now < self.last + self.every:
            self.last = now
            self.serial.poke()
