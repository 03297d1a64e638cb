"""After a campaign only figures and our own posts stay, and the keyed hashes of those who asked never to be seen."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select, update

from bot.domain.delivery import Delivery, Kind
from bot.store import deliveries, retention, shown
from bot.store.schema import (
    attempt,
    audit,
    cursor,
    delivery,
    known,
    meta,
    remembered,
    sent_part,
    sighting,
    stop_request,
)

_PURGED = "purged:"
NOT_PURGED = ~delivery.c.post_uri.startswith(_PURGED)
"""What stands in the place of a uri that nobody needs any more, before the delivery's id."""


def is_purged(uri: str) -> bool:
    """Whether this stands where the uri of a post stood: what it was can be told by nobody."""
    return uri.startswith(_PURGED)


def some_sightings(tx: Connection, most: int = 500) -> list[int]:
    """The ids of the next sightings that are stored still."""
    return list(tx.execute(select(sighting.c.id).order_by(sighting.c.id).limit(most)).scalars())


def reshares(tx: Connection, *, lock: bool = False) -> list[Delivery]:
    """Every reshare there is, whatever became of it."""
    return deliveries.listed(tx, delivery.c.kind == Kind.RESHARE, lock=lock)


def blank(tx: Connection, one: Delivery) -> None:
    """Take from a reshare all that says of whose post it was, for good."""
    retention.strip(tx, one.id, f"{_PURGED}{one.id}")
    shown.forget_delivery(tx, one.id)
    tx.execute(update(delivery).where(delivery.c.id == one.id).values(author_key="", content_hash=""))
    tx.execute(update(sent_part).where(sent_part.c.delivery_id == one.id).values(post_id=""))
    tx.execute(update(attempt).where(attempt.c.delivery_id == one.id).values(content_hash="", idempotency_key=""))
    tx.execute(update(audit).where(audit.c.subject == f"delivery {one.id}").values(detail=""))


def forget_the_rest(tx: Connection) -> None:
    """How far each source was read, and what was read there: both are of other people's posts."""
    tx.execute(delete(cursor))
    tx.execute(delete(known))
    tx.execute(delete(stop_request))
    tx.execute(delete(remembered))
    tx.execute(delete(meta).where(meta.c.key.like("recheck:%")))
