"""After a downtime posts leave apart from each other, and as many as possible in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.services.sending.overdue import APART, Overdue, spaced

NOW = datetime(2025, 4, 16, 8, tzinfo=UTC)


@st.composite
def overdue_posts(draw: st.DrawFn) -> list[Overdue]:
    ends = st.none() | st.integers(0, 30 * 60).map(lambda n: NOW + timedelta(seconds=n))
    some = st.tuples(st.integers(6, 600), ends)
    return [
        Overdue(key, NOW - timedelta(minutes=ago), end)
        for key, (ago, end) in enumerate(draw(st.lists(some, max_size=40)))
    ]


lasts = st.none() | st.integers(0, 60).map(lambda n: NOW - timedelta(seconds=n))


@given(posts=overdue_posts(), last=lasts)
def test_overdue_posts_leave_apart_from_each_other_and_from_the_last_one(
    posts: list[Overdue], last: datetime | None
) -> None:
    slots = spaced(posts, last, NOW)
    assert sorted(slot.key for slot in slots) == [one.key for one in posts]
    times = [slot.at for slot in slots]
    assert all(later - sooner == APART for sooner, later in pairwise(times))
    assert not times or times[0] == (NOW if last is None else max(NOW, last + APART))


@given(posts=overdue_posts(), last=lasts)
def test_as_many_overdue_posts_as_possible_are_in_time(posts: list[Overdue], last: datetime | None) -> None:
    """No other order saves more: so many as the earliest ends leave turns for."""
    slots = spaced(posts, last, NOW)
    ends = {one.key: one.expires_at for one in posts}
    kept = [slot for slot in slots if (ends[slot.key] or slot.at) >= slot.at]
    if len(kept) == len(posts) or not slots:
        return
    by_end = sorted(end for end in ends.values() if end is not None)
    assert any(slots[0].at + APART * place > end for place, end in enumerate(by_end)), "all could have been in time"


def test_the_oldest_goes_first_where_all_have_time_and_what_ends_soonest_where_they_have_not() -> None:
    hours = [Overdue(key, NOW - timedelta(hours=key), NOW + timedelta(hours=9)) for key in range(1, 4)]
    assert [slot.key for slot in spaced(hours, None, NOW)] == [3, 2, 1]
    ends_soon = Overdue(9, NOW - timedelta(minutes=6), NOW + timedelta(seconds=61))
    assert [slot.key for slot in spaced([*hours, ends_soon], None, NOW)] == [9, 3, 2, 1]
