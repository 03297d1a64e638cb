"""Gaps: when a source was not read, why, and whether what was posted meanwhile has been read since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from bot.store.schema import gap

KEPT = timedelta(days=30)
"""How long a gap that was filled is remembered; what is lost stays."""

_OPEN = (gap.c.source == bindparam("which"), gap.c.ended_at.is_(None))
_ANY_OPEN = select(gap).where(*_OPEN)
_CLOSE = update(gap).where(*_OPEN).values(ended_at=bindparam("now"), filled=bindparam("is_filled"))
_OLD = delete(gap).where(gap.c.source == bindparam("which"), gap.c.filled, gap.c.ended_at < bindparam("before"))


@dataclass(frozen=True)
class Gap:
    """A time (UTC) that a source was not read in. `ended_at` is None until a reading has caught up again."""

    source: str
    began_at: datetime
    ended_at: datetime | None
    reason: str
    filled: bool


def begin(tx: Connection, source: str, began_at: datetime, reason: str) -> None:
    """Note that the source is not read; in a gap that goes on, the newest reason counts."""
    there = tx.execute(_ANY_OPEN, {"which": source}).first()
    if there is None:
        row = {"source": source, "began_at": began_at, "reason": reason, "filled": False}
        tx.execute(insert(gap), row)
    else:
        tx.execute(update(gap).where(gap.c.id == there.id, gap.c.reason != reason).values(reason=reason))


def filled(tx: Connection, source: str, now: datetime) -> None:
    """Note that everything posted since the last gap began has been read after all."""
    if tx.execute(_CLOSE, {"which": source, "now": now, "is_filled": True}).rowcount:
        tx.execute(_OLD, {"which": source, "before": now - KEPT})


def lost(tx: Connection, source: str, began_at: datetime, reason: str, now: datetime) -> None:
    """Note that posts since the gap began can never be read: it is over, and stays unfilled."""
    begin(tx, source, began_at, reason)
    tx.execute(_CLOSE, {"which": source, "now": now, "is_filled": False})


def purged(tx: Connection, source: str, since: datetime | None, before: datetime, reason: str, now: datetime) -> None:
    """Note that what was posted until `before` is not to be read any more, in the gap there is or `since` another time
    if that leaves one. A gap that goes on begins where the purge ends."""
    there = tx.execute(_ANY_OPEN, {"which": source}).first()
    began_at = there.began_at if there else since
    if began_at is None or began_at >= before:
        return
    lost(tx, source, began_at, reason, before)
    if there is not None and before < now:
        begin(tx, source, before, there.reason)


def of_all(tx: Connection) -> Mapping[str, list[Gap]]:
    """Every gap that is known, by source, the newest first."""
    found: dict[str, list[Gap]] = {}
    for row in tx.execute(select(gap).order_by(gap.c.began_at.desc(), gap.c.id.desc())):
        found.setdefault(row.source, []).append(_gap(row))
    return found


def _gap(row: Any) -> Gap:
    return Gap(row.source, row.began_at, row.ended_at, row.reason, row.filled)
