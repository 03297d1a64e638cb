"""Deliveries, their parts and attempts: moved by conditional updates; no changed row means another was first."""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Text,
    Update,
    and_,
    bindparam,
    cast,
    delete,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    update,
)

from bot.causes import CauseCode, because
from bot.domain.delivery import (
    MAY_BE_OUT,
    NOT_BEGUN,
    NOT_OUT,
    ON_TIME,
    STEPS,
    UNDER_WAY,
    UNSENT,
    Action,
    Attempt,
    AttemptAnswer,
    CancelledBy,
    Delivery,
    Draft,
    Kind,
    Origin,
    SentPart,
    State,
    way_to,
)
from bot.domain.message import Content
from bot.domain.post import changed
from bot.shapes import resolve_shapes
from bot.store import control
from bot.store import schema as t
from bot.store.batch import StoreAnswers, answers
from bot.store.control import AccountState
from bot.store.engine import (
    Question,
    Rows,
    UtcDateTime,
    all_rows,
    among,
    changed_rows,
    first_row,
    insert_row,
    inserted_id,
    update_row,
)
from bot.values import dataclass

_BY_ID = select(t.delivery).where(t.delivery.c.id == bindparam("which"))
_BY_ID_LOCKED = _BY_ID.with_for_update()
_PARTS_BY_ID = select(t.sent_part).where(t.sent_part.c.delivery_id == bindparam("which")).order_by(t.sent_part.c.part)
_PARTS_BY_IDS = (
    select(t.sent_part.c.delivery_id, t.sent_part.c.part, t.sent_part.c.post_id, t.sent_part.c.url)
    .where(among(t.sent_part.c.delivery_id, "ids"))
    .order_by(t.sent_part.c.delivery_id, t.sent_part.c.part)
)
CHANGING = ("state", "content_hash", "undo_asked_at", "due_at", "expires_at", "revision", "attempts")
_AS_IT_STANDS = (
    select(*(t.delivery.c[name] for name in CHANGING), *control.STANDING)
    .select_from(t.delivery.outerjoin(t.account_state, t.account_state.c.account == t.delivery.c.account))
    .where(t.delivery.c.id == bindparam("which"))
)
_AS_IT_STANDS_LOCKED = _AS_IT_STANDS.with_for_update(of=t.delivery, skip_locked=True)
_LOCK = select(t.delivery.c.id).where(t.delivery.c.id == bindparam("which")).with_for_update()
AFRESH: dict[str, Any] = {
    "put_off_at": None,
    "put_off_until": None,
    "uploads_lost": 0,
    "upload_not_before": None,
}
"""The columns of a delivery that was not tried in vain, or not since somebody had it begin again."""

_RESUMED = frozenset(State) - UNDER_WAY
_FIELDS = frozenset(Delivery.__dataclass_fields__) - {"content", "sent_parts"}


def add(tx: Connection, **values: Any) -> int:
    """Insert a delivery and give its id back."""
    return int(tx.execute(insert(t.delivery).values(**values).returning(t.delivery.c.id)).scalar_one())


def row_of(draft: Draft, state: State, origin: Origin = Origin.SCHEDULE) -> dict[str, Any]:
    """Return the columns of a delivery that is planned from a draft."""
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
    """Return the columns that say how the files call a post."""
    return {"message": draft.message, "day": draft.day, "language": draft.language}


def content_of(draft: Draft) -> dict[str, Any]:
    """Return the columns that an edit of the files may change."""
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
        "hold": draft.hold,
        **AFRESH,
    }


def get(tx: Connection, delivery_id: int, *, lock: bool = False) -> Delivery | None:
    """Return one delivery, or None where there is no such id; nobody else moves a locked one before the transaction
    ends."""
    row = tx.execute(_BY_ID_LOCKED if lock else _BY_ID, {"which": delivery_id}).first()
    if row is None:
        return None
    return _delivery(row, _parts_of(tx, [row.id] if row.attempts else []).get(row.id, ()))


@dataclass(frozen=True)
class DeliveriesAsked:
    """Two questions for whole deliveries, to be asked with others: their rows, and what is out of them."""

    rows: Question[Rows]
    parts: Question[dict[int, tuple[SentPart, ...]]]

    def given(self, values: Mapping[str, Any]) -> DeliveriesAsked:
        """Return these questions with values for what they leave open."""
        return DeliveriesAsked(replace(self.rows, values=values), replace(self.parts, values=values))

    def answer(self, tx: Connection) -> list[Delivery]:
        """Return the deliveries, asked for alone."""
        return self.among(answers(tx, self.rows, self.parts))

    def among(self, found: StoreAnswers) -> list[Delivery]:
        """Return the deliveries of what was answered."""
        parts = found[self.parts]
        return [_delivery(row, parts.get(row.id, ())) for row in found[self.rows]]


def one_asked(delivery_id: int) -> DeliveriesAsked:
    """Ask for one delivery."""
    values = {"which": delivery_id}
    return DeliveriesAsked(Question(_BY_ID, _as_they_are, values), Question(_PARTS_BY_ID, _parts_by_delivery, values))


def asked(*conditions: ColumnElement[bool]) -> DeliveriesAsked:
    """Ask for the deliveries that these conditions hold for."""
    rows = select(t.delivery).where(*conditions).order_by(t.delivery.c.not_before, t.delivery.c.id)
    parts = select(t.sent_part).join_from(t.delivery, t.sent_part).where(*conditions, t.delivery.c.attempts > 0)
    parts = parts.order_by(t.sent_part.c.delivery_id, t.sent_part.c.part)
    return DeliveriesAsked(Question(rows, _as_they_are), Question(parts, _parts_by_delivery))


def _as_they_are(rows: Rows) -> Rows:
    return rows


def as_it_stands(tx: Connection, delivery: Delivery, *, waits: bool = True) -> tuple[Delivery, AccountState] | None:
    """Return the delivery with what others may have changed of it since it was claimed, locked, and its account; None
    when it is gone, or somebody is just changing it and nobody `waits` for them.

    Its words are not read again: their hash tells whether they are others now. Whoever has waited reads afterwards, the
    stop switch too.
    """
    which = {"which": delivery.id}
    row = first_row(tx, _AS_IT_STANDS_LOCKED, which)
    if row is None and waits and first_row(tx, _LOCK, which) is not None:
        row = first_row(tx, _AS_IT_STANDS, which)
    if row is None:
        return None
    now = {name: getattr(row, name) for name in CHANGING} | {"state": State(row.state)}
    is_as_claimed = all(getattr(delivery, name) == value for name, value in now.items())
    return delivery if is_as_claimed else changed(delivery, **now), control.account_state(row)


def listed(tx: Connection, *conditions: Any, limit: int | None = None, lock: bool = False) -> list[Delivery]:
    """Return deliveries by when they may be sent, the earliest first; nobody else moves locked ones before the
    transaction ends. All go in this one order, so that two who lock several never wait for each other."""
    query = select(t.delivery).where(*conditions).order_by(t.delivery.c.not_before, t.delivery.c.id).limit(limit)
    if lock:
        query = query.with_for_update()
    rows = tx.execute(query).all()
    parts = _parts_of(tx, [row.id for row in rows if row.attempts])
    return [_delivery(row, parts.get(row.id, ())) for row in rows]


def in_states(tx: Connection, states: Collection[State], account: str | None = None) -> list[Delivery]:
    """Return the deliveries in one of these states, of one account or of all."""
    conditions: list[Any] = [t.delivery.c.state.in_(states)]
    if account is not None:
        conditions.append(t.delivery.c.account == account)
    return listed(tx, *conditions)


def page_by_due_time(
    tx: Connection, states: Collection[State], most: int, after: Delivery | None = None
) -> list[Delivery]:
    """Return deliveries in these states, the earliest due first: the `most` that come after that one."""
    key = (t.delivery.c.due_at, t.delivery.c.id)
    ids = select(t.delivery.c.id).where(t.delivery.c.state.in_(states)).order_by(*key).limit(most)
    if after is not None:
        ids = ids.where(tuple_(*key) > tuple_(literal(after.due_at, UtcDateTime), literal(after.id)))
    return sorted(listed(tx, t.delivery.c.id.in_(ids)), key=lambda delivery: (delivery.due_at, delivery.id))


def contents(tx: Connection, *conditions: Any) -> Generator[tuple[int, str, Content], None, None]:
    """Yield the number, the account and the content of each of these deliveries, the latest first, a batch at a time:
    all that was ever said is looked through for a post that is typed, and for whom it names.

    Whoever does not read to the end closes it, or the server's cursor stays open.
    """
    latest_first = t.delivery.c.not_before.desc(), t.delivery.c.id.desc()
    columns = t.delivery.c.id, t.delivery.c.account, cast(t.delivery.c.content, Text)
    query = select(*columns).where(*conditions).order_by(*latest_first)
    with tx.execute(query.execution_options(yield_per=1000)) as rows:
        for number, account, written in rows:
            yield number, account, msgspec.json.decode(written, type=Content)


def names_in_use(tx: Connection, column: str) -> frozenset[str]:
    """Return every name that stands in a column of the deliveries."""
    return frozenset(tx.execute(select(t.delivery.c[column]).distinct()).scalars())


def due_times(tx: Connection, states: Collection[State], names: Mapping[str, Collection[str]]) -> dict[int, datetime]:
    """Return when the deliveries in these states are due, by their numbers and in their order; only those with one of
    the `names` in each column that is given."""
    fits = [t.delivery.c[column].in_(list(wanted)) for column, wanted in names.items() if wanted]
    query = select(t.delivery.c.id, t.delivery.c.due_at).where(t.delivery.c.state.in_(states), *fits)
    rows = tx.execute(query.order_by(t.delivery.c.not_before, t.delivery.c.id))
    return {row.id: row.due_at for row in rows}


def of_posts(tx: Connection, uris: Collection[str]) -> list[Delivery]:
    """Return the reshares of these posts."""
    return listed(tx, t.delivery.c.kind == Kind.RESHARE, t.delivery.c.post_uri.in_(list(uris)))


def of_sighting(tx: Connection, sighting_id: int) -> list[Delivery]:
    """Return the reshares of one sighting."""
    return listed(tx, t.delivery.c.sighting_id == sighting_id)


def step(tx: Connection, delivery_id: int, start: State | Collection[State], to: State, **values: Any) -> bool:
    """Move a delivery if it still is in `start`; False when somebody else has moved it meanwhile.

    One that comes back from where it rested begins afresh. Raise ValueError for a step that a delivery's life does
    not have.
    """
    starts = _starts(start, to)
    afresh = AFRESH if to is State.PLANNED and _RESUMED.issuperset(starts) else {}
    return _changed(tx, delivery_id, starts, {"state": to, **afresh, **values})


def postpone(now: datetime, until: datetime) -> dict[str, Any]:
    """Return the columns of a delivery whose try has come to nothing, and that is not tried again before `until`."""
    return {"not_before": until, "put_off_at": now, "put_off_until": until}


def change(tx: Connection, delivery_id: int, start: Collection[State], **values: Any) -> bool:
    """Change columns of a delivery that is still in one of these states; its state is changed by `step` alone."""
    if "state" in values:
        raise ValueError("the state of a delivery is changed by a step")
    return _changed(tx, delivery_id, start, values)


def settle(
    tx: Connection, delivery: Delivery, start: State | Collection[State], to: State | None, **values: Any
) -> bool:
    """Take a step, or with `to` None change columns, only as long as no newer attempt than this one's was begun."""
    starts = _starts(start, to)
    if to is not None:
        values["state"] = to
    return _changed(tx, delivery.id, starts, values, attempts=delivery.attempts)


def bring(tx: Connection, delivery: Delivery, to: State, **values: Any) -> bool:
    """Take a delivery to a state step by step, wherever it is now: what we learned late happened all the same."""
    now = delivery.state
    for after in way_to(to, delivery.state):
        if not step(tx, delivery.id, now, after, **(values if after is to else {})):
            return False
        now = after
    return now is to


def _starts(start: State | Collection[State], to: State | None) -> list[State]:
    starts = [start] if isinstance(start, State) else list(start)
    for state in starts:
        if to is not None and to not in STEPS[state]:
            raise ValueError(f"there is no step from {state} to {to}")
    return starts


def _changed(
    tx: Connection, delivery_id: int, start: Collection[State], values: dict[str, Any], **equal: object
) -> bool:
    parameters: dict[str, Any] = {f"new_{name}": value for name, value in values.items()}
    parameters |= {f"is_{name}": value for name, value in equal.items()}
    parameters |= {f"start_{place}": state for place, state in enumerate(start)}
    statement = _changing(tuple(values), tuple(equal), len(start))
    return changed_rows(tx, statement, {"which": delivery_id, **parameters}) == 1


@cache
def _changing(names: tuple[str, ...], equal: tuple[str, ...], starts: int) -> Update:
    """Return the update, built once for each set of columns: SQLAlchemy takes longer over building it than SQLite over
    doing it.

    A list of states to be in would be written out again each time; there are few sets.
    """
    states = (t.delivery.c.state == bindparam(f"start_{place}") for place in range(starts))
    where = [t.delivery.c.id == bindparam("which"), or_(false(), *states)]
    where += [t.delivery.c[name] == bindparam(f"is_{name}") for name in equal]
    return update(t.delivery).where(*where).values({name: bindparam(f"new_{name}") for name in names})


def claim_due(tx: Connection, account: str, now: datetime) -> list[Delivery]:
    """Claim every post of the account that is due and not waiting for a link, the earliest first.

    Those that somebody is just changing are left for the next time.
    """
    rows = all_rows(tx, _CLAIM, {"account": account, "now": now})
    parts = _parts_of(tx, [row.id for row in rows if row.attempts])
    rows.sort(key=lambda row: (row.not_before, row.id))
    return [_delivery(row, parts.get(row.id, ())) for row in rows]


_DUE = (
    t.delivery.c.account == bindparam("account"),
    t.delivery.c.state == State.PLANNED,
    t.delivery.c.kind == Kind.POST,
    t.delivery.c.not_before <= bindparam("now"),
    t.delivery.c.waiting_for == "",
    t.delivery.c.undo_asked_at.is_(None),
)
_ANY_DUE = select(t.delivery.c.id).where(*_DUE).limit(1)
_CLAIM = (
    update(t.delivery)
    .where(t.delivery.c.id.in_(select(t.delivery.c.id).where(*_DUE).with_for_update(skip_locked=True)))
    .values(state=State.CLAIMED)
    .returning(t.delivery)
)


def is_any_due(tx: Connection, account: str, now: datetime) -> bool:
    """Return whether `claim_due` would claim anything."""
    return first_row(tx, _ANY_DUE, {"account": account, "now": now}) is not None


def is_said(tx: Connection, account: str, error: str) -> bool:
    """Return whether this error stands at anything of the account that waits."""
    waits = (
        t.delivery.c.account == account,
        t.delivery.c.state.in_(UNSENT | {State.CLAIMED}),
        t.delivery.c.error == error,
    )
    return tx.execute(select(t.delivery.c.id).where(*waits).limit(1)).first() is not None


def release_claims(tx: Connection, account: str) -> int:
    """Give back what is claimed; only the holder of the account's lock may call this. Nothing of it was sent."""
    ids = select(t.delivery.c.id).where(t.delivery.c.account == account, t.delivery.c.state == State.CLAIMED)
    in_order = ids.order_by(t.delivery.c.not_before, t.delivery.c.id).with_for_update()
    claimed = update(t.delivery).where(t.delivery.c.id.in_(in_order), t.delivery.c.state == State.CLAIMED)
    return tx.execute(claimed.values(state=State.PLANNED)).rowcount


def miss_late(tx: Connection, account: str, now: datetime) -> list[Delivery]:
    """Turn what is too late by its own rule into `missed`, and return it, what waits for a link too; nothing that has
    begun."""
    begun = select(t.sent_part.c.delivery_id)
    late = (
        t.delivery.c.account == account,
        t.delivery.c.state == State.PLANNED,
        t.delivery.c.expires_at < now,
        t.delivery.c.due_at < now - ON_TIME,
        t.delivery.c.id.not_in(begun),
    )
    return [delivery for delivery in listed(tx, *late, lock=True) if miss(tx, delivery)]


def miss(tx: Connection, delivery: Delivery) -> bool:
    """Turn one that is too late into `missed`, and say why; False when somebody else has moved it meanwhile."""
    link = delivery.waiting_for
    why = because(CauseCode.LINK_NOT_IN_TIME, link=link) if link else delivery.error or because(CauseCode.TOO_LATE)
    return step(tx, delivery.id, delivery.state, State.MISSED, error=why)


HELD_BY_FILES = because(CauseCode.HELD_BY_FILES)
"""The `error` of what the schedules keep back, until it is told that it is due."""

NAMES_SOMEBODY = because(CauseCode.NAMES_SOMEBODY)
"""The `error` of a post that is held because it names somebody who asked to be left alone."""

HELD_REWORDED = because(CauseCode.HELD_REWORDED)
"""The `error` of such a post once its files have other words for it: a person reads them before it goes."""


def warn_of_waiting(tx: Connection, account: str, due_by: datetime) -> list[Delivery]:
    """Write a warning as `error` on what waits for a link, or for somebody to read it, and is due by then (UTC); return
    what had none yet."""
    for_link = and_(t.delivery.c.state == State.PLANNED, t.delivery.c.waiting_for != "", t.delivery.c.error == "")
    for_reader = and_(t.delivery.c.state == State.HELD, t.delivery.c.error == HELD_BY_FILES)
    waiting = listed(tx, t.delivery.c.account == account, t.delivery.c.due_at <= due_by, or_(for_link, for_reader))
    rows = [replace(delivery, error=_warning(delivery)) for delivery in waiting]
    return [delivery for delivery in rows if change(tx, delivery.id, [delivery.state], error=delivery.error)]


def _warning(delivery: Delivery) -> str:
    if delivery.state is State.HELD:
        return because(CauseCode.HELD_UNREAD, delivery=delivery.id)
    return because(CauseCode.LINK_UNKNOWN, link=delivery.waiting_for)


_LINKS = (
    select(t.delivery.c.waiting_for)
    .where(t.delivery.c.state == State.PLANNED, t.delivery.c.waiting_for != "")
    .distinct()
)


def links_waited_for(tx: Connection) -> set[str]:
    """Return the links that planned posts wait for, by their names."""
    return {row.waiting_for for row in all_rows(tx, _LINKS, {})}


_BY_STATE = select(t.delivery.c.state, func.count().label("deliveries")).group_by(t.delivery.c.state)


def count_by_state(tx: Connection) -> dict[str, int]:
    """Return how many deliveries are in each state."""
    return {row.state: row.deliveries for row in all_rows(tx, _BY_STATE, {})}


@dataclass(frozen=True)
class StateCount:
    """How many deliveries of a kind are in a state on an account; `is_out` says that they are to be seen there."""

    kind: str
    state: str
    account: str
    language: str
    is_out: bool
    count: int


def counts(tx: Connection) -> list[StateCount]:
    """Return how many deliveries there are of each kind, counted by the database."""
    is_out = and_(t.delivery.c.sent_at.is_not(None), t.delivery.c.undone_at.is_(None))
    by = (t.delivery.c.kind, t.delivery.c.state, t.delivery.c.account, t.delivery.c.language, is_out.label("is_out"))
    return [StateCount(*row) for row in tx.execute(select(*by, func.count()).group_by(*by))]


def can_be_edited(state: State) -> bool:
    """Return whether a plan may still change a delivery in this state. A claimed one has not left yet."""
    return state in NOT_OUT


def _parts_of(tx: Connection, ids: Sequence[int]) -> dict[int, tuple[SentPart, ...]]:
    """Return what is out of these deliveries; one that was never attempted needs no asking."""
    return _parts_by_delivery(all_rows(tx, _PARTS_BY_IDS, {"ids": ids})) if ids else {}


def _parts_by_delivery(rows: Rows) -> dict[int, tuple[SentPart, ...]]:
    by_delivery: dict[int, tuple[SentPart, ...]] = {}
    for row in rows:
        by_delivery[row.delivery_id] = (*by_delivery.get(row.delivery_id, ()), SentPart(row.part, row.post_id, row.url))
    return by_delivery


def _delivery(row: Row[Any], parts: tuple[SentPart, ...]) -> Delivery:
    values = {name: value for name, value in row._mapping.items() if name in _FIELDS}
    values |= {
        "kind": Kind(row.kind),
        "state": State(row.state),
        "origin": Origin(row.origin),
        "cancelled_by": CancelledBy(row.cancelled_by),
    }
    return Delivery(**values, content=msgspec.convert(row.content, Content), sent_parts=parts)


_LOOKS = select(func.sum(t.delivery.c.looks + t.delivery.c.failed_looks)).where(t.delivery.c.state == State.UNKNOWN)
_MOVEMENT = select(
    select(func.max(t.attempt.c.id)).scalar_subquery().label("attempt"), _LOOKS.scalar_subquery().label("looks")
)


def movement(tx: Connection) -> tuple[object, ...]:
    """Return something that changes whenever a delivery takes a step, is attempted or looked for."""
    return (*first_row(tx, _MOVEMENT, {}), tuple(sorted(count_by_state(tx).items())))


ATTEMPT_FIELDS = frozenset(Attempt.__dataclass_fields__)
UNANSWERED: Mapping[str, Any] = {
    "action": Action.PUBLISH,
    "newest_own_id": "",
    "cost": 0,
    "answer": AttemptAnswer.NONE,
    "error": "",
}


def record_attempt(tx: Connection, **values: Any) -> Attempt:
    """Record a request before it leaves; `values` are the columns of `attempt`."""
    return attempt_of(inserted_id(tx, t.attempt, {**UNANSWERED, **values}), values)


def begin_attempt(tx: Connection, delivery: Delivery, values: dict[str, Any]) -> Attempt | None:
    """Record a request before it leaves, and its delivery as being sent; None when somebody else has moved it
    meanwhile. `values` are the columns of `attempt`."""
    moved = {"state": State.SENDING, "revision": values["revision"], "attempts": values["number"], "error": ""}
    starts = _starts(delivery.state, None if delivery.state is State.SENDING else State.SENDING)
    return record_attempt(tx, **values) if _changed(tx, delivery.id, starts, moved) else None


def attempt_of(attempt_id: int, values: Mapping[str, Any]) -> Attempt:
    """Return an attempt by its number and the columns that were given to it."""
    return Attempt(id=int(attempt_id), **{name: value for name, value in values.items() if name in ATTEMPT_FIELDS})


def answer_attempt(tx: Connection, attempt_id: int, what: str, now: datetime, error: str = "") -> None:
    """Write down what a request's answer was."""
    update_row(tx, t.attempt, {"id": attempt_id}, {"answer": what, "answered_at": now, "error": error})


def forget_attempt_cost(tx: Connection, attempt_id: int) -> None:
    """Write down that an attempt has cost nothing after all."""
    update_row(tx, t.attempt, {"id": attempt_id}, {"cost": 0})


def settle_part(
    tx: Connection,
    delivery: Delivery,
    part: SentPart,
    now: datetime,
    attempt_id: int,
    answer: str,
    values: dict[str, Any],
) -> bool:
    """Write down the answer of an attempt and, as long as no newer one was begun, that a part is out, and these columns
    of its delivery; False where one was."""
    answer_attempt(tx, attempt_id, answer, now)
    starts = _starts(MAY_BE_OUT, values.get("state"))
    is_ours = _changed(tx, delivery.id, starts, values, attempts=delivery.attempts)
    if is_ours:
        record_part(tx, delivery.id, part, now)
    return is_ours


def record_part(tx: Connection, delivery_id: int, part: SentPart, now: datetime) -> None:
    """Write down that a part is out."""
    insert_row(tx, t.sent_part, part_row(delivery_id, part, now))


def part_row(delivery_id: int, part: SentPart, now: datetime) -> dict[str, Any]:
    """Return the columns of a part that is out."""
    return {"delivery_id": delivery_id, "part": part.index, "post_id": part.post_id, "url": part.url, "sent_at": now}


def forget_parts(tx: Connection, delivery_id: int) -> None:
    """Take back what `record_part` wrote, once the platform has deleted it."""
    tx.execute(delete(t.sent_part).where(t.sent_part.c.delivery_id == delivery_id))


def call_off_reshares(tx: Connection, sighting_id: int, why: str, take_back_at: datetime | None = None) -> None:
    """Call off every reshare of a sighting that is not under way.

    One that is under way is taken back should it turn out to be out, where that is asked for (UTC); else it stays.
    """
    values = {"cancelled_by": CancelledBy.MODERATION, "error": why}
    for delivery in of_sighting(tx, sighting_id):
        is_off = step(tx, delivery.id, NOT_BEGUN, State.CANCELLED, **values)
        if not is_off and take_back_at is not None:
            change(tx, delivery.id, MAY_BE_OUT, undo_asked_at=take_back_at)


resolve_shapes(Content)
