"""Approved sightings take their turn: by pace, fairly, and only as they are at that very moment."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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
from bot.services.money import Reservation
from bot.services.sending import attempts
from bot.services.work import Work, nameless
from bot.store import control, deliveries, reshares, sightings
from bot.store.batch import answers
from bot.store.engine import Question, Serialize, answer
from bot.store.reshares import Reshare, WaitingReshares
from bot.values import dataclass

EXACT = 100
"""How many turns whoever sends calculates; all behind them wait for the last of these, to be calculated nearer
by."""


@dataclass(frozen=True)
class SlotInfo:
    """A turn (UTC), why it is this one, and the rules and the zone (of its wall times) that made it so."""

    at: datetime
    why: SlotReason
    rules: PaceRules
    zone: ZoneInfo


def slots(tx: Connection, work: Work, account: str, begins: datetime) -> dict[int, SlotInfo]:
    """Return everybody's turn on an account that sends from `begins` (UTC) on, and why, by delivery."""
    pace, queued, were_out = _pace(work), reshares.waiting_question(account), _were_out(work, account, begins)
    answered = answers(tx, queued, were_out)
    waiting = answered[queued]
    rests = {reshare.id: reshare.rests_until for reshare in waiting if reshare.rests_until is not None}
    assigned = _assigned(work, waiting, answered[were_out], begins)
    turns = ((slot, max(slot.at, rests.get(slot.key, slot.at))) for slot in assigned)
    return {slot.key: SlotInfo(at, slot.why, pace.rules_at(at), pace.zone) for slot, at in turns}


def slots_are_stale(tx: Connection, work: Work, account: str, now: datetime) -> bool:
    """Return whether to calculate again: a turn has come, somebody has none yet, or something is not as it was.

    This is asked every second, while thousands may wait.
    """
    line = reshares.waiting_summary(tx, account)
    if line is None:
        return False
    stamp, calculated_at = work.memory.slots.get(account, (None, now))
    return line.first_at <= now or now < calculated_at or stamp != _stamp(work, line)


def write_slots(tx: Connection, work: Work, account: str, now: datetime) -> list[Slot]:
    """Calculate the next slots, write each into its reshare, and return them, the earliest first."""
    waiting = [reshare for reshare in reshares.waiting(tx, account) if not reshare.is_resting(now)]
    were_out = answer(tx, _were_out(work, account, now)) if waiting else []
    assigned = _assigned(work, waiting, were_out, now, EXACT)
    at = {slot.key: slot.at for slot in assigned}
    reshares.set_slots(
        tx,
        {reshare.id: at[reshare.id] for reshare in waiting if reshare.id in at and _has_other(reshare, at[reshare.id])},
    )
    if len(assigned) == EXACT:
        behind = [reshare.id for reshare in waiting if reshare.id not in at and reshare.not_before <= now]
        reshares.set_slots(tx, dict.fromkeys(behind, assigned[-1].at))
    if (line := reshares.waiting_summary(tx, account)) is not None:
        work.memory.slots[account] = (_stamp(work, line), now)
    return assigned


def _has_other(reshare: Reshare, turn: datetime) -> bool:
    return (reshare.at, reshare.not_before) != (turn, turn)


def _stamp(work: Work, line: WaitingReshares) -> object:
    return (line.count, line.ids, line.last, line.put_off_at, _pace(work))


def _pace(work: Work) -> Pace:
    campaign = work.config.campaign
    return Pace(work.config.pace, campaign.timezone, campaign.day_of_action)


def _were_out(work: Work, account: str, now: datetime) -> Question[list[Reshare]]:
    since = now - max(DAY, _pace(work).same_author_gap)
    return reshares.were_out_question(account, since, since - DAY)


def _assigned(
    work: Work, waiting: Sequence[Reshare], were_out: Sequence[Reshare], now: datetime, most: int | None = None
) -> list[Slot]:
    if not waiting:
        return []
    countries = {handle_key(handle): country for handle, country in work.config.organisations.items()}
    past = [_past(reshare, countries) for reshare in were_out]
    return assign([_candidate(reshare, countries) for reshare in waiting], past, _pace(work), now, most)


def _candidate(reshare: Reshare, countries: Mapping[str, str]) -> Candidate:
    country = countries.get(handle_key(reshare.handle), "")
    waits = reshare.put_off_at, reshare.put_off_until
    return Candidate(reshare.id, reshare.author, reshare.language, reshare.tags, reshare.approved_at, country, *waits)


def _past(reshare: Reshare, countries: Mapping[str, str]) -> PastReshare:
    return PastReshare(
        reshare.at, reshare.author, reshare.language, reshare.tags, countries.get(handle_key(reshare.handle), "")
    )


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


def fetch_again(work: Work, delivery: Delivery, reservation: Reservation | None = None) -> SeenPost | None:
    """Fetch the post again, and return it if it may still be reshared; else the delivery has been put off or called
    off.

    The `reservation` is settled to what the look has cost: the reshare itself is paid for when it leaves.
    """
    with work.store.read() as tx:
        native_ids = known_ids(tx, work, delivery.account, [delivery.post_uri])
    try:
        post = work.platforms[delivery.account].fetch(delivery.post_uri, *native_ids.values())
    except PlatformError as error:
        nameless(work, delivery, error)
        if reservation is not None:
            with work.store.begin() as tx:
                money.settle_failed(tx, reservation, error)
        attempts.postponed(work, delivery, error.as_not_sent())
        work.tell_of(delivery, EventName.POSTPONED, error=error.cause)
        return None
    from bot.services.moderation import gate  # a forecast asks for turns alone, and loads no rule of moderation

    attempts.answered(work, delivery.account)
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        if reservation is not None:
            money.settle(tx, reservation, looked_at([post]) * work.platforms[delivery.account].fetch_cost)
        refusal = gate.final_check(tx, work, delivery, post)
        if refusal is None:
            return post
        gate.call_off(tx, work, delivery, refusal)
    work.tell_of(delivery, EventName.CALLED_OFF, reason=refusal.text)
    return None


def known_ids(tx: Connection, work: Work, account: str, uris: Collection[str]) -> Mapping[str, str]:
    """Return the ids of these posts on the account's server, of those that it has shown us itself."""
    configured = work.config.accounts.get(account)
    server = configured.server if configured else ""
    shown = (sighting.post for sighting in sightings.of_uris(tx, uris)) if server else ()
    return {post.uri: post.native_id for post in shown if post.view == server and post.native_id}
