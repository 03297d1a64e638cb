"""The one door out: nothing else posts, reshares or deletes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.domain import fingerprint
from bot.domain.delivery import ANSWERED, AttemptAnswer, Delivery, State
from bot.domain.money import Purpose
from bot.domain.post import Outgoing, Published, SeenPost
from bot.errors import PlatformError
from bot.services import money, named, resharing
from bot.services.database import restore_guard
from bot.services.events import EventName
from bot.services.money import Reservation
from bot.services.sending import attempts, edit, media, overdue, reconcile, undo
from bot.services.sending.attempts import Following, RecordedAttempt
from bot.services.work import Work, nameless
from bot.store import control, deliveries, due, lanes
from bot.store.engine import account_lock
from bot.store.lanes import LaneNeeds

IN_VAIN = timedelta(seconds=5)
"""How long reshares are tried in vain before other things of the account have their turn."""

WARNED_AHEAD = timedelta(hours=1)
"""How long before it is due a post that waits for a link says so."""


def wanted(work: Work) -> list[str]:
    """Return the accounts that have to be delivered on: this is asked every second, and mostly there are none. Raise
    Refused: the store was moved."""
    restore_guard.watch(work)
    accounts = [name for name in work.platforms if name not in work.memory.barred]
    with work.store.read() as tx:
        found = lanes.needs(tx, accounts, *_instants(work.clock()))
        return [name for name in accounts if _is_wanted(tx, work, name, found[name])]


def deliver(work: Work, account: str) -> bool:
    """Do all that is due on one account, under its lock. False when another worker holds the lock.

    In this order: what a dead worker left, what is too late, what is due, what is to be undone, reshares within
    their pace, and the outcomes that nobody knows. It is asked in one query which of these there is, again after each.
    """
    with work.locks.hold(account_lock(account)) as ours:
        if not ours:
            return False
        if account in work.memory.barred:  # its timeline, and what is to be taken back there, may be another account's
            return True
        restore_guard.watch(work)
        needs = _needs_of(work, account)
        if needs.under_way or needs.state.fencing_token != work.store.fencing_token:
            reconcile.recover(work, account)
            needs = _needs_of(work, account)
        if needs.state.failures:
            work.memory.unreachable.add(account)
        if needs.state.in_doubt or needs.gap:
            restore_guard.recover_account(work, account)
            needs = _needs_of(work, account)
        if needs.posts:
            _post_due(work, account, needs)
            needs = _needs_of(work, account)
        if needs.to_undo:
            undo.undo_asked(work, account)
        if needs.to_edit:
            edit.edit_asked(work, account)
        if needs.to_reshare:
            _reshare_due(work, account)
            needs = _needs_of(work, account)
        if needs.unknown:
            reconcile.look(work, account)
        return True


def _needs_of(work: Work, account: str) -> LaneNeeds:
    return lanes.needs_of(work.store, account, *_instants(work.clock()))


def _instants(now: datetime) -> tuple[datetime, datetime, datetime]:
    """Return now, by when what is due is warned of, and since when what was due is overdue."""
    return now, now + WARNED_AHEAD, now - overdue.OVERDUE


def _is_wanted(tx: Connection, work: Work, account: str, needs: LaneNeeds) -> bool:
    now, state = work.clock(), needs.state
    return (
        needs.posts
        or needs.under_way
        or needs.to_undo
        or needs.to_edit
        or needs.unknown
        or state.failures > 0
        or state.fencing_token != work.store.fencing_token
        or (needs.to_reshare and resharing.slots_are_stale(tx, work, account, now))
        or ((state.in_doubt or needs.gap) and restore_guard.needs_recovery(tx, account))
    )


def _post_due(work: Work, account: str, needs: LaneNeeds) -> None:
    """Settle what is too late, say what waits for a link or a reader, hold what names somebody who asked to be left
    alone, and send what is due, with its first attempt in the commit that claims it."""
    now, begun = work.clock(), None
    missed, waiting, held, claimed = list[Delivery](), list[Delivery](), list[Delivery](), list[Delivery]()
    with work.store.begin() as tx:
        if needs.too_late:
            missed = deliveries.miss_late(tx, account, now)
        if needs.unready:
            waiting = deliveries.warn_of_waiting(tx, account, due_by=now + WARNED_AHEAD)
        if (needs.due or needs.overdue) and attempts.may_send_now(work, account, needs.state, now):
            if needs.overdue:
                overdue.space_out(tx, work, account, now)
            due_posts = deliveries.claim_due(tx, account, now)
            held = named.hold_back(tx, work, due_posts) if needs.asked else []
            claimed = overdue.in_order([post for post in due_posts if post not in held], now)
            first = _following(work, claimed[0], len(claimed[0].sent_parts)) if claimed else None
            begun = attempts.begin_following(tx, work, first) if first else None
    if begun is not None:
        attempts.note_high_water_mark(work, begun.attempt)
    for delivery in missed:
        work.tell_missed(delivery)
    for delivery in waiting:
        _tell_waiting(work, delivery)
    if held:
        named.tell_held(work, held)
    _send_all(work, claimed, begun)


def _tell_waiting(work: Work, delivery: Delivery) -> None:
    if delivery.state is State.HELD:
        work.tell_of(delivery, EventName.UNREAD, alarming=True)
    else:
        work.tell_of(delivery, EventName.WAITING, alarming=True, link=delivery.waiting_for)


def _send_all(work: Work, claimed: Sequence[Delivery], begun: RecordedAttempt | None) -> None:
    """Send them one after the other, of which the first may have `begun`; what is not sent is given back."""
    out = 0
    try:
        for delivery, after in zip(claimed, [*claimed[1:], None], strict=False):
            if begun is None and work.stopping.is_set():
                break
            state, begun = _send_parts(work, delivery, begun, after)
            out += state is State.SENT
    finally:
        if out < len(claimed):
            with work.store.begin() as tx:
                deliveries.release_claims(tx, claimed[0].account)


def send(work: Work, delivery: Delivery) -> State:
    """Publish what is missing of a claimed post, part by part, each recorded before it leaves."""
    return _send_parts(work, delivery)[0]


def _send_parts(
    work: Work, delivery: Delivery, begun: RecordedAttempt | None = None, after: Delivery | None = None
) -> tuple[State, RecordedAttempt | None]:
    """Publish what is missing of a post, of which the first part may have `begun`. Return also what has of the one
    `after` it."""
    state = delivery.state
    for part in range(len(delivery.sent_parts), len(delivery.content.parts)):
        following = _following(work, delivery, part + 1)
        if following is None and after is not None and part + 1 == len(delivery.content.parts):
            following = _following(work, after, len(after.sent_parts))
        state, delivery, begun = _send_part(work, delivery, part, begun, following)
        if state is not State.SENDING:
            break
    return state, begun


def _following(work: Work, delivery: Delivery, part: int) -> Following | None:
    """Return a part as what can begin with the answer to the one before it: there is nothing to be done between."""
    if part >= len(delivery.content.parts) or delivery.content.parts[part].media or delivery.has_failed:
        return None
    return Following(delivery, part, money.price_of_part(work, delivery, part))


def _send_part(
    work: Work, delivery: Delivery, part: int, begun: RecordedAttempt | None, following: Following | None
) -> tuple[State, Delivery, RecordedAttempt | None]:
    if begun is not None and (begun.delivery.id, begun.part) == (delivery.id, part):
        return _request(work, begun, _outgoing(delivery, part, ()), None, following)
    if delivery.content.parts[part].media and not attempts.goes_on(work, delivery):
        return State.PLANNED, delivery, None
    published = reconcile.out_after_all(work, delivery)
    try:
        outgoing = _outgoing(delivery, part, () if published else media.attachable(work, delivery, part))
    except PlatformError as error:
        return _cannot_attach(work, delivery, error), delivery, None
    cost = 0 if published else money.price_of_part(work, delivery, part)
    recorded = attempts.begin(work, delivery, part, cost)
    if recorded is None:
        return State.PLANNED, delivery, None
    return _request(work, recorded, outgoing, published, following)


def _outgoing(delivery: Delivery, part: int, media_ids: tuple[str, ...]) -> Outgoing:
    content = delivery.content
    return Outgoing(
        text=content.parts[part].text,
        language=content.language,
        visibility=content.visibility,
        content_warning=content.content_warning,
        sensitive=content.sensitive,
        media_ids=media_ids,
        reply_to=delivery.sent_parts[-1].post_id if delivery.sent_parts else "",
    )


def _request(
    work: Work,
    recorded: RecordedAttempt,
    outgoing: Outgoing,
    found_post: Published | None,
    following: Following | None,
) -> tuple[State, Delivery, RecordedAttempt | None]:
    platform = work.platforms[recorded.delivery.account]
    try:
        published = found_post or platform.publish(attempts.keyed(outgoing, recorded))
    except PlatformError as error:
        return failed(work, recorded, error), recorded.delivery, None
    answer = AttemptAnswer.FOUND if found_post else AttemptAnswer.ACCEPTED
    delivery, begun = attempts.accepted(work, recorded, published, answer, following)
    if delivery.state is State.SENT:
        _tell_sent(work, delivery, recorded)
    return delivery.state, delivery, begun


def _tell_sent(work: Work, delivery: Delivery, recorded: RecordedAttempt) -> None:
    work.tell_of(delivery, EventName.SENT, attempt=recorded.attempt.id, url=delivery.url)


_OUTCOMES: Mapping[State, EventName] = {
    State.PLANNED: EventName.POSTPONED,
    State.REJECTED: EventName.REJECTED,
    State.UNKNOWN: EventName.UNKNOWN,
}
"""The event by which is told what became of a request that failed."""


def failed(work: Work, recorded: RecordedAttempt, error: PlatformError) -> State:
    """Settle a request that failed, and report it."""
    state = attempts.refused(work, recorded, error)
    delivery = recorded.delivery
    name = _OUTCOMES[state]
    if error.gateway and attempts.is_first_of_its_kind(work, delivery, error):
        name = EventName.GATEWAY
    alarming = (
        name is EventName.GATEWAY or (state is not State.PLANNED and not error.gateway) or state is State.REJECTED
    )
    work.tell_of(delivery, name, alarming=alarming, attempt=recorded.attempt.id, error=error.cause)
    return state


def _cannot_attach(work: Work, delivery: Delivery, error: PlatformError) -> State:
    """Put a post off that lacks its media, which it never goes out without, until it is too late by its own rule."""
    state = attempts.postponed(work, delivery, error)
    is_told = error.gateway and delivery.error == error.cause
    alarming = not isinstance(error, media.StillProcessing) and not error.unreachable and not is_told
    name = _OUTCOMES[state]
    work.tell_of(delivery, name, alarming=alarming, error=error.cause)
    return state


def _reshare_due(work: Work, account: str) -> None:
    """Send the reshares whose turn it is. One that had to be put off leaves its turn to the next one, but not for long:
    whatever ails the others may be slow to say, and what is to be taken back waits meanwhile."""
    begun = work.clock()
    while not attempts.must_yield(work, account):
        delivery = resharing.claim_next(work, account)
        if delivery is None or not (_reshare_one(work, delivery) or begun <= work.clock() < begun + IN_VAIN):
            return


def _reshare_one(work: Work, delivery: Delivery) -> bool:
    """Send one reshare. Return whether it is settled, one way or the other."""
    reservation = _paid(work, delivery)
    if reservation is None:
        return False
    post = resharing.fetch_again(work, delivery, reservation)
    if post is not None:
        return _reshare(work, delivery, post) in ANSWERED
    with work.store.read() as tx:
        return attempts.must_get(tx, delivery.id).state is State.CANCELLED


def _paid(work: Work, delivery: Delivery) -> Reservation | None:
    """Return the price of a reshare and of the fetch before it, set aside for the fetch; without the money it is put
    off."""
    now = work.clock()
    with work.store.begin() as tx:
        platform = work.platforms[delivery.account]
        cost = platform.reshare_cost + platform.fetch_cost * fingerprint.quotes_in(delivery.content_hash)
        reservation = money.reserve(tx, work, delivery.account, cost, now, Purpose.RESHARE, f"reshare {delivery.id}")
        if reservation is None:
            attempts.put_off_for_money(tx, work, delivery, now)
        return reservation


def _reshare(work: Work, delivery: Delivery, post: SeenPost) -> State:
    platform = work.platforms[delivery.account]
    recorded = attempts.begin(work, delivery, 0, platform.reshare_cost - platform.fetch_cost)
    if recorded is None:
        return State.PLANNED
    try:
        published = platform.reshare(post, recorded.attempt.leave_by)
    except PlatformError as error:
        return failed(work, recorded, nameless(work, delivery, error))
    done, _ = attempts.accepted(work, recorded, published)
    with work.store.begin() as tx:  # from now on it is compared with what this account's own server showed
        deliveries.change(tx, done.id, [done.state], content_hash=fingerprint.of(post))
    _tell_sent(work, done, recorded)
    return done.state


def next_wake(work: Work, done_at: datetime, longest: timedelta) -> datetime:
    """Return when there is something to do after what was due at `done_at`: `longest` after it at the latest.

    What was due by then and is still there is held back by something else (a pause, a lock, the stop switch);
    waking for it at once would only spin.
    """
    with work.store.read() as tx:
        moments = (due.next_due(tx, after=done_at), control.next_pause_end(tx, after=done_at))
    return min([done_at + longest, *(at for at in moments if at is not None)])
