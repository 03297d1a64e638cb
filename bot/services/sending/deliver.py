"""The one door out: nothing else posts, reshares or deletes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.domain import fingerprint
from bot.domain.delivery import ANSWERED, Delivery, Kind, State
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
from bot.store.lock_names import account_lock

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

    def is_urgent(one: Overdue) -> bool:
        return one.expires_at is not None and one.expires_at < through

    def turn(one: Overdue) -> tuple[bool, bool, datetime, datetime, int]:
        first_by = one.expires_at if is_urgent(one) and one.expires_at else one.due_at
        return (one.was_put_off, not is_urgent(one), first_by, one.due_at, one.key)

    at_once = [OverdueSlot(one.key, now) for one in overdue if one.was_put_off and is_urgent(one)]
    in_turn = sorted((one for one in overdue if not (one.was_put_off and is_urgent(one))), key=turn)
    return at_once + [OverdueSlot(one.key, first + APART * place) for place, one in enumerate(in_turn)]


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
    found = deliveries.listed(tx, *late, lock=lock)
    is_put_off = {one.id: one.put_off_until is not None for one in found}
    waiting = {one.id: one for one in found if not one.begun and (one.put_off_until or now) <= now}
    if not waiting:
        return {}, []
    overdue = [Overdue(one.id, one.due_at, one.expires_at, is_put_off[one.id]) for one in waiting.values()]
    return waiting, spaced(overdue, _last(tx, account, now), now)


def in_order(claimed: Sequence[Delivery], now: datetime) -> list[Delivery]:
    """What is on time goes first, then by due times: what was tried before does not lose its place."""
    return sorted(claimed, key=lambda one: (one.due_at < now - OVERDUE, one.due_at, one.id))


def _last(tx: Connection, account: str, now: datetime) -> datetime | None:
    """When an overdue post of the account left last, or may have; None where that is long enough ago."""
    recent = deliveries.of_posts_out(tx, account, now - APART, now)
    return max((started for started, due in recent if due < started - OVERDUE), default=None)


def _tell(work: Work, account: str, slots: Sequence[OverdueSlot], waiting: dict[int, Delivery], now: datetime) -> None:
    """Said when several are found at once, not at each one's turn."""
    later = [slot for slot in slots if slot.at > now]
    if not later or sum(one.not_before <= now for one in waiting.values()) < 2:
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
        for one in missed:
            work.tell_missed(one)
        for one in waiting:
            _tell_waiting(work, one)
        _send_all(work, claimed)
        undo.undo_asked(work, account)
        edit.edit_asked(work, account)
        if open_now:
            _reshare_due(work, account)
        reconcile.look(work, account)
        return True


def _tell_waiting(work: Work, one: Delivery) -> None:
    work.tell_of(one, EventName.WAITING, alarming=True, link=one.waiting_for)


def _send_all(work: Work, claimed: list[Delivery]) -> None:
    try:
        for one in claimed:
            if work.stopping.is_set():
                break
            send(work, one)
    finally:
        if claimed:
            with work.store.begin() as tx:
                deliveries.release_claims(tx, claimed[0].account)


def send(work: Work, one: Delivery) -> State:
    """Publish what is missing of a claimed post, part by part, each recorded before it leaves."""
    state = one.state
    for part in range(len(one.sent_parts), len(one.content.parts)):
        state, one = _send_part(work, one, part)
        if state is not State.SENDING:
            break
    return state


def _send_part(work: Work, one: Delivery, part: int) -> tuple[State, Delivery]:
    if one.content.parts[part].media and not attempts.goes_on(work, one):
        return State.PLANNED, one
    known = reconcile.out_after_all(work, one)
    try:
        outgoing = _outgoing(one, part, () if known else media.attachable(work, one, part))
    except PlatformError as error:
        return _cannot_attach(work, one, error), one
    cost = 0 if known else money.price_of_part(work, one, part)
    begun = attempts.begin(work, one, part, cost)
    if begun is None:
        return State.PLANNED, one
    return _request(work, begun, outgoing, known)


def _outgoing(one: Delivery, part: int, media_ids: tuple[str, ...]) -> Outgoing:
    content = one.content
    return Outgoing(
        text=content.parts[part].text,
        language=content.language,
        visibility=content.visibility,
        content_warning=content.content_warning,
        sensitive=content.sensitive,
        media_ids=media_ids,
        reply_to=one.sent_parts[-1].post_id if one.sent_parts else "",
    )


def _request(work: Work, begun: RecordedAttempt, outgoing: Outgoing, known: Published | None) -> tuple[State, Delivery]:
    platform = work.platforms[begun.delivery.account]
    try:
        published = known or platform.publish(attempts.keyed(outgoing, begun))
    except PlatformError as error:
        return failed(work, begun, error), begun.delivery
    one = attempts.accepted(work, begun, published, attempts.FOUND if known else attempts.ACCEPTED)
    if one.state is State.SENT:
        _tell_sent(work, one, begun)
    return one.state, one


def _tell_sent(work: Work, one: Delivery, begun: RecordedAttempt) -> None:
    work.tell_of(one, EventName.SENT, attempt=begun.attempt.id, url=one.url)


_OUTCOMES: Mapping[State, EventName] = {
    State.PLANNED: EventName.POSTPONED,
    State.REJECTED: EventName.REJECTED,
    State.UNKNOWN: EventName.UNKNOWN,
}
"""The event by which is told what became of a request that failed."""


def failed(work: Work, begun: RecordedAttempt, error: PlatformError) -> State:
    """Settle a request that failed, and report it."""
    state = attempts.refused(work, begun, error)
    one = begun.delivery
    name = _OUTCOMES[state]
    if error.gateway and attempts.is_first_of_its_kind(work, one, error):
        name = EventName.GATEWAY
    alarming = (
        name is EventName.GATEWAY or (state is not State.PLANNED and not error.gateway) or state is State.REJECTED
    )
    work.tell_of(one, name, alarming=alarming, attempt=begun.attempt.id, error=str(error))
    return state


def _cannot_attach(work: Work, one: Delivery, error: PlatformError) -> State:
    """A post never goes out without its media: it waits for it, until it is too late by its own rule."""
    state = attempts.postponed(work, one, error)
    is_told = error.gateway and one.error == str(error)
    alarming = not isinstance(error, media.StillProcessing) and not error.unreachable and not is_told
    name = _OUTCOMES[state]
    work.tell_of(one, name, alarming=alarming, error=str(error))
    return state


def _reshare_due(work: Work, account: str) -> None:
    """Those whose turn it is. One that had to be put off leaves its turn to the next one, but not for long: whatever
    ails the others may be slow to say, and what is to be taken back waits meanwhile."""
    begun = work.clock()
    while not attempts.must_yield(work, account):
        one = resharing.claim_next(work, account)
        if one is None or not (_reshare_one(work, one) or begun <= work.clock() < begun + IN_VAIN):
            return


def _reshare_one(work: Work, one: Delivery) -> bool:
    """Whether it is settled, one way or the other."""
    aside = _paid(work, one)
    if aside is None:
        return False
    post = resharing.fetch_again(work, one, aside)
    if post is not None:
        return _reshare(work, one, post) in ANSWERED
    with work.store.read() as tx:
        return attempts.must_get(tx, one.id).state is State.CANCELLED


def _paid(work: Work, one: Delivery) -> Reservation | None:
    """The price of a reshare and of the fetch before it, set aside for the fetch; without the money it is put off."""
    now = work.clock()
    with work.store.begin() as tx:
        platform = work.platforms[one.account]
        cost = platform.reshare_cost + platform.fetch_cost * fingerprint.quotes_in(one.content_hash)
        aside = money.reserve(tx, work, one.account, cost, now, Purpose.RESHARE, f"reshare {one.id}")
        if aside is None:
            attempts.put_off_for_money(tx, work, one, now)
        return aside


def _reshare(work: Work, one: Delivery, post: SeenPost) -> State:
    platform = work.platforms[one.account]
    begun = attempts.begin(work, one, 0, platform.reshare_cost - platform.fetch_cost)
    if begun is None:
        return State.PLANNED
    try:
        published = platform.reshare(post, begun.attempt.leave_by)
    except PlatformError as error:
        return failed(work, begun, nameless(work, one, error))
    done = attempts.accepted(work, begun, published)
    with work.store.begin() as tx:  # from now on it is compared with what this account's own server showed
        deliveries.change(tx, done.id, [done.state], content_hash=fingerprint.of(post))
    _tell_sent(work, done, begun)
    return done.state


def next_wake(work: Work, done_at: datetime, longest: timedelta) -> datetime:
    """When there is something to do after what was due at `done_at`: `longest` after it at the latest.

    What was due by then and is still there is held back by something else (a pause, a lock, the stop switch);
    waking for it at once would only spin.
    """
    with work.store.read() as tx:
        known = (deliveries.next_due(tx, after=done_at), control.next_pause_end(tx, after=done_at))
    return min([done_at + longest, *(at for at in known if at is not None)])
