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


def ahead_and_back(desk: CampaignHarness) -> None:
    """The clock is a day ahead for one round of deliveries."""
    right = desk.clock()
    desk.clock.now = right + DAY
    desk.deliver()
    desk.clock.now = right
    clock_rollback.ask_again(desk.work, DAY)


def test_what_a_clock_that_was_ahead_has_missed_goes_out_at_its_time(desk: CampaignHarness) -> None:
    desk.plan(draft("late", due=-2 * DAY), draft("soon", due=SOON), draft("sent", due=-SOON, parts=("Sent.",)))
    desk.deliver()
    ahead_and_back(desk)
    assert desk.states() == [State.MISSED, State.PLANNED, State.SENT]
    (event,) = desk.told("clock_set_back")
    assert "set back by 24 hours: 1 posts that had been missed by it are planned again" in event_text(event)
    desk.settle(hours=0.9)
    assert desk.texts() == ["Sent."]
    desk.settle(hours=1)
    assert desk.texts() == ["Sent.", "Free them all."]


def test_planning_by_a_clock_that_is_right_again_brings_it_back_too(desk: CampaignHarness) -> None:
    soon = draft(due=SOON)
    desk.plan(soon)
    desk.clock.passes(days=1)
    desk.deliver()
    assert desk.state() is State.MISSED
    desk.clock.passes(days=-1)
    desk.plan(soon)
    assert desk.state() is State.PLANNED


def test_what_a_person_holds_or_cancelled_stays_so(desk: CampaignHarness) -> None:
    desk.plan(draft("held", due=SOON), draft("cancelled", due=SOON))
    decisions.hold(desk.work, 1, "ana")
    decisions.cancel(desk.work, 2, "ana")
    ahead_and_back(desk)
    assert desk.states() == [State.HELD, State.CANCELLED]


def test_what_was_put_off_by_a_clock_that_was_ahead_is_asked_for_again(desk: CampaignHarness) -> None:
    desk.plan(draft(due=DAY))
    desk.mastodon.refuse("publish", PlatformError("The clock is wrong", Outcome.NOT_SENT))
    ahead_and_back(desk)
    assert (desk.state(), desk.one().not_before) == (State.PLANNED, desk.one().due_at)
    desk.settle(hours=25)
    assert len(desk.texts()) == 1


def test_an_unknown_outcome_is_looked_for_at_once(desk: CampaignHarness) -> None:
    desk.plan(draft())
    desk.deliver()
    desk.force(1, state=State.UNKNOWN, not_before=desk.clock() + SOON)
    clock_rollback.ask_again(desk.work, DAY)
    assert desk.one().not_before == desk.clock()


def test_a_single_run_notices_a_clock_that_was_ahead_and_says_so_once(desk: CampaignHarness) -> None:
    right = desk.clock()
    desk.plan(draft("late", due=-2 * DAY), draft("soon", due=SOON))
    desk.clock.now = right + DAY
    desk.read()
    desk.deliver()
    assert desk.states() == [State.MISSED, State.MISSED]
    desk.clock.now = right
    for _ in range(3):
        clock_rollback.notice(desk.work)
        desk.clock.passes(minutes=1)
    assert len(desk.told("clock_set_back")) == 1
    assert desk.states() == [State.MISSED, State.PLANNED]
