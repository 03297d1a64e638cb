"""Outcomes that nobody knows are proved from the account's own timeline, or parked for a person."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.domain.delivery import Attempt, Delivery, Kind, SentPart, State
from bot.domain.matching import Wanted, find, is_current
from bot.domain.post import OwnPost
from bot.errors import Answer, PlatformError
from bot.services import money, record
from bot.services.work import Work
from bot.store import attempts, deliveries, sightings, uploads
from bot.store.schema import delivery

TIMELINE_LAG = timedelta(minutes=15)
"""For how long a reading of our own timeline may not show a new post; one missing later was deleted by somebody."""


def recover(work: Work, account: str) -> None:
    """Pick up what a dead worker left; only the holder of the account's lock may call this.

    Claimed: nothing was sent. Sending with an attempt that has no answer: unknown. Between two parts: go on.
    """
    now = work.clock()
    with work.store.begin() as tx:
        deliveries.let_go(tx, account)
        for one in deliveries.in_states(tx, [State.SENDING], account):
            last = _last_attempt(tx, one)
            if last is not None and not last[1]:
                values = {"looks": 0, "failed_looks": 0, "not_before": now + work.config.reconcile.every}
                text = "the worker ended while this was being sent"
                attempts.answer(tx, last[0].id, Answer.AMBIGUOUS, now, text)
                deliveries.step(tx, one.id, State.SENDING, State.UNKNOWN, error=text, **values)
            else:
                deliveries.step(tx, one.id, State.SENDING, State.PLANNED)


def _last_attempt(tx: Connection, one: Delivery) -> tuple[Attempt, str] | None:
    tried = attempts.of_part(tx, one, len(one.sent_parts))
    return tried[-1] if tried else None


def look(work: Work, account: str) -> None:
    """Look once for each unknown outcome that is due for a look."""
    now = work.clock()
    due = (
        delivery.c.account == account,
        delivery.c.state == State.UNKNOWN,
        delivery.c.not_before <= now,
    )
    with work.store.read() as tx:
        waiting = deliveries.listed(tx, *due)
    for place, one in enumerate(waiting):
        if work.stopping.is_set() or (place and record.must_yield(work, account)):
            return
        _look_for(work, one)


def _look_for(work: Work, one: Delivery) -> None:
    with work.store.read() as tx:
        tried = attempts.of_part(tx, one, len(one.sent_parts), every_revision=True)
        taken = attempts.known_post_ids(tx, one.account)
        last, answer = tried[-1]
        first = next(attempt for attempt, _ in tried if attempt.content_hash == last.content_hash)
        newest = _newest_to_show(tx, one, last, work.clock())
    if not _set_aside(work, one):
        return
    try:
        posts = work.platforms[one.account].own_posts(first.started_at)
    except PlatformError as error:
        _could_not_look(work, one, str(error))
        return
    found = find(_wanted(one, first), posts, taken if one.kind is Kind.POST else frozenset())
    if found is not None:
        _found(work, one, last, found)
    elif not is_current(newest, posts):
        _could_not_look(work, one, "our own timeline is behind and does not even show our newest post")
    else:
        _absent(work, one, last, refused_as_duplicate=answer == Answer.REJECTED)


def _newest_to_show(tx: Connection, one: Delivery, attempt: Attempt, now: datetime) -> str:
    """The post without which a reading is behind; "" where it is too old to be missing for that reason."""
    went_out = attempts.sent_at(tx, one.account, attempt.newest_own_id)
    return attempt.newest_own_id if went_out is not None and now - went_out <= TIMELINE_LAG else ""


def _set_aside(work: Work, one: Delivery) -> bool:
    """A look is billed too, on X; without the money it waits for some."""
    now, cost = work.clock(), work.platforms[one.account].reconcile_cost
    with work.store.begin() as tx:
        if money.set_aside(tx, work, one.account, cost, now) is not None:
            return True
        why = f"nobody has looked yet whether it is out: {money.none_left(work, one.account)}"
        deliveries.change(tx, one.id, [State.UNKNOWN], not_before=money.again(now), error=why)
    return False


def _wanted(one: Delivery, first: Attempt) -> Wanted:
    if one.kind is Kind.RESHARE:
        return Wanted(since=first.started_at, reshare_of=one.post_uri)
    part = one.content.parts[len(one.sent_parts)]
    return Wanted(
        since=first.started_at,
        after=first.newest_own_id,
        text=part.text,
        media_count=len(part.media),
        reply_to=one.sent_parts[-1].post_id if one.sent_parts else "",
    )


def _found(work: Work, one: Delivery, attempt: Attempt, post: OwnPost) -> None:
    with work.store.begin() as tx:
        url = _address(tx, one, post)
        after = proved(tx, one, attempt, SentPart(len(one.sent_parts), post.post_id, url), work)
        record.remember_newest(tx, one, post.post_id)
    work.tell("found", f"it is there after all: {url}", delivery=one.id, account=one.account, url=url)
    if after is State.SENT:
        work.tell("sent", f"{url}", delivery=one.id, account=one.account, url=url)


def _address(tx: Connection, one: Delivery, post: OwnPost) -> str:
    """Of a reshare the address of what was reshared, as after an answer: its own is often no page for people."""
    seen = sightings.get(tx, one.sighting_id) if one.sighting_id is not None else None
    return seen.post.url if seen is not None and one.kind is Kind.RESHARE else post.url


def proved(tx: Connection, one: Delivery, attempt: Attempt, part: SentPart, work: Work) -> State:
    """A part is known to be out: the delivery is sent, or its thread goes on."""
    now = work.clock()
    attempts.answer(tx, attempt.id, record.FOUND, now)
    record.finish_part(tx, one, part, now)
    if part.index + 1 < len(one.content.parts):
        deliveries.step(tx, one.id, one.state, State.PLANNED, not_before=now, error="", url=one.url or part.url)
        return State.PLANNED
    return State.SENT


def _absent(work: Work, one: Delivery, last: Attempt, *, refused_as_duplicate: bool) -> None:
    """Absent from every reading, the last of them made when the request could not be under way any more.

    `every = "0s"` asks for no waiting at all.
    """
    looks, rules, now = one.looks + 1, work.config.reconcile, work.clock()
    with work.store.begin() as tx:
        if looks < rules.reads:
            is_last = looks + 1 == rules.reads and bool(rules.every) and last.started_at <= now
            wait = max(now + rules.every, last.deadline) if is_last else now + rules.every
            deliveries.change(tx, one.id, [State.UNKNOWN], looks=looks, not_before=wait)
            return
        if refused_as_duplicate:
            _ask_a_person(tx, work, one, "the platform says the text was posted before, but it is not on our timeline")
            return
        text = f"proved absent from our own timeline ({looks} readings); it will be sent again"
        uploads.drop(tx, one.id, len(one.sent_parts))
        deliveries.step(tx, one.id, State.UNKNOWN, State.PLANNED, not_before=now, looks=looks, error=text)
    work.tell("absent", text, delivery=one.id, account=one.account)


def _could_not_look(work: Work, one: Delivery, why: str) -> None:
    """A reading that fails or lags is not absence; too many of them, and a person has to look."""
    failures, rules = one.failed_looks + 1, work.config.reconcile
    with work.store.begin() as tx:
        if failures >= 2 * rules.reads:
            _ask_a_person(tx, work, one, why)
            return
        wait = rules.every * (1 << min(failures, 6))
        deliveries.change(tx, one.id, [State.UNKNOWN], failed_looks=failures, not_before=work.clock() + wait, error=why)


def _ask_a_person(tx: Connection, work: Work, one: Delivery, why: str) -> None:
    text = (
        f"nobody knows whether it is out ({why}). Look at the account, then run: "
        f"bot resolve {one.id} --sent URL, or: bot resolve {one.id} --not-sent"
    )
    deliveries.step(tx, one.id, State.UNKNOWN, State.NEEDS_DECISION, error=text)
    work.tell("needs_decision", text, alarming=True, delivery=one.id, account=one.account)
