"""The one switch: after it, nothing is accepted by a platform any more."""

from __future__ import annotations

import time
from dataclasses import dataclass

from bot.domain.delivery import State
from bot.errors import Refused
from bot.services.work import LOCK_WAIT, Work, account_lock, media_lock
from bot.store import control, deliveries


def stop(work: Work, by: str) -> list[str]:
    """Stop all sending, and wait for the requests in flight to end, uploads too.

    Every request is preceded by a look at the switch under its account's lock; having held each lock once, none
    that did not see the switch is left. Gives the accounts that are still busy after the time any request takes.
    """
    with work.store.begin() as tx:
        now = work.clock()
        control.stop(tx, now, by)
        control.write_down(tx, now, by, "stop", "all sending")
    until = time.monotonic() + LOCK_WAIT
    return [name for name in work.config.accounts if not _has_ended(work, name, until)]


def _has_ended(work: Work, account: str, until: float) -> bool:
    for lock in (account_lock(account), media_lock(account)):
        with work.locks.hold(lock, max(0.0, until - time.monotonic())) as ours:
            if not ours:
                return False
    return True


@dataclass(frozen=True)
class Resumed:
    """What was let go on: whether the stop switch was on, which accounts were held up, and how many posts are late."""

    was_stopped: bool
    opened: tuple[str, ...]
    is_stopped: bool
    late: int


def resume(work: Work, by: str, account: str | None = None) -> Resumed:
    """Let sending go on, and open the accounts that were closed: a person says they are mended.

    With an account, that one alone is opened, and the switch stays as it is. Raises Refused where there is no such
    account.
    """
    if account is not None and account not in work.config.accounts:
        raise Refused(f'There is no account "{account}" in bot.toml, only: {", ".join(work.config.accounts)}')
    now = work.clock()
    with work.store.begin() as tx:
        was_stopped, wanted = control.is_stopped(tx), [account] if account else list(work.config.accounts)
        states = {name: control.account(tx, name) for name in wanted}
        opened = tuple(name for name, one in states.items() if one.closed or one.failures or one.paused_until)
        if account is None:
            control.resume(tx)
        else:
            control.open_account(tx, account)
        control.write_down(tx, now, by, "resume", account or "all sending")
        waiting = deliveries.in_states(tx, [State.PLANNED], account)
        return Resumed(was_stopped, opened, control.is_stopped(tx), sum(one.is_late(now) for one in waiting))
