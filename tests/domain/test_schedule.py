"""Days counted from the day of action, and wall times in every zone there is."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.schedule import Day, WallTimeError, day_label, duration, end_of_day, instant
from tests.harness.table import each_of

ZONES = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
DAYS = st.dates(date(1970, 1, 2), date(2190, 1, 1))
TIMES = st.times().map(lambda at: at.replace(microsecond=0))


@settings(max_examples=400, deadline=None)
@given(day=DAYS, at=TIMES, zone=ZONES)
def test_a_wall_time_is_one_instant_or_names_its_two_choices(day: date, at: time, zone: ZoneInfo) -> None:
    assert_one_or_two(day, at, zone)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Beirut"])
@settings(max_examples=100, deadline=None)
@given(change=st.integers(0, 10_000), minutes=st.integers(-200, 200))
def test_the_hours_around_a_change_of_the_clock_are_never_guessed(zone: str, change: int, minutes: int) -> None:
    changes = _changes(ZoneInfo(zone))
    wall = changes[change % len(changes)].astimezone(ZoneInfo(zone)).replace(tzinfo=None) + timedelta(minutes=minutes)
    assert_one_or_two(wall.date(), wall.time(), ZoneInfo(zone))


def _changes(zone: ZoneInfo) -> list[datetime]:
    months = [datetime(year, month, 10, tzinfo=UTC) for year in (1999, 2017, 2018, 2025) for month in range(1, 13)]
    return [
        _change(before, after, zone)
        for before, after in pairwise(months)
        if before.year == after.year and before.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset()
    ]


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    while after - before > timedelta(minutes=1):
        middle = before + (after - before) / 2
        same = middle.astimezone(zone).utcoffset() == before.astimezone(zone).utcoffset()
        before, after = (middle, after) if same else (before, middle)
    return after


def assert_one_or_two(day: date, at: time, zone: ZoneInfo) -> None:
    wall = datetime.combine(day, at)
    try:
        found = instant(day, at, zone)
    except WallTimeError as error:
        early, late = error.choices
        assert early < late
        shown = [choice.astimezone(zone).replace(tzinfo=None) for choice in error.choices]
        if error.skipped:
            assert shown[0] < wall < shown[1]
        else:
            assert shown == [wall, wall]
    else:
        assert found.astimezone(zone).replace(tzinfo=None) == wall


@settings(max_examples=200, deadline=None)
@given(day=DAYS, zone=ZONES)
def test_a_day_ends_where_the_next_begins(day: date, zone: ZoneInfo) -> None:
    end = end_of_day(day, zone)
    assert end.astimezone(zone).date() > day
    assert (end - timedelta(seconds=1)).astimezone(zone).date() <= day


@given(offset=st.integers(-9999, 9999))
@settings(max_examples=50)
def test_a_counted_day_reads_as_it_is_written(offset: int) -> None:
    day = Day.parse(day_label(offset))
    assert day == Day(offset)
    assert str(day) == day_label(offset)
    assert day.on(date(2025, 4, 16)) == date(2025, 4, 16) + timedelta(days=offset)


@given(day=st.dates())
@settings(max_examples=50)
def test_a_date_reads_as_it_is_written_and_does_not_move(day: date) -> None:
    assert Day.parse(str(day)) == Day.parse(day) == Day(fixed=day)
    assert Day.parse(day).on(date(2025, 4, 16)) == day


@each_of("written", ["", "t", "T-", "T3", "T--3", "T-3d", "3", "17.3.2025", "T-12345", "T+1\n2"])
def test_anything_else_is_no_day(written: str) -> None:
    with pytest.raises(ValueError, match="Invalid isoformat string"):
        Day.parse(written)


@each_of(("written", "seconds"), [("0s", 0), ("20s", 20), ("10m", 600), ("6h", 21_600), ("1d", 86_400), (" 5m ", 300)])
def test_a_duration_is_a_whole_number_and_a_unit(written: str, seconds: int) -> None:
    assert duration(written) == timedelta(seconds=seconds)


@each_of("written", ["", "s", "5", "5 m", "1.5h", "-1s", "1w", "1h30m", "٣h", "9999999d"])
def test_anything_else_is_no_duration(written: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        duration(written)
