"""Approved sightings take their turn: by pace, fairly, and only as they are at that very moment."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot.domain.campaign import PaceRules
from bot.domain.delivery import Delivery, State
from bot.domain.post import SeenPost, looked_at
from bot.domain.reshare_queue import DAY, Candidate, Ground, Hold, Pace, PastReshare, Slot, SlotReason, assign
from bot.errors import PlatformError
from bot.hosts import handle_key
from bot.languages import country_name, language_name
from bot.services import money
from bot.services.events import EventName
from bot.services.moderation import gate
from bot.services.money import Reservation
from bot.services.sending import attempts
from bot.services.work import Work, nameless
from bot.store import control, deliveries, reshares, sightings
from bot.store.lock_names import Serialize
from bot.store.reshares import Line, Reshare

_UNITS = (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("m", timedelta(minutes=1)), ("s", timedelta(seconds=1)))


def slot_text(slot: Slot, rules: PaceRules, zone: ZoneInfo, now: datetime) -> str:
    """Why in this order, and what it waits for; `rules` are those of its instant, wall times are the zone's."""
    return "; ".join(filter(None, (_order(slot.why), _hold(slot.why, rules, zone, now))))


def _order(why: SlotReason) -> str:
    match why.ground:
        case Ground.APPROVAL:
            return "its turn by approval time"
        case Ground.AUTHOR:
            return f"its author was {_not_yet(why)}"
        case Ground.LANGUAGE if why.is_first and why.about:
            return f"nobody in {language_name(why.about)} was heard yet"
        case Ground.LANGUAGE:
            return f"{language_name(why.about) if why.about else 'no language'} was {_not_yet(why)}"
        case Ground.COUNTRY if why.is_first and why.about:
            return f"first from {country_name(why.about)}"
        case Ground.COUNTRY:
            return f"{country_name(why.about) if why.about else 'who is of no organisation'} was {_not_yet(why)}"
        case Ground.HASHTAG:
            return f"first with #{why.about}" if why.is_first else f"#{why.about} was heard less"
        case Ground.OTHERS_REST:
            return "goes while others rest whose author was just heard"
        case Ground.PUT_OFF:
            return "is tried again when nobody else waits, for the last try came to nothing"


def _not_yet(why: SlotReason) -> str:
    return "not heard yet" if why.is_first else "heard less"


def _hold(why: SlotReason, rules: PaceRules, zone: ZoneInfo, now: datetime) -> str:
    match why.hold:
        case Hold.NOTHING:
            return ""
        case Hold.GAP:
            return f"waits for the gap of {_length(rules.min_gap)}"
        case Hold.HOUR:
            return f"{rules.per_hour} an hour are out"
        case Hold.DAY:
            return f"{rules.per_day} a day are out"
        case Hold.QUIET:
            return f"quiet hours until {rules.quiet_hours.end:%H:%M}" if rules.quiet_hours else ""
        case Hold.OTHER_RULES:
            return "the pace of that day begins then"
        case Hold.AUTHOR:
            return _author(why.heard_at or now, zone, now)


def _author(heard_at: datetime, zone: ZoneInfo, now: datetime) -> str:
    if heard_at > now:
        return f"the same author goes first, {heard_at.astimezone(zone):%d %b %H:%M}"
    return f"the same author was heard {_length(now - heard_at, is_rough=True)} ago"


def _length(length: timedelta, *, is_rough: bool = False) -> str:
    """A length in the largest unit that says it whole, or that fits into it where that will do."""
    for name, unit in _UNITS:
        if length >= unit and (is_rough or not length % unit):
            return f"{length // unit}{name}"
    return "0s"


EXACT = 100
"""So many turns are reckoned by whoever sends; all behind them wait for the last of these, to be reckoned nearer by."""


@dataclass(frozen=True)
class SlotInfo:
    """A turn (UTC), and in words why it is this one."""

    at: datetime
    why: str


def slots(tx: Connection, work: Work, account: str, now: datetime, begins: datetime) -> dict[int, SlotInfo]:
    """Everybody's turn on an account that sends from `begins` (UTC) on, and why, by delivery."""
    pace = _pace(work)
    slots = _reckon(tx, work, account, reshares.waiting(tx, account), begins)
    return {slot.key: SlotInfo(slot.at, slot_text(slot, pace.rules_at(slot.at), pace.zone, now)) for slot in slots}


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


def _past(one: Reshare, countries: Mapping[str, str]) -> PastReshare:
    return PastReshare(one.at, one.author, one.language, one.tags, countries.get(handle_key(one.handle), ""))


def claim_next(work: Work, account: str) -> Delivery | None:
    """Claim the reshare whose turn it is now; also writes the next ones' turns into their `due_at`."""
    now = work.clock()
    with work.store.read() as tx:
        if not are_stale(tx, work, account, now) or control.reshares_rest(tx, account, now):
            return None
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        if not attempts.is_open(tx, work, account, now):
            return None
        for slot in write(tx, work, account, now):
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
        against = gate.objection(tx, work, one, post)
        if against is None:
            return post
        gate.heed(tx, work, one, against)
    work.tell_of(one, EventName.CALLED_OFF, reason=against.text)
    return None


def known_ids(tx: Connection, work: Work, account: str, uris: Collection[str]) -> Mapping[str, str]:
    """Return the ids of these posts on the account's server, of those that it has shown us itself."""
    configured = work.config.accounts.get(account)
    server = configured.server if configured else ""
    shown = (one.post for one in sightings.of_uris(tx, uris)) if server else ()
    return {post.uri: post.native_id for post in shown if post.view == server and post.native_id}
