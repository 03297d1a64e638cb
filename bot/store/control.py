"""What holds sending back: the stop switch, accounts that are paused or closed, and the day's money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.store.schema import account_state, audit, meta, spending
from bot.store.statements import change

_STOPPED = "stopped"
_SWITCH = select(meta.c.value).where(meta.c.key == _STOPPED)
_ACCOUNT = select(account_state).where(account_state.c.account == bindparam("name"))
_MORE = spending.c.amount + bindparam("more")
_SPEND = (
    update(spending)
    .where(spending.c.account == bindparam("name"), spending.c.day == bindparam("today"), bindparam("limit") >= _MORE)
    .values(amount=_MORE)
)
_UNLIMITED = 2**63 - 1


@dataclass(frozen=True)
class AccountState:
    """What is known of an account: `closed` until a person mends it, or paused until an instant (UTC)."""

    handle: str = ""
    newest_own_id: str = ""
    paused_until: datetime | None = None
    closed: bool = False
    reason: str = ""

    def may_send(self, now: datetime) -> bool:
        return not self.closed and (self.paused_until is None or self.paused_until <= now)


def is_stopped(tx: Connection) -> bool:
    """Whether the one switch is off."""
    return tx.execute(_SWITCH).scalar() is not None


def stop(tx: Connection, now: datetime, by: str) -> None:
    """Turn the switch off; stopping twice is stopping."""
    if not is_stopped(tx):
        _inserted(tx, meta, {"key": _STOPPED, "value": f"{now.isoformat()} {by}"})


def resume(tx: Connection) -> None:
    """Turn the switch on, and open every closed account: a person says it is mended."""
    tx.execute(delete(meta).where(meta.c.key == _STOPPED))
    tx.execute(update(account_state).values(closed=False, paused_until=None, reason=""))


def account(tx: Connection, name: str) -> AccountState:
    """The state of an account; an unknown one is open."""
    row = tx.execute(_ACCOUNT, {"name": name}).first()
    if row is None:
        return AccountState()
    return AccountState(row.handle, row.newest_own_id, row.paused_until, row.closed, row.reason)


def set_account(tx: Connection, name: str, **values: Any) -> None:
    """Change an account's state."""
    _upsert(tx, account_state, {"account": name}, values)


def spent(tx: Connection, name: str, now: datetime) -> int:
    """What an account has spent, or set aside, on this UTC day, in micro-USD."""
    query = select(spending.c.amount).where(spending.c.account == name, spending.c.day == _day(now))
    return int(tx.execute(query).scalar() or 0)


def spend(tx: Connection, name: str, amount: int, now: datetime, limit: int | None = None) -> bool:
    """Add to the day's spending (micro-USD); a negative amount gives back what was set aside.

    False, and nothing is added, where the day's limit would be passed: looked at and added in one statement, so
    that two workers never both take the last of it.
    """
    if not amount:
        return True
    more = {"name": name, "today": _day(now), "more": amount, "limit": _UNLIMITED if limit is None else limit}
    if tx.execute(_SPEND, more).rowcount:
        return True
    _inserted(tx, spending, {"account": name, "day": _day(now), "amount": 0})
    return tx.execute(_SPEND, more).rowcount == 1


def next_budget(now: datetime) -> datetime:
    """When the next day's budget begins (UTC midnight)."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=1)


def write_down(tx: Connection, now: datetime, actor: str, action: str, subject: str, detail: str = "") -> None:
    """Record what one of our people did. Never who a poster is."""
    values = {"at": now, "actor": actor, "action": action, "subject": subject, "detail": detail}
    tx.execute(insert(audit), values)


def _day(now: datetime) -> str:
    return now.astimezone(UTC).date().isoformat()


def _upsert(tx: Connection, table: Table, key: dict[str, Any], values: dict[str, Any]) -> None:
    if not change(tx, table, key, values) and not _inserted(tx, table, key | values):
        change(tx, table, key, values)


def _inserted(tx: Connection, table: Table, row: dict[str, Any]) -> bool:
    """Whether the row is new; False when another worker was first."""
    try:
        with tx.begin_nested():
            tx.execute(insert(table).values(**row))
    except IntegrityError:
        return False
    return True
