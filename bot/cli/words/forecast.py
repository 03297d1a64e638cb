"""When a delivery goes, and why then, in English."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.cli.words.causes import cause_text
from bot.cli.words.times import time_text
from bot.domain.campaign import PaceRules
from bot.domain.reshare_queue import Ground, Hold, SlotReason
from bot.languages import country_name, language_name
from bot.services.forecast import Forecast, Why, WhyCode
from bot.services.resharing import SlotInfo


def why_text(forecast: Forecast) -> str:
    """Return what decides when a delivery goes, "" where it simply goes at its time."""
    texts = (cause_text(_why(why, forecast.now)).rstrip(".") for why in forecast.why)
    return "; ".join(dict.fromkeys(text for text in texts if text))


def _why(why: Why, now: datetime) -> str:
    name, until = why.account, time_text(why.until, now) if why.until else ""
    match why.code:
        case WhyCode.TURN:
            return slot_text(why.slot, now) if why.slot is not None else ""
        case WhyCode.OVERDUE:
            return "overdue"
        case WhyCode.PUT_OFF | WhyCode.NO_MONEY | WhyCode.ACCOUNT_BARRED:
            return why.reason
        case WhyCode.RESHARES_REST:
            return f"{name} may ask for no more before {until}"
        case WhyCode.ACCOUNT_RESTS:
            return f"{name} rests until {until}"
        case WhyCode.TOO_LATE:
            return f"too late by then: it is missed at {until}"
        case WhyCode.BEING_TAKEN_BACK:
            return "it is being taken back"
        case WhyCode.WAITS_FOR_LINK:
            return f"waits for {{{why.reason}}}"
        case WhyCode.ACCOUNT_UNKNOWN:
            return f"{name} is not in bot.toml any more"
        case WhyCode.ACCOUNT_CLOSED:
            return f"{name} is closed: {why.reason}"
        case WhyCode.IN_DOUBT:
            return f"{name} is paused until its timeline was read"
        case WhyCode.STOPPED:
            return "sending is stopped"
        case WhyCode.NO_TURN:
            return "the pace lets nothing out"


_UNITS = (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("m", timedelta(minutes=1)), ("s", timedelta(seconds=1)))


def slot_text(slot: SlotInfo, now: datetime) -> str:
    """Return why a reshare has its place in the order, and what it waits for."""
    return "; ".join(filter(None, (_order(slot.why), _hold(slot.why, slot.rules, now))))


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


def _hold(why: SlotReason, rules: PaceRules, now: datetime) -> str:
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
            return _author(why.heard_at or now, now)


def _author(heard_at: datetime, now: datetime) -> str:
    if heard_at > now:
        return f"the same author goes first, {time_text(heard_at, now, seconds=False)}"
    return f"the same author was heard {_length(now - heard_at, is_rough=True)} ago"


def _length(length: timedelta, *, is_rough: bool = False) -> str:
    """Return a length in the largest unit that says it whole, or that fits into it where that will do."""
    for name, unit in _UNITS:
        if length >= unit and (is_rough or not length % unit):
            return f"{length // unit}{name}"
    return "0s"
