"""Authors, by keyed hashes alone: what is stored of one, who is blocked or forgotten, who may ask to be left alone.

What is asked of each page that is read, whether its authors are among these, stands in `bot.store.sightings`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, ScalarSelect, bindparam, delete, exists, func, insert, or_, select, update

from bot.domain.delivery import Delivery, Kind, State
from bot.store import deliveries
from bot.store import schema as t
from bot.store.control import OURSELVES, AuditAction
from bot.store.engine import Question
from bot.store.sightings import StopAnswer, forgotten_among
from bot.values import dataclass


def sightings_of_author(tx: Connection, keys: Collection[str], key_of: Callable[[str], str]) -> list[int]:
    """Return every sighting of an author, and every one that shows a post of theirs.

    `key_of` makes the key of a handle, for rows that were stored without one.
    """
    own = own_sightings_of_author(tx, keys, key_of)
    return sorted({*own, *sightings_showing(tx, keys)})


def own_sightings_of_author(tx: Connection, keys: Collection[str], key_of: Callable[[str], str]) -> list[int]:
    """Return every sighting of an author; `key_of` makes the key of a handle, for rows that were stored without one."""
    author_keys = set(keys)
    of_author = t.sighting.c.author_key.in_(list(author_keys))
    query = select(t.sighting.c.id, t.sighting.c.author_key, t.sighting.c.author).where(
        or_(of_author, t.sighting.c.author_key == "")
    )
    rows = tx.execute(query)
    return sorted(row.id for row in rows if row.author_key in author_keys or key_of(row.author) in author_keys)


def reshares_of_author(tx: Connection, keys: Collection[str], sighting_ids: Collection[int]) -> list[Delivery]:
    """Return every reshare of an author, or that shows a post of theirs, also of posts that are not stored any more."""
    of_author: Any = or_(t.delivery.c.author_key.in_(list(keys)), t.delivery.c.id.in_(reshares_showing(tx, keys)))
    by_id = {delivery.id: delivery for delivery in deliveries.listed(tx, t.delivery.c.kind == Kind.RESHARE, of_author)}
    for sighting_id in sighting_ids:
        by_id |= {delivery.id: delivery for delivery in deliveries.of_sighting(tx, sighting_id)}
    return [by_id[delivery_id] for delivery_id in sorted(by_id)]


def author_key_of_delivery(tx: Connection, delivery_id: int) -> str:
    """Return the key of whose post a reshare is of, "" where it has none."""
    return str(tx.execute(select(t.delivery.c.author_key).where(t.delivery.c.id == delivery_id)).scalar() or "")


def sightings_showing(tx: Connection, keys: Collection[str]) -> list[int]:
    """Return the sightings that show a post of whoever has one of these keys."""
    with_key = t.sighting_shows.c.key.in_(list(keys))
    query = select(t.sighting_shows.c.sighting_id).where(with_key).distinct()
    return list(tx.execute(query.order_by(t.sighting_shows.c.sighting_id)).scalars())


def reshares_showing(tx: Connection, keys: Collection[str]) -> list[int]:
    """Return the reshares that show a post of whoever has one of these keys, whether or not it is stored still."""
    with_key = t.delivery_shows.c.key.in_(list(keys))
    return list(tx.execute(select(t.delivery_shows.c.delivery_id).where(with_key).distinct()).scalars())


def forget_shown_by_delivery(tx: Connection, delivery_id: int) -> None:
    """Let nothing tell any more whom a reshare showed."""
    tx.execute(delete(t.delivery_shows).where(t.delivery_shows.c.delivery_id == delivery_id))


@dataclass(frozen=True)
class BlockedAuthor:
    """Somebody who is blocked: `key` names them here and nowhere else, `posts` is how many of theirs there were when
    `by` blocked them, at `at` (UTC)."""

    key: str
    by: str
    at: datetime
    posts: int


def block(tx: Connection, author_keys: Collection[str], by: str, at: datetime, posts: int) -> None:
    """Block an author, by all that they may be known by; the first by order stands for them all."""
    known_by = min(author_keys)
    row = {"known_by": known_by, "by": by, "at": at, "posts": posts}
    tx.execute(delete(t.blocked_author).where(t.blocked_author.c.key.in_(list(author_keys))))
    tx.execute(insert(t.blocked_author), [{"key": key, **row} for key in sorted(author_keys)])


def unblock(tx: Connection, key: str) -> bool:
    """Block an author no more. Return whether somebody was known by this."""
    return bool(tx.execute(delete(t.blocked_author).where(t.blocked_author.c.known_by == key)).rowcount)


def blocked(tx: Connection) -> list[BlockedAuthor]:
    """Return everybody who is blocked, the latest first."""
    first = t.blocked_author.c.key == t.blocked_author.c.known_by
    query = select(t.blocked_author).where(first).order_by(t.blocked_author.c.at.desc(), t.blocked_author.c.key)
    return [BlockedAuthor(row.key, row.by, row.at, row.posts) for row in tx.execute(query)]


def blocked_among(tx: Connection, author_keys: Collection[str]) -> BlockedAuthor | None:
    """Return who has one of these keys and is blocked, None where nobody is."""
    among = t.blocked_author.c.key.in_(list(author_keys))
    row = tx.execute(select(t.blocked_author).where(among).limit(1)).first()
    return BlockedAuthor(row.known_by, row.by, row.at, row.posts) if row else None


def forget_author(tx: Connection, keys: Collection[str]) -> None:
    """Keep one author's keyed hashes, so that they are never taken in again; the first by order stands for them all."""
    if not keys:
        return
    for key in sorted(set(keys) - forgotten_among(tx, keys)):
        tx.execute(insert(t.forgotten), {"key": key, "known_by": min(keys)})
    tx.execute(delete(t.remembered).where(t.remembered.c.key.in_(list(keys))))


def forget_posts(tx: Connection, author_of: Mapping[str, str]) -> frozenset[str]:
    """Keep the keyed hashes of those of the posts whose authors are forgotten, and return them: an address may lead to
    them and name nobody. `author_of` gives each post's author, by their key; who is remembered takes them along."""
    rows = tx.execute(select(t.forgotten).where(t.forgotten.c.key.in_(set(author_of.values())))).all()
    known_by = {row.key: row.known_by or row.key for row in rows}
    posts = {post: known_by[author] for post, author in author_of.items() if author in known_by}
    for post in sorted(posts.keys() - forgotten_among(tx, posts.keys())):
        tx.execute(insert(t.forgotten), {"key": post, "known_by": posts[post]})
    return frozenset(posts)


def posts_of_reshares(tx: Connection, ids: Collection[int]) -> list[tuple[str, str]]:
    """Return what each of these reshares has as its post's uri, and its author's key."""
    columns = t.delivery.c.post_uri, t.delivery.c.author_key
    return [
        (row.post_uri, row.author_key) for row in tx.execute(select(*columns).where(t.delivery.c.id.in_(list(ids))))
    ]


def authors_of_posts(tx: Connection, uris: Collection[str]) -> frozenset[str]:
    """Return the keys of the authors of those posts that are stored, or were reshared; by their uris, or by what stands
    in the place of one."""
    stored = select(t.sighting.c.author_key).where(t.sighting.c.uri.in_(list(uris)))
    reshared = select(t.delivery.c.author_key).where(t.delivery.c.post_uri.in_(list(uris)))
    return frozenset(tx.execute(stored.union(reshared)).scalars()) - {""}


def remember_author(tx: Connection, keys: Collection[str]) -> frozenset[str]:
    """Take an author from the forgotten, under all keys by which they are known. Return those; none where they are not
    there."""
    by_these = select(t.forgotten.c.known_by).where(t.forgotten.c.key.in_(list(keys)), t.forgotten.c.known_by != "")
    of_author = or_(t.forgotten.c.key.in_(list(keys)), t.forgotten.c.known_by.in_(by_these))
    keys_forgotten = list(tx.execute(select(t.forgotten.c.key).where(of_author)).scalars())
    if keys_forgotten:
        tx.execute(delete(t.forgotten).where(t.forgotten.c.key.in_(keys_forgotten)))
        tx.execute(insert(t.remembered), [{"key": key} for key in keys_forgotten])
    return frozenset(keys_forgotten)


def forgotten_keys(tx: Connection) -> frozenset[str]:
    """Return the keys of all who asked never to be seen again."""
    return frozenset(tx.execute(select(t.forgotten.c.key)).scalars())


def forgotten_people(tx: Connection) -> list[frozenset[str]]:
    """Return the keys of forgotten authors, by person as far as that is known."""
    people: dict[str, set[str]] = {}
    for row in tx.execute(select(t.forgotten)):
        people.setdefault(row.known_by or row.key, set()).add(row.key)
    return [frozenset(keys) for keys in people.values()]


def brought_back(tx: Connection) -> list[str]:
    """Return the keys of forgotten authors of whom something is stored, or out, all the same: a restored backup has
    them."""
    keys_forgotten = select(t.forgotten.c.key)
    stored_keys = select(t.sighting.c.author_key).where(t.sighting.c.author_key.in_(keys_forgotten))
    stands = (
        t.delivery.c.kind == Kind.RESHARE,
        t.delivery.c.state != State.CANCELLED,
        t.delivery.c.undo_asked_at.is_(None),
    )
    reshared_keys = select(t.delivery.c.author_key).where(t.delivery.c.author_key.in_(keys_forgotten), *stands)
    showing = select(t.sighting_shows.c.key).where(t.sighting_shows.c.key.in_(keys_forgotten))
    out = select(t.delivery_shows.c.key).join(t.delivery, t.delivery.c.id == t.delivery_shows.c.delivery_id)
    out = out.where(t.delivery_shows.c.key.in_(keys_forgotten), *stands)
    return list(tx.execute(stored_keys.union(reshared_keys, showing, out)).scalars())


def are_not_forgotten(tx: Connection, keys: Collection[str]) -> bool:
    """Return whether none of these keys is among the forgotten."""
    return not forgotten_among(tx, keys)


HEEDED = "stop request"
"""The detail of what is written down when one was carried out by itself."""


@dataclass(frozen=True)
class StopRequest:
    """One that waits for a person; `sighting_id` is the sighting it is told by, None where that is gone. `is_shown`
    where that is somebody else's, who shows a post of theirs."""

    author_key: str
    sighting_id: int | None
    asked_at: datetime
    is_shown: bool = False


def add_stop_request(tx: Connection, key: str, author_key: str, sighting_id: int | None, now: datetime) -> bool:
    """Note that a post may ask for it; `key` names the post as it is written now. Return False where it is known."""
    if tx.execute(select(t.stop_request.c.key).where(t.stop_request.c.key == key)).first():
        return False
    row = {"key": key, "author_key": author_key, "sighting_id": sighting_id, "asked_at": now, "answer": StopAnswer.OPEN}
    tx.execute(insert(t.stop_request), row)
    return True


_ASKING = select(t.stop_request.c.author_key).where(t.stop_request.c.answer == StopAnswer.OPEN)
_ABOUT = select(
    exists().where(t.delivery.c.id == bindparam("which"), t.delivery.c.author_key.in_(_ASKING)).label("author"),
    exists()
    .where(t.delivery_shows.c.delivery_id == bindparam("which"), t.delivery_shows.c.key.in_(_ASKING))
    .label("shown"),
)


def stop_requests_question(delivery_id: int) -> Question[tuple[bool, bool]]:
    """Ask two things about a reshare: whether the author of its post may have asked for a stop that nobody has
    answered yet, and whether somebody whom it shows may have."""
    return Question(_ABOUT, lambda rows: (bool(rows[0].author), bool(rows[0].shown)), {"which": delivery_id})


def open_stop_requests(tx: Connection) -> list[StopRequest]:
    """Return those that wait for a person, the oldest first."""
    told_by = t.stop_request.outerjoin(t.sighting, t.sighting.c.id == t.stop_request.c.sighting_id)
    query = select(t.stop_request, t.sighting.c.author_key.label("whose")).select_from(told_by)
    query = query.where(t.stop_request.c.answer == StopAnswer.OPEN).order_by(t.stop_request.c.asked_at)
    return [
        StopRequest(row.author_key, row.sighting_id, row.asked_at, is_shown=row.whose not in {None, "", row.author_key})
        for row in tx.execute(query)
    ]


def sightings_asking_to_stop(tx: Connection) -> frozenset[int]:
    """Return the sightings of all who may be asking, with no answer yet, and those that show them."""
    own = select(t.sighting.c.id).where(t.sighting.c.author_key.in_(_ASKING))
    showing = select(t.sighting_shows.c.sighting_id).where(t.sighting_shows.c.key.in_(_ASKING))
    return frozenset(tx.execute(own.union(showing)).scalars())


_ASKS = select(
    exists().where(t.sighting.c.id == bindparam("asks"), t.sighting.c.author_key.in_(_ASKING)).label("author"),
    exists()
    .where(t.sighting_shows.c.sighting_id == bindparam("asks"), t.sighting_shows.c.key.in_(_ASKING))
    .label("shown"),
)


def asks_question(sighting_id: int) -> Question[bool]:
    """Ask whether a sighting's author, or whom it shows, may have asked for it, with no answer yet."""
    return Question(_ASKS, lambda rows: bool(rows[0].author or rows[0].shown), {"asks": sighting_id})


def dismiss_stop_request(tx: Connection, author_keys: Collection[str]) -> int:
    """Remember that these posts ask for nothing. Return how many were open."""
    open_requests = (t.stop_request.c.author_key.in_(list(author_keys)), t.stop_request.c.answer == StopAnswer.OPEN)
    return int(tx.execute(update(t.stop_request).where(*open_requests).values(answer=StopAnswer.DISMISSED)).rowcount)


def forget_stop_requests(tx: Connection, author_keys: Collection[str]) -> None:
    """Remove all that is kept of these authors."""
    tx.execute(delete(t.stop_request).where(t.stop_request.c.author_key.in_(list(author_keys))))


def stop_requests_open() -> ScalarSelect[int]:
    """Return, as a part of a query, how many authors may be asking to be left alone, with no answer yet."""
    open_requests = select(func.count(t.stop_request.c.author_key.distinct()))
    return open_requests.where(t.stop_request.c.answer == StopAnswer.OPEN).scalar_subquery()


def stop_request_counts(tx: Connection) -> dict[str, int]:
    """Return how many were carried out by themselves, how many wait, and how many were none; without whose."""
    answers = Counter(tx.execute(select(t.stop_request.c.answer)).scalars())
    heeded = (t.audit.c.action == AuditAction.FORGET, t.audit.c.actor == OURSELVES, t.audit.c.detail == HEEDED)
    counts = {
        "carried_out": len(tx.execute(select(t.audit.c.id).where(*heeded)).all()),
        "open": answers[StopAnswer.OPEN],
        "dismissed": answers[StopAnswer.DISMISSED],
    }
    return {name: count for name, count in counts.items() if count}
