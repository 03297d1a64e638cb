"""Requests that were made and posts that are out, as they are read afterwards; `deliveries` writes them down."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from bot.domain.delivery import OUT, Action, Attempt, AttemptAnswer, Delivery, Kind
from bot.store import schema as t
from bot.store.deliveries import ATTEMPT_FIELDS
from bot.store.engine import Question, Rows, answer
from bot.values import dataclass


def attempts_of_part(
    tx: Connection, delivery: Delivery, part: int, *, every_revision: bool = False
) -> list[tuple[Attempt, AttemptAnswer]]:
    """Return the attempts to publish one part in this revision, the earliest first, each with its answer ("" for none
    yet)."""
    of_part = t.attempt.c.delivery_id == delivery.id, t.attempt.c.part == part, t.attempt.c.action == Action.PUBLISH
    query = select(t.attempt).where(*of_part)
    if not every_revision:
        query = query.where(t.attempt.c.revision == delivery.revision)
    return [(_attempt(row), AttemptAnswer(row.answer)) for row in tx.execute(query.order_by(t.attempt.c.number))]


@dataclass(frozen=True)
class PastAttempt:
    """An attempt with all that is known of it: its answer ("" for none yet), when it came (UTC), and its words."""

    attempt: Attempt
    answer: AttemptAnswer
    answered_at: datetime | None
    error: str


def attempt_history(tx: Connection, delivery_id: int) -> tuple[PastAttempt, ...]:
    """Return every attempt at a delivery, the earliest first."""
    return answer(tx, attempts_question(delivery_id))


def attempts_question(delivery_id: int) -> Question[tuple[PastAttempt, ...]]:
    """Return the question whose answer `attempt_history` returns, to be asked with others."""

    def read(rows: Rows) -> tuple[PastAttempt, ...]:
        return tuple(PastAttempt(_attempt(row), AttemptAnswer(row.answer), row.answered_at, row.error) for row in rows)

    return Question(_ATTEMPTS, read, {"which": delivery_id})


_ATTEMPTS = select(t.attempt).where(t.attempt.c.delivery_id == bindparam("which")).order_by(t.attempt.c.number)


def is_edit_unsure(tx: Connection, delivery_id: int) -> bool:
    """Return whether nobody knows what became of the last request for other words."""
    edits = t.attempt.c.delivery_id == delivery_id, t.attempt.c.action == Action.EDIT
    answer = tx.execute(select(t.attempt.c.answer).where(*edits).order_by(t.attempt.c.number.desc()).limit(1)).scalar()
    return answer in {AttemptAnswer.NONE, AttemptAnswer.AMBIGUOUS}


def sent_at(tx: Connection, account: str, post_id: str) -> datetime | None:
    """Return when a post of the account went out (UTC), by our clock; None for one that is not ours, or was
    taken back."""
    query = select(t.sent_part.c.sent_at).join(t.delivery).where(t.delivery.c.account == account)
    return tx.execute(query.where(t.sent_part.c.post_id == post_id)).scalars().first()


def of_posts_out(tx: Connection, account: str, after: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """Return when the account's posts that are out, or may be, were attempted in this time, and when each was due
    (UTC)."""
    return answer(tx, posts_out_question(account, after, until))


def posts_out_question(account: str, after: datetime, until: datetime) -> Question[list[tuple[datetime, datetime]]]:
    """Return the question whose answer `of_posts_out` returns, to be asked with others."""
    values = {"of_account": account, "out_after": after, "out_until": until}
    return Question(_POSTS_OUT, lambda rows: [(row.started_at, row.due_at) for row in rows], values)


_POSTS_OUT = (
    select(t.attempt.c.started_at, t.delivery.c.due_at)
    .join(t.delivery)
    .where(
        t.delivery.c.account == bindparam("of_account"),
        t.attempt.c.action == Action.PUBLISH,
        t.delivery.c.kind == Kind.POST,
        t.delivery.c.state.in_(OUT),
        t.attempt.c.started_at > bindparam("out_after"),
        t.attempt.c.started_at <= bindparam("out_until"),
    )
)


def known_post_ids(tx: Connection, account: str) -> frozenset[str]:
    """Return the ids of every post of the account that is some delivery's own."""
    rows = tx.execute(select(t.sent_part.c.post_id).join(t.delivery).where(t.delivery.c.account == account))
    return frozenset(row.post_id for row in rows)


def _attempt(row: Row[Any]) -> Attempt:
    values = {name: value for name, value in row._mapping.items() if name in ATTEMPT_FIELDS}
    return Attempt(**{**values, "action": Action(row.action)})
