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
from bot.store import deliveries
from tests.harness.campaign import ACCOUNTS, IMAGE, CampaignHarness, draft
from tests.harness.faulty_platform import platform_error
from tests.harness.rehearsal_networks import START
from tests.harness.words import worded

LOST, NEVER = How.AMBIGUOUS_ACCEPTED, How.AMBIGUOUS_NOT_ACCEPTED


def fail(desk: CampaignHarness, action: FaultyAction, *how: How, account: str = "mastodon") -> None:
    for one in how:
        desk.networks[account].fail_next(action, one)


def keys_used(desk: CampaignHarness) -> list[str]:
    with desk.work.store.read() as tx:
        tried = deliveries.attempts_of_part(tx, desk.one(), 0, every_revision=True)
    return [attempt.idempotency_key for attempt, _ in tried]


@pytest.mark.parametrize("account", ACCOUNTS)
def test_a_post_whose_answer_was_lost_is_found_and_not_sent_again(desk: CampaignHarness, account: str) -> None:
    desk.plan(draft(account=account, media=[IMAGE]))
    fail(desk, FaultyAction.PUBLISH, LOST, account=account)
    desk.deliver()
    assert desk.state() is State.UNKNOWN
    desk.settle()
    assert len(desk.accepted(account)) == 1
    assert desk.one().state is State.SENT
    assert desk.one().url.endswith(str(desk.accepted(account)[0].post_id))
    assert desk.told("found")


@pytest.mark.parametrize("account", ACCOUNTS)
def test_a_post_that_never_arrived_is_sent_again_after_three_healthy_readings(
    desk: CampaignHarness, account: str
) -> None:
    desk.plan(draft(account=account))
    fail(desk, FaultyAction.PUBLISH, NEVER, account=account)
    desk.settle()
    platform = desk.mastodon if account == "mastodon" else desk.x
    assert (platform.requests["look"], len(desk.accepted(account))) == (3, 1)
    assert desk.state() is State.SENT
    assert desk.accepted(account)[0].at >= START + timedelta(seconds=30)


def test_readings_are_spaced(desk: CampaignHarness) -> None:
    times: list[float] = []

    def note(what: str) -> None:
        if what == "look":
            times.append((desk.clock() - START).total_seconds())

    desk.mastodon.before = note
    desk.plan(draft())
    fail(desk, FaultyAction.PUBLISH, NEVER)
    desk.settle()
    assert times == [10, 20, 60]


def test_absence_is_not_believed_while_the_request_may_still_be_under_way(desk: CampaignHarness) -> None:
    desk.plan(draft())
    fail(desk, FaultyAction.PUBLISH, NEVER)
    desk.settle()
    assert desk.accepted()[0].at >= START + REQUEST_DEADLINE


def test_what_is_sent_again_within_fifty_minutes_carries_the_same_key(desk: CampaignHarness) -> None:
    desk.plan(draft())
    fail(desk, FaultyAction.PUBLISH, NEVER, NEVER)
    desk.settle()
    assert len(keys_used(desk)) == 3
    assert len(set(keys_used(desk))) == 1


def test_what_is_sent_again_later_than_that_carries_a_new_key(desk: CampaignHarness) -> None:
    desk.plan(draft())
    fail(desk, FaultyAction.PUBLISH, NEVER)
    desk.deliver()
    desk.clock.passes(minutes=51)
    desk.settle()
    first, second = keys_used(desk)
    assert first != second
    assert len(desk.accepted()) == 1


def test_a_key_belongs_to_one_store_one_delivery_and_one_text(desk: CampaignHarness) -> None:
    desk.plan(draft("one"), draft("two"), draft("three", parts=("A.", "B.")))
    desk.deliver()
    used = [one.idempotency_key for one in desk.accepted()]
    assert len(set(used)) == 4


def test_a_lagging_timeline_proves_nothing(desk: CampaignHarness) -> None:
    desk.plan(draft("one", parts=("One.",)), draft("two", parts=("Two.",)))
    desk.mastodon.after = lambda what: (
        what == "publish"
        and len(desk.accepted()) == 2
        and desk.mastodon.lose("publish", platform_error(Outcome.AMBIGUOUS))
    )
    desk.deliver()
    assert desk.states() == [State.SENT, State.UNKNOWN]
    fail(desk, FaultyAction.OWN_POSTS, How.BEHIND, How.BEHIND)
    desk.settle()
    assert desk.texts() == ["One.", "Two."]
    assert desk.states() == [State.SENT, State.SENT]


def test_a_timeline_that_does_not_show_our_newest_post_is_behind(desk: CampaignHarness) -> None:
    desk.plan(draft("one", parts=("One.",)), draft("two", parts=("Two.",)))
    fail(desk, FaultyAction.PUBLISH, How.NOT_SENT)
    desk.deliver()  # two is out, one waits
    fail(desk, FaultyAction.PUBLISH, NEVER)
    desk.clock.passes(seconds=5)
    desk.deliver()
    fail(desk, FaultyAction.OWN_POSTS, *[How.BEHIND] * 9)
    desk.settle()
    assert desk.texts() == ["Two."]
    assert desk.states() == [State.NEEDS_DECISION, State.SENT]
    assert "behind" in worded(desk.all()[0].error)


def test_a_newest_post_that_somebody_deleted_long_ago_does_not_make_every_reading_behind(desk: CampaignHarness) -> None:
    desk.plan(draft("one", parts=("One.",)), draft("two", parts=("Two.",), due=timedelta(hours=1)))
    desk.deliver()
    desk.networks["mastodon"].undo_post(desk.mastodon.handle, str(desk.accepted()[0].post_id))
    fail(desk, FaultyAction.PUBLISH, NEVER)
    desk.clock.passes(hours=1)
    desk.deliver()
    desk.settle()
    assert desk.texts() == ["One.", "Two."]
    assert desk.states() == [State.SENT, State.SENT]


def test_a_newest_post_that_we_took_back_does_not_make_every_reading_behind(desk: CampaignHarness) -> None:
    desk.plan(draft("one", parts=("One.",)), draft("two", parts=("Two.",), due=timedelta(minutes=1)))
    desk.deliver()
    undo.undo(desk.work, desk.all()[0].id, "ana")
    fail(desk, FaultyAction.PUBLISH, NEVER)
    desk.settle()
    assert desk.texts() == ["One.", "Two."]


def test_readings_that_fail_are_no_absence_and_in_the_end_a_person_decides(desk: CampaignHarness) -> None:
    desk.plan(draft())
    fail(desk, FaultyAction.PUBLISH, NEVER)
    fail(desk, FaultyAction.OWN_POSTS, *[How.NOT_SENT] * 99)
    desk.settle(hours=3)
    assert (desk.state(), desk.texts()) == (State.NEEDS_DECISION, [])
    assert desk.words("needs_decision")[0].endswith(
        f"{cause_text(desk.one().error)} Look at it: bot show {desk.one().id}"
    )
    assert desk.told("needs_decision")[0].alarming


def test_a_reading_that_fails_between_healthy_ones_does_not_count(desk: CampaignHarness) -> None:
    desk.plan(draft())
    fail(desk, FaultyAction.PUBLISH, LOST)
    fail(desk, FaultyAction.OWN_POSTS, How.NOT_SENT, How.AMBIGUOUS_NOT_ACCEPTED, How.RATE_LIMITED)
    desk.settle()
    assert (desk.state(), len(desk.accepted())) == (State.SENT, 1)


def test_a_lost_answer_in_the_middle_of_a_thread_is_found_and_the_thread_goes_on(desk: CampaignHarness) -> None:
    desk.plan(draft(parts=("One.", "Two.", "Three.")))
    desk.mastodon.after = lambda what: (
        what == "publish"
        and desk.texts()[-1] == "Two."
        and desk.mastodon.lose("publish", platform_error(Outcome.AMBIGUOUS))
    )
    desk.deliver()
    assert desk.state() is State.UNKNOWN
    desk.clock.passes(days=2)
    desk.settle()
    posts = desk.accepted()
    assert [one.text for one in posts] == ["One.", "Two.", "Three."]
    assert posts[2].reply_to == str(posts[1].post_id)


def test_two_posts_with_the_same_words_are_not_taken_for_each_other(desk: CampaignHarness) -> None:
    desk.plan(draft("one"), draft("two", due=timedelta(minutes=1)))
    desk.deliver()
    fail(desk, FaultyAction.PUBLISH, NEVER)
    desk.settle()
    assert len(desk.accepted()) == 2
    assert desk.states() == [State.SENT, State.SENT]


def test_a_post_of_the_same_words_from_before_is_not_taken_for_this_one(desk: CampaignHarness) -> None:
    desk.clock.now = START - timedelta(hours=1)
    desk.mastodon.publish(Outgoing("Free them all.", "en"))  # by hand
    desk.clock.now = START
    desk.plan(draft())
    fail(desk, FaultyAction.PUBLISH, NEVER)
    desk.settle()
    assert len(desk.accepted()) == 2


def test_a_reshare_whose_answer_was_lost_is_found(desk: CampaignHarness) -> None:
    desk.solidarity()
    desk.read()
    approval.approve(desk.work, desk.seen()[0].id, "ana")
    fail(desk, FaultyAction.RESHARE, LOST)
    desk.deliver()
    assert desk.state() is State.UNKNOWN
    desk.settle()
    assert (desk.state(), len(desk.reshared())) == (State.SENT, 1)
    assert desk.mastodon.requests["reshare"] == 1


def test_a_worker_that_died_while_sending_is_followed_by_one_that_looks(desk: CampaignHarness) -> None:
    desk.plan(draft())
    desk.mastodon.after = die
    with pytest.raises(KeyboardInterrupt):
        desk.deliver("mastodon")
    desk.mastodon.after = lambda _: None
    assert desk.state() is State.SENDING
    desk.settle()
    assert (desk.state(), len(desk.accepted())) == (State.SENT, 1)


def test_a_worker_that_died_before_its_request_left_is_followed_by_one_that_sends(desk: CampaignHarness) -> None:
    desk.plan(draft())
    desk.mastodon.before = die
    with pytest.raises(KeyboardInterrupt):
        desk.deliver("mastodon")
    desk.mastodon.before = lambda _: None
    desk.settle()
    assert (desk.state(), len(desk.accepted())) == (State.SENT, 1)


def die(_: str) -> None:
    raise KeyboardInterrupt


def test_unknown_outcomes_are_looked_for_while_everything_is_stopped(desk: CampaignHarness) -> None:
    desk.plan(draft())
    fail(desk, FaultyAction.PUBLISH, LOST)
    desk.deliver()
    stop.stop(desk.work, "ana")
    desk.settle()
    assert desk.state() is State.SENT


def test_an_unknown_outcome_does_not_hold_back_the_posts_after_it(desk: CampaignHarness) -> None:
    desk.plan(draft("one", parts=("One.",)), draft("two", parts=("Two.",)))
    fail(desk, FaultyAction.PUBLISH, LOST)
    deliver.deliver(desk.work, "mastodon")
    assert desk.texts() == ["One.", "Two."]


def test_asking_for_an_unknown_thread_back_does_not_hurry_its_readings(desk: CampaignHarness) -> None:
    made = desk.planned(parts=("One.", "Two."))
    desk.mastodon.after = lambda _: (
        len(desk.texts()) == 2 and desk.mastodon.lose("publish", platform_error(Outcome.AMBIGUOUS))
    )
    desk.deliver()
    before = desk.one(made).not_before
    undo.ask(desk.work, made, "ana")
    assert (desk.state(), desk.one(made).not_before) == (State.UNKNOWN, before)
