"""What sightings are known by, so that one that shows the same is found among a million."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from bot.domain.alike import Likeness
from bot.store.schema import sighting, trait

_STORED: Any = select(sighting.c.uri).where(sighting.c.uri.in_(bindparam("uris", expanding=True)))
_SINCE = select(sighting.c.id).where(sighting.c.seen_at >= bindparam("since")).order_by(sighting.c.seen_at).limit(1)
_AMONG = trait.c.value.in_(bindparam("values", expanding=True))
_HOLDING: Any = (
    select(trait.c.value, trait.c.sighting_id)
    .where(_AMONG, trait.c.sighting_id >= bindparam("first"))
    .order_by(trait.c.value, trait.c.sighting_id)
)
_THESE: Any = sighting.c.id.in_(bindparam("ids", expanding=True))
_GROUPS = select(sighting.c.id, sighting.c.same_as).where(_THESE)
_WHO = select(sighting.c.id, sighting.c.platform, sighting.c.author).where(_THESE)
_POSTS: Any = select(
    sighting.c.id,
    sighting.c.same_as,
    sighting.c.platform,
    sighting.c.author,
    sighting.c.created_at,
    sighting.c.post,
).where(_THESE)
_NEW = insert(trait)
_DROP = delete(trait).where(trait.c.value == bindparam("known_by"), trait.c.sighting_id == bindparam("of"))
_PUT_BESIDE = update(sighting).where(sighting.c.id == bindparam("number")).values(same_as=bindparam("first"))


def stored_among(tx: Connection, uris: Sequence[str]) -> frozenset[str]:
    """Which of these posts are sightings already."""
    return frozenset(tx.execute(_STORED, {"uris": list(uris)}).scalars()) if uris else frozenset()


def holding(tx: Connection, values: Collection[str], since: datetime | None = None) -> dict[str, list[int]]:
    """The sightings that are known by each of these values, in their order; only what was seen `since` then (UTC)."""
    first = _first_since(tx, since) if since and values else 0
    found: dict[str, list[int]] = {}
    if values and first is not None:
        for row in tx.execute(_HOLDING, {"values": sorted(values), "first": first}):
            found.setdefault(row.value, []).append(row.sighting_id)
    return found


def _first_since(tx: Connection, since: datetime) -> int | None:
    """Sightings are numbered in the order they are seen, so that a number stands for a time."""
    return tx.execute(_SINCE, {"since": since}).scalar()


def groups(tx: Connection, ids: Collection[int]) -> dict[int, int]:
    """The first sighting of the group of each of these."""
    if not ids:
        return {}
    return {row.id: row.same_as or row.id for row in tx.execute(_GROUPS, {"ids": sorted(ids)})}


def authors(tx: Connection, ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """The platform and the handle of who posted each of these."""
    if not ids:
        return {}
    return {row.id: (row.platform, row.author) for row in tx.execute(_WHO, {"ids": sorted(ids)})}


def likenesses(tx: Connection, ids: Collection[int]) -> dict[int, Likeness]:
    """These sightings as they are compared, by number; no more is read of them than that."""
    if not ids:
        return {}
    rows = tx.execute(_POSTS, {"ids": sorted(ids)})
    return {row.id: _likeness(row) for row in rows}


def _likeness(row: Row[Any]) -> Likeness:
    text, videos = row.post["text"], tuple(row.post.get("videos", ()))
    return Likeness(row.platform, row.author, text, videos, row.created_at, row.same_as or row.id)


def add(tx: Connection, known_by: Mapping[int, Collection[str]]) -> None:
    """Write down what new sightings are known by."""
    rows = [{"value": value, "sighting_id": one} for one, values in known_by.items() for value in values]
    if rows:
        tx.execute(_NEW, rows)


def drop(tx: Connection, known_by: Collection[tuple[str, int]]) -> None:
    """Let sightings be known by these values no longer."""
    if known_by:
        tx.execute(_DROP, [{"known_by": value, "of": one} for value, one in known_by])


def put_beside(tx: Connection, same: Mapping[int, int]) -> None:
    """Show sightings together with the first of their group."""
    if same:
        tx.execute(_PUT_BESIDE, [{"number": one, "first": first} for one, first in same.items()])
