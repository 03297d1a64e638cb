"""Sightings: one row for each post, however many sources and hashtags it was seen under."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from bot.domain.delivery import State
from bot.domain.moderation import Judgement, Verdict
from bot.domain.post import SeenPost
from bot.domain.sighting import AFTER_VERDICT, Seen, Sighting, SightingState
from bot.store.schema import attempt, delivery, forgotten, sent_part, sighting

_AMONG = sighting.c.uri.in_(bindparam("uris", expanding=True))
_KNOWN: Any = select(sighting.c.id, sighting.c.uri, sighting.c.sources, sighting.c.tags).where(_AMONG)
_IDS = select(sighting.c.id, sighting.c.uri).where(_AMONG).order_by(sighting.c.id)
_NEW = insert(sighting)
_ANYBODY = select(forgotten.c.key).limit(1)


def take_in(tx: Connection, seen: Sequence[Seen], source: str, now: datetime) -> list[Sighting]:
    """Store what was seen; a post that is known gains a source. Gives the new ones."""
    by_uri = {one.post.uri: one for one in seen}
    known = {row.uri: row for row in tx.execute(_KNOWN, {"uris": list(by_uri)})}
    for row in known.values():
        if source not in row.sources:
            _add_source(tx, row, by_uri[row.uri].tags, source)
    fresh = {uri: _fresh(one, source, now) for uri, one in by_uri.items() if uri not in known}
    if not fresh:
        return []
    tx.execute(_NEW, [_row(one) for one in fresh.values()])
    return [replace(fresh[row.uri], id=row.id) for row in tx.execute(_IDS, {"uris": list(fresh)})]


def _add_source(tx: Connection, row: Row[Any], tags: tuple[str, ...], source: str) -> None:
    merged = [*row.tags, *(tag for tag in tags if tag not in row.tags)]
    values = {"sources": [*row.sources, source], "tags": merged}
    tx.execute(update(sighting).where(sighting.c.id == row.id).values(**values))


def _fresh(one: Seen, source: str, now: datetime) -> Sighting:
    state = AFTER_VERDICT[one.judgement.verdict]
    return Sighting(0, state, _without_bio(one.post), one.tags, (source,), now, one.judgement)


def _row(one: Sighting) -> dict[str, Any]:
    return {
        "platform": one.post.platform,
        "uri": one.post.uri,
        "state": one.state,
        "author": one.post.author.handle,
        "post": one.post,
        "tags": one.tags,
        "sources": one.sources,
        "created_at": one.post.created_at,
        "seen_at": one.seen_at,
        "verdict": one.judgement.verdict,
        "reasons": one.judgement.reasons,
    }


def _without_bio(post: SeenPost) -> SeenPost:
    return replace(post, author=replace(post.author, bio="")) if post.author.bio else post


def of_ids(tx: Connection, ids: Collection[int | None]) -> list[Sighting]:
    """The sightings with these ids; None stands for one that was purged."""
    wanted = [one for one in ids if one is not None]
    return [_sighting(row) for row in tx.execute(select(sighting).where(sighting.c.id.in_(wanted)))]


def of_uris(tx: Connection, uris: Collection[str]) -> list[Sighting]:
    """The sightings of these posts."""
    return [_sighting(row) for row in tx.execute(select(sighting).where(sighting.c.uri.in_(list(uris))))]


def get(tx: Connection, sighting_id: int) -> Sighting | None:
    """One sighting, or None where there is no such id."""
    row = tx.execute(select(sighting).where(sighting.c.id == sighting_id)).first()
    return _sighting(row) if row else None


def listed(tx: Connection, states: Collection[SightingState] | None = None, limit: int | None = None) -> list[Sighting]:
    """Sightings in the order they were seen."""
    query = select(sighting).order_by(sighting.c.seen_at, sighting.c.id).limit(limit)
    if states is not None:
        query = query.where(sighting.c.state.in_(list(states)))
    return [_sighting(row) for row in tx.execute(query)]


def by_author(tx: Connection, handle: str) -> list[Sighting]:
    """Every sighting of one author; platforms ignore case in handles."""
    folded = handle.casefold()
    rows = tx.execute(select(sighting.c.id, sighting.c.author)).all()
    ids = [row.id for row in rows if row.author.casefold() == folded]
    return [found for one in ids if (found := get(tx, one)) is not None]


def decide(
    tx: Connection,
    sighting_id: int,
    start: Collection[SightingState],
    to: SightingState,
    judgement: Judgement,
    now: datetime,
    by: str = "",
) -> bool:
    """Move a sighting that is still in one of these states; the rules decide with `by` empty."""
    values: dict[str, Any] = {"state": to, "verdict": judgement.verdict, "reasons": list(judgement.reasons)}
    if by:
        values |= {"decided_by": by, "decided_at": now}
    statement = update(sighting).where(sighting.c.id == sighting_id, sighting.c.state.in_(list(start)))
    return tx.execute(statement.values(**values)).rowcount == 1


def refresh(tx: Connection, sighting_id: int, post: SeenPost) -> None:
    """Keep a post as it is now, so that a person decides on what is really there."""
    tx.execute(update(sighting).where(sighting.c.id == sighting_id).values(post=_without_bio(post)))


def forgotten_among(tx: Connection, keys: Collection[str]) -> frozenset[str]:
    """Which of these keyed hashes belong to authors who asked to be forgotten."""
    rows = tx.execute(select(forgotten.c.key).where(forgotten.c.key.in_(list(keys))))
    return frozenset(row.key for row in rows)


def nobody_is_forgotten(tx: Connection) -> bool:
    """Whether no author has ever asked to be forgotten, so that none need be looked for."""
    return tx.execute(_ANYBODY).first() is None


def _sighting(row: Row[Any]) -> Sighting:
    return Sighting(
        id=row.id,
        state=SightingState(row.state),
        post=msgspec.convert(row.post, SeenPost),
        tags=tuple(row.tags),
        sources=tuple(row.sources),
        seen_at=row.seen_at,
        judgement=Judgement(Verdict(row.verdict), tuple(row.reasons)),
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )


def remember_forgotten(tx: Connection, key: str) -> None:
    """Keep an author's keyed hash, so that they are never taken in again."""
    if not forgotten_among(tx, [key]):
        tx.execute(insert(forgotten), {"key": key})


def remove(tx: Connection, ids: Collection[int], key_of: Callable[[str], str]) -> None:
    """Delete sightings, and whom they were of from the deliveries that were made of them.

    The post's uri becomes its key, except of what is out: without the uri it could not be taken back.
    """
    made = select(delivery.c.id, delivery.c.post_uri, delivery.c.state).where(delivery.c.sighting_id.in_(list(ids)))
    for row in tx.execute(made).all():
        uri = row.post_uri if row.state == State.SENT else key_of(row.post_uri)
        nameless = {"post_uri": uri, "url": "", "error": "", "sighting_id": None}
        tx.execute(update(delivery).where(delivery.c.id == row.id).values(**nameless))
        tx.execute(update(sent_part).where(sent_part.c.delivery_id == row.id).values(url=""))
        tx.execute(update(attempt).where(attempt.c.delivery_id == row.id).values(error=""))
    tx.execute(delete(sighting).where(sighting.c.id.in_(list(ids))))
