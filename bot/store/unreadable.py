"""Entries of sources that could not be read: counted once each, however often their page is read again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select

from bot.domain.post import Unread, Unreadable
from bot.store.schema import unreadable

KEPT = timedelta(days=30)
"""How long it is remembered that an entry could not be read."""

MOST = 1000
"""Entries of one source that are remembered: a server that makes them up must not fill the store."""


@dataclass
class GivenUp:
    """What could not be read of one source lately: how often each part was at fault, and when the last one was seen."""

    parts: Counter[Unread] = field(default_factory=Counter)
    last_at: datetime | None = None

    @property
    def count(self) -> int:
        return self.parts.total()


def note(tx: Connection, source: str, entries: Sequence[Unreadable], now: datetime) -> list[Unreadable]:
    """Remember entries that could not be read. Return those that were not known yet."""
    keys = {one.key: one for one in entries}
    tx.execute(delete(unreadable).where(unreadable.c.source == source, unreadable.c.seen_at < now - KEPT))
    of_source = select(unreadable.c.key).where(unreadable.c.source == source)
    known = set(tx.execute(of_source.where(unreadable.c.key.in_(keys))).scalars())
    there = tx.execute(select(func.count()).select_from(of_source.subquery())).scalar_one()
    new = [one for key, one in keys.items() if key not in known][: max(0, MOST - there)]
    rows = [{"source": source, "key": one.key, "part": one.part, "seen_at": now} for one in new]
    if rows:
        tx.execute(insert(unreadable), rows)
    return new


def of_all(tx: Connection) -> Mapping[str, GivenUp]:
    """Return what is remembered, by source."""
    found: dict[str, GivenUp] = {}
    columns = (unreadable.c.source, unreadable.c.part, func.count().label("entries"), func.max(unreadable.c.seen_at))
    for source, part, entries, last_at in tx.execute(select(*columns).group_by(unreadable.c.source, unreadable.c.part)):
        one = found.setdefault(source, GivenUp())
        one.parts[Unread(part)] += entries
        one.last_at = max(last_at, one.last_at or last_at)
    return found
