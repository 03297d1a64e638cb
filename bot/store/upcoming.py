"""What is coming for each account: when its next delivery is due, and when one that cannot go becomes too late."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from bot.domain.delivery import State
from bot.store.schema import delivery

Instants = dict[str, datetime]
"""For each account the first of its instants (UTC)."""


def earliest(tx: Connection) -> tuple[Instants, Instants]:
    """When each account has something to send or to look for, overdue or not; and when what waits for a link is due."""
    waits = (delivery.c.waiting_for != "").label("waits")
    query = select(delivery.c.account, waits, func.min(delivery.c.not_before).label("at"))
    query = query.where(delivery.c.state.in_([State.PLANNED, State.UNKNOWN])).group_by(delivery.c.account, waits)
    ready: Instants = {}
    waiting: Instants = {}
    for row in tx.execute(query):
        (waiting if row.waits else ready)[row.account] = row.at
    return ready, waiting


def taken_back(tx: Connection) -> Instants:
    """When each account has something to take back, overdue or not."""
    asked = (delivery.c.undo_asked_at.is_not(None), delivery.c.undone_at.is_(None))
    query = select(delivery.c.account, func.min(delivery.c.not_before).label("at")).where(*asked)
    return {row.account: row.at for row in tx.execute(query.group_by(delivery.c.account))}


def expiries(tx: Connection) -> Instants:
    """When the next of each account's unsent deliveries becomes too late by its own rule."""
    waits = (delivery.c.state == State.PLANNED, delivery.c.expires_at.is_not(None))
    query = select(delivery.c.account, func.min(delivery.c.expires_at).label("at")).where(*waits)
    return {row.account: row.at for row in tx.execute(query.group_by(delivery.c.account))}
