"""After the campaign: nothing stays of anybody but figures, our own posts, and the hashes of those who asked for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from bot.domain.delivery import Delivery, State
from bot.errors import Refused
from bot.services.keys import post_key
from bot.services.protection import backups, withdraw
from bot.services.watching import coverage
from bot.services.work import SIGHTINGS, Work
from bot.store import control, deliveries, ending, retention

_UNSENT = (State.PLANNED, State.CLAIMED, State.HELD, State.REJECTED, State.MISSED)
_UNSURE = (State.SENDING, State.UNKNOWN, State.NEEDS_DECISION)


@dataclass(frozen=True)
class Purged:
    """What went, and what could not: `out` reshares stay out for good, `being_taken_back` keep their post's address
    until that is done. `is_scrubbed` says that the disk has forgotten it too."""

    sightings: int
    out: int
    being_taken_back: int
    backups: int
    is_scrubbed: bool


def refuse_too_early(work: Work) -> None:
    """Raises Refused until the day of action is over, by the campaign's own clock."""
    campaign = work.config.campaign
    if work.clock().astimezone(campaign.timezone).date() <= campaign.day_of_action:
        raise Refused(
            f"The day of action, {campaign.day_of_action}, is not over yet: after this nothing is watched or reshared "
            "any more. If you mean it, add --yes; nothing was purged."
        )


def out(work: Work) -> int:
    """How many reshares are out that nobody could take back from here after this."""
    with work.store.read() as tx:
        return retention.reshares_out(tx)


def take_all_back(work: Work, by: str) -> int:
    """Take every reshare back that is out. Gives how many could not be taken back yet."""
    with work.store.read() as tx:
        wanted = [
            one.id for one in ending.reshares(tx) if one.state is State.SENT and not ending.is_purged(one.post_uri)
        ]
    return sum(withdraw.undo(work, one, by).undone_at is None for one in wanted)


def after_campaign(work: Work, by: str) -> Purged:
    """Purge all that is stored of others, in the backups too, and watch nothing any more."""
    now, count = work.clock(), 0
    with work.store.begin(turn=SIGHTINGS) as tx:
        control.end(tx, now, by)
        coverage.purge(tx, now, now)
        for one in ending.reshares(tx, lock=True):
            values = {"cancelled_by": withdraw.PROTECTION, "error": "the campaign is over"}
            if not deliveries.step(tx, one.id, _UNSENT, State.CANCELLED, **values) and one.state in _UNSURE:
                withdraw.protect(tx, one, now)
    while removed := _remove_some(work):
        count += removed
    with work.store.begin(turn=SIGHTINGS) as tx:
        left = [one for one in ending.reshares(tx, lock=True) if not _blanked(tx, one)]
        ending.forget_the_rest(tx)
        control.write_down(tx, now, by, "purge", "after the campaign", f"{count} sightings")
        out_still = retention.reshares_out(tx) - sum(one.state in {State.SENT, *_UNSURE} for one in left)
    return Purged(count, out_still, len(left), backups.remove_all(work), work.store.scrub(whole=True))


def _remove_some(work: Work) -> int:
    with work.store.begin(turn=SIGHTINGS) as tx:
        ids = ending.some_sightings(tx)
        retention.remove(tx, ids, partial(post_key, work))
    return len(ids)


def _blanked(tx: Connection, one: Delivery) -> bool:
    """Whether nothing of it names anybody any more; what is being taken back is let go of once that is confirmed."""
    if one.undo_asked_at is not None and one.undone_at is None:
        return False
    ending.blank(tx, one)
    return True
