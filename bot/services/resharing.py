"""Approved sightings take their turn: by pace, fairly, and only as they are at that very moment."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot.domain.campaign import PaceRules
from bot.domain.delivery import Delivery, State
from bot.domain.post import SeenPost, looked_at
from bot.domain.reshare_queue import DAY, Candidate, Pace, PastReshare, Slot, SlotReason, assign
from bot.errors import PlatformError
from bot.hosts import handle_key
from bot.services import money
from bot.services.events import EventName
from bot.services.moderation import gate
from bot.services.money import Reservation
from bot.services.sending import attempts
from bot.services.work import Work, nameless
from bot.store import control, deliveries, reshares, sightings
from bot.store.lock_names import Serialize
from bot.store.reshares import Reshare, WaitingReshares

EXACT = 100
"""So many turns are reckoned by whoever sends; all behind them wait for the last of these, to be reckoned nearer by."""


@dataclass(frozen=True)
class SlotInfo:
    """A turn (UTC), why it is this one, and the rules and the zone (of its wall times) that made it so."""

    at: datetime
    why: SlotReason
    rules: PaceRules
    zone: ZoneInfo


def slots(tx: Connection, work: Work, account: str, begins: datetime) -> dict[int, SlotInfo]:
    """Everybody's turn on an account that sends from `begins` (UTC) on, and why, by delivery."""
    pace = _pace(work)
    slots = _assigned(tx, work, account, reshares.waiting(tx, account), begins)
    return {slot.key: SlotInfo(slot.at, slot.why, pace.rules_at(slot.at), pace.zone) for slot in slots}


def slots_are_stale(tx: Connection, work: Work, account: str, now: datetime) -> bool:
    """Whether to reckon anew: a turn has come, somebody has none yet, or something is not as it was.

    This is asked every second, while thousands may wait.
    """
    line = reshares.waiting_summary(tx, account)
    if line is None:
        return False
    stamp, reckoned_at = work.memory.slots.get(account, (None, now))
    return line.first_at <= now or now < reckoned_at or stamp != _stamp(work, line)


def write_slots(tx: Connection, work: Work, account: str, now: datetime) -> list[Slot]:
    """Reckon the next turns, and write down each one's. Gives them, the earliest first."""
    waiting = reshares.waiting(tx, account)
    slots = _assigned(tx, work, account, waiting, now, EXACT)
    at = {slot.key: slot.at for slot in slots}
    reshares.set_slots(tx, {one.id: at[one.id] for one in waiting if one.id in at and _has_other(one, at[one.id])})
    if len(slots) == EXACT:
        behind = [one.id for one in waiting if one.id not in at and one.not_before <= now]
        reshares.set_slots(tx, dict.fromkeys(behind, slots[-1].at))
    if (line := reshares.waiting_summary(tx, account)) is not None:
        work.memory.slots[account] = (_stamp(work, line), now)
    return slots


def _has_other(one: Reshare, turn: datetime) -> bool:
    return (one.at, one.not_before) != (turn, turn)


def _stamp(work: Work, line: WaitingReshares) -> object:
    return (line.count, line.ids, line.last, line.put_off_at, _pace(work))


def _pace(work: Work) -> Pace:
    campaign = work.config.campaign
    return Pace(work.config.pace, campaign.timezone, campaign.day_of_action)


def _assigned(
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


def _past(one: Reshare, countries: Mapping[str, str]) -> PastReshare:
    return PastReshare(one.at, one.author, one.language, one.tags, countries.get(handle_key(one.handle), ""))


def claim_next(work: Work, account: str) -> Delivery | None:
    """Claim the reshare whose turn it is now; also writes the next ones' turns into their `due_at`."""
    now = work.clock()
    with work.store.read() as tx:
        if not slots_are_stale(tx, work, account, now) or control.reshares_rest(tx, account, now):
            return None
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        if not attempts.is_open(tx, work, account, now):
            return None
        for slot in write_slots(tx, work, account, now):
            if slot.at > now:
                return None
            if deliveries.step(tx, slot.key, State.PLANNED, State.CLAIMED):
                return attempts.must_get(tx, slot.key)
    return None


def fetch_again(work: Work, one: Delivery, aside: Reservation | None = None) -> SeenPost | None:
    """The post as it is now, if it may still be reshared; else the delivery has been put off or called off.

    What was set `aside` for it is settled to what the look has cost: the reshare itself is paid for when it leaves.
    """
    with work.store.read() as tx:
        known = known_ids(tx, work, one.account, [one.post_uri])
    try:
        post = work.platforms[one.account].fetch(one.post_uri, *known.values())
    except PlatformError as error:
        nameless(work, one, error)
        if aside is not None:
            with work.store.begin() as tx:
                money.settle_failed(tx, aside, error)
        attempts.postponed(work, one, error.as_not_sent())
        work.tell_of(one, EventName.POSTPONED, error=str(error))
        return None
    attempts.answered(work, one.account)
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        if aside is not None:
            money.settle(tx, aside, looked_at([post]) * work.platforms[one.account].fetch_cost)
        against = gate.final_check(tx, work, one, post)
        if against is None:
            return post
        gate.call_off(tx, work, one, against)
    work.tell_of(one, EventName.CALLED_OFF, reason=against.text)
    return None


def known_ids(tx: Connection, work: Work, account: str, uris: Collection[str]) -> Mapping[str, str]:
    """Return the ids of these posts on the account's server, of those that it has shown us itself."""
    configured = work.config.accounts.get(account)
    server = configured.server if configured else ""
    shown = (one.post for one in sightings.of_uris(tx, uris)) if server else ()
    return {post.uri: post.native_id for post in shown if post.view == server and post.native_id}
