"""Our deliveries counted by the hour they are due in: what the campaign's swell is drawn from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Text, case, cast, func, select

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
    if tx.dialect.name == "postgresql":
        hour = func.date_trunc("hour", t.delivery.c.due_at, type_=UtcDateTime)
    else:
        hour = func.substr(cast(t.delivery.c.due_at, Text), 1, 13)
    is_out = t.delivery.c.state == State.SENT
    counts = is_out | ((t.delivery.c.kind == Kind.POST) & (t.delivery.c.state != State.CANCELLED))
    due = t.delivery.c.due_at >= begin, t.delivery.c.due_at < end
    out = func.sum(case((is_out, 1), else_=0)).label("out")
    query = select(hour.label("hour"), func.count().label("total"), out).where(*due, counts).group_by(hour)
    return Question(query, _by_hour)


def _by_hour(rows: Rows) -> Mapping[datetime, HourOfOurs]:
    return {_instant(row[0]): HourOfOurs(int(row[1]), int(row[2])) for row in rows}


def _instant(hour: datetime | str) -> datetime:
    if isinstance(hour, datetime):
        return hour.astimezone(UTC)
    return datetime.strptime(hour, "%Y-%m-%d %H").replace(tzinfo=UTC)
