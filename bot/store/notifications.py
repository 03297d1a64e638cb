"""What events have told people: kept for a month, without anything of who posted, and marked once it is over."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from bot.store import schema as t
from bot.values import dataclass

KEPT = timedelta(days=30)
"""How long a notification is kept, over or not."""


@dataclass(frozen=True)
class KeptNotification:
    """What happened at `at` (UTC): the `name` of an event, and of what it failed by the `code`, "" where it has none.

    `facts` are plain: instants are texts in UTC, lengths of time are seconds. `over_at` (UTC) is when it ended, None
    while it lasts, or where it is nothing that ends.
    """

    id: int
    at: datetime
    name: str
    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    alarming: bool = False
    delivery: int | None = None
    sighting: int | None = None
    account: str = ""
    over_at: datetime | None = None


_FIELDS = tuple(t.notification.c[name] for name in KeptNotification.__dataclass_fields__)


def add(tx: Connection, notification: KeptNotification) -> None:
    """Keep a notification; its number is given by the database."""
    values = {name: getattr(notification, name) for name in KeptNotification.__dataclass_fields__ if name != "id"}
    tx.execute(insert(t.notification), values)


def lasting(tx: Connection, names: Collection[str]) -> list[KeptNotification]:
    """Return the notifications of these names that are not over, the earliest first."""
    query = select(*_FIELDS).where(t.notification.c.name.in_(sorted(names)), t.notification.c.over_at.is_(None))
    return [_notification(row) for row in tx.execute(query.order_by(t.notification.c.id))]


def end(tx: Connection, ids: Collection[int], at: datetime) -> None:
    """Write down that these are over since then (UTC)."""
    tx.execute(update(t.notification).where(t.notification.c.id.in_(sorted(ids))).values(over_at=at))


def newest(tx: Connection, before: int | None = None, limit: int = 50) -> list[KeptNotification]:
    """Return the newest notifications, of those before this number where one is given, the newest first."""
    query = select(*_FIELDS).order_by(t.notification.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(t.notification.c.id < before)
    return [_notification(row) for row in tx.execute(query)]


def expire(tx: Connection, now: datetime) -> int:
    """Delete what is older than `KEPT`. Return how many they were."""
    return tx.execute(delete(t.notification).where(t.notification.c.at < now - KEPT)).rowcount


def _notification(row: Row[Any]) -> KeptNotification:
    return KeptNotification(**row._mapping)
