"""How often a source is read: fast in a burst, slow at night, always within the limits that people wrote."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import polling
from tests.harness.table import each_of

NOW = datetime(2025, 4, 16, 14, 30, tzinfo=UTC)
SHORT, LONG = timedelta(seconds=20), timedelta(minutes=15)

lengths = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=40))
rates = st.floats(min_value=0, max_value=1e6)
limits = st.tuples(
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(hours=1)),
    st.timedeltas(min_value=timedelta(0), max_value=timedelta(hours=2)),
).map(lambda two: (two[0], two[0] + two[1]))


def after(
    last: timedelta = SHORT, *, found: bool = False, rate: float = 0.0, silence: timedelta = timedelta(days=1)
) -> timedelta:
    return polling.next_interval(last, found=found, posts_per_hour=rate, silence=silence, poll_min=SHORT, poll_max=LONG)


@settings(max_examples=300, deadline=None)
@given(lengths, st.booleans(), rates, lengths, limits)
def test_no_interval_is_ever_outside_its_limits(
    last: timedelta, found: bool, rate: float, silence: timedelta, both: tuple[timedelta, timedelta]
) -> None:
    shortest, longest = both
    interval = polling.next_interval(
        last, found=found, posts_per_hour=rate, silence=silence, poll_min=shortest, poll_max=longest
    )
    assert shortest <= interval <= longest


@settings(max_examples=200, deadline=None)
@given(lengths, rates, rates, lengths)
def test_a_livelier_source_is_never_read_less_often(
    last: timedelta, one: float, other: float, silence: timedelta
) -> None:
    quiet, lively = sorted((one, other))
    assert after(last, rate=lively, silence=silence) <= after(last, rate=quiet, silence=silence)


@settings(max_examples=200, deadline=None)
@given(lengths, rates, lengths, lengths)
def test_a_source_that_is_silent_for_longer_is_never_read_more_often(
    last: timedelta, rate: float, one: timedelta, other: timedelta
) -> None:
    shorter, longer = sorted((one, other))
    assert after(last, rate=rate, silence=shorter) <= after(last, rate=rate, silence=longer)


def test_a_find_brings_the_shortest_interval_back_at_once() -> None:
    assert after(LONG, found=True) == SHORT


def test_readings_that_find_nothing_reach_the_longest_interval_in_minutes() -> None:
    interval, waited = SHORT, timedelta(0)
    while interval < LONG:
        interval = after(interval)
        waited += interval
    assert waited < timedelta(hours=1)


def test_in_a_burst_a_source_is_not_left_alone_for_longer_than_until_its_next_post() -> None:
    interval = SHORT
    for _ in range(20):
        interval = after(interval, rate=60, silence=timedelta(seconds=30))
    assert interval == timedelta(minutes=1)


def test_a_burst_that_is_over_does_not_keep_anybody_busy() -> None:
    assert polling.longest_rest(3600, timedelta(hours=1), SHORT, LONG) == timedelta(minutes=7, seconds=30)


def test_the_rate_counts_the_present_hour_and_the_two_before_it() -> None:
    hour = timedelta(hours=1)
    this = polling.hour_of(NOW)
    heard = {this - 3 * hour: 1000, this - 2 * hour: 10, this: 15, this + hour: 1000}
    assert polling.rate(heard, NOW) == 10


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.floats(min_value=0, max_value=1), st.integers(min_value=0, max_value=100_000))))
def test_some_of_the_readings_money_is_left_whatever_is_found_until_midnight(asked: list[tuple[float, int]]) -> None:
    midnight, share, price, used = NOW.replace(hour=0, minute=0), 1_000_000, 100_000, 0
    for part, billed in sorted(asked):
        now = midnight - polling.DAY * (1 - part)
        if polling.paid_from(used, price, share, midnight) <= now:
            used += billed
        assert used <= share * (0.8 + 0.2 * part) + 1


def test_a_share_that_is_hardly_used_may_be_used_at_any_time() -> None:
    midnight = NOW.replace(hour=0, minute=0)
    assert polling.paid_from(700_000, 100_000, 1_000_000, midnight) == midnight - polling.DAY
    assert polling.paid_from(800_000, 100_000, 1_000_000, midnight) == midnight - polling.DAY / 2
    assert polling.paid_from(900_000, 100_000, 1_000_000, midnight) == midnight
    assert polling.paid_from(0, 100_000, 0, midnight) == midnight


@each_of(("used", "slow"), [(0, False), (79, False), (80, True), (100, True), (130, True)])
def test_readings_slow_down_when_four_fifths_are_used(used: int, slow: bool) -> None:
    assert polling.is_slow(used, 100) is slow
