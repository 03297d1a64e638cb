"""Error statuses of servers and of the gateways before them, after the request was carried out and after it was not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.delivery import State
from tests.harness.campaign import IMAGE
from tests.harness.one_server import OneServerHarness
from tests.harness.place import KEYED, KEYED_OR_X, KEYLESS, Deed, X
from tests.harness.rehearsal_networks import START
from tests.harness.stores import BOTH_IN_LONG
from tests.harness.words import worded

OPEN = (408, 500, 502, 503, 504)
"""Statuses that say nothing of what became of the request."""

HAS, HAS_NOT = "accept_then_status", "status"
RESET = START + timedelta(minutes=10)


@pytest.mark.parametrize("effect", [HAS, HAS_NOT])
def test_posts_are_out_once_whatever_the_status(stand: OneServerHarness, effect: str) -> None:
    stand.plan(*(stand.draft(f"answered {status}", parts=(f"Free them, {status} times.",)) for status in OPEN))
    for status in OPEN:
        stand.place.strike(Deed.PUBLISH, effect, status=status)
    stand.deliver()
    assert stand.states() == [State.UNKNOWN] * len(OPEN)
    stand.settle()
    assert stand.ledger() == {(f"Free them, {status} times.", True): 1 for status in OPEN}
    assert stand.states() == [State.SENT] * len(OPEN)
    assert {one.sent_parts[0].post_id for one in stand.all()} == {post.post_id for post in stand.place.posts()}


@pytest.mark.parametrize("effect", [HAS, HAS_NOT])
def test_reshares_are_made_once_whatever_the_status(stand: OneServerHarness, effect: str) -> None:
    uris = [stand.approved(f"worker{status}") for status in OPEN]
    for status in OPEN:
        stand.place.strike(Deed.RESHARE, effect, status=status)
    stand.settle()
    assert stand.ledger() == {(uri, True): 1 for uri in uris}
    assert stand.states() == [State.SENT] * len(OPEN)


@KEYED_OR_X
@pytest.mark.parametrize("kind", BOTH_IN_LONG)
@pytest.mark.parametrize("effect", [HAS, HAS_NOT])
def test_a_gateway_that_times_out_at_every_part_of_a_thread_doubles_none(stand: OneServerHarness, effect: str) -> None:
    stand.planned(parts=("One.", "Two.", "Three."), media=[IMAGE], media_part=2)
    for part in range(3):
        stand.place.strike(Deed.PUBLISH, effect, status=504, after=part if effect == HAS else 0)
    stand.settle()
    stand.check_sent_once()


@KEYED_OR_X
@pytest.mark.parametrize("effect", [HAS, HAS_NOT])
@pytest.mark.parametrize("status", [429, 503, pytest.param(408, marks=pytest.mark.long)])
def test_an_upload_is_made_again_and_attached_once(stand: OneServerHarness, effect: str, status: int) -> None:
    stand.planned(media=[IMAGE])
    stand.place.strike(Deed.UPLOAD, effect, status=status)
    stand.settle()
    stand.check_sent_once()


@KEYED_OR_X
@pytest.mark.parametrize("effect", [HAS, HAS_NOT])
@pytest.mark.parametrize("status", [429, 503, pytest.param(408, marks=pytest.mark.long)])
def test_what_is_taken_back_is_gone_in_the_end(stand: OneServerHarness, effect: str, status: int) -> None:
    stand.planned()
    uri = stand.approved()
    stand.deliver()
    for deed in (Deed.UNDO_POST, Deed.UNDO_RESHARE):
        stand.place.strike(deed, effect, status=status)
    stand.undo()
    assert stand.ledger() == {("Free them all.", False): 1, (uri, False): 1}
    assert stand.states() == [State.CANCELLED] * 2


def test_a_rate_limit_holds_the_post_back_until_its_reset_and_then_it_is_sent_once(stand: OneServerHarness) -> None:
    stand.planned()
    stand.place.limit(Deed.PUBLISH, HAS_NOT, RESET)
    stand.deliver()
    assert stand.state() is State.PLANNED
    stand.settle()
    stand.check_sent_once()
    first, second = stand.place.asked(Deed.PUBLISH)
    assert (first, second >= RESET) == (START, True)


def test_a_rate_limit_of_reshares_holds_the_reshare_back_until_its_reset(stand: OneServerHarness) -> None:
    uri = stand.approved()
    stand.place.limit(Deed.RESHARE, HAS_NOT, RESET)
    stand.settle()
    stand.check_reshared_once(uri)
    _, second = stand.place.asked(Deed.RESHARE)
    assert second >= RESET


@pytest.mark.parametrize("minutes", [10, 55])
def test_a_rate_limit_that_was_told_after_the_post_was_taken_doubles_nothing(
    stand: OneServerHarness, minutes: int
) -> None:
    """No server means that, but a gateway may; after 55 minutes no key helps any more."""
    stand.planned(media=[IMAGE])
    stand.place.limit(Deed.PUBLISH, HAS, START + timedelta(minutes=minutes))
    stand.settle(hours=2)
    stand.check_sent_once()


def test_a_rate_limit_that_was_told_after_the_reshare_was_made_doubles_nothing(stand: OneServerHarness) -> None:
    uri = stand.approved()
    stand.place.limit(Deed.RESHARE, HAS, RESET)
    stand.settle()
    stand.check_reshared_once(uri)


@KEYED_OR_X
def test_an_outage_that_lasts_ends_with_the_post_out_once(stand: OneServerHarness) -> None:
    stand.planned()
    stand.place.strike(Deed.PUBLISH, HAS_NOT, status=503, count=5)
    stand.settle()
    stand.check_sent_once()


@pytest.mark.parametrize("where", [KEYED, *(pytest.param(place, marks=pytest.mark.long) for place in (KEYLESS, X))])
def test_an_outage_that_outlasts_the_key_is_for_a_person(stand: OneServerHarness) -> None:
    """Some servers answer 500 to a key that they have: after an hour of that, only a person can tell."""
    stand.planned()
    stand.place.strike(Deed.PUBLISH, HAS_NOT, status=500, count=None)
    stand.settle(minutes=3)
    stand.clock.set(START + timedelta(minutes=41))
    stand.settle()
    assert (stand.state(), stand.place.posts()) == (State.NEEDS_DECISION, [])
    assert "no answer ever said" in worded(stand.one().error)
