"""Days counted from the day of action, and wall times turned into instants without guessing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.values import dataclass

_RELATIVE = re.compile(r"T(?:([+-])(\d{1,4}))?\Z", re.ASCII)
_DURATION = re.compile(r"(\d{1,6})([smhd])\Z", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True)
class Day:
    """A day of a schedule as its author wrote it: counted from the day of action ("T-30"), or a date.

    How it was written is its identity: a counted day moves with the day of action, a date does not.
    """

    offset: int = 0
    fixed: date | None = None

    @classmethod
    def parse(cls, written: str | date) -> Day:
        """Read "T", "T-30", "T+1", "2025-03-17" or a date. Raise ValueError for anything else."""
        if isinstance(written, date):
            return cls(fixed=written)
        match = _RELATIVE.match(written.strip())
        if match is None:
            return cls(fixed=date.fromisoformat(written.strip()))
        sign, days = match.groups()
        return cls(offset=int(f"{sign}{days}") if days else 0)

    def on(self, day_of_action: date) -> date:
        """Return the calendar date. Raise OverflowError when it lies outside the calendar."""
        return self.fixed or day_of_action + timedelta(days=self.offset)

    def __str__(self) -> str:
        return self.fixed.isoformat() if self.fixed else day_label(self.offset)


def day_label(offset: int) -> str:
    """Return a number of days from the day of action as people write it: "T-3", "T", "T+1"."""
    return f"T{offset:+d}" if offset else "T"


class WallTimeError(ValueError):
    """A wall time that daylight saving skips or repeats; `choices` are the two instants (UTC) it could mean."""

    def __init__(self, wall: datetime, choices: tuple[datetime, datetime], *, skipped: bool) -> None:
        happens = "does not exist: the clock skips it" if skipped else "happens twice: the clock is set back"
        super().__init__(f"{wall:%Y-%m-%d %H:%M} {happens}")
        self.wall = wall
        self.choices = choices
        self.skipped = skipped


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the UTC instant of a wall time. Raise WallTimeError where daylight saving makes it none or two."""
    wall = datetime.combine(day, at.replace(tzinfo=None, fold=0))
    first = wall.replace(tzinfo=zone)
    second = wall.replace(tzinfo=zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    choices = tuple(sorted((first.astimezone(UTC), second.astimezone(UTC))))
    skipped = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != wall
    raise WallTimeError(wall, (choices[0], choices[1]), skipped=skipped)


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the UTC instant at which this day ends in the zone (its next midnight, or what stands for it)."""
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone).astimezone(UTC)


def duration(written: str) -> timedelta:
    """Read a whole number and one of s, m, h, d ("10m"). Raise ValueError for anything else."""
    match = _DURATION.match(written.strip())
    if match is None:
        raise ValueError(f'"{written}" is not a duration')
    return timedelta(**{_UNITS[match.group(2)]: int(match.group(1))})


@dataclass(frozen=True)
class ScheduledPost:
    """One `[[post]]` of a schedule. `path` is relative to the campaign's folder, `line` where the table opens.

    `at` is the wall time of every language, or None where `times` has one for each. Those that would go out at the same
    time on one account go out `gap` after each other. Empty `accounts` and `languages` mean all; `important` is None
    where nothing is written, and then the posts of the day of action are. With `hold` a post waits until a person
    releases it. `lines` maps each key to the line it was
    written on.
    """

    path: str
    line: int
    message: str
    days: tuple[Day, ...]
    at: time | None
    zone: ZoneInfo
    accounts: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    late: timedelta = timedelta(hours=6)
    important: bool | None = None
    lines: Mapping[str, int] = field(default_factory=dict)
    times: Mapping[str, time] = field(default_factory=dict)
    gap: timedelta = timedelta(0)
    hold: bool = False

    def time_of(self, language: str) -> time | None:
        """Return the wall time of a language, or None where nothing says it."""
        return self.times.get(language) if self.at is None else self.at
