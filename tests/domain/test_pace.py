"""Pace: no cap, gap or quiet hour is ever broken, everybody gets a turn, and the unheard go first."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.campaign import PaceRules, QuietHours
from bot.domain.pace import Candidate, Past, Slot, after_quiet, assign, is_quiet

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2025, 4, 16, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TAGS = ("FreeBelarusUnionists", "SupportBelarusWorkersRights", "April19_WorkersRights")

zones = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
instants = st.integers(0, 3 * 365 * 24 * 60).map(lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + minutes * MINUTE)
hours = st.builds(QuietHours, st.times().map(lambda at: at.replace(microsecond=0)), st.times())
rules_of_all_kinds = st.builds(
    PaceRules,
    min_gap=st.integers(0, 7200).map(lambda seconds: timedelta(seconds=seconds)),
    per_hour=st.integers(1, 8),
    per_day=st.integers(1, 50),
    quiet_hours=st.one_of(st.none(), st.builds(QuietHours, st.just(time(22)), st.just(time(7))), hours),
    same_author_gap=st.integers(0, 48).map(lambda hours: timedelta(hours=hours)),
)


@st.composite
def crowds(draw: st.DrawFn) -> list[Candidate]:
    size = draw(st.integers(0, 12))
    return [
        Candidate(
            key,
            draw(st.sampled_from("abcde")),
            draw(st.sampled_from(("en", "be", "de"))),
            (draw(st.sampled_from(TAGS)),),
            NOON - timedelta(minutes=draw(st.integers(0, 600))),
        )
        for key in range(size)
    ]


def candidate(key: int, author: str, language: str = "en", tag: str = TAGS[0]) -> Candidate:
    return Candidate(key, author, language, (tag,), NOON + timedelta(seconds=key))


def order(slots: list[Slot]) -> list[int]:
    return [slot.key for slot in slots]


@settings(max_examples=150, deadline=None)
@given(crowds(), rules_of_all_kinds, zones, instants)
def test_no_rule_of_the_pace_is_ever_broken(
    crowd: list[Candidate], rules: PaceRules, zone: ZoneInfo, now: datetime
) -> None:
    slots = assign(crowd, [], rules, zone, now)
    by_key = {one.key: one for one in crowd}
    times = [slot.at for slot in slots]
    assert times == sorted(times)
    assert sorted(order(slots)) == sorted(by_key)
    assert all(at >= now for at in times)
    assert all(later - earlier >= rules.min_gap for earlier, later in pairwise(times))
    for place, at in enumerate(times):
        assert sum(at - timedelta(hours=1) < other <= at for other in times[: place + 1]) <= rules.per_hour
        assert sum(at - timedelta(days=1) < other <= at for other in times[: place + 1]) <= rules.per_day
        assert rules.quiet_hours is None or not is_quiet(at, rules.quiet_hours, zone)
    for author in {one.author for one in crowd}:
        own = [slot.at for slot in slots if by_key[slot.key].author == author]
        assert all(later - earlier >= rules.same_author_gap for earlier, later in pairwise(own))


@settings(max_examples=200, deadline=None)
@given(instants, hours, zones)
def test_quiet_hours_are_waited_for_and_no_longer_than_they_last(
    at: datetime, quiet: QuietHours, zone: ZoneInfo
) -> None:
    end = after_quiet(at, quiet, zone)
    assert end >= at
    assert not is_quiet(end, quiet, zone)
    assert end == at or is_quiet(max(at, end - timedelta(minutes=1, microseconds=1)), quiet, zone)


def test_what_is_out_already_counts() -> None:
    past = [Past(NOON - timedelta(minutes=4), "a", "en", (TAGS[0],))]
    slots = assign([candidate(1, "b")], past, PaceRules(min_gap=timedelta(minutes=10)), BERLIN, NOON)
    assert slots == [Slot(1, NOON + timedelta(minutes=6))]


def test_the_hour_rolls_so_that_no_full_hour_lets_two_caps_worth_out() -> None:
    rules = PaceRules(min_gap=timedelta(), per_hour=2, same_author_gap=timedelta())
    slots = assign([candidate(key, str(key)) for key in range(4)], [], rules, BERLIN, NOON)
    assert [slot.at - NOON for slot in slots] == [timedelta(), timedelta(), timedelta(hours=1), timedelta(hours=1)]


def test_an_author_with_many_posts_does_not_crowd_out_the_others() -> None:
    rules = PaceRules(min_gap=timedelta(minutes=10), same_author_gap=timedelta(minutes=10))
    crowd = [candidate(key, "loud") for key in range(5)] + [candidate(9, "quiet")]
    assert order(assign(crowd, [], rules, BERLIN, NOON)).index(9) == 1


def test_languages_and_hashtags_that_were_heard_least_go_first() -> None:
    past = [Past(NOON - timedelta(hours=2), "z", "en", (TAGS[0],))]
    crowd = [candidate(1, "a", "en", TAGS[0]), candidate(2, "b", "be", TAGS[0]), candidate(3, "c", "be", TAGS[1])]
    assert order(assign(crowd, past, PaceRules(), BERLIN, NOON)) == [3, 1, 2]


def test_an_author_who_must_wait_does_not_keep_anybody_else_waiting() -> None:
    past = [Past(NOON - timedelta(hours=1), "a", "en", (TAGS[0],))]
    slots = assign([candidate(1, "a"), candidate(2, "b")], past, PaceRules(), BERLIN, NOON)
    assert slots[0] == Slot(2, NOON)
    assert slots[1].at == NOON + timedelta(hours=23)


def test_quiet_hours_end_by_the_clock_on_the_wall_when_the_clock_changes() -> None:
    quiet = QuietHours(time(22), time(7))
    before_the_change = datetime(2025, 3, 29, 23, tzinfo=UTC)
    assert after_quiet(before_the_change, quiet, BERLIN) == datetime(2025, 3, 30, 5, tzinfo=UTC)


def test_a_cap_of_nought_gives_no_turn_to_anyone() -> None:
    assert assign([candidate(1, "a")], [], PaceRules(per_hour=0), BERLIN, NOON) == []
