"""A worker says that it is alive, what was wrong, and when it is fixed."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from bot import __version__
from bot.services.events import EventName
from bot.services.status import CampaignStatus, Obstacle, host, process_of, status, trouble_key
from bot.services.work import Work
from bot.store import deliveries, workers
from bot.store.workers import Heartbeat, WorkerKind

FILES = "files"
_LINK = "link"
_BACK = (Obstacle.ACCOUNT_CLOSED, Obstacle.NO_TOKEN, Obstacle.RATE_LIMITED)
_OF_ACCOUNTS = frozenset({*_BACK, Obstacle.NO_MONEY, Obstacle.ACCOUNT_BARRED})


def troubles(work: Work, status: CampaignStatus, unusable: Mapping[str, str], files: str) -> dict[str, str]:
    """Return all that is wrong now, by code and subject: what is gone of it at the next look is over.

    `unusable` has the accounts that this worker cannot use, with the reason; `files` is a mistake in the files.
    """
    by_key = {trouble_key(Obstacle.NO_TOKEN, name): why for name, why in unusable.items() if why}
    for name, account in status.accounts.items():
        hindrances = (
            hindrance for hindrance in account.hindrances if hindrance.code in _OF_ACCOUNTS - {Obstacle.NO_TOKEN}
        )
        by_key |= {trouble_key(hindrance.code, name): hindrance.reason for hindrance in hindrances}
    if status.stopped:
        by_key[str(Obstacle.STOPPED)] = ""
    if files:
        by_key[FILES] = files
    with work.store.read() as tx:
        return by_key | {f"{_LINK}:{link}": "" for link in deliveries.links_waited_for(tx)}


def tell_changes(work: Work, before: Mapping[str, str], now: Mapping[str, str]) -> None:
    """Say what is over, and what has begun that nobody else says."""
    for key in now.keys() - before.keys():
        code, _, name = key.partition(":")
        if code == Obstacle.RATE_LIMITED:
            work.tell(EventName.RATE_LIMITED, account=name, error=now[key])
    for key in sorted(before.keys() - now.keys()):
        _tell_over(work, key, now)


def _tell_over(work: Work, key: str, now: Mapping[str, str]) -> None:
    code, _, name = key.partition(":")
    if code in _OF_ACCOUNTS and name not in work.config.accounts:
        return
    if code == Obstacle.STOPPED:
        work.tell(EventName.RESUMED)
    elif code == FILES:
        work.tell(EventName.FILES_FINE)
    elif code == _LINK and work.config.campaign.links.get(name):
        work.tell(EventName.LINK_KNOWN, link=name)
    elif code == Obstacle.NO_MONEY:
        work.tell(EventName.MONEY_BACK, account=name)
    elif code in _BACK and not any(trouble_key(other, name) in now for other in _BACK):
        work.tell(EventName.ACCOUNT_BACK, account=name, obstacle=code)


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

    def beat(
        self,
        work: Work,
        accounts: Mapping[str, str],
        files: str,
        *,
        is_last: bool = False,
        faults: int = 0,
        files_seen_at: datetime | None = None,
    ) -> None:
        """Write down that this worker lives, or with `is_last` that it ends; say what is over since the last beat.

        `accounts` has those it works on, each with "" or why it cannot be used; `files` is the first mistake in the
        files, `faults` how many there are, and `files_seen_at` (UTC) when they were read last.
        """
        now_troubles = troubles(work, status(work), accounts, files)
        with work.store.begin() as tx:
            at = workers.clock(tx, work.clock())
            before = self._last or _predecessor(workers.heartbeats(tx), str(work.root))
            beat = self._now(work, at, self._last.since if self._last else at, folder_mark(work.root))
            beat = replace(beat, ended_at=at if is_last else None, accounts=dict(accounts), troubles=now_troubles)
            beat = replace(beat, faults=faults, files_seen_at=files_seen_at)
            workers.beat(tx, beat)
        self._last = beat
        tell_changes(work, before.troubles if before else {}, now_troubles)

    def beat_alone(self, work: Work, accounts: Mapping[str, str]) -> None:
        """Write down that this worker lives; nothing else is looked at, and nothing written into its folder."""
        now = work.clock()
        last = self._last or self._now(work, now, now, mark="")
        self._last = replace(last, beat_at=now, files_seen_at=now, accounts=dict(accounts))
        with work.store.begin() as tx:
            workers.beat(tx, self._last)

    def _now(self, work: Work, at: datetime, since: datetime, mark: str) -> Heartbeat:
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
            mark=mark,
        )


def folder_mark(root: Path) -> str:
    """Return the random mark of a campaign's folder, which a copy on another machine does not share; it is made when it
    is first asked for. Return "" where there is none, and none can be written."""
    path = root / "var" / "mark"
    with suppress(OSError):
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with suppress(FileExistsError):
                _write_new(path, secrets.token_hex(16))
        return path.read_text(encoding="ascii").strip()
    return ""


def _write_new(path: Path, text: str) -> None:
    """Write a new file, whole or not at all: what a full disk left empty would stay so. Raise OSError."""
    try:
        with path.open("x", encoding="ascii") as file:
            file.write(text)
    except FileExistsError:
        raise
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _predecessor(known: list[Heartbeat], folder: str) -> Heartbeat | None:
    """Return who worked in this folder last: what it knew to be wrong may be fixed since."""
    return next((heartbeat for heartbeat in known if heartbeat.folder == folder), None)
