"""How each stream is doing, for whoever wants to know: only the worker that listens to it writes it down."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from bot.domain.stream import KnownStream, StreamState
from bot.store.schema import cursor, stream
from bot.store.statements import change

_REACHED = select(cursor.c.newest, cursor.c.resume).where(cursor.c.source == bindparam("which"))


def save(tx: Connection, known: KnownStream) -> None:
    """Write down how a stream is doing now."""
    values: dict[str, Any] = {
        "state": str(known.state),
        "since": known.since,
        "heard_at": known.heard_at,
        "event_at": known.event_at,
        "reason": known.reason.replace("\0", ""),
    }
    if not change(tx, stream, {"source": known.source}, values):
        tx.execute(insert(stream), {"source": known.source, **values})


def streams(tx: Connection) -> list[KnownStream]:
    """Every stream that was ever listened to, by the names of their sources."""
    rows = tx.execute(select(stream).order_by(stream.c.source))
    return [
        KnownStream(row.source, StreamState(row.state), row.since, row.heard_at, row.event_at, row.reason)
        for row in rows
    ]


def reached(tx: Connection, source: str) -> tuple[str, str]:
    """How far a source has been read, in its own words: another one after a reading that has brought something."""
    row = tx.execute(_REACHED, {"which": source}).first()
    return (row.newest, row.resume) if row else ("", "")
