"""One run of the worker on one account, from opening its accounts to death or to the end of all work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self, cast

from bot.domain.delivery import State
from bot.platforms.base import Platform
from bot.services import publish
from bot.services.work import Work
from bot.store import deliveries
from bot.store.locks import FileLocks
from bot.store.store import Store
from tests.sweep import places, wrong
from tests.sweep.jobs import Design, Job, Outcome
from tests.sweep.scene import ACCOUNT

BETWEEN_LIVES = timedelta(seconds=90)
"""More than the hands of a killed life's clock can have moved: the next life's clock is never behind."""

LONGEST_SLEEP = timedelta(seconds=10)
MOST_ROUNDS = 30

_OPEN = (State.PLANNED, State.CLAIMED, State.SENDING, State.UNKNOWN)
_DELIVER: dict[Design, Callable[[Work, str], object]] = {
    Design.OURS: publish.deliver,
    Design.RETRY_BLINDLY: wrong.retry_blindly,
    Design.FORGET_FIRST: wrong.forget_first,
}


class HandClock:
    """Gives the instant it was set to."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class Worker:
    """The process's work on the case's store, at an instant."""

    def __init__(self, job: Job, store: Store, folder: Path, now: datetime) -> None:
        self.clock = HandClock(now)
        self._deliver = _DELIVER[job.design]
        config, platform = places.opened(job.access, self.clock)
        self._platform = platform
        platform = _seen_by(job.design, platform)
        locks = FileLocks(folder / "locks")
        root = Path(job.store).parent
        self._work = Work(config, store, {ACCOUNT: platform}, locks, self.clock, root, lambda _: None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._platform.close()

    def work_off(self) -> None:
        """Deliver, with the clock handed forward, until nothing moves."""
        for _ in range(MOST_ROUNDS):
            self._deliver(self._work, ACCOUNT)
            if not self._is_open():
                return
            self.clock.now = publish.next_wake(self._work, self.clock.now, LONGEST_SLEEP)

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
