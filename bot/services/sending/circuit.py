"""An account's circuit: who is out of reach is left alone, and tried again by itself, one request at a time.

A request that never got a connection says more of the account than of the delivery: after a few in a row nothing is
asked of the account for a while. Then one request goes through, whatever is due first; an answer to it ends it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.domain.circuit import FIRST_WAIT, OPENS_AFTER, backoff, rest_after
from bot.errors import Answer, PlatformError
from bot.services.work import Work
from bot.store import control
from bot.store.control import AccountState


def hold_account(tx: Connection, work: Work, account: str, error: PlatformError) -> None:
    """Write down what a failed request means for its whole account.

    It is closed where only a person can mend it, paused where its rate limit is used up, and left alone for a while
    where it cannot be reached. Each is told once, when it begins. An answer, a refusal too, shows that it is in reach.
    """
    now, before = work.clock(), control.account(tx, account)
    if error.shows_reach and before.failures:
        _in_reach(tx, work, account, before)
        before = control.account(tx, account)
    if error.closes_account:
        _close(tx, work, account, error, before)
    elif error.retry_at is not None and error.answer is Answer.NOT_SENT and error.pauses_account:
        control.set_account(tx, account, paused_until=error.retry_at, reason=str(error), failures=0, failing_since=now)
    elif error.unreachable or (before.is_out_of_reach and not error.shows_reach and error.answer is Answer.AMBIGUOUS):
        _count(tx, work, account, error, before)


def _close(tx: Connection, work: Work, account: str, error: PlatformError, before: AccountState) -> None:
    since = before.failing_since if before.closed else work.clock()
    values = {"failures": 0, "failing_since": since, "paused_until": None}
    control.set_account(tx, account, closed=True, reason=str(error), **values)
    if not before.closed:
        text = f"{account} is closed, and what is due there waits: {error}"
        work.tell("account_closed", text, alarming=True, account=account)


def _count(tx: Connection, work: Work, account: str, error: PlatformError, before: AccountState) -> None:
    now, failures = work.clock(), before.failures + 1
    since, rest = (before.failing_since if before.failures else None) or now, rest_after(failures)
    until = now + rest if rest is not None else before.paused_until
    values = {"failures": failures, "failing_since": since, "paused_until": until, "reason": str(error)}
    control.set_account(tx, account, **values)
    work.failing.add(account)
    if failures == OPENS_AFTER:
        text = f"{account} is out of reach: {error} What is due there waits, and it is tried again by itself"
        work.tell("out_of_reach", text, alarming=True, account=account)


def answered(work: Work, account: str) -> None:
    """The account's server has done what it was asked: whatever failed before, it is in reach.

    Called after every such answer, and therefore looks into the store only where something has failed before.
    """
    if account not in work.failing:
        return
    with work.store.begin() as tx:
        before = control.account(tx, account)
        if before.failures:
            _in_reach(tx, work, account, before)
    work.failing.discard(account)


def _in_reach(tx: Connection, work: Work, account: str, before: AccountState) -> None:
    """End its circuit; what has closed the account, and a rate limit, are other matters and stay."""
    if before.is_out_of_reach and not before.closed:
        control.open_account(tx, account)
    else:
        control.set_account(tx, account, failures=0)
    work.failing.discard(account)
    if before.is_out_of_reach and before.failing_since is not None:
        text = f"{account} answers again, after {in_words(work.clock() - before.failing_since)}"
        work.tell("in_reach", text, account=account)


def try_again(error: PlatformError, failures: int, now: datetime) -> datetime:
    """When to ask again (UTC): when the platform says, but not at once, or ever later.

    What could not be reached waits for its account instead, so that all of it goes on in order once that is back.
    """
    if error.unreachable:
        return now + FIRST_WAIT
    return max(error.retry_at, now + FIRST_WAIT) if error.retry_at else now + backoff(failures)


def in_words(length: timedelta) -> str:
    """A length of time, roughly, as people say it."""
    seconds = max(0, round(length.total_seconds()))
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}s"
    return f"{seconds} seconds" if seconds != 1 else "1 second"
