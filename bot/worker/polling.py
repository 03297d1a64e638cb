"""The jobs of the sources: each source is read when its turn comes, or when its stream announces something."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import field
from datetime import datetime
from functools import partial

from bot.domain.polling import Allowance, Announced
from bot.platforms.base import Instance, Platform, Stream
from bot.services.watching import poll
from bot.services.watching.poll import SourcePoll
from bot.services.work import Work
from bot.store import sources
from bot.values import dataclass
from bot.worker.jobs import SerialJob
from bot.worker.streams import Key, StreamListeners


@dataclass
class SourceJob:
    """A source that is read in a job of its own; a new adapter or other rules make it a new one."""

    watch: SourcePoll
    origin: Platform | Instance | None
    rules: object
    serial: SerialJob
    announced: Announced = field(default_factory=Announced)
    read_at: datetime | None = None


@dataclass(frozen=True)
class WorkerCallbacks:
    """What the readings need of the worker.

    `job_of` makes a serial job for an account, or for a host that is read without one; `is_free` says whether there
    is time for sources now; `brought` is called when a reading has brought something; `failed` with an error that
    nobody thought of.
    """

    work: Callable[[], Work]
    job_of: Callable[[Callable[[], object], str, str], SerialJob]
    is_free: Callable[[], bool]
    brought: Callable[[], None]
    failed: Callable[[Exception], None]


class SourceJobs:
    """All sources that are watched, and whoever listens for them."""

    def __init__(self, callbacks: WorkerCallbacks) -> None:
        self._callbacks = callbacks
        self._readings: dict[Key, SourceJob] = {}
        self._allowances: dict[str, Allowance] = {}
        self._guard = threading.Lock()
        self._listeners = StreamListeners(self._announced, callbacks.failed)

    def renew(self) -> None:
        """Follow the sources of now, and listen to their streams; one that is as it was keeps its rhythm."""
        work, readings = self._callbacks.work(), {}
        rules = (work.config.monitor, work.config.watched_hashtags)
        for source_poll in poll.source_polls(work):
            key = (source_poll.account, source_poll.source.name)
            job = self._readings.get(key)
            if job is None or job.origin is not source_poll.origin or job.rules != rules:
                host = getattr(source_poll.origin, "host", "")
                serial = (
                    job.serial if job else self._callbacks.job_of(partial(self._read, key), source_poll.account, host)
                )
                job = SourceJob(source_poll, source_poll.origin, rules, serial)
            readings[key] = job
        self._readings = readings
        self._listeners.renew(work, self._streams(work))

    def poke_due(self, now: datetime) -> None:
        """Start the readings of those sources whose turn it is, or that were announced."""
        for reading in self._readings.values():
            if reading.watch.is_due(now) or reading.announced.is_due(time.monotonic()):
                reading.serial.poke()

    def end(self) -> None:
        """Listen to nothing any more, within a second."""
        self._listeners.end()

    def _streams(self, work: Work) -> Iterator[tuple[str, object, Stream]]:
        if not work.config.monitor.streams:
            return
        for account, platform in work.platforms.items():
            for stream in platform.streams(work.config.watched_hashtags):
                if (account, stream.source) in self._readings:
                    yield account, platform, stream

    def _announced(self, key: Key) -> None:
        """Read an announced source at once, where that may be: otherwise the worker's next waking sees to it."""
        reading = self._readings.get(key)
        if reading is None:
            return
        with self._guard:
            reading.announced.announce()
        if self._callbacks.is_free() and reading.announced.is_due(time.monotonic()):
            reading.serial.poke()

    def _read(self, key: Key) -> None:
        reading = self._readings.get(key)
        if reading is None:
            return
        work, name = self._callbacks.work(), reading.watch.source.name
        before = _reached(work, name)
        last_read, reading.read_at = reading.read_at, work.clock()
        if self._begins_announced(reading):
            poll.read(work, reading.watch)
            brought = _reached(work, name) != before
            with self._guard:
                reading.announced.end(brought=brought)
        else:
            new_posts = poll.read_in_turn(work, reading.watch)
            brought = bool(new_posts) or _reached(work, name) != before
            listener = self._listeners.of(key)
            if new_posts and listener is not None:
                listener.found_unannounced(last_read)
        if brought:
            self._callbacks.brought()

    def _begins_announced(self, reading: SourceJob) -> bool:
        """Return whether this is a reading for an announcement: not while the server is to be left alone, or is asked
        much."""
        source_poll, now = reading.watch, time.monotonic()
        if not reading.announced.is_due(now) or (
            source_poll.failures and not source_poll.is_due(self._callbacks.work().clock())
        ):
            return False
        with self._guard:
            if not self._allowances.setdefault(source_poll.account, Allowance()).take(now):
                return False
            reading.announced.begin(now)
        return True


def _reached(work: Work, source: str) -> tuple[str, str]:
    with work.store.read() as tx:
        return sources.position_of(tx, source)
