"""How often announcements make a source be read: at once, and ever later while nothing is there."""

from __future__ import annotations

from bot.domain.polling import FARTHEST, Allowance, Announced


def read_when_due(announced: Announced, seconds: int, *, flood: bool, brought: bool = False) -> list[int]:
    """At which of these seconds the source is read; a flood announces something all the time."""
    read = []
    for now in range(seconds):
        if flood:
            announced.announce()
        if announced.is_due(now):
            announced.begin(now)
            announced.end(brought=brought)
            read.append(now)
    return read


def test_nothing_is_read_that_was_not_announced() -> None:
    assert read_when_due(Announced(), 100, flood=False) == []


def test_an_announcement_is_read_at_once_and_looked_at_once_more_where_nothing_was_there() -> None:
    announced = Announced()
    announced.announce()
    assert read_when_due(announced, 100, flood=False) == [0, 2]


def test_what_was_found_at_once_is_not_looked_for_again() -> None:
    announced = Announced()
    announced.announce()
    assert read_when_due(announced, 100, flood=False, brought=True) == [0]


def test_a_flood_with_something_behind_it_is_read_once_a_second() -> None:
    assert read_when_due(Announced(), 5, flood=True, brought=True) == [0, 1, 2, 3, 4]


def test_a_flood_with_nothing_behind_it_is_read_once_a_minute_in_the_end() -> None:
    assert read_when_due(Announced(), 300, flood=True) == [0, 2, 6, 14, 30, 62, 122, 182, 242]


def test_after_a_find_announcements_are_believed_at_once_again() -> None:
    announced = Announced(distance=FARTHEST)
    announced.announce()
    announced.begin(0)
    announced.end(brought=True)
    announced.announce()
    assert announced.is_due(1)


def test_what_is_announced_during_a_reading_is_read_after_it() -> None:
    announced = Announced()
    announced.announce()
    announced.begin(0)
    announced.announce()
    announced.end(brought=True)
    assert announced.is_due(1)


def test_a_server_is_asked_for_half_of_what_it_allows_and_no_more() -> None:
    allowance = Allowance()
    taken = sum(allowance.take(tenth / 10) for tenth in range(10 * 300))
    assert taken == 30 + 150 - 1
    assert allowance.take(10_000)
