"""Unknown outcomes in harder cases: refused duplicates, clocks that jump, and posts that are due meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.delivery import State
from bot.domain.post import Outgoing
from bot.errors import Outcome
from bot.platforms.rehearsal.faults import FaultyAction, How
from tests.harness.campaign import CampaignHarness, draft
from tests.harness.faulty_platform import platform_error
from tests.harness.rehearsal_networks import START

LOST, NEVER = How.AMBIGUOUS_ACCEPTED, How.AMBIGUOUS_NOT_ACCEPTED


def fail(desk: CampaignHarness, action: FaultyAction, *how: How, account: str = "mastodon") -> None:
    for one in how:
        desk.networks[account].fail_next(action, one)


@pytest.mark.parametrize("hours", [-24, -1, 1, 24])
def test_a_clock_that_jumps_while_nobody_knows_doubles_nothing(desk: CampaignHarness, hours: int) -> None:
    """The networks keep the right time; ours is wrong until it is set."""
    wrong = timedelta(hours=-hours)
    desk.work = desk.worker(clock=lambda: desk.clock.now + wrong)
    desk.plan(draft("first", parts=("First.",), due=wrong))
    desk.deliver()
    desk.plan(draft("first", parts=("First.",), due=wrong), draft(due=wrong))
    fail(desk, FaultyAction.PUBLISH, LOST)
    desk.deliver()
    assert desk.states() == [State.SENT, State.UNKNOWN]
    desk.work = desk.worker()
    desk.settle(hours=60)
    assert desk.texts() == ["First.", "Free them all."]
    assert desk.states() == [State.SENT, State.SENT]


def test_a_duplicate_that_nothing_came_before_is_a_no(desk: CampaignHarness) -> None:
    desk.x.publish(Outgoing("Free them all.", "en"))
    desk.plan(draft(account="x"))
    desk.settle()
    assert (desk.state(), len(desk.accepted("x"))) == (State.REJECTED, 1)
    assert desk.one().url == ""


def test_a_duplicate_after_a_lost_answer_is_looked_for_and_found(desk: CampaignHarness) -> None:
    desk.plan(draft(account="x"))
    desk.x.lose("publish", platform_error(Outcome.AMBIGUOUS))
    desk.deliver("x")
    fail(desk, FaultyAction.OWN_POSTS, *[How.BEHIND] * 4, account="x")  # the first post of all: nothing shows the lag
    desk.settle()
    assert (desk.state(), len(desk.accepted("x"))) == (State.SENT, 1)
    assert desk.one().url.endswith(str(desk.accepted("x")[0].post_id))
    assert desk.x.requests["publish"] == 2


def test_a_duplicate_that_is_found_nowhere_is_for_a_person(desk: CampaignHarness) -> None:
    desk.plan(draft(account="x"))
    desk.x.errors["publish"].extend([platform_error(Outcome.AMBIGUOUS), platform_error(duplicate=True)])
    desk.settle()
    assert (desk.state(), desk.accepted("x")) == (State.NEEDS_DECISION, [])


def test_a_duplicate_long_after_a_lost_answer_is_looked_for_too(desk: CampaignHarness) -> None:
    desk.plan(draft(account="x"))
    desk.x.lose("publish", platform_error(Outcome.AMBIGUOUS))
    desk.deliver("x")
    fail(desk, FaultyAction.OWN_POSTS, *[How.BEHIND] * 4, account="x")
    desk.networks["x"].fail_next(FaultyAction.PUBLISH, How.RATE_LIMITED, until=START + timedelta(hours=2))
    desk.settle(hours=3)
    assert (desk.state(), len(desk.accepted("x"))) == (State.SENT, 1)


def test_a_post_that_is_due_does_not_wait_behind_readings_that_are_slow(desk: CampaignHarness) -> None:
    desk.plan(*(draft(f"m{n}", parts=(f"{n}.",)) for n in range(8)), draft("due", due=timedelta(minutes=1)))
    fail(desk, FaultyAction.PUBLISH, *[NEVER] * 8)
    desk.deliver("mastodon")
    desk.mastodon.before = lambda what: desk.clock.passes(seconds=35 * (what == "look"))
    desk.clock.passes(seconds=30)
    while not desk.texts():
        desk.deliver("mastodon")
    assert desk.accepted()[0].at - (START + timedelta(minutes=1)) <= timedelta(seconds=40)
