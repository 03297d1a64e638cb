"""How the campaign stands, in codes and facts: who works on it, and what keeps anything from going out by itself.

Every command that says what will happen asks here, and `bot.cli.words.status` says it in English.
"""

from __future__ import annotations

import os
import platform
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path

from bot.domain.campaign import Account
from bot.domain.delivery import TO_BE_SENT, Delivery
from bot.domain.limits import traits_of
from bot.domain.post import Blind
from bot.domain.text import digest
from bot.files.config.login import secret_gap
from bot.services import money
from bot.services.watching.watched import host_of, is_feed_silent, is_watched
from bot.services.work import Work
from bot.store import control, overview
from bot.store.control import AccountState
from bot.store.identity import RecoveryNeeded
from bot.store.overview import AccountMoney, Overview, Standing
from bot.store.workers import Heartbeat, WorkerKind
from bot.values import dataclass

BEATS_MISSED = 3
"""After this many beats that did not come a worker counts as silent."""

TOLERANCE = timedelta(seconds=5)
"""How much later a beat may come on a machine that has much to do."""


_DEAD, _HALTED = frozenset("ZXx"), frozenset("Tt")
"""States of a process, see proc(5)."""


class Pulse(StrEnum):
    """How a worker is: at work; silent (stopped, hung, or cut off); killed, so that it never said its end; ended."""

    RUNNING = "running"
    SILENT = "silent"
    KILLED = "killed"
    ENDED = "ended"


class Obstacle(StrEnum):
    """What keeps something from going out by itself."""

    STOPPED = "stopped"
    NO_WORKER = "no_worker"
    NO_WORKER_FOR_ACCOUNT = "no_worker_for_account"
    WORKER_SILENT = "worker_silent"
    ACCOUNT_UNKNOWN = "account_unknown"
    ACCOUNT_CLOSED = "account_closed"
    ACCOUNT_BARRED = "account_barred"
    NO_TOKEN = "no_token"  # noqa: S105
    NEEDS_RECOVERY = "needs_recovery"
    NEEDS_ADOPTION = "needs_adoption"
    OUT_OF_REACH = "out_of_reach"
    RATE_LIMITED = "rate_limited"
    NO_MONEY = "no_money"
    WAITS_FOR_LINK = "waits_for_link"
    TOO_LATE = "too_late"


class AccountCondition(StrEnum):
    """An account's leave to send: yes, not for a while, or not until a person has fixed it."""

    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"
    UNUSABLE = "unusable"


_PASSES = frozenset({Obstacle.RATE_LIMITED, Obstacle.NO_MONEY})
"""What is over at a known time, and keeps nothing back that is due later."""

_PERSON_MENDS = {
    Obstacle.ACCOUNT_CLOSED: AccountCondition.CLOSED,
    Obstacle.NO_TOKEN: AccountCondition.UNUSABLE,
    Obstacle.ACCOUNT_BARRED: AccountCondition.UNUSABLE,
}


@dataclass(frozen=True)
class Hindrance:
    """An obstacle with its facts. Times are UTC.

    `reason` is what was answered or found; `until` is when it is over, or tried again, by itself (None where nobody
    knows); `by_worker` says that the worker found it, and not this process.
    """

    code: Obstacle
    account: str = ""
    reason: str = ""
    since: datetime | None = None
    until: datetime | None = None
    by_worker: bool = True


@dataclass(frozen=True)
class AccountStatus:
    """How an account stands: all that keeps it from sending, the gravest first."""

    name: str
    hindrances: tuple[Hindrance, ...] = ()

    @property
    def condition(self) -> AccountCondition:
        if not self.hindrances:
            return AccountCondition.OPEN
        return _PERSON_MENDS.get(self.hindrances[0].code, AccountCondition.PAUSED)


@dataclass(frozen=True)
class WorkerStatus:
    """A worker, how it is, and how long ago its last beat was. `is_here`: it works in this very folder."""

    beat: Heartbeat
    pulse: Pulse
    age: timedelta
    is_here: bool

    @property
    def is_running(self) -> bool:
        return self.pulse is Pulse.RUNNING


@dataclass(frozen=True)
class Sight:
    """What the sources that are watched cannot show, as they were last read: `read_at` (UTC), None for never.

    `failing` and `silent` are names of sources; `blind` has what servers do not show, by host and for how many
    sources; `unreadable` is how many entries could not be read lately.
    """

    read_at: datetime | None = None
    failing: Sequence[str] = ()
    blind: Mapping[tuple[str, Blind], int] = field(default_factory=dict)
    silent: Sequence[str] = ()
    unreadable: int = 0


@dataclass(frozen=True)
class CampaignStatus:
    """How the campaign stands at an instant (UTC). `workers` has the newest first."""

    now: datetime
    campaign: str
    standing: Standing
    workers: tuple[WorkerStatus, ...]
    accounts: Mapping[str, AccountStatus]
    sight: Sight = Sight()

    @property
    def stopped(self) -> bool:
        return self.standing.stop is not None

    @property
    def doubt(self) -> RecoveryNeeded | None:
        return self.standing.doubt

    @property
    def running(self) -> tuple[WorkerStatus, ...]:
        return tuple(worker for worker in self.workers if worker.is_running)

    @property
    def general(self) -> tuple[Hindrance, ...]:
        """What keeps everything from going out."""
        hindrances = [Hindrance(Obstacle.STOPPED)] if self.stopped else []
        if not self.running:
            is_silent = any(
                worker.pulse is Pulse.SILENT and worker.beat.kind is WorkerKind.RUN for worker in self.workers
            )
            hindrances.append(Hindrance(Obstacle.WORKER_SILENT if is_silent else Obstacle.NO_WORKER))
        return tuple(hindrances)

    @property
    def held_back(self) -> tuple[Hindrance, ...]:
        """What keeps a worker that is just beginning from sending; what it cannot use it says itself."""
        stopped = [Hindrance(Obstacle.STOPPED)] if self.stopped else []
        hindrances = [hindrance for account in self.accounts.values() for hindrance in account.hindrances]
        unusable = {Obstacle.NO_TOKEN, Obstacle.ACCOUNT_BARRED}
        return tuple(hindrance for hindrance in (*stopped, *hindrances) if hindrance.code not in unusable)

    @property
    def open_doubt(self) -> RecoveryNeeded | None:
        """What was noticed about the store, while an account still waits because of it."""
        waits = {Obstacle.NEEDS_RECOVERY, Obstacle.NEEDS_ADOPTION}
        codes = {hindrance.code for account in self.accounts.values() for hindrance in account.hindrances}
        return self.doubt if waits & codes else None

    def of_account(self, name: str) -> tuple[Hindrance, ...]:
        """Return what keeps an account's deliveries from going out."""
        if name not in self.accounts:
            return (*self.general, Hindrance(Obstacle.ACCOUNT_UNKNOWN, name))
        nobody = self.running and not any(name in worker.beat.accounts for worker in self.running)
        missing = (Hindrance(Obstacle.NO_WORKER_FOR_ACCOUNT, name),) if nobody else ()
        return (*self.general, *missing, *self.accounts[name].hindrances)

    def of_delivery(self, delivery: Delivery) -> tuple[Hindrance, ...]:
        """Return what keeps a delivery from going out at its time, by itself; of one that does not wait: nothing."""
        if delivery.state not in TO_BE_SENT:
            return ()
        hindrances = (*self._own(delivery), *self.of_account(delivery.account))
        return tuple(
            hindrance
            for hindrance in hindrances
            if hindrance.code not in _PASSES or not hindrance.until or hindrance.until > delivery.not_before
        )

    def _own(self, delivery: Delivery) -> Iterator[Hindrance]:
        if delivery.is_late(self.now):
            yield Hindrance(Obstacle.TOO_LATE, delivery.account, until=delivery.expires_at)
        if delivery.waiting_for:
            yield Hindrance(Obstacle.WAITS_FOR_LINK, delivery.account, reason=delivery.waiting_for)


def status(work: Work) -> CampaignStatus:
    """Return how the campaign stands now."""
    now = work.clock()
    with work.store.read() as tx:
        return status_of(work, overview.read(tx, now, work.config.accounts), now)


def status_of(work: Work, stored: Overview, now: datetime) -> CampaignStatus:
    """Return how the campaign stands at an instant (UTC), by what the store had then."""
    beats = tuple(_worker(heartbeat, stored.at, work.root) for heartbeat in stored.heartbeats)
    return CampaignStatus(
        now,
        work.config.campaign.name,
        stored,
        beats,
        {
            account.name: _account(work, account, stored.accounts[account.name], beats, stored.doubt, now)
            for account in work.config.accounts.values()
        },
        _sight(work, stored, now),
    )


def _sight(work: Work, stored: Overview, now: datetime) -> Sight:
    """Return what is not seen. A source that bot.toml does not name any more is no trouble; nor is any after
    the purge."""
    if stored.ended:
        return Sight()
    watched = {name: source for name, source in stored.sources.items() if is_watched(work.config, name)}
    states = [source.state for source in watched.values()]
    return Sight(
        max((state.read_at for state in states if state.read_at is not None), default=None),
        [state.source for state in states if state.failing_since is not None],
        Counter((host_of(state.source), state.blind) for state in states if state.blind is not Blind.NOTHING),
        [state.source for state in states if not state.blind and is_feed_silent(state, states, now)],
        sum(source.unreadable for source in watched.values()),
    )


def _worker(heartbeat: Heartbeat, at: datetime, root: Path) -> WorkerStatus:
    is_here = (heartbeat.host, heartbeat.folder) == (host(), str(root))
    return WorkerStatus(heartbeat, pulse_of(heartbeat, at), at - (heartbeat.ended_at or heartbeat.beat_at), is_here)


def pulse_of(heartbeat: Heartbeat, at: datetime) -> Pulse:
    """Return how a worker is, by its last heartbeat and the clock (UTC) that those are written by."""
    if heartbeat.ended_at is not None:
        return Pulse.ENDED
    if _is_gone(heartbeat):
        return Pulse.KILLED
    longest = timedelta(seconds=heartbeat.every_s) * BEATS_MISSED + TOLERANCE
    is_fresh = abs(at - heartbeat.beat_at) <= longest and not _is_halted(heartbeat)
    return Pulse.RUNNING if is_fresh else Pulse.SILENT


def host() -> str:
    """Return what people call this machine."""
    return platform.node()


def process_of(pid: int) -> str:
    """Return what tells a process from every other one, of all machines; "" where there is none, or that cannot be
    told."""
    state, started = _process(pid)
    return f"{_space()}:{pid}:{started}" if state not in _DEAD and _space() else ""


def _process(pid: int) -> tuple[str, str]:
    """Return the state of a process of this machine, and when it was started; that of a dead one where there is
    none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return "X", ""
    return fields[0], fields[19]


@cache
def _space() -> str:
    """Return where process numbers mean what they mean here: this machine since it was started, this container."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return digest("process", boot, os.readlink("/proc/self/ns/pid"))[:16]
    except OSError:
        return ""


def _is_gone(heartbeat: Heartbeat) -> bool:
    """Return whether its process has ended without a word; of another machine's nobody knows."""
    is_ours = bool(_space()) and heartbeat.process.partition(":")[0] == _space()
    return is_ours and process_of(heartbeat.pid) != heartbeat.process


def _is_halted(heartbeat: Heartbeat) -> bool:
    """Return whether its process is stopped (SIGSTOP), where that can be seen from here."""
    return (
        bool(heartbeat.process)
        and process_of(heartbeat.pid) == heartbeat.process
        and _process(heartbeat.pid)[0] in _HALTED
    )


def _account(
    work: Work,
    account: Account,
    stored: AccountMoney,
    beats: Sequence[WorkerStatus],
    doubt: RecoveryNeeded | None,
    now: datetime,
) -> AccountStatus:
    name, state = account.name, stored.state
    hindrances = [
        *_closed(name, state),
        *_barred(work, name, beats),
        *_unusable(work, account, beats),
        *_in_recovery(name, state, doubt),
        *_paused(name, state, now),
        *_without_money(work, account, stored.spent, now),
    ]
    return AccountStatus(name, tuple(hindrances))


def _closed(name: str, state: AccountState) -> Iterator[Hindrance]:
    if state.closed:
        yield Hindrance(Obstacle.ACCOUNT_CLOSED, name, state.reason, state.failing_since)


def _barred(work: Work, name: str, beats: Sequence[WorkerStatus]) -> Iterator[Hindrance]:
    """Yield that an account is barred: nothing is sent while nobody knows which real account it is. A worker says so,
    or this process."""
    key = trouble_key(Obstacle.ACCOUNT_BARRED, name)
    reasons = [worker.beat.troubles[key] for worker in beats if worker.is_running and key in worker.beat.troubles]
    if name in work.memory.barred or reasons:
        yield Hindrance(
            Obstacle.ACCOUNT_BARRED, name, work.memory.barred.get(name) or reasons[0], by_worker=bool(reasons)
        )


def trouble_key(code: Obstacle, name: str) -> str:
    """Return how an account's trouble stands in a heartbeat."""
    return f"{code}:{name}"


def _unusable(work: Work, account: Account, beats: Sequence[WorkerStatus]) -> Iterator[Hindrance]:
    """Yield that an account cannot be used: by what the workers found; only where none runs, by what this process sees
    of the secrets."""
    reasons = [
        worker.beat.accounts[account.name]
        for worker in beats
        if worker.is_running and account.name in worker.beat.accounts
    ]
    if reasons:
        if all(reasons):
            yield Hindrance(Obstacle.NO_TOKEN, account.name, reasons[0])
    elif account.name not in work.platforms and (gap := secret_gap(work.config, account, work.root / "bot.toml")):
        yield Hindrance(Obstacle.NO_TOKEN, account.name, gap, by_worker=False)


def _in_recovery(name: str, state: AccountState, doubt: RecoveryNeeded | None) -> Iterator[Hindrance]:
    if state.in_doubt:
        code = Obstacle.NEEDS_ADOPTION if doubt is not None and doubt.needs_yes else Obstacle.NEEDS_RECOVERY
        yield Hindrance(code, name, since=doubt.since if doubt else None)


def _paused(name: str, state: AccountState, now: datetime) -> Iterator[Hindrance]:
    if state.closed:
        return
    until = state.paused_until if state.paused_until is not None and state.paused_until > now else None
    if state.is_out_of_reach:
        yield Hindrance(Obstacle.OUT_OF_REACH, name, state.reason, state.failing_since, until)
    elif until is not None:
        yield Hindrance(Obstacle.RATE_LIMITED, name, state.reason, state.failing_since, until)


def _without_money(work: Work, account: Account, spent: int, now: datetime) -> Iterator[Hindrance]:
    budget = money.budget(work, account.name)
    remaining = None if budget is None else budget - spent
    if traits_of(account.platform).is_billed and remaining is not None and remaining < money.cheapest_post(work):
        yield Hindrance(Obstacle.NO_MONEY, account.name, until=control.next_budget(now))
