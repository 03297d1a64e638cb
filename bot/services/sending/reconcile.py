"""Outcomes that nobody knows are proved from the account's own timeline, or parked for a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, or_

from bot.causes import CauseCode, because
from bot.domain.campaign import ReconcileRules
from bot.domain.delivery import (
    FIRST_WAIT,
    GATEWAYS,
    KEY_LIFETIME,
    Attempt,
    AttemptAnswer,
    Delivery,
    Kind,
    SentPart,
    State,
    backoff,
)
from bot.domain.matching import WantedPost, find, find_older, is_current
from bot.domain.money import Purpose
from bot.domain.post import OwnPost, Published
from bot.errors import Outcome, PlatformError
from bot.platforms.base import REQUEST_DEADLINE
from bot.services import money
from bot.services.events import EventName
from bot.services.money import Reservation
from bot.services.sending import attempts
from bot.services.work import Work, nameless, serialize_of
from bot.store import control, deliveries, past_requests, sightings
from bot.store import schema as t
from bot.store.engine import notify_workers

TIMELINE_LAG = timedelta(minutes=15)
"""For how long a reading of our own timeline may not show a new post; one missing later was deleted by somebody."""

LONGEST_WAIT = timedelta(minutes=10)
"""No look is put off for longer, except by rule: one that is further ahead was set before the clock went back."""

KEY_SPARE = timedelta(minutes=10)
"""How long before its key dies what stayed open every time is not sent again: it may be held up on its way."""

LONGEST_GATEWAY = timedelta(minutes=5)
"""How often at least it is tried to look past a gateway that answers in place of the platform."""

OWN_TIMELINE = "own timeline"
"""What a reading of our own timeline is about, on the bill."""

_MOST_DOUBLINGS = 6


def recover(work: Work, account: str) -> None:
    """Pick up what a dead worker left; only the holder of the account's lock may call this.

    Claimed: nothing was sent. Sending with an attempt that has no answer: unknown. Between two parts: go on.
    """
    now = work.clock()
    with work.store.begin() as tx:
        control.take_fencing_token(tx, account, work.store.fencing_token)
        deliveries.release_claims(tx, account)
        for delivery in deliveries.in_states(tx, [State.SENDING], account):
            last = _last_attempt(tx, delivery)
            if last is not None and not last[1]:
                values = {"looks": 0, "failed_looks": 0, "not_before": now + work.config.reconcile.every}
                text = because(CauseCode.SENDER_ENDED)
                deliveries.answer_attempt(tx, last[0].id, Outcome.AMBIGUOUS, now, text)
                deliveries.step(tx, delivery.id, State.SENDING, State.UNKNOWN, error=text, **values)
            else:
                deliveries.step(tx, delivery.id, State.SENDING, State.PLANNED)


def _last_attempt(tx: Connection, delivery: Delivery) -> tuple[Attempt, AttemptAnswer] | None:
    tried = past_requests.attempts_of_part(tx, delivery, len(delivery.sent_parts))
    return tried[-1] if tried else None


def look(work: Work, account: str) -> None:
    """Look once for each unknown outcome that is due for a look."""
    now = work.clock()
    far = now + max(LONGEST_WAIT, work.config.reconcile.every * (1 << _MOST_DOUBLINGS))
    due = (
        t.delivery.c.account == account,
        t.delivery.c.state == State.UNKNOWN,
        or_(t.delivery.c.not_before <= now, t.delivery.c.not_before > far),
    )
    with work.store.read() as tx:
        may_ask = control.account(tx, account).may_be_asked(now)
        waiting = deliveries.listed(tx, *due) if may_ask else []
    for place, delivery in enumerate(waiting):
        if work.stopping.is_set() or (place and attempts.must_yield(work, account)):
            return
        _look_for(work, delivery)


def out_after_all(work: Work, delivery: Delivery) -> Published | None:
    """Return what came of an earlier request for the next part, whose answer said that it was not carried out.

    A gateway may tell of a rate limit when the server has it already. Not being able to look holds nothing up.
    """
    if not delivery.has_failed:
        return None
    with work.store.read() as tx:
        tried = past_requests.attempts_of_part(tx, delivery, len(delivery.sent_parts), every_revision=True)
        recorded_ids = past_requests.known_post_ids(tx, delivery.account)
    if not tried or tried[-1][1] != AttemptAnswer.LIMITED:
        return None
    first, platform = _first_alike(tried), work.platforms[delivery.account]
    with work.store.begin() as tx:
        cost = platform.reconcile_cost
        reservation = money.reserve(tx, work, delivery.account, cost, work.clock(), Purpose.OWN, OWN_TIMELINE)
    if reservation is None:
        return None
    try:
        posts = read_own(work, reservation, first.started_at, _made_after(delivery, first))
    except PlatformError:
        return None
    own_post = find(_wanted(delivery, first, work.clock()), posts, recorded_ids)
    return Published(own_post.post_id, own_post.url) if own_post else None


def read_own(work: Work, reservation: Reservation, since: datetime, after: str = "") -> list[OwnPost]:
    """Read the account's own timeline back to `since` (UTC) or to the post `after`, and settle what was set aside for
    that. Raise PlatformError."""
    platform = work.platforms[reservation.account]
    try:
        posts = platform.own_posts(since, after)
    except PlatformError as error:
        with work.store.begin() as tx:
            money.settle_failed(tx, reservation, error)
        raise
    if reservation.amount:
        with work.store.begin() as tx:
            money.settle(tx, reservation, len(posts) * platform.own_post_cost)
    return posts


def _first_alike(tried: list[tuple[Attempt, AttemptAnswer]]) -> Attempt:
    """Return the first request with the content of the last one."""
    return next(attempt for attempt, _ in tried if attempt.content_hash == tried[-1][0].content_hash)


def _look_for(work: Work, delivery: Delivery) -> None:
    with work.store.read() as tx:
        tried = past_requests.attempts_of_part(tx, delivery, len(delivery.sent_parts), every_revision=True)
        recorded_ids = past_requests.known_post_ids(tx, delivery.account)
        last = tried[-1][0]
        first = _first_alike(tried)
        newest = _newest_to_show(tx, delivery, last, work.clock())
    reservation = _set_aside(work, delivery)
    if reservation is None:
        return
    try:
        posts = read_own(work, reservation, first.started_at, _made_after(delivery, first))
    except PlatformError as error:
        _could_not_ask(work, delivery, nameless(work, delivery, error))
        return
    attempts.answered(work, delivery.account)
    wanted_post = _wanted(delivery, first, work.clock())
    own_post = find(wanted_post, posts, recorded_ids if delivery.kind is Kind.POST else frozenset())
    if own_post is not None:
        _found(work, delivery, last, own_post)
    elif not is_current(newest, posts):
        _could_not_look(work, delivery, because(CauseCode.TIMELINE_BEHIND))
    else:
        _absent(
            work, delivery, tried, _doubt(delivery, tried, find_older(wanted_post, posts, recorded_ids), work.clock())
        )


def _newest_to_show(tx: Connection, delivery: Delivery, attempt: Attempt, now: datetime) -> str:
    """Return the post without which a reading is behind; "" where it is too old to be missing for that reason."""
    went_out = past_requests.sent_at(tx, delivery.account, attempt.newest_own_id)
    return attempt.newest_own_id if went_out is not None and now - went_out <= TIMELINE_LAG else ""


def _set_aside(work: Work, delivery: Delivery) -> Reservation | None:
    """Reserve the price of a look, which X bills too; without the money it waits for some."""
    now, cost = work.clock(), work.platforms[delivery.account].reconcile_cost
    with work.store.begin() as tx:
        reservation = money.reserve(tx, work, delivery.account, cost, now, Purpose.OWN, OWN_TIMELINE)
        if reservation is None:
            why = because(CauseCode.NOT_LOOKED_YET, cause=money.none_left(work, delivery.account))
            deliveries.change(tx, delivery.id, [State.UNKNOWN], not_before=money.again(now), error=why)
        return reservation


def _made_after(delivery: Delivery, first: Attempt) -> str:
    """Return the post of ours behind which what came of a request need not be looked for; "" for a reshare, which may
    be older: there is only one of each."""
    return first.newest_own_id if delivery.kind is Kind.POST else ""


def _wanted(delivery: Delivery, first: Attempt, now: datetime) -> WantedPost:
    if delivery.kind is Kind.RESHARE:
        return WantedPost(since=first.started_at, reshare_of=delivery.post_uri)
    part = delivery.content.parts[len(delivery.sent_parts)]
    return WantedPost(
        since=first.started_at,
        after=_made_after(delivery, first),
        text=part.text,
        media_count=len(part.media),
        reply_to=delivery.sent_parts[-1].post_id if delivery.sent_parts else "",
        age=now - first.started_at if first.started_at <= now else None,
    )


def _found(work: Work, delivery: Delivery, attempt: Attempt, post: OwnPost) -> None:
    with work.store.begin(serialize=serialize_of(delivery)) as tx:
        url = address_of(tx, delivery, post)
        after = proved(tx, delivery, attempt, SentPart(len(delivery.sent_parts), post.post_id, url), work)
        attempts.remember_newest(tx, delivery, post.post_id)
        _write_down(tx, work, delivery, because(CauseCode.IT_IS_THERE))
    earlier = replace(delivery, url=url)
    work.tell_of(earlier, EventName.FOUND, attempt=attempt.id, url=url)
    if after is State.SENT:
        work.tell_of(earlier, EventName.SENT, attempt=attempt.id, url=url)


def _write_down(tx: Connection, work: Work, delivery: Delivery, showed: str) -> None:
    control.write_look_audit(tx, work.clock(), f"delivery {delivery.id}", showed)


def address_of(tx: Connection, delivery: Delivery, post: OwnPost) -> str:
    """Return the address of a post; of a reshare that of what was reshared, as after an answer: its own is often no
    page for people."""
    sighting = sightings.get(tx, delivery.sighting_id) if delivery.sighting_id is not None else None
    return sighting.post.url if sighting is not None and delivery.kind is Kind.RESHARE else post.url


def proved(tx: Connection, delivery: Delivery, attempt: Attempt, part: SentPart, work: Work) -> State:
    """Record a part that is known to be out: the delivery is sent, or its thread goes on."""
    now = work.clock()
    attempts.finish_part(tx, delivery, part, now, attempt.id, AttemptAnswer.FOUND)
    if part.index + 1 < len(delivery.content.parts):
        notify_workers(tx)
        deliveries.step(
            tx, delivery.id, delivery.state, State.PLANNED, not_before=now, error="", url=delivery.url or part.url
        )
        return State.PLANNED
    return State.SENT


def _doubt(delivery: Delivery, tried: list[tuple[Attempt, AttemptAnswer]], older: OwnPost | None, now: datetime) -> str:
    """Return why something absent must not be sent again unasked; "" where nothing speaks against it.

    Its key has kept all its requests together so far. Some servers answer 500 to a key that they have, and a new
    one would make a second post.
    """
    last, answer = tried[-1]
    open_ones = [attempt for attempt, its_answer in tried if its_answer not in GATEWAYS]
    same = [attempt for attempt in open_ones if attempt.idempotency_key == last.idempotency_key]
    if older is not None:
        return because(CauseCode.OLDER_POST_THERE, url=older.url)
    if answer is AttemptAnswer.REJECTED:
        return because(CauseCode.SAID_BEFORE_BUT_ABSENT)
    if answer in GATEWAYS and delivery.expires_at is None and attempts.gave_up(delivery, tried, now):
        return because(CauseCode.GATEWAY_SINCE, since=tried[0][0].started_at)
    if len(same) > 1 and now - same[0].started_at > KEY_LIFETIME - KEY_SPARE:
        return because(CauseCode.NEVER_ANSWERED, times=len(same))
    return ""


def _absent(work: Work, delivery: Delivery, tried: list[tuple[Attempt, AttemptAnswer]], doubt: str) -> None:
    """Note that it is absent from this reading; after the last one it is sent again, or a person is asked where there
    is a doubt.

    A gateway that refused it is given more and more time, since it will hardly be of another mind at once.
    """
    looks, rules, now = delivery.looks + 1, work.config.reconcile, work.clock()
    last, answer = tried[-1]
    refusals = attempts.in_a_row([answer_of for _, answer_of in tried]) if answer in GATEWAYS else 0
    again = now + backoff(refusals - 1) if refusals > 1 else now
    with work.store.begin() as tx:
        notify_workers(tx)
        _write_down(tx, work, delivery, because(CauseCode.IT_IS_ABSENT))
        if looks < rules.reads:
            wait = now + (rules.every if answer is AttemptAnswer.GATEWAY else _next_look(rules, looks))
            deliveries.change(tx, delivery.id, [State.UNKNOWN], looks=looks, not_before=wait)
            return
        if doubt:
            _ask_a_person(tx, work, delivery, doubt)
            return
        text = because(CauseCode.PROVED_ABSENT, looks=looks)
        money.release_reservation(tx, delivery.account, attempts.purpose_of(delivery), tried)
        then = deliveries.postpone(now, again) if again > now else {"not_before": now}
        deliveries.step(tx, delivery.id, State.UNKNOWN, State.PLANNED, looks=looks, error=text, **then)
    work.tell_of(delivery, EventName.ABSENT, attempt=last.id, looks=looks)


def _next_look(rules: ReconcileRules, looks: int) -> timedelta:
    """Return how long to wait for the next look, by how many there were: the last time no sooner than any request takes
    after the first.

    Counted from a look and not from the request: the clock may have been set meanwhile. `every = "0s"` asks for no
    waiting at all.
    """
    is_last = looks + 1 == rules.reads and bool(rules.every)
    return max(rules.every, REQUEST_DEADLINE - (looks - 1) * rules.every) if is_last else rules.every


def _could_not_ask(work: Work, delivery: Delivery, error: PlatformError) -> None:
    """Postpone the look: an account that cannot be asked at all is no failed look, and is asked once it is back."""
    now = work.clock()
    with work.store.begin() as tx:
        attempts.hold_account(tx, work, delivery.account, error)
        if error.unreachable or error.closes_account:
            why = because(CauseCode.CANNOT_LOOK, cause=error.cause)
            wait = attempts.try_again(error, 1, now)
            deliveries.change(tx, delivery.id, [State.UNKNOWN], not_before=wait, error=why)
            return
        if error.gateway and error.status >= 300:
            _behind_a_gateway(tx, work, delivery, error, now)
            return
    _could_not_look(work, delivery, error.cause)


def _behind_a_gateway(tx: Connection, work: Work, delivery: Delivery, error: PlatformError, now: datetime) -> None:
    """Look again for what something on the way keeps us from seeing, until it is too late by its own rule; after that
    only a person can tell what became of it."""
    tried = past_requests.attempts_of_part(tx, delivery, len(delivery.sent_parts), every_revision=True)
    why = because(CauseCode.CANNOT_LOOK, cause=error.cause)
    if attempts.gave_up(delivery, tried, now):
        _ask_a_person(tx, work, delivery, error.cause)
        return
    waited = (now - tried[-1][0].started_at) / 4
    wait = min(max(waited, work.config.reconcile.every, FIRST_WAIT), LONGEST_GATEWAY)
    deliveries.change(tx, delivery.id, [State.UNKNOWN], not_before=now + wait, error=why)


def _could_not_look(work: Work, delivery: Delivery, why: str) -> None:
    """Count a failed look: a reading that fails or lags is not absence; too many of them, and a person has to look."""
    failures, rules = delivery.failed_looks + 1, work.config.reconcile
    with work.store.begin() as tx:
        _write_down(tx, work, delivery, because(CauseCode.NOT_SEEN, cause=why))
        if failures >= 2 * rules.reads:
            _ask_a_person(tx, work, delivery, why)
            return
        wait = rules.every * (1 << min(failures, _MOST_DOUBLINGS))
        deliveries.change(
            tx, delivery.id, [State.UNKNOWN], failed_looks=failures, not_before=work.clock() + wait, error=why
        )


def _ask_a_person(tx: Connection, work: Work, delivery: Delivery, why: str) -> None:
    text = because(CauseCode.NOBODY_KNOWS, cause=why)
    last = _last_attempt(tx, delivery)
    deliveries.step(tx, delivery.id, State.UNKNOWN, State.NEEDS_DECISION, error=text)
    ids: dict[str, Any] = {"attempt": last[0].id} if last else {}
    work.tell_of(delivery, EventName.NEEDS_DECISION, alarming=True, error=why, **ids)
