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
def test_posts_are_out_once_whatever_the_status(one_server: OneServerHarness, effect: str) -> None:
    one_server.plan(
        *(one_server.draft(f"answered {status}", parts=(f"Free them, {status} times.",)) for status in OPEN)
    )
    for status in OPEN:
        one_server.place.strike(Deed.PUBLISH, effect, status=status)
    one_server.deliver()
    assert one_server.states() == [State.UNKNOWN] * len(OPEN)
    one_server.settle()
    assert one_server.ledger() == {(f"Free them, {status} times.", True): 1 for status in OPEN}
    assert one_server.states() == [State.SENT] * len(OPEN)
    assert {one.sent_parts[0].post_id for one in one_server.all()} == {
        post.post_id for post in one_server.place.posts()
    }


@pytest.mark.parametrize("where", [KEYLESS, X, pytest.param(KEYED, marks=pytest.mark.long)])
@pytest.mark.parametrize("effect", [HAS, HAS_NOT])
def test_reshares_are_made_once_whatever_the_status(one_server: OneServerHarness, effect: str) -> None:
    uris = [one_server.approved(f"worker{status}") for status in OPEN]
    for status in OPEN:
        one_server.place.strike(Deed.RESHARE, effect, status=status)
    one_server.settle()
    assert one_server.ledger() == {(uri, True): 1 for uri in uris}
    assert one_server.states() == [State.SENT] * len(OPEN)


@KEYED_OR_X
@pytest.mark.parametrize("kind", BOTH_IN_LONG)
@pytest.mark.parametrize("effect", [HAS, HAS_NOT])
def test_a_gateway_that_times_out_at_every_part_of_a_thread_doubles_none(
    one_server: OneServerHarness, effect: str
) -> None:
    one_server.planned(parts=("One.", "Two.", "Three."), media=[IMAGE], media_part=2)
    for part in range(3):
        one_server.place.strike(Deed.PUBLISH, effect, status=504, after=part if effect == HAS else 0)
    one_server.settle()
    one_server.check_sent_once()


@KEYED_OR_X
@pytest.mark.parametrize("effect", [HAS, HAS_NOT])
@pytest.mark.parametrize("status", [429, 503, pytest.param(408, marks=pytest.mark.long)])
def test_an_upload_is_made_again_and_attached_once(one_server: OneServerHarness, effect: str, status: int) -> None:
    one_server.planned(media=[IMAGE])
    one_server.place.strike(Deed.UPLOAD, effect, status=status)
    one_server.settle()
    one_server.check_sent_once()


@KEYED_OR_X
@pytest.mark.parametrize("effect", [HAS, HAS_NOT])
@pytest.mark.parametrize("status", [429, 503, pytest.param(408, marks=pytest.mark.long)])
def test_what_is_taken_back_is_gone_in_the_end(one_server: OneServerHarness, effect: str, status: int) -> None:
    one_server.planned()
    uri = one_server.approved()
    one_server.deliver()
    for deed in (Deed.UNDO_POST, Deed.UNDO_RESHARE):
        one_server.place.strike(deed, effect, status=status)
    one_server.undo()
    assert one_server.ledger() == {("Free them all.", False): 1, (uri, False): 1}
    assert one_server.states() == [State.CANCELLED] * 2


def test_a_rate_limit_holds_the_post_back_until_its_reset_and_then_it_is_sent_once(
    one_server: OneServerHarness,
) -> None:
    one_server.planned()
    one_server.place.limit(Deed.PUBLISH, HAS_NOT, RESET)
    one_server.deliver()
    assert one_server.state() is State.PLANNED
    one_server.settle()
    one_server.check_sent_once()
    first, second = one_server.place.asked(Deed.PUBLISH)
    assert (first, second >= RESET) == (START, True)


def test_a_rate_limit_of_reshares_holds_the_reshare_back_until_its_reset(one_server: OneServerHarness) -> None:
    uri = one_server.approved()
    one_server.place.limit(Deed.RESHARE, HAS_NOT, RESET)
    one_server.settle()
    one_server.check_reshared_once(uri)
    _, second = one_server.place.asked(Deed.RESHARE)
    assert second >= RESET


@pytest.mark.parametrize("minutes", [10, 55])
def test_a_rate_limit_that_was_told_after_the_post_was_taken_doubles_nothing(
    one_server: OneServerHarness, minutes: int
) -> None:
    """No server means that, but a gateway may; after 55 minutes no key helps any more."""
    one_server.planned(media=[IMAGE])
    one_server.place.limit(Deed.PUBLISH, HAS, START + timedelta(minutes=minutes))
    one_server.settle(hours=2)
    one_server.check_sent_once()


def test_a_rate_limit_that_was_told_after_the_reshare_was_made_doubles_nothing(one_server: OneServerHarness) -> None:
    uri = one_server.approved()
    one_server.place.limit(Deed.RESHARE, HAS, RESET)
    one_server.settle()
    one_server.check_reshared_once(uri)


@KEYED_OR_X
def test_an_outage_that_lasts_ends_with_the_post_out_once(one_server: OneServerHarness) -> None:
    one_server.planned()
    one_server.place.strike(Deed.PUBLISH, HAS_NOT, status=503, count=5)
    one_server.settle()
    one_server.check_sent_once()


@pytest.mark.parametrize("where", [KEYED, *(pytest.param(place, marks=pytest.mark.long) for place in (KEYLESS, X))])
def test_an_outage_that_outlasts_the_key_is_for_a_person(one_server: OneServerHarness) -> None:
    """Some servers answer 500 to a key that they have: after an hour of that, only a person can tell."""
    one_server.planned()
    one_server.place.strike(Deed.PUBLISH, HAS_NOT, status=500, count=None)
    one_server.settle(minutes=3)
    one_server.clock.set(START + timedelta(minutes=41))
    one_server.settle()
    assert (one_server.state(), one_server.place.posts()) == (State.NEEDS_DECISION, [])
    assert "no answer ever said" in worded(one_server.one().error)
