"""Deliveries put into a store as they are, and read again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot.domain.delivery import Delivery, State
from bot.store import deliveries
from bot.store.store import Store
from tests.harness.campaign import draft

NINE = datetime(2025, 4, 16, 9, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def add(tx: Connection, at: datetime, state: State = State.PLANNED, **more: Any) -> int:
    return deliveries.add(tx, **{**deliveries.row_of(draft(), state), "due_at": at, **more})


def made(store: Store, state: State = State.PLANNED, **some: object) -> int:
    with store.begin() as tx:
        return deliveries.add(tx, **deliveries.row_of(draft(**some), state))  # type: ignore[arg-type]


def got(store: Store, delivery_id: int) -> Delivery:
    with store.read() as tx:
        found = deliveries.get(tx, delivery_id)
    assert found is not None
    return found
