"""Planning: brings the deliveries in line with the files, again and again, and never touches what was sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot.domain.delivery import Delivery, Draft, Origin, State
from bot.store import deliveries, uploads
from bot.store.bell import ring
from bot.store.schema import delivery
from bot.store.store import Store

BY_PLAN = "plan"
BY_PLAN_WHILE_HELD = "plan, while it was held"
BY_PERSON = "person"

SOON = timedelta(minutes=2)
"""Within this a planning that could not change everything is done again; it is too dear to be repeated for hours."""


@dataclass
class PlanReport:
    """How many deliveries a planning added, changed, found too late already, or took out of the schedule.

    `later` of those that were kept are under way at this moment: a planning after that may have to change them.
    """

    added: int = 0
    changed: int = 0
    missed: int = 0
    cancelled: int = 0
    kept: int = 0
    later: int = 0
    ids: list[int] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.added} new, {self.changed} changed, {self.cancelled} taken out, "
            f"{self.missed} too late already, {self.kept} as they were"
        )

    @property
    def is_quiet(self) -> bool:
        """Whether nothing has changed."""
        return not (self.added or self.changed or self.missed or self.cancelled)


def plan(store: Store, drafts: Iterable[Draft], now: datetime) -> PlanReport:
    """Bring the deliveries in line with the drafts, in one transaction. `now` is in UTC.

    What is unsent follows the files; what is under way, sent, or of unknown outcome stays as it is. What a person
    cancelled or took back stays cancelled, and says what the files say should they want it sent after all. A draft
    that is too late by its own rule when first planned is listed as missed.
    """
    wanted = {draft.identity: draft for draft in drafts}
    report = PlanReport()
    with store.begin(turn="plan") as tx:
        rows = deliveries.listed(tx, delivery.c.origin == Origin.SCHEDULE, lock=True)
        known = {(row.message, row.day, row.language, row.account): row for row in rows}
        for identity, draft in wanted.items():
            _plan_one(tx, draft, known.get(identity), now, report)
        for identity, row in known.items():
            if identity not in wanted:
                _take_out(tx, row, report)
                report.later += _is_under_way(row, now)
        if not report.is_quiet:
            ring(tx)
    return report


def _plan_one(tx: Connection, draft: Draft, row: Delivery | None, now: datetime, report: PlanReport) -> None:
    is_late = draft.expires_at < now
    if row is None:
        state = State.MISSED if is_late else State.PLANNED
        error = "it was too late already when it was planned" if is_late else ""
        report.ids.append(deliveries.add(tx, **deliveries.row_of(draft, state), error=error))
        report.missed += is_late
        report.added += not is_late
    elif _must_stay(row) or (_says(row, draft) == _asks(draft) and not _comes_back(row, is_late)):
        is_marked = _mark(tx, draft, row)
        report.changed += is_marked
        report.kept += not is_marked
        report.later += _is_under_way(row, now) and _says(row, draft) != _asks(draft)
    else:
        _follow(tx, draft, row, is_late)
        report.changed += 1


def _mark(tx: Connection, draft: Draft, row: Delivery) -> bool:
    """Whether it is important changes when it is looked at ahead, and nothing of the post itself."""
    if row.important is draft.important or row.state is State.SENT:
        return False
    return deliveries.change(tx, row.id, [row.state], important=draft.important)


def _must_stay(row: Delivery) -> bool:
    return row.begun or not deliveries.can_be_edited(row.state)


def _is_under_way(row: Delivery, now: datetime) -> bool:
    """What is out in part stays as it was begun; the others may soon turn out not to be out at all."""
    is_soon_known = row.state is State.SENDING or (row.state is State.UNKNOWN and row.not_before <= now + SOON)
    return is_soon_known and not row.begun


def _comes_back(row: Delivery, is_late: bool) -> bool:
    """What was missed and is not late was missed by a clock that was ahead."""
    return (row.state is State.MISSED or _left_the_schedule(row)) and not is_late


def _left_the_schedule(row: Delivery) -> bool:
    return row.state is State.CANCELLED and row.cancelled_by in {BY_PLAN, BY_PLAN_WHILE_HELD}


def _follow(tx: Connection, draft: Draft, row: Delivery, is_late: bool) -> None:
    """An edit gives a missed, rejected or taken-out delivery another chance; a held one stays held, however it left.

    A claimed one is let go, so that the worker that holds it does not send what it was before. One that a person
    sends late or not, at once, goes on doing so unless it is given another time.
    """
    values = deliveries.content_of(draft) | {"error": "", "cancelled_by": ""}
    if _goes_late(row) and row.due_at == draft.due_at:
        values |= {"expires_at": None, "not_before": row.not_before}
    if draft.content_hash != row.content_hash:
        values["checked_at"] = None
        for part in range(len(row.content.parts)):
            uploads.drop(tx, row.id, part)
    starts_again = (row.state in {State.MISSED, State.REJECTED} or _left_the_schedule(row)) and not is_late
    if starts_again or row.state is State.CLAIMED:
        deliveries.step(tx, row.id, row.state, State.PLANNED, **values)
        if row.cancelled_by == BY_PLAN_WHILE_HELD:
            deliveries.step(tx, row.id, State.PLANNED, State.HELD, error="held when it left the schedule")
    else:
        error = "" if row.state is State.PLANNED else row.error
        deliveries.change(tx, row.id, [row.state], **(values | {"error": error, "cancelled_by": row.cancelled_by}))


def _take_out(tx: Connection, row: Delivery, report: PlanReport) -> None:
    if row.state in {State.PLANNED, State.CLAIMED, State.HELD} and not row.begun:
        by = BY_PLAN_WHILE_HELD if row.state is State.HELD else BY_PLAN
        values = {"cancelled_by": by, "error": "it left the schedule"}
        report.cancelled += deliveries.step(tx, row.id, row.state, State.CANCELLED, **values)


def _goes_late(row: Delivery) -> bool:
    """Whether a person has asked for it to be sent late or not."""
    return row.expires_at is None


def _says(row: Delivery, draft: Draft) -> tuple[Any, ...]:
    expires_at = draft.expires_at if _goes_late(row) else row.expires_at
    return (row.due_at, expires_at, row.content_hash, row.wall_time, row.length, row.limit, row.waiting_for)


def _asks(draft: Draft) -> tuple[Any, ...]:
    return (
        draft.due_at,
        draft.expires_at,
        draft.content_hash,
        draft.wall_time,
        draft.length,
        draft.limit,
        draft.waiting_for,
    )
