"""All that is due, done once by a process that ends then: for cron."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial

from bot.app import App
from bot.services import own_accounts
from bot.services.checks import preflight
from bot.services.heartbeat import Heart
from bot.services.protection import forget
from bot.services.sending import clock_rollback, deliver, media, undo
from bot.services.watching import poll
from bot.store.workers import WorkerKind
from bot.worker import upkeep
from bot.worker.jobs import Rooms, Submits

LOOK_SECONDS = 1.0
"""How often it is looked whether something falls due, while slow servers are read."""


def run_once(app: App) -> None:
    """Do all that is due, and end: send, read every source until caught up, and send what that has brought.

    Raise GroundswellError after everything else is done.
    """
    heart = Heart(WorkerKind.ONCE)
    app.beat(heart)
    try:
        _do_all(app)
    finally:
        app.beat(heart, is_last=True)


def _do_all(app: App) -> None:
    if app.work.memory.barred:
        app.ask_who()
        app.follow()
    work, accounts = app.work, tuple(app.work.platforms)
    clock_rollback.notice(work)
    forget.forget_again(work)
    with Rooms() as rooms:
        sending = [(rooms.deliveries, partial(_send_all_due, app, name)) for name in accounts]
        reading = [
            (
                rooms.of_reading(source_poll.account, getattr(source_poll.origin, "host", "")),
                partial(poll.read_all, work, source_poll),
            )
            for source_poll in poll.source_polls(work)
        ]
        uploading = [(rooms.chores, partial(media.prepare, work, name)) for name in accounts]
        ahead = [(rooms.chores, partial(preflight.look_ahead, work, name)) for name in accounts]
        again = [(rooms.chores, partial(upkeep.look_again, work, name)) for name in accounts]
        _at_once([(rooms.chores, partial(own_accounts.learn, work)), *sending])
        over = threading.Event()
        on_time = _begin([(rooms.deliveries, partial(_keep_sending, app, name, over)) for name in accounts])
        try:
            _at_once([*reading, *again])
        finally:
            over.set()
            _end(on_time)
        _at_once(sending)
        afterwards = [partial(upkeep.expire, work), partial(undo.tell_out_of_reach, work)]
        _at_once([*uploading, *ahead, *((rooms.chores, job) for job in afterwards)])


def _send_all_due(app: App, account: str) -> None:
    before = app.progress()
    while not app.work.stopping.is_set():
        deliver.deliver(app.work, account)
        after = app.progress()
        if after == before:
            return
        before = after


def _keep_sending(app: App, account: str, over: threading.Event) -> None:
    """Send what falls due while slow servers are read."""
    while not over.wait(LOOK_SECONDS):
        _send_all_due(app, account)


Jobs = Sequence[tuple[Submits, Callable[[], object]]]


def _at_once(jobs: Jobs) -> None:
    """Do all of them side by side; the first error is raised when all have ended."""
    _end(_begin(jobs))


def _begin(jobs: Jobs) -> list[_Job]:
    begun = []
    for room, job in jobs:
        begun.append(_Job(job))
        room.submit(begun[-1].run)
    return begun


def _end(jobs: Sequence[_Job]) -> None:
    for job in jobs:
        job.ended.wait()
    for job in jobs:
        if job.error is not None:
            raise job.error


class _Job:
    """A job that tells when it has ended, and with which error."""

    def __init__(self, job: Callable[[], object]) -> None:
        self._job = job
        self.ended = threading.Event()
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self._job()
        except Exception as error:
            self.error = error
        finally:
            self.ended.set()
