"""Posters' data is minimal and expires: forgetting an author, and purging what is needed no more."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot.domain.delivery import Kind, State
from bot.domain.moderation import Judgement, Reason, Verdict
from bot.domain.sighting import Sighting, SightingState
from bot.errors import Refused
from bot.services import withdraw
from bot.services.keys import author_key, post_key
from bot.services.work import SIGHTINGS, Work
from bot.store import control, deliveries, sightings

UNSENT = (State.PLANNED, State.CLAIMED, State.HELD, State.REJECTED, State.MISSED)


def forget(work: Work, author: str, by: str) -> dict[str, Any]:
    """Take back every reshare of an author, remove what is stored of them, and never take them in again.

    Only a keyed hash of the handle stays. Raises Refused while a reshare could not be taken back yet: what is
    needed to take it back is kept until the platform has confirmed.
    """
    if not author.startswith(("@", "x:")):
        raise Refused(f'"{author}" is no handle. Write @user@host for Mastodon, or x:handle for X.')
    with work.store.begin(turn=SIGHTINGS) as tx:
        sightings.remember_forgotten(tx, author_key(work, author))
        found = sightings.by_author(tx, author)
        for seen in found:
            _call_off(tx, seen, work.clock())
        control.write_down(tx, work.clock(), by, "forget", f"{len(found)} sightings of one author")
    undone, left = _take_back(work, found, by)
    with work.store.begin(turn=SIGHTINGS) as tx:
        sightings.remove(tx, [seen.id for seen in found if seen.id not in left], lambda uri: post_key(work, uri))
    if left:
        raise Refused(f"{len(left)} reshares are not taken back yet; run the same command again in a few minutes.")
    return {"sightings": len(found), "undone": undone}


def _call_off(tx: Connection, seen: Sighting, now: datetime) -> None:
    """For good: what turns out not to be out, nobody can approve again."""
    judgement = Judgement(Verdict.REJECT, (Reason.BLOCKED,))
    sightings.decide(tx, seen.id, [seen.state], SightingState.REJECTED, judgement, now)
    for one in deliveries.of_sighting(tx, seen.id):
        deliveries.step(tx, one.id, UNSENT, State.CANCELLED, cancelled_by="forget", error="its author was forgotten")


def _take_back(work: Work, found: list[Sighting], by: str) -> tuple[int, set[int]]:
    undone, left = 0, set()
    for seen in found:
        with work.store.read() as tx:
            out = [one for one in deliveries.of_sighting(tx, seen.id) if one.state not in {State.CANCELLED}]
        for one in out:
            after = withdraw.undo(work, one.id, by) if one.state is State.SENT else one
            if after.undone_at is None:
                left.add(seen.id)
            undone += after.undone_at is not None
    return undone, left


def purge(work: Work, days: int, undecided_days: int, by: str) -> int:
    """Remove sightings decided more than `days` days ago, and undecided ones after `undecided_days`."""
    now = work.clock()
    decided, undecided = now - timedelta(days=days), now - timedelta(days=undecided_days)
    with work.store.begin(turn=SIGHTINGS) as tx:
        old = [
            seen.id
            for seen in sightings.listed(tx)
            if (_is_over(seen) and (seen.decided_at or seen.seen_at) <= decided) or seen.seen_at <= undecided
        ]
        waiting = {one.sighting_id for one in deliveries.in_states(tx, list(State)) if _still_needs(one)}
        gone = [one for one in old if one not in waiting]
        sightings.remove(tx, gone, lambda uri: post_key(work, uri))
        control.write_down(tx, now, by, "purge", f"{len(gone)} sightings")
    return len(gone)


def _is_over(seen: Sighting) -> bool:
    return seen.state in {SightingState.REJECTED, SightingState.RESHARED, SightingState.GONE}


def _still_needs(one: Any) -> bool:
    return one.kind is Kind.RESHARE and one.state in {
        State.PLANNED,
        State.CLAIMED,
        State.SENDING,
        State.UNKNOWN,
        State.NEEDS_DECISION,
        State.HELD,
    }
