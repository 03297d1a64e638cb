"""Why a reshare goes when it goes, in the words of people."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.campaign import PaceRules
from bot.domain.pace import Hold
from bot.domain.turns import Ground, Slot, Why
from bot.languages import country_name, language_name

_UNITS = (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("m", timedelta(minutes=1)), ("s", timedelta(seconds=1)))


def in_words(slot: Slot, rules: PaceRules, zone: ZoneInfo, now: datetime) -> str:
    """Why in this order, and what it waits for; `rules` are those of its instant, wall times are the zone's."""
    return "; ".join(filter(None, (_order(slot.why), _hold(slot.why, rules, zone, now))))


def _order(why: Why) -> str:
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


def _not_yet(why: Why) -> str:
    return "not heard yet" if why.is_first else "heard less"


def _hold(why: Why, rules: PaceRules, zone: ZoneInfo, now: datetime) -> str:
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
