"""A video that an account has shown already: its followers do not get it twice."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection

from bot.domain.delivery import Kind, State
from bot.domain.sighting import Sighting
from bot.services.moderation.calling_off import MAY_BE_OUT, WAITING
from bot.store import deliveries, sightings
from bot.store.schema import delivery

OUT = (State.SENT, *MAY_BE_OUT)
OUT_OR_QUEUED = (*OUT, *WAITING)


def shown_as(tx: Connection, seen: Sighting, accounts: Collection[str], states: Collection[State]) -> int | None:
    """The other sighting of the same video that one of these accounts reshared, in one of these states."""
    others = sightings.showing_the_same(tx, seen)
    if not others:
        return None
    on_them = (delivery.c.account.in_(list(accounts)), delivery.c.state.in_(list(states)))
    ours = (delivery.c.kind == Kind.RESHARE, delivery.c.sighting_id.in_(others))
    return next((one.sighting_id for one in deliveries.listed(tx, *ours, *on_them, limit=1)), None)
