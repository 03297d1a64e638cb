"""When reshares go out: no cap, gap or quiet hour is ever broken, everybody gets a turn, and turns are fair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.campaign import PaceRules, QuietHours
from bot.domain.pace import (
    APART,
    DAY,
    HOUR,
    Candidate,
    Overdue,
    Past,
    Slot,
    after_quiet,
    assign,
    is_quiet,
    spaced,
)

NOW = datetime(2025, 4, 16, 8, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")
BERLIN = ZoneInfo("Europe/Berlin")
AUTHORS = ["ana", "eva", "ion", "kim"]
LANGUAGES = ["en", "be", "de", ""]
TAGS = ["One", "Two", "Three"]

instants = st.one_of(
    st.integers(0, 3 * 365 * 24 * 60).map(
        lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    st.integers(0, 3000).map(lambda minutes: datetime(2025, 3, 29, tzinfo=UTC) + timedelta(minutes=minutes)),
    st.integers(0, 3000).map(lambda minutes: datetime(2025, 10, 25, tzinfo=UTC) + timedelta(minutes=minutes)),
)
"""Any time, and often one around which clocks are set forward or back."""

zones = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
times = st.times().map(lambda one: one.replace(second=0, microsecond=0))
quiet_hours = st.builds(QuietHours, times, times).filter(lambda one: one.start != one.end)
rules = st.builds(
    PaceRules,
    min_gap=st.integers(0, 90).map(lambda n: timedelta(minutes=n)),
    per_hour=st.integers(1, 6),
    per_day=st.integers(1, 20),
    quiet_hours=st.none() | quiet_hours,
    same_author_gap=st.integers(0, 48).map(lambda n: timedelta(hours=n)),
)
tags = st.lists(st.sampled_from(TAGS), max_size=2, unique=True).map(tuple)


@st.composite
def candidates(draw: st.DrawFn) -> list[Candidate]:
    count = draw(st.integers(0, 12))
    some = st.tuples(st.sampled_from(AUTHORS), st.sampled_from(LANGUAGES), tags, st.integers(0, 500))
    return [
        Candidate(key, author, language, own, NOW - timedelta(minutes=ago))
        for key, (author, language, own, ago) in enumerate(draw(st.lists(some, min_size=count, max_size=count)))
    ]


@st.composite
def histories(draw: st.DrawFn, now: datetime) -> list[Past]:
    """What went out before, by whatever pace there was then; a clock that was set back makes some of it future."""
    ago = st.integers(-180, 3 * 24 * 60).map(lambda n: timedelta(minutes=n))
    some = st.tuples(ago, st.sampled_from(AUTHORS), st.sampled_from(LANGUAGES), tags)
    return [Past(now - when, author, language, own) for when, author, language, own in draw(st.lists(some, max_size=8))]


def assert_within(slots: Sequence[Slot], who: dict[int, str], past: Sequence[Past], pace: PaceRules) -> None:
    """Every slot keeps each rule towards all that is out or has its slot before it."""
    before = sorted((one.at, one.author) for one in past)
    for slot in slots:
        earlier = [at for at, _ in before]
        assert all(slot.at >= at + pace.min_gap for at in earlier)
        assert sum(at > slot.at - HOUR for at in earlier) < pace.per_hour
        assert sum(at > slot.at - DAY for at in earlier) < pace.per_day
        own = [at for at, author in before if author == who[slot.key]]
        assert all(slot.at >= at + pace.same_author_gap for at in own)
        before.append((slot.at, who[slot.key]))


@settings(max_examples=250, deadline=None)
@given(st.data(), candidates(), rules, zones, instants)
def test_no_cap_gap_or_quiet_hour_is_ever_broken(
    data: st.DataObject, waiting: list[Candidate], pace: PaceRules, zone: ZoneInfo, now: datetime
) -> None:
    past = data.draw(histories(now))
    slots = assign(waiting, past, pace, zone, now)
    assert_within(slots, {one.key: one.author for one in waiting}, past, pace)
    assert all(slot.at >= now for slot in slots)
    assert pace.quiet_hours is None or not any(is_quiet(slot.at, pace.quiet_hours, zone) for slot in slots)


@settings(max_examples=150, deadline=None)
@given(st.data(), candidates(), rules, zones, instants)
def test_everybody_gets_one_slot_earliest_first(
    data: st.DataObject, waiting: list[Candidate], pace: PaceRules, zone: ZoneInfo, now: datetime
) -> None:
    slots = assign(waiting, data.draw(histories(now)), pace, zone, now)
    assert sorted(slot.key for slot in slots) == [one.key for one in waiting]
    assert [slot.at for slot in slots] == sorted(slot.at for slot in slots)


@settings(max_examples=100, deadline=None)
@given(candidates(), rules, zones, instants)
def test_the_plan_holds_when_it_is_made_again_after_each_reshare(
    waiting: list[Candidate], pace: PaceRules, zone: ZoneInfo, now: datetime
) -> None:
    """The worker plans anew at every wake-up; what is due by then is what was due by the first plan."""
    planned = assign(waiting, [], pace, zone, now)
    by_key = {one.key: one for one in waiting}
    past: list[Past] = []
    for slot in planned:
        left = [one for one in waiting if one.key in {later.key for later in planned[len(past) :]}]
        assert assign(left, past, pace, zone, slot.at)[0] == slot
        one = by_key[slot.key]
        past.append(Past(slot.at, one.author, one.language, one.hashtags))


@settings(max_examples=300, deadline=None)
@given(instants, quiet_hours, zones)
def test_quiet_hours_end_and_nothing_falls_into_them(at: datetime, quiet: QuietHours, zone: ZoneInfo) -> None:
    free = after_quiet(at, quiet, zone)
    assert at <= free < at + timedelta(days=2)
    assert not is_quiet(free, quiet, zone)
    assert free == at or is_quiet(max(at, free - timedelta(minutes=1, microseconds=1)), quiet, zone)


def test_quiet_hours_end_by_the_clock_on_the_wall_when_the_clock_changes() -> None:
    before_the_change = datetime(2025, 3, 29, 23, tzinfo=UTC)
    assert after_quiet(before_the_change, QuietHours(time(22), time(7)), BERLIN) == datetime(2025, 3, 30, 5, tzinfo=UTC)


@pytest.mark.parametrize("day", [datetime(2025, 3, 30, tzinfo=UTC), datetime(2025, 10, 26, tzinfo=UTC)])
def test_a_quiet_hour_that_ends_while_the_clocks_are_set_ends_all_the_same(day: datetime) -> None:
    quiet, zone = QuietHours(time(22), time(2, 30)), BERLIN
    for minute in range(0, 24 * 60, 7):
        at = day + timedelta(minutes=minute)
        assert not is_quiet(after_quiet(at, quiet, zone), quiet, zone)


@pytest.mark.parametrize("pace", [PaceRules(per_hour=0), PaceRules(per_day=0)])
def test_a_cap_of_nought_lets_nobody_out(pace: PaceRules) -> None:
    assert assign([one(1)], [], pace, UTC_ZONE, NOW) == []


def one(key: int, author: str = "", language: str = "en", *hashtags: str) -> Candidate:
    return Candidate(key, author or f"author {key}", language, hashtags, NOW + timedelta(minutes=key))


def order(waiting: Sequence[Candidate], past: Sequence[Past] = ()) -> list[int]:
    return [slot.key for slot in assign(waiting, past, PaceRules(), UTC_ZONE, NOW)]


def test_among_equals_the_first_approved_goes_first() -> None:
    assert order([one(3), one(1), one(2)]) == [1, 2, 3]


def test_a_language_that_was_heard_less_goes_first() -> None:
    waiting = [one(1, language="de"), one(2, language="de"), one(3, language="be"), one(4, language="fr")]
    assert order(waiting) == [1, 3, 4, 2]


def test_a_hashtag_that_was_heard_less_goes_first() -> None:
    assert order([one(1, "", "en", "A"), one(2, "", "en", "A"), one(3, "", "en", "B")]) == [1, 3, 2]


def test_an_author_who_was_heard_before_goes_after_those_who_were_not() -> None:
    past = [Past(NOW - 2 * DAY, "loud", "be", ())]
    assert order([one(1, "loud"), one(2, "quiet", "de"), one(3, "quiet too", "de")], past) == [2, 3, 1]


def test_nobody_is_kept_waiting_by_an_author_who_has_to_wait() -> None:
    waiting = [one(1, "loud"), one(2, "loud"), one(3, "loud"), one(4)]
    slots = assign(waiting, [], PaceRules(), UTC_ZONE, NOW)
    at = {slot.key: slot.at for slot in slots}
    assert at[4] == NOW + timedelta(minutes=10)
    assert at[2] == NOW + DAY


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(LANGUAGES[:3]), min_size=3, max_size=15))
def test_no_language_is_more_than_one_ahead_while_others_wait(spoken: list[str]) -> None:
    waiting = [one(key, language=language) for key, language in enumerate(spoken)]
    heard: Counter[str] = Counter()
    left = Counter(spoken)
    for key in order(waiting):
        language = spoken[key]
        assert all(heard[language] <= heard[other] for other in left if left[other])
        heard[language] += 1
        left[language] -= 1


def test_the_hour_rolls_so_that_no_full_hour_lets_two_caps_worth_out() -> None:
    pace = PaceRules(min_gap=timedelta(), per_hour=2)
    slots = assign([one(key) for key in range(4)], [], pace, BERLIN, NOW)
    assert [slot.at - NOW for slot in slots] == [timedelta(), timedelta(), HOUR, HOUR]


def test_what_is_out_already_counts() -> None:
    past = [Past(NOW - timedelta(minutes=4), "ana", "en", ())]
    assert assign([one(1)], past, PaceRules(), BERLIN, NOW) == [Slot(1, NOW + timedelta(minutes=6))]


def test_hundreds_that_wait_are_planned_in_a_moment() -> None:
    waiting = [one(key, f"author {key % 700}", LANGUAGES[key % 4], TAGS[key % 3]) for key in range(300)]
    assert len(order(waiting)) == 300


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
