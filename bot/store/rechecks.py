"""What is to be looked at again where it was posted: reshares that are out, and what is stored of others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, and_, func, or_, select

from bot.domain.delivery import Delivery, Kind, State
from bot.domain.sighting import Sighting, SightingState
from bot.store import deliveries, marks, sightings
from bot.store.ending import NOT_PURGED
from bot.store.schema import delivery, meta, sighting

_LOOKED_AT = func.coalesce(delivery.c.rechecked_at, delivery.c.sent_at, delivery.c.due_at)
_STORED = (SightingState.HELD, SightingState.APPROVED, SightingState.REJECTED)


@dataclass(frozen=True)
class Intervals:
    """How long after its last look a reshare is looked at again, and until how long after it went out it is fresh."""

    fresh: timedelta
    later: timedelta
    is_fresh_for: timedelta


def reshares_due(tx: Connection, account: str, now: datetime, intervals: Intervals, most: int) -> list[Delivery]:
    """Reshares of an account that are out and due for a look, longest unseen first.

    A look that is ahead of us (UTC) was written down by a clock that went wrong.
    """
    is_fresh = func.coalesce(delivery.c.sent_at, delivery.c.due_at) > now - intervals.is_fresh_for
    due = or_(
        now - intervals.later >= _LOOKED_AT,
        and_(is_fresh, now - intervals.fresh >= _LOOKED_AT),
        now < _LOOKED_AT,
    )
    out = (
        delivery.c.account == account,
        delivery.c.kind == Kind.RESHARE,
        delivery.c.state == State.SENT,
        delivery.c.undo_asked_at.is_(None),
        NOT_PURGED,
    )
    query = select(delivery.c.id).where(*out, due).order_by(_LOOKED_AT, delivery.c.id).limit(most)
    ids = list(tx.execute(query).scalars())
    found = {one.id: one for one in deliveries.listed(tx, delivery.c.id.in_(ids))}
    return [found[one] for one in ids]


@dataclass(frozen=True)
class Round:
    """How far the look at all that is stored has come: after which sighting, and since when it is going on (UTC)."""

    last: int
    since: datetime
    is_through: bool = False


def round_of(tx: Connection, platform: str) -> Round | None:
    """The round that is going on, or that was the last one; None before the first."""
    told = tx.execute(select(meta.c.value).where(meta.c.key == _key(platform))).scalar()
    return msgspec.json.decode(told, type=Round) if told else None


def save_round(tx: Connection, platform: str, where: Round) -> None:
    """Write down how far it has come."""
    marks.put(tx, {_key(platform): msgspec.json.encode(where).decode()})


def _key(platform: str) -> str:
    return f"recheck:{platform}"


def stored_after(tx: Connection, platform: str, last: int, most: int) -> list[Sighting]:
    """The next sightings that are stored and not reshared, in the order they were seen."""
    wanted = (sighting.c.platform == platform, sighting.c.id > last, sighting.c.state.in_(_STORED))
    ids = list(tx.execute(select(sighting.c.id).where(*wanted).order_by(sighting.c.id).limit(most)).scalars())
    return sorted(sightings.of_ids(tx, ids), key=lambda one: one.id)
