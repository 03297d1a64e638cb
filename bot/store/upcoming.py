"""What is coming for each account: when its next delivery is due, and when one that cannot go becomes too late."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from bot.domain.delivery import State
from bot.store.schema import delivery


def earliest(tx: Connection) -> dict[str, datetime]:
    """For each account, when its next delivery is to be sent or looked for (UTC); overdue ones count."""
    waits = (delivery.c.state.in_([State.PLANNED, State.UNKNOWN]), delivery.c.waiting_for == "")
    query = select(delivery.c.account, func.min(delivery.c.not_before).label("at")).where(*waits)
    return {row.account: row.at for row in tx.execute(query.group_by(delivery.c.account))}


def expiries(tx: Connection) -> dict[str, datetime]:
    """For each account, when the next of its unsent deliveries becomes too late by its own rule (UTC)."""
    waits = (delivery.c.state == State.PLANNED, delivery.c.expires_at.is_not(None))
    query = select(delivery.c.account, func.min(delivery.c.expires_at).label("at")).where(*waits)
    return {row.account: row.at for row in tx.execute(query.group_by(delivery.c.account))}


def is_waiting(tx: Connection) -> bool:
    """Whether an unsent delivery waits for a link that is not known yet."""
    waits = (delivery.c.state == State.PLANNED, delivery.c.waiting_for != "")
    return tx.execute(select(delivery.c.id).where(*waits).limit(1)).first() is not None
