"""How many posts each source gave in each hour, by the posts' own time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.store.schema import heard

KEPT = timedelta(days=8)
"""No hour older than this is kept."""

_HOUR = (heard.c.source == bindparam("which"), heard.c.hour == bindparam("at"))
_MORE = update(heard).where(*_HOUR).values(posts=heard.c.posts + bindparam("more"))
_OLD = delete(heard).where(heard.c.source == bindparam("which"), heard.c.hour < bindparam("first"))
_SINCE = select(heard.c.hour, heard.c.posts).where(
    heard.c.source == bindparam("which"), heard.c.hour >= bindparam("first")
)


def add(tx: Connection, source: str, posts: Mapping[datetime, int], now: datetime) -> None:
    """Add the posts of each hour; with each new hour those go that are too old."""
    for hour, more in sorted(posts.items()):
        if hour >= now - KEPT and not tx.execute(_MORE, {"which": source, "at": hour, "more": more}).rowcount:
            _begin(tx, source, hour, more, now)


def _begin(tx: Connection, source: str, hour: datetime, more: int, now: datetime) -> None:
    tx.execute(_OLD, {"which": source, "first": now - KEPT})
    try:
        with tx.begin_nested():
            tx.execute(insert(heard), {"source": source, "hour": hour, "posts": more})
    except IntegrityError:  # another worker was first
        tx.execute(_MORE, {"which": source, "at": hour, "more": more})


def since(tx: Connection, source: str, first: datetime) -> dict[datetime, int]:
    """The posts of each hour from `first` (UTC) on; hours without any are left out."""
    return {row.hour: row.posts for row in tx.execute(_SINCE, {"which": source, "first": first})}
