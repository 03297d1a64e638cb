"""Who of us looks at a post just now: shown beside it, so that nobody decides over another's head."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta

from bot.domain.actor import By, actor_of
from bot.services.work import Work
from bot.store import presence

LASTS = timedelta(seconds=60)
"""For how long somebody counts as looking who does not say so again."""


def look(work: Work, sighting_id: int, by: By) -> None:
    """Write down that somebody looks at a sighting now."""
    actor, now = actor_of(by), work.clock()
    with work.store.begin() as tx:
        presence.note(tx, actor.key, actor.name, f"sighting {sighting_id}", now + LASTS, now)


def leave(work: Work, by: By, sighting_id: int | None = None) -> None:
    """Write down that somebody looks at a sighting no more, or at none."""
    with work.store.begin() as tx:
        presence.leave(tx, actor_of(by).key, "" if sighting_id is None else f"sighting {sighting_id}")


def others(work: Work, sighting_ids: Collection[int], by: By) -> Mapping[int, tuple[str, ...]]:
    """Return the names of those who look at each of these sightings now, beside oneself."""
    subjects = {f"sighting {number}": number for number in sighting_ids}
    with work.store.read() as tx:
        looking = presence.looking(tx, subjects, actor_of(by).key, work.clock())
    return {subjects[subject]: names for subject, names in looking.items()}
