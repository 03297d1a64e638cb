"""Whose posts are shown by what is stored, and by what is out: keyed hashes, so that withdrawal by them finds it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, delete, insert, select

from bot.store.schema import delivery_shows, sighting_shows


def note_sighting(tx: Connection, sighting_id: int, keys: Collection[str]) -> None:
    """Write down whom a sighting shows, in place of what was written before."""
    tx.execute(delete(sighting_shows).where(sighting_shows.c.sighting_id == sighting_id))
    note_sightings(tx, {sighting_id: keys})


def note_sightings(tx: Connection, keys: dict[int, Collection[str]]) -> None:
    """Write down whom new sightings show."""
    rows = [{"sighting_id": one, "key": key} for one, mine in keys.items() for key in sorted(mine)]
    if rows:
        tx.execute(insert(sighting_shows), rows)


def note_delivery(tx: Connection, delivery_id: int, keys: Collection[str]) -> None:
    """Write down whom a reshare shows, beside whom it showed before: they may all want it back."""
    missing = set(keys) - keys_of_delivery(tx, delivery_id)
    if missing:
        tx.execute(insert(delivery_shows), [{"delivery_id": delivery_id, "key": key} for key in sorted(missing)])


def keys_of_delivery(tx: Connection, delivery_id: int) -> frozenset[str]:
    """Return the keys of whose posts a reshare shows."""
    mine = delivery_shows.c.delivery_id == delivery_id
    return frozenset(tx.execute(select(delivery_shows.c.key).where(mine)).scalars())


def sightings_showing(tx: Connection, keys: Collection[str]) -> list[int]:
    """Return the sightings that show a post of whoever has one of these keys."""
    wanted = sighting_shows.c.key.in_(list(keys))
    found = select(sighting_shows.c.sighting_id).where(wanted).distinct()
    return list(tx.execute(found.order_by(sighting_shows.c.sighting_id)).scalars())


def reshares_showing(tx: Connection, keys: Collection[str]) -> list[int]:
    """Return the reshares that show a post of whoever has one of these keys, whether or not it is stored still."""
    wanted = delivery_shows.c.key.in_(list(keys))
    return list(tx.execute(select(delivery_shows.c.delivery_id).where(wanted).distinct()).scalars())


def forget_delivery(tx: Connection, delivery_id: int) -> None:
    """Let nothing tell any more whom a reshare showed."""
    tx.execute(delete(delivery_shows).where(delivery_shows.c.delivery_id == delivery_id))
