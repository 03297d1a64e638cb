"""What our own timeline shows that this store does not know: deliveries that are out, and posts of nobody's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.delivery import Delivery, Kind, SentPart, State, way_to
from bot.domain.matching import Wanted, find
from bot.domain.money import Purpose
from bot.domain.post import Outgoing, OwnPost
from bot.platforms.base import REQUEST_DEADLINE
from bot.services import money
from bot.services.sending import record
from bot.services.sending.reconcile import address_of
from bot.services.work import Work
from bot.store import attempts, deliveries

_COULD_BE_OUT = tuple(state for state in State if state is not State.SENT)


def record_all(
    tx: Connection, work: Work, account: str, posts: Sequence[OwnPost], begins: datetime
) -> Iterator[Delivery]:
    """Write down every delivery of the account that is on its timeline; gives them as they are then."""
    taken = set(attempts.known_post_ids(tx, account))
    waiting = deliveries.in_states(tx, _COULD_BE_OUT, account)
    for one in sorted(waiting, key=lambda one: (one.state is State.CANCELLED, one.due_at, one.id)):
        now = one
        while now.state is not State.SENT:
            post = find(_wanted(now, begins), posts, frozenset(taken if now.kind is Kind.POST else ()))
            if post is None:
                break
            taken.add(post.post_id)
            now = _record(tx, work, now, post)
        if now is not one:
            yield _go_on_later(tx, now)


def _wanted(one: Delivery, begins: datetime) -> Wanted:
    if one.kind is Kind.RESHARE:
        return Wanted(since=begins, reshare_of=one.post_uri)
    part = one.content.parts[len(one.sent_parts)]
    reply_to = one.sent_parts[-1].post_id if one.sent_parts else ""
    return Wanted(since=begins, text=part.text, media_count=len(part.media), reply_to=reply_to)


def _record(tx: Connection, work: Work, one: Delivery, post: OwnPost) -> Delivery:
    """Write down that the next part is out, with the attempt that must have been made at it, and what it cost."""
    at, part = min(post.created_at, work.clock()), len(one.sent_parts)
    again = {"cancelled_by": "", "undone_at": None, "undo_asked_at": None} if one.state is State.CANCELLED else {}
    if one.state not in {State.UNKNOWN, State.NEEDS_DECISION}:
        for start, to in _steps(one.state, State.SENDING):
            deliveries.step(tx, one.id, start, to, **again)
    made = attempts.record(
        tx,
        delivery_id=one.id,
        part=part,
        number=one.attempts + 1,
        revision=one.revision,
        started_at=at,
        deadline=at + REQUEST_DEADLINE,
        content_hash=one.content_hash,
        idempotency_key="",
        newest_own_id="",
        cost=_cost(work, one, part),
    )
    purpose = Purpose.RESHARE if one.kind is Kind.RESHARE else Purpose.POST
    money.book(tx, one.account, _cost(work, one, part), at, purpose)
    attempts.answer(tx, made.id, record.FOUND, at)
    deliveries.change(tx, one.id, list(State), attempts=made.number)
    fresh = record.must_get(tx, one.id)
    return record.finish_part(tx, fresh, SentPart(part, post.post_id, address_of(tx, one, post)), at)


def _steps(start: State, goal: State) -> Iterator[tuple[State, State]]:
    for after in way_to(goal, start):
        yield start, after
        start = after


def _cost(work: Work, one: Delivery, part: int) -> int:
    platform = work.platforms[one.account]
    if one.kind is Kind.RESHARE:
        return platform.reshare_cost
    words = one.content.parts[part]
    media_ids = tuple(media.path for media in words.media)
    return platform.post_cost(Outgoing(words.text, one.content.language, media_ids=media_ids))


def _go_on_later(tx: Connection, one: Delivery) -> Delivery:
    """A thread that is out in part waits for its next part's turn."""
    if one.state is not State.SENT:
        deliveries.step(tx, one.id, one.state, State.PLANNED, not_before=one.due_at, error="")
    return record.must_get(tx, one.id)


def strangers(tx: Connection, account: str, posts: Sequence[OwnPost], begins: datetime) -> list[OwnPost]:
    """Posts since then that belong to no delivery: edited ones, forgotten ones, or a person's own. Answers to other
    people are none of ours."""
    ours = attempts.known_post_ids(tx, account)
    own_ids = {"", *(post.post_id for post in posts)}
    return [
        post
        for post in posts
        if post.created_at >= begins and not post.reshare_of and post.post_id not in ours and post.reply_to in own_ids
    ]
