"""The pace of reshares: quiet hours end, the clock on the wall counts, and the day of action has rules of its own."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.campaign import PaceRules, QuietHours
from bot.domain.reshare_queue import Free, Hold, Pace, after_quiet, is_quiet
from tests.domain.reshare_queue_strategies import instants, quiet_hours, zones
from tests.harness.table import each_of

BERLIN = ZoneInfo("Europe/Berlin")
DAY_OF_ACTION = date(2025, 4, 16)
MINUTE = timedelta(minutes=1)
BURST = PaceRules(min_gap=MINUTE, per_hour=60, per_day=500)
QUIET = QuietHours(time(22), time(7))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of April 2025 by the clocks of Berlin."""
    return datetime(2025, 4, day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


@settings(max_examples=300, deadline=None)
@given(instants, quiet_hours, zones)
@example(datetime(2025, 3, 30, 0, 30, tzinfo=UTC), QuietHours(time(22), time(2, 30)), BERLIN)
def test_quiet_hours_end_and_nothing_falls_into_them(now: datetime, quiet: QuietHours, zone: ZoneInfo) -> None:
    free = after_quiet(now, quiet, zone)
    assert now <= free < now + timedelta(days=2)
    assert not is_quiet(free, quiet, zone)
    assert free == now or is_quiet(max(now, free - timedelta(minutes=1, microseconds=1)), quiet, zone)


def test_quiet_hours_end_by_the_clock_on_the_wall_when_the_clock_changes() -> None:
    before_the_change = datetime(2025, 3, 29, 23, tzinfo=UTC)
    assert after_quiet(before_the_change, QUIET, BERLIN) == datetime(2025, 3, 30, 5, tzinfo=UTC)


@each_of("day", [datetime(2025, 3, 30, tzinfo=UTC), datetime(2025, 10, 26, tzinfo=UTC)])
def test_a_quiet_hour_that_ends_while_the_clocks_are_set_ends_all_the_same(day: datetime) -> None:
    quiet, zone = QuietHours(time(22), time(2, 30)), BERLIN
    for minute in range(0, 24 * 60, 7):
        now = day + timedelta(minutes=minute)
        assert not is_quiet(after_quiet(now, quiet, zone), quiet, zone)


@settings(max_examples=200, deadline=None)
@given(zones, st.dates(date(2000, 1, 2), date(2050, 1, 1)), st.integers(-2 * 60, 28 * 60))
def test_the_day_has_its_own_rules_by_the_calendar_of_its_zone(zone: ZoneInfo, day: date, minutes: int) -> None:
    """Also where a day has 23 or 25 hours, or begins at one o'clock."""
    pace = Pace(PaceRules(burst=BURST), zone, day)
    begins, ends = pace.spans[1].begins, pace.spans[1].ends
    now = begins + timedelta(minutes=minutes)
    assert (now.astimezone(zone).date() == day) == (begins <= now < ends) == (pace.rules_at(now) is BURST)


@each_of(("day", "hours"), [(date(2025, 3, 30), 23), (date(2025, 10, 26), 25), (DAY_OF_ACTION, 24)])
def test_a_day_is_as_long_as_the_clocks_make_it(day: date, hours: int) -> None:
    _, burst, _ = Pace(PaceRules(burst=BURST), BERLIN, day).spans
    assert burst.ends - burst.begins == timedelta(hours=hours)


FREE = {
    "before the day the usual gap": (at(15, 23, 40), at(15, 23, 35), Free(at(15, 23, 45), Hold.GAP)),
    "the usual gap ends with the day before": (at(15, 23, 56), at(15, 23, 55), Free(at(16, 0), Hold.OTHER_RULES)),
    "on the day its own gap": (at(16, 12), at(16, 12), Free(at(16, 12, 1), Hold.GAP)),
    "the gap reaches beyond the day": (at(16, 23, 59), at(16, 23, 59), Free(at(17, 0, 9), Hold.GAP)),
    "after the day the usual gap": (at(17, 8), at(17, 8), Free(at(17, 8, 10), Hold.GAP)),
    "nothing holds it": (at(16, 12, 1), at(16, 12), Free(at(16, 12, 1))),
}


@each_of("what", FREE)
def test_on_the_day_its_own_pace_counts_and_only_then(what: str) -> None:
    now, last, free = FREE[what]
    assert Pace(PaceRules(burst=BURST), BERLIN, DAY_OF_ACTION).next_free(now, [last]) == free


def test_the_quiet_hours_of_other_days_end_at_midnight_when_the_day_has_none() -> None:
    pace = Pace(PaceRules(quiet_hours=QUIET, burst=BURST), BERLIN, DAY_OF_ACTION)
    assert pace.next_free(at(15, 23), []) == Free(at(16, 0), Hold.OTHER_RULES)
    assert pace.next_free(at(17, 0), []) == Free(at(17, 7), Hold.QUIET)


def test_what_went_out_on_the_day_counts_against_the_caps_after_it() -> None:
    pace = Pace(PaceRules(burst=BURST), BERLIN, DAY_OF_ACTION)
    out = [at(16, 10) + n * MINUTE for n in range(100)]
    assert pace.next_free(at(17, 9), out) == Free(at(17, 11), Hold.DAY)


def test_a_cap_of_nought_lets_nothing_out_but_on_the_day() -> None:
    pace = Pace(PaceRules(per_hour=0, burst=BURST), BERLIN, DAY_OF_ACTION)
    assert pace.next_free(at(14, 12), []) == Free(at(16, 0), Hold.OTHER_RULES)
    assert pace.next_free(at(17, 12), []) is None


def test_a_cap_of_nought_on_the_day_lets_nothing_out_until_it_is_over() -> None:
    pace = Pace(PaceRules(burst=PaceRules(per_day=0)), BERLIN, DAY_OF_ACTION)
    assert pace.next_free(at(16, 12), []) == Free(at(17, 0), Hold.OTHER_RULES)


def test_an_author_may_be_heard_again_sooner_on_the_day() -> None:
    pace = Pace(PaceRules(burst=PaceRules(same_author_gap=timedelta(hours=2))), BERLIN, DAY_OF_ACTION)
    assert pace.author_free(at(15, 20), at(15, 21)) == at(16, 0)
    assert pace.author_free(at(15, 23), at(15, 23)) == at(16, 1)
    assert pace.author_free(at(16, 23), at(16, 23)) == at(17, 23)
    assert pace.author_free(at(16, 9), at(17, 1)) == at(17, 9)
