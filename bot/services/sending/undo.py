"""Taking back what is out: our own posts, and reshares; asked for durably, and done until the platform confirms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, and_, or_

from bot.causes import CauseCode, because
from bot.domain.actor import GROUNDSWELL, By
from bot.domain.delivery import MAY_BE_OUT, UNDOABLE, CancelledBy, Delivery, Kind, State
from bot.domain.moderation import Judgement, Reason, Verdict
from bot.domain.money import Purpose
from bot.domain.sighting import SightingState
from bot.errors import Outcome, PlatformError, Refused, RefusedCode
from bot.services import money
from bot.services.events import EventName
from bot.services.sending import attempts
from bot.services.sending.attempts import hold_account, must_get, must_yield, try_again
from bot.services.work import LOCK_WAIT, Work, nameless, post_key, serialize_of
from bot.store import control, deliveries, retention, sightings
from bot.store import schema as t
from bot.store.control import AuditAction
from bot.store.engine import account_lock

_IS_PARKED = and_(t.delivery.c.state == State.NEEDS_DECISION, t.delivery.c.kind == Kind.RESHARE)
"""A reshare that nobody knows of is taken back by its uri, out or not; for a post we would have to know its id."""


def ask(work: Work, delivery_id: int, by: By) -> Delivery:
    """Ask for what is out of a delivery to be taken back. Raise Refused where nothing is."""
    now = work.clock()
    with work.store.begin() as tx:
        delivery = deliveries.get(tx, delivery_id, lock=True)
        if delivery is None:
            raise Refused(RefusedCode.NO_SUCH_DELIVERY, delivery=delivery_id)
        if delivery.state is not State.SENT and not delivery.begun:
            raise Refused(_why_nothing_out(delivery), delivery=delivery.id, state=delivery.state)
        if retention.is_purged(delivery.post_uri):
            raise Refused(RefusedCode.RESHARED_POST_PURGED, delivery=delivery.id)
        at_once = {"not_before": now, "failed_looks": 0} if delivery.state in UNDOABLE else {}
        deliveries.change(tx, delivery.id, [delivery.state], undo_asked_at=now, **at_once)
        control.write_audit(tx, now, by, AuditAction.UNDO, f"delivery {delivery_id}")
        return delivery


def ask_of_sighting(work: Work, sighting_id: int, by: By) -> None:
    """Ask for every reshare of a sighting that is out to be taken back. Raise Refused where none is."""
    with work.store.read() as tx:
        reshares = deliveries.of_sighting(tx, sighting_id)
    if not reshares:
        raise Refused(RefusedCode.NO_SUCH_SIGHTING, sighting=sighting_id)
    for delivery in [each for each in reshares if each.state is State.SENT] or reshares:
        ask(work, delivery.id, by)


def protect(tx: Connection, delivery: Delivery, now: datetime, why: str) -> None:
    """Ask for a reshare to be taken back for its author's sake. One under way, or unknown, is once that is settled.

    `why` is a reason, or a cause.
    """
    at_once = {"not_before": now, "failed_looks": 0} if delivery.state in UNDOABLE | {State.NEEDS_DECISION} else {}
    deliveries.change(
        tx, delivery.id, [delivery.state], undo_asked_at=now, cancelled_by=CancelledBy.PROTECTION, **at_once
    )
    control.write_audit(tx, now, GROUNDSWELL, AuditAction.UNDO, f"delivery {delivery.id}", why)


def _why_nothing_out(delivery: Delivery) -> RefusedCode:
    return RefusedCode.OUTCOME_NOT_KNOWN if delivery.state in MAY_BE_OUT else RefusedCode.NOTHING_OUT


def undo(work: Work, delivery_id: int, by: By) -> Delivery:
    """Take a delivery back now; what the platform does not confirm now, a running worker tries on."""
    delivery = ask(work, delivery_id, by)
    if delivery.account not in work.config.accounts:
        url = delivery.url if delivery.kind is Kind.POST else ""
        raise Refused(RefusedCode.OUT_OF_REACH, account=delivery.account, url=url)
    if delivery.account in work.memory.barred:
        raise Refused(
            RefusedCode.ACCOUNT_BARRED, account=delivery.account, problem=work.memory.barred[delivery.account]
        )
    with work.locks.hold(account_lock(delivery.account), LOCK_WAIT) as ours:
        if ours and delivery.account in work.platforms:
            undo_asked(work, delivery.account, only=delivery.id)
    with work.store.read() as tx:
        return must_get(tx, delivery.id)


def tell_out_of_reach(work: Work) -> None:
    """Alarm for what is to be taken back on accounts that are not in bot.toml any more: only a person can do it."""
    asked = t.delivery.c.undo_asked_at.is_not(None), t.delivery.c.undone_at.is_(None)
    with work.store.read() as tx:
        waiting = deliveries.listed(tx, *asked, t.delivery.c.account.not_in(list(work.config.accounts)))
    for delivery in waiting:
        work.tell_of(delivery, EventName.UNDO_FAILED, alarming=True, url=delivery.url)


def undo_asked(work: Work, account: str, only: int | None = None) -> None:
    """Take back what was asked for; only the holder of the account's lock may call this.

    The `only` one, which a person takes back by its name, is taken back even while everything is stopped, and so is
    what is taken back for its author's sake.
    """
    now = work.clock()
    asked: list[Any] = [
        t.delivery.c.account == account,
        t.delivery.c.undo_asked_at.is_not(None),
        t.delivery.c.undone_at.is_(None),
        t.delivery.c.not_before <= now,
        or_(t.delivery.c.state.in_(UNDOABLE), _IS_PARKED),
    ]
    if only is not None:
        asked.append(t.delivery.c.id == only)
    with work.store.read() as tx:
        if only is None and control.is_stopped(tx):
            asked.append(t.delivery.c.cancelled_by == CancelledBy.PROTECTION)
        waiting = deliveries.listed(tx, *asked)
    for delivery in waiting:
        if only is None and _must_leave(work, account):
            return
        _undo(work, delivery)


def _must_leave(work: Work, account: str) -> bool:
    """Return whether taking back must wait for now, as anything that can; the stop switch alone keeps nobody's
    protection waiting."""
    with work.store.read() as tx:
        state = control.account(tx, account)
    if not state.stopped:
        return must_yield(work, account)
    return work.stopping.is_set() or not replace(state, stopped=False).may_send(work.clock())


def _undo(work: Work, delivery: Delivery) -> None:
    platform = work.platforms[delivery.account]
    try:
        if delivery.kind is Kind.RESHARE:
            _paid(work, delivery, "", lambda: platform.undo_reshare(delivery.post_uri))
        for part in reversed(delivery.sent_parts if delivery.kind is Kind.POST else ()):
            _paid(work, delivery, part.post_id, partial(platform.undo_post, part.post_id))
    except PlatformError as error:
        _not_yet(work, delivery, nameless(work, delivery, error))
        return
    now = work.clock()
    with work.store.begin(serialize=serialize_of(delivery)) as tx:
        _mark_undone(tx, work, delivery, now)
    attempts.answered(work, delivery.account)
    work.tell_of(delivery, EventName.UNDONE, url=delivery.url, has_url=bool(delivery.url))


def _paid(work: Work, delivery: Delivery, post_id: str, request: Callable[[], None]) -> None:
    """Book one request whatever the budget says: somebody's safety is not put off for money. Raise PlatformError.

    What went unanswered is booked once, however often it is asked again: deleting twice is deleting once.
    """
    cost, now = work.platforms[delivery.account].undo_cost, work.clock()
    if not cost:
        request()
        return
    with work.store.begin() as tx:
        reservation = money.reserve(
            tx, work, delivery.account, cost, now, Purpose.UNDO, f"delivery {delivery.id} {post_id}"
        )
    try:
        request()
    except PlatformError as error:
        if reservation is not None and error.answer is not Outcome.AMBIGUOUS:
            with work.store.begin() as tx:
                money.settle(tx, reservation, billed=0)
        raise
    if reservation is not None:
        with work.store.begin() as tx:
            money.settle(tx, reservation, cost)


def _not_yet(work: Work, delivery: Delivery, error: PlatformError) -> None:
    """Try again later, whatever went wrong: deleting twice is deleting."""
    failures, now = delivery.failed_looks + 1, work.clock()
    with work.store.begin() as tx:
        hold_account(tx, work, delivery.account, error)
        wait = try_again(error, failures, now)
        text = because(CauseCode.NOT_TAKEN_BACK_YET, cause=error.cause)
        deliveries.change(tx, delivery.id, [delivery.state], not_before=wait, failed_looks=failures, error=text)
    alarming = failures == 1 and not error.unreachable
    work.tell_of(delivery, EventName.UNDO_FAILED, alarming=alarming, error=error.cause)


def _delete_remains(tx: Connection, work: Work, delivery: Delivery) -> None:
    """Delete what it took to take it back: it is not needed any more, and nothing else of the post is stored."""
    if control.has_ended(tx):
        retention.blank(tx, delivery)
    else:
        retention.strip(tx, delivery.id, post_key(work, delivery.post_uri))


def _mark_undone(tx: Connection, work: Work, delivery: Delivery, now: datetime) -> None:
    """Mark it as undone; posted again it is a new post, and the key that made the old one must not be used again.

    A person may have asked for it to be sent again meanwhile; then it is, from its first part on.
    """
    fresh = must_get(tx, delivery.id, lock=True)
    deliveries.forget_parts(tx, delivery.id)
    deliveries.change(
        tx, delivery.id, [fresh.state], revision=fresh.revision + 1, **({} if fresh.undo_asked_at else {"url": ""})
    )
    if fresh.undo_asked_at is not None:
        values = {
            "undone_at": now,
            "cancelled_by": fresh.cancelled_by if fresh.cancelled_by is CancelledBy.PROTECTION else CancelledBy.PERSON,
            "error": because(CauseCode.TAKEN_BACK),
            "failed_looks": 0,
        }
        if fresh.state is State.CANCELLED:
            deliveries.change(tx, delivery.id, [State.CANCELLED], **values)
        else:
            deliveries.bring(tx, fresh, State.CANCELLED, **values)
    elif fresh.state is State.SENT:  # somebody said yes to it anew while it was taken back
        deliveries.bring(tx, fresh, State.PLANNED, not_before=now, due_at=now, sent_at=None)
    if delivery.kind is Kind.RESHARE and fresh.sighting_id is None:
        _delete_remains(tx, work, delivery)
    sighting = sightings.get(tx, delivery.sighting_id) if delivery.sighting_id is not None else None
    if sighting is not None:
        judgement = Judgement(Verdict.REJECT, (Reason.TAKEN_BACK,))
        sightings.decide(tx, sighting.id, [SightingState.RESHARED], SightingState.REJECTED, judgement, now)
