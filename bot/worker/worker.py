"""When to call which service, and nothing more; the only module that asks the system clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from bot.app import App
from bot.clock import system_clock
from bot.domain.campaign import Config
from bot.services import notifications, own_accounts
from bot.services.checks import preflight
from bot.services.events import EventName, failure_facts
from bot.services.heartbeat import EVERY, Heart
from bot.services.sending import clock_rollback, deliver, media
from bot.services.work import Work
from bot.store.notify import Listener
from bot.store.workers import WorkerKind
from bot.worker import upkeep
from bot.worker.jobs import LONGEST as LONGEST_AGENDA
from bot.worker.jobs import PeriodicJob, Rooms, SerialJob, Submits, WakeSchedule, share_one_heap, spare_what_stays
from bot.worker.polling import SourceJobs, WorkerCallbacks

LONGEST_SLEEP = timedelta(seconds=1)
"""The clock may jump, and other processes may add work: neither goes unnoticed for longer than this."""

LOOK_AT_FILES = timedelta(seconds=2)
LOOK_AT_MEDIA = timedelta(seconds=2)
ASK_THE_SERVERS = timedelta(minutes=1)
LOOK_AHEAD = timedelta(minutes=1)

MOST_WAKINGS = 8
"""How many wakings may run at once, of which all but one hardly do anything."""

SAY_AGAIN = timedelta(minutes=1)
"""A failure that goes on is said no more often than this."""

SOUND_S = 5.0
"""So many seconds must nobody fail for a reason before it is said to be over: on an ailing disk some jobs still go."""

LONGEST_UNASKED = timedelta(seconds=5)
"""Where LISTEN/NOTIFY works, the store is asked for work this often without it: a worker may have died at it."""

DUE_WHILE_NOBODY_WORKED = timedelta(minutes=5)
"""What became due so shortly before a worker begins has its second too; what else it does waits for the next waking."""

DELIVERING_S, LONGEST_PUT_OFF_S = 2.0, 3.0
"""So long all else waits for a lane that has begun, and for all lanes together: servers may be slow, and the next posts
need their files."""

LANES = "lanes"
"""The name of the job that asks the store for work."""


def _ahead() -> timedelta:
    """Return how far the system clock is ahead of the time that this computer has been running for: changed by jumps
    alone."""
    return system_clock() - datetime.fromtimestamp(time.monotonic(), UTC)


class Worker:
    """The campaign on the system clock, until `work.stopping`: the request in flight ends, no other begins."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._wakings = ThreadPoolExecutor(MOST_WAKINGS)
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": MOST_WAKINGS}
        self._alarm = BackgroundScheduler(executors={"default": self._wakings}, timezone=UTC, job_defaults=defaults)
        self._periodic: dict[str, PeriodicJob] = {}
        self._lanes: dict[str, SerialJob] = {}
        """The deliveries of each account, begun where there is something to do."""
        self._media: dict[str, SerialJob] = {}
        self._others_began = time.monotonic()
        """When all that is no delivery had its turn last, by the monotonic clock."""
        callbacks = WorkerCallbacks(
            lambda: app.work, self._reading_job, self._may_read, self._deliver_soon, self._failed
        )
        self._readings = SourceJobs(callbacks)
        self._changing = threading.Lock()
        self._taken_up = float("-inf")
        """When the last taking up of what people have changed began, by the monotonic clock."""
        self._we_know_us = False
        self._said: dict[str, datetime] = {}
        self._ailing: dict[object, dict[str, Any]] = {}
        self._over: dict[str, tuple[dict[str, Any], float]] = {}
        """What nobody fails for any more, and since when by the monotonic clock."""
        self._health = threading.Lock()
        self._heart = Heart(WorkerKind.RUN)
        every = timedelta(0) if app.work.store.is_sqlite else LONGEST_UNASKED
        self._wake_schedule = WakeSchedule(
            every, lambda at: deliver.next_wake(app.work, at, LONGEST_AGENDA), DUE_WHILE_NOBODY_WORKED
        )
        self._ahead = _ahead()
        self._woken = time.monotonic()
        self._sleeps_until = datetime.max.replace(tzinfo=UTC)
        """When everything has its turn again, whatever was due or notified before."""

    def run(self) -> None:
        """Work until `work.stopping` is set by another thread."""
        share_one_heap()
        stopping = self._app.work.stopping
        with Rooms() as self._rooms:
            self._make_jobs()
            spare_what_stays()
            self._alarm.start()
            self._app.work.tell(EventName.WORKING, accounts=list(self._app.work.platforms))
            self._wake()
            with self._listening():
                while not stopping.wait(LONGEST_SLEEP.total_seconds()):
                    self._wake_if_overslept()
                    self._say_what_is_over(time.monotonic())
            self._app.work.tell(EventName.ENDING)
            self._readings.end()
            self._alarm.pause()
            self._alarm.remove_all_jobs()  # an alarm that rings while it is shut down breaks its own thread
            self._alarm.shutdown(wait=False)  # which holds a lock that a waking needs to set the next alarm
            self._wakings.shutdown(wait=True)
        self._beat(is_last=True)

    @contextmanager
    def _listening(self) -> Iterator[None]:
        """Wake when another process gives us something to do; SQLite cannot notify, and is looked into every second."""
        if self._app.work.store.is_sqlite:
            yield
            return
        woken = SerialJob(self._rooms.chores, self._wake_notified, self._failed)

        def notified() -> None:
            self._wake_schedule.forget()
            woken.poke()

        listener = Listener(self._app.work.store, notified)
        listener.start()
        try:
            yield
        finally:
            listener.close()

    def _make_jobs(self) -> None:
        """Make a job for each account's deliveries, its uploads, and each source: none waits for another.

        A job that is there already stays, so that an old and a new run never meet; it takes up what has changed
        with its next run.
        """
        wanted_jobs: dict[str, tuple[Callable[[], object], timedelta]] = {
            LANES: (self._begin_lanes, timedelta(0)),
            "media": (self._begin_media, LOOK_AT_MEDIA),
            "files": (self._follow, LOOK_AT_FILES),
            "who": (self._ask_the_servers, ASK_THE_SERVERS),
            "clock": (self._heed_the_clock, timedelta(0)),
            "heart": (self._beat, EVERY[WorkerKind.RUN]),
            "notifications": (self._app.notifier.flush, notifications.EVERY),
        }
        for name in self._app.work.platforms:
            wanted_jobs[f"ahead {name}"] = partial(self._look_ahead, name), LOOK_AHEAD
        wanted_jobs |= upkeep.jobs(lambda: self._app.work)
        deliveries, chores = self._rooms.deliveries, self._rooms.chores
        self._periodic = {
            name: self._periodic.get(name)
            or PeriodicJob(self._serial_job(job, deliveries if name == LANES else chores), every)
            for name, (job, every) in wanted_jobs.items()
        }
        names = list(self._app.work.platforms)
        self._lanes = {
            name: self._lanes.get(name) or self._serial_job(partial(self._deliver, name), deliveries) for name in names
        }
        self._media = {
            name: self._media.get(name) or self._serial_job(partial(self._prepare, name), chores) for name in names
        }
        self._readings.renew()

    def _reading_job(self, job: Callable[[], object], account: str, host: str) -> SerialJob:
        return self._serial_job(job, self._rooms.of_reading(account, host))

    def _serial_job(self, job: Callable[[], object], room: Submits) -> SerialJob:
        def run() -> None:
            if self._app.work.stopping.is_set():
                return
            try:
                job()
            except Exception as error:
                self._falls_ill(run, error)
                raise
            self._is_well(run)

        return SerialJob(room, run, self._failed)

    def _begin_lanes(self) -> None:
        """Begin the deliveries of those accounts that have any: one look at the store for all of them."""
        lanes = self._lanes
        for account in deliver.wanted(self._app.work):
            if account in lanes:
                lanes[account].poke()

    def _begin_media(self) -> None:
        """Begin the uploads of those accounts whose posts carry files: one look at the store for all of them."""
        uploads = self._media
        for account in media.wanted(self._app.work):
            if account in uploads:
                uploads[account].poke()

    def _deliver(self, account: str) -> None:
        """Deliver with the secrets of this moment: after a new login nothing more is sent with an old token."""
        work = self._take_up()
        try:
            if account in work.platforms and not deliver.deliver(work, account):
                self._wake_schedule.forget()  # another worker is at it, and may die at it
        finally:
            self._wake_schedule.forget_due()

    def _prepare(self, account: str) -> None:
        work = self._app.work
        if account in work.platforms:
            media.prepare(work, account)

    def _look_ahead(self, account: str) -> None:
        work = self._app.work
        if account in work.platforms:
            preflight.look_ahead(work, account)

    def _follow(self) -> None:
        before = self._app.files_fault
        self._take_up(self._app.follow(once_settled=True))
        if self._app.files_fault != before:
            self._periodic["heart"].serial.poke()  # which says when it is over, however soon

    def _take_up(self, config: Config | None = None) -> Work:
        """Take up what people have changed meanwhile, and return the work as it is then.

        Who waits while another thread is at it takes what a third one found that began after they had asked: with fifty
        accounts due in the same second, all are looked through twice and not fifty times.
        """
        asked = time.monotonic()
        with self._changing:
            if config is None and asked < self._taken_up:
                return self._app.work
            begun = time.monotonic()
            if self._app.take_up(config or self._app.work.config):
                self._make_jobs()
                self._periodic["heart"].serial.poke()
                if self._app.work.memory.barred:
                    self._periodic["who"].serial.poke()
            self._taken_up = begun
            return self._app.work

    def _ask_the_servers(self) -> None:
        try:
            own_accounts.learn(self._app.work)
            if self._app.work.memory.barred:
                self._app.line_up()
            self._app.ask_limits()
        finally:
            self._we_know_us = True

    def _heed_the_clock(self) -> None:
        """Notice a clock that jumped: what one that was ahead has put off would wait until it is as late again."""
        ahead = _ahead()
        if ahead < self._ahead - clock_rollback.LEAST:
            clock_rollback.ask_again(self._app.work, self._ahead - ahead)
        elif ahead > self._ahead + clock_rollback.LEAST:
            clock_rollback.tell_forward(self._app.work, ahead - self._ahead)
        self._ahead = ahead

    def _beat(self, *, is_last: bool = False) -> None:
        """Let everybody see that we are alive; that it fails must not end a worker."""
        app = self._app
        try:
            app.beat(self._heart, is_last=is_last)
        except Exception as error:
            self._falls_ill(self._heart, error)
            self._failed(error)
        else:
            self._is_well(self._heart)

    def _falls_ill(self, who: object, error: Exception) -> None:
        with self._health:
            self._ailing[who] = failure = failure_facts(error)
            self._over.pop(str(failure), None)

    def _is_well(self, who: object) -> None:
        with self._health:
            failure = self._ailing.pop(who, None)
            if failure is not None and failure not in self._ailing.values():
                self._over[str(failure)] = failure, time.monotonic()

    def _say_what_is_over(self, now: float) -> None:
        """Say what works again; `now` is by the monotonic clock."""
        with self._health:
            over = [key for key, (_, since) in self._over.items() if since + SOUND_S <= now]
            failures = [self._over.pop(key)[0] for key in over]
            for key in over:
                self._said.pop(key, None)
        for failure in failures:
            self._app.work.tell(EventName.WORKS_AGAIN, **failure)

    def _failed(self, error: Exception) -> None:
        """Say what went wrong, and try again; what goes on failing fails every second, and is not said every second."""
        failure = failure_facts(error)
        self._wake_schedule.forget()
        with self._health:  # several jobs fail for one reason at the same moment
            now, last = system_clock(), self._said.get(str(failure))
            is_new = last is None or not last <= now < last + SAY_AGAIN
            if is_new:
                self._said[str(failure)] = now
        if is_new:
            self._app.work.tell(EventName.FAILED, alarming=True, **failure)

    def _wake(self) -> None:
        """Poke whatever has something to do, and set the alarm for the next time."""
        if self._app.work.stopping.is_set():
            return
        self._woken = time.monotonic()
        now = system_clock()
        if not self._poke_deliveries(now) and not self._is_delivering():  # a post has its second, the rest can wait
            self._others_began = time.monotonic()
            for name, job in self._periodic.items():
                if name != LANES:
                    job.poke_if_due(now)
            if self._we_know_us:
                self._readings.poke_due(now)
        self._sleeps_until = now + LONGEST_SLEEP
        self._wake_when_due(now)

    def _is_delivering(self) -> bool:
        """Return whether all else is to wait for accounts that are at work: it would take their processor."""
        is_patient = time.monotonic() - self._others_began < LONGEST_PUT_OFF_S
        return is_patient and any(lane.is_fresh(DELIVERING_S) for lane in list(self._lanes.values()))

    def _wake_notified(self) -> None:
        """Deliver what somebody has given us to deliver; all else has its time, however often we are notified."""
        if not self._app.work.stopping.is_set():
            now = system_clock()
            self._poke_deliveries(now)
            self._wake_when_due(now)

    def _poke_deliveries(self, now: datetime) -> bool:
        """Have accounts deliver, if it is time to look for work, and return whether something is due."""
        self._look_up(now)
        is_due = self._wake_schedule.is_due(now)
        if self._wake_schedule.is_time(now):
            self._periodic[LANES].poke_if_due(now)
        return is_due

    def _wake_when_due(self, now: datetime) -> None:
        self._look_up(now)
        self._set_alarm(self._wake_schedule.next_wake(self._sleeps_until))

    def _may_read(self) -> bool:
        """Return whether a source may be read: not knowing us, our own posts would be taken for somebody's; and a post
        that is due has its second."""
        return (
            self._we_know_us
            and not self._wake_schedule.is_due(system_clock())
            and not self._is_delivering()
            and not self._app.work.stopping.is_set()
        )

    def _deliver_soon(self) -> None:
        """Deliver soon: a reshare that was read, or a wish to be left alone, need not wait for the next waking."""
        self._wake_schedule.forget()
        self._periodic[LANES].serial.poke()

    def _look_up(self, now: datetime) -> None:
        try:
            self._wake_schedule.look_up(now)
        except Exception as error:
            self._falls_ill("waking", error)
            self._failed(error)
        else:
            self._is_well("waking")

    def _set_alarm(self, at: datetime) -> None:
        """Set the alarm for the next waking. Several may run at once: an alarm that came while this waking ends would
        otherwise be dropped for good."""
        self._alarm.add_job(self._wake, "date", run_date=at, id="wake", replace_existing=True)

    def _wake_if_overslept(self) -> None:
        """Wake if the alarm is late: a clock that was set back leaves it in a far future."""
        if time.monotonic() - self._woken > 2 * LONGEST_SLEEP.total_seconds():
            self._wake()
