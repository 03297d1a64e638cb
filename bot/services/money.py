"""The day's money: set aside before a request leaves, settled once its answer says what was billed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.domain.money import dollars, micro
from bot.services.work import Work
from bot.store import control

BUDGET_AGAIN = timedelta(minutes=10)
"""How soon what had no money is tried again: a person may raise the budget before the day is over."""


@dataclass(frozen=True)
class Aside:
    """What was set aside for one request, in micro-USD; `at` (UTC) tells from which day's budget it came."""

    account: str
    amount: int
    at: datetime


def set_aside(tx: Connection, work: Work, account: str, amount: int, now: datetime) -> Aside | None:
    """Set a request's price aside; None where the day's budget (UTC) does not cover it."""
    limit = _limit(work, account)
    return Aside(account, amount, now) if control.spend(tx, account, amount, now, limit) else None


def settle(tx: Connection, aside: Aside, billed: int) -> None:
    """Put right what a request really cost, in the budget it came from."""
    control.spend(tx, aside.account, billed - aside.amount, aside.at)


def again(now: datetime) -> datetime:
    """When to ask again for money that was not there (UTC)."""
    return min(control.next_budget(now), now + BUDGET_AGAIN)


def none_left(work: Work, account: str) -> str:
    """What to tell a person."""
    budget = dollars(_limit(work, account) or 0)
    return (
        f"today's budget of {account} ({budget}) does not cover it: raise budget_usd_per_day or wait for tomorrow (UTC)"
    )


def _limit(work: Work, account: str) -> int | None:
    budget = work.config.accounts[account].budget_usd_per_day
    return None if budget is None else micro(budget)
