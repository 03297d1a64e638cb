"""Everything that is stored of others is looked at about once a day: what was deleted or hidden there goes here too."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.delivery import State
from bot.domain.moderation import Judgement, Reason, Verdict
from bot.domain.post import SeenPost
from bot.domain.sighting import Sighting, SightingState
from bot.services.protection import recheck
from bot.services.work import SIGHTINGS, Work
from bot.store import control, deliveries, rechecks, sightings
from bot.store.rechecks import Round

MOST = 10
"""How many posts one look asks for, beside the reshares, which go first."""

_WAITING = (State.PLANNED, State.CLAIMED, State.HELD)


def look(work: Work, account: str) -> int:
    """Go on with this day's round through what is stored of a platform. Gives how many posts are gone.

    What nothing can be said of is looked at in the next round. One account of each platform does this for all.
    """
    now = work.clock()
    if account not in work.platforms or not _is_in_charge(work, account):
        return 0
    platform = work.platforms[account].platform
    with work.store.begin() as tx:
        most = recheck.affordable(tx, work, account, now, MOST)
        if work.stopping.is_set() or not most or control.has_ended(tx):
            return 0
        if not control.account(tx, account).may_be_asked(now):
            return 0
        found = _next(tx, work, platform, now, most)
    shown = recheck.ask(work, account, [one.post.uri for one in found]) if found else None
    return sum(_settle(work, one, shown[one.post.uri]) for one in found if one.post.uri in shown) if shown else 0


def _is_in_charge(work: Work, account: str) -> bool:
    platform = work.platforms[account].platform
    return account == next(name for name, one in work.platforms.items() if one.platform == platform)


def _next(tx: Connection, work: Work, platform: str, now: datetime, most: int) -> list[Sighting]:
    """The next ones of the round, which is written down as having passed them."""
    where = rechecks.round_of(tx, platform) or Round(0, now)
    if where.is_through:
        if where.since <= now < where.since + work.config.recheck.later:
            return []
        where = Round(0, now)
    found = rechecks.stored_after(tx, platform, where.last, most)
    passed = replace(where, last=found[-1].id) if found else replace(where, is_through=True)
    rechecks.save_round(tx, platform, passed)
    return found


def _settle(work: Work, one: Sighting, post: SeenPost | None) -> bool:
    """Whether it is gone. One that waits for a person is kept as it is now, so that they decide on what is there."""
    is_gone = post is None or not post.public or post.author.locked
    is_edited = post is not None and post.fingerprint != one.post.fingerprint and one.state is SightingState.HELD
    if not is_gone and not is_edited:
        return False
    with work.store.begin(turn=SIGHTINGS) as tx:
        if is_edited and not is_gone and post is not None:
            sightings.refresh(tx, one.id, post)
            return False
        judgement = Judgement(Verdict.REJECT, (Reason.GONE,))
        if not sightings.decide(tx, one.id, [one.state], SightingState.GONE, judgement, work.clock()):
            return False
        values = {"cancelled_by": "moderation", "error": str(Reason.GONE)}
        for made in deliveries.of_sighting(tx, one.id):
            deliveries.step(tx, made.id, _WAITING, State.CANCELLED, **values)
    work.tell("gone", f"sighting {one.id} was deleted or hidden by its author", sighting=one.id)
    return True
