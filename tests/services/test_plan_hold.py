"""What a schedule holds goes when somebody has read it, and not before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.causes import CauseCode, cause_code
from bot.cli.words.plan import plan_lines
from bot.domain.delivery import Draft, State
from bot.services import decisions
from tests.harness.campaign import CampaignHarness, draft

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
THANKS = replace(draft("thanks", parts=("Thank you all.",), due=2 * HOUR, late=HOUR), hold=True)


def at_once(held: Draft) -> Draft:
    return replace(held, hold=False)


def test_it_waits_tells_that_it_is_due_once_and_goes_after_its_time_when_it_is_released(desk: CampaignHarness) -> None:
    report = desk.plan(THANKS)
    (line,) = plan_lines(report.notes)
    assert line == ("thanks is held until somebody has read it (delivery 1). To let it go at its time: bot release 1")
    desk.deliver()
    assert desk.told("unread") == []
    desk.settle(days=1)
    assert (desk.state(), desk.texts(), len(desk.told("unread"))) == (State.HELD, [], 1)
    decisions.release(desk.work, 1, "ana")
    desk.plan(THANKS)
    desk.deliver()
    assert desk.texts() == ["Thank you all."]


def test_what_was_released_goes_on_in_other_words(desk: CampaignHarness) -> None:
    desk.plan(THANKS)
    decisions.release(desk.work, 1, "ana")
    other = replace(draft("thanks", parts=("Thank you, all 40 unions.",), due=2 * HOUR), hold=True)
    desk.plan(other)
    desk.settle(days=1)
    assert desk.texts() == ["Thank you, all 40 unions."]


@pytest.mark.parametrize("released", [False, True])
def test_what_is_taken_from_its_schedule_and_put_back_is_as_it_was(desk: CampaignHarness, *, released: bool) -> None:
    desk.plan(THANKS)
    if released:
        decisions.release(desk.work, 1, "ana")
    desk.plan()
    desk.plan(THANKS)
    assert desk.state() is (State.PLANNED if released else State.HELD)


def test_a_schedule_that_holds_no_more_lets_go_and_one_that_begins_to_holds(desk: CampaignHarness) -> None:
    desk.plan(THANKS)
    desk.plan(at_once(THANKS))
    assert desk.state() is State.PLANNED
    desk.plan(THANKS)
    assert (desk.state(), cause_code(desk.one().error)) == (State.HELD, CauseCode.HELD_BY_FILES)


def test_what_was_too_late_and_is_given_another_day_is_held(desk: CampaignHarness) -> None:
    desk.plan(replace(draft("thanks", parts=("Thank you all.",), due=-DAY, late=HOUR), hold=True))
    assert desk.state() is State.MISSED
    desk.plan(THANKS)
    assert (desk.state(), cause_code(desk.one().error)) == (State.HELD, CauseCode.HELD_BY_FILES)


def test_what_a_person_holds_is_not_let_go_by_its_schedule(desk: CampaignHarness) -> None:
    desk.plan(at_once(THANKS))
    decisions.hold(desk.work, 1, "ana")
    desk.plan(THANKS)
    desk.plan(at_once(THANKS))
    assert desk.state() is State.HELD
