"""The one switch: after it, nothing is accepted by a platform any more."""

from __future__ import annotations

import time

from bot.errors import Refused
from bot.services.work import LOCK_WAIT, Work, account_lock, media_lock
from bot.store import control


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


def resume(work: Work, by: str, account: str | None = None) -> bool:
    """Let sending go on, and open the accounts that were closed: a person says they are mended.

    With an account, that one alone is opened, and the switch stays as it is. Gives whether sending goes on; raises
    Refused where there is no such account.
    """
    if account is not None and account not in work.config.accounts:
        raise Refused(f'There is no account "{account}" in bot.toml, only: {", ".join(work.config.accounts)}')
    with work.store.begin() as tx:
        if account is None:
            control.resume(tx)
        else:
            control.open_account(tx, account)
        control.write_down(tx, work.clock(), by, "resume", account or "all sending")
        return not control.is_stopped(tx)
