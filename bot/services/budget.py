"""How the money of each account stands: what was spent on what, what posts will need, and what is to be expected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection

from bot.domain.delivery import Kind, State
from bot.domain.limits import traits_of
from bot.domain.money import FIRST, day_of
from bot.services import money
from bot.services.money import BudgetStatus
from bot.services.watching import poll
from bot.services.work import Work
from bot.store import control, deliveries
from bot.store import schema as t
from bot.store.control import Charge
from bot.values import dataclass

DAY = timedelta(days=1)
LOOK_BACK = 7 * DAY
"""The days from which it is calculated what readings and reshares cost on a usual day."""

LOOK_AHEAD = 7 * DAY
_LEAST_SHARE = 1 / 24
"""A campaign in its first hour is no measure of a whole day."""


class ReadingCondition(StrEnum):
    """How readings go on with the money that is left: as usual, more seldom, or not at all; posts and undoing go first,
    and go on."""

    OK = "ok"
    SLOWED = "slowed"
    STOPPED = "stopped"


@dataclass(frozen=True)
class ForecastDay:
    """What is expected of a day (UTC), in micro-USD: its posts by their prices, all else as on the last days."""

    day: str
    posts: int
    usual: int


@dataclass(frozen=True)
class BudgetForecast:
    """An account's money today (UTC), in micro-USD; `until` is when a day of less money ends."""

    account: str
    day: str
    today: BudgetStatus
    spent_on: Sequence[Charge]
    foreseen: int
    condition: ReadingCondition
    until: datetime | None
    ahead: Sequence[ForecastDay]


def budget_forecasts(work: Work) -> list[BudgetForecast]:
    """Return the accounts that are billed, or have a budget."""
    billed = [
        account.name
        for account in work.config.accounts.values()
        if traits_of(account.platform).is_billed or account.budget_usd_per_day is not None
    ]
    with work.store.read() as tx:
        return [_forecast(tx, work, name) for name in billed]


def _forecast(tx: Connection, work: Work, account: str) -> BudgetForecast:
    now = work.clock()
    today, spent = money.budget_status(tx, work, account, now), control.charges_since(tx, account, now - LOOK_BACK)
    usual, condition = _usual(spent, now), _condition(work, account, today)
    left_of_day = (control.next_budget(now) - now) / DAY
    return BudgetForecast(
        account,
        day_of(now),
        today,
        [charge for charge in spent if charge.day == day_of(now)],
        today.spent + today.reserved + round(usual * left_of_day),
        condition,
        None if condition is ReadingCondition.OK else control.next_budget(now),
        _ahead(tx, work, account, usual),
    )


def _condition(work: Work, account: str, today: BudgetStatus) -> ReadingCondition:
    if today.budget is None:
        return ReadingCondition.OK
    prices = [source_poll.source.page_cost for source_poll in poll.source_polls(work) if source_poll.account == account]
    if today.left < min(filter(None, prices), default=1):
        return ReadingCondition.STOPPED
    return ReadingCondition.SLOWED if today.is_slow else ReadingCondition.OK


def _usual(spent: Sequence[Charge], now: datetime) -> int:
    """Return what a day costs beside its posts, by the days before this one; on the first day, by what is gone
    of it."""
    waiting = [charge for charge in spent if charge.purpose not in FIRST]
    today = day_of(now)
    if days := {charge.day for charge in spent if charge.day < today}:
        return sum(charge.amount for charge in waiting if charge.day < today) // len(days)
    day_share = 1 - (control.next_budget(now) - now) / DAY
    return round(sum(charge.amount for charge in waiting) / max(day_share, _LEAST_SHARE))


def _ahead(tx: Connection, work: Work, account: str, usual: int) -> list[ForecastDay]:
    """Return the coming days that posts are planned for."""
    tomorrow = control.next_budget(work.clock())
    planned_posts = (
        t.delivery.c.account == account,
        t.delivery.c.kind == Kind.POST,
        t.delivery.c.state == State.PLANNED,
    )
    posts: dict[str, int] = defaultdict(int)
    for delivery in deliveries.listed(
        tx, *planned_posts, t.delivery.c.due_at >= tomorrow, t.delivery.c.due_at < tomorrow + LOOK_AHEAD
    ):
        posts[day_of(delivery.due_at)] += money.price(work, delivery)
    return [ForecastDay(day, amount, usual) for day, amount in sorted(posts.items())]
