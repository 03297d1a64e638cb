"""Approved sightings take their turn: by pace, fairly, and only as they are at that very moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, or_

from bot.domain.delivery import Delivery, Kind, State
from bot.domain.moderation import Judgement, Reason, Verdict, judge
from bot.domain.pace import DAY, Candidate, Past, Slot, assign
from bot.domain.post import SeenPost
from bot.domain.sighting import Sighting, SightingState
from bot.errors import Answer, PlatformError
from bot.services import circuit, money, record
from bot.services.media import as_not_sent
from bot.services.moderate import house
from bot.services.money import Aside
from bot.services.work import SIGHTINGS, Work, name_of
from bot.store import deliveries, sightings
from bot.store.schema import delivery

NO_YES = "nobody's yes stands any more"
"""A person said no while a reshare was under way, and it was not out."""

_OUT = (State.SENT, State.SENDING, State.UNKNOWN, State.NEEDS_DECISION)


def claim_next(work: Work, account: str) -> Delivery | None:
    """Claim the reshare whose turn it is now; also writes each waiting one's turn into its `due_at`."""
    now = work.clock()
    with work.store.begin(turn=SIGHTINGS) as tx:
        if not record.is_open(tx, work, account, now):
            return None
        for slot in _turns(tx, work, account, now):
            if slot.at > now:
                return None
            if deliveries.step(tx, slot.key, State.PLANNED, State.CLAIMED):
                return record.must_get(tx, slot.key)
    return None


def _turns(tx: Connection, work: Work, account: str, now: datetime) -> list[Slot]:
    mine = (delivery.c.account == account, delivery.c.kind == Kind.RESHARE)
    waiting = deliveries.listed(tx, *mine, delivery.c.state == State.PLANNED)
    if not waiting:
        return []
    begins = now - max(DAY, work.config.pace.same_author_gap)
    was_out = or_(delivery.c.state.in_(_OUT), delivery.c.sent_at >= begins)
    out = deliveries.listed(tx, *mine, was_out, or_(delivery.c.due_at >= begins - DAY, delivery.c.sent_at >= begins))
    by_id = {one.id: one for one in sightings.of_ids(tx, [one.sighting_id for one in (*waiting, *out)])}
    slots = _slots(work, waiting, [_past(one, by_id) for one in out], by_id, now)
    before = {one.id: (one.due_at, one.not_before) for one in waiting}
    for slot in slots:
        if before[slot.key] != (slot.at, slot.at):
            deliveries.change(tx, slot.key, [State.PLANNED], due_at=slot.at, not_before=slot.at)
    return slots


def _slots(
    work: Work, waiting: Sequence[Delivery], past: Sequence[Past], by_id: dict[int, Sighting], now: datetime
) -> list[Slot]:
    """Those that were put off (a failed fetch, say) do not keep the others from their turn."""
    ready = [_candidate(one, by_id) for one in waiting if one.not_before <= now or not one.error]
    return assign(ready, past, work.config.pace, work.config.campaign.timezone, now)


def _candidate(one: Delivery, by_id: dict[int, Sighting]) -> Candidate:
    seen = by_id.get(one.sighting_id or 0)
    if seen is None:
        return Candidate(one.id, one.post_uri, one.language, (), one.due_at)
    return Candidate(one.id, seen.post.author.handle, one.language, seen.tags, seen.decided_at or seen.seen_at)


def _past(one: Delivery, by_id: dict[int, Sighting]) -> Past:
    seen = by_id.get(one.sighting_id or 0)
    at = one.sent_at or one.due_at
    return Past(at, seen.post.author.handle if seen else one.post_uri, one.language, seen.tags if seen else ())


def fetch_again(work: Work, one: Delivery, aside: Aside | None = None) -> SeenPost | None:
    """The post as it is now, if it may still be reshared; else the delivery has been put off or called off.

    What was set `aside` for it is given back where nothing can have been billed.
    """
    try:
        post = work.platforms[one.account].fetch(one.post_uri)
    except PlatformError as error:
        if aside is not None and error.answer is not Answer.AMBIGUOUS:
            with work.store.begin() as tx:
                money.settle(tx, aside, billed=0)
        record.postponed(work, one, as_not_sent(error))
        work.tell_of(one, "postponed", f"{name_of(one)}: {error}")
        return None
    circuit.answered(work, one.account)
    with work.store.begin(turn=SIGHTINGS) as tx:
        objection = _objection(tx, work, one, post)
        if objection is None:
            return post
        state, reason = objection
        _call_off(tx, work, one, post, state, reason)
    work.tell_of(one, "called_off", f"{name_of(one)}: {reason}", reason=str(reason))
    return None


def _objection(tx: Connection, work: Work, one: Delivery, post: SeenPost | None) -> tuple[SightingState, str] | None:
    seen = sightings.get(tx, one.sighting_id) if one.sighting_id is not None else None
    if seen is None or seen.state not in {SightingState.APPROVED, SightingState.RESHARED}:
        return SightingState.REJECTED, NO_YES
    if post is None:
        return SightingState.GONE, Reason.GONE
    judgement = judge(post, house(work))
    if judgement.is_final:
        return SightingState.REJECTED, judgement.reasons[0]
    if post.reshared_by_us and not one.attempts:
        return SightingState.RESHARED, Reason.ALREADY
    if post.fingerprint != one.content_hash:
        return SightingState.HELD, Reason.EDITED
    return None


def _call_off(
    tx: Connection, work: Work, one: Delivery, post: SeenPost | None, state: SightingState, reason: str
) -> None:
    start = [State.CLAIMED, State.PLANNED]
    deliveries.step(tx, one.id, start, State.CANCELLED, error=reason, cancelled_by="moderation")
    if one.sighting_id is None:
        return
    verdict = Verdict.HOLD if state is SightingState.HELD else Verdict.REJECT
    judgement = Judgement(verdict, (reason,))
    sightings.decide(tx, one.sighting_id, [SightingState.APPROVED], state, judgement, work.clock())
    if post is not None:
        sightings.refresh(tx, one.sighting_id, post)
