"""Posts that may ask for their author to be left alone, until a person has said what they mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, delete, insert, select, update

from bot.store.control import OURSELVES
from bot.store.schema import audit, sighting, sighting_shows, stop_request

HEEDED = "stop request"
"""The detail of what is written down when one was carried out by itself."""


class Answer(StrEnum):
    """What a person said of one: nothing yet, or that it is none. One that is meant leaves no trace here."""

    OPEN = ""
    DISMISSED = "dismissed"


@dataclass(frozen=True)
class StopRequest:
    """One that waits for a person; `sighting_id` is the sighting it is told by, None where that is gone. `is_shown`
    where that is somebody else's, who shows a post of theirs."""

    author_key: str
    sighting_id: int | None
    asked_at: datetime
    is_shown: bool = False


def add(tx: Connection, key: str, author_key: str, sighting_id: int | None, now: datetime) -> bool:
    """Note that a post may ask for it; `key` names the post as it is written now. Return False where it is known."""
    if tx.execute(select(stop_request.c.key).where(stop_request.c.key == key)).first():
        return False
    row = {"key": key, "author_key": author_key, "sighting_id": sighting_id, "asked_at": now, "answer": Answer.OPEN}
    tx.execute(insert(stop_request), row)
    return True


def open_among(tx: Connection, author_keys: Collection[str]) -> frozenset[str]:
    """Return which of these authors may have asked for it, with no answer yet."""
    if not author_keys:
        return frozenset()
    mine = stop_request.c.author_key.in_(list(author_keys))
    rows = tx.execute(select(stop_request.c.author_key).where(mine, stop_request.c.answer == Answer.OPEN))
    return frozenset(rows.scalars())


def all_open(tx: Connection) -> list[StopRequest]:
    """Return those that wait for a person, the oldest first."""
    told_by = stop_request.outerjoin(sighting, sighting.c.id == stop_request.c.sighting_id)
    query = select(stop_request, sighting.c.author_key.label("whose")).select_from(told_by)
    query = query.where(stop_request.c.answer == Answer.OPEN).order_by(stop_request.c.asked_at)
    return [
        StopRequest(row.author_key, row.sighting_id, row.asked_at, is_shown=row.whose not in {None, "", row.author_key})
        for row in tx.execute(query)
    ]


def sightings_asking(tx: Connection) -> frozenset[int]:
    """Return the sightings of all who may be asking, with no answer yet, and those that show them."""
    asking = select(stop_request.c.author_key).where(stop_request.c.answer == Answer.OPEN)
    theirs = select(sighting.c.id).where(sighting.c.author_key.in_(asking))
    showing = select(sighting_shows.c.sighting_id).where(sighting_shows.c.key.in_(asking))
    return frozenset(tx.execute(theirs.union(showing)).scalars())


def dismiss(tx: Connection, author_keys: Collection[str]) -> int:
    """Remember that these posts ask for nothing. Return how many were open."""
    mine = (stop_request.c.author_key.in_(list(author_keys)), stop_request.c.answer == Answer.OPEN)
    return int(tx.execute(update(stop_request).where(*mine).values(answer=Answer.DISMISSED)).rowcount)


def forget(tx: Connection, author_keys: Collection[str]) -> None:
    """Remove all that is kept of these authors."""
    tx.execute(delete(stop_request).where(stop_request.c.author_key.in_(list(author_keys))))


def counts(tx: Connection) -> dict[str, int]:
    """Return how many were carried out by themselves, how many wait, and how many were none; nobody's."""
    answers = Counter(tx.execute(select(stop_request.c.answer)).scalars())
    heeded = (audit.c.action == "forget", audit.c.actor == OURSELVES, audit.c.detail == HEEDED)
    found = {
        "carried_out": len(tx.execute(select(audit.c.id).where(*heeded)).all()),
        "open": answers[Answer.OPEN],
        "dismissed": answers[Answer.DISMISSED],
    }
    return {name: count for name, count in found.items() if count}
