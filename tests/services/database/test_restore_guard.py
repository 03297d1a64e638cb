"""An account in doubt sends nothing until its own timeline has told what the store does not know."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.delivery import Draft, State
from bot.errors import Outcome
from bot.services import decisions
from bot.services.moderation import approval
from bot.services.sending import undo
from bot.store import past_requests
from tests.harness.campaign import IMAGE, CampaignHarness, draft
from tests.harness.faulty_platform import platform_error
from tests.harness.rehearsal_networks import START
from tests.harness.words import worded
from tests.services.database.restored_store import every_second, forget_since, in_doubt, posts


def test_what_is_out_is_found_and_never_sent_again(harness: CampaignHarness) -> None:
    harness.plan(draft())
    forget_since(harness)
    before = posts(harness, "Free them all.")
    harness.settle()
    assert harness.texts() == ["Free them all."]
    one = harness.one()
    assert (one.state, one.sent_parts[0].post_id, one.error) == (State.SENT, before, "")
    assert one.url.endswith(before)
    assert in_doubt(harness) == []
    assert [event.alarming for event in harness.told("reckoned")] == [False, False]


def test_what_is_not_out_goes_after_three_healthy_readings_by_its_own_rule(harness: CampaignHarness) -> None:
    harness.plan(draft(), draft("late", late=timedelta(seconds=20)))
    forget_since(harness)
    every_second(harness, 60)
    assert harness.texts() == ["Free them all."]
    assert harness.states() == [State.SENT, State.MISSED]
    assert harness.mastodon.requests["look"] == 3
    assert harness.accepted()[0].at >= START + timedelta(seconds=40), "a request from before may have been under way"


def test_nothing_at_all_leaves_before_the_reckoning_is_done(harness: CampaignHarness) -> None:
    harness.plan(draft(), draft(account="x"), draft("pictured", media=[IMAGE], due=timedelta(minutes=5)))
    sighting = moderate_one(harness)
    forget_since(harness)
    harness.deliver()
    harness.clock.passes(seconds=15)
    harness.deliver()
    assert (harness.accepted(), harness.accepted("x"), harness.reshared()) == ([], [], [])
    assert harness.mastodon.requests["upload"] == 0
    harness.settle()
    assert (len(harness.accepted()), len(harness.accepted("x")), len(harness.reshared())) == (2, 1, 1)
    assert sighting


def moderate_one(harness: CampaignHarness) -> int:
    harness.solidarity()
    harness.read()
    (seen,) = harness.seen()
    approval.approve(harness.work, seen.id, "ana")
    return seen.id


@pytest.mark.parametrize(
    "state", [State.HELD, State.MISSED, State.REJECTED, State.UNKNOWN, State.NEEDS_DECISION, State.CLAIMED]
)
def test_whatever_state_it_was_left_in_what_is_out_is_sent(harness: CampaignHarness, state: State) -> None:
    harness.plan(draft())
    if state in {State.UNKNOWN, State.NEEDS_DECISION}:
        harness.mastodon.refuse("publish", platform_error(Outcome.AMBIGUOUS))
        harness.deliver("mastodon")
        assert harness.state() is State.UNKNOWN
    harness.force(harness.one().id, state=state, error="whatever it was")
    forget_since(harness)
    posts(harness, "Free them all.")
    harness.settle()
    assert harness.state() is State.SENT
    assert len(harness.accepted()) == 1


def test_what_the_plan_called_off_and_was_sent_before_is_found(harness: CampaignHarness) -> None:
    harness.plan(draft())
    harness.plan()
    assert harness.state() is State.CANCELLED
    forget_since(harness)
    posts(harness, "Free them all.")
    harness.deliver()
    assert (harness.one().state, harness.one().cancelled_by) == (State.SENT, "")
    harness.plan(draft())
    harness.settle()
    assert len(harness.accepted()) == 1


def test_what_was_planned_after_the_backup_comes_back_by_the_files_and_is_found_too(harness: CampaignHarness) -> None:
    forget_since(harness)
    posts(harness, "Free them all.")
    harness.clock.passes(hours=8)
    harness.plan(draft())
    assert harness.state() is State.MISSED
    harness.settle()
    assert harness.state() is State.SENT
    assert len(harness.accepted()) == 1


def test_files_that_come_back_after_the_reckoning_are_reckoned_again(harness: CampaignHarness) -> None:
    forget_since(harness)
    posts(harness, "Free them all.")
    harness.clock.passes(minutes=30)
    harness.settle()
    assert in_doubt(harness) == []
    harness.plan(draft(due=timedelta(minutes=1)), draft("later", parts=["Later."], due=timedelta(hours=3)))
    harness.settle(hours=4)
    assert harness.texts() == ["Free them all.", "Later."]
    assert harness.states() == [State.SENT, State.SENT]


def test_posts_that_nobody_remembers_hold_what_was_due_meanwhile_and_nothing_else(harness: CampaignHarness) -> None:
    due, later = harness.plan(draft(), draft("later", parts=["Later."], due=timedelta(hours=3))).ids
    forget_since(harness)
    posts(harness, "Free them ALL, as somebody edited it.")
    harness.settle()
    assert [harness.state(due), harness.state(later)] == [State.HELD, State.PLANNED]
    assert f"bot release {due}, or bot cancel {due}" in worded(harness.one(due).error)
    assert [event.alarming for event in harness.told("reckoned") if event.fields["account"] == "mastodon"] == [True]
    decisions.release(harness.work, due, "ana")
    harness.settle(hours=4)
    assert harness.texts() == ["Free them ALL, as somebody edited it.", "Free them all.", "Later."]


def test_answers_to_other_people_and_reshares_by_hand_are_none_of_ours(harness: CampaignHarness) -> None:
    harness.plan(draft())
    uri = harness.solidarity()
    forget_since(harness)
    harness.mastodon.reshare(harness.mastodon.fetch(uri), harness.clock() + timedelta(minutes=1))
    posts(harness, "Thank you!", reply_to=harness.mastodon.fetch(uri).native_id)
    harness.settle()
    assert harness.state() is State.SENT
    assert harness.texts() == ["Thank you!", "Free them all."]


def test_a_thread_that_is_out_in_part_goes_on_with_its_next_part(harness: CampaignHarness) -> None:
    harness.plan(draft(parts=["One.", "Two.", "Three."], media=[IMAGE], media_part=1))
    forget_since(harness)
    first = posts(harness, "One.")
    second = posts(harness, "Two.", media=1, reply_to=first)
    harness.settle()
    assert harness.texts() == ["One.", "Two.", "Three."]
    assert [part.post_id for part in harness.one().sent_parts][:2] == [first, second]
    assert harness.accepted()[2].reply_to == second
    assert harness.state() is State.SENT


def test_two_days_with_the_same_words_are_told_apart_by_their_order(harness: CampaignHarness) -> None:
    first, second = harness.plan(draft(day="T-7"), draft(day="T-1", due=timedelta(hours=2))).ids
    forget_since(harness)
    posts(harness, "Free them all.")
    harness.settle()
    assert [harness.state(first), harness.state(second)] == [State.SENT, State.PLANNED]
    harness.settle(hours=3)
    assert harness.texts() == ["Free them all."] * 2


def test_a_reshare_that_is_out_is_found(harness: CampaignHarness) -> None:
    moderate_one(harness)
    forget_since(harness)
    harness.mastodon.reshare(harness.mastodon.fetch(harness.one().post_uri), harness.clock() + timedelta(minutes=1))
    harness.settle()
    assert harness.state() is State.SENT
    assert len(harness.reshared()) == 1
    assert harness.mastodon.requests["reshare"] == 1
    assert [str(seen.state) for seen in harness.seen()] == ["reshared"]


def test_a_store_that_knows_nothing_looks_back_to_the_first_post_that_was_due(harness: CampaignHarness) -> None:
    posts(harness, "Free them all.")
    harness.clock.passes(hours=5)
    harness.plan(draft())
    forget_since(harness, known_until=False)
    harness.settle()
    assert harness.state() is State.SENT
    assert len(harness.accepted()) == 1


def test_what_was_found_can_be_taken_back_like_all_that_is_out(harness: CampaignHarness) -> None:
    harness.plan(draft())
    forget_since(harness)
    posts(harness, "Free them all.")
    harness.deliver("mastodon")
    undo.undo(harness.work, harness.one().id, "ana")
    assert harness.one().undone_at is not None
    with harness.work.store.read() as tx:
        assert past_requests.known_post_ids(tx, "mastodon") == frozenset()


def drafts(count: int) -> list[Draft]:
    return [draft(f"m{number}", parts=[f"Number {number}."]) for number in range(count)]


def test_many_are_found_among_many_and_the_rest_goes_out(harness: CampaignHarness) -> None:
    harness.plan(*drafts(30))
    forget_since(harness)
    for number in range(0, 30, 2):
        posts(harness, f"Number {number}.")
    harness.settle()
    assert sorted(harness.texts()) == sorted(f"Number {number}." for number in range(30))
    assert harness.states() == [State.SENT] * 30
