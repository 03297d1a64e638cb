"""The one switch: after it, nothing is accepted by a platform any more."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from bot.domain.actor import By
from bot.domain.delivery import State
from bot.errors import Refused, RefusedCode
from bot.services.database.open import store_url
from bot.services.database.where import has_store
from bot.services.work import LOCK_WAIT, Locks, Work
from bot.store import control, deliveries, identity, overview
from bot.store.batch import answers
from bot.store.control import AuditAction, StopReason, StopStanding
from bot.store.due import count_due_question
from bot.store.engine import LockName, account_lock, media_lock
from bot.store.overview import Standing
from bot.store.store import Store, locks_of
from bot.values import dataclass


def stop(work: Work, by: By) -> list[str]:
    """Stop all sending, and wait for the requests in flight to end, uploads too.

    Every request is preceded by a look at the switch under its account's lock; having held each lock once, none
    that did not see the switch is left. Return the accounts that are still busy after the time any request takes.
    """
    return _stop(work.store, work.locks, work.config.accounts, work.clock(), by)


def stop_store(path: Path, by: By, now: datetime) -> list[str]:
    """Stop all sending as `stop` does, while bot.toml (`path`) cannot be read: a slip there must not keep it going.

    `now` is in UTC. Raise StoreError, and Refused where there is no store beside it that anything is sent from.
    """
    root = path.resolve().parent
    if not has_store(root):
        raise Refused(RefusedCode.NOTHING_TO_STOP)
    store = Store.open(store_url(root))
    locks = locks_of(store, root / "var" / "locks")
    try:
        with store.read() as tx:
            accounts = control.account_names(tx)
        return _stop(store, locks, accounts, now, by)
    finally:
        locks.close()
        store.close()


def throw(store: Store, by: By, now: datetime, reason: StopReason | None = None) -> None:
    """Throw the switch, at once (`now` is in UTC); what is under way is asked with `under_way`."""
    with store.begin() as tx:
        control.stop(tx, now, by, reason)
        control.write_audit(tx, now, by, AuditAction.STOP, "all sending", reason or "")


def standing(store: Store) -> StopStanding | None:
    """Return who threw the switch, and when; None where sending goes on."""
    with store.read() as tx:
        return control.stop_of(identity.read_metadata(tx).raw)


def under_way(work: Work) -> tuple[str, ...]:
    """Return the accounts on which a request, or an upload, is under way at this moment; it does not wait for any."""
    held = work.locks.held(lock for name in work.config.accounts for lock in _locks(name))
    return tuple(name for name in work.config.accounts if held.intersection(_locks(name)))


def _stop(store: Store, locks: Locks, accounts: Iterable[str], now: datetime, by: By) -> list[str]:
    throw(store, by, now)
    return list(_busy(locks, accounts, LOCK_WAIT))


def _busy(locks: Locks, accounts: Iterable[str], wait: float) -> tuple[str, ...]:
    until = time.monotonic() + wait
    return tuple(name for name in accounts if not _has_ended(locks, name, until))


def _locks(account: str) -> tuple[LockName, LockName]:
    return account_lock(account), media_lock(account)


def _has_ended(locks: Locks, account: str, until: float) -> bool:
    for lock in _locks(account):
        with locks.hold(lock, max(0.0, until - time.monotonic())) as ours:
            if not ours:
                return False
    return True


def stands(work: Work) -> tuple[Standing, int]:
    """Return how the campaign stands, and how many deliveries are due by now: one query."""
    now = work.clock()
    with work.store.read() as tx:
        campaign, due = overview.standing_question(tx, now), count_due_question(now)
        answered = answers(tx, campaign, due)
    return answered[campaign], answered[due]


@dataclass(frozen=True)
class Resumed:
    """What goes on again: whether the stop switch was on, which accounts were held up, and how many posts are late."""

    was_stopped: bool
    opened: tuple[str, ...]
    is_stopped: bool
    late: int


def resume(work: Work, by: By, account: str | None = None) -> Resumed:
    """Let sending go on, and open the accounts that were closed: a person says they are fixed.

    With an account, that one alone is opened, and the switch stays as it is. Raise Refused where there is no such
    account.
    """
    if account is not None and account not in work.config.accounts:
        raise Refused(RefusedCode.NO_ACCOUNT_TO_RESUME, account=account, known=tuple(work.config.accounts))
    now = work.clock()
    with work.store.begin() as tx:
        was_stopped, names = control.is_stopped(tx), [account] if account else list(work.config.accounts)
        states = {name: control.account(tx, name) for name in names}
        opened = tuple(name for name, state in states.items() if state.closed or state.failures or state.paused_until)
        if account is None:
            control.resume(tx)
        else:
            control.open_account(tx, account)
        control.write_audit(tx, now, by, AuditAction.RESUME, account or "all sending")
        waiting = deliveries.in_states(tx, [State.PLANNED], account)
        return Resumed(was_stopped, opened, control.is_stopped(tx), sum(delivery.is_late(now) for delivery in waiting))
