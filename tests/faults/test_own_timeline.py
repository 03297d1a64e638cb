"""Our own timeline lags, is frozen, or cannot be read: none of it is absence, and nothing is repeated because of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.delivery import State
from bot.services import decisions
from tests.harness.one_server import OneServerHarness
from tests.harness.place import KEYED, KEYED_OR_X, KEYLESS, Deed, X
from tests.harness.rehearsal_networks import START
from tests.harness.stores import BOTH_IN_LONG
from tests.harness.words import worded

UNREADABLE = (
    ("status", 503),
    ("accept_then_html", 0),
    pytest.param("status", 500, marks=pytest.mark.long),
    pytest.param("close", 0, marks=pytest.mark.long),
    pytest.param("accept_then_half", 0, marks=pytest.mark.long),
)


def lose_the_second_of_two(one_server: OneServerHarness) -> None:
    """A first post is out and known; a minute later the answer to a second one is lost."""
    minute = timedelta(minutes=1)
    one_server.plan(one_server.draft("one", parts=("One.",)), one_server.draft("two", parts=("Two.",), due=minute))
    one_server.deliver()
    one_server.place.strike(Deed.PUBLISH, "accept_then_close")
    one_server.clock.passes(minutes=1)
    one_server.deliver()
    assert one_server.states() == [State.SENT, State.UNKNOWN]


@pytest.mark.parametrize("where", [X])
def test_a_busy_timeline_is_read_back_to_our_newest_post_and_no_further(one_server: OneServerHarness) -> None:
    """X shows a hundred posts of a moment, each for money: the order of the timeline proves enough without the older
    ones."""
    for number in range(100):
        one_server.place.by_hand(f"By hand, {number}.", START)
    lose_the_second_of_two(one_server)
    one_server.settle()
    assert one_server.states() == [State.SENT] * 2
    assert (one_server.place.there(), requests(one_server)) == (["One.", "Two."], 2)


def requests(one_server: OneServerHarness) -> int:
    return len(one_server.place.asked(Deed.PUBLISH))


@KEYED_OR_X
@pytest.mark.parametrize("kind", BOTH_IN_LONG)
def test_a_timeline_that_lags_behind_our_newest_post_is_waited_for(one_server: OneServerHarness) -> None:
    one_server.place.lag(100)
    lose_the_second_of_two(one_server)
    one_server.settle()
    assert one_server.states() == [State.SENT] * 2
    assert (one_server.place.there(), requests(one_server)) == (["One.", "Two."], 2)


def test_a_timeline_that_does_not_show_our_newest_post_any_more_ends_with_a_person(
    one_server: OneServerHarness,
) -> None:
    one_server.place.freeze()
    lose_the_second_of_two(one_server)
    one_server.settle(hours=3)
    assert one_server.states() == [State.SENT, State.NEEDS_DECISION]
    assert (one_server.place.there(), requests(one_server)) == (["One.", "Two."], 2)
    assert "behind" in worded(one_server.all()[1].error)


@pytest.mark.parametrize("where", [KEYED])
def test_a_timeline_that_froze_after_our_newest_post_doubles_nothing_thanks_to_the_key(
    one_server: OneServerHarness,
) -> None:
    frozen_since_the_first(one_server)
    assert one_server.states() == [State.SENT] * 2
    assert one_server.place.there() == ["One.", "Two."]


@pytest.mark.parametrize("where", [X])
def test_a_timeline_that_froze_after_our_newest_post_ends_with_a_person_on_x(one_server: OneServerHarness) -> None:
    """X refuses the second one as a duplicate, which proves nothing: it is never marked as sent without its id."""
    frozen_since_the_first(one_server)
    assert one_server.states() == [State.SENT, State.NEEDS_DECISION]
    assert one_server.place.there() == ["One.", "Two."]
    assert one_server.all()[1].url == ""


@pytest.mark.parametrize("where", [KEYLESS])
def test_a_timeline_that_froze_after_our_newest_post_doubles_where_keys_are_ignored(
    one_server: OneServerHarness,
) -> None:
    """It looks healthy, and nothing else is there to ask: docs/promises.md says how likely that is."""
    frozen_since_the_first(one_server)
    assert one_server.states() == [State.SENT] * 2
    assert one_server.place.there() == ["One.", "Two.", "Two."]


def frozen_since_the_first(one_server: OneServerHarness) -> None:
    minute = timedelta(minutes=1)
    one_server.plan(one_server.draft("one", parts=("One.",)), one_server.draft("two", parts=("Two.",), due=minute))
    one_server.deliver()
    one_server.place.freeze()
    one_server.place.strike(Deed.PUBLISH, "accept_then_close")
    one_server.clock.passes(minutes=1)
    one_server.settle(hours=2)


@KEYED_OR_X
@pytest.mark.parametrize(("effect", "status"), UNREADABLE)
def test_readings_that_fail_are_not_absence_and_in_the_end_a_person_decides(
    one_server: OneServerHarness, effect: str, status: int
) -> None:
    made = one_server.planned()
    one_server.place.strike(Deed.PUBLISH, "close")
    one_server.place.strike(Deed.LOOK, effect, status=status, count=None)
    one_server.settle(hours=3)
    assert (one_server.state(), one_server.place.posts(), requests(one_server)) == (State.NEEDS_DECISION, [], 1)
    assert "nobody knows whether it is out" in worded(one_server.one().error)
    one_server.place.heal()
    decisions.resolve_not_sent(one_server.work, made, "ana")
    one_server.settle()
    one_server.check_sent_once()


@KEYED_OR_X
@pytest.mark.parametrize(("effect", "status"), UNREADABLE)
def test_readings_that_fail_for_a_while_are_made_again_and_find_the_post(
    one_server: OneServerHarness, effect: str, status: int
) -> None:
    one_server.planned()
    one_server.place.strike(Deed.PUBLISH, "accept_then_close")
    one_server.place.strike(Deed.LOOK, effect, status=status, count=4)
    one_server.settle()
    one_server.check_sent_once()
    assert requests(one_server) == 1


@KEYED_OR_X
@pytest.mark.parametrize(("effect", "status"), UNREADABLE)
def test_a_reshare_is_not_made_again_because_readings_fail(
    one_server: OneServerHarness, effect: str, status: int
) -> None:
    uri = one_server.approved()
    one_server.place.strike(Deed.RESHARE, "accept_then_close")
    one_server.place.strike(Deed.LOOK, effect, status=status, count=None)
    one_server.settle(hours=3)
    assert (one_server.state(), one_server.ledger()) == (State.NEEDS_DECISION, {(uri, True): 1})
    assert len(one_server.place.asked(Deed.RESHARE)) == 1


@KEYED_OR_X
@pytest.mark.parametrize("ahead", [timedelta(), timedelta(hours=-1), timedelta(days=-1)])
def test_absence_is_believed_no_sooner_than_any_request_takes_whatever_the_clock_does(
    one_server: OneServerHarness, ahead: timedelta
) -> None:
    """The clock is set back, or forward by as much as the request may take, before anybody has looked."""
    one_server.planned()
    one_server.place.strike(Deed.PUBLISH, "close")
    one_server.deliver()
    one_server.clock.set(START + ahead + timedelta(seconds=45))
    one_server.settle(minutes=10)
    first, *_, last = one_server.place.asked(Deed.LOOK)
    assert last - first >= timedelta(seconds=50)
    assert last - first <= timedelta(minutes=2)
    one_server.check_sent_once()
