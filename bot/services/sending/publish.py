"""The one door out: nothing else posts, reshares or deletes."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain import fingerprint
from bot.domain.delivery import Delivery, State
from bot.domain.money import Purpose
from bot.domain.post import Outgoing, Published, SeenPost
from bot.errors import PlatformError
from bot.services import money
from bot.services.database import doubt, reckon
from bot.services.money import Aside
from bot.services.protection import withdraw
from bot.services.resharing import reshare
from bot.services.sending import catch_up, edit, media, reconcile, record
from bot.services.sending.record import Begun
from bot.services.work import Work, account_lock, name_of, nameless
from bot.store import control, deliveries

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
        if account in work.barred:  # its timeline, and what is to be taken back there, may be another account's
            return True
        doubt.watch(work)
        reconcile.recover(work, account)
        reckon.settle(work, account)
        now = work.clock()
        with work.store.begin() as tx:
            missed = deliveries.miss_late(tx, account, now)
            waiting = deliveries.warn_of_waiting(tx, account, due_by=now + WARNED_AHEAD)
            open_now = record.is_open(tx, work, account, now)
            if open_now:
                catch_up.space_out(tx, work, account, now)
            claimed = catch_up.in_order(deliveries.claim_due(tx, account, now), now) if open_now else []
        for one in missed:
            work.tell_missed(one)
        for one in waiting:
            _tell_waiting(work, one)
        _send_all(work, claimed)
        withdraw.undo_asked(work, account)
        edit.edit_asked(work, account)
        if open_now:
            _reshare_due(work, account)
        reconcile.look(work, account)
        return True


def _tell_waiting(work: Work, one: Delivery) -> None:
    work.tell_of(one, "waiting", f"{name_of(one)}: {one.error}", alarming=True)


def _send_all(work: Work, claimed: list[Delivery]) -> None:
    try:
        for one in claimed:
            if work.stopping.is_set():
                break
            send(work, one)
    finally:
        if claimed:
            with work.store.begin() as tx:
                deliveries.let_go(tx, claimed[0].account)


def send(work: Work, one: Delivery) -> State:
    """Publish what is missing of a claimed post, part by part, each recorded before it leaves."""
    state = one.state
    for part in range(len(one.sent_parts), len(one.content.parts)):
        state, one = _send_part(work, one, part)
        if state is not State.SENDING:
            break
    return state


def _send_part(work: Work, one: Delivery, part: int) -> tuple[State, Delivery]:
    if one.content.parts[part].media and not record.goes_on(work, one):
        return State.PLANNED, one
    known = reconcile.out_after_all(work, one)
    try:
        outgoing = _outgoing(one, part, () if known else media.attachable(work, one, part))
    except PlatformError as error:
        return _cannot_attach(work, one, error), one
    cost = 0 if known else work.platforms[one.account].post_cost(outgoing)
    begun = record.begin(work, one, part, cost)
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


def _request(work: Work, begun: Begun, outgoing: Outgoing, known: Published | None) -> tuple[State, Delivery]:
    platform = work.platforms[begun.delivery.account]
    try:
        published = known or platform.publish(record.keyed(outgoing, begun))
    except PlatformError as error:
        return failed(work, begun, error), begun.delivery
    one = record.accepted(work, begun, published, record.FOUND if known else record.ACCEPTED)
    if one.state is State.SENT:
        _tell_sent(work, one, begun)
    return one.state, one


def _tell_sent(work: Work, one: Delivery, begun: Begun) -> None:
    work.tell_of(one, "sent", f"{name_of(one)}: {one.url}", attempt=begun.attempt.id, url=one.url)


def failed(work: Work, begun: Begun, error: PlatformError) -> State:
    """Settle a request that failed, and report it."""
    state = record.refused(work, begun, error)
    one = begun.delivery
    name = "postponed" if state is State.PLANNED else str(state)
    if error.gateway and record.is_first_of_its_kind(work, one, error):
        name = "gateway"
    alarming = name == "gateway" or (state is not State.PLANNED and not error.gateway) or state is State.REJECTED
    work.tell_of(one, name, f"{name_of(one)}: {error}", alarming=alarming, attempt=begun.attempt.id)
    return state


def _cannot_attach(work: Work, one: Delivery, error: PlatformError) -> State:
    """A post never goes out without its media: it waits for it, until it is too late by its own rule."""
    state = record.postponed(work, one, error)
    is_told = error.gateway and one.error == str(error)
    alarming = not isinstance(error, media.StillProcessing) and not error.unreachable and not is_told
    name = "postponed" if state is State.PLANNED else str(state)
    work.tell_of(one, name, f"{name_of(one)}: {error}", alarming=alarming)
    return state


def _reshare_due(work: Work, account: str) -> None:
    """Those whose turn it is. One that had to be put off leaves its turn to the next one, but not for long: whatever
    ails the others may be slow to say, and what is to be taken back waits meanwhile."""
    begun = work.clock()
    while not record.must_yield(work, account):
        one = reshare.claim_next(work, account)
        if one is None or not (_reshare_one(work, one) or begun <= work.clock() < begun + IN_VAIN):
            return


def _reshare_one(work: Work, one: Delivery) -> bool:
    """Whether it is settled, one way or the other."""
    aside = _paid(work, one)
    if aside is None:
        return False
    post = reshare.fetch_again(work, one, aside)
    if post is not None:
        return _reshare(work, one, post) in {State.SENT, State.REJECTED}
    with work.store.read() as tx:
        return record.must_get(tx, one.id).state is State.CANCELLED


def _paid(work: Work, one: Delivery) -> Aside | None:
    """The price of a reshare and of the fetch before it, set aside for the fetch; without the money it is put off."""
    now = work.clock()
    with work.store.begin() as tx:
        platform = work.platforms[one.account]
        cost = platform.reshare_cost + platform.fetch_cost * fingerprint.quotes_in(one.content_hash)
        aside = money.set_aside(tx, work, one.account, cost, now, Purpose.RESHARE, f"reshare {one.id}")
        if aside is None:
            record.put_off_for_money(tx, work, one, now)
        return aside


def _reshare(work: Work, one: Delivery, post: SeenPost) -> State:
    platform = work.platforms[one.account]
    begun = record.begin(work, one, 0, platform.reshare_cost - platform.fetch_cost)
    if begun is None:
        return State.PLANNED
    try:
        published = platform.reshare(post, begun.attempt.leave_by)
    except PlatformError as error:
        return failed(work, begun, nameless(work, one, error))
    done = record.accepted(work, begun, published)
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
