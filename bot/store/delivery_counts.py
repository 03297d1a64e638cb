"""Our deliveries counted by the database: by the days of a calendar, and by days or hours for the campaign's swell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    ScalarSelect,
    SelectBase,
    and_,
    bindparam,
    cast,
    func,
    literal,
    select,
    union_all,
)

from bot.domain.delivery import Kind, State
from bot.store import schema as t
from bot.store.engine import Question, Rows, UtcDateTime
from bot.store.rows import DeliveryQuery, conditions_of
from bot.values import dataclass

_ALL = DeliveryQuery()


@dataclass(frozen=True)
class DueSpan:
    """A time that is counted apart, such as a day in the campaign's zone: from `begin` to before `end` (UTC)."""

    begin: datetime
    end: datetime


@dataclass(frozen=True)
class DeliveryCount:
    """How many deliveries of one span are alike; `first_at` and `last_at` (UTC) are when they are due, `first_id` is
    the number of one of them.

    `waits` says that they wait for an address that is not known yet.
    """

    span: int
    kind: Kind
    message: str
    language: str
    account: str
    state: State
    waits: bool
    posts: int
    first_at: datetime
    last_at: datetime
    first_id: int


@dataclass(frozen=True)
class DeliverySum:
    """How many deliveries of one span are of a kind and in a state; `waits` says that they wait for an address."""

    span: int
    kind: Kind
    state: State
    waits: bool
    posts: int


def counts_question(
    spans: Sequence[DueSpan], wanted: DeliveryQuery = _ALL, first_messages: int | None = None
) -> Question[list[DeliveryCount]]:
    """Ask how many deliveries are due in each of these spans (one or more), by kind, message, language, account and
    state; with `first_messages` only of so many messages of our own posts in each, which come first and are not called
    off.

    `span` of each count is the place of its span in the list; the earliest come first.
    """
    values = begins_and_ends(spans) | ({} if first_messages is None else {"first_messages": first_messages})
    query = _counts(len(spans), _hashable(wanted), are_first=first_messages is not None)
    return Question(query, _counted, values)


def sums_question(spans: Sequence[DueSpan], wanted: DeliveryQuery = _ALL) -> Question[list[DeliverySum]]:
    """Ask how many deliveries are due in each of these spans, by kind and state; asked together with the counts of the
    same spans, the deliveries are read once for both."""
    return Question(_sums(len(spans), _hashable(wanted)), _summed, begins_and_ends(spans))


def _hashable(wanted: DeliveryQuery) -> DeliveryQuery:
    return replace(wanted, states=tuple(sorted(wanted.states)))


def begins_and_ends(spans: Sequence[DueSpan]) -> dict[str, Any]:
    """Return the values of a query that has `spans_asked` in it."""
    values = {f"begin_{place}": span.begin for place, span in enumerate(spans)}
    values |= {f"end_{place}": span.end for place, span in enumerate(spans)}
    return values | {"begin": min(span.begin for span in spans), "end": max(span.end for span in spans)}


_ALIKE = ("kind", "message", "language", "account", "state")


@lru_cache(maxsize=32)
def _alike(spans: int, wanted: DeliveryQuery) -> CTE:
    """Return the part of a query that counts those that are alike in each span, made once for each kind of page: to
    make it takes longer than to have it answered. That all spans lie within one time PostgreSQL does not see by itself:
    it would take the most of the table to be in them, and read all of it."""
    columns = tuple(t.delivery.c[name] for name in _ALIKE)
    due_at, waits = t.delivery.c.due_at, (t.delivery.c.waiting_for != "").label("waits")
    each = spans_asked(spans)
    counted = (
        select(
            each.c.span,
            *columns,
            waits,
            func.count().label("posts"),
            func.min(due_at).label("first_at"),
            func.max(due_at).label("last_at"),
            func.min(t.delivery.c.id).label("first_id"),
        )
        .join_from(each, t.delivery, and_(due_at >= each.c.begin, due_at < each.c.end))
        .where(due_at >= bindparam("begin"), due_at < bindparam("end"), *conditions_of(wanted))
        .group_by(each.c.span, *columns, waits)
    )
    return counted.cte("alike")


@lru_cache(maxsize=32)
def _counts(spans: int, wanted: DeliveryQuery, *, are_first: bool) -> SelectBase:
    alike = _alike(spans, wanted)
    query = select(alike).order_by(alike.c.span, alike.c.first_at, *(alike.c[name] for name in _ALIKE))
    if not are_first:
        return query
    is_shown = and_(alike.c.kind == Kind.POST, alike.c.state != State.CANCELLED)
    in_order = func.min(alike.c.first_at), alike.c.message
    place = func.row_number().over(partition_by=alike.c.span, order_by=in_order).label("place")
    placed = select(alike.c.span, alike.c.message, place).where(is_shown).group_by(alike.c.span, alike.c.message)
    first = placed.subquery()
    is_its = and_(first.c.span == alike.c.span, first.c.message == alike.c.message)
    return query.join(first, is_its).where(is_shown, first.c.place <= bindparam("first_messages"))


@lru_cache(maxsize=32)
def _sums(spans: int, wanted: DeliveryQuery) -> SelectBase:
    alike = _alike(spans, wanted)
    by = alike.c.span, alike.c.kind, alike.c.state, alike.c.waits
    return select(*by, cast(func.sum(alike.c.posts), BigInteger).label("posts")).group_by(*by)


def _summed(rows: Rows) -> list[DeliverySum]:
    return [DeliverySum(span, Kind(kind), State(state), bool(waits), posts) for span, kind, state, waits, posts in rows]


def _counted(rows: Rows) -> list[DeliveryCount]:
    return [
        DeliveryCount(span, Kind(kind), message, language, account, State(state), bool(waits), *counted)
        for span, kind, message, language, account, state, waits, *counted in rows
    ]


def spans_asked(count: int) -> CTE:
    """Return so many times as part of a query: `span` is the place of each, `begin` and `end` are its instants."""
    selects = (
        select(
            literal(place).label("span"),
            bindparam(f"begin_{place}", type_=UtcDateTime).label("begin"),
            bindparam(f"end_{place}", type_=UtcDateTime).label("end"),
        )
        for place in range(count)
    )
    return union_all(*selects).cte("each_span")


@dataclass(frozen=True)
class OursInSpan:
    """How many of our deliveries are due in a time, and how many of them are out."""

    total: int
    out: int


def swell_question(spans: Sequence[DueSpan]) -> Question[list[OursInSpan]]:
    """Ask for our deliveries in each of these times, in their order; cancelled posts, and reshares that are not out,
    count for nothing."""
    return Question(_in_spans(len(spans)), _ours, begins_and_ends(spans))


def reshares_question(spans: Sequence[DueSpan]) -> Question[list[OursInSpan]]:
    """Ask for our reshares in each of these times, in their order; what is called off counts for nothing."""
    return Question(_in_spans(len(spans), are_reshares=True), _ours, begins_and_ends(spans))


def _ours(found: Rows) -> list[OursInSpan]:
    return [OursInSpan(row.total, row.out) for row in found]


@lru_cache(maxsize=4)
def _in_spans(count: int, *, are_reshares: bool = False) -> SelectBase:
    """Each time is counted by itself, in its part of an index: to sort all of them into groups takes six times as
    long."""
    each = spans_asked(count)
    due = t.delivery.c.due_at >= each.c.begin, t.delivery.c.due_at < each.c.end

    def counted(condition: ColumnElement[bool]) -> ScalarSelect[int]:
        return select(func.count()).select_from(t.delivery).where(*due, condition).correlate(each).scalar_subquery()

    is_out, is_on = t.delivery.c.state == State.SENT, t.delivery.c.state != State.CANCELLED
    counts = is_out | ((t.delivery.c.kind == Kind.POST) & is_on)
    if are_reshares:
        is_reshare = t.delivery.c.kind == Kind.RESHARE
        counts, is_out = is_reshare & is_on, is_reshare & is_out
    return select(each.c.span, counted(counts).label("total"), counted(is_out).label("out")).order_by(each.c.span)
