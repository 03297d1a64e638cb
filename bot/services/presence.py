"""Who of us looks at a post just now: shown beside it, so that nobody decides over another's head."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.domain.actor import By, actor_of
from bot.services.work import Work
from bot.store import presence
from bot.store.engine import Question, Rows

_SIGHTING = "sighting"
LASTS = timedelta(seconds=60)
"""For how long somebody counts as looking who does not say so again."""


def look(work: Work, sighting_id: int, by: By) -> None:
    """Write down that somebody looks at a sighting now."""
    actor, now = actor_of(by), work.clock()
    with work.store.begin() as tx:
        presence.note(tx, actor.key, actor.name, f"{_SIGHTING} {sighting_id}", now + LASTS, now)


def leave(work: Work, by: By, sighting_id: int | None = None) -> None:
    """Write down that somebody looks at a sighting no more, or at none."""
    with work.store.begin() as tx:
        presence.leave(tx, actor_of(by).key, "" if sighting_id is None else f"{_SIGHTING} {sighting_id}")


def others_question(by: By, now: datetime) -> Question[Mapping[int, tuple[str, ...]]]:
    """Ask for the names of those who look at each sighting now (UTC), beside oneself."""
    looking = presence.looking_question(actor_of(by).key, now)

    def read(rows: Rows) -> Mapping[int, tuple[str, ...]]:
        named = ((subject.partition(" "), names) for subject, names in looking.read(rows).items())
        return {int(number): names for (kind, _, number), names in named if kind == _SIGHTING}

    return Question(looking.query, read, looking.values)
