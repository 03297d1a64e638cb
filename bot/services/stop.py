"""The one switch: after it, nothing is accepted by a platform any more."""

from __future__ import annotations

from bot.services.work import LOCK_WAIT, Work, account_lock
from bot.store import control


def stop(work: Work, by: str) -> list[str]:
    """Stop all sending, and wait for the requests in flight to end.

    Every request is preceded by a look at the switch under its account's lock; having held each lock once, none
    that did not see the switch is left. Gives the accounts whose lock could not be had in time.
    """
    with work.store.begin() as tx:
        now = work.clock()
        control.stop(tx, now, by)
        control.write_down(tx, now, by, "stop", "all sending")
    busy = []
    for name in work.config.accounts:
        with work.locks.hold(account_lock(name), LOCK_WAIT) as ours:
            if not ours:
                busy.append(name)
    return busy


def resume(work: Work, by: str) -> None:
    """Let sending go on, and open the accounts that were closed: a person says they are mended."""
    with work.store.begin() as tx:
        control.resume(tx)
        control.write_down(tx, work.clock(), by, "resume", "all sending")


def obstacles(work: Work) -> list[str]:
    """What keeps sending back at this moment: the switch, and accounts that are closed until somebody mends them."""
    with work.store.read() as tx:
        found = ["Sending is stopped. To go on, run: bot resume"] if control.is_stopped(tx) else []
        states = ((name, control.account(tx, name)) for name in work.config.accounts)
        found += [f"{name} is closed: {state.reason} Then run: bot resume" for name, state in states if state.closed]
    return found
