"""What of sightings goes, and what stays of them: figures, keyed hashes, and what it takes to take a reshare back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, exists, func, insert, or_, select, update

from bot.domain.delivery import Kind, State
from bot.domain.sighting import SightingState
from bot.store.schema import attempt, delivery, known, sent_part, sighting, tally
from bot.store.statements import change

KeyOf = Callable[[str], str]
"""Makes the keyed hash of a post's uri."""

_MOST = 500
"""How many ids one statement takes."""

_OVER = (SightingState.REJECTED, SightingState.RESHARED)
_WAITING = (State.PLANNED, State.CLAIMED, State.HELD)
_UNSURE = (State.SENDING, State.UNKNOWN, State.NEEDS_DECISION)
_BEING_TAKEN_BACK = and_(delivery.c.undo_asked_at.is_not(None), delivery.c.undone_at.is_(None))
NEEDS_ITS_URI = or_(delivery.c.state.in_((State.SENT, *_UNSURE)), _BEING_TAKEN_BACK)
"""Reshares that are out, or may be: without the uri they could not be taken back."""


@dataclass(frozen=True)
class Tally:
    """How many posts that are not stored any more were seen on a UTC day; `kinds` are joined by "+"."""

    day: str
    platform: str
    language: str
    kinds: str
    state: str
    posts: int


def expired(tx: Connection, decided: datetime, undecided: datetime, most: int = _MOST) -> list[int]:
    """Sightings that were decided, or while nobody decided seen, before then (UTC), and those that are gone.

    One whose reshare waits for its turn stays: without it nothing could be looked at again before it goes out.
    """
    moment = func.coalesce(sighting.c.decided_at, sighting.c.seen_at)
    is_old = or_(
        and_(sighting.c.state.in_(_OVER), moment <= decided),
        sighting.c.seen_at <= undecided,
        sighting.c.state == SightingState.GONE,
    )
    waits = exists().where(delivery.c.sighting_id == sighting.c.id, delivery.c.state.in_((*_WAITING, *_UNSURE)))
    return list(tx.execute(select(sighting.c.id).where(is_old, ~waits).limit(most)).scalars())


def remove(tx: Connection, ids: Collection[int], key_of: KeyOf, state: str = "", *, is_known: bool = True) -> None:
    """Delete sightings, and whom they were of from the reshares that were made of them.

    Each is counted under its state, or under the one given. Its uri stays as a keyed hash where it `is_known` by that;
    a forgotten author's posts are known by their author, and come again should that have been an error.
    """
    wanted = list(ids)
    for first in range(0, len(wanted), _MOST):
        _remove(tx, wanted[first : first + _MOST], key_of, state, is_known=is_known)


def _remove(tx: Connection, ids: list[int], key_of: KeyOf, state: str, *, is_known: bool) -> None:
    rows = tx.execute(select(sighting).where(sighting.c.id.in_(ids))).all()
    _count(tx, rows, state)
    if is_known:
        remember(tx, [key_of(row.uri) for row in rows])
    made = delivery.c.sighting_id.in_(ids)
    for found in tx.execute(select(delivery.c.id, delivery.c.post_uri, NEEDS_ITS_URI.label("stays")).where(made)).all():
        strip(tx, found.id, found.post_uri if found.stays else key_of(found.post_uri))
    tx.execute(delete(sighting).where(sighting.c.id.in_(ids)))


def strip(tx: Connection, delivery_id: int, uri: str) -> None:
    """Take from a reshare what could name anybody; `uri` is what stays in the place of the post's."""
    values: dict[str, Any] = {"post_uri": uri, "url": "", "error": "", "trouble": "", "sighting_id": None}
    change(tx, delivery, {"id": delivery_id}, values)
    change(tx, sent_part, {"delivery_id": delivery_id}, {"url": ""})
    change(tx, attempt, {"delivery_id": delivery_id}, {"error": ""})


def remember(tx: Connection, keys: Iterable[str]) -> None:
    """Keep keyed hashes of posts, so that those are never taken in again."""
    wanted = set(keys)
    wanted -= set(tx.execute(select(known.c.key).where(known.c.key.in_(list(wanted)))).scalars())
    if wanted:
        tx.execute(insert(known), [{"key": key} for key in sorted(wanted)])


def _count(tx: Connection, rows: Iterable[Row[Any]], state: str) -> None:
    counted = Counter(
        (
            row.seen_at.astimezone(UTC).date().isoformat(),
            row.platform,
            str(row.post.get("language", "")),
            "+".join(row.post.get("kinds", ())),
            state or row.state,
        )
        for row in rows
    )
    for (day, platform, language, kinds, as_state), posts in counted.items():
        key = {"day": day, "platform": platform, "language": language, "kind": kinds, "state": as_state}
        before = tx.execute(select(tally.c.posts).where(*_same(key))).scalar()
        if before is None:
            tx.execute(insert(tally), {**key, "posts": posts})
        else:
            tx.execute(update(tally).where(*_same(key)).values(posts=before + posts))


def _same(key: dict[str, str]) -> list[ColumnElement[bool]]:
    return [tally.c[name] == value for name, value in key.items()]


def tallies(tx: Connection) -> list[Tally]:
    """What stays of all that was removed, by day."""
    rows = tx.execute(select(tally).order_by(tally.c.day, tally.c.platform, tally.c.language))
    return [Tally(row.day, row.platform, row.language, row.kind, row.state, int(row.posts)) for row in rows]


def reshares_out(tx: Connection) -> int:
    """How many reshares are out, or may be."""
    mine = (delivery.c.kind == Kind.RESHARE, delivery.c.state.in_((State.SENT, *_UNSURE)))
    return int(tx.execute(select(func.count()).select_from(delivery).where(*mine)).scalar_one())
