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


def strike(one_server: OneServerHarness, deed: Deed, seen: Seen, effect: str = HAS_NOT, **more: Any) -> None:
    one_server.place.strike(deed, effect, status=seen.status, body=seen.body, headers=seen.headers, **more)


def told(one_server: OneServerHarness) -> list[str]:
    return [event.name for event in one_server.events if event.alarming]


@KEYED_OR_X
@each_page
def test_a_post_that_a_gateway_refuses_twice_goes_out_once(one_server: OneServerHarness, page: str) -> None:
    one_server.planned()
    strike(one_server, Deed.PUBLISH, PAGES[page], count=2)
    one_server.settle(minutes=10)
    one_server.check_sent_once()
    assert told(one_server) == ["gateway"]
    assert len(one_server.place.asked(Deed.PUBLISH)) == 3


@KEYED_OR_X
@pytest.mark.parametrize("page", ["a CDN's block", "a 406"])
def test_a_post_that_is_out_though_a_gateway_refused_it_stays_out_once(one_server: OneServerHarness, page: str) -> None:
    """A firewall may dislike the answer and not the request."""
    one_server.planned(parts=("One.", "Two."))
    strike(one_server, Deed.PUBLISH, PAGES[page], HAS)
    one_server.settle(minutes=10)
    one_server.check_sent_once()
    assert len(one_server.place.asked(Deed.PUBLISH)) == 2


@pytest.mark.parametrize(("where", "page"), [(KEYED, "a CDN's block"), (X, "a CDN's challenge")])
def test_a_gateway_that_stays_is_told_once_and_ends_with_the_late_rule(one_server: OneServerHarness, page: str) -> None:
    one_server.planned(late=timedelta(hours=2))
    strike(one_server, Deed.PUBLISH, PAGES[page], count=None)
    one_server.settle(hours=3)
    assert (one_server.state(), one_server.place.posts()) == (State.MISSED, [])
    assert told(one_server) == ["gateway", "missed"]
    assert len(one_server.place.asked(Deed.PUBLISH)) < 40, "with patience"


@pytest.mark.parametrize("where", [KEYED])
def test_what_nobody_can_look_for_because_of_a_gateway_is_asked_about_once_it_is_too_late(
    one_server: OneServerHarness,
) -> None:
    one_server.planned()
    strike(one_server, Deed.PUBLISH, BLOCK, HAS)
    strike(one_server, Deed.LOOK, BLOCK, count=None)
    one_server.settle(hours=5)
    assert one_server.state() is State.UNKNOWN
    one_server.settle(hours=2)
    assert one_server.state() is State.NEEDS_DECISION
    assert "web page" in worded(one_server.one().error)


@KEYED_OR_X
def test_what_could_not_be_looked_for_is_found_once_the_gateway_is_gone(one_server: OneServerHarness) -> None:
    one_server.planned()
    strike(one_server, Deed.PUBLISH, BLOCK, HAS)
    strike(one_server, Deed.LOOK, BLOCK, count=9)
    one_server.settle(hours=3)
    one_server.check_sent_once()


@KEYED_OR_X
@pytest.mark.parametrize("deed", [Deed.UPLOAD, Deed.FETCH])
def test_what_comes_before_a_request_is_tried_again(one_server: OneServerHarness, deed: Deed) -> None:
    uri = one_server.approved() if deed is Deed.FETCH else ""
    if not uri:
        one_server.planned(media=[IMAGE])
    strike(one_server, deed, PAGES["nginx's 404"], count=2)
    one_server.settle()
    if uri:
        one_server.check_reshared_once(uri)
    else:
        one_server.check_sent_once()


@pytest.mark.parametrize("where", [KEYED])
def test_what_has_no_rule_for_being_late_is_not_tried_for_ever(one_server: OneServerHarness) -> None:
    uri = one_server.approved()
    strike(one_server, Deed.RESHARE, CHALLENGE, count=None)
    one_server.settle(hours=7)
    assert (one_server.state(), one_server.ledger()) == (State.REJECTED, {}), uri
    assert "Just a moment" in worded(one_server.one().error)


@KEYED_OR_X
@pytest.mark.parametrize("page", ["nginx's 404", "a 401 of a staging server"])
def test_what_is_taken_back_is_gone_in_the_end(one_server: OneServerHarness, page: str) -> None:
    one_server.planned()
    uri = one_server.approved()
    one_server.deliver()
    for deed in (Deed.UNDO_POST, Deed.UNDO_RESHARE):
        strike(one_server, deed, PAGES[page])
    one_server.undo()
    assert one_server.ledger() == {("Free them all.", False): 1, (uri, False): 1}
    assert one_server.states() == [State.CANCELLED] * 2


def test_the_story_says_what_was_seen(one_server: OneServerHarness) -> None:
    one_server.planned()
    strike(one_server, Deed.PUBLISH, CHALLENGE)
    one_server.deliver()
    assert "403" in worded(one_server.one().error)
    assert "Just a moment" in worded(one_server.one().error)
    one_server.clock.passes(seconds=timedelta(minutes=1).total_seconds())
    one_server.settle()
    one_server.check_sent_once()
