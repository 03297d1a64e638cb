"""A clock that was ahead and is set right: nothing stays missed or put off because of it, and nothing is repeated."""

from __future__ import annotations

from datetime import timedelta

from bot.cli.words.events import event_text
from bot.domain.delivery import State
from bot.errors import Outcome, PlatformError
from bot.services import decisions
from bot.services.sending import clock_rollback
from tests.harness.campaign import CampaignHarness, draft

DAY = timedelta(days=1)
SOON = timedelta(hours=1)


def ahead_and_back(harness: CampaignHarness) -> None:
    """The clock is a day ahead for one round of deliveries."""
    right = harness.clock()
    harness.clock.now = right + DAY
    harness.deliver()
    harness.clock.now = right
    clock_rollback.ask_again(harness.work, DAY)


def test_what_a_clock_that_was_ahead_has_missed_goes_out_at_its_time(harness: CampaignHarness) -> None:
    harness.plan(draft("late", due=-2 * DAY), draft("soon", due=SOON), draft("sent", due=-SOON, parts=("Sent.",)))
    harness.deliver()
    ahead_and_back(harness)
    assert harness.states() == [State.MISSED, State.PLANNED, State.SENT]
    (event,) = harness.told("clock_set_back")
    assert "set back by 24 hours: 1 posts that had been missed by it are planned again" in event_text(event)
    harness.settle(hours=0.9)
    assert harness.texts() == ["Sent."]
    harness.settle(hours=1)
    assert harness.texts() == ["Sent.", "Free them all."]


def test_planning_by_a_clock_that_is_right_again_brings_it_back_too(harness: CampaignHarness) -> None:
    soon = draft(due=SOON)
    harness.plan(soon)
    harness.clock.passes(days=1)
    harness.deliver()
    assert harness.state() is State.MISSED
    harness.clock.passes(days=-1)
    harness.plan(soon)
    assert harness.state() is State.PLANNED


def test_what_a_person_holds_or_cancelled_stays_so(harness: CampaignHarness) -> None:
    harness.plan(draft("held", due=SOON), draft("cancelled", due=SOON))
    decisions.hold(harness.work, 1, "ana")
    decisions.cancel(harness.work, 2, "ana")
    ahead_and_back(harness)
    assert harness.states() == [State.HELD, State.CANCELLED]


def test_what_was_put_off_by_a_clock_that_was_ahead_is_asked_for_again(harness: CampaignHarness) -> None:
    harness.plan(draft(due=DAY))
    harness.mastodon.refuse("publish", PlatformError("The clock is wrong", Outcome.NOT_SENT))
    ahead_and_back(harness)
    assert (harness.state(), harness.one().not_before) == (State.PLANNED, harness.one().due_at)
    harness.settle(hours=25)
    assert len(harness.texts()) == 1


def test_an_unknown_outcome_is_looked_for_at_once(harness: CampaignHarness) -> None:
    harness.plan(draft())
    harness.deliver()
    harness.force(1, state=State.UNKNOWN, not_before=harness.clock() + SOON)
    clock_rollback.ask_again(harness.work, DAY)
    assert harness.one().not_before == harness.clock()


def test_a_single_run_notices_a_clock_that_was_ahead_and_says_so_once(harness: CampaignHarness) -> None:
    right = harness.clock()
    harness.plan(draft("late", due=-2 * DAY), draft("soon", due=SOON))
    harness.clock.now = right + DAY
    harness.read()
    harness.deliver()
    assert harness.states() == [State.MISSED, State.MISSED]
    harness.clock.now = right
    for _ in range(3):
        clock_rollback.notice(harness.work)
        harness.clock.passes(minutes=1)
    assert len(harness.told("clock_set_back")) == 1
    assert harness.states() == [State.MISSED, State.PLANNED]
