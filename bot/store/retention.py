"""What of sightings goes and when: expiry, rechecks, and the purge after a campaign."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, delete, exists, func, insert, or_, select, update

from bot.domain.delivery import MAY_BE_OUT, NOT_BEGUN, OUT, Delivery, Kind, State
from bot.domain.sighting import CLOSED, DECIDABLE, Sighting, SightingState
from bot.shapes import resolve_shapes
from bot.store import authors, deliveries, identity, sightings
from bot.store import schema as t
from bot.store.engine import update_row
from bot.values import dataclass

KeyOf = Callable[[str], str]
"""Makes the keyed hash of a post's uri."""

_MOST = 500
"""How many ids one statement takes."""

_BEING_TAKEN_BACK = and_(t.delivery.c.undo_asked_at.is_not(None), t.delivery.c.undone_at.is_(None))
NEEDS_ITS_URI = or_(t.delivery.c.state.in_(OUT), _BEING_TAKEN_BACK)
"""Reshares that are out, or may be: without the uri they could not be taken back."""


def expired(tx: Connection, decided: datetime, undecided: datetime, most: int = _MOST) -> list[int]:
    """Return the sightings that were decided, or while nobody decided seen, before then (UTC), and those that are gone.

    One whose reshare waits for its turn stays: without it nothing could be looked at again before it goes out.
    """
    moment, was_seen = func.coalesce(t.sighting.c.decided_at, t.sighting.c.seen_at), t.sighting.c.seen_at <= decided
    is_old = or_(
        and_(t.sighting.c.state.in_(CLOSED), was_seen, moment <= decided),  # what was seen later was decided later
        t.sighting.c.seen_at <= undecided,
        t.sighting.c.state == SightingState.GONE,
    )
    waits = exists().where(t.delivery.c.sighting_id == t.sighting.c.id, t.delivery.c.state.in_(MAY_BE_OUT | NOT_BEGUN))
    return list(tx.execute(select(t.sighting.c.id).where(is_old, ~waits).limit(most)).scalars())


def remove(tx: Connection, ids: Collection[int], key_of: KeyOf, state: str = "", *, is_known: bool = True) -> None:
    """Delete sightings, and whom they were of from the reshares that were made of them.

    Each is counted under its state, or under the one given. Its uri stays as a keyed hash where it `is_known` by that;
    a forgotten author's posts are known by their author, and come again should that have been an error.
    """
    every_id = list(ids)
    for first in range(0, len(every_id), _MOST):
        _remove(tx, every_id[first : first + _MOST], key_of, state, is_known=is_known)


def _remove(tx: Connection, ids: list[int], key_of: KeyOf, state: str, *, is_known: bool) -> None:
    rows = tx.execute(select(t.sighting).where(t.sighting.c.id.in_(ids))).all()
    if state:
        sightings.count_as(tx, rows, state)
    if is_known:
        remember(tx, [key_of(row.uri) for row in rows])
    of_sightings = t.delivery.c.sighting_id.in_(ids)
    for reshare in tx.execute(
        select(t.delivery.c.id, t.delivery.c.post_uri, NEEDS_ITS_URI.label("stays")).where(of_sightings)
    ).all():
        strip(tx, reshare.id, reshare.post_uri if reshare.stays else key_of(reshare.post_uri))
    tx.execute(delete(t.sighting).where(t.sighting.c.id.in_(ids)))


def strip(tx: Connection, delivery_id: int, uri: str) -> None:
    """Take from a reshare what could name anybody; `uri` is what stays in the place of the post's."""
    values: dict[str, Any] = {"post_uri": uri, "url": "", "error": "", "trouble": "", "sighting_id": None}
    update_row(tx, t.delivery, {"id": delivery_id}, values)
    update_row(tx, t.sent_part, {"delivery_id": delivery_id}, {"url": ""})
    update_row(tx, t.attempt, {"delivery_id": delivery_id}, {"error": ""})


def remember(tx: Connection, keys: Iterable[str]) -> None:
    """Keep keyed hashes of posts, so that those are never taken in again."""
    new_keys = set(keys)
    new_keys -= set(tx.execute(select(t.known.c.key).where(t.known.c.key.in_(list(new_keys)))).scalars())
    if new_keys:
        tx.execute(insert(t.known), [{"key": key} for key in sorted(new_keys)])


def reshares_out(tx: Connection) -> int:
    """Return how many reshares are out, or may be."""
    reshares = (t.delivery.c.kind == Kind.RESHARE, t.delivery.c.state.in_(OUT))
    return int(tx.execute(select(func.count()).select_from(t.delivery).where(*reshares)).scalar_one())


_PURGED = "purged:"
NOT_PURGED = ~t.delivery.c.post_uri.startswith(_PURGED)
"""What stands in the place of a uri that nobody needs any more, before the delivery's id."""


def is_purged(uri: str) -> bool:
    """Return whether this stands where the uri of a post stood: what it was can be told by nobody."""
    return uri.startswith(_PURGED)


def some_sightings(tx: Connection, most: int = 500) -> list[int]:
    """Return the ids of the next sightings that are stored still."""
    return list(tx.execute(select(t.sighting.c.id).order_by(t.sighting.c.id).limit(most)).scalars())


def reshares_to_blank(tx: Connection, *, lock: bool = False) -> list[Delivery]:
    """Return every reshare there is, whatever became of it."""
    return deliveries.listed(tx, t.delivery.c.kind == Kind.RESHARE, lock=lock)


def blank(tx: Connection, delivery: Delivery) -> None:
    """Take from a reshare all that says of whose post it was, for good."""
    strip(tx, delivery.id, f"{_PURGED}{delivery.id}")
    authors.forget_shown_by_delivery(tx, delivery.id)
    tx.execute(update(t.delivery).where(t.delivery.c.id == delivery.id).values(author_key="", content_hash=""))
    tx.execute(update(t.sent_part).where(t.sent_part.c.delivery_id == delivery.id).values(post_id=""))
    tx.execute(
        update(t.attempt).where(t.attempt.c.delivery_id == delivery.id).values(content_hash="", idempotency_key="")
    )
    tx.execute(update(t.audit).where(t.audit.c.subject == f"delivery {delivery.id}").values(detail=""))


def forget_the_rest(tx: Connection) -> None:
    """Delete how far each source was read, and what was read there: both are of other people's posts; and who of them
    was blocked, what was told, and who looked at what."""
    tx.execute(delete(t.cursor))
    tx.execute(delete(t.known))
    tx.execute(delete(t.stop_request))
    tx.execute(delete(t.remembered))
    for table in (t.notification, t.presence, t.blocked_author):
        tx.execute(delete(table))
    tx.execute(delete(t.meta).where(t.meta.c.key.like("recheck:%")))


_LOOKED_AT = func.coalesce(t.delivery.c.rechecked_at, t.delivery.c.sent_at, t.delivery.c.due_at)


@dataclass(frozen=True)
class RecheckIntervals:
    """How long after its last look a reshare is looked at again, and until how long after it went out it is fresh."""

    fresh: timedelta
    later: timedelta
    is_fresh_for: timedelta


def rechecks_due(tx: Connection, account: str, now: datetime, intervals: RecheckIntervals, most: int) -> list[Delivery]:
    """Return the reshares of an account that are out and due for a look, longest unseen first.

    A look that is ahead of us (UTC) was written down by a clock that went wrong.
    """
    is_fresh = func.coalesce(t.delivery.c.sent_at, t.delivery.c.due_at) > now - intervals.is_fresh_for
    due = or_(
        now - intervals.later >= _LOOKED_AT,
        and_(is_fresh, now - intervals.fresh >= _LOOKED_AT),
        now < _LOOKED_AT,
    )
    out = (
        t.delivery.c.account == account,
        t.delivery.c.kind == Kind.RESHARE,
        t.delivery.c.state == State.SENT,
        t.delivery.c.undo_asked_at.is_(None),
        NOT_PURGED,
    )
    query = select(t.delivery.c.id).where(*out, due).order_by(_LOOKED_AT, t.delivery.c.id).limit(most)
    ids = list(tx.execute(query).scalars())
    if not ids:
        return []
    by_id = {delivery.id: delivery for delivery in deliveries.listed(tx, t.delivery.c.id.in_(ids))}
    return [by_id[sighting_id] for sighting_id in ids]


@dataclass(frozen=True)
class RecheckRound:
    """How far the look at all that is stored has come: after which sighting, and since when it is going on (UTC)."""

    last: int
    since: datetime
    is_through: bool = False


def recheck_round(tx: Connection, platform: str) -> RecheckRound | None:
    """Return the round that is going on, or that was the last one; None before the first."""
    value = tx.execute(select(t.meta.c.value).where(t.meta.c.key == _round_key(platform))).scalar()
    return msgspec.json.decode(value, type=RecheckRound) if value else None


def save_recheck_round(tx: Connection, platform: str, where: RecheckRound) -> None:
    """Write down how far it has come."""
    identity.put_metadata(tx, {_round_key(platform): msgspec.json.encode(where).decode()})


def _round_key(platform: str) -> str:
    return f"recheck:{platform}"


def stored_after(tx: Connection, platform: str, last: int, most: int) -> list[Sighting]:
    """Return the next sightings that are stored and not reshared, in the order they were seen."""
    decidable = (t.sighting.c.platform == platform, t.sighting.c.id > last, t.sighting.c.state.in_(DECIDABLE))
    ids = list(tx.execute(select(t.sighting.c.id).where(*decidable).order_by(t.sighting.c.id).limit(most)).scalars())
    return sorted(sightings.of_ids(tx, ids), key=lambda sighting: sighting.id)


resolve_shapes(RecheckRound)
