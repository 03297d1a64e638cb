"""How far each source has been read, and how its last reading went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select

from bot.domain.post import Blind, Cursor
from bot.store.schema import cursor
from bot.store.statements import change

_ONE = select(cursor).where(cursor.c.source == bindparam("which"))


@dataclass(frozen=True)
class Known:
    """What is known of a source. Times are UTC; `horizon` is since when it is watched.

    `read_at` is when a page of it was last taken in, `caught_up_at` when a reading last reached its end, `newest_at`
    the time of the newest post there was then.
    """

    source: str
    horizon: datetime
    read_at: datetime | None = None
    error: str = ""
    next_at: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    caught_up_at: datetime | None = None
    newest_at: datetime | None = None
    interval: timedelta = timedelta(0)
    blind: Blind = Blind.NOTHING


def get(tx: Connection, source: str, horizon: datetime) -> Cursor:
    """The source's cursor; one read for the first time begins at `horizon`, and keeps that beginning."""
    row = tx.execute(_ONE, {"which": source}).first()
    if row is None:
        tx.execute(insert(cursor), {"source": source, "horizon": horizon})
        return Cursor(horizon=horizon)
    return Cursor(horizon=row.horizon, newest=row.newest, pending=row.pending, resume=row.resume)


def save(tx: Connection, source: str, where: Cursor, now: datetime) -> None:
    """Move a cursor on; in the same transaction as the posts it has passed, or they are lost. Its beginning stays."""
    values = {"newest": where.newest, "pending": where.pending, "resume": where.resume}
    _change(tx, source, read_at=now, error="", **values)


def known(tx: Connection, source: str) -> Known | None:
    """What is known of one source; None where it was never read."""
    row = tx.execute(_ONE, {"which": source}).first()
    return _known(row) if row else None


def all_known(tx: Connection) -> dict[str, Known]:
    """Every source that was ever read, by its name."""
    return {row.source: _known(row) for row in tx.execute(select(cursor).order_by(cursor.c.source))}


def failed(tx: Connection, source: str, error: str, since: datetime, failures: int, until: datetime) -> None:
    """Note why it cannot be read, since when, and when it is tried again (UTC); the cursor stays."""
    _change(tx, source, error=error, failing_since=since, failures=failures, next_at=until)


def works(tx: Connection, source: str, until: datetime, **values: Any) -> None:
    """Note that it can be read, and when it is read next (UTC) by whichever worker."""
    _change(tx, source, error="", failing_since=None, failures=0, next_at=until, **values)


def rest(tx: Connection, source: str, until: datetime) -> None:
    """Write down for every worker that the source is not to be read before then (UTC)."""
    _change(tx, source, next_at=until)


def set_blind(tx: Connection, source: str, what: Blind) -> None:
    """Write down what a server does not show of a source by its own settings."""
    _change(tx, source, blind=what)


def _known(row: Row[Any]) -> Known:
    return Known(
        source=row.source,
        horizon=row.horizon,
        read_at=row.read_at,
        error=row.error,
        next_at=row.next_at,
        failing_since=row.failing_since,
        failures=row.failures,
        caught_up_at=row.caught_up_at,
        newest_at=row.newest_at,
        interval=timedelta(seconds=row.interval_s),
        blind=Blind(row.blind),
    )


def _change(tx: Connection, source: str, **values: Any) -> None:
    change(tx, cursor, {"source": source}, values)
