"""Sightings: one row for each post, whom it shows, who approved it, its fingerprints, and wishes to be left alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, ScalarSelect, Text, bindparam, cast, delete, func, insert, or_, select, update

from bot.domain.actor import By, actor_of
from bot.domain.delivery import Delivery, Kind, State
from bot.domain.moderation import ChecklistItem, Judgement, Verdict
from bot.domain.post import PostFeatures, SeenPost
from bot.domain.sighting import AFTER_VERDICT, Seen, Sighting, SightingState
from bot.shapes import resolve_shapes
from bot.store import deliveries, hourly_counts, identity
from bot.store import schema as t
from bot.store.control import OURSELVES, AuditAction
from bot.store.hourly_counts import Counted

_AMONG = t.sighting.c.uri.in_(bindparam("uris", expanding=True))
_KNOWN: Any = select(t.sighting.c.id, t.sighting.c.uri, t.sighting.c.sources, *hourly_counts.COLUMNS).where(_AMONG)
_IDS = select(t.sighting.c.id, t.sighting.c.uri).where(_AMONG).order_by(t.sighting.c.id)
_NEW = insert(t.sighting)
_BY_RULE = select(t.sighting).where(t.sighting.c.state == SightingState.APPROVED, t.sighting.c.decided_by == "")
_SAME = (
    select(t.sighting.c.id)
    .where(or_(t.sighting.c.id == bindparam("first"), t.sighting.c.same_as == bindparam("first")))
    .order_by(t.sighting.c.id)
)


Stored = Mapping[str, Row[Any]]
"""Of posts that are sightings already, by their uris, where they were seen and under which hashtags."""


def stored_among(tx: Connection, uris: Collection[str]) -> Stored:
    """Return those of these posts that are sightings already."""
    return {row.uri: row for row in tx.execute(_KNOWN, {"uris": list(uris)})} if uris else {}


def ingest(
    tx: Connection, seen: Sequence[Seen], source: str, now: datetime, among: Stored | None = None
) -> list[Sighting]:
    """Store what was seen; a post that is known gains a source. Return the new ones. `among` are those that were stored
    before, where that was asked already."""
    by_uri = {item.post.uri: item for item in seen}
    among = stored_among(tx, by_uri) if among is None else among
    stored = {uri: among[uri] for uri in by_uri if uri in among}
    for row in stored.values():
        if source not in row.sources:
            _add_source(tx, row, by_uri[row.uri].tags, source)
    fresh = {uri: _fresh(new, source, now) for uri, new in by_uri.items() if uri not in stored}
    if not fresh:
        return []
    tx.execute(_NEW, [_row(sighting, by_uri[uri].author_key) for uri, sighting in fresh.items()])
    hourly_counts.add(tx, map(_counted, fresh.values()))
    new = [replace(fresh[row.uri], id=row.id) for row in tx.execute(_IDS, {"uris": list(fresh)})]
    note_shown_by_sightings(tx, {sighting.id: by_uri[sighting.post.uri].shown_keys for sighting in new})
    return new


def count_waiting(tx: Connection) -> int:
    """Return how many posts of others wait for a person."""
    query = select(func.count()).select_from(t.sighting).where(t.sighting.c.state == SightingState.HELD)
    return int(tx.execute(query).scalar_one())


def _add_source(tx: Connection, row: Row[Any], tags: tuple[str, ...], source: str) -> None:
    more = [tag for tag in dict.fromkeys(tags) if tag not in row.tags]
    values = {"sources": [*row.sources, source], "tags": [*row.tags, *more]}
    tx.execute(update(t.sighting).where(t.sighting.c.id == row.id).values(**values))
    hourly_counts.add_tags(tx, hourly_counts.counted(row), more)


def _fresh(new: Seen, source: str, now: datetime) -> Sighting:
    state = AFTER_VERDICT[new.judgement.verdict]
    return Sighting(0, state, _without_bio(new.post), new.tags, (source,), now, new.judgement)


def _row(sighting: Sighting, author_key: str) -> dict[str, Any]:
    return {
        "platform": sighting.post.platform,
        "uri": sighting.post.uri,
        "state": sighting.state,
        "author": sighting.post.author.handle,
        "post": sighting.post,
        "tags": sighting.tags,
        "sources": sighting.sources,
        "created_at": sighting.post.created_at,
        "seen_at": sighting.seen_at,
        "verdict": sighting.judgement.verdict,
        "reasons": sighting.judgement.reasons,
        "care": sighting.judgement.care,
        "author_key": author_key,
        "look_again_at": sighting.seen_at if sighting.post.is_unfinished else None,
        "needs_care": bool(sighting.judgement.care),
        **_sorted_by(sighting.post),
    }


def _sorted_by(post: SeenPost) -> dict[str, Any]:
    """Return the columns that sightings are listed and counted by."""
    return {"language": post.language, "kinds": "+".join(post.kinds)}


def _counted(sighting: Sighting) -> Counted:
    post = sighting.post
    hour = hourly_counts.hour_of(post.created_at, sighting.seen_at)
    tags = tuple(dict.fromkeys(sighting.tags))
    return Counted(post.platform, hour, **_sorted_by(post), outcome=sighting.state, tags=tags)


@contextmanager
def _counting_again(tx: Connection, sighting_id: int) -> Iterator[None]:
    """Have a sighting count as it stands afterwards."""
    before = hourly_counts.of_sighting(tx, sighting_id)
    yield
    after = hourly_counts.of_sighting(tx, sighting_id)
    if before is not None and after is not None and before != after:
        hourly_counts.move(tx, [(before, after)])


def _without_bio(post: SeenPost) -> SeenPost:
    """Return the post as it is stored: without where its files are, and the biographies of its author, and of those
    whose posts it shows. Of
    what it shows and nobody may see the words are left out, too."""
    is_bare = not post.author.bio and not post.files
    bare = post if is_bare else replace(post, author=replace(post.author, bio=""), files=())
    if not post.shows:
        return bare
    shows = (replace(shown, post=_as_shown(shown.post)) if shown.post else shown for shown in post.shows)
    return replace(bare, shows=tuple(shows))


def _as_shown(post: SeenPost) -> SeenPost:
    is_hidden = not post.public or post.author.locked
    return _without_bio(replace(post, text="", poll=(), alts=(), shows=()) if is_hidden else post)


def of_ids(tx: Connection, ids: Collection[int | None]) -> list[Sighting]:
    """Return the sightings with these ids; None stands for one that was purged."""
    numbers = [number for number in ids if number is not None]
    return [_sighting(row) for row in tx.execute(select(t.sighting).where(t.sighting.c.id.in_(numbers)))]


def of_uris(tx: Connection, uris: Collection[str]) -> list[Sighting]:
    """Return the sightings of these posts."""
    return [_sighting(row) for row in tx.execute(select(t.sighting).where(t.sighting.c.uri.in_(list(uris))))]


def get(tx: Connection, sighting_id: int) -> Sighting | None:
    """Return one sighting, or None where there is no such id."""
    row = tx.execute(select(t.sighting).where(t.sighting.c.id == sighting_id)).first()
    return _sighting(row) if row else None


def waiting_ids(tx: Connection) -> list[int]:
    """Return the sightings that wait for a person, in the order they were seen; those that show the same video right
    after the first of them."""
    columns = (t.sighting.c.id, t.sighting.c.same_as)
    query = select(*columns).where(t.sighting.c.state == SightingState.HELD)
    rows = tx.execute(query.order_by(t.sighting.c.seen_at, t.sighting.c.id)).all()
    places: dict[int, int] = {}
    for place, row in enumerate(rows):
        places.setdefault(row.same_as or row.id, place)
    return [row.id for row in sorted(rows, key=lambda row: places[row.same_as or row.id])]


def count_by_state(tx: Connection) -> dict[SightingState, int]:
    """Return how many sightings are in each state."""
    query = select(t.sighting.c.state, func.count()).group_by(t.sighting.c.state)
    return {SightingState(state): count for state, count in tx.execute(query)}


def listed(tx: Connection, states: Collection[SightingState] | None = None, limit: int | None = None) -> list[Sighting]:
    """Sightings in the order they were seen."""
    query = select(t.sighting).order_by(t.sighting.c.seen_at, t.sighting.c.id).limit(limit)
    if states is not None:
        query = query.where(t.sighting.c.state.in_(list(states)))
    return [_sighting(row) for row in tx.execute(query)]


@dataclass(frozen=True)
class SightingTraits:
    """What sightings are chosen by, of one of them; no more is read of it."""

    id: int
    author: str
    hashtags: tuple[str, ...]
    sources: tuple[str, ...]
    language: str
    seen_at: datetime


def traits(tx: Connection, states: Collection[SightingState]) -> list[SightingTraits]:
    """Return what those in these states are chosen by, in the order they were seen."""
    columns = (t.sighting.c.id, t.sighting.c.author, t.sighting.c.post["hashtags"].label("hashtags"))
    more = (t.sighting.c.sources, t.sighting.c.language, t.sighting.c.seen_at)
    query = select(*columns, *more).where(t.sighting.c.state.in_(list(states)))
    return [
        SightingTraits(row.id, row.author, tuple(row.hashtags or ()), tuple(row.sources), row.language, row.seen_at)
        for row in tx.execute(query.order_by(t.sighting.c.seen_at, t.sighting.c.id))
    ]


def sources_in_use(tx: Connection) -> frozenset[str]:
    """Return every source where a sighting was seen."""
    written = cast(t.sighting.c.sources, Text)
    lists = tx.execute(select(written).distinct()).scalars()
    return frozenset(source for sources in lists for source in msgspec.json.decode(sources))


def languages_in_use(tx: Connection) -> frozenset[str]:
    """Return every language that a sighting is in."""
    return frozenset(tx.execute(select(t.sighting.c.language).distinct()).scalars())


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
    statement = update(t.sighting).where(t.sighting.c.id == sighting_id, t.sighting.c.state.in_(list(start)))
    with _counting_again(tx, sighting_id):
        return tx.execute(statement.values(**values)).rowcount == 1


def put_back(tx: Connection, before: Sighting) -> None:
    """Have a sighting stand as it did before somebody decided on it; its post stays as it is now."""
    judgement = before.judgement
    values: dict[str, Any] = {"state": before.state, "verdict": judgement.verdict, "reasons": list(judgement.reasons)}
    values |= {"care": list(judgement.care), "needs_care": bool(judgement.care)}
    values |= {"decided_by": before.decided_by, "decided_at": before.decided_at}
    with _counting_again(tx, before.id):
        tx.execute(update(t.sighting).where(t.sighting.c.id == before.id).values(**values))


def refresh(
    tx: Connection, sighting_id: int, post: SeenPost, author_key: str = "", shown_keys: Collection[str] = ()
) -> None:
    """Keep a post as it is now, so that a person decides on what is really there; with a key its author, too.

    `shown_keys` are those of whose posts it shows now.
    """
    values: dict[str, Any] = {"post": _without_bio(post), **_sorted_by(post)}
    note_shown_by_sighting(tx, sighting_id, shown_keys)
    if author_key:
        values |= {"author": post.author.handle, "author_key": author_key}
    with _counting_again(tx, sighting_id):
        tx.execute(update(t.sighting).where(t.sighting.c.id == sighting_id).values(**values))


def hold_for_care(tx: Connection, sighting_id: int, care: Collection[str]) -> None:
    """Write down why no rule may approve a sighting, in place of what was written before."""
    values = {"care": list(care), "needs_care": bool(care)}
    tx.execute(update(t.sighting).where(t.sighting.c.id == sighting_id).values(**values))


def unfinished(tx: Connection, platform: str, now: datetime, most: int) -> list[Sighting]:
    """Return sightings of which more may be known by now, those that were waited for longest first."""
    due = (
        t.sighting.c.platform == platform,
        t.sighting.c.state == SightingState.HELD,
        t.sighting.c.look_again_at <= now,
    )
    return [
        _sighting(row)
        for row in tx.execute(select(t.sighting).where(*due).order_by(t.sighting.c.look_again_at).limit(most))
    ]


def look_again(tx: Connection, sighting_id: int, at: datetime | None) -> None:
    """Write down when to ask for what is not known yet of a sighting (UTC), None for never by itself."""
    tx.execute(update(t.sighting).where(t.sighting.c.id == sighting_id).values(look_again_at=at))


def approved_by_rule(tx: Connection) -> list[Sighting]:
    """Return the sightings that a rule approved, and nobody of us, and that are not out yet."""
    return [_sighting(row) for row in tx.execute(_BY_RULE)]


def showing_the_same(tx: Connection, sighting: Sighting) -> list[int]:
    """Return the other sightings of the video that this one shows."""
    first = sighting.same_as or sighting.id
    ids = tx.execute(_SAME, {"first": first}).scalars()
    return [sighting_id for sighting_id in ids if sighting_id != sighting.id]


def forgotten_among(tx: Connection, keys: Collection[str]) -> frozenset[str]:
    """Return which of these keyed hashes belong to authors who asked to be forgotten."""
    rows = tx.execute(select(t.forgotten.c.key).where(t.forgotten.c.key.in_(list(keys))))
    return frozenset(row.key for row in rows)


def purged_among(tx: Connection, keys: Collection[str]) -> frozenset[str]:
    """Return which of these keyed hashes belong to posts that were purged."""
    rows = tx.execute(select(t.known.c.key).where(t.known.c.key.in_(list(keys))))
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


def note_shown_by_sighting(tx: Connection, sighting_id: int, keys: Collection[str]) -> None:
    """Write down whom a sighting shows, in place of what was written before."""
    tx.execute(delete(t.sighting_shows).where(t.sighting_shows.c.sighting_id == sighting_id))
    note_shown_by_sightings(tx, {sighting_id: keys})


def note_shown_by_sightings(tx: Connection, keys: dict[int, Collection[str]]) -> None:
    """Write down whom new sightings show."""
    rows = [
        {"sighting_id": sighting_id, "key": key}
        for sighting_id, shown_keys in keys.items()
        for key in sorted(shown_keys)
    ]
    if rows:
        tx.execute(insert(t.sighting_shows), rows)


def note_shown_by_delivery(tx: Connection, delivery_id: int, keys: Collection[str]) -> None:
    """Write down whom a reshare shows, beside whom it showed before: they may all want it back."""
    missing = set(keys) - shown_keys_of_delivery(tx, delivery_id)
    if missing:
        tx.execute(insert(t.delivery_shows), [{"delivery_id": delivery_id, "key": key} for key in sorted(missing)])


def shown_keys_of_delivery(tx: Connection, delivery_id: int) -> frozenset[str]:
    """Return the keys of whose posts a reshare shows."""
    of_delivery = t.delivery_shows.c.delivery_id == delivery_id
    return frozenset(tx.execute(select(t.delivery_shows.c.key).where(of_delivery)).scalars())


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


_OF = select(t.approval).where(t.approval.c.sighting_id.in_(bindparam("ids", expanding=True))).order_by(t.approval.c.at)
_DROP_APPROVALS = delete(t.approval).where(t.approval.c.sighting_id == bindparam("one"))
_DROP_APPROVAL = _DROP_APPROVALS.where(t.approval.c.by == bindparam("who"))
_AT_ONCE = 500
"""How many sightings are asked for in one statement: SQLite has a limit on what is given to one."""


@dataclass(frozen=True)
class Approval:
    """One person's yes; `at` is in UTC. `key` tells people apart (`bot.domain.actor.Actor.key`)."""

    by: str
    at: datetime
    ticks: tuple[ChecklistItem, ...]
    key: str = field(default="", compare=False)


def add_approval(tx: Connection, sighting_id: int, by: By, at: datetime, ticks: Iterable[ChecklistItem]) -> None:
    """Write down a yes; each person has one for each sighting."""
    actor = actor_of(by)
    row = {"sighting_id": sighting_id, "by": actor.key, "at": at, "ticks": [str(tick) for tick in ticks]}
    row["name"] = actor.name
    tx.execute(insert(t.approval), row)


def approvals_of(tx: Connection, sighting_id: int) -> tuple[Approval, ...]:
    """Return the yeses to one sighting, the earliest first."""
    return all_approvals(tx, [sighting_id]).get(sighting_id, ())


def all_approvals(tx: Connection, ids: Collection[int]) -> Mapping[int, tuple[Approval, ...]]:
    """Return the yeses to each of these sightings that has any, the earliest first."""
    by_sighting: dict[int, tuple[Approval, ...]] = {}
    every_id = list(ids)
    for start in range(0, len(every_id), _AT_ONCE):
        for row in tx.execute(_OF, {"ids": every_id[start : start + _AT_ONCE]}):
            ticks = tuple(ChecklistItem(tick) for tick in row.ticks)
            approval = Approval(row.name or row.by, row.at, ticks, row.by)
            by_sighting[row.sighting_id] = (*by_sighting.get(row.sighting_id, ()), approval)
    return by_sighting


def drop_approvals(tx: Connection, sighting_id: int, by: By | None = None) -> None:
    """Take back every yes to a sighting, as it is not what it was when they were said; or that of one person alone."""
    if by is None:
        tx.execute(_DROP_APPROVALS, {"one": sighting_id})
    else:
        tx.execute(_DROP_APPROVAL, {"one": sighting_id, "who": actor_of(by).key})


_AUTOMATIC_KEY = "automatic"
_ROW = select(t.meta.c.value).where(t.meta.c.key == _AUTOMATIC_KEY)


@dataclass(frozen=True)
class AutomaticApproval:
    """How automatic approval stands; `since` is in UTC, and None where it was never touched.

    `by` is who switched it, "" for the alarm, and `why` in words.
    """

    is_on: bool = True
    since: datetime | None = None
    by: str = ""
    why: str = ""


def automatic_approval(tx: Connection) -> AutomaticApproval:
    """As it stands now."""
    return automatic_approval_of({_AUTOMATIC_KEY: str(tx.execute(_ROW).scalar() or "")})


def automatic_approval_of(metadata: Mapping[str, str]) -> AutomaticApproval:
    """Return how it stands, from the store's marks."""
    value = metadata.get(_AUTOMATIC_KEY)
    return msgspec.json.decode(value, type=AutomaticApproval) if value else AutomaticApproval()


def set_automatic_approval(tx: Connection, now: AutomaticApproval) -> None:
    """As it stands from now on; only within a transaction that is serialized by `Serialize.SIGHTINGS`."""
    identity.put_metadata(tx, {_AUTOMATIC_KEY: msgspec.json.encode(now).decode()})


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


def forget_author(tx: Connection, keys: Collection[str]) -> None:
    """Keep one author's keyed hashes, so that they are never taken in again; the first by order stands for them all."""
    if not keys:
        return
    for key in sorted(set(keys) - forgotten_among(tx, keys)):
        tx.execute(insert(t.forgotten), {"key": key, "known_by": min(keys)})
    tx.execute(delete(t.remembered).where(t.remembered.c.key.in_(list(keys))))


def remember_author(tx: Connection, keys: Collection[str]) -> bool:
    """Take an author from the forgotten, under all by which they are known. Return False where they are not there."""
    by_these = select(t.forgotten.c.known_by).where(t.forgotten.c.key.in_(list(keys)), t.forgotten.c.known_by != "")
    of_author = or_(t.forgotten.c.key.in_(list(keys)), t.forgotten.c.known_by.in_(by_these))
    keys_forgotten = list(tx.execute(select(t.forgotten.c.key).where(of_author)).scalars())
    if keys_forgotten:
        tx.execute(delete(t.forgotten).where(t.forgotten.c.key.in_(keys_forgotten)))
        tx.execute(insert(t.remembered), [{"key": key} for key in keys_forgotten])
    return bool(keys_forgotten)


def forgotten_keys(tx: Connection) -> frozenset[str]:
    """Return the keys of all who asked never to be seen again."""
    return frozenset(tx.execute(select(t.forgotten.c.key)).scalars())


def forgotten_people(tx: Connection) -> list[frozenset[str]]:
    """The same, by person as far as that is known."""
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


_SINCE = (
    select(t.sighting.c.id).where(t.sighting.c.seen_at >= bindparam("since")).order_by(t.sighting.c.seen_at).limit(1)
)
_STORED_AMONG = t.trait.c.value.in_(bindparam("values", expanding=True))
_HOLDING: Any = (
    select(t.trait.c.value, t.trait.c.sighting_id)
    .where(_STORED_AMONG, t.trait.c.sighting_id >= bindparam("first"))
    .order_by(t.trait.c.value, t.trait.c.sighting_id)
)
_THESE: Any = t.sighting.c.id.in_(bindparam("ids", expanding=True))
_GROUPS = select(t.sighting.c.id, t.sighting.c.same_as).where(_THESE)
_WHO = select(t.sighting.c.id, t.sighting.c.platform, t.sighting.c.author).where(_THESE)
_POSTS: Any = select(
    t.sighting.c.id,
    t.sighting.c.same_as,
    t.sighting.c.platform,
    t.sighting.c.author,
    t.sighting.c.created_at,
    t.sighting.c.post,
).where(_THESE)
_NEW_FINGERPRINT = insert(t.trait)
_DROP_FINGERPRINT = delete(t.trait).where(
    t.trait.c.value == bindparam("known_by"), t.trait.c.sighting_id == bindparam("of")
)
_PUT_BESIDE = update(t.sighting).where(t.sighting.c.id == bindparam("number")).values(same_as=bindparam("first"))


def sightings_with_fingerprints(
    tx: Connection, values: Collection[str], since: datetime | None = None
) -> dict[str, list[int]]:
    """Return the sightings that are known by each of these values, in their order; only what was seen `since` then
    (UTC)."""
    first = first_since(tx, since) if since and values else 0
    by_value: dict[str, list[int]] = {}
    if values and first is not None:
        for row in tx.execute(_HOLDING, {"values": sorted(values), "first": first}):
            by_value.setdefault(row.value, []).append(row.sighting_id)
    return by_value


def first_since(tx: Connection, since: datetime) -> int | None:
    """Return the first sighting that was seen since then (UTC): they are numbered in the order they are seen, so that
    a number stands for a time."""
    return tx.execute(_SINCE, {"since": since}).scalar()


def duplicate_groups(tx: Connection, ids: Collection[int]) -> dict[int, int]:
    """Return the first sighting of the group of each of these."""
    if not ids:
        return {}
    return {row.id: row.same_as or row.id for row in tx.execute(_GROUPS, {"ids": sorted(ids)})}


def authors_of(tx: Connection, ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Return the platform and the handle of who posted each of these."""
    if not ids:
        return {}
    return {row.id: (row.platform, row.author) for row in tx.execute(_WHO, {"ids": sorted(ids)})}


def post_features(tx: Connection, ids: Collection[int]) -> dict[int, PostFeatures]:
    """These sightings as they are compared, by number; no more is read of them than that."""
    if not ids:
        return {}
    rows = tx.execute(_POSTS, {"ids": sorted(ids)})
    return {row.id: _post_features(row) for row in rows}


def _post_features(row: Row[Any]) -> PostFeatures:
    text, videos = row.post["text"], tuple(row.post.get("videos", ()))
    return PostFeatures(row.platform, row.author, text, videos, row.created_at, row.same_as or row.id)


def add_fingerprints(tx: Connection, known_by: Mapping[int, Collection[str]]) -> None:
    """Write down what new sightings are known by."""
    rows = [
        {"value": value, "sighting_id": sighting_id} for sighting_id, values in known_by.items() for value in values
    ]
    if rows:
        tx.execute(_NEW_FINGERPRINT, rows)


def drop_fingerprints(tx: Connection, known_by: Collection[tuple[str, int]]) -> None:
    """Let sightings be known by these values no longer."""
    if known_by:
        tx.execute(_DROP_FINGERPRINT, [{"known_by": value, "of": number} for value, number in known_by])


def put_in_duplicate_groups(tx: Connection, same: Mapping[int, int]) -> None:
    """Show sightings together with the first of their group."""
    if same:
        tx.execute(_PUT_BESIDE, [{"number": number, "first": first} for number, first in same.items()])


HEEDED = "stop request"
"""The detail of what is written down when one was carried out by itself."""


class StopAnswer(StrEnum):
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


def add_stop_request(tx: Connection, key: str, author_key: str, sighting_id: int | None, now: datetime) -> bool:
    """Note that a post may ask for it; `key` names the post as it is written now. Return False where it is known."""
    if tx.execute(select(t.stop_request.c.key).where(t.stop_request.c.key == key)).first():
        return False
    row = {"key": key, "author_key": author_key, "sighting_id": sighting_id, "asked_at": now, "answer": StopAnswer.OPEN}
    tx.execute(insert(t.stop_request), row)
    return True


def open_stop_requests_among(tx: Connection, author_keys: Collection[str]) -> frozenset[str]:
    """Return which of these authors may have asked for it, with no answer yet."""
    if not author_keys:
        return frozenset()
    of_authors = t.stop_request.c.author_key.in_(list(author_keys))
    rows = tx.execute(select(t.stop_request.c.author_key).where(of_authors, t.stop_request.c.answer == StopAnswer.OPEN))
    return frozenset(rows.scalars())


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
    asking = select(t.stop_request.c.author_key).where(t.stop_request.c.answer == StopAnswer.OPEN)
    own = select(t.sighting.c.id).where(t.sighting.c.author_key.in_(asking))
    showing = select(t.sighting_shows.c.sighting_id).where(t.sighting_shows.c.key.in_(asking))
    return frozenset(tx.execute(own.union(showing)).scalars())


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
    """Return how many were carried out by themselves, how many wait, and how many were none; nobody's."""
    answers = Counter(tx.execute(select(t.stop_request.c.answer)).scalars())
    heeded = (t.audit.c.action == AuditAction.FORGET, t.audit.c.actor == OURSELVES, t.audit.c.detail == HEEDED)
    counts = {
        "carried_out": len(tx.execute(select(t.audit.c.id).where(*heeded)).all()),
        "open": answers[StopAnswer.OPEN],
        "dismissed": answers[StopAnswer.DISMISSED],
    }
    return {name: count for name, count in counts.items() if count}


resolve_shapes(SeenPost, AutomaticApproval)
