"""The turns of those reshares that wait on an account, reckoned from what the store holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.pace import DAY, Pace
from bot.domain.turns import Slot, assign
from bot.domain.waiting import Candidate, Past
from bot.hosts import handle_key
from bot.services.resharing.turn_words import in_words
from bot.services.work import Work
from bot.store import reshares
from bot.store.reshares import Line, Reshare

EXACT = 100
"""So many turns are reckoned by whoever sends; all behind them wait for the last of these, to be reckoned nearer by."""


@dataclass(frozen=True)
class Told:
    """A turn (UTC), and in words why it is this one."""

    at: datetime
    why: str


def told(tx: Connection, work: Work, account: str, now: datetime, begins: datetime) -> dict[int, Told]:
    """Everybody's turn on an account that sends from `begins` (UTC) on, and why, by delivery."""
    pace = _pace(work)
    slots = _reckon(tx, work, account, reshares.waiting(tx, account), begins)
    return {slot.key: Told(slot.at, in_words(slot, pace.rules_at(slot.at), pace.zone, now)) for slot in slots}


def are_stale(tx: Connection, work: Work, account: str, now: datetime) -> bool:
    """Whether to reckon anew: a turn has come, somebody has none yet, or something is not as it was.

    This is asked every second, while thousands may wait.
    """
    line = reshares.line(tx, account)
    if line is None:
        return False
    stamp, reckoned_at = work.turns_known.get(account, (None, now))
    return line.first_at <= now or now < reckoned_at or stamp != _stamp(work, line)


def write(tx: Connection, work: Work, account: str, now: datetime) -> list[Slot]:
    """Reckon the next turns, and write down each one's. Gives them, the earliest first."""
    waiting = reshares.waiting(tx, account)
    slots = _reckon(tx, work, account, waiting, now, EXACT)
    at = {slot.key: slot.at for slot in slots}
    reshares.give_turns(tx, {one.id: at[one.id] for one in waiting if one.id in at and _has_other(one, at[one.id])})
    if len(slots) == EXACT:
        behind = [one.id for one in waiting if one.id not in at and one.not_before <= now]
        reshares.give_turns(tx, dict.fromkeys(behind, slots[-1].at))
    if (line := reshares.line(tx, account)) is not None:
        work.turns_known[account] = (_stamp(work, line), now)
    return slots


def _has_other(one: Reshare, turn: datetime) -> bool:
    return (one.at, one.not_before) != (turn, turn)


def _stamp(work: Work, line: Line) -> object:
    return (line.count, line.ids, line.last, line.put_off_at, _pace(work))


def _pace(work: Work) -> Pace:
    campaign = work.config.campaign
    return Pace(work.config.pace, campaign.timezone, campaign.day_of_action)


def _reckon(
    tx: Connection, work: Work, account: str, waiting: Sequence[Reshare], now: datetime, most: int | None = None
) -> list[Slot]:
    if not waiting:
        return []
    pace = _pace(work)
    since = now - max(DAY, pace.same_author_gap)
    countries = {handle_key(handle): country for handle, country in work.config.organisations.items()}
    past = [_past(one, countries) for one in reshares.were_out(tx, account, since, since - DAY)]
    return assign([_candidate(one, countries) for one in waiting], past, pace, now, most)


def _candidate(one: Reshare, countries: Mapping[str, str]) -> Candidate:
    country = countries.get(handle_key(one.handle), "")
    waits = one.put_off_at, one.put_off_until
    return Candidate(one.id, one.author, one.language, one.tags, one.approved_at, country, *waits)


def _past(one: Reshare, countries: Mapping[str, str]) -> Past:
    return Past(one.at, one.author, one.language, one.tags, countries.get(handle_key(one.handle), ""))
