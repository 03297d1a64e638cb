"""The server has done what it was asked, and its answer is lost: in the end each thing is there once."""

from __future__ import annotations

import pytest

from bot.domain.delivery import State
from tests.harness.campaign import IMAGE
from tests.harness.one_server import OneServerHarness
from tests.harness.place import KEYED_OR_X, Deed, X
from tests.harness.stores import BOTH_IN_LONG

LOST = ("accept_then_close", "accept_then_half", "accept_then_html")
MOSTLY_CLOSED = [LOST[0], *(pytest.param(effect, marks=pytest.mark.long) for effect in LOST[1:])]
"""All three in the long run; that each of them is a lost answer is seen with single posts."""

THREAD = ("One.", "Two.", "Three.")


@pytest.mark.parametrize("effect", LOST)
def test_a_post_whose_answer_is_lost_is_found_and_not_sent_again(one_server: OneServerHarness, effect: str) -> None:
    one_server.planned(media=[IMAGE])
    one_server.place.strike(Deed.PUBLISH, effect)
    one_server.deliver()
    assert one_server.state() is State.UNKNOWN
    one_server.settle()
    one_server.check_sent_once()
    assert len(one_server.place.asked(Deed.PUBLISH)) == 1


@KEYED_OR_X
@pytest.mark.parametrize("kind", BOTH_IN_LONG)
def test_a_thread_that_loses_every_answer_goes_on_behind_what_is_found(one_server: OneServerHarness, kind: str) -> None:
    one_server.planned(parts=THREAD, media=[IMAGE], media_part=1)
    one_server.place.strike(Deed.PUBLISH, "accept_then_close", count=None)
    one_server.settle()
    one_server.check_sent_once()


@pytest.mark.parametrize("effect", MOSTLY_CLOSED)
@pytest.mark.parametrize("item", range(3))
def test_a_thread_that_loses_one_answer_goes_on_behind_what_is_found(
    one_server: OneServerHarness, effect: str, item: int
) -> None:
    one_server.planned(parts=THREAD)
    one_server.place.strike(Deed.PUBLISH, effect, after=item)
    one_server.settle()
    one_server.check_sent_once()
    assert len(one_server.place.asked(Deed.PUBLISH)) == 3


@pytest.mark.parametrize("effect", MOSTLY_CLOSED)
@pytest.mark.parametrize("deed", [Deed.UPLOAD, Deed.DESCRIBE])
def test_an_upload_whose_answer_is_lost_is_made_again_and_attached_once(
    one_server: OneServerHarness, effect: str, deed: Deed
) -> None:
    one_server.planned(media=[IMAGE])
    one_server.place.strike(deed, effect)
    one_server.settle()
    one_server.check_sent_once()
    assert one_server.place.uploads() == 2


@pytest.mark.parametrize("effect", MOSTLY_CLOSED)
def test_a_reshare_whose_answer_is_lost_is_found_and_not_made_again(one_server: OneServerHarness, effect: str) -> None:
    uri = one_server.approved()
    one_server.place.strike(Deed.RESHARE, effect)
    one_server.deliver()
    assert one_server.state() is State.UNKNOWN
    one_server.settle()
    one_server.check_reshared_once(uri)
    assert len(one_server.place.asked(Deed.RESHARE)) == 1


@pytest.mark.parametrize("effect", MOSTLY_CLOSED)
@pytest.mark.parametrize("item", [0, pytest.param(1, marks=pytest.mark.long), 2])
def test_what_is_taken_back_is_gone_though_the_answer_is_lost(
    one_server: OneServerHarness, effect: str, item: int
) -> None:
    one_server.planned(parts=THREAD)
    one_server.deliver()
    one_server.place.strike(Deed.UNDO_POST, effect, after=item)
    one_server.undo()
    assert one_server.ledger() == {(text, False): 1 for text in THREAD}
    assert (one_server.state(), bool(one_server.one().undone_at)) == (State.CANCELLED, True)


@pytest.mark.parametrize("effect", MOSTLY_CLOSED)
def test_a_reshare_that_is_taken_back_is_gone_though_the_answer_is_lost(
    one_server: OneServerHarness, effect: str
) -> None:
    uri = one_server.approved()
    one_server.deliver()
    one_server.place.strike(Deed.UNDO_RESHARE, effect)
    one_server.undo()
    assert one_server.ledger() == {(uri, False): 1}
    assert (one_server.state(), bool(one_server.one().undone_at)) == (State.CANCELLED, True)


@pytest.mark.parametrize("where", [X])
def test_an_answer_that_takes_too_long_is_a_lost_one(one_server: OneServerHarness) -> None:
    one_server.planned()
    one_server.place.strike(Deed.PUBLISH, "accept_then_delay", seconds=60.0)
    one_server.deliver()
    assert one_server.state() is State.UNKNOWN
    one_server.settle()
    one_server.check_sent_once()
