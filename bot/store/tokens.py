"""Tokens of users: what programs of theirs show instead of a session. No token is kept as it is, only its hash."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from bot.domain.users import Scope
from bot.store import schema as t
from bot.store.users import User, user_of
from bot.values import dataclass


@dataclass(frozen=True)
class Token:
    """A token of a user, good for its `scopes` until `expires_at` (UTC), unless it was ended before.

    `name` is its user's own for it; `last_used_day` is a day in UTC, "2025-04-09", "" where it was never used.
    """

    id: int
    user_id: int
    name: str
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime
    last_used_day: str
    ended_at: datetime | None

    @property
    def last_used(self) -> date | None:
        """The day on which it was last used (UTC), None where it never was."""
        return date.fromisoformat(self.last_used_day) if self.last_used_day else None

    def is_good(self, now: datetime) -> bool:
        """Return whether it is neither ended nor over."""
        return self.ended_at is None and now < self.expires_at


_FIELDS = tuple(Token.__dataclass_fields__)


def add(
    tx: Connection,
    user_id: int,
    name: str,
    key: str,
    scopes: Collection[Scope],
    now: datetime,
    expires_at: datetime,
) -> int:
    """Record a token by the hash of it, and return its number."""
    row = {"user_id": user_id, "name": name, "key": key, "scopes": sorted(scopes)}
    row |= {"created_at": now, "expires_at": expires_at}
    return int(tx.execute(insert(t.token).returning(t.token.c.id), row).scalar_one())


def holder(tx: Connection, key: str) -> tuple[Token, User] | None:
    """Return the token with this hash and whose it is, good or not; None where there never was one. One query."""
    columns = [t.token.c[name].label(f"t_{name}") for name in _FIELDS]
    row = tx.execute(select(t.user, *columns).join_from(t.token, t.user).where(t.token.c.key == key)).first()
    return (_token({name: getattr(row, f"t_{name}") for name in _FIELDS}), user_of(row)) if row else None


def good_of(tx: Connection, user_id: int, now: datetime) -> list[Token]:
    """Return a user's tokens that are neither ended nor over, the earliest first."""
    query = select(*(t.token.c[name] for name in _FIELDS)).where(
        t.token.c.user_id == user_id, t.token.c.ended_at.is_(None), t.token.c.expires_at > now
    )
    return [_token(dict(row._mapping)) for row in tx.execute(query.order_by(t.token.c.id))]


def use(tx: Connection, number: int, day: str) -> None:
    """Write down that a token was used on a day (UTC)."""
    tx.execute(update(t.token).where(t.token.c.id == number).values(last_used_day=day))


def end(tx: Connection, user_id: int, number: int, now: datetime) -> bool:
    """End one of a user's tokens; False where it is none of theirs, or ended already."""
    query = update(t.token).where(t.token.c.id == number, t.token.c.user_id == user_id, t.token.c.ended_at.is_(None))
    return tx.execute(query.values(ended_at=now)).rowcount == 1


def end_all_of(tx: Connection, user_id: int, now: datetime) -> None:
    """End all tokens of a user."""
    tx.execute(update(t.token).where(t.token.c.user_id == user_id, t.token.c.ended_at.is_(None)).values(ended_at=now))


def _token(values: dict[str, Any]) -> Token:
    return Token(**{**values, "scopes": frozenset(map(Scope, values["scopes"]))})
