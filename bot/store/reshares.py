"""Reshares as far as their turns go: who waits, who was out, and no more of each row than that takes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, or_, select, update

from bot.domain.delivery import OUT, Kind, State
from bot.store import schema as t
from bot.store.engine import Question, Rows, answer
from bot.values import dataclass


@dataclass(frozen=True)
class Reshare:
    """A reshare and whose post it is. `author` tells authors apart and is no name to show; `at` (UTC) is its turn.

    `handle` is "" where the sighting is not kept any more; `approved_at` (UTC) is when somebody, or a rule, said yes.
    """

    id: int
    author: str
    handle: str
    language: str
    tags: tuple[str, ...]
    approved_at: datetime
    at: datetime
    not_before: datetime
    put_off_at: datetime | None = None
    put_off_until: datetime | None = None

    @property
    def rests_until(self) -> datetime | None:
        """Until when (UTC) its yes may be taken back, so that it has no turn yet; None where it rests for nothing."""
        return self.put_off_until if self.put_off_at is None else None

    def is_resting(self, now: datetime) -> bool:
        """Return whether its yes is so fresh that it may still be taken back before it has a turn."""
        return self.rests_until is not None and self.rests_until > now


@dataclass(frozen=True)
class WaitingReshares:
    """Changes whenever somebody joins, leaves or is put off; `first_at` (UTC) is the earliest of their turns."""

    count: int
    ids: int
    last: int
    first_at: datetime
    put_off_at: datetime | None


_MINE = (t.delivery.c.account == bindparam("mine"), t.delivery.c.kind == Kind.RESHARE)
_WAITS = (*_MINE, t.delivery.c.state == State.PLANNED)
_LINE = select(
    func.count().label("count"),
    func.sum(t.delivery.c.id).label("ids"),
    func.max(t.delivery.c.id).label("last"),
    func.min(t.delivery.c.not_before).label("first_at"),
    func.max(t.delivery.c.put_off_at).label("put_off_at"),
).where(*_WAITS)
_RESHARES: Any = select(
    t.delivery.c.id,
    t.delivery.c.language,
    t.delivery.c.post_uri,
    t.delivery.c.author_key,
    t.delivery.c.due_at,
    t.delivery.c.not_before,
    t.delivery.c.sent_at,
    t.delivery.c.put_off_at,
    t.delivery.c.put_off_until,
    t.sighting.c.author.label("handle"),
    t.sighting.c.author_key.label("seen_key"),
    t.sighting.c.tags,
    t.sighting.c.decided_at,
    t.sighting.c.seen_at,
).select_from(t.delivery.outerjoin(t.sighting, t.delivery.c.sighting_id == t.sighting.c.id))
_WAITING: Any = _RESHARES.where(*_WAITS).order_by(t.delivery.c.id)
_SENT_SINCE = t.delivery.c.sent_at >= bindparam("since")
_WERE_OUT: Any = _RESHARES.where(
    *_MINE,
    or_(t.delivery.c.state.in_(OUT), _SENT_SINCE),
    or_(t.delivery.c.due_at >= bindparam("due_since"), _SENT_SINCE),
)
_PUT_OFF = (
    update(t.delivery)
    .where(t.delivery.c.id == bindparam("which"), t.delivery.c.state == State.PLANNED)
    .values(due_at=bindparam("turn"), not_before=bindparam("turn"))
)


def waiting_summary(tx: Connection, account: str) -> WaitingReshares | None:
    """Return those who wait, as a whole; None when nobody does."""
    return answer(tx, waiting_summary_question(account))


def waiting_summary_question(account: str) -> Question[WaitingReshares | None]:
    """Return the question whose answer `waiting_summary` returns, to be asked with others."""
    return Question(_LINE, _line, {"mine": account})


def _line(rows: Rows) -> WaitingReshares | None:
    count, ids, last, first_at, put_off_at = rows[0]
    return WaitingReshares(count, int(ids), last, first_at, put_off_at) if count else None


def waiting(tx: Connection, account: str) -> list[Reshare]:
    """Return every reshare of the account that is planned."""
    return answer(tx, waiting_question(account))


def waiting_question(account: str) -> Question[list[Reshare]]:
    """Return the question whose answer `waiting` returns, to be asked with others."""
    return Question(_WAITING, _reshares, {"mine": account})


def were_out_question(account: str, since: datetime, due_since: datetime) -> Question[list[Reshare]]:
    """Ask for every reshare of the account that was out since then (UTC), or may have been."""
    return Question(_WERE_OUT, _reshares, {"mine": account, "since": since, "due_since": due_since})


def _reshares(rows: Rows) -> list[Reshare]:
    return list(map(_reshare, rows))


def set_slots(tx: Connection, turns: Mapping[int, datetime]) -> None:
    """Write down when (UTC) each of these that still waits has its turn."""
    if turns:
        tx.execute(
            _PUT_OFF, [{"which": sighting_or_delivery, "turn": at} for sighting_or_delivery, at in turns.items()]
        )


def _reshare(row: Row[Any]) -> Reshare:
    return Reshare(
        id=row.id,
        author=row.author_key or row.seen_key or (row.handle or row.post_uri).casefold(),
        handle=row.handle or "",
        language=row.language,
        tags=tuple(row.tags or ()),
        approved_at=row.decided_at or row.seen_at or row.due_at,
        at=row.sent_at or row.due_at,
        not_before=row.not_before,
        put_off_at=row.put_off_at,
        put_off_until=row.put_off_until,
    )
