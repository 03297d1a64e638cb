"""Reshares that wait for their turn are called off when the yes to them is gone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.domain.delivery import State
from bot.store import deliveries

MAY_BE_OUT = (State.SENDING, State.UNKNOWN, State.NEEDS_DECISION)
"""States in which nobody knows yet whether it is out."""

WAITING = (State.PLANNED, State.CLAIMED, State.HELD)


def call_off(tx: Connection, sighting_id: int, why: str, take_back_at: datetime | None = None) -> None:
    """Call off every reshare of a sighting that is not under way.

    One that is under way is taken back should it turn out to be out, where that is asked for (UTC); else it stays.
    """
    values = {"cancelled_by": "moderation", "error": why}
    for one in deliveries.of_sighting(tx, sighting_id):
        is_off = deliveries.step(tx, one.id, WAITING, State.CANCELLED, **values)
        if not is_off and take_back_at is not None:
            deliveries.change(tx, one.id, MAY_BE_OUT, undo_asked_at=take_back_at)
