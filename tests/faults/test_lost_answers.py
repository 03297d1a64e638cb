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
def test_a_post_whose_answer_is_lost_is_found_and_not_sent_again(stand: OneServerHarness, effect: str) -> None:
    stand.planned(media=[IMAGE])
    stand.place.strike(Deed.PUBLISH, effect)
    stand.deliver()
    assert stand.state() is State.UNKNOWN
    stand.settle()
    stand.check_sent_once()
    assert len(stand.place.asked(Deed.PUBLISH)) == 1


@KEYED_OR_X
@pytest.mark.parametrize("kind", BOTH_IN_LONG)
def test_a_thread_that_loses_every_answer_goes_on_behind_what_is_found(stand: OneServerHarness, kind: str) -> None:
    stand.planned(parts=THREAD, media=[IMAGE], media_part=1)
    stand.place.strike(Deed.PUBLISH, "accept_then_close", count=None)
    stand.settle()
    stand.check_sent_once()


@pytest.mark.parametrize("effect", MOSTLY_CLOSED)
@pytest.mark.parametrize("item", range(3))
def test_a_thread_that_loses_one_answer_goes_on_behind_what_is_found(
    stand: OneServerHarness, effect: str, item: int
) -> None:
    stand.planned(parts=THREAD)
    stand.place.strike(Deed.PUBLISH, effect, after=item)
    stand.settle()
    stand.check_sent_once()
    assert len(stand.place.asked(Deed.PUBLISH)) == 3


@pytest.mark.parametrize("effect", MOSTLY_CLOSED)
@pytest.mark.parametrize("deed", [Deed.UPLOAD, Deed.DESCRIBE])
def test_an_upload_whose_answer_is_lost_is_made_again_and_attached_once(
    stand: OneServerHarness, effect: str, deed: Deed
) -> None:
    stand.planned(media=[IMAGE])
    stand.place.strike(deed, effect)
    stand.settle()
    stand.check_sent_once()
    assert stand.place.uploads() == 2


@pytest.mark.parametrize("effect", MOSTLY_CLOSED)
def test_a_reshare_whose_answer_is_lost_is_found_and_not_made_again(stand: OneServerHarness, effect: str) -> None:
    uri = stand.approved()
    stand.place.strike(Deed.RESHARE, effect)
    stand.deliver()
    assert stand.state() is State.UNKNOWN
    stand.settle()
    stand.check_reshared_once(uri)
    assert len(stand.place.asked(Deed.RESHARE)) == 1


@pytest.mark.parametrize("effect", MOSTLY_CLOSED)
@pytest.mark.parametrize("item", [0, pytest.param(1, marks=pytest.mark.long), 2])
def test_what_is_taken_back_is_gone_though_the_answer_is_lost(stand: OneServerHarness, effect: str, item: int) -> None:
    stand.planned(parts=THREAD)
    stand.deliver()
    stand.place.strike(Deed.UNDO_POST, effect, after=item)
    stand.undo()
    assert stand.ledger() == {(text, False): 1 for text in THREAD}
    assert (stand.state(), bool(stand.one().undone_at)) == (State.CANCELLED, True)


@pytest.mark.parametrize("effect", MOSTLY_CLOSED)
def test_a_reshare_that_is_taken_back_is_gone_though_the_answer_is_lost(stand: OneServerHarness, effect: str) -> None:
    uri = stand.approved()
    stand.deliver()
    stand.place.strike(Deed.UNDO_RESHARE, effect)
    stand.undo()
    assert stand.ledger() == {(uri, False): 1}
    assert (stand.state(), bool(stand.one().undone_at)) == (State.CANCELLED, True)


@pytest.mark.parametrize("where", [X])
def test_an_answer_that_takes_too_long_is_a_lost_one(stand: OneServerHarness) -> None:
    stand.planned()
    stand.place.strike(Deed.PUBLISH, "accept_then_delay", seconds=60.0)
    stand.deliver()
    assert stand.state() is State.UNKNOWN
    stand.settle()
    stand.check_sent_once()
