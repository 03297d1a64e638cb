"""How every command says when: the campaign's local time with its zone, and UTC where that could be misread."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise

_DAY = timedelta(days=1)

_zone: list[tzinfo] = [UTC]
"""The zone of the campaign that this process has opened, the last one counts."""


def show_in(zone: tzinfo) -> None:
    """Say times in this zone from now on: that of the campaign that was opened."""
    _zone[:] = [zone]


def local(at: datetime) -> datetime:
    """Return an instant in the campaign's zone."""
    return at.astimezone(_zone[-1])


def time_text(at: datetime, today: datetime | None = None, *, seconds: bool = True) -> str:
    """Return an instant as people are told it: "Wed 16 Apr 2025 09:30 CEST (07:30 UTC)".

    The day is left out where it is that of `today`, else the year where that is the same; seconds where there are none,
    or none are asked for.
    """
    return f"{day_and_clock(at, today, seconds=seconds)} {zone_name(at)}{_beside(at, seconds=seconds)}"


def times_text(instants: Sequence[datetime], today: datetime | None = None) -> str:
    """Return the instants in their order; zone and UTC stand behind the last of those that share a zone, and the day
    before the first of its own: "09:30:10, 09:30:20 CEST"."""
    shown = [time_text(instants[0], today)] if instants else []
    for before, at in pairwise(instants):
        if zone_name(before) == zone_name(at):
            shown[-1] = shown[-1].removesuffix(f" {zone_name(before)}{_beside(before)}")
        shown.append(time_text(at, before))
    return ", ".join(shown)


def short_text(at: datetime, today: datetime | None = None) -> str:
    """Return an instant without seconds and UTC, for tables that have no room: "Wed 16 Apr 09:30 CEST"."""
    return f"{day_and_clock(at, today, seconds=False)} {zone_name(at)}"


def day_and_clock(at: datetime, today: datetime | None = None, *, seconds: bool = True) -> str:
    """Return an instant without its zone: "Wed 16 Apr 2025 09:30"."""
    day = day_text(at, today) if today is None or local(at).date() != local(today).date() else ""
    return f"{day} {clock_text(local(at), seconds=seconds)}".lstrip()


def day_text(at: datetime, today: datetime | None = None) -> str:
    """Return the campaign's day of an instant: "Wed 16 Apr 2025"; without the year where `today` has the same."""
    day = local(at)
    year = f" {day.year}" if today is None or local(today).year != day.year else ""
    return f"{day:%a} {day.day} {day:%b}{year}"


def clock_text(at: datetime, *, seconds: bool = True) -> str:
    """Return the time of day, in the instant's own zone, with seconds where there are any and they are asked for."""
    return f"{at:%H:%M:%S}" if seconds and at.second else f"{at:%H:%M}"


def zone_name(at: datetime) -> str:
    """Return the short name of the campaign's zone at an instant: "CET", or "UTC+3" where it has none."""
    name = local(at).tzname() or "UTC"
    if name[0] not in "+-":
        return name
    hours = f"{name[0]}{name[1:3].lstrip('0') or '0'}"
    return f"UTC{hours}:{name[3:]}" if name[3:].strip("0") else f"UTC{hours}"


def utc_text(at: datetime, *, seconds: bool = True) -> str:
    """Return the time of day in UTC, with the day where it is another one than the campaign's."""
    utc = at.astimezone(UTC)
    day = "" if utc.date() == local(at).date() else f"{utc:%a} {utc.day} {utc:%b} "
    return f"{day}{clock_text(utc, seconds=seconds)} UTC"


def can_be_misread(at: datetime) -> bool:
    """Return whether a local time alone could be taken for another instant.

    It can where the reader's clock (this machine's) goes otherwise, and a day around each change of the campaign's own.
    """
    offset = local(at).utcoffset()
    if not offset:
        return at.astimezone().utcoffset() != offset and zone_name(at) != "UTC"
    is_changing = local(at - _DAY).utcoffset() != local(at + _DAY).utcoffset()
    return is_changing or at.astimezone().utcoffset() != offset


def _beside(at: datetime, *, seconds: bool = True) -> str:
    return f" ({utc_text(at, seconds=seconds)})" if can_be_misread(at) else ""
