"""On PostgreSQL an attempt, or an answer and the next attempt, in one statement: one way to the server and one commit.

What was decided rests on rows that were read before. So a statement changes something only where these are still as
they were read, and nobody is just changing them: one that waits would read the stop switch as it was before it waited.
Where it changes nothing, the same is done step by step.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Text,
    bindparam,
    func,
    insert,
    literal_column,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningInsert

from bot.domain.delivery import MAY_BE_OUT, Attempt, Delivery, SentPart, State
from bot.domain.identity import RealAccount
from bot.domain.money import Purpose, day_of
from bot.store import control, deliveries
from bot.store import schema as t
from bot.store.deliveries import CHANGING, UNANSWERED
from bot.store.engine import first_row
from bot.store.store import Store
from bot.values import dataclass


@dataclass(frozen=True)
class AttemptAsRead:
    """An attempt that may begin where its delivery is as it was read, and its account open, under our `fencing_token`,
    and still `who` it was.

    `row` has the columns of `attempt` but the newest post that is known. Its price is set aside from the day's money,
    of which at most `limit` (micro-USD) may be spent.
    """

    delivery: Delivery
    fencing_token: int
    who: RealAccount | None
    row: Mapping[str, Any]
    limit: int | None


@dataclass(frozen=True)
class PartAccepted:
    """The answer to an attempt by which a part of a post is out; `values` are the columns of its delivery."""

    delivery: Delivery
    part: SentPart
    attempt_id: int
    answer: str
    at: datetime
    values: Mapping[str, Any]


def begin(store: Store, asked: AttemptAsRead) -> Attempt | None:
    """Record an attempt. None where anything is another by now, or there is no money: nothing was changed then. Raise
    StoreError."""
    row = store.in_one_trip(_begun(is_paid=bool(asked.row["cost"])), _of_attempt(asked))
    return None if row is None else _attempt(asked, row.id, row.newest_own_id)


def begin_within(tx: Connection, asked: AttemptAsRead) -> Attempt | None:
    """Record an attempt as `begin` does, in a transaction that claims or settles something."""
    row = first_row(tx, _begun(is_paid=bool(asked.row["cost"])), _of_attempt(asked))
    return None if row is None else _attempt(asked, row.id, row.newest_own_id)


def accept(store: Store, done: PartAccepted, following: AttemptAsRead | None) -> tuple[bool, Attempt | None]:
    """Write down that a part is out, and begin the attempt of another delivery where that may be. Return whether it was
    written down, without which nothing was changed, and the attempt. Raise StoreError."""
    paid = None if following is None else bool(following.row["cost"])
    values = _of_answer(done) | (_of_attempt(following) if following else {})
    row = store.in_one_trip(_accepted(tuple(done.values), paid), values)
    begun = _attempt(following, row.begun, done.part.post_id) if following and row.begun is not None else None
    return bool(row.parts), begun


def _attempt(asked: AttemptAsRead, number: int, newest: str) -> Attempt:
    return deliveries.attempt_of(number, {**asked.row, "newest_own_id": newest})


def _of_attempt(asked: AttemptAsRead) -> dict[str, Any]:
    delivery, row = asked.delivery, asked.row
    values = {f"was_{name}": getattr(delivery, name) for name in _WAS} | {f"of_{name}": row[name] for name in _GIVEN}
    values |= {"turn": asked.fencing_token, "who": _written(asked.who)}
    if not row["cost"]:
        return values
    price = {"day": day_of(row["started_at"]), "payer": delivery.account, "purpose": Purpose.POST, "more": row["cost"]}
    return values | price | {"limit": control.UNLIMITED if asked.limit is None else asked.limit}


def _of_answer(done: PartAccepted) -> dict[str, Any]:
    delivery = done.delivery
    values = {f"new_{name}": value for name, value in done.values.items()}
    values |= {f"part_{name}": value for name, value in deliveries.part_row(delivery.id, done.part, done.at).items()}
    values |= {"settled_attempts": delivery.attempts, "account": delivery.account}
    return values | {"answered": done.attempt_id, "answer": done.answer}


_WAS = tuple(name for name in CHANGING if name != "undo_asked_at")
_WHO = ("platform", "server", "handle", "account_id", "credentials")
_GIVEN = (
    "delivery_id",
    "part",
    "number",
    "revision",
    "started_at",
    "deadline",
    "content_hash",
    "idempotency_key",
    "cost",
)
_BETWEEN = "\n"


def _written(who: RealAccount | None) -> str:
    return _BETWEEN.join(getattr(who, name) if who else "" for name in _WHO)


@cache
def _begun(*, is_paid: bool) -> ReturningInsert[Any]:
    """Return the statement that records an attempt, and its delivery as being sent."""
    standing = _standing()
    where = [t.delivery.c.id == standing.c.id]
    if is_paid:
        where.append(select(_charged(select(standing.c.id).exists()).c.account).exists())
    moved: dict[str, Any] = {"revision": bindparam("of_revision"), "attempts": bindparam("of_number")}
    sending = (
        update(t.delivery)
        .where(*where)
        .values(state=_constant(State.SENDING), error=_constant(""), **moved)
        .returning(standing.c.newest_own_id)
        .cte("sending")
    )
    row: dict[str, Any] = {name: bindparam(f"of_{name}", type_=t.attempt.c[name].type) for name in _GIVEN}
    row |= {name: _constant(value) for name, value in UNANSWERED.items() if name not in row}
    row["newest_own_id"] = sending.c.newest_own_id
    recorded = insert(t.attempt).from_select(list(row), select(*row.values()).select_from(sending))
    return recorded.returning(t.attempt.c.id, t.attempt.c.newest_own_id)


def _constant(value: str) -> ColumnElement[Any]:
    """Return a word of ours as it stands in the statement: as a parameter it would be sent each time."""
    return literal_column(f"'{value}'", type_=Text)


def _standing() -> CTE:
    """Return the delivery that is to be attempted, locked, if it is as it was, its account open and the same, and
    nobody has stopped everything."""
    delivery, account = t.delivery, t.account_state
    same = [
        delivery.c[name].is_not_distinct_from(bindparam(f"was_{name}", type_=delivery.c[name].type)) for name in _WAS
    ]
    who = func.concat_ws(_constant(_BETWEEN), *(account.c[name] for name in _WHO))
    paused_until, now = account.c.paused_until, bindparam("of_started_at", type_=account.c.paused_until.type)
    is_open = (
        ~account.c.closed,
        ~account.c.in_doubt,
        func.coalesce(paused_until, now) <= now,
        ~control.SWITCH.exists(),
    )
    found = (
        select(delivery.c.id, account.c.newest_own_id)
        .select_from(delivery.join(account, account.c.account == delivery.c.account))
        .where(delivery.c.id == bindparam("of_delivery_id"), delivery.c.undo_asked_at.is_(None), *same)
        .where(account.c.turn.in_((0, bindparam("turn"))), who == bindparam("who"), *is_open)
    )
    return found.with_for_update(of=delivery, skip_locked=True).cte("standing")


def _charged(may_leave: Any) -> CTE:
    """Return the charge of the day, with the price in it, where the day's money covers it and both were begun."""
    spending, charge = t.spending, t.charge
    more: ColumnElement[int] = bindparam("more")
    of_day = (charge.c.account == bindparam("payer"), charge.c.day == bindparam("day"))
    of_purpose = (*of_day, charge.c.purpose == bindparam("purpose"))
    covered = bindparam("limit") >= spending.c.amount + more
    paid = (
        update(spending)
        .where(spending.c.account == bindparam("payer"), spending.c.day == bindparam("day"), covered, may_leave)
        .where(select(charge.c.account).where(*of_purpose).exists())
        .values(amount=spending.c.amount + more)
        .returning(spending.c.account)
        .cte("paid")
    )
    charged = update(charge).where(*of_purpose, select(paid.c.account).exists())
    charged = charged.values(calls=charge.c.calls + 1, amount=charge.c.amount + more)
    return charged.returning(charge.c.account).cte("charged")


@cache
def _accepted(names: tuple[str, ...], is_paid: bool | None) -> Any:
    """Return the statement that writes an answer down; `is_paid` says whether the attempt that follows has a price,
    None that nothing follows."""
    delivery, account, attempt = t.delivery, t.account_state, t.attempt
    both = delivery.join(account, account.c.account == delivery.c.account)
    mine = (
        select(delivery.c.id)
        .select_from(both)
        .where(delivery.c.id == bindparam("part_delivery_id"), delivery.c.attempts == bindparam("settled_attempts"))
        .where(or_(*(delivery.c.state == _constant(state) for state in sorted(MAY_BE_OUT))))
        .with_for_update(of=[delivery, account], skip_locked=True)
        .cte("mine")
    )
    settled = update(delivery).where(delivery.c.id == mine.c.id)
    done = settled.values({name: bindparam(f"new_{name}") for name in names}).returning(delivery.c.id).cte("done")
    is_done = select(done.c.id).exists()
    answer = {"answer": bindparam("answer"), "answered_at": bindparam("part_sent_at"), "error": _constant("")}
    answered = update(attempt).where(attempt.c.id == bindparam("answered"), is_done).values(answer).cte("answer_kept")
    newest = update(account).where(account.c.account == bindparam("account"), is_done)
    row = select(*(bindparam(f"part_{column.name}", type_=column.type) for column in t.sent_part.c)).select_from(done)
    part = insert(t.sent_part).from_select(list(t.sent_part.c), row).returning(t.sent_part.c.part).cte("part")
    begun: Any = null()
    if is_paid is not None:
        begun = select(_begun(is_paid=is_paid).cte("begun").c.id).scalar_subquery()
    counted = select(func.count()).select_from(part).scalar_subquery()
    result = select(counted.label("parts"), begun.label("begun"))
    return result.add_cte(answered, newest.values(newest_own_id=bindparam("part_post_id")).cte("newest"))
