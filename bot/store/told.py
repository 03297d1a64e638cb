"""Which troubles people were told of, and when they were met last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from bot.store.schema import told


@dataclass(frozen=True)
class Told:
    """When somebody was alarmed of a trouble, and when it was met last (UTC)."""

    told_at: datetime
    met_at: datetime


def all_since(tx: Connection, since: datetime) -> dict[str, Told]:
    """Return the troubles that were met since then (UTC), by their keys."""
    rows = tx.execute(select(told).where(told.c.met_at >= since))
    return {row.key: Told(row.told_at, row.met_at) for row in rows}


def keep(tx: Connection, met: Mapping[str, Told]) -> None:
    """Write down troubles that were met."""
    for key, one in met.items():
        tx.execute(delete(told).where(told.c.key == key))
        tx.execute(insert(told), {"key": key, "told_at": one.told_at, "met_at": one.met_at})
