"""What a gateway says is not the platform's no: the post goes again until it is too late by its own rule, and once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.delivery import State
from tests.harness.campaign import IMAGE
from tests.harness.one_server import OneServerHarness
from tests.harness.place import KEYED, KEYED_OR_X, Deed, X
from tests.harness.words import worded
from tests.platforms.gateways import PAGES, Seen

CHALLENGE, BLOCK = PAGES["a CDN's challenge"], PAGES["a CDN's block"]
HAS, HAS_NOT = "accept_then_status", "status"
each_page = pytest.mark.parametrize("page", ["a CDN's challenge", "nginx's 404", "a 401 of a staging server"])


def strike(stand: OneServerHarness, deed: Deed, seen: Seen, effect: str = HAS_NOT, **more: Any) -> None:
    stand.place.strike(deed, effect, status=seen.status, body=seen.body, headers=seen.headers, **more)


def told(stand: OneServerHarness) -> list[str]:
    return [event.name for event in stand.events if event.alarming]


@KEYED_OR_X
@each_page
def test_a_post_that_a_gateway_refuses_twice_goes_out_once(stand: OneServerHarness, page: str) -> None:
    stand.planned()
    strike(stand, Deed.PUBLISH, PAGES[page], count=2)
    stand.settle(minutes=10)
    stand.check_sent_once()
    assert told(stand) == ["gateway"]
    assert len(stand.place.asked(Deed.PUBLISH)) == 3


@KEYED_OR_X
@pytest.mark.parametrize("page", ["a CDN's block", "a 406"])
def test_a_post_that_is_out_though_a_gateway_refused_it_stays_out_once(stand: OneServerHarness, page: str) -> None:
    """A firewall may dislike the answer and not the request."""
    stand.planned(parts=("One.", "Two."))
    strike(stand, Deed.PUBLISH, PAGES[page], HAS)
    stand.settle(minutes=10)
    stand.check_sent_once()
    assert len(stand.place.asked(Deed.PUBLISH)) == 2


@pytest.mark.parametrize(("where", "page"), [(KEYED, "a CDN's block"), (X, "a CDN's challenge")])
def test_a_gateway_that_stays_is_told_once_and_ends_with_the_late_rule(stand: OneServerHarness, page: str) -> None:
    stand.planned(late=timedelta(hours=2))
    strike(stand, Deed.PUBLISH, PAGES[page], count=None)
    stand.settle(hours=3)
    assert (stand.state(), stand.place.posts()) == (State.MISSED, [])
    assert told(stand) == ["gateway", "missed"]
    assert len(stand.place.asked(Deed.PUBLISH)) < 40, "with patience"


@pytest.mark.parametrize("where", [KEYED])
def test_what_nobody_can_look_for_because_of_a_gateway_is_asked_about_once_it_is_too_late(
    stand: OneServerHarness,
) -> None:
    stand.planned()
    strike(stand, Deed.PUBLISH, BLOCK, HAS)
    strike(stand, Deed.LOOK, BLOCK, count=None)
    stand.settle(hours=5)
    assert stand.state() is State.UNKNOWN
    stand.settle(hours=2)
    assert stand.state() is State.NEEDS_DECISION
    assert "web page" in worded(stand.one().error)


@KEYED_OR_X
def test_what_could_not_be_looked_for_is_found_once_the_gateway_is_gone(stand: OneServerHarness) -> None:
    stand.planned()
    strike(stand, Deed.PUBLISH, BLOCK, HAS)
    strike(stand, Deed.LOOK, BLOCK, count=9)
    stand.settle(hours=3)
    stand.check_sent_once()


@KEYED_OR_X
@pytest.mark.parametrize("deed", [Deed.UPLOAD, Deed.FETCH])
def test_what_comes_before_a_request_is_tried_again(stand: OneServerHarness, deed: Deed) -> None:
    uri = stand.approved() if deed is Deed.FETCH else ""
    if not uri:
        stand.planned(media=[IMAGE])
    strike(stand, deed, PAGES["nginx's 404"], count=2)
    stand.settle()
    if uri:
        stand.check_reshared_once(uri)
    else:
        stand.check_sent_once()


@pytest.mark.parametrize("where", [KEYED])
def test_what_has_no_rule_for_being_late_is_not_tried_for_ever(stand: OneServerHarness) -> None:
    uri = stand.approved()
    strike(stand, Deed.RESHARE, CHALLENGE, count=None)
    stand.settle(hours=7)
    assert (stand.state(), stand.ledger()) == (State.REJECTED, {}), uri
    assert "Just a moment" in worded(stand.one().error)


@KEYED_OR_X
@pytest.mark.parametrize("page", ["nginx's 404", "a 401 of a staging server"])
def test_what_is_taken_back_is_gone_in_the_end(stand: OneServerHarness, page: str) -> None:
    stand.planned()
    uri = stand.approved()
    stand.deliver()
    for deed in (Deed.UNDO_POST, Deed.UNDO_RESHARE):
        strike(stand, deed, PAGES[page])
    stand.undo()
    assert stand.ledger() == {("Free them all.", False): 1, (uri, False): 1}
    assert stand.states() == [State.CANCELLED] * 2


def test_the_story_says_what_was_seen(stand: OneServerHarness) -> None:
    stand.planned()
    strike(stand, Deed.PUBLISH, CHALLENGE)
    stand.deliver()
    assert "403" in worded(stand.one().error)
    assert "Just a moment" in worded(stand.one().error)
    stand.clock.passes(seconds=timedelta(minutes=1).total_seconds())
    stand.settle()
    stand.check_sent_once()
