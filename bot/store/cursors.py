"""How far each source has been read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from bot.domain.post import Cursor
from bot.store.schema import cursor
from bot.store.statements import change


def get(tx: Connection, source: str, horizon: datetime) -> Cursor:
    """The source's cursor; one read for the first time begins at `horizon`, and keeps that beginning."""
    row = tx.execute(select(cursor).where(cursor.c.source == source)).first()
    if row is None:
        tx.execute(insert(cursor), {"source": source, "horizon": horizon})
        return Cursor(horizon=horizon)
    return Cursor(horizon=row.horizon, newest=row.newest, pending=row.pending, resume=row.resume)


def save(tx: Connection, source: str, where: Cursor, now: datetime) -> None:
    """Move a cursor on; in the same transaction as the posts it has passed, or they are lost."""
    values = {"newest": where.newest, "pending": where.pending, "resume": where.resume, "horizon": where.horizon}
    _change(tx, source, read_at=now, error="", **values)


def failed(tx: Connection, source: str, error: str) -> None:
    """Note why the last reading failed; the cursor stays."""
    _change(tx, source, error=error)


def rest(tx: Connection, source: str, until: datetime) -> None:
    """Write down for every worker that the source is not to be read before then (UTC)."""
    _change(tx, source, next_at=until)


def next_at(tx: Connection, source: str) -> datetime | None:
    """When the source is to be read next (UTC), whoever does it; None where nobody has said."""
    return tx.execute(select(cursor.c.next_at).where(cursor.c.source == source)).scalar()


def _change(tx: Connection, source: str, **values: Any) -> None:
    change(tx, cursor, {"source": source}, values)
