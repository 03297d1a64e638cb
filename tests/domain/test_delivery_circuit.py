"""How long an account that cannot be reached is left alone."""

from __future__ import annotations

from bot.domain.delivery import OPENS_AFTER, backoff, rest_after


def seconds(count: int) -> float | None:
    rest = rest_after(count)
    return None if rest is None else rest.total_seconds()


def test_it_is_left_alone_only_after_three_failures_in_a_row() -> None:
    assert OPENS_AFTER == 3
    assert [seconds(count) for count in range(3)] == [None, None, None]


def test_it_is_left_alone_twice_as_long_each_time_and_five_minutes_at_the_most() -> None:
    assert [seconds(count) for count in range(3, 12)] == [5, 10, 20, 40, 80, 160, 300, 300, 300]
    assert seconds(10**6) == 300


def test_the_first_wait_is_five_seconds_however_the_failures_are_counted() -> None:
    assert backoff(0) == backoff(1)
    assert backoff(1).total_seconds() == 5
