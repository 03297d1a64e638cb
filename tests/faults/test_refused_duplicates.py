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
def test_a_text_that_a_person_posted_by_hand_before_is_refused_in_plain_words(one_server: OneServerHarness) -> None:
    one_server.place.by_hand(WORDS, START - HOUR)
    one_server.planned()
    one_server.settle()
    assert (one_server.state(), one_server.one().url, one_server.place.posts()) == (State.REJECTED, "", [])
    assert "the same words" in worded(one_server.one().error)


@ON_X
def test_a_text_that_we_posted_ourselves_before_is_refused_in_plain_words(one_server: OneServerHarness) -> None:
    one_server.plan(one_server.draft("one"), one_server.draft("two", due=3 * HOUR))
    one_server.deliver()
    one_server.clock.passes(hours=3)
    one_server.settle()
    assert one_server.states() == [State.SENT, State.REJECTED]
    assert (one_server.place.there(), one_server.all()[1].url) == ([WORDS], "")
    assert "the same words" in worded(one_server.all()[1].error)


@ON_X
@pytest.mark.parametrize("ago", [timedelta(minutes=5), HOUR, 20 * HOUR])
def test_an_older_post_of_the_same_words_is_not_taken_for_one_that_nobody_answered_for(
    one_server: OneServerHarness, ago: timedelta
) -> None:
    """A request without an answer, and then a duplicate: the older post is there, and it is not ours."""
    one_server.place.by_hand(WORDS, START - ago)
    one_server.planned()
    one_server.place.strike(Deed.PUBLISH, "status", status=503)
    one_server.settle(hours=3)
    assert (one_server.state(), one_server.one().url, one_server.place.posts()) == (State.NEEDS_DECISION, "", [])


@pytest.mark.parametrize("ago", [timedelta(minutes=5), HOUR])
def test_a_post_by_hand_after_our_newest_one_is_not_taken_for_one_that_nobody_answered_for(
    one_server: OneServerHarness, ago: timedelta
) -> None:
    """By the order of the timeline it could be ours: it comes after our newest one. It is too old all the same."""
    one_server.plan(one_server.draft("one", parts=("One.",)), one_server.draft("two", due=2 * HOUR))
    one_server.deliver()
    by_hand = one_server.place.by_hand(WORDS, START + 2 * HOUR - ago)
    one_server.clock.set(START + 2 * HOUR)
    one_server.place.strike(Deed.PUBLISH, "status", status=503)
    one_server.settle(hours=3)
    assert one_server.states() == [State.SENT, State.NEEDS_DECISION]
    assert (one_server.place.there(), one_server.all()[1].url) == (["One."], "")
    assert by_hand in worded(one_server.all()[1].error)


@ON_X
@pytest.mark.parametrize("wrong", [timedelta(minutes=30), timedelta(minutes=-30)])
def test_a_clock_that_is_wrong_all_the_time_does_not_hide_a_post_of_ours(
    one_server: OneServerHarness, wrong: timedelta
) -> None:
    """What counts is how old the server says the post is, and how long ago we asked."""
    one_server.plan(one_server.draft("one", parts=("One.",)), one_server.draft("two", due=HOUR))
    one_server.deliver()
    one_server.clock.set(START + HOUR)
    one_server.clock.server_is_off(wrong)
    one_server.place.strike(Deed.PUBLISH, "accept_then_close")
    one_server.settle()
    assert one_server.states() == [State.SENT] * 2
    assert one_server.place.there() == ["One.", WORDS]


@ON_X
def test_a_duplicate_after_an_answer_that_was_lost_is_found_with_its_id(one_server: OneServerHarness) -> None:
    one_server.planned()
    one_server.place.lag(70)
    one_server.place.strike(Deed.PUBLISH, "accept_then_close")
    one_server.settle()
    one_server.check_sent_once()
    assert len(one_server.place.asked(Deed.PUBLISH)) == 2


@pytest.mark.parametrize("where", [KEYED, KEYLESS])
def test_elsewhere_the_same_words_may_be_posted_twice_when_two_deliveries_say_so(one_server: OneServerHarness) -> None:
    one_server.plan(one_server.draft("one"), one_server.draft("two", due=HOUR))
    one_server.deliver()
    one_server.clock.passes(hours=1)
    one_server.settle()
    assert (one_server.states(), one_server.place.there()) == ([State.SENT] * 2, [WORDS] * 2)
