"""Reckoning: an account in doubt sends nothing until its own timeline has told what this store does not know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, select

from bot.domain.circuit import backoff
from bot.domain.delivery import Delivery, Kind, State
from bot.domain.matching import is_current
from bot.domain.money import Purpose
from bot.domain.post import OwnPost
from bot.errors import PlatformError, Refused
from bot.platforms.base import REQUEST_DEADLINE
from bot.services import money
from bot.services.database.reckon_found import record_all, strangers
from bot.services.sending.circuit import answered, hold_account, try_again
from bot.services.sending.reconcile import OWN_TIMELINE, TIMELINE_LAG, read_own
from bot.services.work import LOCK_WAIT, SIGHTINGS, Locks, Work, account_lock, name_of
from bot.store import attempts, control, deliveries, marks
from bot.store.schema import delivery, meta
from bot.store.store import Store

MARGIN = timedelta(minutes=10)
"""How long before the last thing that is known a reading begins: clocks differ, and requests take their time."""

_HELD = (
    "it was due while this store knew nothing, and your timeline shows posts that nobody here remembers; look, then "
    "run: bot release {id}, or bot cancel {id}"
)


@dataclass(frozen=True)
class Reckoning:
    """How far the reckoning of one account is. `begins` and `noticed` (UTC): the time that may be missing here."""

    begins: datetime
    noticed: datetime
    next_at: datetime
    looks: int = 0
    failures: int = 0
    newest: str = ""
    found: int = 0


@dataclass(frozen=True)
class Gap:
    """A time that was reckoned once; what is planned into it later (`last` is the newest delivery then) was not."""

    begins: datetime
    until: datetime
    last: int


def settle(work: Work, account: str) -> None:
    """Take the next readings that are due, and act on them; only the holder of the account's lock may call this.

    Each reading that finds something writes it down at once, so that a worker that dies in between loses nothing.
    """
    while not work.stopping.is_set():
        now = work.clock()
        with work.store.read() as tx:
            if not control.account(tx, account).in_doubt and not _turned_up_late(tx, account):
                return
        with work.store.begin() as tx:
            under_way = _under_way(tx, account, now)
            state = control.account(tx, account)
        if under_way is None or under_way.next_at > now or not state.may_be_asked(now):
            return
        _look(work, account, under_way)


def _under_way(tx: Connection, account: str, now: datetime) -> Reckoning | None:
    """The account's reckoning, begun now if there is none; None while a person has to say that we send from here."""
    known = marks.read(tx)
    written = known.raw.get(f"{marks.RECKONING}:{account}")
    if written is not None:
        return msgspec.json.decode(written, type=Reckoning)
    gap = _turned_up_late(tx, account)
    if gap is not None:
        control.set_account(tx, account, in_doubt=True)
        begun = Reckoning(gap.begins, gap.until, now)
        _save(tx, account, begun)
        return begun
    if known.doubt is None or known.doubt.needs_yes:
        return None
    begins = (known.doubt.known_until or _first_due(tx, account, now)) - MARGIN
    return Reckoning(begins, known.doubt.since, now)


def _first_due(tx: Connection, account: str, now: datetime) -> datetime:
    could_be_out = (delivery.c.account == account, delivery.c.state != State.SENT, delivery.c.due_at <= now)
    return tx.execute(select(delivery.c.due_at).where(*could_be_out).order_by(delivery.c.due_at)).scalar() or now


def _turned_up_late(tx: Connection, account: str) -> Gap | None:
    """The time that was reckoned, if something was planned into it afterwards: files may come back late."""
    written = tx.execute(select(meta.c.value).where(meta.c.key == f"{marks.GAP}:{account}")).scalar()
    gap = msgspec.json.decode(written, type=Gap) if written else None
    if gap is None:
        return None
    new = (delivery.c.account == account, delivery.c.id > gap.last, delivery.c.state == State.PLANNED)
    in_it = (delivery.c.kind == Kind.POST, delivery.c.due_at <= gap.until, delivery.c.due_at >= gap.begins)
    return gap if tx.execute(select(delivery.c.id).where(*new, *in_it).limit(1)).first() else None


def _save(tx: Connection, account: str, under_way: Reckoning) -> None:
    marks.put(tx, {f"{marks.RECKONING}:{account}": msgspec.json.encode(under_way).decode()})


def _look(work: Work, account: str, under_way: Reckoning) -> None:
    """One reading, and what it proves."""
    now, platform = work.clock(), work.platforms[account]
    with work.store.begin() as tx:
        aside = money.set_aside(tx, work, account, platform.reconcile_cost, now, Purpose.OWN, OWN_TIMELINE)
        if aside is None:
            _save(tx, account, replace(under_way, next_at=money.again(now)))
            return
    try:
        posts = read_own(work, aside, under_way.begins)
    except PlatformError as error:
        _could_not_look(work, account, under_way, str(error), error)
        return
    answered(work, account)
    if not is_current(under_way.newest, posts):
        _could_not_look(work, account, under_way, "our own timeline is behind: it lacks a post that it showed before")
        return
    with work.store.begin(turn=SIGHTINGS) as tx:
        found = list(record_all(tx, work, account, posts, under_way.begins))
        done = replace(under_way, looks=under_way.looks + 1, found=under_way.found + len(found), failures=0)
        done = replace(done, newest=_newest(tx, account, posts, now), next_at=_next_look(work, done, now))
        held = _conclusion(tx, work, account, posts, done)
        if held is None:
            _save(tx, account, done)
    for one in found:
        work.tell_of(one, "found", f"{name_of(one)} is out already: {one.url}", url=one.url)
    if held is not None:
        _tell(work, account, done, held)


def _could_not_look(
    work: Work, account: str, under_way: Reckoning, why: str, error: PlatformError | None = None
) -> None:
    """A reading that fails proves nothing: nothing is sent, it is tried again, and a person is told."""
    failures, now = under_way.failures + 1, work.clock()
    wait = try_again(error, failures, now) if error else now + backoff(failures)
    with work.store.begin() as tx:
        if error is not None:
            hold_account(tx, work, account, error)
        _save(tx, account, replace(under_way, failures=failures, next_at=wait))
    text = f"{account} stays in doubt, nothing is sent on it, until its timeline can be read: {why}"
    work.tell("still_in_doubt", text, alarming=failures == 1, account=account)


def _next_look(work: Work, done: Reckoning, now: datetime) -> datetime:
    """The last reading is made when no request can be under way any more that left before the doubt."""
    every = work.config.reconcile.every
    is_last = done.looks + 1 >= work.config.reconcile.reads and bool(every)
    return max(now + every, done.noticed + REQUEST_DEADLINE) if is_last else now + every


def _conclusion(
    tx: Connection, work: Work, account: str, posts: Sequence[OwnPost], done: Reckoning
) -> list[Delivery] | None:
    """What is held, once there are readings enough; None before."""
    if done.looks < work.config.reconcile.reads:
        return None
    is_sure = not strangers(tx, account, posts, done.begins)
    return _conclude(tx, account, done.begins, work.clock(), is_sure=is_sure)


def _newest(tx: Connection, account: str, posts: Sequence[OwnPost], now: datetime) -> str:
    """The newest post of this reading, which the next one must show too; not for ever, for it may be taken back."""
    newest = next((post for post in posts if not post.reshare_of), None)
    if newest is None:
        return ""
    if newest.post_id in attempts.known_post_ids(tx, account):
        control.set_account(tx, account, newest_own_id=newest.post_id)
    return newest.post_id if now - newest.created_at <= TIMELINE_LAG else ""


def _conclude(tx: Connection, account: str, begins: datetime, now: datetime, *, is_sure: bool) -> list[Delivery]:
    """The account sends again. Where that is not sure, what was due meanwhile is held first; gives those."""
    held = []
    if not is_sure:
        for one in deliveries.listed(tx, delivery.c.account == account, delivery.c.state == State.PLANNED, lock=True):
            if one.kind is Kind.POST and min(one.due_at, one.not_before) <= now:
                deliveries.step(tx, one.id, State.PLANNED, State.HELD, error=_HELD.format(id=one.id))
                held.append(one)
    last = tx.execute(select(delivery.c.id).order_by(delivery.c.id.desc()).limit(1)).scalar() or 0
    control.set_account(tx, account, in_doubt=False)
    marks.drop(tx, f"{marks.RECKONING}:{account}")
    marks.put(tx, {f"{marks.GAP}:{account}": msgspec.json.encode(Gap(begins, now, last)).decode()})
    if not marks.in_doubt(tx):
        marks.drop(tx, marks.DOUBT)
    return held


def without_reading(store: Store, locks: Locks, now: datetime, by: str) -> list[Delivery]:
    """A person has looked where we cannot read: what was due meanwhile is held, the rest goes on. Gives what is held.

    Raises Refused while a worker is busy on an account.
    """
    with store.read() as tx:
        accounts = marks.in_doubt(tx)
    held: list[Delivery] = []
    for account in accounts:
        with locks.hold(account_lock(account), LOCK_WAIT) as ours:
            if not ours:
                raise Refused(f"A worker is busy on {account}. Try again in a minute.")
            with store.begin() as tx:
                under_way = _under_way(tx, account, now)
                begins = under_way.begins if under_way is not None else now
                held += _conclude(tx, account, begins, now, is_sure=False)
                control.write_down(tx, now, by, "adopt without reading", account)
    return held


def _tell(work: Work, account: str, done: Reckoning, held: Sequence[Delivery]) -> None:
    text = f"{account} is known again: of what was sent meanwhile, {done.found} were found on its timeline"
    if held:
        ids = ", ".join(str(one.id) for one in held)
        text += f"; it shows others that nobody here remembers, so {len(held)} deliveries are held for you: {ids}"
    work.tell("reckoned", text, alarming=bool(held), account=account)
