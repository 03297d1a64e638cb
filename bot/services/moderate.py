"""Nobody's post is reshared without a yes: a person's, or a trust rule a person wrote."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.delivery import Delivery, Kind, Origin, State
from bot.domain.message import Content
from bot.domain.moderation import FINAL, House, Judgement, Verdict, judge
from bot.domain.sighting import Sighting, SightingState
from bot.errors import Refused
from bot.services.keys import post_key
from bot.services.work import SIGHTINGS, Work
from bot.store import control, deliveries, sightings
from bot.store.bell import ring

_MAY_BE_OUT = (State.SENDING, State.UNKNOWN, State.NEEDS_DECISION)
DECIDABLE = (SightingState.HELD, SightingState.REJECTED, SightingState.APPROVED)


def house(work: Work) -> House:
    """What the rules need to know of us."""
    return House(work.config.moderation, work.config.monitor.kinds, frozenset(work.own_handles.values()))


def approve(work: Work, sighting_id: int, by: str) -> Sighting:
    """A person's yes. Raises Refused where somebody's protection forbids it, or there is nothing to approve."""
    now = work.clock()
    with work.store.begin(turn=SIGHTINGS) as tx:
        seen = _decidable(tx, sighting_id)
        _say_yes(tx, work, seen, now, by)
        queue_reshares(tx, work, seen, now)
        control.write_down(tx, now, by, "approve", f"sighting {sighting_id}")
        after = sightings.get(tx, sighting_id)
    work.tell("approved", f"sighting {sighting_id} was approved by {by}", sighting=sighting_id)
    return after or seen


def _say_yes(tx: Connection, work: Work, seen: Sighting, now: datetime, by: str) -> None:
    """By the rules of today: somebody may have been blocked, or an account of ours known, since it was judged."""
    judged = (*seen.judgement.reasons, *judge(seen.post, house(work)).reasons)
    forbidden = [reason for reason in dict.fromkeys(judged) if reason in FINAL]
    if forbidden:
        raise Refused(f"Sighting {seen.id} cannot be approved, by nobody: {', '.join(forbidden)}.")
    if seen.state is not SightingState.APPROVED:
        judgement = Judgement(Verdict.APPROVE, seen.judgement.reasons)
        sightings.decide(tx, seen.id, [seen.state], SightingState.APPROVED, judgement, now, by)


def approve_again(tx: Connection, work: Work, one: Delivery, now: datetime, by: str) -> None:
    """Whoever sends a reshare again says yes to the post as it was seen last. Raises Refused as `approve` does."""
    seen = sightings.get(tx, one.sighting_id) if one.sighting_id is not None else None
    if seen is None:
        raise Refused(f"What delivery {one.id} reshared is not stored any more, so it cannot be sent again.")
    if seen.state is SightingState.GONE:
        raise Refused(_gone(seen))
    if seen.state is not SightingState.RESHARED:
        _say_yes(tx, work, seen, now, by)
    deliveries.change(tx, one.id, [State.PLANNED], content_hash=seen.post.fingerprint, due_at=now)


def reject(work: Work, sighting_id: int, by: str) -> Sighting:
    """A person's no: a reshare that waits for its turn is called off, and one under way is taken back should it be out.

    Raises Refused for one that is known to be out already.
    """
    now = work.clock()
    with work.store.begin(turn=SIGHTINGS) as tx:
        seen = _decidable(tx, sighting_id)
        judgement = Judgement(Verdict.REJECT, seen.judgement.reasons)
        sightings.decide(tx, sighting_id, DECIDABLE, SightingState.REJECTED, judgement, now, by)
        values = {"cancelled_by": "moderation", "error": f"rejected by {by}"}
        for one in deliveries.of_sighting(tx, sighting_id):
            if not deliveries.step(tx, one.id, [State.PLANNED, State.CLAIMED, State.HELD], State.CANCELLED, **values):
                deliveries.change(tx, one.id, _MAY_BE_OUT, undo_asked_at=now)
        control.write_down(tx, now, by, "reject", f"sighting {sighting_id}")
        after = sightings.get(tx, sighting_id)
    work.tell("rejected_by_person", f"sighting {sighting_id} was rejected by {by}", sighting=sighting_id)
    return after or seen


def _decidable(tx: Connection, sighting_id: int) -> Sighting:
    seen = sightings.get(tx, sighting_id)
    if seen is None:
        raise Refused(f"There is no sighting {sighting_id}. Run: bot sightings")
    if seen.state is SightingState.RESHARED:
        raise Refused(f"Sighting {sighting_id} is reshared already. To take it back, run: bot queue, then bot undo ID")
    if seen.state is SightingState.GONE:
        raise Refused(_gone(seen))
    return seen


def _gone(seen: Sighting) -> str:
    return f"Sighting {seen.id} is gone: its author deleted or hid it."


def queue_approved(tx: Connection, work: Work, found: Iterable[Sighting], now: datetime) -> None:
    """Queue the reshares of what a trust rule approved."""
    for seen in found:
        if seen.state is SightingState.APPROVED:
            queue_reshares(tx, work, seen, now)


def queue_reshares(tx: Connection, work: Work, seen: Sighting, now: datetime) -> None:
    """One reshare for each of our accounts on the sighting's platform; its turn comes by pace."""
    ring(tx)
    known = {one.account: one for one in deliveries.of_posts(tx, [seen.post.uri, post_key(work, seen.post.uri)])}
    fingerprint = seen.post.fingerprint
    for account in work.config.accounts.values():
        if account.platform != seen.post.platform:
            continue
        row = known.get(account.name)
        if row is None:
            deliveries.add(tx, **_row(seen, account.name, fingerprint, now))
        elif row.state is State.CANCELLED:
            values = {"content_hash": fingerprint, "not_before": now, "due_at": now, "error": "", "cancelled_by": ""}
            again = {"undo_asked_at": None, "undone_at": None, "url": "", "sent_at": None, "failed_looks": 0}
            post = {"sighting_id": seen.id, "post_uri": seen.post.uri}
            deliveries.step(tx, row.id, State.CANCELLED, State.PLANNED, **values, **again, **post)
        elif row.state in _MAY_BE_OUT:
            deliveries.change(tx, row.id, _MAY_BE_OUT, undo_asked_at=None)
        elif row.state is State.SENT:
            sightings.decide(tx, seen.id, [SightingState.APPROVED], SightingState.RESHARED, seen.judgement, now)


def _row(seen: Sighting, account: str, fingerprint: str, now: datetime) -> dict[str, object]:
    return {
        "kind": Kind.RESHARE,
        "account": account,
        "platform": seen.post.platform,
        "state": State.PLANNED,
        "origin": Origin.MODERATION,
        "language": seen.post.language,
        "due_at": now,
        "not_before": now,
        "content": Content(parts=(), language=seen.post.language),
        "content_hash": fingerprint,
        "post_uri": seen.post.uri,
        "sighting_id": seen.id,
    }
