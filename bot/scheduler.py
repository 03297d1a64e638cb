"""When to call which service, and nothing more; the only module that asks the system clock."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import FrameType

from apscheduler.schedulers.background import BackgroundScheduler

from bot.app import App
from bot.errors import GroundswellError
from bot.services import identity, media, monitor, publish
from bot.services.monitor import Watch

LONGEST_SLEEP = timedelta(seconds=1)
"""The clock may jump, and other processes may add work: neither goes unnoticed for longer than this."""

LOOK_AT_FILES = timedelta(seconds=2)
LOOK_AT_MEDIA = timedelta(seconds=5)
ASK_WHO_WE_ARE = timedelta(minutes=5)


def system_clock() -> datetime:
    """The current instant in UTC."""
    return datetime.now(UTC)


class Lane:
    """Runs one job at a time in the pool; asked again while it runs, it runs once more."""

    def __init__(self, pool: ThreadPoolExecutor, job: Callable[[], None]) -> None:
        self._pool, self._job = pool, job
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
            self._job()

    def _wanted(self) -> bool:
        with self._guard:
            self._running, self._again = self._again, False
            return self._running


class Worker:
    """The campaign on the system clock, until SIGTERM: the request in flight ends, no other begins."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._alarm = BackgroundScheduler(timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True})
        self._lanes: dict[str, Lane] = {}
        self._sources: list[tuple[Watch, Lane]] = []
        self._last: dict[str, datetime] = {}

    def run(self) -> None:
        """Work until `work.stopping` is set, by a signal or by another thread."""
        stopping = self._app.work.stopping
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: self._stop(_frame))
        with ThreadPoolExecutor(max_workers=16, thread_name_prefix="lane") as pool:
            self._pool = pool
            self._make_lanes()
            self._alarm.start()
            self._wake()
            stopping.wait()
            self._alarm.shutdown(wait=True)

    def _stop(self, _frame: FrameType | None) -> None:
        self._app.work.stopping.set()

    def _make_lanes(self) -> None:
        """One lane for each account's deliveries, its uploads, and each source: none waits for another."""
        work, pool = self._app.work, self._pool
        jobs: dict[str, Callable[[], object]] = {"files": self._follow_files, "who": lambda: identity.learn(work)}
        for name in work.platforms:
            jobs[f"deliver {name}"] = lambda name=name: publish.deliver(work, name)  # type: ignore[misc]
            jobs[f"media {name}"] = lambda name=name: media.prepare(work, name)  # type: ignore[misc]
        self._lanes = {name: Lane(pool, self._guarded(job)) for name, job in jobs.items()}
        self._sources = [
            (watch, Lane(pool, self._guarded(lambda watch=watch: monitor.read(work, watch))))  # type: ignore[misc]
            for watch in monitor.watches(work)
        ]

    def _guarded(self, job: Callable[[], object]) -> Callable[[], None]:
        def run() -> None:
            if self._app.work.stopping.is_set():
                return
            try:
                job()
            except GroundswellError as error:
                self._app.work.tell("failed", str(error), alarming=True)

        return run

    def _wake(self) -> None:
        """Poke whatever has something to do, and set the alarm for the next time."""
        now = system_clock()
        if self._app.work.stopping.is_set():
            return
        for name, lane in self._lanes.items():
            if name.startswith("deliver") or self._is_time(name, now):
                lane.poke()
        for watch, lane in self._sources:
            if watch.next_at <= now:
                lane.poke()
        self._alarm.add_job(self._wake, "date", run_date=self._next_wake(now), id="wake", replace_existing=True)

    def _is_time(self, name: str, now: datetime) -> bool:
        every = {"files": LOOK_AT_FILES, "who": ASK_WHO_WE_ARE}.get(name, LOOK_AT_MEDIA)
        last = self._last.get(name)
        if last is not None and last <= now < last + every:
            return False
        self._last[name] = now
        return True

    def _next_wake(self, now: datetime) -> datetime:
        try:
            return publish.next_wake(self._app.work, now, LONGEST_SLEEP)
        except GroundswellError:
            return now + LONGEST_SLEEP

    def _follow_files(self) -> None:
        if self._app.follow_files():
            self._make_lanes()


def run_once(app: App) -> None:
    """Do all that is due, and end: read every source until caught up, then send."""
    work = app.work
    identity.learn(work)
    for watch in monitor.watches(work):
        monitor.read(work, watch)
    for name in work.platforms:
        media.prepare(work, name)
    while not work.stopping.is_set():
        before = app.progress()
        for name in work.platforms:
            publish.deliver(work, name)
        if app.progress() == before:
            return
