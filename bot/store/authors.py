"""What is stored of one author, found by the keyed hash of their handle."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select

from bot.domain.delivery import Delivery, Kind, State
from bot.store import deliveries, shown, sightings
from bot.store.schema import delivery, delivery_shows, forgotten, remembered, sighting, sighting_shows


def sightings_of(tx: Connection, keys: Collection[str], key_of: Callable[[str], str]) -> list[int]:
    """Every sighting of an author, and every one that shows a post of theirs.

    `key_of` makes the key of a handle, for rows that were stored without one.
    """
    wanted = set(keys)
    mine = sighting.c.author_key.in_(list(wanted))
    query = select(sighting.c.id, sighting.c.author_key, sighting.c.author).where(
        or_(mine, sighting.c.author_key == "")
    )
    found = {row.id for row in tx.execute(query) if row.author_key in wanted or key_of(row.author) in wanted}
    return sorted(found.union(shown.sightings_showing(tx, wanted)))


def reshares_of(tx: Connection, keys: Collection[str], sighting_ids: Collection[int]) -> list[Delivery]:
    """Every reshare of an author, or that shows a post of theirs, also of posts that are not stored any more."""
    mine: Any = or_(delivery.c.author_key.in_(list(keys)), delivery.c.id.in_(shown.reshares_showing(tx, keys)))
    found = {one.id: one for one in deliveries.listed(tx, delivery.c.kind == Kind.RESHARE, mine)}
    for sighting_id in sighting_ids:
        found |= {one.id: one for one in deliveries.of_sighting(tx, sighting_id)}
    return [found[one] for one in sorted(found)]


def key_of(tx: Connection, delivery_id: int) -> str:
    """Return the key of whose post a reshare is of, "" where it has none."""
    return str(tx.execute(select(delivery.c.author_key).where(delivery.c.id == delivery_id)).scalar() or "")


def forget(tx: Connection, keys: Collection[str]) -> None:
    """Keep one author's keyed hashes, so that they are never taken in again; the first by order stands for them all."""
    if not keys:
        return
    for key in sorted(set(keys) - sightings.forgotten_among(tx, keys)):
        tx.execute(insert(forgotten), {"key": key, "known_by": min(keys)})
    tx.execute(delete(remembered).where(remembered.c.key.in_(list(keys))))


def remember(tx: Connection, keys: Collection[str]) -> bool:
    """Take an author from the forgotten, under all by which they are known. Return False where they are not there."""
    by_these = select(forgotten.c.known_by).where(forgotten.c.key.in_(list(keys)), forgotten.c.known_by != "")
    theirs = or_(forgotten.c.key.in_(list(keys)), forgotten.c.known_by.in_(by_these))
    found = list(tx.execute(select(forgotten.c.key).where(theirs)).scalars())
    if found:
        tx.execute(delete(forgotten).where(forgotten.c.key.in_(found)))
        tx.execute(insert(remembered), [{"key": key} for key in found])
    return bool(found)


def forgotten_keys(tx: Connection) -> frozenset[str]:
    """The keys of all who asked never to be seen again."""
    return frozenset(tx.execute(select(forgotten.c.key)).scalars())


def forgotten_people(tx: Connection) -> list[frozenset[str]]:
    """The same, by person as far as that is known."""
    people: dict[str, set[str]] = {}
    for row in tx.execute(select(forgotten)):
        people.setdefault(row.known_by or row.key, set()).add(row.key)
    return [frozenset(keys) for keys in people.values()]


def brought_back(tx: Connection) -> list[str]:
    """The keys of forgotten authors of whom something is stored, or out, all the same: a restored backup has them."""
    gone = select(forgotten.c.key)
    seen = select(sighting.c.author_key).where(sighting.c.author_key.in_(gone))
    stands = (delivery.c.kind == Kind.RESHARE, delivery.c.state != State.CANCELLED, delivery.c.undo_asked_at.is_(None))
    made = select(delivery.c.author_key).where(delivery.c.author_key.in_(gone), *stands)
    showing = select(sighting_shows.c.key).where(sighting_shows.c.key.in_(gone))
    out = select(delivery_shows.c.key).join(delivery, delivery.c.id == delivery_shows.c.delivery_id)
    out = out.where(delivery_shows.c.key.in_(gone), *stands)
    return list(tx.execute(seen.union(made, showing, out)).scalars())


def are_new(tx: Connection, keys: Collection[str]) -> bool:
    """Whether none of these keys is among the forgotten."""
    return not sightings.forgotten_among(tx, keys)
