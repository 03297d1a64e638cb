"""Authors whose posts are never reshared, by keyed hashes alone: who they are can be told by nobody."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from bot.store import schema as t


@dataclass(frozen=True)
class BlockedAuthor:
    """Somebody who is blocked: `key` names them here and nowhere else, `posts` is how many of theirs there were when
    `by` blocked them, at `at` (UTC)."""

    key: str
    by: str
    at: datetime
    posts: int


def keys(tx: Connection) -> frozenset[str]:
    """Return all by which the blocked may be known again."""
    return frozenset(tx.execute(select(t.blocked_author.c.key)).scalars())


def block(tx: Connection, author_keys: Collection[str], by: str, at: datetime, posts: int) -> None:
    """Block an author, by all that they may be known by; the first by order stands for them all."""
    known_by = min(author_keys)
    row = {"known_by": known_by, "by": by, "at": at, "posts": posts}
    tx.execute(delete(t.blocked_author).where(t.blocked_author.c.key.in_(list(author_keys))))
    tx.execute(insert(t.blocked_author), [{"key": key, **row} for key in sorted(author_keys)])


def unblock(tx: Connection, key: str) -> bool:
    """Block an author no more. Return whether somebody was known by this."""
    return bool(tx.execute(delete(t.blocked_author).where(t.blocked_author.c.known_by == key)).rowcount)


def listed(tx: Connection) -> list[BlockedAuthor]:
    """Return everybody who is blocked, the latest first."""
    first = t.blocked_author.c.key == t.blocked_author.c.known_by
    query = select(t.blocked_author).where(first).order_by(t.blocked_author.c.at.desc(), t.blocked_author.c.key)
    return [BlockedAuthor(row.key, row.by, row.at, row.posts) for row in tx.execute(query)]


def blocked_among(tx: Connection, author_keys: Collection[str]) -> BlockedAuthor | None:
    """Return who has one of these keys and is blocked, None where nobody is."""
    among = t.blocked_author.c.key.in_(list(author_keys))
    row = tx.execute(select(t.blocked_author).where(among).limit(1)).first()
    return BlockedAuthor(row.known_by, row.by, row.at, row.posts) if row else None
