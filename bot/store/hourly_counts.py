"""How many posts of others there were in each hour, by what became of them: figures that outlive the posts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, text

from bot.store import schema as t
from bot.store.engine import UtcDateTime

HOUR = timedelta(hours=1)

_KEY = ("tag", "platform", "hour", "language", "kind", "outcome")
_ADD = text(
    f"INSERT INTO hourly_count ({', '.join(_KEY)}, posts) VALUES ({', '.join(f':{name}' for name in _KEY)}, :posts) "  # noqa: S608
    f"ON CONFLICT ({', '.join(_KEY)}) DO UPDATE SET posts = hourly_count.posts + excluded.posts"
).bindparams(bindparam("hour", type_=UtcDateTime()))
COLUMNS = tuple(
    t.sighting.c[name] for name in ("platform", "created_at", "seen_at", "language", "kinds", "state", "tags")
)
"""What is read of a sighting to know where it counts."""

Key = tuple[str, str, datetime, str, str, str]


@dataclass(frozen=True)
class Counted:
    """Where a post counts: its hour (UTC) is that in which it was posted, or seen where its server says it is to come.

    `kinds` are joined by "+", `outcome` is the state of its sighting.
    """

    platform: str
    hour: datetime
    language: str
    kinds: str
    outcome: str
    tags: tuple[str, ...] = ()

    def rows(self) -> Iterable[Key]:
        """Yield each row it is counted in."""
        yield "", "", self.hour, "", "", self.outcome
        for tag in ("", *self.tags):
            yield tag, self.platform, self.hour, self.language, self.kinds, self.outcome


def hour_of(created_at: datetime, seen_at: datetime) -> datetime:
    """Return the hour in which a post counts (UTC)."""
    return min(created_at, seen_at).astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def counted(row: Row[Any]) -> Counted:
    """Return where the sighting of a row counts that has `COLUMNS`."""
    hour = hour_of(row.created_at, row.seen_at)
    return Counted(row.platform, hour, row.language, row.kinds, row.state, tuple(dict.fromkeys(row.tags)))


def of_sighting(tx: Connection, sighting_id: int) -> Counted | None:
    """Return where a sighting counts as it stands, None where there is none."""
    row = tx.execute(select(*COLUMNS).where(t.sighting.c.id == sighting_id)).first()
    return counted(row) if row else None


def add(tx: Connection, posts: Iterable[Counted]) -> None:
    """Count posts that are new; only in a transaction that is serialized by `Serialize.SIGHTINGS`."""
    _change(tx, Counter(key for post in posts for key in post.rows()))


def move(tx: Connection, moved: Iterable[tuple[Counted, Counted]]) -> None:
    """Count posts as they are now instead of as they were before."""
    changes: Counter[Key] = Counter()
    for before, after in moved:
        changes.subtract(before.rows())
        changes.update(after.rows())
    _change(tx, changes)


def add_tags(tx: Connection, post: Counted, tags: Iterable[str]) -> None:
    """Count a post that is counted already with more of our hashtags."""
    more = replace(post, tags=tuple(tags))
    _change(tx, Counter(key for key in more.rows() if key[0]))


def _change(tx: Connection, changes: Counter[Key]) -> None:
    rows = [{**dict(zip(_KEY, key, strict=True)), "posts": posts} for key, posts in changes.items() if posts]
    if rows:
        tx.execute(_ADD, rows)


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
class HourlyCount:
    """How many posts of an hour (UTC) are alike; `tag` is "" where all count, whatever their hashtags."""

    hour: datetime
    platform: str
    language: str
    kinds: str
    tag: str
    outcome: str
    posts: int


def listed(tx: Connection, begin: datetime, end: datetime, *, tags: bool = False) -> list[HourlyCount]:
    """Return the counts of the hours that begin in this time (UTC, the end not included), the earliest first; with
    `tags` those of each hashtag, else those of all posts."""
    of_tags = t.hourly_count.c.tag != "" if tags else t.hourly_count.c.tag == ""
    query = select(t.hourly_count).where(
        of_tags, t.hourly_count.c.platform != "", t.hourly_count.c.hour >= begin, t.hourly_count.c.hour < end
    )
    rows = tx.execute(query.where(t.hourly_count.c.posts != 0).order_by(t.hourly_count.c.hour))
    return [
        HourlyCount(row.hour, row.platform, row.language, row.kind, row.tag, row.outcome, row.posts) for row in rows
    ]
