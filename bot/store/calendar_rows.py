"""Our posts as a calendar of others shows them: when each goes or went and how it stands, the nearest to now."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from sqlalchemy import SelectBase, bindparam, select, union_all

from bot.domain.delivery import Kind, State
from bot.store import schema as t
from bot.store.engine import Question, Rows, UtcDateTime
from bot.values import dataclass


@dataclass(frozen=True)
class CalendarRow:
    """A post of ours without its words. The fields are those of `bot.domain.delivery.Delivery`."""

    id: int
    account: str
    state: State
    message: str
    language: str
    due_at: datetime
    sent_at: datetime | None


_ROW = tuple(t.delivery.c[name] for name in CalendarRow.__dataclass_fields__)


def nearest_question(begin: datetime, now: datetime, ahead: int, behind: int) -> Question[list[CalendarRow]]:
    """Ask for our posts that are not called off, the earliest first: of those due since `begin` (UTC) the latest
    `behind` before now, and the first `ahead` from now on."""
    return Question(_nearest(ahead, behind), _read, {"rows_begin": begin, "rows_now": now})


@cache
def _nearest(ahead: int, behind: int) -> SelectBase:
    due_at, number = t.delivery.c.due_at, t.delivery.c.id
    begin, now = (bindparam(name, type_=UtcDateTime) for name in ("rows_begin", "rows_now"))
    ours = select(*_ROW).where(t.delivery.c.kind == Kind.POST, t.delivery.c.state != State.CANCELLED)
    to_come = ours.where(due_at >= now).order_by(due_at, number).limit(ahead)
    past = ours.where(due_at >= begin, due_at < now).order_by(due_at.desc(), number.desc()).limit(behind)
    return union_all(*(select(half.subquery()) for half in (past, to_come)))


def _read(rows: Rows) -> list[CalendarRow]:
    read = (CalendarRow(number, account, State(state), *rest) for number, account, state, *rest in rows)
    return sorted(read, key=lambda row: (row.due_at, row.id))
