"""Sightings: one row for each post, however many sources and hashtags it was seen under."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, insert, or_, select, update

from bot.domain.moderation import Judgement, Verdict
from bot.domain.post import SeenPost
from bot.domain.sighting import AFTER_VERDICT, Seen, Sighting, SightingState
from bot.store import shown
from bot.store.schema import forgotten, known, sighting

_AMONG = sighting.c.uri.in_(bindparam("uris", expanding=True))
_KNOWN: Any = select(sighting.c.id, sighting.c.uri, sighting.c.sources, sighting.c.tags).where(_AMONG)
_IDS = select(sighting.c.id, sighting.c.uri).where(_AMONG).order_by(sighting.c.id)
_NEW = insert(sighting)
_BY_RULE = select(sighting).where(sighting.c.state == SightingState.APPROVED, sighting.c.decided_by == "")
_SAME = (
    select(sighting.c.id)
    .where(or_(sighting.c.id == bindparam("first"), sighting.c.same_as == bindparam("first")))
    .order_by(sighting.c.id)
)


def take_in(tx: Connection, seen: Sequence[Seen], source: str, now: datetime) -> list[Sighting]:
    """Store what was seen; a post that is known gains a source. Gives the new ones."""
    by_uri = {one.post.uri: one for one in seen}
    there = {row.uri: row for row in tx.execute(_KNOWN, {"uris": list(by_uri)})}
    for row in there.values():
        if source not in row.sources:
            _add_source(tx, row, by_uri[row.uri].tags, source)
    fresh = {uri: _fresh(one, source, now) for uri, one in by_uri.items() if uri not in there}
    if not fresh:
        return []
    tx.execute(_NEW, [_row(one, by_uri[uri].author_key) for uri, one in fresh.items()])
    new = [replace(fresh[row.uri], id=row.id) for row in tx.execute(_IDS, {"uris": list(fresh)})]
    shown.note_sightings(tx, {one.id: by_uri[one.post.uri].shown_keys for one in new})
    return new


def _add_source(tx: Connection, row: Row[Any], tags: tuple[str, ...], source: str) -> None:
    merged = [*row.tags, *(tag for tag in tags if tag not in row.tags)]
    values = {"sources": [*row.sources, source], "tags": merged}
    tx.execute(update(sighting).where(sighting.c.id == row.id).values(**values))


def _fresh(one: Seen, source: str, now: datetime) -> Sighting:
    state = AFTER_VERDICT[one.judgement.verdict]
    return Sighting(0, state, _without_bio(one.post), one.tags, (source,), now, one.judgement)


def _row(one: Sighting, author_key: str) -> dict[str, Any]:
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
        "care": one.judgement.care,
        "author_key": author_key,
        "look_again_at": one.seen_at if one.post.is_unfinished else None,
    }


def _without_bio(post: SeenPost) -> SeenPost:
    """The post as it is stored: without the biographies of its author, and of those whose posts it shows. Of what it
    shows and nobody may see the words are left out, too."""
    bare = replace(post, author=replace(post.author, bio="")) if post.author.bio else post
    if not post.shows:
        return bare
    shows = (replace(one, post=_as_shown(one.post)) if one.post else one for one in post.shows)
    return replace(bare, shows=tuple(shows))


def _as_shown(post: SeenPost) -> SeenPost:
    is_hidden = not post.public or post.author.locked
    return _without_bio(replace(post, text="", poll=(), shows=()) if is_hidden else post)


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


def decide(
    tx: Connection,
    sighting_id: int,
    start: Collection[SightingState],
    to: SightingState,
    judgement: Judgement,
    now: datetime,
    by: str = "",
) -> bool:
    """Move a sighting that is still in one of these states; the rules decide with `by` empty.

    What it is held for care for stays as it is.
    """
    values: dict[str, Any] = {"state": to, "verdict": judgement.verdict, "reasons": list(judgement.reasons)}
    if by:
        values |= {"decided_by": by, "decided_at": now}
    statement = update(sighting).where(sighting.c.id == sighting_id, sighting.c.state.in_(list(start)))
    return tx.execute(statement.values(**values)).rowcount == 1


def refresh(
    tx: Connection, sighting_id: int, post: SeenPost, author_key: str = "", shown_keys: Collection[str] = ()
) -> None:
    """Keep a post as it is now, so that a person decides on what is really there; with a key its author, too.

    `shown_keys` are those of whose posts it shows now.
    """
    values: dict[str, Any] = {"post": _without_bio(post)}
    shown.note_sighting(tx, sighting_id, shown_keys)
    if author_key:
        values |= {"author": post.author.handle, "author_key": author_key}
    tx.execute(update(sighting).where(sighting.c.id == sighting_id).values(**values))


def hold_for_care(tx: Connection, sighting_id: int, care: Collection[str]) -> None:
    """Write down why no rule may approve a sighting, in place of what was written before."""
    tx.execute(update(sighting).where(sighting.c.id == sighting_id).values(care=list(care)))


def unfinished(tx: Connection, platform: str, now: datetime, most: int) -> list[Sighting]:
    """Return sightings of which more may be known by now, those that were waited for longest first."""
    due = (sighting.c.platform == platform, sighting.c.state == SightingState.HELD, sighting.c.look_again_at <= now)
    return [
        _sighting(row)
        for row in tx.execute(select(sighting).where(*due).order_by(sighting.c.look_again_at).limit(most))
    ]


def look_again(tx: Connection, sighting_id: int, at: datetime | None) -> None:
    """Write down when to ask for what is not known yet of a sighting (UTC), None for never by itself."""
    tx.execute(update(sighting).where(sighting.c.id == sighting_id).values(look_again_at=at))


def approved_by_rule(tx: Connection) -> list[Sighting]:
    """The sightings that a rule approved, and nobody of us, and that are not out yet."""
    return [_sighting(row) for row in tx.execute(_BY_RULE)]


def showing_the_same(tx: Connection, seen: Sighting) -> list[int]:
    """The other sightings of the video that this one shows."""
    first = seen.same_as or seen.id
    found = tx.execute(_SAME, {"first": first}).scalars()
    return [one for one in found if one != seen.id]


def forgotten_among(tx: Connection, keys: Collection[str]) -> frozenset[str]:
    """Which of these keyed hashes belong to authors who asked to be forgotten."""
    rows = tx.execute(select(forgotten.c.key).where(forgotten.c.key.in_(list(keys))))
    return frozenset(row.key for row in rows)


def purged_among(tx: Connection, keys: Collection[str]) -> frozenset[str]:
    """Which of these keyed hashes belong to posts that were purged."""
    rows = tx.execute(select(known.c.key).where(known.c.key.in_(list(keys))))
    return frozenset(row.key for row in rows)


def _sighting(row: Row[Any]) -> Sighting:
    return Sighting(
        id=row.id,
        state=SightingState(row.state),
        post=msgspec.convert(row.post, SeenPost),
        tags=tuple(row.tags),
        sources=tuple(row.sources),
        seen_at=row.seen_at,
        judgement=Judgement(Verdict(row.verdict), tuple(row.reasons), tuple(row.care)),
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        same_as=row.same_as,
    )
