"""A person's yes: what forbids it, the checklist of a post that is held for care, and the second person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.care import Tick, missing, statements
from bot.domain.moderation import FINAL, Judgement, Reason, Verdict
from bot.domain.sighting import Sighting, SightingState
from bot.errors import Refused
from bot.services.moderation import repetition
from bot.services.work import Work
from bot.store import approvals, sightings


@dataclass(frozen=True)
class Yes:
    """Who says yes, when (UTC), what of the checklist they confirm, and whether a video is to be shown `again`."""

    by: str
    at: datetime
    ticks: tuple[Tick, ...] = ()
    again: bool = False


def say(tx: Connection, work: Work, seen: Sighting, today: Judgement, yes: Yes) -> bool:
    """Write a yes down. Gives whether it is approved now, or a second person has to say yes too.

    `today` is what the rules of today say: somebody may have been blocked, or an account of ours known, since it was
    seen. Raises Refused where nobody may say yes, or not like this.
    """
    forbidden = [one for one in dict.fromkeys((*seen.judgement.reasons, *today.reasons)) if one in FINAL]
    if forbidden:
        raise Refused(f"Sighting {seen.id} cannot be approved, by nobody: {', '.join(forbidden)}.")
    if seen.state is SightingState.APPROVED and seen.decided_by:
        return True
    if not yes.again:
        _refuse_repetition(tx, work, seen)
    if care_of(seen, today) and not _all_have_said_it(tx, work, seen, care_of(seen, today), yes):
        reasons = (Reason.SECOND, *_kept(seen.judgement.reasons))
        sightings.decide(tx, seen.id, [seen.state], SightingState.HELD, Judgement(Verdict.HOLD, reasons), yes.at)
        return False
    reasons = (*_kept(seen.judgement.reasons), *((Reason.AGAIN,) if yes.again else ()))
    judgement = Judgement(Verdict.APPROVE, reasons)
    sightings.decide(tx, seen.id, [seen.state], SightingState.APPROVED, judgement, yes.at, yes.by)
    return True


def care_of(seen: Sighting, today: Judgement) -> tuple[str, ...]:
    """Why a sighting is held for care: by the rules of today, or because a moderator said so."""
    flagged = (Reason.FLAGGED,) if Reason.FLAGGED in seen.judgement.care else ()
    return (*today.care, *flagged)


def _refuse_repetition(tx: Connection, work: Work, seen: Sighting) -> None:
    accounts = [one.name for one in work.config.accounts.values() if one.platform == seen.post.platform]
    other = repetition.shown_as(tx, seen, accounts, repetition.OUT_OR_QUEUED)
    if other is not None:
        raise Refused(
            f"Sighting {seen.id} shows the same video as sighting {other}, which is out or queued on the same account. "
            f"To show it once more all the same, run: bot approve {seen.id} --again"
        )


def _all_have_said_it(tx: Connection, work: Work, seen: Sighting, care: Iterable[str], yes: Yes) -> bool:
    """Whether this yes, with the checklist, is the last that was needed. Earlier ones count while it waits for it."""
    open_ones = missing(yes.ticks)
    if open_ones:
        raise Refused(_what_to_confirm(seen, care, open_ones))
    two = work.config.moderation.two_people
    if not two or seen.state is not SightingState.HELD or Reason.SECOND not in seen.judgement.reasons:
        approvals.drop(tx, seen.id)
    before = approvals.of(tx, seen.id)
    if yes.by in {one.by for one in before}:
        raise Refused(f"You, {yes.by}, have said yes to sighting {seen.id} already. Somebody else has to, too.")
    approvals.add(tx, seen.id, yes.by, yes.at, yes.ticks)
    return bool(before) or not two


def _what_to_confirm(seen: Sighting, care: Iterable[str], open_ones: Iterable[Tick]) -> str:
    width, asked = max(map(len, Tick)), statements(seen.post)
    sentences = "\n".join(f"  {tick.ljust(width)}  {asked[tick]}." for tick in open_ones)
    ticks = " ".join(f"--tick {tick}" for tick in Tick)
    return (
        f"Sighting {seen.id} is held for care ({'; '.join(care)}). Look at the post, and confirm each of these:\n"
        f"{sentences}\nIf all of it is true, run: bot approve {seen.id} {ticks}\n"
        f"If not, ask its author first, or run: bot reject {seen.id}"
    )


def _kept(reasons: Iterable[str]) -> tuple[str, ...]:
    """What is still worth reading once somebody has said yes."""
    return tuple(one for one in reasons if one not in {Reason.SECOND, Reason.AGAIN})
