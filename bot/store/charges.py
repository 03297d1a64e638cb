"""What each call was billed, by the day and by what it was for; the sum is what `control.spent` says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.domain.money import Purpose, day_of
from bot.store.schema import charge

_KEY = (charge.c.account == bindparam("name"), charge.c.day == bindparam("today"), charge.c.purpose == bindparam("why"))
_MORE = (
    update(charge)
    .where(*_KEY)
    .values(calls=charge.c.calls + bindparam("more_calls"), amount=charge.c.amount + bindparam("more"))
)
_SINCE = select(charge).where(charge.c.account == bindparam("name"), charge.c.day >= bindparam("first"))
_SINCE = _SINCE.order_by(charge.c.day, charge.c.purpose)


@dataclass(frozen=True)
class Charge:
    """The billed calls of one UTC day for one purpose, and what they came to (micro-USD)."""

    day: str
    purpose: Purpose
    calls: int
    amount: int


def add(tx: Connection, account: str, at: datetime, purpose: Purpose, amount: int, calls: int = 0) -> None:
    """Add to what a day (of `at`, UTC) was billed for a purpose; negative numbers give back."""
    if not amount and not calls:
        return
    key = {"name": account, "today": day_of(at), "why": purpose}
    more = key | {"more": amount, "more_calls": calls}
    if tx.execute(_MORE, more).rowcount:
        return
    try:
        with tx.begin_nested():
            row = {"account": account, "day": day_of(at), "purpose": purpose, "calls": calls, "amount": amount}
            tx.execute(insert(charge), row)
    except IntegrityError:  # another worker was first
        tx.execute(_MORE, more)


def since(tx: Connection, account: str, first: datetime) -> list[Charge]:
    """Every charge of an account from a day (of `first`, UTC) on."""
    rows = tx.execute(_SINCE, {"name": account, "first": day_of(first)})
    return [Charge(row.day, Purpose(row.purpose), row.calls, row.amount) for row in rows]
