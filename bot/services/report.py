"""What the campaign has done, in figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.domain.delivery import Delivery, Kind
from bot.domain.sighting import Sighting
from bot.services.status import waits
from bot.services.work import Work
from bot.store import deliveries as stored
from bot.store.retention import Tally


def figures(
    deliveries: Sequence[Delivery], sightings: Sequence[Sighting], purged: Sequence[Tally] = ()
) -> dict[str, Any]:
    """Return what the campaign did, in numbers without people; what was `purged` counts as it was."""
    out = [delivery for delivery in deliveries if delivery.sent_at is not None and delivery.undone_at is None]
    return {
        "posts": dict(Counter(str(delivery.state) for delivery in deliveries if delivery.kind is Kind.POST)),
        "reshares": dict(Counter(str(delivery.state) for delivery in deliveries if delivery.kind is Kind.RESHARE)),
        "sent_by_account": dict(Counter(delivery.account for delivery in out)),
        "sent_by_language": dict(Counter(delivery.language for delivery in out)),
        "sightings": _with(
            Counter(str(sighting.state) for sighting in sightings), ((tally.state, tally.posts) for tally in purged)
        ),
        "sightings_by_kind": _with(
            Counter(str(kind) for sighting in sightings for kind in sighting.post.kinds),
            ((kind, tally.posts) for tally in purged for kind in filter(None, tally.kinds.split("+"))),
        ),
        "sightings_by_language": _with(
            Counter(sighting.post.language or "unknown" for sighting in sightings),
            ((tally.language or "unknown", tally.posts) for tally in purged),
        ),
    }


def _with(stored: Counter[str], purged: Iterable[tuple[str, int]]) -> dict[str, int]:
    for what, posts in purged:
        stored[what] += posts
    return dict(stored)


@dataclass(frozen=True)
class PastDay:
    """A day of action that is over, for so many `days`; and whether anything of the campaign still waits."""

    day: date
    days: int
    is_anything_left: bool


def past_day(work: Work) -> PastDay | None:
    """Return that the day of action is over; None while it is not."""
    campaign, now = work.config.campaign, work.clock()
    today = now.astimezone(campaign.timezone).date()
    days = (today - campaign.day_of_action).days
    if days <= 0:
        return None
    with work.store.read() as tx:
        is_anything_left = any(waits(delivery) for delivery in stored.listed(tx))
    return PastDay(campaign.day_of_action, days, is_anything_left)
