"""Money that is set aside for a request whose answer is not known: what a dead process leaves is found here."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, delete, insert, select

from bot.domain.money import Purpose
from bot.store.schema import reservation


def amount(tx: Connection, account: str, purpose: Purpose, about: str, day: str) -> int:
    """Return what is set aside on a day (UTC) for requests about the same, in micro-USD; 0 for nothing."""
    wanted = select(reservation.c.amount).where(*_key(account, purpose, about), reservation.c.day == day)
    return int(tx.execute(wanted).scalar() or 0)


def keep(tx: Connection, account: str, purpose: Purpose, about: str, day: str, amount: int) -> None:
    """Write down what is set aside; one request about the same takes over what the one before has left."""
    drop(tx, account, purpose, about)
    row = {"account": account, "purpose": purpose, "about": about, "day": day, "amount": amount}
    tx.execute(insert(reservation), row)


def drop(tx: Connection, account: str, purpose: Purpose, about: str) -> None:
    """Forget what was set aside: it is settled."""
    tx.execute(delete(reservation).where(*_key(account, purpose, about)))


def forget_before(tx: Connection, day: str) -> None:
    """Forget what was set aside before a day (UTC): nobody will ever know, and it stays spent."""
    tx.execute(delete(reservation).where(reservation.c.day < day))


def _key(account: str, purpose: Purpose, about: str) -> tuple[ColumnElement[bool], ...]:
    return reservation.c.account == account, reservation.c.purpose == purpose, reservation.c.about == about
