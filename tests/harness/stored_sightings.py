"""Sightings put into a store as they are, whatever a source would make of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.sighting import Seen, Sighting
from bot.store import sightings


def put_in(tx: Connection, seen: Sequence[Seen], source: str, now: datetime) -> list[Sighting]:
    """Store what was seen; a post that is stored gains a source. Return the new ones."""
    by_uri = {item.post.uri: item for item in seen}
    among = sightings.stored_among(tx, by_uri)
    sightings.add_source(tx, among, {uri: by_uri[uri].tags for uri in among}, source)
    fresh = [item for uri, item in by_uri.items() if uri not in among]
    return sightings.add(tx, dict(zip(sightings.take_numbers(tx, len(fresh)), fresh, strict=True)), source, now)
