"""What a store knows of itself: its name, how often it was moved or restored, where it lives, and what is in doubt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import msgspec
from sqlalchemy import Connection, delete, func, insert, select

from bot.domain.text import digest
from bot.store import workers
from bot.store.control import set_account
from bot.store.schema import account_state, attempt, audit, cursor, delivery, meta, sighting

EPOCH, PLACE, TAKEN_AT, MOVED_TO, DOUBT = "epoch", "place", "backup_taken_at", "moved_to", "doubt"
RECKONING, GAP = "reckoning", "gap"
"""Kept for each account: `reckoning:mastodon`."""


_ALL = select(meta)


class Why(StrEnum):
    """What was noticed."""

    RESTORED = "restored"
    COPIED = "copied"
    OTHER = "other"


@dataclass(frozen=True)
class Doubt:
    """The store may not know what was sent. `known_until` (UTC): all before it is known; None: nothing is.

    `needs_yes` while somebody else may be sending, so that a person has to say that this store sends from now on.
    """

    why: Why
    since: datetime
    known_until: datetime | None
    needs_yes: bool


@dataclass(frozen=True)
class Marks:
    """All that the table `meta` says; `epoch` counts how often the store was moved, restored or adopted."""

    instance: str = ""
    epoch: int = 0
    place: str = ""
    taken_at: datetime | None = None
    moved_to: str = ""
    doubt: Doubt | None = None
    raw: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the store may be called in public; `instance` is the key of hashes."""
        return digest("instance", self.instance)[:16]


def read(tx: Connection) -> Marks:
    """The store's marks as they are now."""
    raw = {row.key: row.value for row in tx.execute(_ALL)}
    return Marks(
        instance=raw.get("instance", ""),
        epoch=int(raw.get(EPOCH, "0")),
        place=raw.get(PLACE, ""),
        taken_at=datetime.fromisoformat(raw[TAKEN_AT]) if TAKEN_AT in raw else None,
        moved_to=raw.get(MOVED_TO, ""),
        doubt=msgspec.json.decode(raw[DOUBT], type=Doubt) if DOUBT in raw else None,
        raw=raw,
    )


def put(tx: Connection, values: Mapping[str, str]) -> None:
    """Set marks, whether they were there or not; nobody else may be setting the same ones."""
    drop(tx, *values)
    tx.execute(insert(meta), [{"key": key, "value": value} for key, value in values.items()])


def drop(tx: Connection, *keys: str) -> None:
    """Take marks away."""
    tx.execute(delete(meta).where(meta.c.key.in_(keys)))


def raise_doubt(tx: Connection, doubt: Doubt, accounts: Iterable[str]) -> None:
    """Write down that the store may not know what was sent: on these accounts, and on all it has ever sent on.

    Whose heartbeat stands in it worked on the store that this one is a copy of; who works on this one beats again.
    """
    workers.forget(tx)
    before = read(tx)
    drop(tx, *(key for key in before.raw if key.startswith(f"{RECKONING}:")))
    put(tx, {DOUBT: msgspec.json.encode(doubt).decode()})
    known = tx.execute(select(delivery.c.account).distinct()).scalars()
    for name in sorted({*accounts, *known}):
        set_account(tx, name, in_doubt=True)


def in_doubt(tx: Connection) -> list[str]:
    """The accounts on which nothing may be sent until their timelines have been read."""
    rows = tx.execute(select(account_state.c.account).where(account_state.c.in_doubt).order_by(account_state.c.account))
    return list(rows.scalars())


def last_event(tx: Connection) -> datetime | None:
    """When the last thing happened that the store knows of (UTC)."""
    columns = (attempt.c.started_at, attempt.c.answered_at, audit.c.at, delivery.c.sent_at, sighting.c.seen_at)
    found = [tx.execute(select(func.max(column))).scalar() for column in (*columns, cursor.c.read_at)]
    return max((at for at in found if at is not None), default=None)
