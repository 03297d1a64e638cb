"""The yeses to sightings, and whose each is: each person has one for each sighting."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import field
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Row, SelectBase, bindparam, delete, insert, select

from bot.domain.actor import By, actor_of
from bot.domain.moderation import ChecklistItem
from bot.store import schema as t
from bot.store.engine import Question
from bot.values import dataclass

_OF = select(t.approval).where(t.approval.c.sighting_id.in_(bindparam("ids", expanding=True))).order_by(t.approval.c.at)
_DROP_APPROVALS = delete(t.approval).where(t.approval.c.sighting_id == bindparam("one"))
_DROP_APPROVAL = _DROP_APPROVALS.where(t.approval.c.by == bindparam("who"))
_AT_ONCE = 500
"""How many sightings are asked for in one statement: SQLite has a limit on what is given to one."""


@dataclass(frozen=True)
class Approval:
    """One person's yes; `at` is in UTC. `key` tells people apart (`bot.domain.actor.Actor.key`)."""

    by: str
    at: datetime
    ticks: tuple[ChecklistItem, ...]
    key: str = field(default="", compare=False)


def add_approval(tx: Connection, sighting_id: int, by: By, at: datetime, ticks: Iterable[ChecklistItem]) -> None:
    """Write down a yes; each person has one for each sighting."""
    actor = actor_of(by)
    row = {"sighting_id": sighting_id, "by": actor.key, "at": at, "ticks": [str(tick) for tick in ticks]}
    row["name"] = actor.name
    tx.execute(insert(t.approval), row)


def approvals_of(tx: Connection, sighting_id: int) -> tuple[Approval, ...]:
    """Return the yeses to one sighting, the earliest first."""
    return all_approvals(tx, [sighting_id]).get(sighting_id, ())


def all_approvals(tx: Connection, ids: Collection[int]) -> Approvals:
    """Return the yeses to each of these sightings that has any, the earliest first."""
    every_id = list(ids)
    rows = chain.from_iterable(
        tx.execute(_OF, {"ids": every_id[start : start + _AT_ONCE]}) for start in range(0, len(every_id), _AT_ONCE)
    )
    return _approvals(rows)


Approvals = Mapping[int, tuple[Approval, ...]]
"""The yeses to each sighting that has any, the earliest first."""


def approvals_question(ids: Collection[int]) -> Question[Approvals]:
    """Ask for the yeses to these sightings."""
    return Question(_OF, _approvals, {"ids": list(ids)})


def approvals_among_question(listed: Question[Any]) -> Question[Approvals]:
    """Ask for the yeses to the sightings that another question is answered with."""
    return Question(_approvals_among(listed.query), _approvals, listed.values)


@lru_cache(maxsize=4)
def _approvals_among(listed: SelectBase) -> SelectBase:
    among = listed.subquery()
    query = select(t.approval).join_from(among, t.approval, t.approval.c.sighting_id == among.c.id)
    return query.order_by(t.approval.c.at)


def _approvals(rows: Iterable[Row[Any]]) -> dict[int, tuple[Approval, ...]]:
    by_sighting: dict[int, tuple[Approval, ...]] = {}
    for row in rows:
        approval = Approval(row.name or row.by, row.at, tuple(map(ChecklistItem, row.ticks)), row.by)
        by_sighting[row.sighting_id] = (*by_sighting.get(row.sighting_id, ()), approval)
    return by_sighting


def drop_approvals(tx: Connection, sighting_id: int, by: By | None = None) -> None:
    """Take back every yes to a sighting, as it is not what it was when they were said; or that of one person alone."""
    if by is None:
        tx.execute(_DROP_APPROVALS, {"one": sighting_id})
    else:
        tx.execute(_DROP_APPROVAL, {"one": sighting_id, "who": actor_of(by).key})
