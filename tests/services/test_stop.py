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


def test_after_a_stop_nothing_leaves_until_it_is_taken_back(harness: CampaignHarness) -> None:
    harness.plan(draft(), draft(account="x", media=[IMAGE]))
    harness.solidarity()
    harness.read()
    approval.approve(harness.work, harness.seen()[0].id, "ana")
    assert stop.stop(harness.work, "ana") == []
    harness.settle()
    assert (harness.texts(), harness.texts("x"), harness.reshared()) == ([], [], [])
    assert harness.x.requests["upload"] == harness.mastodon.requests["fetch"] == 0
    stop.resume(harness.work, "ana")
    harness.settle()
    assert (len(harness.texts()), len(harness.texts("x")), len(harness.reshared())) == (1, 1, 1)


def test_what_became_too_late_during_a_stop_is_missed(harness: CampaignHarness) -> None:
    harness.plan(draft())
    stop.stop(harness.work, "ana")
    harness.settle(hours=7)
    stop.resume(harness.work, "ana")
    harness.settle()
    assert (harness.state(), harness.texts()) == (State.MISSED, [])


def test_stopping_twice_is_stopping_and_resuming_once_is_enough(harness: CampaignHarness) -> None:
    harness.plan(draft())
    stop.stop(harness.work, "ana")
    stop.stop(harness.work, "ben")
    stop.resume(harness.work, "ana")
    harness.settle()
    assert len(harness.texts()) == 1


@pytest.mark.parametrize("at", ["before", "after"])
def test_a_stop_waits_for_the_request_in_flight_and_lets_no_other_leave(harness: CampaignHarness, at: str) -> None:
    harness.plan(draft("one", parts=("One.",)), draft("two", parts=("Two.", "Three.")), draft("four"))
    gate = Gate()
    setattr(harness.mastodon, at, gate)
    lane = in_thread(lambda: harness.deliver("mastodon"))
    assert gate.reached.wait(SOON)
    stopping = in_thread(lambda: stop.stop(harness.worker(), "ana"))
    stopping.join(0.2)
    assert stopping.is_alive()
    gate.open()
    stopping.join(SOON)
    accepted = harness.texts()
    lane.join(SOON)
    harness.settle()
    assert accepted == harness.texts() == ["One."]
    assert harness.states() == [State.SENT, State.PLANNED, State.PLANNED]


def test_a_stop_in_the_middle_of_a_thread_leaves_the_rest_for_later(harness: CampaignHarness) -> None:
    harness.plan(draft(parts=("One.", "Two.", "Three.")))
    harness.mastodon.before = lambda _: flip(harness)
    harness.deliver()
    harness.mastodon.before = lambda _: None
    assert (harness.texts(), harness.state()) == (["One."], State.PLANNED)
    harness.clock.passes(days=1)
    harness.settle()
    assert harness.texts() == ["One."]
    stop.resume(harness.work, "ana")
    harness.settle()
    assert harness.texts() == ["One.", "Two.", "Three."]


def test_a_stop_waits_for_an_upload_and_no_other_begins(harness: CampaignHarness) -> None:
    soon = timedelta(minutes=10)
    harness.plan(draft("one", media=[IMAGE], due=soon), draft("two", media=[IMAGE], due=soon))
    gate = Gate()
    harness.mastodon.before = gate
    lane = in_thread(lambda: media.prepare(harness.work, "mastodon"))
    assert gate.reached.wait(SOON)
    stopping = in_thread(lambda: stop.stop(harness.worker(), "ana"))
    stopping.join(0.2)
    assert stopping.is_alive()
    gate.open()
    stopping.join(SOON)
    lane.join(SOON)
    assert harness.mastodon.requests["upload"] == 1


def test_a_stop_tells_which_account_is_still_busy(harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stop, "LOCK_WAIT", 0.05)
    harness.plan(draft(), draft("two"))
    gate = Gate()
    harness.mastodon.before = gate
    lane = in_thread(lambda: harness.deliver("mastodon"))
    assert gate.reached.wait(SOON)
    assert stop.stop(harness.worker(), "ana") == ["mastodon"]
    gate.open()
    lane.join(SOON)
    assert len(harness.texts()) == 1


def test_a_stop_between_the_fetch_and_the_reshare_is_in_time(harness: CampaignHarness) -> None:
    harness.solidarity()
    harness.read()
    approval.approve(harness.work, harness.seen()[0].id, "ana")
    harness.mastodon.after = lambda what: what == "fetch" and flip(harness)
    harness.deliver()
    assert (harness.reshared(), harness.state()) == ([], State.PLANNED)


def flip(harness: CampaignHarness) -> bool:
    """The switch is turned by somebody else, who waits for no lock."""
    with harness.work.store.begin() as tx:
        control.stop(tx, harness.clock(), "ana")
    return True


def test_a_person_can_take_a_post_back_while_everything_is_stopped(harness: CampaignHarness) -> None:
    made = harness.planned()
    harness.deliver()
    stop.stop(harness.work, "ana")
    assert undo.undo(harness.work, made, "ana").undone_at is not None


def test_a_stop_survives_a_restart(harness: CampaignHarness) -> None:
    harness.plan(draft())
    stop.stop(harness.work, "ana")
    harness.work = harness.worker()
    harness.settle()
    assert harness.texts() == []
