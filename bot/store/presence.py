"""Who of us is looking at what just now, so that two people do not decide about one post without knowing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from bot.store import schema as t
from bot.store.engine import Question, Rows, UtcDateTime, update_row


def note(tx: Connection, key: str, name: str, subject: str, until: datetime, now: datetime) -> None:
    """Write down that somebody looks at something, until then (UTC) at the latest; who looked for too long is gone."""
    tx.execute(delete(t.presence).where(t.presence.c.until < now))
    if not update_row(tx, t.presence, {"actor": key, "subject": subject}, {"until": until, "name": name}):
        tx.execute(insert(t.presence), {"actor": key, "subject": subject, "name": name, "until": until})


def leave(tx: Connection, key: str, subject: str = "") -> None:
    """Write down that somebody looks at something no more; without a subject, at nothing."""
    of_actor = t.presence.c.actor == key
    tx.execute(delete(t.presence).where(of_actor, *([t.presence.c.subject == subject] if subject else [])))


def looking_question(but: str, now: datetime) -> Question[Mapping[str, tuple[str, ...]]]:
    """Ask for the names of those who look at something now (UTC), by what it is; one of them is left out."""

    def read(rows: Rows) -> Mapping[str, tuple[str, ...]]:
        by_subject: dict[str, tuple[str, ...]] = {}
        for row in rows:
            by_subject[row.subject] = (*by_subject.get(row.subject, ()), row.name)
        return by_subject

    return Question(_LOOKING, read, {"looker": but, "looked_at": now})


_LOOKING = (
    select(t.presence.c.subject, t.presence.c.name)
    .where(t.presence.c.actor != bindparam("looker"), t.presence.c.until >= bindparam("looked_at", type_=UtcDateTime))
    .order_by(t.presence.c.name)
)
