"""One run of the worker on one account, from opening its accounts to death or to the end of all work."""

from __future__ import annotations

import mmap
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self, cast

from bot.domain.delivery import State
from bot.errors import StoreError
from bot.platforms.base import Platform
from bot.services.sending import deliver
from bot.services.work import ProcessMemory, Work
from bot.store import deliveries
from bot.store.store import AdvisoryLocks, Store, locks_of
from tests.sweep import places, wrong
from tests.sweep.jobs import Design, Job, Outcome
from tests.sweep.scene import ACCOUNT

LONGEST_SLEEP = timedelta(seconds=10)
MOST_ROUNDS = 30
_LOOK_S = 0.002
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_OPEN = (State.PLANNED, State.CLAIMED, State.SENDING, State.UNKNOWN)
_DELIVER: dict[Design, Callable[[Work, str], object]] = {
    Design.OURS: deliver.deliver,
    Design.RETRY_BLINDLY: wrong.retry_blindly,
    Design.FORGET_FIRST: wrong.forget_first,
    Design.SEND_HOWEVER_LATE: deliver.deliver,
}


class HandClock:
    """Gives the instant it was set to, by whichever of the processes that were forked after it was made.

    `looks` is how often this process has looked at it.
    """

    def __init__(self) -> None:
        self._microseconds = mmap.mmap(-1, 8)
        self.looks = 0

    def __call__(self) -> datetime:
        self.looks += 1
        return self.now

    @property
    def now(self) -> datetime:
        return _EPOCH + timedelta(microseconds=int.from_bytes(self._microseconds[:], "big"))

    @now.setter
    def now(self, now: datetime) -> None:
        self._microseconds[:] = ((now - _EPOCH) // timedelta(microseconds=1)).to_bytes(8, "big")


class Worker:
    """The process's work on the case's store. Where it `endures`, it goes on after the store has failed it."""

    def __init__(self, job: Job, store: Store, folder: Path, clock: HandClock, *, endures: bool = False) -> None:
        self._clock = clock
        self._deliver = _DELIVER[job.design]
        self._endures = endures
        config, platform = places.opened(job.access, clock)
        self._platform = platform
        platform = _seen_by(job.design, platform)
        store.fencing_token = secrets.randbits(62)
        self._locks = locks_of(store, folder / "locks")
        root = Path(job.store).parent
        self._work = Work(config, store, {ACCOUNT: platform}, self._locks, clock, root, lambda _: None, ProcessMemory())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._platform.close()
        if isinstance(self._locks, AdvisoryLocks):
            self._locks.close()

    def work_off(self) -> None:
        """Deliver, with the clock handed forward, until nothing moves."""
        for _ in range(MOST_ROUNDS):
            try:
                while self._deliver(self._work, ACCOUNT) is False:
                    time.sleep(_LOOK_S)  # until the server has noticed that whoever held the lock is dead
                if not self._is_open():
                    return
                self._clock.now = deliver.next_wake(self._work, self._clock.now, LONGEST_SLEEP)
            except StoreError:
                if not self._endures:
                    raise

    def is_kept_out(self) -> bool:
        """Whether somebody else has the account, so that nothing can be done."""
        return self._deliver(self._work, ACCOUNT) is False

    def outcome(self) -> Outcome:
        """What is believed in the end."""
        with self._work.store.read() as tx:
            (one,) = deliveries.listed(tx)
        sent = tuple(part.post_id for part in one.sent_parts)
        return Outcome(one.state, one.error, one.url, sent, one.attempts)

    def _is_open(self) -> bool:
        with self._work.store.read() as tx:
            return bool(deliveries.in_states(tx, _OPEN))


def _seen_by(design: Design, platform: Platform) -> Platform:
    return cast(Platform, wrong.Unseeing(platform)) if design is Design.RETRY_BLINDLY else platform
