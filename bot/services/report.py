"""What the campaign has done, in figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from bot.domain.delivery import Delivery, Kind
from bot.domain.sighting import Sighting
from bot.store.retention import Tally


def figures(deliveries: Sequence[Delivery], seen: Sequence[Sighting], purged: Sequence[Tally] = ()) -> dict[str, Any]:
    """What the campaign did, in numbers without people; what was `purged` counts as it was."""
    out = [one for one in deliveries if one.sent_at is not None and one.undone_at is None]
    return {
        "posts": dict(Counter(str(one.state) for one in deliveries if one.kind is Kind.POST)),
        "reshares": dict(Counter(str(one.state) for one in deliveries if one.kind is Kind.RESHARE)),
        "sent_by_account": dict(Counter(one.account for one in out)),
        "sent_by_language": dict(Counter(one.language for one in out)),
        "sightings": _with(Counter(str(one.state) for one in seen), ((one.state, one.posts) for one in purged)),
        "sightings_by_kind": _with(
            Counter(str(kind) for one in seen for kind in one.post.kinds),
            ((kind, one.posts) for one in purged for kind in filter(None, one.kinds.split("+"))),
        ),
        "sightings_by_language": _with(
            Counter(one.post.language or "unknown" for one in seen),
            ((one.language or "unknown", one.posts) for one in purged),
        ),
    }


def _with(stored: Counter[str], purged: Iterable[tuple[str, int]]) -> dict[str, int]:
    for what, posts in purged:
        stored[what] += posts
    return dict(stored)
