"""Taking back what is out: our own posts, and reshares; asked for durably, and done until the platform confirms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, and_, or_

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
from bot.store.engine import notify_workers
from bot.store.lock_names import account_lock

_IS_PARKED = and_(t.delivery.c.state == State.NEEDS_DECISION, t.delivery.c.kind == Kind.RESHARE)
"""A reshare that nobody knows of is taken back by its uri, out or not; for a post we would have to know its id."""


def ask(work: Work, delivery_id: int, by: str) -> Delivery:
    """Ask for what is out of a delivery to be taken back. Raises Refused where nothing is."""
    now = work.clock()
    with work.store.begin() as tx:
        one = deliveries.get(tx, delivery_id, lock=True)
        if one is None:
            raise Refused(RefusedCode.NO_SUCH_DELIVERY, delivery=delivery_id)
        if one.state is not State.SENT and not one.begun:
            raise Refused(_why_nothing_out(one), delivery=one.id, state=one.state)
        if retention.is_purged(one.post_uri):
            raise Refused(RefusedCode.RESHARED_POST_PURGED, delivery=one.id)
        at_once = {"not_before": now, "failed_looks": 0} if one.state in UNDOABLE else {}
        deliveries.change(tx, one.id, [one.state], undo_asked_at=now, **at_once)
        control.write_audit(tx, now, by, AuditAction.UNDO, f"delivery {delivery_id}")
        return one


def protect(tx: Connection, one: Delivery, now: datetime) -> None:
    """Ask for a reshare to be taken back for its author's sake. One under way, or unknown, is once that is settled."""
    at_once = {"not_before": now, "failed_looks": 0} if one.state in UNDOABLE | {State.NEEDS_DECISION} else {}
    deliveries.change(tx, one.id, [one.state], undo_asked_at=now, cancelled_by=CancelledBy.PROTECTION, **at_once)
    notify_workers(tx)


def _why_nothing_out(one: Delivery) -> RefusedCode:
    return RefusedCode.OUTCOME_NOT_KNOWN if one.state in MAY_BE_OUT else RefusedCode.NOTHING_OUT


def undo(work: Work, delivery_id: int, by: str) -> Delivery:
    """Take a delivery back now; what the platform does not confirm now, a running worker tries on."""
    one = ask(work, delivery_id, by)
    if one.account not in work.config.accounts:
        url = one.url if one.kind is Kind.POST else ""
        raise Refused(RefusedCode.OUT_OF_REACH, account=one.account, url=url)
    if one.account in work.memory.barred:
        raise Refused(RefusedCode.ACCOUNT_BARRED, account=one.account, problem=work.memory.barred[one.account])
    with work.locks.hold(account_lock(one.account), LOCK_WAIT) as ours:
        if ours and one.account in work.platforms:
            undo_asked(work, one.account, only=one.id)
    with work.store.read() as tx:
        return must_get(tx, one.id)


def _out_of_reach(one: Delivery) -> str:
    where = f": {one.url}" if one.url and one.kind is Kind.POST else ""
    return (
        f"{one.account} is not in bot.toml, so nothing can be taken back there. Delete it there by hand{where}, or put "
        "the account back into bot.toml with its token; a worker does it then"
    )


def tell_out_of_reach(work: Work) -> None:
    """Alarm for what is to be taken back on accounts that are not in bot.toml any more: only a person can do it."""
    asked = t.delivery.c.undo_asked_at.is_not(None), t.delivery.c.undone_at.is_(None)
    with work.store.read() as tx:
        waiting = deliveries.listed(tx, *asked, t.delivery.c.account.not_in(list(work.config.accounts)))
    for one in waiting:
        work.tell_of(one, EventName.UNDO_FAILED, alarming=True, url=one.url)


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
    for one in waiting:
        if only is None and _must_leave(work, account):
            return
        _undo(work, one)


def _must_leave(work: Work, account: str) -> bool:
    """As for anything that can wait; the stop switch alone keeps nobody's protection waiting."""
    with work.store.read() as tx:
        state = control.account(tx, account)
    if not state.stopped:
        return must_yield(work, account)
    return work.stopping.is_set() or not replace(state, stopped=False).may_send(work.clock())


def _undo(work: Work, one: Delivery) -> None:
    platform = work.platforms[one.account]
    try:
        if one.kind is Kind.RESHARE:
            _paid(work, one, "", lambda: platform.undo_reshare(one.post_uri))
        for part in reversed(one.sent_parts if one.kind is Kind.POST else ()):
            _paid(work, one, part.post_id, partial(platform.undo_post, part.post_id))
    except PlatformError as error:
        _not_yet(work, one, nameless(work, one, error))
        return
    now = work.clock()
    with work.store.begin(serialize=serialize_of(one)) as tx:
        _mark_undone(tx, work, one, now)
    attempts.answered(work, one.account)
    work.tell_of(one, EventName.UNDONE, url=one.url, has_url=bool(one.url))


def _paid(work: Work, one: Delivery, post_id: str, request: Callable[[], None]) -> None:
    """One request, booked whatever the budget says: somebody's safety is not put off for money. Raises PlatformError.

    What went unanswered is booked once, however often it is asked again: deleting twice is deleting once.
    """
    cost, now = work.platforms[one.account].undo_cost, work.clock()
    if not cost:
        request()
        return
    with work.store.begin() as tx:
        aside = money.reserve(tx, work, one.account, cost, now, Purpose.UNDO, f"delivery {one.id} {post_id}")
    try:
        request()
    except PlatformError as error:
        if aside is not None and error.answer is not Outcome.AMBIGUOUS:
            with work.store.begin() as tx:
                money.settle(tx, aside, billed=0)
        raise
    if aside is not None:
        with work.store.begin() as tx:
            money.settle(tx, aside, cost)


def _not_yet(work: Work, one: Delivery, error: PlatformError) -> None:
    """Deleting twice is deleting, so that whatever went wrong, it is tried again."""
    failures, now = one.failed_looks + 1, work.clock()
    with work.store.begin() as tx:
        hold_account(tx, work, one.account, error)
        wait = try_again(error, failures, now)
        text = f"not taken back yet, will be tried again: {error}"
        deliveries.change(tx, one.id, [one.state], not_before=wait, failed_looks=failures, error=text)
    alarming = failures == 1 and not error.unreachable
    work.tell_of(one, EventName.UNDO_FAILED, alarming=alarming, error=str(error))


def _let_go_of(tx: Connection, work: Work, one: Delivery) -> None:
    """What it took to take it back is not needed any more, and nothing else of the post is stored."""
    if control.has_ended(tx):
        retention.blank(tx, one)
    else:
        retention.strip(tx, one.id, post_key(work, one.post_uri))


def _mark_undone(tx: Connection, work: Work, one: Delivery, now: datetime) -> None:
    """What is posted again after this is a new post: the key that made the old one must not be used again.

    A person may have asked for it to be sent again meanwhile; then it is, from its first part on.
    """
    fresh = must_get(tx, one.id, lock=True)
    deliveries.forget_parts(tx, one.id)
    deliveries.change(
        tx, one.id, [fresh.state], revision=fresh.revision + 1, **({} if fresh.undo_asked_at else {"url": ""})
    )
    if fresh.undo_asked_at is not None:
        values = {"undone_at": now, "cancelled_by": CancelledBy.PERSON, "error": "taken back", "failed_looks": 0}
        if fresh.state is State.CANCELLED:
            deliveries.change(tx, one.id, [State.CANCELLED], **values)
        else:
            deliveries.bring(tx, fresh, State.CANCELLED, **values)
    elif fresh.state is State.SENT:  # somebody said yes to it anew while it was taken back
        deliveries.bring(tx, fresh, State.PLANNED, not_before=now, due_at=now, sent_at=None)
    if one.kind is Kind.RESHARE and fresh.sighting_id is None:
        _let_go_of(tx, work, one)
    seen = sightings.get(tx, one.sighting_id) if one.sighting_id is not None else None
    if seen is not None:
        judgement = Judgement(Verdict.REJECT, (Reason.TAKEN_BACK,))
        sightings.decide(tx, seen.id, [SightingState.RESHARED], SightingState.REJECTED, judgement, now)
