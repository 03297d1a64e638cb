"""Forgetting an author: every reshare is taken back, what is stored of them goes, and they are never seen again."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from bot.causes import CauseCode, because
from bot.domain.actor import By
from bot.domain.addresses import post_uris
from bot.domain.delivery import CANCELLABLE, CancelledBy, Delivery, State
from bot.domain.post import Author
from bot.errors import Refused, RefusedCode
from bot.hosts import canonical_handle
from bot.services import named
from bot.services.events import EventName
from bot.services.sending import undo
from bot.services.work import (
    LOCK_WAIT,
    POST_KEY,
    Work,
    author_key,
    author_keys,
    handle_keys,
    post_key,
    shown_keys,
    shown_people,
)
from bot.store import authors, control, deliveries, retention, sightings
from bot.store.control import AuditAction
from bot.store.engine import Serialize, account_lock
from bot.values import dataclass

FORGOTTEN = "forgotten"
"""How what was removed of them stands among the figures."""


@dataclass(frozen=True)
class Forgotten:
    """What there was of an author: how many sightings, the reshares that are being taken back, and the keys of all
    their posts."""

    sightings: int
    reshares: tuple[Delivery, ...]
    posts: frozenset[str] = frozenset()


def forget(work: Work, author: str, by: By) -> dict[str, Any]:
    """Take back every reshare of an author, remove what is stored of them, and never take them in again.

    Only a keyed hash of the handle stays. Raise Refused while a reshare could not be taken back yet; a running
    worker tries on, and then what it took to take it back goes too.
    """
    return _forget(work, keys_of_handle(work, author), by)


def remember(work: Work, author: str, by: By) -> list[Delivery]:
    """Undo a forgetting that was made in error: the author's posts are taken in again when they are read again.

    What was stored of them is gone, and reshares that were taken back stay so. Posts of ours that were held for naming
    them go at their time; return those. Raise Refused for who is not forgotten.
    """
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        keys = authors.remember_author(tx, keys_of_handle(work, author))
        if not keys:
            raise Refused(RefusedCode.NOT_FORGOTTEN, written=author)
        control.write_audit(tx, work.clock(), by, AuditAction.REMEMBER, "one author")
        released = named.release_naming(tx, work, keys, by)
    work.tell(EventName.REMEMBERED, by=str(by))
    named.tell_released(work, released)
    return released


def keys_of_handle(work: Work, author: str) -> frozenset[str]:
    """Return the keys of an author, from any way in which a handle is written. Raise Refused for what is none."""
    try:
        handle = canonical_handle(author)
    except ValueError:
        raise Refused(RefusedCode.NOT_A_HANDLE, written=author) from None
    return handle_keys(work, handle) | handle_keys(work, author)


def withdraw_author_of(work: Work, sighting_id: int, by: By, wait: float = LOCK_WAIT) -> dict[str, Any]:
    """Forget the author of a sighting, as `forget` does, so that nobody has to type a handle. Wait up to `wait` seconds
    for a worker that is sending just now. Raise Refused where the sighting is gone, or a reshare is still out."""
    with work.store.read() as tx:
        sighting = sightings.get(tx, sighting_id)
    if sighting is None:
        raise Refused(RefusedCode.SIGHTING_NOT_KEPT, sighting=sighting_id)
    return _forget(work, author_keys(work, sighting.post.platform, sighting.post.author), by, wait=wait)


def withdraw_shown_by(work: Work, sighting_id: int, by: By, wait: float = LOCK_WAIT) -> dict[str, Any]:
    """Forget everybody whose posts a sighting shows beside its own, as `forget` does. Raise Refused where it shows
    nobody else's, or a reshare is still out."""
    with work.store.read() as tx:
        sighting = sightings.get(tx, sighting_id)
    ours = {key for handle in work.memory.handles.values() for key in handle_keys(work, handle)}
    keys = shown_keys(work, sighting.post) - ours if sighting is not None else frozenset()
    if not keys:
        raise Refused(RefusedCode.SHOWS_NOBODY_ELSE, sighting=sighting_id)
    people = [person & keys for person in shown_people(work, sighting.post)] if sighting is not None else []
    return _forget(work, keys, by, people, wait)


def _forget(
    work: Work, keys: Collection[str], by: By, people: Iterable[Collection[str]] = (), wait: float = LOCK_WAIT
) -> dict[str, Any]:
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        forgotten = forget_keys(tx, work, keys, work.clock(), people)
        control.write_audit(tx, work.clock(), by, AuditAction.FORGET, f"{forgotten.sightings} sightings of one author")
    ids = [delivery.id for delivery in forgotten.reshares]
    work.tell(EventName.WITHDRAWN, deliveries=ids, sightings=forgotten.sightings, by=str(by))
    named.hold_all_naming(work, forgotten.posts.union(keys))
    still_out = [delivery for delivery in forgotten.reshares if not _is_taken_back(work, delivery, wait)]
    if still_out:
        raise Refused(RefusedCode.FORGOTTEN_BUT_OUT, reshares=len(still_out))
    return {"sightings": forgotten.sightings, "undone": len(forgotten.reshares)}


def forget_keys(
    tx: Connection, work: Work, keys: Collection[str], now: datetime, people: Iterable[Collection[str]] = ()
) -> Forgotten:
    """Forget whoever has these keys: what waits is called off, what is out is asked back, what is stored goes at once.

    They are one person's, unless `people` says which are whose: `remember` brings back one person. Of a reshare that is
    out, its post's uri stays until the platform has confirmed that it is taken back.
    """
    for person in people or [keys]:
        authors.forget_author(tx, person)
    authors.forget_stop_requests(tx, keys)
    sighting_ids = authors.sightings_of_author(tx, keys, partial(author_key, work))
    reshares = authors.reshares_of_author(tx, keys, sighting_ids)
    posts = authors.forget_posts(tx, _posts_of(tx, work, sighting_ids, reshares))
    asked = tuple(delivery for delivery in reshares if _asks_back(tx, delivery, now))
    retention.remove(tx, sighting_ids, partial(post_key, work), FORGOTTEN, is_known=False)
    return Forgotten(len(sighting_ids), asked, posts)


def post_keys_of(tx: Connection, work: Work, keys: Collection[str]) -> frozenset[str]:
    """Return the keys of all posts of whoever has one of these keys, and of those that show them, as far as they are
    stored, or were reshared."""
    sighting_ids = authors.sightings_of_author(tx, keys, partial(author_key, work))
    return frozenset(_posts_of(tx, work, sighting_ids, authors.reshares_of_author(tx, keys, sighting_ids)))


def _posts_of(
    tx: Connection, work: Work, sighting_ids: Collection[int], reshares: Iterable[Delivery]
) -> dict[str, str]:
    """Return the keys of these posts, each with its author's. A post has one for each address that leads to it."""
    posts = {}
    for uri, author in authors.posts_of_reshares(tx, [delivery.id for delivery in reshares]):
        posts[uri if uri.startswith(POST_KEY) else post_key(work, uri)] = author
    for sighting in sightings.of_ids(tx, list(sighting_ids)):
        author = author_key(work, sighting.post.author.handle)
        for uri in (sighting.post.uri, *post_uris(sighting.post.url)):
            posts[post_key(work, uri)] = author
    return posts


def forget_again(work: Work) -> None:
    """Forget once more whom a restored backup has brought back."""
    with work.store.read() as tx:
        if not authors.brought_back(tx):
            return
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        now, keys = work.clock(), authors.brought_back(tx)
        forgotten = forget_keys(tx, work, keys, now)
        control.write_audit(
            tx,
            now,
            control.OURSELVES,
            AuditAction.FORGET,
            f"{forgotten.sightings} sightings that a backup brought back",
        )


def _asks_back(tx: Connection, delivery: Delivery, now: datetime) -> bool:
    """Call a reshare off, or ask for it back where it is out, or may be, and return whether it was asked for."""
    error = because(CauseCode.AUTHOR_ASKED)
    if deliveries.step(tx, delivery.id, CANCELLABLE, State.CANCELLED, cancelled_by=CancelledBy.PROTECTION, error=error):
        return False
    if delivery.state is State.CANCELLED and (delivery.undo_asked_at is None or delivery.undone_at is not None):
        return False
    undo.protect(tx, delivery, now, error)
    return True


def _is_taken_back(work: Work, delivery: Delivery, wait: float) -> bool:
    with work.locks.hold(account_lock(delivery.account), wait) as ours:
        if ours and delivery.account in work.platforms:
            undo.undo_asked(work, delivery.account, only=delivery.id)
    with work.store.read() as tx:
        after = deliveries.get(tx, delivery.id)
    return after is None or after.undone_at is not None


def has_anything(tx: Connection, work: Work, platform: str, author: Author) -> bool:
    """Return whether anything of an author is out, or waits for its turn."""
    reshares = authors.reshares_of_author(tx, author_keys(work, platform, author), ())
    return any(delivery.state is not State.CANCELLED for delivery in reshares)
