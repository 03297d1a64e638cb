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


def look(stand: OneServerHarness, times: int) -> None:
    """Let so many looks happen."""
    before = len(stand.place.asked(Deed.LOOK))
    while len(stand.place.asked(Deed.LOOK)) < before + times:
        stand.clock.set(stand.one().not_before)
        stand.deliver()


@pytest.mark.parametrize("looks", [1, 2])
def test_what_is_accepted_between_two_looks_is_found_by_the_next(stand: OneServerHarness, looks: int) -> None:
    stand.planned(media=[IMAGE])
    stand.place.strike(Deed.PUBLISH, "late_accept")
    stand.deliver()
    look(stand, looks)
    assert (stand.state(), stand.place.posts()) == (State.UNKNOWN, [])
    assert stand.place.release_late() == 1
    stand.settle()
    stand.check_sent_once()
    assert len(stand.place.asked(Deed.PUBLISH)) == 1


def test_what_is_accepted_later_than_any_request_takes_is_found_by_the_last_look(stand: OneServerHarness) -> None:
    stand.planned()
    stand.place.strike(Deed.PUBLISH, "late_accept")
    stand.deliver()
    look(stand, 2)
    stand.clock.set(START + REQUEST_DEADLINE)
    stand.place.release_late()
    stand.settle()
    stand.check_sent_once()
    assert len(stand.place.asked(Deed.PUBLISH)) == 1


@pytest.mark.parametrize("item", [pytest.param(0, marks=pytest.mark.long), 1, 2])
def test_an_item_of_a_thread_that_is_accepted_late_is_found_in_its_place(stand: OneServerHarness, item: int) -> None:
    stand.planned(parts=THREAD)
    stand.place.strike(Deed.PUBLISH, "late_accept", after=item)
    stand.deliver()
    look(stand, 2)
    stand.place.release_late()
    stand.settle()
    stand.check_sent_once()


@KEYED_OR_X
@pytest.mark.parametrize("kind", BOTH_IN_LONG)
def test_what_is_accepted_after_it_was_sent_again_is_refused_by_its_key_or_as_a_duplicate(
    stand: OneServerHarness,
) -> None:
    stand.planned()
    stand.place.strike(Deed.PUBLISH, "late_accept")
    stand.settle()
    stand.check_sent_once()
    stand.place.release_late()
    stand.check_sent_once()


@KEYED_OR_X
def test_what_is_accepted_after_the_last_look_and_before_it_is_sent_again_is_out_once(stand: OneServerHarness) -> None:
    stand.planned()
    stand.place.strike(Deed.PUBLISH, "late_accept")
    stand.deliver()
    look(stand, 3)
    assert stand.state() is State.PLANNED
    stand.place.release_late()
    stand.settle()
    stand.check_sent_once()


@pytest.mark.parametrize("where", [KEYLESS])
def test_a_server_without_keys_that_accepts_after_the_last_look_posts_twice(stand: OneServerHarness) -> None:
    """Nothing tells such a server, or us, that the two are one: docs/promises.md says how likely that is."""
    stand.planned()
    stand.place.strike(Deed.PUBLISH, "late_accept")
    stand.settle()
    stand.check_sent_once()
    stand.place.release_late()
    assert stand.ledger() == {("Free them all.", True): 2}


def test_a_reshare_that_is_accepted_between_two_looks_is_found(stand: OneServerHarness) -> None:
    uri = stand.approved()
    stand.place.strike(Deed.RESHARE, "late_accept")
    stand.deliver()
    look(stand, 2)
    stand.place.release_late()
    stand.settle()
    stand.check_reshared_once(uri)
    assert len(stand.place.asked(Deed.RESHARE)) == 1


def test_a_reshare_that_is_accepted_after_the_last_look_is_made_once(stand: OneServerHarness) -> None:
    """Where a second one would be possible, the post shows that we have reshared it, and it is not asked for again."""
    uri = stand.approved()
    stand.place.strike(Deed.RESHARE, "late_accept")
    stand.deliver()
    look(stand, 3)
    assert stand.state() is State.PLANNED
    stand.place.release_late()
    stand.settle()
    stand.check_reshared_once(uri)


@KEYED_OR_X
def test_a_reshare_that_is_accepted_after_it_was_made_again_is_there_once(stand: OneServerHarness) -> None:
    uri = stand.approved()
    stand.place.strike(Deed.RESHARE, "late_accept")
    stand.settle()
    stand.place.release_late()
    stand.check_reshared_once(uri)


@pytest.mark.parametrize("where", [KEYLESS])
def test_a_server_that_reshares_twice_and_accepts_after_the_second_one_has_two(stand: OneServerHarness) -> None:
    """As above; undoing takes both back."""
    uri = stand.approved()
    stand.place.strike(Deed.RESHARE, "late_accept")
    stand.settle()
    stand.place.release_late()
    assert stand.ledger() == {(uri, True): 2}
    stand.undo()
    assert stand.ledger() == {(uri, False): 2}
