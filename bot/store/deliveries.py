"""Deliveries: claimed and moved by conditional updates, so that zero changed rows means somebody was first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Update, bindparam, false, func, insert, or_, select, update

from bot.domain.delivery import ON_TIME, STEPS, UNSENT, Delivery, Draft, Kind, Origin, SentPart, State, way_to
from bot.domain.message import Content
from bot.store.schema import delivery, sent_part

_ONE = select(delivery).where(delivery.c.id == bindparam("which"))
_ONE_OURS = _ONE.with_for_update()
_CHANGING = ("state", "content_hash", "undo_asked_at", "due_at", "expires_at", "revision", "attempts")
_STANDING = select(*(delivery.c[name] for name in _CHANGING)).where(delivery.c.id == bindparam("which"))
_STANDING = _STANDING.with_for_update()
AFRESH: dict[str, Any] = {
    "put_off_at": None,
    "put_off_until": None,
    "uploads_lost": 0,
    "upload_not_before": None,
}
"""The columns of a delivery that was not tried in vain, or not since somebody had it begin anew."""

_RESUMED = frozenset(State) - {State.CLAIMED, State.SENDING}
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
        **names_of(draft),
        **content_of(draft),
    }


def names_of(draft: Draft) -> dict[str, Any]:
    """The columns that say how the files call a post."""
    return {"message": draft.message, "day": draft.day, "language": draft.language}


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
        "important": draft.important,
        "series": draft.series,
        **AFRESH,
    }


def get(tx: Connection, delivery_id: int, *, lock: bool = False) -> Delivery | None:
    """One delivery, or None where there is no such id; nobody else moves a locked one before the transaction ends."""
    row = tx.execute(_ONE_OURS if lock else _ONE, {"which": delivery_id}).first()
    if row is None:
        return None
    return _delivery(row, _parts_of(tx, [row.id] if row.attempts else []).get(row.id, ()))


def as_it_stands(tx: Connection, one: Delivery) -> Delivery | None:
    """The delivery with what others may have changed of it since it was claimed, locked; None when it is gone.

    Its words are not read again: their hash tells whether they are others now.
    """
    row = tx.execute(_STANDING, {"which": one.id}).first()
    return replace(one, **{**row._mapping, "state": State(row.state)}) if row is not None else None


def listed(tx: Connection, *conditions: Any, limit: int | None = None, lock: bool = False) -> list[Delivery]:
    """Deliveries by due time, the earliest first; nobody else moves locked ones before the transaction ends."""
    return _load(tx, *conditions, limit=limit, lock=lock)


def in_states(tx: Connection, states: Collection[State], account: str | None = None) -> list[Delivery]:
    """Deliveries in one of these states, of one account or of all."""
    conditions: list[Any] = [delivery.c.state.in_(states)]
    if account is not None:
        conditions.append(delivery.c.account == account)
    return _load(tx, *conditions)


def of_posts(tx: Connection, uris: Collection[str]) -> list[Delivery]:
    """The reshares of these posts."""
    return _load(tx, delivery.c.kind == Kind.RESHARE, delivery.c.post_uri.in_(list(uris)))


def of_sighting(tx: Connection, sighting_id: int) -> list[Delivery]:
    """The reshares of one sighting."""
    return _load(tx, delivery.c.sighting_id == sighting_id)


def step(tx: Connection, delivery_id: int, start: State | Collection[State], to: State, **values: Any) -> bool:
    """Move a delivery if it still is in `start`; False when somebody else has moved it meanwhile.

    One that comes back from where it rested begins afresh. Raises ValueError for a step that a delivery's life does
    not have.
    """
    starts = _starts(start, to)
    afresh = AFRESH if to is State.PLANNED and _RESUMED.issuperset(starts) else {}
    return _changed(tx, delivery_id, starts, {"state": to, **afresh, **values})


def put_off(now: datetime, until: datetime) -> dict[str, Any]:
    """Return the columns of a delivery whose try has come to nothing, and that is not tried again before `until`."""
    return {"not_before": until, "put_off_at": now, "put_off_until": until}


def change(tx: Connection, delivery_id: int, start: Collection[State], **values: Any) -> bool:
    """Change columns of a delivery that is still in one of these states; its state is changed by `step` alone."""
    if "state" in values:
        raise ValueError("the state of a delivery is changed by a step")
    return _changed(tx, delivery_id, start, values)


def settle(tx: Connection, one: Delivery, start: State | Collection[State], to: State | None, **values: Any) -> bool:
    """A step, or with `to` None a change, only as long as no newer attempt than this one's was begun."""
    starts = _starts(start, to)
    if to is not None:
        values["state"] = to
    return _changed(tx, one.id, starts, values, attempts=one.attempts)


def bring(tx: Connection, one: Delivery, to: State, **values: Any) -> bool:
    """Take a delivery to a state step by step, wherever it is now: what we learned late happened all the same."""
    now = one.state
    for after in way_to(to, one.state):
        if not step(tx, one.id, now, after, **(values if after is to else {})):
            return False
        now = after
    return now is to


def _starts(start: State | Collection[State], to: State | None) -> list[State]:
    starts = [start] if isinstance(start, State) else list(start)
    for one in starts:
        if to is not None and to not in STEPS[one]:
            raise ValueError(f"there is no step from {one} to {to}")
    return starts


def _changed(
    tx: Connection, delivery_id: int, start: Collection[State], values: dict[str, Any], **equal: object
) -> bool:
    given = {f"new_{name}": value for name, value in values.items()} | {f"is_{name}": equal[name] for name in equal}
    given |= {f"start_{place}": state for place, state in enumerate(start)}
    statement = _changing(tuple(values), tuple(equal), len(start))
    return tx.execute(statement, {"which": delivery_id, **given}).rowcount == 1


@cache
def _changing(names: tuple[str, ...], equal: tuple[str, ...], starts: int) -> Update:
    """Built once for each set of columns: SQLAlchemy takes longer over building it than SQLite over doing it.

    A list of states to be in would be written out anew each time; so many are few.
    """
    states = (delivery.c.state == bindparam(f"start_{place}") for place in range(starts))
    where = [delivery.c.id == bindparam("which"), or_(false(), *states)]
    where += [delivery.c[name] == bindparam(f"is_{name}") for name in equal]
    return update(delivery).where(*where).values({name: bindparam(f"new_{name}") for name in names})


def claim_due(tx: Connection, account: str, now: datetime) -> list[Delivery]:
    """Claim every post of the account that is due and not waiting for a link, the earliest first.

    Those that somebody is just changing are left for the next time.
    """
    due = select(delivery.c.id).where(*_due(account, now)).with_for_update(skip_locked=True)
    claim = update(delivery).where(delivery.c.id.in_(due)).values(state=State.CLAIMED)
    claimed = tx.execute(claim.returning(delivery.c.id))
    ids = [row.id for row in claimed]
    return _load(tx, delivery.c.id.in_(ids)) if ids else []


def _due(account: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        delivery.c.account == account,
        delivery.c.state == State.PLANNED,
        delivery.c.kind == Kind.POST,
        delivery.c.not_before <= now,
        delivery.c.waiting_for == "",
        delivery.c.undo_asked_at.is_(None),
    )


def is_any_due(tx: Connection, account: str, now: datetime) -> bool:
    """Whether `claim_due` would claim anything."""
    return tx.execute(select(delivery.c.id).where(*_due(account, now)).limit(1)).first() is not None


def is_said(tx: Connection, account: str, error: str) -> bool:
    """Return whether this error stands at anything of the account that waits."""
    waits = (delivery.c.account == account, delivery.c.state.in_(UNSENT | {State.CLAIMED}), delivery.c.error == error)
    return tx.execute(select(delivery.c.id).where(*waits).limit(1)).first() is not None


def miss_late(tx: Connection, account: str, now: datetime) -> list[Delivery]:
    """Turn what is too late by its own rule into `missed`, what waits for a link too; nothing that has begun."""
    begun = select(sent_part.c.delivery_id)
    late = (
        delivery.c.account == account,
        delivery.c.state == State.PLANNED,
        delivery.c.expires_at < now,
        delivery.c.due_at < now - ON_TIME,
        delivery.c.id.not_in(begun),
    )
    return [one for one in _load(tx, *late, lock=True) if miss(tx, one)]


def miss(tx: Connection, one: Delivery) -> bool:
    """Turn one that is too late into `missed`, and say why; False when somebody else has moved it meanwhile."""
    why = f"{{{one.waiting_for}}} was not known in time" if one.waiting_for else one.error or "too late by its own rule"
    return step(tx, one.id, one.state, State.MISSED, error=why)


def warn_of_waiting(tx: Connection, account: str, due_by: datetime) -> list[Delivery]:
    """What waits for a link, is due by then (UTC) and has not been told of yet; each gets its warning as `error`."""
    soon = (
        delivery.c.account == account,
        delivery.c.state == State.PLANNED,
        delivery.c.waiting_for != "",
        delivery.c.due_at <= due_by,
        delivery.c.error == "",
    )
    found = _load(tx, *soon)
    told = [replace(one, error=f"{{{one.waiting_for}}} is not known: fill it in under [links]") for one in found]
    return [one for one in told if change(tx, one.id, [State.PLANNED], error=one.error)]


def let_go(tx: Connection, account: str) -> int:
    """Give back what is claimed; only the holder of the account's lock may call this. Nothing of it was sent."""
    ids = select(delivery.c.id).where(delivery.c.account == account, delivery.c.state == State.CLAIMED)
    in_order = ids.order_by(delivery.c.not_before, delivery.c.id).with_for_update()
    claimed = update(delivery).where(delivery.c.id.in_(in_order), delivery.c.state == State.CLAIMED)
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


def can_be_edited(state: State) -> bool:
    """Whether a plan may still change a delivery in this state. A claimed one has not left yet."""
    return state in UNSENT or state in {State.CLAIMED, State.REJECTED}


def _load(tx: Connection, *conditions: Any, limit: int | None = None, lock: bool = False) -> list[Delivery]:
    """In one order for everybody, so that two who lock several never wait for each other."""
    query = select(delivery).where(*conditions).order_by(delivery.c.not_before, delivery.c.id).limit(limit)
    if lock:
        query = query.with_for_update()
    rows = tx.execute(query).all()
    parts = _parts_of(tx, [row.id for row in rows if row.attempts])
    return [_delivery(row, parts.get(row.id, ())) for row in rows]


def _parts_of(tx: Connection, ids: Sequence[int]) -> dict[int, tuple[SentPart, ...]]:
    """What is out of these deliveries; one that was never attempted needs no asking."""
    found: dict[int, tuple[SentPart, ...]] = {}
    if not ids:
        return found
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


def movement(tx: Connection) -> tuple[object, ...]:
    """Changes whenever a delivery takes a step, is attempted or looked for."""
    sums = (func.sum(delivery.c[name]) for name in ("attempts", "looks", "failed_looks", "revision"))
    return (*tx.execute(select(*sums)).one(), tuple(sorted(count_by_state(tx).items())))
