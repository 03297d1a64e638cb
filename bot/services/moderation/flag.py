"""A moderator has a doubt about a post: it is held for care, and no yes from before counts."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.delivery import State
from bot.domain.moderation import Judgement, Reason, Verdict
from bot.domain.sighting import Sighting, SightingState
from bot.errors import Refused
from bot.services.moderation.calling_off import call_off
from bot.services.work import SIGHTINGS, Work
from bot.store import approvals, control, deliveries, sightings

_PASSING = frozenset({Reason.FLAGGED, Reason.SECOND, Reason.NOBODY_DECIDED, Reason.TRUSTED, Reason.AGAIN})
"""What is not true any more once somebody has a doubt."""


@dataclass(frozen=True)
class Flagged:
    """The sighting as it is now, and the deliveries of its reshares that are out, and stay out."""

    seen: Sighting
    out: tuple[int, ...]


def flag(work: Work, sighting_id: int, by: str) -> Flagged:
    """Hold a post for care. A reshare that waits for its turn is called off, and one under way is taken back.

    What is known to be out stays out. Raises Refused where there is no such post any more.
    """
    now = work.clock()
    with work.store.begin(turn=SIGHTINGS) as tx:
        seen = sightings.get(tx, sighting_id)
        if seen is None:
            raise Refused(f"There is no sighting {sighting_id}. Run: bot sightings")
        if seen.state is SightingState.GONE:
            raise Refused(f"Sighting {sighting_id} is gone: its author deleted or hid it.")
        sightings.hold_for_care(tx, sighting_id, dict.fromkeys((*seen.judgement.care, Reason.FLAGGED)))
        if seen.state in {SightingState.HELD, SightingState.APPROVED}:
            approvals.drop(tx, sighting_id)
            others = (one for one in seen.judgement.reasons if one not in _PASSING)
            judgement = Judgement(Verdict.HOLD, (Reason.FLAGGED, *others))
            sightings.decide(tx, sighting_id, [seen.state], SightingState.HELD, judgement, now)
            call_off(tx, sighting_id, f"flagged by {by}", take_back_at=now)
        control.write_down(tx, now, by, "flag", f"sighting {sighting_id}")
        out = tuple(one.id for one in deliveries.of_sighting(tx, sighting_id) if one.state is State.SENT)
        after = sightings.get(tx, sighting_id) or seen
    work.tell("flagged", f"sighting {sighting_id} was flagged by {by}", sighting=sighting_id)
    return Flagged(after, out)
