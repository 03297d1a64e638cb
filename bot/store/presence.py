"""Who of us is looking at what just now, so that two people do not decide about one post without knowing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from bot.store import schema as t
from bot.store.engine import update_row


def note(tx: Connection, key: str, name: str, subject: str, until: datetime, now: datetime) -> None:
    """Write down that somebody looks at something, until then (UTC) at the latest; who looked for too long is gone."""
    tx.execute(delete(t.presence).where(t.presence.c.until < now))
    if not update_row(tx, t.presence, {"actor": key, "subject": subject}, {"until": until, "name": name}):
        tx.execute(insert(t.presence), {"actor": key, "subject": subject, "name": name, "until": until})


def leave(tx: Connection, key: str, subject: str = "") -> None:
    """Write down that somebody looks at something no more; without a subject, at nothing."""
    of_actor = t.presence.c.actor == key
    tx.execute(delete(t.presence).where(of_actor, *([t.presence.c.subject == subject] if subject else [])))


def looking(tx: Connection, subjects: Collection[str], but: str, now: datetime) -> Mapping[str, tuple[str, ...]]:
    """Return the names of those who look at each of these now, beside one of them."""
    those = (t.presence.c.subject.in_(sorted(subjects)), t.presence.c.actor != but, t.presence.c.until >= now)
    by_subject: dict[str, tuple[str, ...]] = {}
    for row in tx.execute(select(t.presence).where(*those).order_by(t.presence.c.name)) if subjects else ():
        by_subject[row.subject] = (*by_subject.get(row.subject, ()), row.name)
    return by_subject
