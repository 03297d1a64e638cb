"""Attempts and their answers: one durable commit before a request leaves, one after its answer is known."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot.domain.campaign import Account
from bot.domain.delivery import KEY_LIFETIME, Attempt, Delivery, Kind, SentPart, State
from bot.domain.money import dollars, micro
from bot.domain.post import Outgoing, Published
from bot.domain.sighting import SightingState
from bot.domain.text import digest
from bot.errors import Answer, PlatformError, StoreError
from bot.platforms.base import REQUEST_DEADLINE
from bot.services.work import Work
from bot.store import control, deliveries, sightings, uploads

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=5)
ACCEPTED = "accepted"
FOUND = "found"


@dataclass(frozen=True)
class Begun:
    """An attempt that is on the disk, so that its request may leave; `cost` (micro-USD) is set aside for it."""

    delivery: Delivery
    part: int
    attempt: Attempt
    cost: int


def begin(work: Work, one: Delivery, part: int, cost: int) -> Begun | None:
    """Record an attempt durably. None when the delivery must not leave now: stopped, moved on, closed, no money."""
    now = work.clock()
    with work.store.begin() as tx:
        state = deliveries.get(tx, one.id)
        if state is None or state.state not in {State.CLAIMED, State.SENDING}:
            return None
        account = control.account(tx, one.account)
        if work.stopping.is_set() or control.is_stopped(tx) or not account.may_send(now):
            _give_back(tx, one)
            return None
        if not can_afford(tx, work.config.accounts[one.account], cost, now):
            _give_back(tx, one, not_before=control.next_budget(now), error=_no_money(work, one.account))
            return None
        control.spend(tx, one.account, cost, now)
        attempt = _record(tx, work, state, part, account.newest_own_id, now)
        return Begun(must_get(tx, one.id), part, attempt, cost)


def must_get(tx: Connection, delivery_id: int) -> Delivery:
    """A delivery that is known to exist."""
    found = deliveries.get(tx, delivery_id)
    if found is None:
        raise StoreError(f"Delivery {delivery_id} has vanished from the store. Restore a backup.")
    return found


def _record(tx: Connection, work: Work, one: Delivery, part: int, newest: str, now: datetime) -> Attempt:
    """A key older than the platform's memory of it is useless, or worse: the next revision makes a new one."""
    earlier = deliveries.attempts_of(tx, one, part)
    revision = one.revision + (1 if earlier and earlier[0][0].started_at < now - KEY_LIFETIME else 0)
    deliveries.change(tx, one.id, [one.state], state=State.SENDING, revision=revision, error="")
    content_hash = digest(one.content_hash, str(part))
    return deliveries.record_attempt(
        tx,
        one,
        part,
        revision=revision,
        started_at=now,
        deadline=now + REQUEST_DEADLINE,
        content_hash=content_hash,
        idempotency_key=digest(work.store.instance_key, str(one.id), content_hash, str(revision))[:40],
        newest_own_id=newest,
    )


def can_afford(tx: Connection, account: Account, cost: int, now: datetime) -> bool:
    """Whether the day's budget (UTC) still covers a cost in micro-USD; an account without a budget is free."""
    if not cost or account.budget_usd_per_day is None:
        return True
    return control.spent(tx, account.name, now) + cost <= micro(account.budget_usd_per_day)


def _no_money(work: Work, account: str) -> str:
    budget = dollars(micro(work.config.accounts[account].budget_usd_per_day or 0))
    return (
        f"today's budget of {account} ({budget}) does not cover it: raise budget_usd_per_day or wait for tomorrow (UTC)"
    )


def _give_back(tx: Connection, one: Delivery, **values: Any) -> None:
    deliveries.step(tx, one.id, [State.CLAIMED, State.SENDING], State.PLANNED, **values)


def keyed(outgoing: Outgoing, begun: Begun) -> Outgoing:
    """The post with the idempotency key of its recorded attempt."""
    return replace(outgoing, idempotency_key=begun.attempt.idempotency_key)


def accepted(work: Work, begun: Begun, published: Published, answer: str = ACCEPTED) -> Delivery:
    """The platform has it: write down the part, and the whole delivery as sent once its last part is."""
    now = work.clock()
    with work.store.begin() as tx:
        deliveries.answer_attempt(tx, begun.attempt.id, answer, now)
        finish_part(tx, begun.delivery, SentPart(begun.part, published.post_id, published.url), now)
        if begun.delivery.kind is Kind.POST:  # what a reshare is called on our own timeline differs by platform
            control.set_account(tx, begun.delivery.account, newest_own_id=published.post_id)
        return must_get(tx, begun.delivery.id)


def finish_part(tx: Connection, one: Delivery, part: SentPart, now: datetime) -> None:
    """Write down a part that is out; the last one makes the delivery sent, another lets the next one go."""
    deliveries.record_part(tx, one.id, part, now)
    uploads.drop(tx, one.id, part.index)
    url = one.url or part.url
    if part.index + 1 >= max(1, len(one.content.parts)):
        start = [one.state, State.SENDING]
        deliveries.step(tx, one.id, _within(start), State.SENT, url=url, sent_at=now, error="", looks=0)
        _mark_reshared(tx, one, now)
    else:
        deliveries.change(tx, one.id, [State.SENDING], url=url)


def _within(states: Collection[State]) -> list[State]:
    return [state for state in states if state in {State.SENDING, State.UNKNOWN, State.NEEDS_DECISION}]


def _mark_reshared(tx: Connection, one: Delivery, now: datetime) -> None:
    found = sightings.get(tx, one.sighting_id) if one.sighting_id is not None else None
    if one.kind is Kind.RESHARE and found is not None:
        sightings.decide(tx, found.id, [found.state], SightingState.RESHARED, found.judgement, now)


def refused(work: Work, begun: Begun, error: PlatformError) -> State:
    """Write down what a failed request proves, and give the state the delivery is in now."""
    now = work.clock()
    with work.store.begin() as tx:
        deliveries.answer_attempt(tx, begun.attempt.id, error.answer, now, str(error))
        if error.answer is not Answer.AMBIGUOUS:
            control.spend(tx, begun.delivery.account, -begun.cost, begun.attempt.started_at)
        hold_account(tx, begun.delivery.account, error)
        return _settle(tx, work, begun, error, now)


def postponed(work: Work, one: Delivery, error: PlatformError) -> State:
    """Something needed before the request failed: put the delivery off, or reject it where that is for good."""
    now = work.clock()
    with work.store.begin() as tx:
        hold_account(tx, one.account, error)
        start = deliveries.get(tx, one.id)
        if start is None or start.state not in {State.CLAIMED, State.SENDING}:
            return State.PLANNED
        if error.answer is Answer.REJECTED and not error.closes_account:
            deliveries.step(tx, one.id, [State.CLAIMED, State.SENDING], State.REJECTED, error=str(error))
            return State.REJECTED
        failures = one.failed_looks + 1
        wait = error.retry_at or now + backoff(failures)
        values = {"not_before": wait, "failed_looks": failures, "error": str(error)}
        deliveries.step(tx, one.id, [State.CLAIMED, State.SENDING], State.PLANNED, **values)
    return State.PLANNED


def hold_account(tx: Connection, account: str, error: PlatformError) -> None:
    """Close an account that only a person can mend, or pause one whose rate limit is used up."""
    if error.closes_account:
        control.set_account(tx, account, closed=True, reason=str(error))
    elif error.retry_at is not None and error.answer is Answer.NOT_SENT and error.pauses_account:
        control.set_account(tx, account, paused_until=error.retry_at, reason=str(error))


def _settle(tx: Connection, work: Work, begun: Begun, error: PlatformError, now: datetime) -> State:
    one, said = begun.delivery, str(error)
    if error.answer is Answer.AMBIGUOUS or (error.duplicate and _may_be_out(tx, begun)):
        look = now + work.config.reconcile.every
        deliveries.step(tx, one.id, State.SENDING, State.UNKNOWN, not_before=look, looks=0, failed_looks=0, error=said)
        return State.UNKNOWN
    if error.answer is Answer.NOT_SENT:
        wait = error.retry_at or now + backoff(begun.attempt.number)
        deliveries.step(tx, one.id, State.SENDING, State.PLANNED, not_before=wait, error=said)
        return State.PLANNED
    deliveries.step(tx, one.id, State.SENDING, State.REJECTED, error=_with_parts(one, begun.part, said))
    uploads.drop(tx, one.id, begun.part)
    return State.REJECTED


def _may_be_out(tx: Connection, begun: Begun) -> bool:
    """Whether an earlier request for this very part has an unknown outcome: a refused duplicate may be that one."""
    earlier = deliveries.attempts_of(tx, begun.delivery, begun.part)
    return any(answer in {"", Answer.AMBIGUOUS} and attempt.id != begun.attempt.id for attempt, answer in earlier)


def _with_parts(one: Delivery, part: int, said: str) -> str:
    return f"{said} ({part} of {len(one.content.parts)} parts are out)" if part else said


def backoff(failures: int) -> timedelta:
    """How long to wait after this many failures in a row: twice as long each time, five minutes at the most."""
    doublings = min(max(failures, 1) - 1, 10)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)
