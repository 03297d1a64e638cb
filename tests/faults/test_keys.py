"""Idempotency keys: honoured, ignored, answered with 500, too old, and those of a post that somebody has deleted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.delivery import KEY_LIFETIME, State
from bot.services import decisions
from tests.harness.campaign import IMAGE
from tests.harness.one_server import FOR_A_PERSON, OneServerHarness
from tests.harness.place import KEYED, KEYLESS, Deed
from tests.harness.places import OnMastodon
from tests.harness.rehearsal_networks import START
from tests.harness.stores import BOTH_IN_LONG
from tests.harness.words import worded

ONLY_KEYED = pytest.mark.parametrize("where", [KEYED])
ONLY_KEYLESS = pytest.mark.parametrize("where", [KEYLESS])


def on_mastodon(stand: OneServerHarness) -> OnMastodon:
    assert isinstance(stand.place, OnMastodon)
    return stand.place


def lose_unseen(stand: OneServerHarness) -> None:
    """A post is accepted, its answer lost, and our timeline does not show it: absence is believed, and wrong."""
    stand.place.freeze()
    stand.place.strike(Deed.PUBLISH, "accept_then_close")
    stand.deliver()
    assert stand.state() is State.UNKNOWN


@ONLY_KEYED
@pytest.mark.parametrize("kind", BOTH_IN_LONG)
def test_a_key_that_is_honoured_gives_back_the_post_that_nobody_could_see(stand: OneServerHarness) -> None:
    stand.planned(media=[IMAGE])
    lose_unseen(stand)
    stand.settle()
    stand.check_sent_once()
    first, second = on_mastodon(stand).keys()
    assert first == second


@ONLY_KEYED
def test_each_item_of_a_thread_has_a_key_of_its_own(stand: OneServerHarness) -> None:
    stand.planned(parts=("One.", "Two.", "Three."))
    stand.place.strike(Deed.PUBLISH, "close", after=1)
    stand.settle()
    stand.check_sent_once()
    first, second, again, third = on_mastodon(stand).keys()
    assert (second, len({first, second, third})) == (again, 3)


@ONLY_KEYED
def test_a_key_that_is_answered_with_500_ends_with_the_post_found_when_our_timeline_shows_it(
    stand: OneServerHarness,
) -> None:
    on_mastodon(stand).server.settings(idempotency="replay_500")
    stand.planned()
    lose_unseen(stand)
    stand.settle(minutes=5)
    assert stand.state() is not State.SENT
    stand.place.freeze(False)
    stand.settle()
    stand.check_sent_once()
    assert len(set(on_mastodon(stand).keys())) == 1


@ONLY_KEYED
def test_a_key_that_is_answered_with_500_until_it_dies_is_for_a_person_and_makes_no_second_post(
    stand: OneServerHarness,
) -> None:
    on_mastodon(stand).server.settings(idempotency="replay_500")
    made = stand.planned()
    lose_unseen(stand)
    stand.settle(minutes=3)
    stand.clock.set(START + timedelta(minutes=41))
    stand.settle(hours=2)
    assert (stand.state(), stand.place.there()) == (State.NEEDS_DECISION, ["Free them all."])
    assert len(set(on_mastodon(stand).keys())) == 1
    decisions.resolve_sent(stand.work, made, f"https://a.example/@campaign/{stand.place.posts()[0].post_id}", "ana")
    stand.check_sent_once()


@ONLY_KEYED
def test_a_key_is_the_same_for_fifty_minutes_and_another_after_that_and_absence_comes_first(
    stand: OneServerHarness,
) -> None:
    stand.planned()
    stand.place.strike(Deed.PUBLISH, "close")
    stand.deliver()
    stand.clock.set(START + KEY_LIFETIME + timedelta(seconds=1))
    stand.deliver()
    assert (stand.state(), len(on_mastodon(stand).keys())) == (State.UNKNOWN, 1)
    stand.settle()
    stand.check_sent_once()
    first, second = on_mastodon(stand).keys()
    assert first != second
    assert len(stand.place.asked(Deed.LOOK)) == 3


@ONLY_KEYED
def test_a_post_whose_key_is_too_old_and_that_is_there_is_found_and_no_new_key_is_used(stand: OneServerHarness) -> None:
    stand.planned()
    stand.place.strike(Deed.PUBLISH, "accept_then_close")
    stand.deliver()
    stand.clock.passes(hours=5)
    stand.settle()
    stand.check_sent_once()
    assert len(on_mastodon(stand).keys()) == 1


@pytest.mark.parametrize("where", [KEYED, KEYLESS])
def test_where_keys_are_ignored_a_post_that_is_shown_is_found_all_the_same(stand: OneServerHarness) -> None:
    on_mastodon(stand).server.settings(idempotency="ignore")
    stand.planned(media=[IMAGE])
    stand.place.strike(Deed.PUBLISH, "accept_then_half")
    stand.settle()
    stand.check_sent_once()


@ONLY_KEYED
def test_a_post_that_its_author_deleted_by_hand_meanwhile_is_not_posted_again(stand: OneServerHarness) -> None:
    stand.planned()
    stand.place.strike(Deed.PUBLISH, "accept_then_close")
    stand.deliver()
    stand.place.delete(stand.place.posts()[0].post_id)
    stand.settle()
    assert stand.ledger() == {("Free them all.", False): 1}
    assert stand.state() in FOR_A_PERSON
    assert "deleted" in worded(stand.one().error)


@ONLY_KEYLESS
def test_where_keys_are_ignored_a_post_that_its_author_deleted_by_hand_meanwhile_is_posted_again(
    stand: OneServerHarness,
) -> None:
    """It looks as if it had never been there: docs/promises.md says so."""
    stand.planned()
    stand.place.strike(Deed.PUBLISH, "accept_then_close")
    stand.deliver()
    stand.place.delete(stand.place.posts()[0].post_id)
    stand.settle()
    assert stand.ledger() == {("Free them all.", False): 1, ("Free them all.", True): 1}


@ONLY_KEYED
def test_what_was_taken_back_and_is_sent_again_gets_a_new_key(stand: OneServerHarness) -> None:
    made = stand.planned()
    stand.deliver()
    stand.undo()
    decisions.retry(stand.work, made, "ana")
    stand.settle()
    assert stand.ledger() == {("Free them all.", False): 1, ("Free them all.", True): 1}
    assert len(set(on_mastodon(stand).keys())) == 2
