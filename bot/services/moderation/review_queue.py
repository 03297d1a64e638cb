"""The posts that wait for a person, one at a time, with all that is known to decide about each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.moderation import FINAL, judge
from bot.domain.sighting import Sighting
from bot.services.moderation import approval
from bot.services.watching import duplicates
from bot.services.work import Work
from bot.store import sightings
from bot.store.sightings import Approval


@dataclass(frozen=True)
class ReviewCard:
    """A sighting as a person decides about it.

    `care` is why the checklist is asked; `forbidden` why nobody may approve it; `same_text` are the sightings that say
    the same; `asks` where its author, or somebody whose post it shows, may be asking to be left alone.
    """

    sighting: Sighting
    care: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    same_text: Sequence[int] = ()
    approvals: Sequence[Approval] = ()
    asks: bool = False


def waiting(work: Work) -> list[int]:
    """Return the sightings that wait for a person, in the order in which to look at them."""
    with work.store.read() as tx:
        return sightings.waiting_ids(tx)


def card(work: Work, sighting_id: int) -> ReviewCard | None:
    """Return a sighting with all there is to know about it, None where it is not stored any more."""
    with work.store.read() as tx:
        sighting = sightings.get(tx, sighting_id)
        if sighting is None:
            return None
        today = judge(sighting.post, approval.moderation_context(tx, work))
        reasons = dict.fromkeys((*sighting.judgement.reasons, *today.reasons))
        return ReviewCard(
            sighting,
            approval.care_of(sighting, today),
            tuple(reason for reason in reasons if reason in FINAL),
            duplicates.same_text(tx, work, {sighting.id: sighting.post})[sighting.id],
            sightings.approvals_of(tx, sighting.id),
            sighting.id in sightings.sightings_asking_to_stop(tx),
        )


def stands(work: Work, sighting_id: int) -> Sighting | None:
    """Return a sighting as it stands now, for whoever looks at it meanwhile."""
    with work.store.read() as tx:
        return sightings.get(tx, sighting_id)
