"""What is queued, as people look at it: reshares with the turn they would have now, whether a worker runs or not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from bot.domain.delivery import Delivery, State
from bot.services.resharing import turns
from bot.services.work import Work
from bot.store import deliveries


def queue(work: Work, states: Collection[State], limit: int | None = None) -> tuple[list[Delivery], dict[int, str]]:
    """The deliveries in these states, in the order in which they go, and why a reshare has its turn, by delivery."""
    with work.store.read() as tx:
        found = deliveries.in_states(tx, states)
        told = turns.told(tx, work, work.clock()) if State.PLANNED in states else {}
    at = {number: one.at for number, one in told.items()}
    in_turn = [replace(one, due_at=at[one.id], not_before=at[one.id]) if one.id in at else one for one in found]
    in_turn.sort(key=lambda one: (one.not_before, one.id))
    return in_turn[:limit], {number: one.why for number, one in told.items()}
