"""One switch stops all sending: nothing is accepted after it, whatever was under way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.domain.delivery import State
from bot.services import stop
from bot.services.moderation import approval
from bot.services.sending import media, undo
from bot.store import control
from tests.harness.campaign import IMAGE, CampaignHarness, draft

SOON = 10.0
"""Seconds after which a test that hangs has failed."""


class Gate:
    """Lets a request in, tells that it came, and keeps it until it is opened."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._open = threading.Event()

    def __call__(self, _: str) -> None:
        self.reached.set()
        assert self._open.wait(SOON)

    def open(self) -> None:
        self._open.set()


def in_thread(do: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=do)
    thread.start()
    return thread


def test_after_a_stop_nothing_leaves_until_it_is_taken_back(desk: CampaignHarness) -> None:
    desk.plan(draft(), draft(account="x", media=[IMAGE]))
    desk.solidarity()
    desk.read()
    approval.approve(desk.work, desk.seen()[0].id, "ana")
    assert stop.stop(desk.work, "ana") == []
    desk.settle()
    assert (desk.texts(), desk.texts("x"), desk.reshared()) == ([], [], [])
    assert desk.x.requests["upload"] == desk.mastodon.requests["fetch"] == 0
    stop.resume(desk.work, "ana")
    desk.settle()
    assert (len(desk.texts()), len(desk.texts("x")), len(desk.reshared())) == (1, 1, 1)


def test_what_became_too_late_during_a_stop_is_missed(desk: CampaignHarness) -> None:
    desk.plan(draft())
    stop.stop(desk.work, "ana")
    desk.settle(hours=7)
    stop.resume(desk.work, "ana")
    desk.settle()
    assert (desk.state(), desk.texts()) == (State.MISSED, [])


def test_stopping_twice_is_stopping_and_resuming_once_is_enough(desk: CampaignHarness) -> None:
    desk.plan(draft())
    stop.stop(desk.work, "ana")
    stop.stop(desk.work, "ben")
    stop.resume(desk.work, "ana")
    desk.settle()
    assert len(desk.texts()) == 1


@pytest.mark.parametrize("at", ["before", "after"])
def test_a_stop_waits_for_the_request_in_flight_and_lets_no_other_leave(desk: CampaignHarness, at: str) -> None:
    desk.plan(draft("one", parts=("One.",)), draft("two", parts=("Two.", "Three.")), draft("four"))
    gate = Gate()
    setattr(desk.mastodon, at, gate)
    lane = in_thread(lambda: desk.deliver("mastodon"))
    assert gate.reached.wait(SOON)
    stopping = in_thread(lambda: stop.stop(desk.worker(), "ana"))
    stopping.join(0.2)
    assert stopping.is_alive()
    gate.open()
    stopping.join(SOON)
    accepted = desk.texts()
    lane.join(SOON)
    desk.settle()
    assert accepted == desk.texts() == ["One."]
    assert desk.states() == [State.SENT, State.PLANNED, State.PLANNED]


def test_a_stop_in_the_middle_of_a_thread_leaves_the_rest_for_later(desk: CampaignHarness) -> None:
    desk.plan(draft(parts=("One.", "Two.", "Three.")))
    desk.mastodon.before = lambda _: flip(desk)
    desk.deliver()
    desk.mastodon.before = lambda _: None
    assert (desk.texts(), desk.state()) == (["One."], State.PLANNED)
    desk.clock.passes(days=1)
    desk.settle()
    assert desk.texts() == ["One."]
    stop.resume(desk.work, "ana")
    desk.settle()
    assert desk.texts() == ["One.", "Two.", "Three."]


def test_a_stop_waits_for_an_upload_and_no_other_begins(desk: CampaignHarness) -> None:
    soon = timedelta(minutes=10)
    desk.plan(draft("one", media=[IMAGE], due=soon), draft("two", media=[IMAGE], due=soon))
    gate = Gate()
    desk.mastodon.before = gate
    lane = in_thread(lambda: media.prepare(desk.work, "mastodon"))
    assert gate.reached.wait(SOON)
    stopping = in_thread(lambda: stop.stop(desk.worker(), "ana"))
    stopping.join(0.2)
    assert stopping.is_alive()
    gate.open()
    stopping.join(SOON)
    lane.join(SOON)
    assert desk.mastodon.requests["upload"] == 1


def test_a_stop_tells_which_account_is_still_busy(desk: CampaignHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stop, "LOCK_WAIT", 0.05)
    desk.plan(draft(), draft("two"))
    gate = Gate()
    desk.mastodon.before = gate
    lane = in_thread(lambda: desk.deliver("mastodon"))
    assert gate.reached.wait(SOON)
    assert stop.stop(desk.worker(), "ana") == ["mastodon"]
    gate.open()
    lane.join(SOON)
    assert len(desk.texts()) == 1


def test_a_stop_between_the_fetch_and_the_reshare_is_in_time(desk: CampaignHarness) -> None:
    desk.solidarity()
    desk.read()
    approval.approve(desk.work, desk.seen()[0].id, "ana")
    desk.mastodon.after = lambda what: what == "fetch" and flip(desk)
    desk.deliver()
    assert (desk.reshared(), desk.state()) == ([], State.PLANNED)


def flip(desk: CampaignHarness) -> bool:
    """The switch is turned by somebody else, who waits for no lock."""
    with desk.work.store.begin() as tx:
        control.stop(tx, desk.clock(), "ana")
    return True


def test_a_person_can_take_a_post_back_while_everything_is_stopped(desk: CampaignHarness) -> None:
    made = desk.planned()
    desk.deliver()
    stop.stop(desk.work, "ana")
    assert undo.undo(desk.work, made, "ana").undone_at is not None


def test_a_stop_survives_a_restart(desk: CampaignHarness) -> None:
    desk.plan(draft())
    stop.stop(desk.work, "ana")
    desk.work = desk.worker()
    desk.settle()
    assert desk.texts() == []
