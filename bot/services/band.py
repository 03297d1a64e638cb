"""What stands on top of every page: whether the campaign is at work, who stopped it, what waits, and its swell."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.services import status
from bot.services.status import Pulse
from bot.services.work import Work
from bot.store import delivery_counts, hourly_counts, overview
from bot.store.batch import answers
from bot.store.delivery_counts import DueSpan
from bot.store.overview import Standing
from bot.values import dataclass


class Stand(StrEnum):
    """How the whole campaign stands; the first that holds."""

    STOPPED = "stopped"
    IN_DOUBT = "in_doubt"
    NO_WORKER = "no_worker"
    AT_WORK = "at_work"


@dataclass(frozen=True)
class Band:
    """How the campaign stands at an instant. Times are UTC.

    `days` counts from the day of action (-7 a week before); `waiting` is how many posts of others wait for a yes;
    `worker_seen_at` is the last sign of any worker.
    """

    stand: Stand
    days: int
    stopped_by: str
    stopped_at: datetime | None
    worker_seen_at: datetime | None
    waiting: int


@dataclass(frozen=True)
class SwellBar:
    """A day of the campaign, or an hour of the day of action: our posts (`total`, and how many are `out`), and how
    many of others were seen. `begin` is when it begins, in the campaign's zone."""

    begin: datetime
    total: int
    out: int
    theirs: int


@dataclass(frozen=True)
class Swell:
    """The bars in their order, each of a day, or on the day of action of an hour."""

    bars: tuple[SwellBar, ...]
    is_by_hour: bool


def read(work: Work, now: datetime) -> Band:
    """Return how the campaign stands: one query, which does not grow with what is stored."""
    with work.store.read() as tx:
        return band_of(work, overview.standing(tx, now), now)


def band_of(work: Work, standing: Standing, now: datetime) -> Band:
    """Return what `read` returns, made of what a page has read already. `now` is in UTC."""
    stop, beats = standing.stop, standing.heartbeats
    pulses = [status.pulse_of(beat, standing.at) for beat in beats]
    if stop is not None:
        stand = Stand.STOPPED
    elif standing.doubt is not None:
        stand = Stand.IN_DOUBT
    else:
        stand = Stand.AT_WORK if Pulse.RUNNING in pulses or work.is_rehearsal else Stand.NO_WORKER
    return Band(
        stand,
        (now.astimezone(work.config.campaign.timezone).date() - work.config.campaign.day_of_action).days,
        stop.by if stop else "",
        stop.at if stop else None,
        max((beat.beat_at for beat in beats), default=None),
        standing.approvals.count,
    )


_FEWEST_DAYS = 21
_RUN_UP, _ECHO = timedelta(days=61), timedelta(days=30)
"""What was due longer before the day of action, or longer after it, is left out: it would make each bar a hair."""


def read_swell(work: Work, now: datetime) -> Swell:
    """Return the campaign's swell by day from the first post to the last, as far as they are of its time; on the day
    of action that day's, by hour: one query."""
    campaign = work.config.campaign
    zone = campaign.timezone
    today = now.astimezone(zone).date()
    is_by_hour = today == campaign.day_of_action
    days = _days(campaign.day_of_action - _RUN_UP, campaign.day_of_action + _ECHO)
    begins = _hours(today, work) if is_by_hour else [_midnight(day, work) for day in days]
    ends = [*begins[1:], _midnight(begins[-1].date() + timedelta(days=1), work)]
    spans = [DueSpan(begin, end) for begin, end in zip(begins, ends, strict=True)]
    with work.store.read() as tx:
        of_ours, of_theirs = delivery_counts.swell_question(spans), hourly_counts.hours_question(begins[0], ends[-1])
        answered = answers(tx, of_ours, of_theirs)
    seen: Counter[datetime] = Counter()
    for hour, posts in answered[of_theirs].items():
        local = hour.astimezone(zone)
        seen[local.replace(minute=0) if is_by_hour else local.replace(hour=0, minute=0)] += posts
    bars = [SwellBar(at, ours.total, ours.out, seen[at]) for at, ours in zip(begins, answered[of_ours], strict=True)]
    if is_by_hour:
        return Swell(tuple(bars), is_by_hour)
    counted = [place for place, bar in enumerate(bars) if bar.total or bar.begin.date() == campaign.day_of_action]
    first, last = counted[0], counted[-1]
    return Swell(tuple(bars[min(first, last - _FEWEST_DAYS + 1) : last + 1]), is_by_hour)


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _midnight(day: date, work: Work) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=work.config.campaign.timezone)


def _hours(day: date, work: Work) -> list[datetime]:
    """Return the hours of a day from six in the morning; each is one that a clock on the wall shows."""
    return [_midnight(day, work).replace(hour=hour) for hour in range(6, 24)]
