"""Attempts and their outcomes: one durable commit before a request leaves, one after; and the circuit breaker."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot.causes import CauseCode, because
from bot.domain.delivery import (
    FIRST_WAIT,
    GATEWAYS,
    GOT_NOWHERE,
    KEY_LIFETIME,
    LEAVES_OPEN,
    OPENS_AFTER,
    UNDER_WAY,
    Attempt,
    AttemptAnswer,
    Delivery,
    Kind,
    SentPart,
    State,
    backoff,
    rest_after,
)
from bot.domain.money import Purpose
from bot.domain.post import Outgoing, Published, changed
from bot.domain.sighting import SightingState
from bot.domain.text import digest
from bot.errors import Outcome, PlatformError, StoreError
from bot.platforms.base import REQUEST_DEADLINE
from bot.services import money
from bot.services.events import EventName
from bot.services.money import Reservation
from bot.services.work import Work, is_ours, serialize_of
from bot.store import control, deliveries, one_trip, past_requests, sightings, uploads
from bot.store.control import AccountState
from bot.store.one_trip import AttemptAsRead, PartAccepted
from bot.values import dataclass


def hold_account(tx: Connection, work: Work, account: str, error: PlatformError) -> None:
    """Record what a failed request means for its whole account: its circuit breaker.

    It is closed where only a person can fix it, paused where its rate limit is used up, and left alone for a while
    where it cannot be reached. Each is told once, when it begins. An answer, a refusal too, shows that it is in reach.
    """
    now, before = work.clock(), control.account(tx, account)
    if error.shows_reach and before.failures:
        _in_reach(tx, work, account, before)
        before = control.account(tx, account)
    if error.closes_account:
        _close(tx, work, account, error, before)
    elif error.retry_at is not None and error.answer is Outcome.NOT_SENT and error.pauses_account:
        control.set_account(tx, account, paused_until=error.retry_at, reason=error.cause, failures=0, failing_since=now)
    elif error.unreachable or (before.is_out_of_reach and not error.shows_reach and error.answer is Outcome.AMBIGUOUS):
        _count(tx, work, account, error, before)


def _close(tx: Connection, work: Work, account: str, error: PlatformError, before: AccountState) -> None:
    since = before.failing_since if before.closed else work.clock()
    values = {"failures": 0, "failing_since": since, "paused_until": None}
    control.set_account(tx, account, closed=True, reason=error.cause, **values)
    if not before.closed:
        work.tell(EventName.ACCOUNT_CLOSED, alarming=True, account=account, error=error.cause)


def _count(tx: Connection, work: Work, account: str, error: PlatformError, before: AccountState) -> None:
    now, failures = work.clock(), before.failures + 1
    since, rest = (before.failing_since if before.failures else None) or now, rest_after(failures)
    until = now + rest if rest is not None else before.paused_until
    values = {"failures": failures, "failing_since": since, "paused_until": until, "reason": error.cause}
    control.set_account(tx, account, **values)
    work.memory.unreachable.add(account)
    if failures == OPENS_AFTER:
        work.tell(EventName.OUT_OF_REACH, alarming=True, account=account, error=error.cause)


def answered(work: Work, account: str) -> None:
    """Note that the account's server has done what it was asked: whatever failed before, it is in reach.

    Called after every such answer, and therefore looks into the store only where something has failed before.
    """
    if account not in work.memory.unreachable:
        return
    with work.store.begin() as tx:
        before = control.account(tx, account)
        if before.failures:
            _in_reach(tx, work, account, before)
    work.memory.unreachable.discard(account)


def _in_reach(tx: Connection, work: Work, account: str, before: AccountState) -> None:
    """End its circuit; what has closed the account, and a rate limit, are other matters and stay."""
    if before.is_out_of_reach and not before.closed:
        control.open_account(tx, account)
    else:
        control.set_account(tx, account, failures=0)
    work.memory.unreachable.discard(account)
    if before.is_out_of_reach and before.failing_since is not None:
        work.tell(EventName.IN_REACH, account=account, after=work.clock() - before.failing_since)


def try_again(error: PlatformError, failures: int, now: datetime) -> datetime:
    """Return when to ask again (UTC): when the platform says, but not at once, or ever later.

    What could not be reached waits for its account instead, so that all of it goes on in order once that is back.
    """
    if error.unreachable:
        return now + FIRST_WAIT
    return max(error.retry_at, now + FIRST_WAIT) if error.retry_at else now + backoff(failures)


UNTOLD_LATE = timedelta(hours=6)
"""For how long it is tried to get past a gateway with what has no rule of its own for being too late."""


@dataclass(frozen=True)
class RecordedAttempt:
    """An attempt that is on the disk, so that its request may leave; its price is set aside."""

    delivery: Delivery
    part: int
    attempt: Attempt
    aside: Reservation


def begin(work: Work, delivery: Delivery, part: int, cost: int) -> RecordedAttempt | None:
    """Record an attempt durably. None when the delivery must not leave now, and then it is out of our hands.

    Since it was claimed a person may have stopped everything, held it or asked for it back, a plan may have changed
    it, the account may have been closed, the money spent, or this process asleep until it was too late.
    """
    now, recorded = work.clock(), None
    if (asked := _as_read(work, delivery, part, cost, now)) is not None:
        recorded = _recorded_as_read(asked, one_trip.begin(work.store, asked))
    if recorded is None:
        with work.store.begin() as tx:
            recorded = _recorded(tx, work, delivery, part, cost)
    if recorded is not None:
        note_high_water_mark(work, recorded.attempt)
    return recorded


def note_high_water_mark(work: Work, attempt: Attempt) -> None:
    """Note in the high-water mark beside the store an attempt that is on the disk."""
    if work.store.high_water_mark is not None:
        work.store.high_water_mark.note(attempt.id)


def _as_read(work: Work, delivery: Delivery, part: int, cost: int, now: datetime) -> AttemptAsRead | None:
    """Return a first attempt that may begin if delivery and account are as they were read last; None where that does
    not tell, or has to be looked up."""
    account, known = delivery.account, work.memory.stored_accounts
    if not work.store.takes_one_trip or account not in known or delivery.kind is not Kind.POST or delivery.has_failed:
        return None
    is_ours = delivery.state in UNDER_WAY and account not in work.memory.barred and not work.stopping.is_set()
    if not is_ours or delivery.is_late(now):
        return None
    row, limit = _row(work, delivery, part, now, delivery.revision, cost), money.budget(work, account)
    return AttemptAsRead(delivery, work.store.fencing_token, known[account], row, limit)


def _recorded_as_read(asked: AttemptAsRead, attempt: Attempt | None) -> RecordedAttempt | None:
    if attempt is None:
        return None
    delivery = changed(asked.delivery, state=State.SENDING, attempts=attempt.number, error="")
    aside = Reservation(delivery.account, attempt.cost, attempt.started_at, purpose_of(delivery))
    return RecordedAttempt(delivery, attempt.part, attempt, aside)


def _recorded(
    tx: Connection, work: Work, delivery: Delivery, part: int, cost: int, *, waits: bool = True
) -> RecordedAttempt | None:
    now = work.clock()
    standing = deliveries.as_it_stands(tx, delivery, waits=waits)
    if standing is None:
        return None
    fresh, state = standing
    if fresh.state not in UNDER_WAY or not _is_our_lock(work, state):
        return None
    if (
        not _may_send(work, delivery.account, state, now)
        or fresh.undo_asked_at
        or fresh.content_hash != delivery.content_hash
    ):
        give_back(tx, delivery)
        return None
    if fresh.is_late(now):
        deliveries.miss(tx, fresh)
        work.tell_missed(fresh)
        return None
    work.memory.stored_accounts[delivery.account] = state.who
    reservation = money.reserve(tx, work, delivery.account, cost, now, purpose_of(delivery))
    if reservation is not None:
        return _record(tx, work, fresh, part, reservation, state.newest_own_id)
    put_off_for_money(tx, work, delivery, now)
    return None


def purpose_of(delivery: Delivery) -> Purpose:
    """Return what sending a delivery is, on the bill."""
    return Purpose.RESHARE if delivery.kind is Kind.RESHARE else Purpose.POST


def _is_our_lock(work: Work, state: AccountState) -> bool:
    """Return whether nobody has taken the account's lock since we did: a connection that was cut takes a lock along."""
    return state.fencing_token in {0, work.store.fencing_token}


def is_open(tx: Connection, work: Work, account: str, now: datetime) -> bool:
    """Return whether anything may be sent on an account."""
    state = control.account(tx, account)
    if state.failures:
        work.memory.unreachable.add(account)
    return _may_send(work, account, state, now)


def may_send_now(work: Work, account: str, state: AccountState, now: datetime) -> bool:
    """Return whether a request may be recorded: sending is open, and the account's lock is still ours."""
    return _is_our_lock(work, state) and _may_send(work, account, state, now)


def _may_send(work: Work, account: str, state: AccountState, now: datetime) -> bool:
    return not work.stopping.is_set() and is_ours(work, account, state) and state.may_send(now)


def goes_on(work: Work, delivery: Delivery) -> bool:
    """Return whether a claimed delivery may be worked on; else it is given back, and not even its media is uploaded."""
    with work.store.begin() as tx:
        if is_open(tx, work, delivery.account, work.clock()):
            return True
        give_back(tx, delivery)
        return False


def must_yield(work: Work, account: str) -> bool:
    """Return whether a lane must leave what can wait: somebody stopped it, or a post is due, which has its second."""
    now = work.clock()
    with work.store.read() as tx:
        return not is_open(tx, work, account, now) or deliveries.is_any_due(tx, account, now)


def give_back(tx: Connection, delivery: Delivery, **values: Any) -> None:
    """Give back what is claimed, or between two parts."""
    deliveries.step(tx, delivery.id, UNDER_WAY, State.PLANNED, **values)


def put_off_for_money(tx: Connection, work: Work, delivery: Delivery, now: datetime) -> None:
    """Put a delivery off for want of money; a person is told once for all that wait for the same."""
    why = money.none_left(work, delivery.account)
    is_told = deliveries.is_said(tx, delivery.account, why)
    give_back(tx, delivery, **deliveries.postpone(now, money.again(now)), error=why)
    if not is_told:
        work.tell_of(delivery, EventName.NO_MONEY, alarming=True, error=why)


def must_get(tx: Connection, delivery_id: int, *, lock: bool = False) -> Delivery:
    """Return a delivery that is known to exist; nobody else moves a locked one before the transaction ends."""
    delivery = deliveries.get(tx, delivery_id, lock=lock)
    if delivery is None:
        raise StoreError(CauseCode.DELIVERY_VANISHED, delivery=delivery_id)
    return delivery


def _record(
    tx: Connection, work: Work, delivery: Delivery, part: int, reservation: Reservation, newest: str
) -> RecordedAttempt | None:
    """Record the attempt. A key older than the platform's memory of it is useless, or worse: the next revision makes a
    new one."""
    now = reservation.at
    earlier = past_requests.attempts_of_part(tx, delivery, part) if delivery.attempts else []
    revision = delivery.revision + (1 if earlier and earlier[0][0].started_at < now - KEY_LIFETIME else 0)
    row = _row(work, delivery, part, now, revision, reservation.amount) | {"newest_own_id": newest}
    attempt = deliveries.begin_attempt(tx, delivery, row)
    if attempt is None:
        money.settle(tx, reservation, billed=0)
        return None
    sending = changed(delivery, state=State.SENDING, revision=revision, attempts=attempt.number, error="")
    return RecordedAttempt(sending, part, attempt, reservation)


def _row(work: Work, delivery: Delivery, part: int, now: datetime, revision: int, cost: int) -> dict[str, Any]:
    """Return the columns of the next attempt at a part, but the newest post known of its account."""
    content_hash = digest(delivery.content_hash, str(part))
    return {
        "delivery_id": delivery.id,
        "part": part,
        "number": delivery.attempts + 1,
        "revision": revision,
        "started_at": now,
        "deadline": now + REQUEST_DEADLINE,
        "content_hash": content_hash,
        "idempotency_key": digest(work.store.instance_key, str(delivery.id), content_hash, str(revision))[:40],
        "cost": cost,
    }


def keyed(outgoing: Outgoing, recorded: RecordedAttempt) -> Outgoing:
    """Return the post with the idempotency key of its recorded attempt, and the send deadline (UTC)."""
    return changed(outgoing, idempotency_key=recorded.attempt.idempotency_key, leave_by=recorded.attempt.leave_by)


@dataclass(frozen=True)
class Following:
    """The request that leaves right after another one on its account: a part of a delivery, and its price."""

    delivery: Delivery
    part: int
    cost: int


def begin_following(tx: Connection, work: Work, following: Following) -> RecordedAttempt | None:
    """Record the attempt of what is `following` in a transaction that settles something else. None where it must not
    leave, or somebody is just changing it: it can be begun by itself then."""
    if (asked := _as_read(work, following.delivery, following.part, following.cost, work.clock())) is not None:
        return _recorded_as_read(asked, one_trip.begin_within(tx, asked))
    return _recorded(tx, work, following.delivery, following.part, following.cost, waits=False)


def accepted(
    work: Work,
    recorded: RecordedAttempt,
    published: Published,
    answer: str = AttemptAnswer.ACCEPTED,
    following: Following | None = None,
) -> tuple[Delivery, RecordedAttempt | None]:
    """Record a part that the platform has accepted, and the whole delivery as sent once its last part is.

    The attempt of what is `following` is recorded in the same commit, for each takes as long as the request itself; it
    is None, and can be begun by itself, where it must not leave or somebody is just changing it.
    """
    part = SentPart(recorded.part, published.post_id, published.url)
    done, then = _accepted_in_one_trip(work, recorded, part, answer, following) or _accepted_step_by_step(
        work, recorded, part, answer, following
    )
    answered(work, done.account)
    if then is not None:
        note_high_water_mark(work, then.attempt)
    return done, then


Settled = tuple[Delivery, RecordedAttempt | None]


def _accepted_in_one_trip(
    work: Work, recorded: RecordedAttempt, part: SentPart, answer: str, following: Following | None
) -> Settled | None:
    """Return None where it has to be done step by step, and nothing was changed."""
    now, delivery = work.clock(), recorded.delivery
    has_media = bool(delivery.content.parts and delivery.content.parts[part.index].media)
    is_own = following is not None and following.delivery.id == delivery.id
    if not work.store.takes_one_trip or delivery.kind is not Kind.POST or has_media or is_own:
        return None
    values = _values_of_part(delivery, part, now)
    next_one = _as_read(work, following.delivery, following.part, following.cost, now) if following else None
    settled = PartAccepted(delivery, part, recorded.attempt.id, answer, now, values)
    is_settled, attempt = one_trip.accept(work.store, settled, next_one)
    if not is_settled:
        return None
    then = _recorded_as_read(next_one, attempt) if next_one else None
    return changed(delivery, sent_parts=(*delivery.sent_parts, part), **values), then


def _accepted_step_by_step(
    work: Work, recorded: RecordedAttempt, part: SentPart, answer: str, following: Following | None
) -> Settled:
    now, delivery, then = work.clock(), recorded.delivery, None
    with work.store.begin(serialize=serialize_of(delivery)) as tx:
        remember_newest(tx, delivery, part.post_id)
        done = finish_part(tx, delivery, part, now, recorded.attempt.id, answer)
        if following is not None:
            next_one = done if following.delivery.id == done.id else following.delivery
            then = begin_following(tx, work, replace(following, delivery=next_one))
    return done, then


def _values_of_part(delivery: Delivery, part: SentPart, now: datetime) -> dict[str, Any]:
    """Return the columns of a delivery of which a part is out: the last one makes it sent, another lets the next one
    go."""
    values: dict[str, Any] = {"url": delivery.url or part.url}
    if part.index + 1 >= max(1, len(delivery.content.parts)):
        values |= {"state": State.SENT, "sent_at": now, "error": "", "looks": 0}
    return values


def finish_part(
    tx: Connection, delivery: Delivery, part: SentPart, now: datetime, attempt_id: int, answer: str
) -> Delivery:
    """Write down the answer by which a part is out; the last one makes the delivery sent, another lets the next one
    go."""
    values = _values_of_part(delivery, part, now)
    if not deliveries.settle_part(tx, delivery, part, now, attempt_id, answer, values):
        return _learned_late(tx, delivery, part, now)
    if delivery.content.parts and delivery.content.parts[part.index].media:
        uploads.drop_uploads(tx, delivery.id, part.index)
        deliveries.change(tx, delivery.id, list(State), uploads_lost=0)
    if "state" in values:
        _mark_reshared(tx, delivery, now)
    return changed(delivery, sent_parts=(*delivery.sent_parts, part), **values)


def _learned_late(tx: Connection, delivery: Delivery, part: SentPart, now: datetime) -> Delivery:
    """Record that a part is out although somebody has settled it while we slept: it must not be sent once more."""
    fresh = must_get(tx, delivery.id, lock=True)
    indexes = {sent.index for sent in fresh.sent_parts}
    if part.index not in indexes:
        deliveries.record_part(tx, delivery.id, part, now)
        indexes.add(part.index)
    if fresh.state is not State.SENT and len(indexes) >= max(1, len(fresh.content.parts)):
        deliveries.bring(tx, fresh, State.SENT, url=fresh.url or part.url, sent_at=now, error="", looks=0)
        _mark_reshared(tx, fresh, now)
    return must_get(tx, delivery.id)


def remember_newest(tx: Connection, delivery: Delivery, post_id: str) -> None:
    """Keep the newest post that a reading of our timeline must show. X gives a repost no id of its own."""
    if delivery.kind is Kind.POST:
        control.set_account(tx, delivery.account, newest_own_id=post_id)


def _mark_reshared(tx: Connection, delivery: Delivery, now: datetime) -> None:
    sighting = sightings.get(tx, delivery.sighting_id) if delivery.sighting_id is not None else None
    if delivery.kind is Kind.RESHARE and sighting is not None:
        sightings.decide(tx, sighting.id, [sighting.state], SightingState.RESHARED, sighting.judgement, now)


def refused(work: Work, recorded: RecordedAttempt, error: PlatformError) -> State:
    """Write down what a failed request proves, and give the state the delivery is in now."""
    now = work.clock()
    with work.store.begin(serialize=serialize_of(recorded.delivery)) as tx:
        deliveries.answer_attempt(tx, recorded.attempt.id, _code_of(error), now, error.cause)
        if error.answer is not Outcome.AMBIGUOUS:
            money.settle(tx, recorded.aside, billed=0)
        hold_account(tx, work, recorded.delivery.account, error)
        _let_reshares_rest(tx, recorded.delivery, error)
        return _settle(tx, work, recorded, error, now)


def _code_of(error: PlatformError) -> AttemptAnswer:
    if error.answer is Outcome.NOT_SENT and error.retry_at is not None:
        return AttemptAnswer.LIMITED
    if error.answer is Outcome.AMBIGUOUS and error.gateway:
        return AttemptAnswer.GATEWAY if error.status < 500 else AttemptAnswer.GATEWAY_OPEN
    return AttemptAnswer(error.answer)


def is_first_of_its_kind(work: Work, delivery: Delivery, error: PlatformError) -> bool:
    """Return whether a person has not been told of it yet: a gateway's word is told once, however often it comes in a
    row."""
    if not error.gateway:
        return True
    with work.store.read() as tx:
        tried = past_requests.attempt_history(tx, delivery.id)
    return len(tried) < 2 or tried[-2].answer not in GATEWAYS | {AttemptAnswer.NOT_SENT}


def postponed(work: Work, delivery: Delivery, error: PlatformError) -> State:
    """Put a delivery off because something needed before the request failed, or reject it where that is for good."""
    now = work.clock()
    with work.store.begin() as tx:
        hold_account(tx, work, delivery.account, error)
        _let_reshares_rest(tx, delivery, error)
        fresh = deliveries.get(tx, delivery.id, lock=True)
        if fresh is None or fresh.state not in UNDER_WAY:
            return State.PLANNED
        if error.answer is Outcome.REJECTED and not error.closes_account:
            deliveries.step(tx, delivery.id, UNDER_WAY, State.REJECTED, error=_with_parts(fresh, error.cause))
            return State.REJECTED
        failures = fresh.failed_looks + 1
        wait = try_again(error, failures, now)
        give_back(tx, delivery, **_waits(error, now, wait), failed_looks=failures, error=error.cause)
    return State.PLANNED


def _settle(tx: Connection, work: Work, recorded: RecordedAttempt, error: PlatformError, now: datetime) -> State:
    """Record an outcome, only while it is our attempt that counts: who slept over the answer may find another one under
    way."""
    delivery, text = recorded.delivery, error.cause
    tried = past_requests.attempts_of_part(tx, delivery, recorded.part, every_revision=True)
    may_be_out = any(answer in LEAVES_OPEN for attempt, answer in tried if attempt.id != recorded.attempt.id)
    if error.answer is Outcome.AMBIGUOUS or (error.duplicate and may_be_out):
        look = now + work.config.reconcile.every
        values = {"not_before": look, "looks": 0, "failed_looks": 0, "error": text}
        deliveries.settle(tx, delivery, State.SENDING, State.UNKNOWN, **values)
        return State.UNKNOWN
    if error.answer is Outcome.NOT_SENT:
        if error.has_lost_media:
            uploads.drop_uploads(tx, delivery.id, recorded.part)
            uploads.count_lost_upload(tx, delivery.id)
        if error.gateway and gave_up(delivery, tried, now):
            deliveries.settle(tx, delivery, State.SENDING, State.REJECTED, error=_with_parts(delivery, text))
            return State.REJECTED
        wait = try_again(error, in_a_row([answer for _, answer in tried]), now)
        deliveries.settle(tx, delivery, State.SENDING, State.PLANNED, **_waits(error, now, wait), error=text)
        return State.PLANNED
    deliveries.settle(tx, delivery, State.SENDING, State.REJECTED, error=_for_good(delivery, error))
    uploads.drop_uploads(tx, delivery.id, recorded.part)
    return State.REJECTED


def _let_reshares_rest(tx: Connection, delivery: Delivery, error: PlatformError) -> None:
    """Let all reshares of the account rest until a rate limit ends that one of them has met."""
    if delivery.kind is Kind.RESHARE and error.is_rate_limit and error.retry_at is not None:
        control.rest_reshares(tx, delivery.account, error.retry_at)


def _waits(error: PlatformError, now: datetime, until: datetime) -> dict[str, Any]:
    """Return the columns of one that failed: what ails its whole account is no trouble of its own, and costs it no
    turn."""
    if error.unreachable or error.pauses_account or error.closes_account or error.is_rate_limit:
        return {"not_before": until}
    return deliveries.postpone(now, until)


def in_a_row(answers: list[AttemptAnswer]) -> int:
    """Return how many attempts in a row, up to the last one, were not sent, or had no answer but a gateway's."""
    sent = [place for place, answer in enumerate(answers, start=1) if answer not in GOT_NOWHERE]
    return len(answers) - max(sent, default=0)


def gave_up(delivery: Delivery, tried: list[tuple[Attempt, AttemptAnswer]], now: datetime) -> bool:
    """Return whether gateways have had their time: until it is too late by its rule, or for as long as the usual one
    has."""
    return now > (delivery.expires_at or tried[0][0].started_at + UNTOLD_LATE)


def _with_parts(delivery: Delivery, text: str) -> str:
    out, parts = len(delivery.sent_parts), len(delivery.content.parts)
    return because(CauseCode.PARTS_OUT, cause=text, out=out, parts=parts) if out else text


def _for_good(delivery: Delivery, error: PlatformError) -> str:
    """Return what a person is told of a delivery that was refused; where its account is at fault, also the way back."""
    text = _with_parts(delivery, error.cause)
    if not error.closes_account:
        return text
    return because(CauseCode.MEND_AND_RETRY, cause=text, account=delivery.account, delivery=delivery.id)
