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


def test_it_waits_tells_that_it_is_due_once_and_goes_after_its_time_when_it_is_released(
    harness: CampaignHarness,
) -> None:
    report = harness.plan(THANKS)
    (line,) = plan_lines(report.notes)
    assert line == ("thanks is held until somebody has read it (delivery 1). To let it go at its time: bot release 1")
    harness.deliver()
    assert harness.told("unread") == []
    harness.settle(days=1)
    assert (harness.state(), harness.texts(), len(harness.told("unread"))) == (State.HELD, [], 1)
    decisions.release(harness.work, 1, "ana")
    harness.plan(THANKS)
    harness.deliver()
    assert harness.texts() == ["Thank you all."]


def test_what_was_released_goes_on_in_other_words(harness: CampaignHarness) -> None:
    harness.plan(THANKS)
    decisions.release(harness.work, 1, "ana")
    other = replace(draft("thanks", parts=("Thank you, all 40 unions.",), due=2 * HOUR), hold=True)
    harness.plan(other)
    harness.settle(days=1)
    assert harness.texts() == ["Thank you, all 40 unions."]


@pytest.mark.parametrize("released", [False, True])
def test_what_is_taken_from_its_schedule_and_put_back_is_as_it_was(harness: CampaignHarness, *, released: bool) -> None:
    harness.plan(THANKS)
    if released:
        decisions.release(harness.work, 1, "ana")
    harness.plan()
    harness.plan(THANKS)
    assert harness.state() is (State.PLANNED if released else State.HELD)


def test_a_schedule_that_holds_no_more_lets_go_and_one_that_begins_to_holds(harness: CampaignHarness) -> None:
    harness.plan(THANKS)
    harness.plan(at_once(THANKS))
    assert harness.state() is State.PLANNED
    harness.plan(THANKS)
    assert (harness.state(), cause_code(harness.one().error)) == (State.HELD, CauseCode.HELD_BY_FILES)


def test_what_was_too_late_and_is_given_another_day_is_held(harness: CampaignHarness) -> None:
    harness.plan(replace(draft("thanks", parts=("Thank you all.",), due=-DAY, late=HOUR), hold=True))
    assert harness.state() is State.MISSED
    harness.plan(THANKS)
    assert (harness.state(), cause_code(harness.one().error)) == (State.HELD, CauseCode.HELD_BY_FILES)


def test_what_a_person_holds_is_not_let_go_by_its_schedule(harness: CampaignHarness) -> None:
    harness.plan(at_once(THANKS))
    decisions.hold(harness.work, 1, "ana")
    harness.plan(THANKS)
    harness.plan(at_once(THANKS))
    assert harness.state() is State.HELD
