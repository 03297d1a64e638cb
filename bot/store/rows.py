"""Deliveries and sightings as lists show them: without what they say, and a page at a time.

No query here reads more than its page: a hundred thousand deliveries and a million sightings make none of them slower.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Row,
    Select,
    SelectBase,
    Text,
    bindparam,
    cast,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)

from bot.causes import CAUSE_BEGINS, CauseCode
from bot.domain.delivery import UNDECIDED, CancelledBy, DeliveryLabel, Kind, Origin, State
from bot.domain.sighting import SightingState
from bot.store import schema as t
from bot.store.deliveries import HELD_REWORDED, NAMES_SOMEBODY
from bot.store.engine import Question, Rows, UtcDateTime, answer
from bot.values import dataclass

PAGE = 50
"""How many rows a page has, unless asked for otherwise."""

_SNIPPET = 300
"""How many letters of a post a list shows at most."""


@dataclass(frozen=True, order=True)
class PageKey:
    """The place of a row in its list (keyset pagination): its instant (UTC), then its number."""

    at: datetime
    id: int

    def __str__(self) -> str:
        return f"{self.at.astimezone(UTC):%Y%m%dT%H%M%S%f}-{self.id}"

    @classmethod
    def parse(cls, written: str) -> PageKey | None:
        """Return the key that an address names, None where it is none."""
        at, _, number = written.rpartition("-")
        with suppress(ValueError, OverflowError):
            if 0 < int(number) < 2**63:
                return cls(datetime.strptime(at, "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC), int(number))
        return None


RowT = TypeVar("RowT", "DeliveryRow", "SightingRow")


@dataclass(frozen=True)
class RowPage(Generic[RowT]):
    """Rows, and the key after which the next ones come; None where these are the last."""

    rows: tuple[RowT, ...]
    next: PageKey | None


@dataclass(frozen=True)
class DeliveryQuery:
    """Which deliveries are asked for; what is empty or None limits nothing. `begin` and `end` (UTC, the end not
    included) limit when they are due."""

    states: Collection[State] = ()
    account: str = ""
    language: str = ""
    message: str = ""
    kind: Kind | None = None
    begin: datetime | None = None
    end: datetime | None = None
    waiting_for: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery without its words. The fields are those of `bot.domain.delivery.Delivery`."""

    id: int
    kind: Kind
    account: str
    platform: str
    state: State
    origin: Origin
    message: str
    day: str
    language: str
    due_at: datetime
    not_before: datetime
    expires_at: datetime | None
    wall_time: str
    length: int
    limit: int
    waiting_for: str
    sighting_id: int | None
    attempts: int
    looks: int
    error: str
    url: str
    sent_at: datetime | None
    undo_asked_at: datetime | None
    undone_at: datetime | None
    cancelled_by: CancelledBy
    important: bool
    trouble: str
    held_for: str
    near_to: int | None
    put_off_until: datetime | None
    hold: bool

    @property
    def label(self) -> DeliveryLabel:
        """What people know it by."""
        return DeliveryLabel(self.kind, self.account, self.message, self.day, self.language, self.sighting_id)

    @property
    def key(self) -> PageKey:
        """Its place in a list."""
        return PageKey(self.due_at, self.id)


_DELIVERY = tuple(t.delivery.c[name] for name in DeliveryRow.__dataclass_fields__)


def deliveries(
    tx: Connection,
    wanted: DeliveryQuery = DeliveryQuery(),
    after: PageKey | None = None,
    limit: int = PAGE,
    *,
    newest_first: bool = False,
) -> RowPage[DeliveryRow]:
    """Return a page of deliveries by when they are due, the earliest first unless the newest is asked for."""
    query = select(*_DELIVERY).where(*conditions_of(wanted))
    query = _after(query, (t.delivery.c.due_at, t.delivery.c.id), after, newest_first=newest_first)
    return _page([_delivery(row) for row in tx.execute(query.limit(limit + 1))], limit)


def deliveries_of(tx: Connection, ids: Collection[int]) -> dict[int, DeliveryRow]:
    """Return these deliveries by number."""
    rows = tx.execute(select(*_DELIVERY).where(t.delivery.c.id.in_(list(ids)))) if ids else ()
    return {row.id: _delivery(row) for row in rows}


def conditions_of(wanted: DeliveryQuery) -> Iterator[ColumnElement[bool]]:
    """Yield what holds for the deliveries that are asked for."""
    if wanted.states and set(wanted.states) != set(State):
        yield t.delivery.c.state.in_(sorted(wanted.states))
    for name in ("account", "language", "message", "waiting_for", "error"):
        if value := getattr(wanted, name):
            yield t.delivery.c[name] == value
    if wanted.kind is not None:
        yield t.delivery.c.kind == wanted.kind
    yield from _between(t.delivery.c.due_at, wanted.begin, wanted.end)


def _between(column: Column[Any], begin: datetime | None, end: datetime | None) -> Iterator[ColumnElement[bool]]:
    if begin is not None:
        yield column >= begin
    if end is not None:
        yield column < end


def _after(
    query: Select[Any], key: tuple[Column[Any], Column[Any]], after: PageKey | None, *, newest_first: bool
) -> Select[Any]:
    columns = tuple_(*key)
    if after is not None:
        value = tuple_(literal(after.at, UtcDateTime), literal(after.id))
        query = query.where(columns < value if newest_first else columns > value)
    return query.order_by(*(column.desc() if newest_first else column for column in key))


def _page(rows: Sequence[RowT], limit: int) -> RowPage[RowT]:
    page = tuple(rows[:limit])
    return RowPage(page, page[-1].key if len(rows) > limit else None)


_ENUMS: dict[str, type[StrEnum]] = {"kind": Kind, "state": State, "origin": Origin, "cancelled_by": CancelledBy}
_ENUM_PLACES = [(tuple(DeliveryRow.__dataclass_fields__).index(name), enum) for name, enum in _ENUMS.items()]


def _delivery(row: Sequence[Any]) -> DeliveryRow:
    """Return a delivery of its columns, which come in the order of the fields."""
    values = list(row)
    for place, enum in _ENUM_PLACES:
        values[place] = enum(values[place])
    return DeliveryRow(*values)


class Attention(StrEnum):
    """Why a delivery is shown before a person asks for it."""

    NEXT = "next"
    UNKNOWN = "unknown"
    WAITS_FOR_LINK = "waits_for_link"
    TROUBLE = "trouble"
    REJECTED = "rejected"
    HELD = "held"


def attention_question(limit: int = PAGE) -> Question[dict[Attention, list[DeliveryRow]]]:
    """Ask for the posts that go next, and all deliveries that a person has to look at, at most `limit` of each kind.

    The earliest come first. Held are those alone that planning asks about, that the files keep back, or
    that name somebody who asked to be left alone.
    """
    return Question(_attention(limit), _by_attention)


def _by_attention(rows: Rows) -> dict[Attention, list[DeliveryRow]]:
    by_reason: dict[Attention, list[DeliveryRow]] = {why: [] for why in Attention}
    for why, *columns in rows:
        by_reason[Attention(why)].append(_delivery(columns))
    return {why: sorted(listed, key=lambda row: (row.due_at, row.id)) for why, listed in by_reason.items()}


@cache
def _attention(limit: int) -> SelectBase:
    """Return the query, made once: to make it takes longer than to have it answered."""
    state, due_at = t.delivery.c.state, t.delivery.c.due_at
    error = t.delivery.c.error
    is_restored = error.startswith(f"{CAUSE_BEGINS}{CauseCode.NOT_KNOWN_AFTER_RESTORE}", autoescape=True)
    is_by_us = or_(error.in_((NAMES_SOMEBODY, HELD_REWORDED)), is_restored)
    is_asked = or_(t.delivery.c.held_for != "", t.delivery.c.hold, is_by_us)
    wanted: dict[Attention, tuple[ColumnElement[bool], ...]] = {
        Attention.NEXT: (state == State.PLANNED, t.delivery.c.kind == Kind.POST),
        Attention.UNKNOWN: (state.in_(UNDECIDED),),
        Attention.WAITS_FOR_LINK: (t.delivery.c.waiting_for != "", state == State.PLANNED),
        Attention.TROUBLE: (t.delivery.c.trouble != "", state == State.PLANNED),
        Attention.REJECTED: (state == State.REJECTED,),
        Attention.HELD: (state == State.HELD, is_asked),
    }
    each = (
        select(literal(str(why)).label("why"), *_DELIVERY).where(*conditions).order_by(due_at).limit(limit).subquery()
        for why, conditions in wanted.items()
    )
    return union_all(*(select(some) for some in each))


@dataclass(frozen=True)
class SightingQuery:
    """Which sightings are asked for; what is empty or None limits nothing. `begin` and `end` (UTC, the end not
    included) limit when they were seen."""

    states: Collection[SightingState] = ()
    platform: str = ""
    language: str = ""
    needs_care: bool | None = None
    begin: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True)
class SightingRow:
    """A sighting as a list shows it: `text` is how its post begins. The other fields are those of
    `bot.domain.sighting.Sighting` and of its post."""

    id: int
    state: SightingState
    platform: str
    uri: str
    author: str
    text: str
    language: str
    kinds: tuple[str, ...]
    tags: tuple[str, ...]
    sources: tuple[str, ...]
    created_at: datetime
    seen_at: datetime
    reasons: tuple[str, ...]
    care: tuple[str, ...]
    decided_by: str
    decided_at: datetime | None
    same_as: int | None

    @property
    def key(self) -> PageKey:
        """Its place in a list."""
        return PageKey(self.seen_at, self.id)


_TEXT = func.substr(t.sighting.c.post["text"].as_string(), 1, _SNIPPET).label("text")
_SIGHTING = tuple(_TEXT if name == "text" else t.sighting.c[name] for name in SightingRow.__dataclass_fields__)


def sightings(
    tx: Connection,
    wanted: SightingQuery = SightingQuery(),
    after: PageKey | None = None,
    limit: int = PAGE,
    *,
    newest_first: bool = False,
) -> RowPage[SightingRow]:
    """Return a page of sightings by when they were seen, the first first unless the newest is asked for."""
    return answer(tx, sightings_question(wanted, after, limit, newest_first=newest_first))


def sightings_question(
    wanted: SightingQuery, after: PageKey | None, limit: int = PAGE, *, newest_first: bool = False
) -> Question[RowPage[SightingRow]]:
    """Return the question whose answer `sightings` returns, to be asked with others."""
    key = after or (_AFTER_ALL if newest_first else _BEFORE_ALL)
    query = _sightings(replace(wanted, states=tuple(wanted.states)), limit, newest_first)
    values = {"page_at": key.at, "page_id": key.id}
    return Question(query, lambda rows: _page([_sighting(row) for row in rows], limit), values)


@lru_cache(maxsize=8)
def _sightings(wanted: SightingQuery, limit: int, newest_first: bool) -> SelectBase:
    """Made once for each kind of page: to make it takes longer than to have it answered."""
    key = t.sighting.c.seen_at, t.sighting.c.id
    place = tuple_(bindparam("page_at", type_=UtcDateTime), bindparam("page_id", type_=BigInteger))
    query = select(*_SIGHTING).where(*_of_sightings(wanted))
    query = query.where(tuple_(*key) < place if newest_first else tuple_(*key) > place)
    return query.order_by(*(column.desc() if newest_first else column for column in key)).limit(limit + 1)


def waiting_question(after: PageKey | None) -> Question[RowPage[SightingRow]]:
    """Ask for a page of the sightings that wait for a person, those that were seen first at the top."""
    key = after or _BEFORE_ALL
    return Question(
        _waiting(), lambda rows: _page([_sighting(row) for row in rows], PAGE), {"after_at": key.at, "after_id": key.id}
    )


_BEFORE_ALL = PageKey(datetime(1970, 1, 1, tzinfo=UTC), 0)
_AFTER_ALL = PageKey(datetime(9999, 1, 1, tzinfo=UTC), 0)


@cache
def _waiting() -> SelectBase:
    key = tuple_(t.sighting.c.seen_at, t.sighting.c.id)
    after = tuple_(bindparam("after_at", type_=UtcDateTime), bindparam("after_id", type_=BigInteger))
    query = select(*_SIGHTING).where(t.sighting.c.state == SightingState.HELD, key > after)
    return query.order_by(t.sighting.c.seen_at, t.sighting.c.id).limit(PAGE + 1)


def sighting_key(tx: Connection, sighting_id: int) -> PageKey | None:
    """Return the place of a sighting in its list; None where there is none of this number."""
    seen_at = tx.execute(select(t.sighting.c.seen_at).where(t.sighting.c.id == sighting_id)).scalar()
    return PageKey(seen_at, sighting_id) if seen_at is not None else None


def showing_the_same_question(first: int, but: int) -> Question[tuple[tuple[int, SightingState], ...]]:
    """Ask for the sightings of one video, by the first of them, with what became of each; `but` is left out."""

    def read(rows: Rows) -> tuple[tuple[int, SightingState], ...]:
        return tuple((row.id, SightingState(row.state)) for row in rows if row.id != but)

    return Question(_SAME, read, {"first": first})


_SAME = (
    select(t.sighting.c.id, t.sighting.c.state)
    .where(or_(t.sighting.c.id == bindparam("first"), t.sighting.c.same_as == bindparam("first")))
    .order_by(t.sighting.c.id)
    .limit(PAGE + 1)
)


def author_counts_question(author_key: str, but: int) -> Question[dict[SightingState, int]]:
    """Ask what else an author has posted under the hashtags, by what became of it; `but` is the sighting that is left
    out."""

    def read(rows: Rows) -> dict[SightingState, int]:
        return {SightingState(row.state): row.posts for row in rows}

    return Question(_BY_AUTHOR, read, {"author": author_key, "but": but})


_BY_AUTHOR = (
    select(t.sighting.c.state, func.count().label("posts"))
    .where(t.sighting.c.author_key == bindparam("author"), t.sighting.c.id != bindparam("but"))
    .group_by(t.sighting.c.state)
)


def reshares_question(sighting_id: int) -> Question[tuple[DeliveryRow, ...]]:
    """Ask for the reshares of a sighting."""
    return Question(_RESHARES, lambda rows: tuple(map(_delivery, rows)), {"reshared": sighting_id})


_RESHARES = select(*_DELIVERY).where(t.delivery.c.sighting_id == bindparam("reshared")).order_by(t.delivery.c.id)


def _of_sightings(wanted: SightingQuery) -> Iterator[ColumnElement[bool]]:
    if wanted.states and set(wanted.states) != set(SightingState):  # all of them: an index by state would hinder
        yield t.sighting.c.state.in_(sorted(wanted.states))
    for name in ("platform", "language"):
        if value := getattr(wanted, name):
            yield t.sighting.c[name] == value
    if wanted.needs_care is not None:
        yield t.sighting.c.needs_care.is_(wanted.needs_care)
    yield from _between(t.sighting.c.seen_at, wanted.begin, wanted.end)


def _sighting(row: Row[Any]) -> SightingRow:
    values = dict(row._mapping)
    lists = {name: tuple(values[name]) for name in ("tags", "sources", "reasons", "care")}
    kinds = tuple(filter(None, row.kinds.split("+")))
    return SightingRow(**{**values, **lists, "kinds": kinds, "state": SightingState(row.state)})


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
