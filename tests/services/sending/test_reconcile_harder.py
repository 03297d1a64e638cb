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


def fail(harness: CampaignHarness, action: FaultyAction, *how: How, account: str = "mastodon") -> None:
    for one in how:
        harness.networks[account].fail_next(action, one)


@pytest.mark.parametrize("hours", [-24, -1, 1, 24])
def test_a_clock_that_jumps_while_nobody_knows_doubles_nothing(harness: CampaignHarness, hours: int) -> None:
    """The networks keep the right time; ours is wrong until it is set."""
    wrong = timedelta(hours=-hours)
    harness.work = harness.worker(clock=lambda: harness.clock.now + wrong)
    harness.plan(draft("first", parts=("First.",), due=wrong))
    harness.deliver()
    harness.plan(draft("first", parts=("First.",), due=wrong), draft(due=wrong))
    fail(harness, FaultyAction.PUBLISH, LOST)
    harness.deliver()
    assert harness.states() == [State.SENT, State.UNKNOWN]
    harness.work = harness.worker()
    harness.settle(hours=60)
    assert harness.texts() == ["First.", "Free them all."]
    assert harness.states() == [State.SENT, State.SENT]


def test_a_duplicate_that_nothing_came_before_is_a_no(harness: CampaignHarness) -> None:
    harness.x.publish(Outgoing("Free them all.", "en"))
    harness.plan(draft(account="x"))
    harness.settle()
    assert (harness.state(), len(harness.accepted("x"))) == (State.REJECTED, 1)
    assert harness.one().url == ""


def test_a_duplicate_after_a_lost_answer_is_looked_for_and_found(harness: CampaignHarness) -> None:
    harness.plan(draft(account="x"))
    harness.x.lose("publish", platform_error(Outcome.AMBIGUOUS))
    harness.deliver("x")
    fail(
        harness, FaultyAction.OWN_POSTS, *[How.BEHIND] * 4, account="x"
    )  # the first post of all: nothing shows the lag
    harness.settle()
    assert (harness.state(), len(harness.accepted("x"))) == (State.SENT, 1)
    assert harness.one().url.endswith(str(harness.accepted("x")[0].post_id))
    assert harness.x.requests["publish"] == 2


def test_a_duplicate_that_is_found_nowhere_is_for_a_person(harness: CampaignHarness) -> None:
    harness.plan(draft(account="x"))
    harness.x.errors["publish"].extend([platform_error(Outcome.AMBIGUOUS), platform_error(duplicate=True)])
    harness.settle()
    assert (harness.state(), harness.accepted("x")) == (State.NEEDS_DECISION, [])


def test_a_duplicate_long_after_a_lost_answer_is_looked_for_too(harness: CampaignHarness) -> None:
    harness.plan(draft(account="x"))
    harness.x.lose("publish", platform_error(Outcome.AMBIGUOUS))
    harness.deliver("x")
    fail(harness, FaultyAction.OWN_POSTS, *[How.BEHIND] * 4, account="x")
    harness.networks["x"].fail_next(FaultyAction.PUBLISH, How.RATE_LIMITED, until=START + timedelta(hours=2))
    harness.settle(hours=3)
    assert (harness.state(), len(harness.accepted("x"))) == (State.SENT, 1)


def test_a_post_that_is_due_does_not_wait_behind_readings_that_are_slow(harness: CampaignHarness) -> None:
    harness.plan(*(draft(f"m{n}", parts=(f"{n}.",)) for n in range(8)), draft("due", due=timedelta(minutes=1)))
    fail(harness, FaultyAction.PUBLISH, *[NEVER] * 8)
    harness.deliver("mastodon")
    harness.mastodon.before = lambda what: harness.clock.passes(seconds=35 * (what == "look"))
    harness.clock.passes(seconds=30)
    while not harness.texts():
        harness.deliver("mastodon")
    assert harness.accepted()[0].at - (START + timedelta(minutes=1)) <= timedelta(seconds=40)
