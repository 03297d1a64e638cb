"""How many posts of others there were in each hour, by what became of them: figures that outlive the posts.

They are counted where sightings are written, in `bot.store.sightings`.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select

from bot.store import schema as t
from bot.store.engine import Question, Rows
from bot.values import dataclass


def hours_question(begin: datetime, end: datetime) -> Question[dict[datetime, int]]:
    """Ask how many posts there were in each hour that begins in this time (UTC, the end not included)."""
    return Question(_BY_HOUR, _hours, {"seen_from": begin, "seen_until": end})


_OF_ALL = (t.hourly_count.c.tag == "", t.hourly_count.c.platform == "")
_TOTAL = func.sum(t.hourly_count.c.posts).label("total")
_BY_HOUR = (
    select(t.hourly_count.c.hour, _TOTAL)
    .where(*_OF_ALL, t.hourly_count.c.hour >= bindparam("seen_from"), t.hourly_count.c.hour < bindparam("seen_until"))
    .group_by(t.hourly_count.c.hour)
)
_BY_OUTCOME = (
    select(t.hourly_count.c.outcome, _TOTAL)
    .where(*_OF_ALL, t.hourly_count.c.posts != 0)
    .group_by(t.hourly_count.c.outcome)
)


def _hours(rows: Rows) -> dict[datetime, int]:
    return {row.hour: int(row.total) for row in rows if row.total}


def by_outcome_question() -> Question[dict[str, int]]:
    """Ask how many posts there were in all, by what became of them."""
    return Question(_BY_OUTCOME, lambda rows: {row.outcome: int(row.total) for row in rows})


@dataclass(frozen=True)
class SumOfPosts:
    """How many posts there ever were that are alike, whatever their hour and platform."""

    language: str
    kinds: str
    outcome: str
    posts: int


def sums(tx: Connection) -> list[SumOfPosts]:
    """Return how many posts there ever were; those that are stored no more are among them."""
    by, total = (t.hourly_count.c.language, t.hourly_count.c.kind, t.hourly_count.c.outcome), t.hourly_count.c.posts
    query = select(*by, func.sum(total)).where(t.hourly_count.c.tag == "", t.hourly_count.c.platform != "")
    return [SumOfPosts(row[0], row[1], row[2], int(row[3])) for row in tx.execute(query.group_by(*by)) if row[3]]
