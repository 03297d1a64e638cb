"""Nobody's post is reshared without a yes: a person's, or a trust rule a person wrote."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection

from bot.domain import fingerprint
from bot.domain.care import Tick, statements
from bot.domain.delivery import Delivery, Kind, Origin, State
from bot.domain.message import Content
from bot.domain.moderation import House, Judgement, Verdict, judge
from bot.domain.sighting import Sighting, SightingState
from bot.errors import Refused
from bot.services.keys import author_key, post_key, shown_keys
from bot.services.moderation import alarm, consent
from bot.services.moderation.calling_off import MAY_BE_OUT, call_off
from bot.services.moderation.consent import Yes
from bot.services.moderation.stop_doubts import refuse_while_asked
from bot.services.work import SIGHTINGS, Work
from bot.store import control, deliveries, shown, sightings
from bot.store.bell import ring

DECIDABLE = (SightingState.HELD, SightingState.REJECTED, SightingState.APPROVED)


def house(tx: Connection, work: Work) -> House:
    """What the rules need to know of us, and of this moment."""
    return House(
        work.config.moderation,
        work.config.monitor.kinds,
        frozenset(work.own_handles.values()),
        now=work.clock(),
        is_automatic=alarm.is_automatic(tx),
        organisations=frozenset(work.config.organisations),
    )


def approve(work: Work, sighting_id: int, by: str, ticks: Iterable[Tick] = (), *, again: bool = False) -> Sighting:
    """A person's yes; what is held for care takes all of the checklist's ticks, and where it is asked for two people.

    Raises Refused where somebody's protection forbids it, ticks are missing, there is nothing to approve, or the same
    video is out already and is not meant to be shown `again`.
    """
    yes = Yes(by, work.clock(), tuple(ticks), again)
    with work.store.begin(turn=SIGHTINGS) as tx:
        seen = _decidable(tx, sighting_id)
        refuse_while_asked(tx, work, seen)
        is_settled = consent.say(tx, work, seen, _today(tx, work, seen), yes)
        after = sightings.get(tx, sighting_id) or seen
        if is_settled:
            queue_reshares(tx, work, after, yes.at)
            after = sightings.get(tx, sighting_id) or seen
        control.write_down(tx, yes.at, by, "approve", f"sighting {sighting_id}")
    then = "" if is_settled else "; a second person has to approve it too"
    work.tell("approved", f"sighting {sighting_id} was approved by {by}{then}", sighting=sighting_id)
    return after


def care_needed(work: Work, sighting_id: int) -> tuple[str, ...]:
    """Why approving a sighting takes the checklist; empty where it does not. Raises Refused like `approve`."""
    with work.store.read() as tx:
        seen = _decidable(tx, sighting_id)
        if seen.state is SightingState.APPROVED and seen.decided_by:
            return ()
        return consent.care_of(seen, _today(tx, work, seen))


def checklist(work: Work, sighting_id: int) -> Mapping[Tick, str]:
    """What a person confirms of a sighting that is held for care. Raises Refused like `approve`."""
    with work.store.read() as tx:
        return statements(_decidable(tx, sighting_id).post)


def _today(tx: Connection, work: Work, seen: Sighting) -> Judgement:
    """What the rules of today say of a post as it was seen last."""
    return judge(seen.post, house(tx, work))


def approve_again(tx: Connection, work: Work, one: Delivery, now: datetime, by: str) -> None:
    """Whoever sends a reshare again says yes to the post as it was seen last. Raises Refused as `approve` does."""
    seen = sightings.get(tx, one.sighting_id) if one.sighting_id is not None else None
    if seen is None:
        raise Refused(f"What delivery {one.id} reshared is not stored any more, so it cannot be sent again.")
    if seen.state is SightingState.GONE:
        raise Refused(_gone(seen))
    refuse_while_asked(tx, work, seen)
    if seen.state is not SightingState.RESHARED:
        consent.say(tx, work, seen, _today(tx, work, seen), Yes(by, now))
    deliveries.change(tx, one.id, [State.PLANNED], content_hash=fingerprint.of(seen.post), due_at=now)
    shown.note_delivery(tx, one.id, shown_keys(work, seen.post))


def reject(work: Work, sighting_id: int, by: str) -> Sighting:
    """A person's no: a reshare that waits for its turn is called off, and one under way is taken back should it be out.

    Raises Refused for one that is known to be out already.
    """
    now = work.clock()
    with work.store.begin(turn=SIGHTINGS) as tx:
        seen = _decidable(tx, sighting_id)
        judgement = Judgement(Verdict.REJECT, seen.judgement.reasons)
        sightings.decide(tx, sighting_id, DECIDABLE, SightingState.REJECTED, judgement, now, by)
        call_off(tx, sighting_id, f"rejected by {by}", take_back_at=now)
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
    stamp = fingerprint.of(seen.post)
    for account in work.config.accounts.values():
        if account.platform != seen.post.platform:
            continue
        row = known.get(account.name)
        if row is None:
            row_key = author_key(work, seen.post.author.handle)
            deliveries.add(tx, **_row(seen, account.name, stamp, now), author_key=row_key)
        elif row.state is State.CANCELLED:
            values = {"content_hash": stamp, "not_before": now, "due_at": now, "error": "", "cancelled_by": ""}
            again = {"undo_asked_at": None, "undone_at": None, "url": "", "sent_at": None, "failed_looks": 0}
            post = {"sighting_id": seen.id, "post_uri": seen.post.uri}
            post |= {"author_key": author_key(work, seen.post.author.handle)}
            deliveries.step(tx, row.id, State.CANCELLED, State.PLANNED, **values, **again, **post)
        elif row.state in MAY_BE_OUT:
            deliveries.change(tx, row.id, MAY_BE_OUT, undo_asked_at=None)
        elif row.state is State.SENT:  # out as it is now, which the person has just said yes to
            still_out = {"undo_asked_at": None, "cancelled_by": "", "content_hash": stamp}
            deliveries.change(tx, row.id, [State.SENT], **still_out)
            sightings.decide(tx, seen.id, [SightingState.APPROVED], SightingState.RESHARED, seen.judgement, now)
    for made in deliveries.of_sighting(tx, seen.id):
        shown.note_delivery(tx, made.id, shown_keys(work, seen.post))


def _row(seen: Sighting, account: str, stamp: str, now: datetime) -> dict[str, object]:
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
        "content_hash": stamp,
        "post_uri": seen.post.uri,
        "sighting_id": seen.id,
    }
