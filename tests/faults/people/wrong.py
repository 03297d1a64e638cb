"""Designs that are wrong on purpose, built from the real pieces: stories that do not catch them are worthless."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.delivery import Delivery, Draft, State
from bot.services import decisions, plan
from bot.services.plan import PlanReport
from bot.services.sending import deliver
from bot.services.sending.attempts import RecordedAttempt, must_get
from bot.services.work import Work
from bot.store import deliveries
from bot.store.control import AccountState
from bot.store.store import Store
from tests.faults.people.world import Design

Recorded = Callable[..., RecordedAttempt | None]


def _plan_over_sending(store: Store, drafts: Iterable[Draft], now: datetime) -> PlanReport:
    """An edit reaches a post whose request is under way, too."""
    wanted = {draft.identity: draft for draft in drafts}
    with store.begin() as tx:
        for one in deliveries.in_states(tx, [State.SENDING]):
            draft = wanted.get((one.message, one.day, one.language, one.account))
            if draft is not None:
                deliveries.change(tx, one.id, [State.SENDING], **deliveries.content_of(draft))
    return plan.plan(store, wanted.values(), now)


def _hold_without_a_word(work: Work, delivery_id: int, by: str) -> Delivery:
    """Whoever has claimed a post already is not told that it is held, and sends it."""
    with work.store.begin() as tx:
        one = must_get(tx, delivery_id)
        if one.state is State.CLAIMED:
            deliveries.change(tx, one.id, [State.CLAIMED], error=f"held by {by}")
            return one
    return decisions.hold(work, delivery_id, by)


def _deliver_what_was_let_go(work: Work, account: str) -> None:
    """What a worker has claimed and somebody holds meanwhile is planned again with all that it lets go."""
    with work.store.read() as tx:
        before = {one.id for one in deliveries.in_states(tx, [State.HELD], account)}
    deliver.deliver(work, account)
    with work.store.begin() as tx:
        for one in deliveries.in_states(tx, [State.HELD], account):
            if one.id not in before:
                deliveries.step(tx, one.id, State.HELD, State.PLANNED)


def _plan_behind_a_claim(store: Store, drafts: Iterable[Draft], now: datetime) -> PlanReport:
    """An edit leaves a post with the worker that has claimed it."""
    with store.read() as tx:
        claimed = deliveries.in_states(tx, [State.CLAIMED])
    report = plan.plan(store, drafts, now)
    with store.begin() as tx:
        for one in claimed:
            deliveries.step(tx, one.id, State.PLANNED, State.CLAIMED)
    return report


def recorded_blindly(recorded: Recorded) -> Recorded:
    """A worker does not look whether a post still says what it said when it was claimed."""

    def blindly(
        tx: Connection, work: Work, one: Delivery, part: int, cost: int, **more: bool
    ) -> RecordedAttempt | None:
        fresh = must_get(tx, one.id)
        return recorded(tx, work, replace(one, content_hash=fresh.content_hash), part, cost, **more)

    return blindly


def may_send_although_all_is_stopped(state: AccountState, now: datetime) -> bool:
    """A worker does not look at the one switch."""
    return replace(state, stopped=False)._is_free(now)


AN_EDIT_IS_OVERLOOKED = Design(plan=_plan_behind_a_claim)
"""Together with a worker that records blindly."""

AN_EDIT_REACHES_WHAT_IS_BEING_SENT = Design(plan=_plan_over_sending)

DESIGNS = {
    "edit text": AN_EDIT_REACHES_WHAT_IS_BEING_SENT,
    "hold": Design(hold=_hold_without_a_word),
    "hold what is claimed": Design(deliver=_deliver_what_was_let_go),
}
"""Each by what a person does while a post is being sent."""
