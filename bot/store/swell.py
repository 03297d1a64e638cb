"""Our deliveries counted by the hour they are due in: what the campaign's swell is drawn from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from sqlalchemy import Connection, SelectBase, Text, bindparam, case, cast, func, select

from bot.domain.delivery import Kind, State
from bot.store import schema as t
from bot.store.engine import Question, Rows, UtcDateTime


@dataclass(frozen=True)
class HourOfOurs:
    """How many of our posts and reshares are due in an hour, and how many of them are out."""

    total: int
    out: int


def hours_question(tx: Connection, begin: datetime, end: datetime) -> Question[Mapping[datetime, HourOfOurs]]:
    """Ask for our deliveries by the hour (UTC) they are due in, from `begin` to before `end`; cancelled posts, and
    reshares that are not out, count for nothing."""
    return Question(_hours(tx.dialect.name), _by_hour, {"due_from": begin, "due_until": end})


@cache
def _hours(dialect: str) -> SelectBase:
    if dialect == "postgresql":
        hour = func.date_trunc("hour", t.delivery.c.due_at, type_=UtcDateTime)
    else:
        hour = func.substr(cast(t.delivery.c.due_at, Text), 1, 13)
    is_out = t.delivery.c.state == State.SENT
    counts = is_out | ((t.delivery.c.kind == Kind.POST) & (t.delivery.c.state != State.CANCELLED))
    due_at = t.delivery.c.due_at
    due = due_at >= bindparam("due_from", type_=UtcDateTime), due_at < bindparam("due_until", type_=UtcDateTime)
    out = func.sum(case((is_out, 1), else_=0)).label("out")
    return select(hour.label("hour"), func.count().label("total"), out).where(*due, counts).group_by(hour)


def _by_hour(rows: Rows) -> Mapping[datetime, HourOfOurs]:
    return {_instant(row[0]): HourOfOurs(int(row[1]), int(row[2])) for row in rows}


def _instant(hour: datetime | str) -> datetime:
    if isinstance(hour, datetime):
        return hour.astimezone(UTC)
    return datetime.fromisoformat(f"{hour}:00+00:00")
