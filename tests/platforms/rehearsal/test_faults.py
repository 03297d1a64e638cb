"""What goes wrong between an account and its embedded network."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.errors import Outcome, PlatformError
from bot.platforms.rehearsal.faults import FaultyAction, How
from bot.platforms.rehearsal.state import Posted
from tests.harness.rehearsal_networks import START, RehearsalNetworks, accepted, post
from tests.harness.table import each_of


@each_of(
    ("how", "answer", "posts"),
    [
        (How.NOT_SENT, Outcome.NOT_SENT, 0),
        (How.REJECTED, Outcome.REJECTED, 0),
        (How.AMBIGUOUS_ACCEPTED, Outcome.AMBIGUOUS, 1),
        (How.AMBIGUOUS_NOT_ACCEPTED, Outcome.AMBIGUOUS, 0),
        (How.RATE_LIMITED, Outcome.NOT_SENT, 0),
        (How.CLOSED, Outcome.REJECTED, 0),
    ],
)
def test_the_ledger_knows_what_the_answer_did_not_say(how: How, answer: Outcome, posts: int) -> None:
    world = RehearsalNetworks()
    world.mastodon.fail_next(FaultyAction.PUBLISH, how)
    with pytest.raises(PlatformError) as failure:
        world.on_mastodon.publish(post())
    assert failure.value.answer is answer
    assert failure.value.closes_account == (how is How.CLOSED)
    assert accepted(world.mastodon, Posted) == posts
    assert len(world.on_mastodon.own_posts(START)) == posts


def test_a_fault_meets_its_own_action_once_and_faults_keep_their_order() -> None:
    world = RehearsalNetworks()
    world.x.fail_next(FaultyAction.PUBLISH, How.NOT_SENT)
    world.x.fail_next(FaultyAction.PUBLISH, How.REJECTED)
    assert world.on_x.own_posts(START) == []
    answers = []
    for _ in range(2):
        with pytest.raises(PlatformError) as failure:
            world.on_x.publish(post())
        answers.append(failure.value.answer)
    assert answers == [Outcome.NOT_SENT, Outcome.REJECTED]
    world.on_x.publish(post())


def test_a_rate_limit_says_when_to_come_back() -> None:
    world = RehearsalNetworks()
    until = START + timedelta(minutes=7)
    world.x.fail_next(FaultyAction.RESHARE, How.RATE_LIMITED, until=until)
    seen = world.on_x.fetch(world.x.post("x:metal_example", "Our video"))
    assert seen is not None
    with pytest.raises(PlatformError) as failure:
        world.on_x.reshare(seen)
    assert failure.value.retry_at == until
    assert failure.value.pauses_account


def test_a_timeline_that_is_behind_lacks_the_newest_post() -> None:
    world = RehearsalNetworks()
    world.on_mastodon.publish(post("one"))
    world.on_mastodon.publish(post("two"))
    world.mastodon.fail_next(FaultyAction.OWN_POSTS, How.BEHIND)
    assert [one.text for one in world.on_mastodon.own_posts(START)] == ["one"]
    assert [one.text for one in world.on_mastodon.own_posts(START)] == ["two", "one"]
