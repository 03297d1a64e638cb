"""An account in doubt sends nothing until its own timeline has told what the store does not know."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.delivery import Draft, State
from bot.errors import Outcome
from bot.services import decisions
from bot.services.moderation import approval
from bot.services.sending import undo
from bot.store import deliveries
from tests.harness.campaign import IMAGE, CampaignHarness, draft
from tests.harness.faulty_platform import platform_error
from tests.harness.rehearsal_networks import START
from tests.harness.words import worded
from tests.services.database.restored_store import every_second, forget_since, in_doubt, posts


def test_what_is_out_is_found_and_never_sent_again(desk: CampaignHarness) -> None:
    desk.plan(draft())
    forget_since(desk)
    before = posts(desk, "Free them all.")
    desk.settle()
    assert desk.texts() == ["Free them all."]
    one = desk.one()
    assert (one.state, one.sent_parts[0].post_id, one.error) == (State.SENT, before, "")
    assert one.url.endswith(before)
    assert in_doubt(desk) == []
    assert [event.alarming for event in desk.told("reckoned")] == [False, False]


def test_what_is_not_out_goes_after_three_healthy_readings_by_its_own_rule(desk: CampaignHarness) -> None:
    desk.plan(draft(), draft("late", late=timedelta(seconds=20)))
    forget_since(desk)
    every_second(desk, 60)
    assert desk.texts() == ["Free them all."]
    assert desk.states() == [State.SENT, State.MISSED]
    assert desk.mastodon.requests["look"] == 3
    assert desk.accepted()[0].at >= START + timedelta(seconds=40), "a request from before may have been under way"


def test_nothing_at_all_leaves_before_the_reckoning_is_done(desk: CampaignHarness) -> None:
    desk.plan(draft(), draft(account="x"), draft("pictured", media=[IMAGE], due=timedelta(minutes=5)))
    sighting = moderate_one(desk)
    forget_since(desk)
    desk.deliver()
    desk.clock.passes(seconds=15)
    desk.deliver()
    assert (desk.accepted(), desk.accepted("x"), desk.reshared()) == ([], [], [])
    assert desk.mastodon.requests["upload"] == 0
    desk.settle()
    assert (len(desk.accepted()), len(desk.accepted("x")), len(desk.reshared())) == (2, 1, 1)
    assert sighting


def moderate_one(desk: CampaignHarness) -> int:
    desk.solidarity()
    desk.read()
    (seen,) = desk.seen()
    approval.approve(desk.work, seen.id, "ana")
    return seen.id


@pytest.mark.parametrize(
    "state", [State.HELD, State.MISSED, State.REJECTED, State.UNKNOWN, State.NEEDS_DECISION, State.CLAIMED]
)
def test_whatever_state_it_was_left_in_what_is_out_is_sent(desk: CampaignHarness, state: State) -> None:
    desk.plan(draft())
    if state in {State.UNKNOWN, State.NEEDS_DECISION}:
        desk.mastodon.refuse("publish", platform_error(Outcome.AMBIGUOUS))
        desk.deliver("mastodon")
        assert desk.state() is State.UNKNOWN
    desk.force(desk.one().id, state=state, error="whatever it was")
    forget_since(desk)
    posts(desk, "Free them all.")
    desk.settle()
    assert desk.state() is State.SENT
    assert len(desk.accepted()) == 1


def test_what_the_plan_called_off_and_was_sent_before_is_found(desk: CampaignHarness) -> None:
    desk.plan(draft())
    desk.plan()
    assert desk.state() is State.CANCELLED
    forget_since(desk)
    posts(desk, "Free them all.")
    desk.deliver()
    assert (desk.one().state, desk.one().cancelled_by) == (State.SENT, "")
    desk.plan(draft())
    desk.settle()
    assert len(desk.accepted()) == 1


def test_what_was_planned_after_the_backup_comes_back_by_the_files_and_is_found_too(desk: CampaignHarness) -> None:
    forget_since(desk)
    posts(desk, "Free them all.")
    desk.clock.passes(hours=8)
    desk.plan(draft())
    assert desk.state() is State.MISSED
    desk.settle()
    assert desk.state() is State.SENT
    assert len(desk.accepted()) == 1


def test_files_that_come_back_after_the_reckoning_are_reckoned_again(desk: CampaignHarness) -> None:
    forget_since(desk)
    posts(desk, "Free them all.")
    desk.clock.passes(minutes=30)
    desk.settle()
    assert in_doubt(desk) == []
    desk.plan(draft(due=timedelta(minutes=1)), draft("later", parts=["Later."], due=timedelta(hours=3)))
    desk.settle(hours=4)
    assert desk.texts() == ["Free them all.", "Later."]
    assert desk.states() == [State.SENT, State.SENT]


def test_posts_that_nobody_remembers_hold_what_was_due_meanwhile_and_nothing_else(desk: CampaignHarness) -> None:
    due, later = desk.plan(draft(), draft("later", parts=["Later."], due=timedelta(hours=3))).ids
    forget_since(desk)
    posts(desk, "Free them ALL, as somebody edited it.")
    desk.settle()
    assert [desk.state(due), desk.state(later)] == [State.HELD, State.PLANNED]
    assert f"bot release {due}, or bot cancel {due}" in worded(desk.one(due).error)
    assert [event.alarming for event in desk.told("reckoned") if event.fields["account"] == "mastodon"] == [True]
    decisions.release(desk.work, due, "ana")
    desk.settle(hours=4)
    assert desk.texts() == ["Free them ALL, as somebody edited it.", "Free them all.", "Later."]


def test_answers_to_other_people_and_reshares_by_hand_are_none_of_ours(desk: CampaignHarness) -> None:
    desk.plan(draft())
    uri = desk.solidarity()
    forget_since(desk)
    desk.mastodon.reshare(desk.mastodon.fetch(uri), desk.clock() + timedelta(minutes=1))
    posts(desk, "Thank you!", reply_to=desk.mastodon.fetch(uri).native_id)
    desk.settle()
    assert desk.state() is State.SENT
    assert desk.texts() == ["Thank you!", "Free them all."]


def test_a_thread_that_is_out_in_part_goes_on_with_its_next_part(desk: CampaignHarness) -> None:
    desk.plan(draft(parts=["One.", "Two.", "Three."], media=[IMAGE], media_part=1))
    forget_since(desk)
    first = posts(desk, "One.")
    second = posts(desk, "Two.", media=1, reply_to=first)
    desk.settle()
    assert desk.texts() == ["One.", "Two.", "Three."]
    assert [part.post_id for part in desk.one().sent_parts][:2] == [first, second]
    assert desk.accepted()[2].reply_to == second
    assert desk.state() is State.SENT


def test_two_days_with_the_same_words_are_told_apart_by_their_order(desk: CampaignHarness) -> None:
    first, second = desk.plan(draft(day="T-7"), draft(day="T-1", due=timedelta(hours=2))).ids
    forget_since(desk)
    posts(desk, "Free them all.")
    desk.settle()
    assert [desk.state(first), desk.state(second)] == [State.SENT, State.PLANNED]
    desk.settle(hours=3)
    assert desk.texts() == ["Free them all."] * 2


def test_a_reshare_that_is_out_is_found(desk: CampaignHarness) -> None:
    moderate_one(desk)
    forget_since(desk)
    desk.mastodon.reshare(desk.mastodon.fetch(desk.one().post_uri), desk.clock() + timedelta(minutes=1))
    desk.settle()
    assert desk.state() is State.SENT
    assert len(desk.reshared()) == 1
    assert desk.mastodon.requests["reshare"] == 1
    assert [str(seen.state) for seen in desk.seen()] == ["reshared"]


def test_a_store_that_knows_nothing_looks_back_to_the_first_post_that_was_due(desk: CampaignHarness) -> None:
    posts(desk, "Free them all.")
    desk.clock.passes(hours=5)
    desk.plan(draft())
    forget_since(desk, known_until=False)
    desk.settle()
    assert desk.state() is State.SENT
    assert len(desk.accepted()) == 1


def test_what_was_found_can_be_taken_back_like_all_that_is_out(desk: CampaignHarness) -> None:
    desk.plan(draft())
    forget_since(desk)
    posts(desk, "Free them all.")
    desk.deliver("mastodon")
    undo.undo(desk.work, desk.one().id, "ana")
    assert desk.one().undone_at is not None
    with desk.work.store.read() as tx:
        assert deliveries.known_post_ids(tx, "mastodon") == frozenset()


def drafts(count: int) -> list[Draft]:
    return [draft(f"m{number}", parts=[f"Number {number}."]) for number in range(count)]


def test_many_are_found_among_many_and_the_rest_goes_out(desk: CampaignHarness) -> None:
    desk.plan(*drafts(30))
    forget_since(desk)
    for number in range(0, 30, 2):
        posts(desk, f"Number {number}.")
    desk.settle()
    assert sorted(desk.texts()) == sorted(f"Number {number}." for number in range(30))
    assert desk.states() == [State.SENT] * 30
