"""Outcomes that nobody knows: proved from the account's own timeline, or parked for a person."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.cli.words.causes import cause_text
from bot.domain.delivery import State
from bot.domain.post import Outgoing
from bot.errors import Outcome
from bot.platforms.base import REQUEST_DEADLINE
from bot.platforms.rehearsal.faults import FaultyAction, How
from bot.services import stop
from bot.services.moderation import approval
from bot.services.sending import deliver, undo
from bot.store import past_requests
from tests.harness.campaign import ACCOUNTS, IMAGE, CampaignHarness, draft
from tests.harness.faulty_platform import platform_error
from tests.harness.rehearsal_networks import START
from tests.harness.words import worded

LOST, NEVER = How.AMBIGUOUS_ACCEPTED, How.AMBIGUOUS_NOT_ACCEPTED


def fail(harness: CampaignHarness, action: FaultyAction, *how: How, account: str = "mastodon") -> None:
    for one in how:
        harness.networks[account].fail_next(action, one)


def keys_used(harness: CampaignHarness) -> list[str]:
    with harness.work.store.read() as tx:
        tried = past_requests.attempts_of_part(tx, harness.one(), 0, every_revision=True)
    return [attempt.idempotency_key for attempt, _ in tried]


@pytest.mark.parametrize("account", ACCOUNTS)
def test_a_post_whose_answer_was_lost_is_found_and_not_sent_again(harness: CampaignHarness, account: str) -> None:
    harness.plan(draft(account=account, media=[IMAGE]))
    fail(harness, FaultyAction.PUBLISH, LOST, account=account)
    harness.deliver()
    assert harness.state() is State.UNKNOWN
    harness.settle()
    assert len(harness.accepted(account)) == 1
    assert harness.one().state is State.SENT
    assert harness.one().url.endswith(str(harness.accepted(account)[0].post_id))
    assert harness.told("found")


@pytest.mark.parametrize("account", ACCOUNTS)
def test_a_post_that_never_arrived_is_sent_again_after_three_healthy_readings(
    harness: CampaignHarness, account: str
) -> None:
    harness.plan(draft(account=account))
    fail(harness, FaultyAction.PUBLISH, NEVER, account=account)
    harness.settle()
    platform = harness.mastodon if account == "mastodon" else harness.x
    assert (platform.requests["look"], len(harness.accepted(account))) == (3, 1)
    assert harness.state() is State.SENT
    assert harness.accepted(account)[0].at >= START + timedelta(seconds=30)


def test_readings_are_spaced(harness: CampaignHarness) -> None:
    times: list[float] = []

    def note(what: str) -> None:
        if what == "look":
            times.append((harness.clock() - START).total_seconds())

    harness.mastodon.before = note
    harness.plan(draft())
    fail(harness, FaultyAction.PUBLISH, NEVER)
    harness.settle()
    assert times == [10, 20, 60]


def test_absence_is_not_believed_while_the_request_may_still_be_under_way(harness: CampaignHarness) -> None:
    harness.plan(draft())
    fail(harness, FaultyAction.PUBLISH, NEVER)
    harness.settle()
    assert harness.accepted()[0].at >= START + REQUEST_DEADLINE


def test_what_is_sent_again_within_fifty_minutes_carries_the_same_key(harness: CampaignHarness) -> None:
    harness.plan(draft())
    fail(harness, FaultyAction.PUBLISH, NEVER, NEVER)
    harness.settle()
    assert len(keys_used(harness)) == 3
    assert len(set(keys_used(harness))) == 1


def test_what_is_sent_again_later_than_that_carries_a_new_key(harness: CampaignHarness) -> None:
    harness.plan(draft())
    fail(harness, FaultyAction.PUBLISH, NEVER)
    harness.deliver()
    harness.clock.passes(minutes=51)
    harness.settle()
    first, second = keys_used(harness)
    assert first != second
    assert len(harness.accepted()) == 1


def test_a_key_belongs_to_one_store_one_delivery_and_one_text(harness: CampaignHarness) -> None:
    harness.plan(draft("one"), draft("two"), draft("three", parts=("A.", "B.")))
    harness.deliver()
    used = [one.idempotency_key for one in harness.accepted()]
    assert len(set(used)) == 4


def test_a_lagging_timeline_proves_nothing(harness: CampaignHarness) -> None:
    harness.plan(draft("one", parts=("One.",)), draft("two", parts=("Two.",)))
    harness.mastodon.after = lambda what: (
        what == "publish"
        and len(harness.accepted()) == 2
        and harness.mastodon.lose("publish", platform_error(Outcome.AMBIGUOUS))
    )
    harness.deliver()
    assert harness.states() == [State.SENT, State.UNKNOWN]
    fail(harness, FaultyAction.OWN_POSTS, How.BEHIND, How.BEHIND)
    harness.settle()
    assert harness.texts() == ["One.", "Two."]
    assert harness.states() == [State.SENT, State.SENT]


def test_a_timeline_that_does_not_show_our_newest_post_is_behind(harness: CampaignHarness) -> None:
    harness.plan(draft("one", parts=("One.",)), draft("two", parts=("Two.",)))
    fail(harness, FaultyAction.PUBLISH, How.NOT_SENT)
    harness.deliver()  # two is out, one waits
    fail(harness, FaultyAction.PUBLISH, NEVER)
    harness.clock.passes(seconds=5)
    harness.deliver()
    fail(harness, FaultyAction.OWN_POSTS, *[How.BEHIND] * 9)
    harness.settle()
    assert harness.texts() == ["Two."]
    assert harness.states() == [State.NEEDS_DECISION, State.SENT]
    assert "behind" in worded(harness.all()[0].error)


def test_a_newest_post_that_somebody_deleted_long_ago_does_not_make_every_reading_behind(
    harness: CampaignHarness,
) -> None:
    harness.plan(draft("one", parts=("One.",)), draft("two", parts=("Two.",), due=timedelta(hours=1)))
    harness.deliver()
    harness.networks["mastodon"].undo_post(harness.mastodon.handle, str(harness.accepted()[0].post_id))
    fail(harness, FaultyAction.PUBLISH, NEVER)
    harness.clock.passes(hours=1)
    harness.deliver()
    harness.settle()
    assert harness.texts() == ["One.", "Two."]
    assert harness.states() == [State.SENT, State.SENT]


def test_a_newest_post_that_we_took_back_does_not_make_every_reading_behind(harness: CampaignHarness) -> None:
    harness.plan(draft("one", parts=("One.",)), draft("two", parts=("Two.",), due=timedelta(minutes=1)))
    harness.deliver()
    undo.undo(harness.work, harness.all()[0].id, "ana")
    fail(harness, FaultyAction.PUBLISH, NEVER)
    harness.settle()
    assert harness.texts() == ["One.", "Two."]


def test_readings_that_fail_are_no_absence_and_in_the_end_a_person_decides(harness: CampaignHarness) -> None:
    harness.plan(draft())
    fail(harness, FaultyAction.PUBLISH, NEVER)
    fail(harness, FaultyAction.OWN_POSTS, *[How.NOT_SENT] * 99)
    harness.settle(hours=3)
    assert (harness.state(), harness.texts()) == (State.NEEDS_DECISION, [])
    assert harness.words("needs_decision")[0].endswith(
        f"{cause_text(harness.one().error)} Look at it: bot show {harness.one().id}"
    )
    assert harness.told("needs_decision")[0].alarming


def test_a_reading_that_fails_between_healthy_ones_does_not_count(harness: CampaignHarness) -> None:
    harness.plan(draft())
    fail(harness, FaultyAction.PUBLISH, LOST)
    fail(harness, FaultyAction.OWN_POSTS, How.NOT_SENT, How.AMBIGUOUS_NOT_ACCEPTED, How.RATE_LIMITED)
    harness.settle()
    assert (harness.state(), len(harness.accepted())) == (State.SENT, 1)


def test_a_lost_answer_in_the_middle_of_a_thread_is_found_and_the_thread_goes_on(harness: CampaignHarness) -> None:
    harness.plan(draft(parts=("One.", "Two.", "Three.")))
    harness.mastodon.after = lambda what: (
        what == "publish"
        and harness.texts()[-1] == "Two."
        and harness.mastodon.lose("publish", platform_error(Outcome.AMBIGUOUS))
    )
    harness.deliver()
    assert harness.state() is State.UNKNOWN
    harness.clock.passes(days=2)
    harness.settle()
    posts = harness.accepted()
    assert [one.text for one in posts] == ["One.", "Two.", "Three."]
    assert posts[2].reply_to == str(posts[1].post_id)


def test_two_posts_with_the_same_words_are_not_taken_for_each_other(harness: CampaignHarness) -> None:
    harness.plan(draft("one"), draft("two", due=timedelta(minutes=1)))
    harness.deliver()
    fail(harness, FaultyAction.PUBLISH, NEVER)
    harness.settle()
    assert len(harness.accepted()) == 2
    assert harness.states() == [State.SENT, State.SENT]


def test_a_post_of_the_same_words_from_before_is_not_taken_for_this_one(harness: CampaignHarness) -> None:
    harness.clock.now = START - timedelta(hours=1)
    harness.mastodon.publish(Outgoing("Free them all.", "en"))  # by hand
    harness.clock.now = START
    harness.plan(draft())
    fail(harness, FaultyAction.PUBLISH, NEVER)
    harness.settle()
    assert len(harness.accepted()) == 2


def test_a_reshare_whose_answer_was_lost_is_found(harness: CampaignHarness) -> None:
    harness.solidarity()
    harness.read()
    approval.approve(harness.work, harness.seen()[0].id, "ana")
    fail(harness, FaultyAction.RESHARE, LOST)
    harness.deliver()
    assert harness.state() is State.UNKNOWN
    harness.settle()
    assert (harness.state(), len(harness.reshared())) == (State.SENT, 1)
    assert harness.mastodon.requests["reshare"] == 1


def test_a_worker_that_died_while_sending_is_followed_by_one_that_looks(harness: CampaignHarness) -> None:
    harness.plan(draft())
    harness.mastodon.after = die
    with pytest.raises(KeyboardInterrupt):
        harness.deliver("mastodon")
    harness.mastodon.after = lambda _: None
    assert harness.state() is State.SENDING
    harness.settle()
    assert (harness.state(), len(harness.accepted())) == (State.SENT, 1)


def test_a_worker_that_died_before_its_request_left_is_followed_by_one_that_sends(harness: CampaignHarness) -> None:
    harness.plan(draft())
    harness.mastodon.before = die
    with pytest.raises(KeyboardInterrupt):
        harness.deliver("mastodon")
    harness.mastodon.before = lambda _: None
    harness.settle()
    assert (harness.state(), len(harness.accepted())) == (State.SENT, 1)


def die(_: str) -> None:
    raise KeyboardInterrupt


def test_unknown_outcomes_are_looked_for_while_everything_is_stopped(harness: CampaignHarness) -> None:
    harness.plan(draft())
    fail(harness, FaultyAction.PUBLISH, LOST)
    harness.deliver()
    stop.stop(harness.work, "ana")
    harness.settle()
    assert harness.state() is State.SENT


def test_an_unknown_outcome_does_not_hold_back_the_posts_after_it(harness: CampaignHarness) -> None:
    harness.plan(draft("one", parts=("One.",)), draft("two", parts=("Two.",)))
    fail(harness, FaultyAction.PUBLISH, LOST)
    deliver.deliver(harness.work, "mastodon")
    assert harness.texts() == ["One.", "Two."]


def test_asking_for_an_unknown_thread_back_does_not_hurry_its_readings(harness: CampaignHarness) -> None:
    made = harness.planned(parts=("One.", "Two."))
    harness.mastodon.after = lambda _: (
        len(harness.texts()) == 2 and harness.mastodon.lose("publish", platform_error(Outcome.AMBIGUOUS))
    )
    harness.deliver()
    before = harness.one(made).not_before
    undo.ask(harness.work, made, "ana")
    assert (harness.state(), harness.one(made).not_before) == (State.UNKNOWN, before)
