"""The one door out: nothing else posts, reshares or deletes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.domain import fingerprint
from bot.domain.delivery import ANSWERED, AttemptAnswer, Delivery, Kind, State
from bot.domain.money import Purpose
from bot.domain.post import Outgoing, Published, SeenPost
from bot.errors import PlatformError
from bot.services import money, resharing
from bot.services.database import restore_guard
from bot.services.events import EventName
from bot.services.money import Reservation
from bot.services.sending import attempts, edit, media, reconcile, undo
from bot.services.sending.attempts import RecordedAttempt
from bot.services.work import Work, nameless
from bot.store import control, deliveries
from bot.store import schema as t
from bot.store.engine import account_lock

OVERDUE = timedelta(minutes=5)
"""What is later than this was kept back by more than a hiccup, and leaves spaced out."""

APART = timedelta(seconds=30)
"""At least this lies between two overdue posts of an account."""


@dataclass(frozen=True)
class Overdue:
    """A post that should have left long ago; `expires_at` is when its late rule turns it into a missed one.

    `was_put_off` says that its last try came to nothing.
    """

    key: int
    due_at: datetime
    expires_at: datetime | None
    was_put_off: bool = False


@dataclass(frozen=True)
class OverdueSlot:
    """The instant (UTC) at which an overdue post leaves."""

    key: int
    at: datetime


def spaced(overdue: Sequence[Overdue], last: datetime | None, now: datetime) -> list[OverdueSlot]:
    """Give every overdue post its turn after `last`, when one left: the oldest first, `APART` from each other.

    What would be too late before all of them are through takes the first turns, whatever ends soonest before the
    others: as many as possible are posted. One whose last try came to nothing takes nobody's turn: it goes behind them
    all, and at once where it would be too late by then. A post that is on time has no part in this; it leaves at its
    second.
    """
    first = now if last is None else max(now, last + APART)
    through = first + APART * len(overdue)

    def is_urgent(overdue_post: Overdue) -> bool:
        return overdue_post.expires_at is not None and overdue_post.expires_at < through

    def turn(overdue_post: Overdue) -> tuple[bool, bool, datetime, datetime, int]:
        first_by = (
            overdue_post.expires_at if is_urgent(overdue_post) and overdue_post.expires_at else overdue_post.due_at
        )
        return (overdue_post.was_put_off, not is_urgent(overdue_post), first_by, overdue_post.due_at, overdue_post.key)

    at_once = [
        OverdueSlot(overdue_post.key, now)
        for overdue_post in overdue
        if overdue_post.was_put_off and is_urgent(overdue_post)
    ]
    in_turn = sorted(
        (overdue_post for overdue_post in overdue if not (overdue_post.was_put_off and is_urgent(overdue_post))),
        key=turn,
    )
    return at_once + [
        OverdueSlot(overdue_post.key, first + APART * place) for place, overdue_post in enumerate(in_turn)
    ]


def space_out(tx: Connection, work: Work, account: str, now: datetime) -> None:
    """Give the account's overdue posts their turns; only for the holder of its lock, right before it claims."""
    waiting, slots = overdue_slots(tx, account, now, lock=True)
    for slot in slots:
        if waiting[slot.key].not_before != slot.at:
            deliveries.change(tx, slot.key, [State.PLANNED], not_before=slot.at)
    _tell(work, account, slots, waiting, now)


def overdue_slots(
    tx: Connection, account: str, now: datetime, *, lock: bool = False
) -> tuple[dict[int, Delivery], list[OverdueSlot]]:
    """Return the account's overdue posts by their ids, and the turns that they have if nobody was at work until now.

    A thread that has begun goes on at once, and what was put off waits as long as it has to by itself.
    """
    late = (
        t.delivery.c.account == account,
        t.delivery.c.state == State.PLANNED,
        t.delivery.c.kind == Kind.POST,
        t.delivery.c.due_at < now - OVERDUE,
        t.delivery.c.waiting_for == "",
        t.delivery.c.undo_asked_at.is_(None),
    )
    listed = deliveries.listed(tx, *late, lock=lock)
    is_put_off = {delivery.id: delivery.put_off_until is not None for delivery in listed}
    waiting = {
        delivery.id: delivery for delivery in listed if not delivery.begun and (delivery.put_off_until or now) <= now
    }
    if not waiting:
        return {}, []
    overdue = [
        Overdue(delivery.id, delivery.due_at, delivery.expires_at, is_put_off[delivery.id])
        for delivery in waiting.values()
    ]
    return waiting, spaced(overdue, _last(tx, account, now), now)


def in_order(claimed: Sequence[Delivery], now: datetime) -> list[Delivery]:
    """Return them in order: on time first, then by due times, so that what was tried before does not lose its place."""
    return sorted(claimed, key=lambda delivery: (delivery.due_at < now - OVERDUE, delivery.due_at, delivery.id))


def _last(tx: Connection, account: str, now: datetime) -> datetime | None:
    """Return when an overdue post of the account left last, or may have; None where that is long enough ago."""
    recent = deliveries.of_posts_out(tx, account, now - APART, now)
    return max((started for started, due in recent if due < started - OVERDUE), default=None)


def _tell(work: Work, account: str, slots: Sequence[OverdueSlot], waiting: dict[int, Delivery], now: datetime) -> None:
    """Said when several are found at once, not at each one's turn."""
    later = [slot for slot in slots if slot.at > now]
    if not later or sum(delivery.not_before <= now for delivery in waiting.values()) < 2:
        return
    too_late = sum((waiting[slot.key].expires_at or slot.at) < slot.at for slot in slots)
    work.tell(
        EventName.CATCHING_UP,
        alarming=bool(too_late),
        account=account,
        overdue=len(later),
        apart=APART,
        next_at=later[0].at,
        last_at=later[-1].at,
        too_late=too_late,
    )


IN_VAIN = timedelta(seconds=5)
"""How long reshares are tried in vain before other things of the account have their turn."""

WARNED_AHEAD = timedelta(hours=1)
"""How long before it is due a post that waits for a link says so."""


def deliver(work: Work, account: str) -> bool:
    """Do all that is due on one account, under its lock. False when another worker holds the lock.

    In this order: what a dead worker left, what is too late, what is due, what is to be undone, reshares within
    their pace, and the outcomes that nobody knows.
    """
    with work.locks.hold(account_lock(account)) as ours:
        if not ours:
            return False
        if account in work.memory.barred:  # its timeline, and what is to be taken back there, may be another account's
            return True
        restore_guard.watch(work)
        reconcile.recover(work, account)
        restore_guard.recover_account(work, account)
        now = work.clock()
        with work.store.begin() as tx:
            missed = deliveries.miss_late(tx, account, now)
            waiting = deliveries.warn_of_waiting(tx, account, due_by=now + WARNED_AHEAD)
            open_now = attempts.is_open(tx, work, account, now)
            if open_now:
                space_out(tx, work, account, now)
            claimed = in_order(deliveries.claim_due(tx, account, now), now) if open_now else []
        for delivery in missed:
            work.tell_missed(delivery)
        for delivery in waiting:
            _tell_waiting(work, delivery)
        _send_all(work, claimed)
        undo.undo_asked(work, account)
        edit.edit_asked(work, account)
        if open_now:
            _reshare_due(work, account)
        reconcile.look(work, account)
        return True


def _tell_waiting(work: Work, delivery: Delivery) -> None:
    if delivery.state is State.HELD:
        work.tell_of(delivery, EventName.UNREAD, alarming=True)
    else:
        work.tell_of(delivery, EventName.WAITING, alarming=True, link=delivery.waiting_for)


def _send_all(work: Work, claimed: list[Delivery]) -> None:
    try:
        for delivery in claimed:
            if work.stopping.is_set():
                break
            send(work, delivery)
    finally:
        if claimed:
            with work.store.begin() as tx:
                deliveries.release_claims(tx, claimed[0].account)


def send(work: Work, delivery: Delivery) -> State:
    """Publish what is missing of a claimed post, part by part, each recorded before it leaves."""
    state = delivery.state
    for part in range(len(delivery.sent_parts), len(delivery.content.parts)):
        state, delivery = _send_part(work, delivery, part)
        if state is not State.SENDING:
            break
    return state


def _send_part(work: Work, delivery: Delivery, part: int) -> tuple[State, Delivery]:
    if delivery.content.parts[part].media and not attempts.goes_on(work, delivery):
        return State.PLANNED, delivery
    published = reconcile.out_after_all(work, delivery)
    try:
        outgoing = _outgoing(delivery, part, () if published else media.attachable(work, delivery, part))
    except PlatformError as error:
        return _cannot_attach(work, delivery, error), delivery
    cost = 0 if published else money.price_of_part(work, delivery, part)
    recorded = attempts.begin(work, delivery, part, cost)
    if recorded is None:
        return State.PLANNED, delivery
    return _request(work, recorded, outgoing, published)


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
    work: Work, recorded: RecordedAttempt, outgoing: Outgoing, found_post: Published | None
) -> tuple[State, Delivery]:
    platform = work.platforms[recorded.delivery.account]
    try:
        published = found_post or platform.publish(attempts.keyed(outgoing, recorded))
    except PlatformError as error:
        return failed(work, recorded, error), recorded.delivery
    delivery = attempts.accepted(
        work, recorded, published, AttemptAnswer.FOUND if found_post else AttemptAnswer.ACCEPTED
    )
    if delivery.state is State.SENT:
        _tell_sent(work, delivery, recorded)
    return delivery.state, delivery


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
    """A post never goes out without its media: it waits for it, until it is too late by its own rule."""
    state = attempts.postponed(work, delivery, error)
    is_told = error.gateway and delivery.error == error.cause
    alarming = not isinstance(error, media.StillProcessing) and not error.unreachable and not is_told
    name = _OUTCOMES[state]
    work.tell_of(delivery, name, alarming=alarming, error=error.cause)
    return state


def _reshare_due(work: Work, account: str) -> None:
    """Those whose turn it is. One that had to be put off leaves its turn to the next one, but not for long: whatever
    ails the others may be slow to say, and what is to be taken back waits meanwhile."""
    begun = work.clock()
    while not attempts.must_yield(work, account):
        delivery = resharing.claim_next(work, account)
        if delivery is None or not (_reshare_one(work, delivery) or begun <= work.clock() < begun + IN_VAIN):
            return


def _reshare_one(work: Work, delivery: Delivery) -> bool:
    """Return whether it is settled, one way or the other."""
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
    done = attempts.accepted(work, recorded, published)
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
        moments = (deliveries.next_due(tx, after=done_at), control.next_pause_end(tx, after=done_at))
    return min([done_at + longest, *(at for at in moments if at is not None)])
