"""When something is due: for the alarm clock, for a rehearsal, and for whoever asks how much is still to go out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, ScalarSelect, SelectBase, and_, bindparam, func, select, update

from bot.domain.delivery import DUE, IN_MOTION, TO_BE_SENT, Kind, State
from bot.store import schema as t
from bot.store.deliveries import DeliveriesAsked, asked
from bot.store.engine import Question

_TO_SEND = (
    t.delivery.c.account.in_(bindparam("accounts", expanding=True)),
    t.delivery.c.state.in_(sorted(TO_BE_SENT)),
    t.delivery.c.kind == Kind.POST,
    t.delivery.c.due_at < bindparam("before"),
)
_TO_UNDO = and_(t.delivery.c.undo_asked_at.is_not(None), t.delivery.c.undone_at.is_(None))


def posts_to_send_asked(accounts: Collection[str], before: datetime) -> DeliveriesAsked:
    """Ask for the posts of these accounts that are still to go out, and are due before then (UTC)."""
    return _posts_to_send().given({"accounts": list(accounts), "before": before})


@cache
def _posts_to_send() -> DeliveriesAsked:
    return asked(*_TO_SEND)


def count_due_question(now: datetime) -> Question[int]:
    """Ask how many deliveries could leave by now (UTC), for all that they themselves wait for."""
    return Question(_COUNT_DUE, lambda rows: int(rows[0].due), {"due_by": now})


_COUNT_DUE = (
    select(func.count().label("due"))
    .select_from(t.delivery)
    .where(t.delivery.c.state == State.PLANNED, t.delivery.c.not_before <= bindparam("due_by"))
)


def next_due(tx: Connection, after: datetime) -> datetime | None:
    """Return when the next delivery is due to be sent, or to be looked for (UTC); what was due before is not
    asked for."""
    waits = (
        t.delivery.c.state.in_(DUE),
        t.delivery.c.waiting_for == "",
        t.delivery.c.not_before > after,
    )
    return tx.execute(select(func.min(t.delivery.c.not_before)).where(*waits)).scalar()


def is_any_waiting(tx: Connection) -> bool:
    """Return whether somebody has to run for anything to go on: it is to be sent, looked for, or taken back."""
    in_motion = select(t.delivery.c.id).where(t.delivery.c.state.in_(IN_MOTION)).limit(1)
    to_undo = select(t.delivery.c.id).where(_TO_UNDO).limit(1)
    return any(tx.execute(query).first() for query in (in_motion, to_undo))


Instants = dict[str, datetime]
"""For each account the first of its instants (UTC)."""


def earliest_due(tx: Connection) -> tuple[Instants, Instants]:
    """Return when each account has something to send or to look for, overdue or not; and when what waits for a link is
    due."""
    waits = (t.delivery.c.waiting_for != "").label("waits")
    query = select(t.delivery.c.account, waits, func.min(t.delivery.c.not_before).label("at"))
    query = query.where(t.delivery.c.state.in_(DUE)).group_by(t.delivery.c.account, waits)
    ready: Instants = {}
    waiting: Instants = {}
    for row in tx.execute(query):
        (waiting if row.waits else ready)[row.account] = row.at
    return ready, waiting


def due_ends_question() -> Question[tuple[datetime, datetime] | None]:
    """Ask when the first and the last delivery are due (UTC); None where there is none."""
    return Question(_ends(), lambda rows: None if rows[0].first is None else (rows[0].first, rows[0].last))


@cache
def _ends() -> SelectBase:
    return select(*(end.label(name) for name, end in zip(("first", "last"), due_ends(), strict=True)))


def due_ends() -> tuple[ScalarSelect[Any], ScalarSelect[Any]]:
    """Return, as parts of a query, when the first and the last delivery are due."""
    first, last = (
        select(t.delivery.c.due_at).order_by(order).limit(1).scalar_subquery()
        for order in (t.delivery.c.due_at, t.delivery.c.due_at.desc())
    )
    return first, last


def undos_due(tx: Connection) -> Instants:
    """Return when each account has something to take back, overdue or not."""
    query = select(t.delivery.c.account, func.min(t.delivery.c.not_before).label("at")).where(_TO_UNDO)
    return {row.account: row.at for row in tx.execute(query.group_by(t.delivery.c.account))}


def expiries(tx: Connection) -> Instants:
    """Return when the next of each account's unsent deliveries becomes too late by its own rule."""
    waits = (t.delivery.c.state == State.PLANNED, t.delivery.c.expires_at.is_not(None))
    query = select(t.delivery.c.account, func.min(t.delivery.c.expires_at).label("at")).where(*waits)
    return {row.account: row.at for row in tx.execute(query.group_by(t.delivery.c.account))}


_IS_POST = t.delivery.c.kind == Kind.POST


def end_waits(tx: Connection, now: datetime) -> int:
    """Let everything ask again that waits for longer than its own time. Return how many are missed no more.

    Too late by a clock that was ahead is not too late. Asking once too early harms nobody: whoever said when to ask
    again says so again.
    """
    put_off = and_(t.delivery.c.state == State.PLANNED, t.delivery.c.not_before > now)
    tx.execute(update(t.delivery).where(_IS_POST, put_off).values(not_before=t.delivery.c.due_at))
    tx.execute(update(t.delivery).where(t.delivery.c.put_off_until > now).values(put_off_at=None, put_off_until=None))
    tx.execute(update(t.delivery).where(t.delivery.c.upload_not_before > now).values(upload_not_before=None))
    unknown = and_(t.delivery.c.state == State.UNKNOWN, t.delivery.c.not_before > now)
    tx.execute(update(t.delivery).where(unknown).values(not_before=now))
    tx.execute(update(t.account_state).where(t.account_state.c.paused_until > now).values(paused_until=now))
    tx.execute(update(t.cursor).where(t.cursor.c.next_at > now).values(next_at=now))
    missed = and_(t.delivery.c.state == State.MISSED, t.delivery.c.expires_at > now)
    back = {"state": State.PLANNED, "not_before": t.delivery.c.due_at, "error": ""}
    return tx.execute(update(t.delivery).where(_IS_POST, missed).values(back)).rowcount
