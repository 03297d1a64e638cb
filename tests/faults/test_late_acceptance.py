"""The server accepts a request after its client has given up: later than the deadline, and than some of the looks."""

from __future__ import annotations

import pytest

from bot.domain.delivery import State
from bot.platforms.base import REQUEST_DEADLINE
from tests.harness.campaign import IMAGE
from tests.harness.one_server import OneServerHarness
from tests.harness.place import KEYED_OR_X, KEYLESS, Deed
from tests.harness.rehearsal_networks import START
from tests.harness.stores import BOTH_IN_LONG

THREAD = ("One.", "Two.", "Three.")


def look(one_server: OneServerHarness, times: int) -> None:
    """Let so many looks happen."""
    before = len(one_server.place.asked(Deed.LOOK))
    while len(one_server.place.asked(Deed.LOOK)) < before + times:
        one_server.clock.set(one_server.one().not_before)
        one_server.deliver()


@pytest.mark.parametrize("looks", [1, 2])
def test_what_is_accepted_between_two_looks_is_found_by_the_next(one_server: OneServerHarness, looks: int) -> None:
    one_server.planned(media=[IMAGE])
    one_server.place.strike(Deed.PUBLISH, "late_accept")
    one_server.deliver()
    look(one_server, looks)
    assert (one_server.state(), one_server.place.posts()) == (State.UNKNOWN, [])
    assert one_server.place.release_late() == 1
    one_server.settle()
    one_server.check_sent_once()
    assert len(one_server.place.asked(Deed.PUBLISH)) == 1


def test_what_is_accepted_later_than_any_request_takes_is_found_by_the_last_look(one_server: OneServerHarness) -> None:
    one_server.planned()
    one_server.place.strike(Deed.PUBLISH, "late_accept")
    one_server.deliver()
    look(one_server, 2)
    one_server.clock.set(START + REQUEST_DEADLINE)
    one_server.place.release_late()
    one_server.settle()
    one_server.check_sent_once()
    assert len(one_server.place.asked(Deed.PUBLISH)) == 1


@pytest.mark.parametrize("item", [pytest.param(0, marks=pytest.mark.long), 1, 2])
def test_an_item_of_a_thread_that_is_accepted_late_is_found_in_its_place(
    one_server: OneServerHarness, item: int
) -> None:
    one_server.planned(parts=THREAD)
    one_server.place.strike(Deed.PUBLISH, "late_accept", after=item)
    one_server.deliver()
    look(one_server, 2)
    one_server.place.release_late()
    one_server.settle()
    one_server.check_sent_once()


@KEYED_OR_X
@pytest.mark.parametrize("kind", BOTH_IN_LONG)
def test_what_is_accepted_after_it_was_sent_again_is_refused_by_its_key_or_as_a_duplicate(
    one_server: OneServerHarness,
) -> None:
    one_server.planned()
    one_server.place.strike(Deed.PUBLISH, "late_accept")
    one_server.settle()
    one_server.check_sent_once()
    one_server.place.release_late()
    one_server.check_sent_once()


@KEYED_OR_X
def test_what_is_accepted_after_the_last_look_and_before_it_is_sent_again_is_out_once(
    one_server: OneServerHarness,
) -> None:
    one_server.planned()
    one_server.place.strike(Deed.PUBLISH, "late_accept")
    one_server.deliver()
    look(one_server, 3)
    assert one_server.state() is State.PLANNED
    one_server.place.release_late()
    one_server.settle()
    one_server.check_sent_once()


@pytest.mark.parametrize("where", [KEYLESS])
def test_a_server_without_keys_that_accepts_after_the_last_look_posts_twice(one_server: OneServerHarness) -> None:
    """Nothing tells such a server, or us, that the two are one: docs/promises.md says how likely that is."""
    one_server.planned()
    one_server.place.strike(Deed.PUBLISH, "late_accept")
    one_server.settle()
    one_server.check_sent_once()
    one_server.place.release_late()
    assert one_server.ledger() == {("Free them all.", True): 2}


def test_a_reshare_that_is_accepted_between_two_looks_is_found(one_server: OneServerHarness) -> None:
    uri = one_server.approved()
    one_server.place.strike(Deed.RESHARE, "late_accept")
    one_server.deliver()
    look(one_server, 2)
    one_server.place.release_late()
    one_server.settle()
    one_server.check_reshared_once(uri)
    assert len(one_server.place.asked(Deed.RESHARE)) == 1


def test_a_reshare_that_is_accepted_after_the_last_look_is_made_once(one_server: OneServerHarness) -> None:
    """Where a second one would be possible, the post shows that we have reshared it, and it is not asked for again."""
    uri = one_server.approved()
    one_server.place.strike(Deed.RESHARE, "late_accept")
    one_server.deliver()
    look(one_server, 3)
    assert one_server.state() is State.PLANNED
    one_server.place.release_late()
    one_server.settle()
    one_server.check_reshared_once(uri)


@KEYED_OR_X
def test_a_reshare_that_is_accepted_after_it_was_made_again_is_there_once(one_server: OneServerHarness) -> None:
    uri = one_server.approved()
    one_server.place.strike(Deed.RESHARE, "late_accept")
    one_server.settle()
    one_server.place.release_late()
    one_server.check_reshared_once(uri)


@pytest.mark.parametrize("where", [KEYLESS])
def test_a_server_that_reshares_twice_and_accepts_after_the_second_one_has_two(one_server: OneServerHarness) -> None:
    """As above; undoing takes both back."""
    uri = one_server.approved()
    one_server.place.strike(Deed.RESHARE, "late_accept")
    one_server.settle()
    one_server.place.release_late()
    assert one_server.ledger() == {(uri, True): 2}
    one_server.undo()
    assert one_server.ledger() == {(uri, False): 2}
