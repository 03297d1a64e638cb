"""The pace of reshares: caps, gaps and quiet hours, and others on the day of action itself."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

from bot.domain.campaign import PaceRules, QuietHours

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

_ALWAYS = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)


class Hold(StrEnum):
    """What keeps a reshare from going sooner."""

    NOTHING = "nothing"
    GAP = "gap"
    HOUR = "hour"
    DAY = "day"
    QUIET = "quiet"
    AUTHOR = "author"
    OTHER_RULES = "other rules"


@dataclass(frozen=True)
class Free:
    """An instant (UTC) at which something may go, and what keeps it from going sooner."""

    at: datetime
    hold: Hold = Hold.NOTHING


@dataclass(frozen=True)
class Span:
    """From `begins` until before `ends` (UTC) these rules hold."""

    begins: datetime
    ends: datetime
    rules: PaceRules


@dataclass(frozen=True)
class Pace:
    """The rules of a campaign: `rules.burst` on the day of action, from midnight to midnight in the zone."""

    rules: PaceRules
    zone: ZoneInfo
    day: date

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """Which rules hold when, in the order of time, without gaps."""
        burst = self.rules.burst
        if burst is None:
            return (Span(_ALWAYS, _NEVER, self.rules),)
        begins, ends = (_midnight(day, self.zone) for day in (self.day, self.day + timedelta(days=1)))
        return (Span(_ALWAYS, begins, self.rules), Span(begins, ends, burst), Span(ends, _NEVER, self.rules))

    @property
    def same_author_gap(self) -> timedelta:
        """The longest there is, on whichever day."""
        return max(span.rules.same_author_gap for span in self.spans)

    def rules_at(self, at: datetime) -> PaceRules:
        """Those that hold at an instant."""
        return next(span.rules for span in self.spans if at < span.ends)

    def next_free(self, now: datetime, past: Sequence[datetime]) -> Free | None:
        """The first instant from `now` on that the gap, both caps and the quiet hours of that instant allow.

        `past` is sorted. Hours and days are rolling ones, so that no boundary lets two caps' worth out at once. None
        where a cap of nought lets nothing out any more.
        """
        for span in self.spans:
            if now < span.ends and span.rules.per_hour > 0 and span.rules.per_day > 0:
                free = self._within(span, now, past)
                if free.at < span.ends:
                    return free
        return None

    def _within(self, span: Span, now: datetime, past: Sequence[datetime]) -> Free:
        rules = span.rules
        free = Free(now) if span.begins <= now else Free(span.begins, Hold.OTHER_RULES)
        while free.at < span.ends:
            at = free.at
            later = max(
                Free(past[-1] + rules.min_gap if past else at, Hold.GAP),
                Free(_after_cap(at, past, rules.per_hour, HOUR), Hold.HOUR),
                Free(_after_cap(at, past, rules.per_day, DAY), Hold.DAY),
                Free(after_quiet(at, rules.quiet_hours, self.zone), Hold.QUIET),
                key=lambda one: one.at,
            )
            if later.at <= at:
                break
            free = later
        return free

    def author_free(self, last: datetime, at: datetime) -> datetime:
        """The first instant from `at` on at which an author who was heard at `last` may be heard again."""
        for span in self.spans:
            free = max(at, span.begins, last + span.rules.same_author_gap)
            if free < span.ends:
                return free
        return _NEVER


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins (UTC); where the clock skips midnight, that is when it is set forward."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _after_cap(at: datetime, past: Sequence[datetime], cap: int, window: timedelta) -> datetime:
    recent = len(past) - bisect_right(past, at - window)
    return past[-cap] + window if recent >= cap else at


def after_quiet(at: datetime, quiet: QuietHours | None, zone: ZoneInfo) -> datetime:
    """`at` itself, or the end of the quiet hours it falls into (UTC)."""
    if quiet is None or not is_quiet(at, quiet, zone):
        return at
    local = at.astimezone(zone)
    day = local.date() + (timedelta(days=1) if local.time() >= quiet.end else timedelta())
    end = datetime.combine(day, quiet.end, tzinfo=zone).astimezone(UTC)
    while end <= at or is_quiet(end, quiet, zone):
        end += timedelta(minutes=1)
    while end - timedelta(minutes=1) > at and not is_quiet(end - timedelta(minutes=1), quiet, zone):
        end -= timedelta(minutes=1)  # the clocks skip the end itself: it is when they were set on
    return end


def is_quiet(at: datetime, quiet: QuietHours, zone: ZoneInfo) -> bool:
    """Whether an instant falls into the quiet hours of the zone, the end not included."""
    wall = at.astimezone(zone).time()
    if quiet.start <= quiet.end:
        return quiet.start <= wall < quiet.end
    return wall >= quiet.start or wall < quiet.end
