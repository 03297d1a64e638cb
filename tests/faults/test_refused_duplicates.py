"""X refuses a text for being posted before, and does not say where: that is never taken for a success of ours."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.delivery import State
from tests.harness.one_server import OneServerHarness
from tests.harness.place import KEYED, KEYLESS, Deed, X
from tests.harness.rehearsal_networks import START
from tests.harness.stores import BOTH_IN_LONG
from tests.harness.words import worded

ON_X = pytest.mark.parametrize("where", [X])
WORDS = "Free them all."
HOUR = timedelta(hours=1)


@ON_X
@pytest.mark.parametrize("kind", BOTH_IN_LONG)
def test_a_text_that_a_person_posted_by_hand_before_is_refused_in_plain_words(stand: OneServerHarness) -> None:
    stand.place.by_hand(WORDS, START - HOUR)
    stand.planned()
    stand.settle()
    assert (stand.state(), stand.one().url, stand.place.posts()) == (State.REJECTED, "", [])
    assert "the same words" in worded(stand.one().error)


@ON_X
def test_a_text_that_we_posted_ourselves_before_is_refused_in_plain_words(stand: OneServerHarness) -> None:
    stand.plan(stand.draft("one"), stand.draft("two", due=3 * HOUR))
    stand.deliver()
    stand.clock.passes(hours=3)
    stand.settle()
    assert stand.states() == [State.SENT, State.REJECTED]
    assert (stand.place.there(), stand.all()[1].url) == ([WORDS], "")
    assert "the same words" in worded(stand.all()[1].error)


@ON_X
@pytest.mark.parametrize("ago", [timedelta(minutes=5), HOUR, 20 * HOUR])
def test_an_older_post_of_the_same_words_is_not_taken_for_one_that_nobody_answered_for(
    stand: OneServerHarness, ago: timedelta
) -> None:
    """A request without an answer, and then a duplicate: the older post is there, and it is not ours."""
    stand.place.by_hand(WORDS, START - ago)
    stand.planned()
    stand.place.strike(Deed.PUBLISH, "status", status=503)
    stand.settle(hours=3)
    assert (stand.state(), stand.one().url, stand.place.posts()) == (State.NEEDS_DECISION, "", [])


@pytest.mark.parametrize("ago", [timedelta(minutes=5), HOUR])
def test_a_post_by_hand_after_our_newest_one_is_not_taken_for_one_that_nobody_answered_for(
    stand: OneServerHarness, ago: timedelta
) -> None:
    """By the order of the timeline it could be ours: it comes after our newest one. It is too old all the same."""
    stand.plan(stand.draft("one", parts=("One.",)), stand.draft("two", due=2 * HOUR))
    stand.deliver()
    by_hand = stand.place.by_hand(WORDS, START + 2 * HOUR - ago)
    stand.clock.set(START + 2 * HOUR)
    stand.place.strike(Deed.PUBLISH, "status", status=503)
    stand.settle(hours=3)
    assert stand.states() == [State.SENT, State.NEEDS_DECISION]
    assert (stand.place.there(), stand.all()[1].url) == (["One."], "")
    assert by_hand in worded(stand.all()[1].error)


@ON_X
@pytest.mark.parametrize("wrong", [timedelta(minutes=30), timedelta(minutes=-30)])
def test_a_clock_that_is_wrong_all_the_time_does_not_hide_a_post_of_ours(
    stand: OneServerHarness, wrong: timedelta
) -> None:
    """What counts is how old the server says the post is, and how long ago we asked."""
    stand.plan(stand.draft("one", parts=("One.",)), stand.draft("two", due=HOUR))
    stand.deliver()
    stand.clock.set(START + HOUR)
    stand.clock.server_is_off(wrong)
    stand.place.strike(Deed.PUBLISH, "accept_then_close")
    stand.settle()
    assert stand.states() == [State.SENT] * 2
    assert stand.place.there() == ["One.", WORDS]


@ON_X
def test_a_duplicate_after_an_answer_that_was_lost_is_found_with_its_id(stand: OneServerHarness) -> None:
    stand.planned()
    stand.place.lag(70)
    stand.place.strike(Deed.PUBLISH, "accept_then_close")
    stand.settle()
    stand.check_sent_once()
    assert len(stand.place.asked(Deed.PUBLISH)) == 2


@pytest.mark.parametrize("where", [KEYED, KEYLESS])
def test_elsewhere_the_same_words_may_be_posted_twice_when_two_deliveries_say_so(stand: OneServerHarness) -> None:
    stand.plan(stand.draft("one"), stand.draft("two", due=HOUR))
    stand.deliver()
    stand.clock.passes(hours=1)
    stand.settle()
    assert (stand.states(), stand.place.there()) == ([State.SENT] * 2, [WORDS] * 2)
