"""How many posts of others there were in each hour, by what became of them: figures that outlive the posts.

They are counted where sightings are written, in `bot.store.sightings`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from bot.store import schema as t


def by_hour(tx: Connection, begin: datetime, end: datetime) -> dict[datetime, int]:
    """Return how many posts there were in each hour that begins in this time (UTC, the end not included)."""
    query = select(t.hourly_count.c.hour, func.sum(t.hourly_count.c.posts)).where(
        t.hourly_count.c.tag == "",
        t.hourly_count.c.platform == "",
        t.hourly_count.c.hour >= begin,
        t.hourly_count.c.hour < end,
    )
    return {row[0]: int(row[1]) for row in tx.execute(query.group_by(t.hourly_count.c.hour)) if row[1]}


def by_outcome(tx: Connection) -> dict[str, int]:
    """Return how many posts there were in all, by what became of them."""
    total = func.sum(t.hourly_count.c.posts)
    query = select(t.hourly_count.c.outcome, total).where(
        t.hourly_count.c.tag == "", t.hourly_count.c.platform == "", t.hourly_count.c.posts != 0
    )
    return {outcome: int(posts) for outcome, posts in tx.execute(query.group_by(t.hourly_count.c.outcome))}


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
