"""The heartbeat: a worker says that it is alive, what it works on, and when something that was wrong is mended."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot import __version__
from bot.services import all_clear
from bot.services.status import host, process_of, status
from bot.services.work import Work
from bot.store import workers
from bot.store.workers import Heartbeat, WorkerKind

EVERY: Mapping[WorkerKind, timedelta] = {
    WorkerKind.RUN: timedelta(seconds=10),
    WorkerKind.ONCE: timedelta(minutes=5),
}
"""How often a worker beats. A single run does so when it begins and when it ends, and may take long in between."""


class Heart:
    """The heart of this process. Not to be used by two threads at once."""

    def __init__(self, kind: WorkerKind) -> None:
        self.kind = kind
        self._last: Heartbeat | None = None
        self._key = secrets.token_hex(8)

    def beat(self, work: Work, accounts: Mapping[str, str], files: str, *, is_last: bool = False) -> None:
        """Write down that this worker lives, or with `is_last` that it ends; say what is over since the last beat.

        `accounts` has those it works on, each with "" or why it cannot be used; `files` is a mistake in the files.
        """
        found = all_clear.troubles(work, status(work), accounts, files)
        with work.store.begin() as tx:
            at = workers.clock(tx, work.clock())
            before = self._last or _predecessor(workers.heartbeats(tx), str(work.root))
            beat = self._now(work, at, self._last.since if self._last else at)
            beat = replace(beat, ended_at=at if is_last else None, accounts=dict(accounts), troubles=found)
            workers.beat(tx, beat)
        self._last = beat
        all_clear.tell_changes(work, before.troubles if before else {}, found)

    def _now(self, work: Work, at: datetime, since: datetime) -> Heartbeat:
        return Heartbeat(
            key=self._key,
            kind=self.kind,
            host=host(),
            folder=str(work.root),
            campaign=work.config.campaign.name,
            version=__version__,
            pid=os.getpid(),
            process=process_of(os.getpid()),
            every_s=round(EVERY[self.kind].total_seconds()),
            since=since,
            beat_at=at,
        )


def _predecessor(known: list[Heartbeat], folder: str) -> Heartbeat | None:
    """Who worked in this folder last: what it knew to be wrong may be mended since."""
    return next((one for one in known if one.folder == folder), None)
