"""The hijack alarm: one text from many accounts pauses all automatic approval, and tells the team."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.moderation import Company, Judgement, Reason, Verdict
from bot.domain.rules import in_words
from bot.domain.sighting import Sighting, SightingState
from bot.services.moderation.calling_off import call_off
from bot.services.work import SIGHTINGS, Work
from bot.store import automatic, control, sightings
from bot.store.automatic import Automatic


def watch(tx: Connection, work: Work, found: Sequence[Sighting], company: Mapping[str, Company], now: datetime) -> str:
    """Raise the alarm where what was just found looks like somebody taking over the hashtag.

    Gives what the team is to be told, "" where nothing is the matter, or is known already: whoever switched automatic
    approval on again has seen what came before, and is left in peace until as much has come anew.
    """
    rules = work.config.moderation.alarm
    authors = max((company[one.post.uri].same_text_by + 1 for one in found if one.post.uri in company), default=0)
    if authors < rules.authors:
        return ""
    before = automatic.read(tx)
    if not before.is_on or (before.since is not None and before.since <= now < before.since + rules.within):
        return ""
    why = f"one text from {authors} accounts within {in_words(rules.within)}"
    _pause(tx, Automatic(is_on=False, since=now, why=why))
    return (
        f"{why} looks like somebody taking over the hashtag: automatic approval is paused. "
        "Look at: bot sightings --state held. To go on: bot automatic on"
    )


def is_automatic(tx: Connection) -> bool:
    """Whether rules may approve: no alarm and nobody of us has paused them."""
    return automatic.read(tx).is_on


def standing(work: Work) -> Automatic:
    """How automatic approval stands."""
    with work.store.read() as tx:
        return automatic.read(tx)


def switch(work: Work, by: str, *, on: bool) -> Automatic:
    """Let rules approve again, or have them approve nothing any more; what waits by their word alone is held then."""
    now = work.clock()
    after = Automatic(is_on=on, since=now, by=by, why=f"switched {'on' if on else 'off'} by {by}")
    with work.store.begin(turn=SIGHTINGS) as tx:
        if on:
            automatic.write(tx, after)
        else:
            _pause(tx, after)
        control.write_down(tx, now, by, f"automatic {'on' if on else 'off'}", "all sightings")
    work.tell("automatic_switched", f"automatic approval was {after.why}")
    return after


def _pause(tx: Connection, now: Automatic) -> None:
    """A reshare that is under way stays with whoever sent it: should it not be out, the door holds it."""
    automatic.write(tx, now)
    judgement = Judgement(Verdict.HOLD, (Reason.PAUSED,))
    for seen in sightings.approved_by_rule(tx):
        call_off(tx, seen.id, Reason.PAUSED)
        sightings.decide(
            tx, seen.id, [SightingState.APPROVED], SightingState.HELD, judgement, now.since or seen.seen_at
        )
