"""Workers: their heartbeats, and the troubles people were told of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, delete, func, insert, or_, select

from bot.store import schema as t
from bot.store.engine import UtcDateTime, update_row
from bot.values import dataclass

_COLUMNS = tuple(column.name for column in t.worker.c if column.name != "key")

KEPT = timedelta(days=7)
"""For how long the last heartbeat of a worker is kept that nobody has followed in its folder."""


class WorkerKind(StrEnum):
    """How a worker was started: `bot run`, which stays, or `bot run --once`, which ends by itself."""

    RUN = "run"
    ONCE = "once"


@dataclass(frozen=True)
class Heartbeat:
    """A worker as it last said it was. Times are UTC, by the database's own clock where it has one.

    `process` tells it from any other process of its machine ("" where that cannot be told); `every_s` is how many
    seconds go by between two beats; `ended_at` stays None when it is killed. `accounts` has those it works on, each
    with "" or why it cannot be used there; `troubles` has what it knows to be wrong, by code and subject. `mark` is the
    random mark of its folder, `files_seen_at` when it last read the files, and `faults` how many it found in them.
    """

    key: str
    kind: WorkerKind
    host: str
    folder: str
    campaign: str
    version: str
    pid: int
    process: str
    every_s: int
    since: datetime
    beat_at: datetime
    ended_at: datetime | None = None
    accounts: Mapping[str, str] = field(default_factory=dict)
    troubles: Mapping[str, str] = field(default_factory=dict)
    mark: str = ""
    files_seen_at: datetime | None = None
    faults: int = 0


def clock(tx: Connection, now: datetime) -> datetime:
    """Return the instant (UTC) by which heartbeats are written and read, for the clocks of several machines differ.

    It is the server's where there is one. All that use a file are on one machine: theirs is `now`.
    """
    at: datetime = tx.execute(select(clock_part(tx.dialect.name)), {"now": now}).scalar_one()
    return at


@cache
def clock_part(dialect: str) -> ColumnElement[datetime]:
    """Return the expression of a query for the instant that `clock` returns; `now` is a parameter of it."""
    is_served = dialect == "postgresql"
    return func.clock_timestamp(type_=UtcDateTime) if is_served else bindparam("now", type_=UtcDateTime)


def beat(tx: Connection, heartbeat: Heartbeat) -> None:
    """Write a heartbeat down; the first one takes the place of those who worked in its folder before."""
    values = {name: getattr(heartbeat, name) for name in _COLUMNS}
    if not update_row(tx, t.worker, {"key": heartbeat.key}, values):
        _prune(tx, heartbeat)
        tx.execute(insert(t.worker).values(key=heartbeat.key, **values))


def _prune(tx: Connection, heartbeat: Heartbeat) -> None:
    """Delete all heartbeats of a kind, folder and machine but the last; one that may still be alive stays."""
    silent = heartbeat.beat_at - timedelta(hours=1)
    followed = and_(
        *(t.worker.c[name] == getattr(heartbeat, name) for name in ("kind", "host", "folder")),
        or_(t.worker.c.ended_at.is_not(None), t.worker.c.beat_at < silent),
    )
    tx.execute(delete(t.worker).where(or_(followed, t.worker.c.beat_at < heartbeat.beat_at - KEPT)))


def heartbeats(tx: Connection) -> list[Heartbeat]:
    """Return every heartbeat that is kept, the newest first."""
    rows = tx.execute(select(t.worker).order_by(t.worker.c.beat_at.desc(), t.worker.c.key)).all()
    return [heartbeat_of(row) for row in rows]


def heartbeat_of(row: Row[Any]) -> Heartbeat:
    """Return the heartbeat of a row that has the columns of `worker`, whatever else it has."""
    values = {name: getattr(row, name) for name in ("key", *_COLUMNS)}
    return Heartbeat(**{**values, "kind": WorkerKind(row.kind)})


def forget_worker(tx: Connection) -> None:
    """Drop all heartbeats: this database is a copy, and who wrote them does not work on it."""
    tx.execute(delete(t.worker))


@dataclass(frozen=True)
class ToldTrouble:
    """When somebody was alarmed of a trouble, and when it was met last (UTC)."""

    told_at: datetime
    met_at: datetime


def told_since(tx: Connection, since: datetime) -> dict[str, ToldTrouble]:
    """Return the troubles that were met since then (UTC), by their keys."""
    rows = tx.execute(select(t.told).where(t.told.c.met_at >= since))
    return {row.key: ToldTrouble(row.told_at, row.met_at) for row in rows}


def keep_told(tx: Connection, met: Mapping[str, ToldTrouble]) -> None:
    """Write down troubles that were met."""
    for key, trouble in met.items():
        tx.execute(delete(t.told).where(t.told.c.key == key))
        tx.execute(insert(t.told), {"key": key, "told_at": trouble.told_at, "met_at": trouble.met_at})
