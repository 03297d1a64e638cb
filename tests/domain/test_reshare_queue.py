"""Whose turn it is: no rule of the pace is ever broken, everybody gets a turn, turns are fair, and each says why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.campaign import PaceRules
from bot.domain.reshare_queue import DAY, HOUR, Candidate, Ground, Hold, Pace, PastReshare, Slot, assign, is_quiet
from tests.domain.reshare_queue_strategies import (
    COUNTRIES,
    LANGUAGES,
    NOW,
    TAGS,
    candidates,
    histories,
    instants,
    paces,
)
from tests.harness.table import each_of

LONG_AGO = date(2024, 1, 1)
MINUTE = timedelta(minutes=1)


def usual(rules: PaceRules | None = None) -> Pace:
    return Pace(rules or PaceRules(), ZoneInfo("UTC"), LONG_AGO)


def assert_within(slots: Sequence[Slot], who: dict[int, str], past: Sequence[PastReshare], pace: Pace) -> None:
    """Every slot keeps each rule of its own instant towards all that is out or has its slot before it."""
    before = sorted((one.at, one.author) for one in past)
    for slot in slots:
        rules = pace.rules_at(slot.at)
        earlier = [at for at, _ in before]
        assert all(slot.at >= at + rules.min_gap for at in earlier)
        assert sum(at > slot.at - HOUR for at in earlier) < rules.per_hour
        assert sum(at > slot.at - DAY for at in earlier) < rules.per_day
        assert rules.quiet_hours is None or not is_quiet(slot.at, rules.quiet_hours, pace.zone)
        own = [at for at, author in before if author == who[slot.key]]
        assert all(slot.at >= at + rules.same_author_gap for at in own)
        before.append((slot.at, who[slot.key]))


@settings(max_examples=250, deadline=None)
@given(st.data(), candidates(), instants)
def test_no_cap_gap_or_quiet_hour_is_ever_broken(data: st.DataObject, waiting: list[Candidate], now: datetime) -> None:
    pace, past = data.draw(paces(now)), data.draw(histories(now))
    slots = assign(waiting, past, pace, now)
    assert_within(slots, {one.key: one.author for one in waiting}, past, pace)
    assert all(slot.at >= now for slot in slots)


@settings(max_examples=150, deadline=None)
@given(st.data(), candidates(), instants)
def test_everybody_gets_one_slot_earliest_first(data: st.DataObject, waiting: list[Candidate], now: datetime) -> None:
    slots = assign(waiting, data.draw(histories(now)), data.draw(paces(now)), now)
    assert sorted(slot.key for slot in slots) == [one.key for one in waiting]
    assert [slot.at for slot in slots] == sorted(slot.at for slot in slots)


@settings(max_examples=100, deadline=None)
@given(st.data(), candidates(), instants, st.randoms(use_true_random=False))
def test_the_same_who_wait_get_the_same_turns_in_whatever_order_they_are_told(
    data: st.DataObject, waiting: list[Candidate], now: datetime, random: Random
) -> None:
    pace, past = data.draw(paces(now)), data.draw(histories(now))
    shuffled = random.sample(waiting, len(waiting))
    slots = assign(waiting, past, pace, now)
    again = assign(shuffled, past, pace, now)
    assert [(slot, slot.why) for slot in slots] == [(slot, slot.why) for slot in again]
    assert assign(shuffled, past, pace, now, most=3) == slots[:3]


@settings(max_examples=100, deadline=None)
@given(st.data(), candidates(), instants)
def test_the_plan_holds_when_it_is_made_again_after_each_reshare(
    data: st.DataObject, waiting: list[Candidate], now: datetime
) -> None:
    """The worker plans anew at every wake-up; what is due by then is what was due by the first plan."""
    pace = data.draw(paces(now))
    planned = assign(waiting, [], pace, now)
    by_key = {one.key: one for one in waiting}
    past: list[PastReshare] = []
    for slot in planned:
        left = [one for one in waiting if one.key in {later.key for later in planned[len(past) :]}]
        assert assign(left, past, pace, slot.at)[0] == slot
        one = by_key[slot.key]
        past.append(PastReshare(slot.at, one.author, one.language, one.hashtags, one.country))


@settings(max_examples=100, deadline=None)
@given(st.data(), candidates(), instants)
def test_nobody_who_may_go_was_heard_less_than_whoever_goes(
    data: st.DataObject, waiting: list[Candidate], now: datetime
) -> None:
    """Fairness as it is meant, reckoned the slow way: first the author counts, then language, country and hashtag."""
    pace = data.draw(paces(now))
    left, past = {one.key: one for one in waiting}, list[PastReshare]()
    for slot in assign(waiting, [], pace, now):
        ready = [one for one in left.values() if _may_go(one, past, pace, slot.at)]
        assert slot.key == min(ready, key=lambda one: _heard(one, past)).key
        one = left.pop(slot.key)
        past.append(PastReshare(slot.at, one.author, one.language, one.hashtags, one.country))


def _may_go(one: Candidate, past: Sequence[PastReshare], pace: Pace, at: datetime) -> bool:
    gap = pace.rules_at(at).same_author_gap
    return all(other.author != one.author or other.at + gap <= at for other in past)


def _heard(one: Candidate, past: Sequence[PastReshare]) -> tuple[object, ...]:
    rarest = min((sum(tag in other.hashtags for other in past) for tag in one.hashtags), default=0)
    counts = (
        sum(other.author == one.author for other in past),
        sum(other.language == one.language for other in past),
        sum(other.country == one.country for other in past),
    )
    return (*counts, rarest, one.approved_at, one.key)


@each_of("rules", [PaceRules(per_hour=0), PaceRules(per_day=0)])
def test_a_cap_of_nought_lets_nobody_out(rules: PaceRules) -> None:
    assert assign([one(1)], [], usual(rules), NOW) == []


@each_of("rules", [PaceRules(min_gap=999_999 * DAY), PaceRules(same_author_gap=999_999 * DAY)])
def test_a_gap_longer_than_a_life_keeps_the_others_waiting_for_good(rules: PaceRules) -> None:
    slots = assign([one(1, "ana"), one(2, "ana"), one(3, "ana"), one(4, "ana")], [], usual(rules), NOW)
    assert [slot.key for slot in slots] == [1]


def one(key: int, author: str = "", language: str = "en", *hashtags: str, country: str = "") -> Candidate:
    return Candidate(key, author or f"author {key}", language, hashtags, NOW + timedelta(minutes=key), country)


def order(waiting: Sequence[Candidate], past: Sequence[PastReshare] = ()) -> list[int]:
    return [slot.key for slot in assign(waiting, past, usual(), NOW)]


def test_among_equals_the_first_approved_goes_first() -> None:
    assert order([one(3), one(1), one(2)]) == [1, 2, 3]


def test_a_language_that_was_heard_less_goes_first() -> None:
    waiting = [one(1, language="de"), one(2, language="de"), one(3, language="be"), one(4, language="fr")]
    assert order(waiting) == [1, 3, 4, 2]


def test_a_country_whose_organisations_were_heard_less_goes_first() -> None:
    waiting = [one(1, country="DE"), one(2, country="DE"), one(3, country="FR"), one(4), one(5)]
    assert order(waiting) == [1, 3, 4, 2, 5]


def test_a_hashtag_that_was_heard_less_goes_first() -> None:
    assert order([one(1, "", "en", "A"), one(2, "", "en", "A"), one(3, "", "en", "B")]) == [1, 3, 2]


def test_an_author_who_was_heard_before_goes_after_those_who_were_not() -> None:
    past = [PastReshare(NOW - 2 * DAY, "loud", "be", ())]
    assert order([one(1, "loud"), one(2, "quiet", "de"), one(3, "quiet too", "de")], past) == [2, 3, 1]


def test_nobody_is_kept_waiting_by_an_author_who_has_to_wait() -> None:
    waiting = [one(1, "loud"), one(2, "loud"), one(3, "loud"), one(4)]
    slots = assign(waiting, [], usual(), NOW)
    at = {slot.key: slot.at for slot in slots}
    assert at[4] == NOW + timedelta(minutes=10)
    assert at[2] == NOW + DAY


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(LANGUAGES[:3]), min_size=3, max_size=15), st.booleans())
def test_no_language_or_country_is_more_than_one_ahead_while_others_wait(spoken: list[str], is_country: bool) -> None:
    waiting = [one(key, "", "en" if is_country else each, country=each) for key, each in enumerate(spoken)]
    heard: Counter[str] = Counter()
    left = Counter(spoken)
    for key in order(waiting):
        language = spoken[key]
        assert all(heard[language] <= heard[other] for other in left if left[other])
        heard[language] += 1
        left[language] -= 1


def test_the_hour_rolls_so_that_no_full_hour_lets_two_caps_worth_out() -> None:
    rules = PaceRules(min_gap=timedelta(), per_hour=2)
    slots = assign([one(key) for key in range(4)], [], usual(rules), NOW)
    assert [slot.at - NOW for slot in slots] == [timedelta(), timedelta(), HOUR, HOUR]
    assert [slot.why.hold for slot in slots] == [Hold.NOTHING, Hold.NOTHING, Hold.HOUR, Hold.HOUR]


def test_what_is_out_already_counts() -> None:
    past = [PastReshare(NOW - timedelta(minutes=4), "ana", "en", ())]
    assert assign([one(1)], past, usual(), NOW) == [Slot(1, NOW + timedelta(minutes=6))]


def test_on_the_day_itself_more_go_out_and_afterwards_fewer_again() -> None:
    burst = PaceRules(min_gap=MINUTE, per_hour=60, per_day=500)
    pace = Pace(PaceRules(per_day=1000, burst=burst), ZoneInfo("UTC"), NOW.date())
    before = NOW.replace(hour=0) - 30 * MINUTE
    slots = [slot.at for slot in assign([one(key) for key in range(600)], [], pace, before)]
    midnight, end = NOW.replace(hour=0), NOW.replace(hour=0) + DAY
    assert [at for at in slots if at < midnight] == [before, before + 10 * MINUTE, before + 20 * MINUTE]
    on_the_day = [at for at in slots if midnight <= at < end]
    assert (len(on_the_day), on_the_day[1] - on_the_day[0]) == (500, MINUTE)
    assert len(slots) == 600


WHY = {
    "the first approved": ([one(1), one(2)], 1, (Ground.APPROVAL, "", False, Hold.NOTHING)),
    "by time as well": ([one(1), one(2)], 2, (Ground.APPROVAL, "", False, Hold.GAP)),
    "a new language": ([one(1), one(2), one(3, "", "be")], 3, (Ground.LANGUAGE, "be", True, Hold.GAP)),
    "a new country": ([one(1), one(2), one(3, country="DE")], 3, (Ground.COUNTRY, "DE", True, Hold.GAP)),
    "a new hashtag": (
        [one(1, "", "en", "A"), one(2, "", "en", "A"), one(3, "", "en", "A", "B")],
        3,
        (Ground.HASHTAG, "B", True, Hold.GAP),
    ),
    "a rarer language": (
        [one(key, "", "en" if key < 5 else "be") for key in range(1, 8)],
        6,
        (Ground.LANGUAGE, "be", False, Hold.GAP),
    ),
    "the same author": ([one(1, "ana"), one(2, "ana"), one(3)], 2, (Ground.APPROVAL, "", False, Hold.AUTHOR)),
    "another author": ([one(1, "ana"), one(2, "ana"), one(3)], 3, (Ground.AUTHOR, "", True, Hold.GAP)),
}


@each_of("what", WHY)
def test_a_slot_says_why_it_is_in_this_order_and_not_sooner(what: str) -> None:
    waiting, key, (ground, about, is_first, hold) = WHY[what]
    (why,) = (slot.why for slot in assign(waiting, [], usual(), NOW) if slot.key == key)
    assert (why.ground, why.about, why.is_first, why.hold) == (ground, about, is_first, hold)


def many(count: int) -> list[Candidate]:
    return [
        replace(
            one(key, f"author {key % (count // 3)}", LANGUAGES[key % 4], TAGS[key % 3], TAGS[key % 2]),
            country=COUNTRIES[key % 3],
        )
        for key in range(count)
    ]


def test_thousands_that_wait_on_the_day_are_planned_in_a_moment() -> None:
    """Its cost grows with the profiles there are, not with the square of the posts: this would take half a minute."""
    assert len(order(many(3000))) == 3000
