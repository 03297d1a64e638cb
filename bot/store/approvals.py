"""Who has said yes to a post that is held for care, and what of the checklist they ticked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from bot.domain.care import Tick
from bot.store.schema import approval

_OF = select(approval).where(approval.c.sighting_id.in_(bindparam("ids", expanding=True))).order_by(approval.c.at)
_DROP = delete(approval).where(approval.c.sighting_id == bindparam("one"))
_AT_ONCE = 500
"""How many sightings are asked for in one statement: SQLite has a limit on what is given to one."""


@dataclass(frozen=True)
class Approval:
    """One person's yes; `at` is in UTC."""

    by: str
    at: datetime
    ticks: tuple[Tick, ...]


def add(tx: Connection, sighting_id: int, by: str, at: datetime, ticks: Iterable[Tick]) -> None:
    """Write down a yes; each person has one for each sighting."""
    row = {"sighting_id": sighting_id, "by": by, "at": at, "ticks": [str(tick) for tick in ticks]}
    tx.execute(insert(approval), row)


def of(tx: Connection, sighting_id: int) -> tuple[Approval, ...]:
    """The yeses to one sighting, the earliest first."""
    return of_all(tx, [sighting_id]).get(sighting_id, ())


def of_all(tx: Connection, ids: Collection[int]) -> Mapping[int, tuple[Approval, ...]]:
    """The yeses to each of these sightings that has any, the earliest first."""
    found: dict[int, tuple[Approval, ...]] = {}
    wanted = list(ids)
    for start in range(0, len(wanted), _AT_ONCE):
        for row in tx.execute(_OF, {"ids": wanted[start : start + _AT_ONCE]}):
            one = Approval(row.by, row.at, tuple(Tick(tick) for tick in row.ticks))
            found[row.sighting_id] = (*found.get(row.sighting_id, ()), one)
    return found


def drop(tx: Connection, sighting_id: int) -> None:
    """Take back every yes to a sighting: it is not as it was when they were said."""
    tx.execute(_DROP, {"one": sighting_id})
