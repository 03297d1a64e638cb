"""What waits for an instant that was written down by a clock which was wrong."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, update

from bot.domain.delivery import Kind, State
from bot.store.schema import account_state, cursor, delivery

_IS_POST = delivery.c.kind == Kind.POST


def end(tx: Connection, now: datetime) -> int:
    """Let everything ask again that waits for longer than its own time. Gives how many are missed no more.

    Too late by a clock that was ahead is not too late. Asking once too early harms nobody: whoever said when to ask
    again says so again.
    """
    put_off = and_(delivery.c.state == State.PLANNED, delivery.c.not_before > now)
    tx.execute(update(delivery).where(_IS_POST, put_off).values(not_before=delivery.c.due_at))
    tx.execute(update(delivery).where(delivery.c.put_off_until > now).values(put_off_at=None, put_off_until=None))
    tx.execute(update(delivery).where(delivery.c.upload_not_before > now).values(upload_not_before=None))
    unknown = and_(delivery.c.state == State.UNKNOWN, delivery.c.not_before > now)
    tx.execute(update(delivery).where(unknown).values(not_before=now))
    tx.execute(update(account_state).where(account_state.c.paused_until > now).values(paused_until=now))
    tx.execute(update(cursor).where(cursor.c.next_at > now).values(next_at=now))
    missed = and_(delivery.c.state == State.MISSED, delivery.c.expires_at > now)
    back = {"state": State.PLANNED, "not_before": delivery.c.due_at, "error": ""}
    return tx.execute(update(delivery).where(_IS_POST, missed).values(back)).rowcount
