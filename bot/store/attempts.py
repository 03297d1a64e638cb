"""Attempts at a delivery and the parts that came of them: the memory of what may be out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from bot.domain.delivery import Action, Attempt, Delivery, Kind, SentPart, State
from bot.errors import Answer
from bot.store.schema import attempt, delivery, sent_part
from bot.store.statements import change

_FIELDS = frozenset(Attempt.__dataclass_fields__)
_RECORD = insert(attempt).returning(attempt.c.id)
_PART = insert(sent_part)
_OUT = (State.SENT, State.SENDING, State.UNKNOWN, State.NEEDS_DECISION)


def record(tx: Connection, **values: Any) -> Attempt:
    """Record a request before it leaves; `values` are the columns of `attempt`."""
    made = int(tx.execute(_RECORD, values).scalar_one())
    return Attempt(id=made, **{name: value for name, value in values.items() if name in _FIELDS})


def answer(tx: Connection, attempt_id: int, what: str, now: datetime, error: str = "") -> None:
    """Write down what a request's answer was."""
    change(tx, attempt, {"id": attempt_id}, {"answer": what, "answered_at": now, "error": error})


def forget_cost(tx: Connection, attempt_id: int) -> None:
    """Write down that an attempt has cost nothing after all."""
    change(tx, attempt, {"id": attempt_id}, {"cost": 0})


def of_part(tx: Connection, one: Delivery, part: int, *, every_revision: bool = False) -> list[tuple[Attempt, str]]:
    """The attempts to publish one part in this revision, the earliest first, each with its answer ("" for none yet)."""
    mine = attempt.c.delivery_id == one.id, attempt.c.part == part, attempt.c.action == Action.PUBLISH
    wanted = select(attempt).where(*mine)
    if not every_revision:
        wanted = wanted.where(attempt.c.revision == one.revision)
    return [(_attempt(row), row.answer) for row in tx.execute(wanted.order_by(attempt.c.number))]


@dataclass(frozen=True)
class Past:
    """An attempt with all that is known of it: its answer ("" for none yet), when it came (UTC), and its words."""

    attempt: Attempt
    answer: str
    answered_at: datetime | None
    error: str


def history(tx: Connection, delivery_id: int) -> list[Past]:
    """Every attempt at a delivery, the earliest first."""
    rows = tx.execute(select(attempt).where(attempt.c.delivery_id == delivery_id).order_by(attempt.c.number))
    return [Past(_attempt(row), row.answer, row.answered_at, row.error) for row in rows]


def is_edit_unsure(tx: Connection, delivery_id: int) -> bool:
    """Whether nobody knows what became of the last request for other words."""
    mine = attempt.c.delivery_id == delivery_id, attempt.c.action == Action.EDIT
    answer = tx.execute(select(attempt.c.answer).where(*mine).order_by(attempt.c.number.desc()).limit(1)).scalar()
    return answer in {"", Answer.AMBIGUOUS}


def record_part(tx: Connection, delivery_id: int, part: SentPart, now: datetime) -> None:
    """Write down that a part is out."""
    values = {"delivery_id": delivery_id, "part": part.index, "post_id": part.post_id, "url": part.url, "sent_at": now}
    tx.execute(_PART, values)


def forget_parts(tx: Connection, delivery_id: int) -> None:
    """Take back what `record_part` wrote, once the platform has deleted it."""
    tx.execute(delete(sent_part).where(sent_part.c.delivery_id == delivery_id))


def sent_at(tx: Connection, account: str, post_id: str) -> datetime | None:
    """When a post of the account went out (UTC), by our clock; None for one that is not ours, or was taken back."""
    mine = select(sent_part.c.sent_at).join(delivery).where(delivery.c.account == account)
    return tx.execute(mine.where(sent_part.c.post_id == post_id)).scalars().first()


def of_posts_out(tx: Connection, account: str, after: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """When the account's posts that are out, or may be, were attempted in this time, and when each was due (UTC)."""
    asked = select(attempt.c.started_at, delivery.c.due_at).join(delivery).where(delivery.c.account == account)
    asked = asked.where(attempt.c.action == Action.PUBLISH, delivery.c.kind == Kind.POST, delivery.c.state.in_(_OUT))
    rows = tx.execute(asked.where(attempt.c.started_at > after, attempt.c.started_at <= until))
    return [(row.started_at, row.due_at) for row in rows]


def known_post_ids(tx: Connection, account: str) -> frozenset[str]:
    """The ids of every post of the account that is some delivery's own."""
    rows = tx.execute(select(sent_part.c.post_id).join(delivery).where(delivery.c.account == account))
    return frozenset(row.post_id for row in rows)


def _attempt(row: Row[Any]) -> Attempt:
    values = {name: value for name, value in row._mapping.items() if name in _FIELDS}
    return Attempt(**{**values, "action": Action(row.action)})
