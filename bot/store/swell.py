"""Our deliveries counted by days or hours: what the campaign's swell is drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import ColumnElement, ScalarSelect, SelectBase, func, select

from bot.domain.delivery import Kind, State
from bot.store import rows
from bot.store import schema as t
from bot.store.engine import Question
from bot.store.rows import DueSpan


@dataclass(frozen=True)
class OursInSpan:
    """How many of our posts and reshares are due in a time, and how many of them are out."""

    total: int
    out: int


def spans_question(spans: Sequence[DueSpan]) -> Question[list[OursInSpan]]:
    """Ask for our deliveries in each of these times, in their order; cancelled posts, and reshares that are not out,
    count for nothing."""
    query = _in_spans(len(spans))
    return Question(query, lambda found: [OursInSpan(row.total, row.out) for row in found], rows.begins_and_ends(spans))


@lru_cache(maxsize=4)
def _in_spans(count: int) -> SelectBase:
    """Each time is counted by itself, in its part of an index: to sort all of them into groups takes six times as
    long."""
    each = rows.spans_asked(count)
    due = t.delivery.c.due_at >= each.c.begin, t.delivery.c.due_at < each.c.end

    def counted(condition: ColumnElement[bool]) -> ScalarSelect[int]:
        return select(func.count()).select_from(t.delivery).where(*due, condition).correlate(each).scalar_subquery()

    is_out = t.delivery.c.state == State.SENT
    counts = is_out | ((t.delivery.c.kind == Kind.POST) & (t.delivery.c.state != State.CANCELLED))
    return select(each.c.span, counted(counts).label("total"), counted(is_out).label("out")).order_by(each.c.span)
