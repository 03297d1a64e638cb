"""Sightings: one row for each post, whom it shows, its fingerprints, and the hour it counts in.

Whether authors are blocked, forgotten or may ask to be left alone is asked here for each page; all else of them is in
`bot.store.authors`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    CompoundSelect,
    Connection,
    Integer,
    Row,
    Select,
    Text,
    bindparam,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    tuple_,
    union_all,
    update,
)

from bot.domain.moderation import Judgement, Verdict
from bot.domain.post import PostFeatures, SeenPost, changed
from bot.domain.sighting import AFTER_VERDICT, Seen, Sighting, SightingState
from bot.shapes import resolve_shapes
from bot.store import schema as t
from bot.store.engine import Question, Rows, UtcDateTime, all_rows, among, answer, first_row, insert_rows

_COUNTED_BY = tuple(
    t.sighting.c[name] for name in ("platform", "created_at", "seen_at", "language", "kinds", "state", "tags")
)
"""What is read of a sighting to know where it counts."""

_KNOWN = select(t.sighting.c.id, t.sighting.c.uri, t.sighting.c.sources, *_COUNTED_BY).where(
    among(t.sighting.c.uri, "uris")
)
_LAST_NUMBER = text("SELECT seq FROM sqlite_sequence WHERE name = 'sighting'").columns(number=Integer)
_NUMBERS = text("SELECT nextval(pg_get_serial_sequence('sighting', 'id')) FROM generate_series(1, :count)").columns(
    number=BigInteger
)
_BY_RULE = select(t.sighting).where(t.sighting.c.state == SightingState.APPROVED, t.sighting.c.decided_by == "")
_SAME = (
    select(t.sighting.c.id)
    .where(or_(t.sighting.c.id == bindparam("first"), t.sighting.c.same_as == bindparam("first")))
    .order_by(t.sighting.c.id)
)


Stored = Mapping[str, Any]
"""Of posts that are sightings already, by their uris, where they were seen and under which hashtags."""


def stored_among(tx: Connection, uris: Collection[str]) -> Stored:
    """Return those of these posts that are sightings already."""
    return {row.uri: row for row in all_rows(tx, _KNOWN, {"uris": uris})} if uris else {}


def add_source(tx: Connection, among: Stored, tags: Mapping[str, Sequence[str]], source: str) -> None:
    """Write down that sightings were seen at one more source, and under which hashtags there, by uri."""
    for uri, row in among.items():
        if source not in row.sources:
            more = [tag for tag in dict.fromkeys(tags[uri]) if tag not in row.tags]
            values = {"sources": [*row.sources, source], "tags": [*row.tags, *more]}
            tx.execute(update(t.sighting).where(t.sighting.c.id == row.id).values(**values))
            more_counted = _counted_in(row._asdict() | {"tags": more})
            _change_counts(tx, Counter(key for key in more_counted if key[0]))


def take_numbers(tx: Connection, count: int) -> list[int]:
    """Return the numbers of as many new sightings; only in a transaction that is serialized by
    `Serialize.SIGHTINGS`."""
    if tx.dialect.name == "postgresql":
        return [row.number for row in all_rows(tx, _NUMBERS, {"count": count})]
    last = first_row(tx, _LAST_NUMBER, {})
    first = last.number + 1 if last else 1
    return list(range(first, first + count))


def add(tx: Connection, seen: Mapping[int, Seen], source: str, now: datetime) -> list[Sighting]:
    """Store what was seen, by the numbers it was given, and return it."""
    columns = _columns(seen, source, now)
    insert_rows(tx, t.sighting, columns)
    _change_counts(tx, _count(columns))
    note_shown_by_sightings(tx, {number: new.shown_keys for number, new in seen.items() if new.shown_keys})
    stored = zip(seen, columns["state"], columns["post"], columns["sources"], seen.values(), strict=True)
    return [
        Sighting(number, state, post, new.tags, sources, now, new.judgement, same_as=new.same_as or None)
        for number, state, post, sources, new in stored
    ]


def _columns(seen: Mapping[int, Seen], source: str, now: datetime) -> dict[str, list[Any]]:
    """Return new sightings as they are stored, column by column."""
    every = list(seen.values())
    posts, judgements = [_without_bio(new.post) for new in every], [new.judgement for new in every]
    return {
        "id": list(seen),
        "platform": [post.platform for post in posts],
        "uri": [post.uri for post in posts],
        "state": [AFTER_VERDICT[judgement.verdict] for judgement in judgements],
        "author": [post.author.handle for post in posts],
        "post": posts,
        "tags": [new.tags for new in every],
        "sources": [(source,)] * len(every),
        "created_at": [post.created_at for post in posts],
        "seen_at": [now] * len(every),
        "verdict": [judgement.verdict for judgement in judgements],
        "reasons": [judgement.reasons for judgement in judgements],
        "decided_by": [""] * len(every),
        "care": [judgement.care for judgement in judgements],
        "author_key": [new.author_key for new in every],
        "same_as": [new.same_as or None for new in every],
        "look_again_at": [now if post.is_unfinished else None for post in posts],
        "needs_care": [bool(judgement.care) for judgement in judgements],
        "language": [post.language for post in posts],
        "kinds": [_kinds(post) for post in posts],
    }


def _kinds(post: SeenPost) -> str:
    return "+".join(post.kinds)


def _without_bio(post: SeenPost) -> SeenPost:
    """Return the post as it is stored: without where its files are, and the biographies of its author, and of those
    whose posts it shows. Of
    what it shows and nobody may see the words are left out, too."""
    author = changed(post.author, bio="") if post.author.bio else post.author
    is_bare = author is post.author and not post.files
    bare = post if is_bare else changed(post, author=author, files=())
    if not post.shows:
        return bare
    shows = (changed(shown, post=_as_shown(shown.post)) if shown.post else shown for shown in post.shows)
    return changed(bare, shows=tuple(shows))


def _as_shown(post: SeenPost) -> SeenPost:
    is_hidden = not post.public or post.author.locked
    return _without_bio(changed(post, text="", poll=(), alts=(), shows=()) if is_hidden else post)


def of_ids(tx: Connection, ids: Collection[int | None]) -> list[Sighting]:
    """Return the sightings with these ids; None stands for one that was purged."""
    return list(answer(tx, question([number for number in ids if number is not None])).values())


def question(ids: Collection[int]) -> Question[dict[int, Sighting]]:
    """Ask for the sightings with these ids, by id."""
    return Question(_ASKED, lambda rows: {row.id: _sighting(row) for row in rows}, {"asked": list(ids)})


_ASKED = select(t.sighting).where(t.sighting.c.id.in_(bindparam("asked", expanding=True)))


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


def listed(
    tx: Connection,
    states: Collection[SightingState] | None = None,
    limit: int | None = None,
    after: Sighting | None = None,
) -> list[Sighting]:
    """Return sightings in the order they were seen, those that come `after` one of them."""
    query = select(t.sighting).order_by(t.sighting.c.seen_at, t.sighting.c.id).limit(limit)
    if after is not None:
        place = literal(after.seen_at, t.sighting.c.seen_at.type), literal(after.id)
        query = query.where(tuple_(t.sighting.c.seen_at, t.sighting.c.id) > tuple_(*place))
    if states is not None:
        query = query.where(t.sighting.c.state.in_(list(states)))
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
    statement = update(t.sighting).where(t.sighting.c.id == sighting_id, t.sighting.c.state.in_(list(start)))
    with _counting_again(tx, sighting_id):
        return tx.execute(statement.values(**values)).rowcount == 1


def put_back(tx: Connection, before: Sighting) -> None:
    """Restore a sighting to how it stood before somebody decided on it; its post stays as it is now."""
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
    values: dict[str, Any] = {"post": _without_bio(post), "language": post.language, "kinds": _kinds(post)}
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
    """Return the sightings of which more may be known by now, those that were waited for longest first."""
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


_STORED_AMONG = t.trait.c.value.in_(bindparam("values", expanding=True))
_HOLDING: Any = (
    select(t.trait.c.value, t.trait.c.sighting_id).where(_STORED_AMONG).order_by(t.trait.c.value, t.trait.c.sighting_id)
)
_THESE = among(t.sighting.c.id, "ids")
_WHO = select(t.sighting.c.id, t.sighting.c.platform, t.sighting.c.author, t.sighting.c.same_as).where(_THESE)
_POSTS = select(
    t.sighting.c.id,
    t.sighting.c.platform,
    t.sighting.c.author,
    t.sighting.c.created_at,
    cast(t.sighting.c.post, Text).label("post"),
).where(_THESE)
_DROP_FINGERPRINT = delete(t.trait).where(
    t.trait.c.value == bindparam("known_by"), t.trait.c.sighting_id == bindparam("of")
)


def fingerprints_question(values: Collection[str]) -> Question[dict[str, list[int]]]:
    """Ask for the sightings that are known by each of these values, in their order."""

    def read(rows: Rows) -> dict[str, list[int]]:
        by_value: dict[str, list[int]] = {}
        for row in rows:
            by_value.setdefault(row.value, []).append(row.sighting_id)
        return by_value

    return Question(_HOLDING, read, {"values": sorted(values)})


_NONE_SINCE = 2**62
"""Stands for the first sighting since a time in which none was seen."""


def first_since(tx: Connection, *since: datetime) -> list[int]:
    """Return the first sighting that was seen since each of these instants (UTC): they are numbered in the order they
    are seen, so that a number stands for a time; higher than any where none was."""
    firsts = first_row(tx, _firsts(len(since)), {f"since_{place}": at for place, at in enumerate(since)})
    return [_NONE_SINCE if first is None else first for first in firsts]


@cache
def _firsts(count: int) -> Select[Any]:
    first = select(t.sighting.c.id).order_by(t.sighting.c.seen_at, t.sighting.c.id).limit(1)
    instants = (bindparam(f"since_{place}", type_=UtcDateTime) for place in range(count))
    firsts = (first.where(t.sighting.c.seen_at >= since).scalar_subquery() for since in instants)
    return select(*(each.label(f"first_{place}") for place, each in enumerate(firsts)))


def sightings_known_by(tx: Connection, *known_by: tuple[Collection[str], int]) -> dict[str, list[int]]:
    """Return the sightings that are known by each of these values, in their order, from a sighting on that is given
    with them; asked at once."""
    given = {f"values_{place}": values for place, (values, _) in enumerate(known_by)}
    firsts = {f"from_{place}": first for place, (_, first) in enumerate(known_by)}
    by_value: dict[str, list[int]] = {}
    for value, number in all_rows(tx, _known_by(len(known_by)), given | firsts):
        by_value.setdefault(value, []).append(number)
    return {value: sorted(numbers) for value, numbers in by_value.items()}


@cache
def _known_by(count: int) -> CompoundSelect[Any]:
    """Each by itself, so that the index is used for all of them."""
    values = (among(t.trait.c.value, f"values_{place}") for place in range(count))
    these = select(t.trait.c.value, t.trait.c.sighting_id)
    rows = (these.where(each, t.trait.c.sighting_id >= bindparam(f"from_{place}")) for place, each in enumerate(values))
    return union_all(*rows)


def authors_and_groups(tx: Connection, ids: Collection[int]) -> dict[int, tuple[str, str, int]]:
    """Return the platform and the handle of who posted each of these, and the first sighting of its group."""
    if not ids:
        return {}
    rows = all_rows(tx, _WHO, {"ids": ids})
    return {row.id: (row.platform, row.author, row.same_as or row.id) for row in rows}


def post_features(tx: Connection, ids: Collection[int]) -> dict[int, PostFeatures]:
    """Return what these sightings are compared by, by number; no more is read of them than that."""
    if not ids:
        return {}
    rows = all_rows(tx, _POSTS, {"ids": ids})
    return {row.id: _post_features(row) for row in rows}


def _post_features(row: Any) -> PostFeatures:
    post = _COMPARED.decode(row.post)
    return PostFeatures(row.platform, row.author.casefold(), post.text, post.videos, row.created_at)


class _ComparedPost(msgspec.Struct):
    """What is read of a stored post to compare it, which is a small part of it."""

    text: str
    videos: tuple[str, ...] = ()


_COMPARED = msgspec.json.Decoder(_ComparedPost)


def add_fingerprints(tx: Connection, known_by: Iterable[tuple[str, int]]) -> None:
    """Write down what new sightings are known by."""
    values, numbers = [], []
    for value, number in known_by:
        values.append(value)
        numbers.append(number)
    insert_rows(tx, t.trait, {"value": values, "sighting_id": numbers})


def drop_fingerprints(tx: Connection, known_by: Collection[tuple[str, int]]) -> None:
    """Let sightings be known by these values no longer."""
    if known_by:
        tx.execute(_DROP_FINGERPRINT, [{"known_by": value, "of": number} for value, number in known_by])


_FORGOTTEN = select(t.forgotten.c.key).where(among(t.forgotten.c.key, "keys"))
_IS_ANY_GONE = select(or_(exists(select(t.forgotten.c.key)), exists(select(t.known.c.key))).label("is_any"))
_GONE = union_all(_FORGOTTEN, select(t.known.c.key).where(among(t.known.c.key, "post_keys")))


def forgotten_among(tx: Connection, keys: Collection[str]) -> frozenset[str]:
    """Return which of these keyed hashes belong to authors who asked to be forgotten."""
    return frozenset(row.key for row in all_rows(tx, _FORGOTTEN, {"keys": keys})) if keys else frozenset()


def is_any_gone(tx: Connection) -> bool:
    """Return whether anybody asked to be forgotten, or any post was purged: until then nobody has to be looked for."""
    return bool(first_row(tx, _IS_ANY_GONE, {}).is_any)


def gone_among(tx: Connection, keys: Collection[str], post_keys: Collection[str]) -> frozenset[str]:
    """Return which of these keyed hashes belong to authors who asked to be forgotten, or to posts that were purged."""
    return frozenset(row.key for row in all_rows(tx, _GONE, {"keys": keys, "post_keys": post_keys}))


class StopAnswer(StrEnum):
    """What a person said of one: nothing yet, or that it is none. One that is meant leaves no trace here."""

    OPEN = ""
    DISMISSED = "dismissed"


def open_stop_requests_among(tx: Connection, author_keys: Collection[str]) -> frozenset[str]:
    """Return which of these authors may have asked for it, with no answer yet."""
    if not author_keys:
        return frozenset()
    return frozenset(row.author_key for row in all_rows(tx, _ASKING, {"keys": author_keys}))


_ASKING = select(t.stop_request.c.author_key).where(
    among(t.stop_request.c.author_key, "keys"), t.stop_request.c.answer == StopAnswer.OPEN
)


def blocked_keys(tx: Connection) -> frozenset[str]:
    """Return all by which those may be known again whose posts are never reshared."""
    return frozenset(row.key for row in all_rows(tx, _BLOCKED, {}))


def blocked_keys_question() -> Question[frozenset[str]]:
    """Return the question whose answer `blocked_keys` returns, to be asked with others."""
    return Question(_BLOCKED, lambda rows: frozenset(row.key for row in rows))


_BLOCKED = select(t.blocked_author.c.key)


_CountKey = tuple[str, str, datetime, str, str, str]
_COUNT_KEY = ("tag", "platform", "hour", "language", "kind", "outcome")
_ADD_TO_COUNT = text(
    f"INSERT INTO hourly_count ({', '.join(_COUNT_KEY)}, posts) "  # noqa: S608
    f"VALUES ({', '.join(f':{name}' for name in _COUNT_KEY)}, :posts) "
    f"ON CONFLICT ({', '.join(_COUNT_KEY)}) DO UPDATE SET posts = hourly_count.posts + excluded.posts"
).bindparams(bindparam("hour", type_=UtcDateTime()))


def _counted_in(row: Mapping[str, Any], outcome: str = "") -> list[_CountKey]:
    """Return each of the counts that a sighting stands in, under its state or the outcome given."""
    hour = _hour_of(row["created_at"], row["seen_at"])
    alike = row["platform"], hour, row["language"], row["kinds"], outcome or row["state"]
    return _counts_of(*alike, tuple(row["tags"]))


def _hour_of(created_at: datetime, seen_at: datetime) -> datetime:
    """Return the hour in which a post was made, or seen where its server says it is to come."""
    return min(created_at, seen_at).astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _counts_of(
    platform: str, hour: datetime, language: str, kinds: str, state: str, tags: Iterable[str]
) -> list[_CountKey]:
    by_tag = [(tag, platform, hour, language, kinds, state) for tag in ("", *dict.fromkeys(tags))]
    return [("", "", hour, "", "", state), *by_tag]


def _count(columns: Mapping[str, Sequence[Any]]) -> Counter[_CountKey]:
    """Return the counts of new sightings; most of those that come together stand in the same few."""
    hours = map(_hour_of, columns["created_at"], columns["seen_at"])
    others = (columns[name] for name in ("language", "kinds", "state", "tags"))
    counts: Counter[_CountKey] = Counter()
    for alike, posts in Counter(zip(columns["platform"], hours, *others, strict=True)).items():
        counts.update(dict.fromkeys(_counts_of(*alike), posts))
    return counts


@contextmanager
def _counting_again(tx: Connection, sighting_id: int) -> Iterator[None]:
    """Count a sighting again after the block, which changes it."""
    before = _counted_now(tx, sighting_id)
    yield
    changes = Counter(_counted_now(tx, sighting_id))
    changes.subtract(before)
    _change_counts(tx, changes)


def _counted_now(tx: Connection, sighting_id: int) -> list[_CountKey]:
    row = tx.execute(select(*_COUNTED_BY).where(t.sighting.c.id == sighting_id)).first()
    return _counted_in(row._asdict()) if row else []


def count_as(tx: Connection, rows: Iterable[Row[Any]], outcome: str) -> None:
    """Count sightings, of which these are the rows, under another outcome than their state from now on."""
    changes: Counter[_CountKey] = Counter()
    for row in rows:
        changes.subtract(_counted_in(row._asdict()))
        changes.update(_counted_in(row._asdict(), outcome))
    _change_counts(tx, changes)


def _change_counts(tx: Connection, changes: Counter[_CountKey]) -> None:
    """Add to the counts, or take from them; only in a transaction that is serialized by `Serialize.SIGHTINGS`."""
    rows = [{**dict(zip(_COUNT_KEY, key, strict=True)), "posts": posts} for key, posts in changes.items() if posts]
    if rows:
        tx.execute(_ADD_TO_COUNT, rows)


resolve_shapes(SeenPost)
