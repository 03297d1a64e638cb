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


def on_mastodon(one_server: OneServerHarness) -> OnMastodon:
    assert isinstance(one_server.place, OnMastodon)
    return one_server.place


def lose_unseen(one_server: OneServerHarness) -> None:
    """A post is accepted, its answer lost, and our timeline does not show it: absence is believed, and wrong."""
    one_server.place.freeze()
    one_server.place.strike(Deed.PUBLISH, "accept_then_close")
    one_server.deliver()
    assert one_server.state() is State.UNKNOWN


@ONLY_KEYED
@pytest.mark.parametrize("kind", BOTH_IN_LONG)
def test_a_key_that_is_honoured_gives_back_the_post_that_nobody_could_see(one_server: OneServerHarness) -> None:
    one_server.planned(media=[IMAGE])
    lose_unseen(one_server)
    one_server.settle()
    one_server.check_sent_once()
    first, second = on_mastodon(one_server).keys()
    assert first == second


@ONLY_KEYED
def test_each_item_of_a_thread_has_a_key_of_its_own(one_server: OneServerHarness) -> None:
    one_server.planned(parts=("One.", "Two.", "Three."))
    one_server.place.strike(Deed.PUBLISH, "close", after=1)
    one_server.settle()
    one_server.check_sent_once()
    first, second, again, third = on_mastodon(one_server).keys()
    assert (second, len({first, second, third})) == (again, 3)


@ONLY_KEYED
def test_a_key_that_is_answered_with_500_ends_with_the_post_found_when_our_timeline_shows_it(
    one_server: OneServerHarness,
) -> None:
    on_mastodon(one_server).server.settings(idempotency="replay_500")
    one_server.planned()
    lose_unseen(one_server)
    one_server.settle(minutes=5)
    assert one_server.state() is not State.SENT
    one_server.place.freeze(False)
    one_server.settle()
    one_server.check_sent_once()
    assert len(set(on_mastodon(one_server).keys())) == 1


@ONLY_KEYED
def test_a_key_that_is_answered_with_500_until_it_dies_is_for_a_person_and_makes_no_second_post(
    one_server: OneServerHarness,
) -> None:
    on_mastodon(one_server).server.settings(idempotency="replay_500")
    made = one_server.planned()
    lose_unseen(one_server)
    one_server.settle(minutes=3)
    one_server.clock.set(START + timedelta(minutes=41))
    one_server.settle(hours=2)
    assert (one_server.state(), one_server.place.there()) == (State.NEEDS_DECISION, ["Free them all."])
    assert len(set(on_mastodon(one_server).keys())) == 1
    decisions.resolve_sent(
        one_server.work, made, f"https://a.example/@campaign/{one_server.place.posts()[0].post_id}", "ana"
    )
    one_server.check_sent_once()


@ONLY_KEYED
def test_a_key_is_the_same_for_fifty_minutes_and_another_after_that_and_absence_comes_first(
    one_server: OneServerHarness,
) -> None:
    one_server.planned()
    one_server.place.strike(Deed.PUBLISH, "close")
    one_server.deliver()
    one_server.clock.set(START + KEY_LIFETIME + timedelta(seconds=1))
    one_server.deliver()
    assert (one_server.state(), len(on_mastodon(one_server).keys())) == (State.UNKNOWN, 1)
    one_server.settle()
    one_server.check_sent_once()
    first, second = on_mastodon(one_server).keys()
    assert first != second
    assert len(one_server.place.asked(Deed.LOOK)) == 3


@ONLY_KEYED
def test_a_post_whose_key_is_too_old_and_that_is_there_is_found_and_no_new_key_is_used(
    one_server: OneServerHarness,
) -> None:
    one_server.planned()
    one_server.place.strike(Deed.PUBLISH, "accept_then_close")
    one_server.deliver()
    one_server.clock.passes(hours=5)
    one_server.settle()
    one_server.check_sent_once()
    assert len(on_mastodon(one_server).keys()) == 1


@pytest.mark.parametrize("where", [KEYED, KEYLESS])
def test_where_keys_are_ignored_a_post_that_is_shown_is_found_all_the_same(one_server: OneServerHarness) -> None:
    on_mastodon(one_server).server.settings(idempotency="ignore")
    one_server.planned(media=[IMAGE])
    one_server.place.strike(Deed.PUBLISH, "accept_then_half")
    one_server.settle()
    one_server.check_sent_once()


@ONLY_KEYED
def test_a_post_that_its_author_deleted_by_hand_meanwhile_is_not_posted_again(one_server: OneServerHarness) -> None:
    one_server.planned()
    one_server.place.strike(Deed.PUBLISH, "accept_then_close")
    one_server.deliver()
    one_server.place.delete(one_server.place.posts()[0].post_id)
    one_server.settle()
    assert one_server.ledger() == {("Free them all.", False): 1}
    assert one_server.state() in FOR_A_PERSON
    assert "deleted" in worded(one_server.one().error)


@ONLY_KEYLESS
def test_where_keys_are_ignored_a_post_that_its_author_deleted_by_hand_meanwhile_is_posted_again(
    one_server: OneServerHarness,
) -> None:
    """It looks as if it had never been there: docs/promises.md says so."""
    one_server.planned()
    one_server.place.strike(Deed.PUBLISH, "accept_then_close")
    one_server.deliver()
    one_server.place.delete(one_server.place.posts()[0].post_id)
    one_server.settle()
    assert one_server.ledger() == {("Free them all.", False): 1, ("Free them all.", True): 1}


@ONLY_KEYED
def test_what_was_taken_back_and_is_sent_again_gets_a_new_key(one_server: OneServerHarness) -> None:
    made = one_server.planned()
    one_server.deliver()
    one_server.undo()
    decisions.retry(one_server.work, made, "ana")
    one_server.settle()
    assert one_server.ledger() == {("Free them all.", False): 1, ("Free them all.", True): 1}
    assert len(set(on_mastodon(one_server).keys())) == 2
