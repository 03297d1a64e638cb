"""Deliveries: claimed and moved by conditional updates, so that zero changed rows means somebody was first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from bot.domain.delivery import STEPS, UNSENT, Attempt, Delivery, Draft, Kind, Origin, SentPart, State
from bot.domain.message import Content
from bot.store.schema import attempt, delivery, sent_part

_FIELDS = frozenset(Delivery.__dataclass_fields__) - {"content", "sent_parts"}


def add(tx: Connection, **values: Any) -> int:
    """Insert a delivery and give its id back."""
    return int(tx.execute(insert(delivery).values(**values).returning(delivery.c.id)).scalar_one())


def row_of(draft: Draft, state: State, origin: Origin = Origin.SCHEDULE) -> dict[str, Any]:
    """The columns of a delivery that is planned from a draft."""
    return {
        "kind": Kind.POST,
        "account": draft.account,
        "platform": draft.platform,
        "state": state,
        "origin": origin,
        "message": draft.message,
        "day": draft.day,
        "language": draft.language,
        **content_of(draft),
    }


def content_of(draft: Draft) -> dict[str, Any]:
    """The columns that an edit of the files may change."""
    return {
        "due_at": draft.due_at,
        "not_before": draft.due_at,
        "expires_at": draft.expires_at,
        "wall_time": draft.wall_time,
        "content": draft.content,
        "content_hash": draft.content_hash,
        "length": draft.length,
        "limit": draft.limit,
        "waiting_for": draft.waiting_for,
    }


def get(tx: Connection, delivery_id: int) -> Delivery | None:
    """One delivery, or None where there is no such id."""
    found = _load(tx, delivery.c.id == delivery_id)
    return found[0] if found else None


def listed(tx: Connection, *conditions: Any, limit: int | None = None) -> list[Delivery]:
    """Deliveries by due time, the earliest first."""
    return _load(tx, *conditions, limit=limit)


def in_states(tx: Connection, states: Collection[State], account: str | None = None) -> list[Delivery]:
    """Deliveries in one of these states, of one account or of all."""
    conditions: list[Any] = [delivery.c.state.in_(states)]
    if account is not None:
        conditions.append(delivery.c.account == account)
    return _load(tx, *conditions)


def of_sighting(tx: Connection, sighting_id: int) -> list[Delivery]:
    """The reshares of one sighting."""
    return _load(tx, delivery.c.sighting_id == sighting_id)


def step(tx: Connection, delivery_id: int, start: State | Collection[State], to: State, **values: Any) -> bool:
    """Move a delivery if it still is in `start`; False when somebody else has moved it meanwhile.

    Raises ValueError for a step that a delivery's life does not have.
    """
    starts = [start] if isinstance(start, State) else list(start)
    for one in starts:
        if to not in STEPS[one]:
            raise ValueError(f"there is no step from {one} to {to}")
    statement = update(delivery).where(delivery.c.id == delivery_id, delivery.c.state.in_(starts))
    return tx.execute(statement.values(state=to, **values)).rowcount == 1


def change(tx: Connection, delivery_id: int, start: Collection[State], **values: Any) -> bool:
    """Change columns of a delivery that is still in one of these states, its state aside."""
    statement = update(delivery).where(delivery.c.id == delivery_id, delivery.c.state.in_(list(start)))
    return tx.execute(statement.values(**values)).rowcount == 1


def claim_due(tx: Connection, account: str, now: datetime) -> list[Delivery]:
    """Claim every post of the account that is due and not waiting for a link, the earliest first."""
    due = (
        delivery.c.account == account,
        delivery.c.state == State.PLANNED,
        delivery.c.kind == Kind.POST,
        delivery.c.not_before <= now,
        delivery.c.waiting_for == "",
        delivery.c.undo_asked_at.is_(None),
    )
    claimed = tx.execute(update(delivery).where(*due).values(state=State.CLAIMED).returning(delivery.c.id))
    ids = [row.id for row in claimed]
    return _load(tx, delivery.c.id.in_(ids)) if ids else []


def miss_late(tx: Connection, account: str, now: datetime) -> list[Delivery]:
    """Turn what is too late by its own rule into `missed`, what waits for a link too; nothing that has begun."""
    begun = select(sent_part.c.delivery_id)
    late = (
        delivery.c.account == account,
        delivery.c.state == State.PLANNED,
        delivery.c.expires_at < now,
        delivery.c.id.not_in(begun),
    )
    missed = _load(tx, *late)
    for one in missed:
        why = f"{{{one.waiting_for}}} was not known in time" if one.waiting_for else "too late by its own rule"
        tx.execute(update(delivery).where(delivery.c.id == one.id).values(state=State.MISSED, error=one.error or why))
    return missed


def let_go(tx: Connection, account: str) -> int:
    """Give back what is claimed; only the holder of the account's lock may call this. Nothing of it was sent."""
    claimed = update(delivery).where(delivery.c.account == account, delivery.c.state == State.CLAIMED)
    return tx.execute(claimed.values(state=State.PLANNED)).rowcount


def next_due(tx: Connection, after: datetime) -> datetime | None:
    """When the next delivery is due to be sent, or to be looked for (UTC); what was due before is not asked for."""
    waits = (
        delivery.c.state.in_([State.PLANNED, State.UNKNOWN]),
        delivery.c.waiting_for == "",
        delivery.c.not_before > after,
    )
    return tx.execute(select(func.min(delivery.c.not_before)).where(*waits)).scalar()


def count_by_state(tx: Connection) -> dict[str, int]:
    """How many deliveries are in each state."""
    return {row[0]: row[1] for row in tx.execute(select(delivery.c.state, func.count()).group_by(delivery.c.state))}


def record_attempt(tx: Connection, one: Delivery, part: int, **values: Any) -> Attempt:
    """Record a request before it leaves."""
    number = one.attempts + 1
    tx.execute(update(delivery).where(delivery.c.id == one.id).values(attempts=number))
    row = {"delivery_id": one.id, "part": part, "number": number, "revision": one.revision, **values}
    made = int(tx.execute(insert(attempt).values(**row).returning(attempt.c.id)).scalar_one())
    return _attempt(tx.execute(select(attempt).where(attempt.c.id == made)).one())


def answer_attempt(tx: Connection, attempt_id: int, answer: str, now: datetime, error: str = "") -> None:
    """Write down what a request's answer was."""
    values = {"answer": answer, "answered_at": now, "error": error}
    tx.execute(update(attempt).where(attempt.c.id == attempt_id).values(**values))


def attempts_of(tx: Connection, one: Delivery, part: int) -> list[tuple[Attempt, str]]:
    """The attempts at one part in this revision, the earliest first, each with its answer ("" for none yet)."""
    rows = tx.execute(
        select(attempt)
        .where(attempt.c.delivery_id == one.id, attempt.c.part == part, attempt.c.revision == one.revision)
        .order_by(attempt.c.number)
    )
    return [(_attempt(row), row.answer) for row in rows]


def record_part(tx: Connection, delivery_id: int, part: SentPart, now: datetime) -> None:
    """Write down that a part is out."""
    values = {"delivery_id": delivery_id, "part": part.index, "post_id": part.post_id, "url": part.url, "sent_at": now}
    tx.execute(insert(sent_part).values(**values))


def forget_parts(tx: Connection, delivery_id: int) -> None:
    """Take back what `record_part` wrote, once the platform has deleted it."""
    tx.execute(delete(sent_part).where(sent_part.c.delivery_id == delivery_id))


def known_post_ids(tx: Connection, account: str) -> frozenset[str]:
    """The ids of every post of the account that is some delivery's own."""
    rows = tx.execute(select(sent_part.c.post_id).join(delivery).where(delivery.c.account == account))
    return frozenset(row.post_id for row in rows)


def can_be_edited(state: State) -> bool:
    """Whether a plan may still change a delivery in this state."""
    return state in UNSENT or state is State.REJECTED


def _load(tx: Connection, *conditions: Any, limit: int | None = None) -> list[Delivery]:
    query = select(delivery).where(*conditions).order_by(delivery.c.not_before, delivery.c.id).limit(limit)
    rows = tx.execute(query).all()
    parts = _parts_of(tx, [row.id for row in rows])
    return [_delivery(row, parts.get(row.id, ())) for row in rows]


def _parts_of(tx: Connection, ids: Sequence[int]) -> dict[int, tuple[SentPart, ...]]:
    found: dict[int, tuple[SentPart, ...]] = {}
    query = select(sent_part).order_by(sent_part.c.delivery_id, sent_part.c.part)
    if len(ids) < 500:
        query = query.where(sent_part.c.delivery_id.in_(ids))
    for row in tx.execute(query):
        found[row.delivery_id] = (*found.get(row.delivery_id, ()), SentPart(row.part, row.post_id, row.url))
    return found


def _delivery(row: Row[Any], parts: tuple[SentPart, ...]) -> Delivery:
    values = {name: value for name, value in row._mapping.items() if name in _FIELDS}
    values |= {"kind": Kind(row.kind), "state": State(row.state), "origin": Origin(row.origin)}
    return Delivery(**values, content=msgspec.convert(row.content, Content), sent_parts=parts)


def _attempt(row: Row[Any]) -> Attempt:
    names = Attempt.__dataclass_fields__
    return Attempt(**{name: value for name, value in row._mapping.items() if name in names})


def movement(tx: Connection) -> tuple[object, ...]:
    """Changes whenever a delivery takes a step, is attempted or looked for."""
    sums = (func.sum(delivery.c[name]) for name in ("attempts", "looks", "failed_looks", "revision"))
    return (*tx.execute(select(*sums)).one(), tuple(sorted(count_by_state(tx).items())))
