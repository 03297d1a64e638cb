"""Taking back what is out, until the platform has confirmed it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.delivery import State
from bot.errors import Outcome, RefusedCode
from bot.platforms.rehearsal.faults import FaultyAction, How
from bot.platforms.rehearsal.state import Deleted, Unreshared
from bot.services import decisions
from bot.services.moderation import approval
from bot.services.sending import undo
from tests.harness.campaign import ACCOUNTS, CampaignHarness, draft
from tests.harness.faulty_platform import platform_error
from tests.harness.refusals import refused
from tests.harness.words import worded


def taken_back(desk: CampaignHarness, account: str = "mastodon") -> list[int]:
    return [one.post_id for one in desk.networks[account].ledger if isinstance(one, Deleted | Unreshared)]


def standing(desk: CampaignHarness, account: str = "mastodon") -> list[str]:
    gone = taken_back(desk, account)
    return [one.text for one in desk.accepted(account) if one.post_id not in gone]


@pytest.mark.parametrize("account", ACCOUNTS)
def test_a_post_is_taken_back(desk: CampaignHarness, account: str) -> None:
    made = desk.planned(account=account)
    desk.deliver()
    one = undo.undo(desk.work, made, "ana")
    assert (one.state, one.undone_at, one.sent_parts) == (State.CANCELLED, desk.clock(), ())
    assert standing(desk, account) == []
    desk.settle()
    desk.plan(draft(account=account))
    desk.settle()
    assert standing(desk, account) == []


def test_a_thread_is_taken_back_from_its_end(desk: CampaignHarness) -> None:
    made = desk.planned(parts=("One.", "Two.", "Three."))
    desk.deliver()
    undo.undo(desk.work, made, "ana")
    assert taken_back(desk) == [one.post_id for one in reversed(desk.accepted())]


def test_a_reshare_is_taken_back_and_nobody_has_said_yes_any_more(desk: CampaignHarness) -> None:
    desk.solidarity()
    desk.read()
    seen = desk.seen()[0].id
    approval.approve(desk.work, seen, "ana")
    desk.deliver()
    undo.undo(desk.work, desk.one().id, "ana")
    assert len(taken_back(desk)) == 1
    assert (str(desk.seen()[0].state), desk.seen()[0].judgement.reasons) == ("rejected", ("taken back by us",))
    desk.settle(hours=30)
    assert len(desk.reshared()) == 1


@pytest.mark.parametrize("again", ["approve", "retry"])
def test_a_reshare_that_was_taken_back_goes_out_again_when_a_person_says_so(desk: CampaignHarness, again: str) -> None:
    desk.solidarity()
    desk.read()
    seen = desk.seen()[0].id
    approval.approve(desk.work, seen, "ana")
    desk.deliver()
    undo.undo(desk.work, desk.one().id, "ana")
    if again == "approve":
        approval.approve(desk.work, seen, "ana")
    else:
        decisions.retry(desk.work, desk.one().id, "ana")
    desk.settle(hours=30)
    assert len(desk.reshared()) == 2
    assert (desk.state(), str(desk.seen()[0].state)) == (State.SENT, "reshared")


def test_an_undo_that_fails_is_tried_until_it_is_confirmed(desk: CampaignHarness) -> None:
    made = desk.planned()
    desk.deliver()
    for how in (How.NOT_SENT, How.AMBIGUOUS_ACCEPTED, How.RATE_LIMITED, How.AMBIGUOUS_NOT_ACCEPTED):
        desk.networks["mastodon"].fail_next(FaultyAction.UNDO, how)
    one = undo.undo(desk.work, made, "ana")
    assert (one.state, one.undone_at) == (State.SENT, None)
    assert "not taken back yet" in worded(one.error)
    desk.settle(hours=2)
    assert (desk.state(), standing(desk)) == (State.CANCELLED, [])
    assert desk.one().undone_at is not None


def test_a_thread_half_taken_back_is_taken_back_whole(desk: CampaignHarness) -> None:
    made = desk.planned(parts=("One.", "Two.", "Three."))
    desk.deliver()
    desk.mastodon.after = lambda what: what == "undo" and desk.mastodon.refuse("undo", platform_error(Outcome.NOT_SENT))
    undo.undo(desk.work, made, "ana")
    desk.mastodon.after = lambda _: None
    assert standing(desk) == ["One.", "Two."]
    desk.settle()
    assert standing(desk) == []
    assert len(desk.accepted()) == 3


def test_a_thread_is_not_gone_on_with_once_it_is_to_be_taken_back(desk: CampaignHarness) -> None:
    made = desk.planned(parts=("One.", "Two.", "Three."))
    other = desk.worker()
    desk.mastodon.after = lambda _: len(desk.texts()) == 2 and undo.ask(other, made, "ana")
    desk.deliver("mastodon")
    desk.mastodon.after = lambda _: None
    desk.settle()
    assert desk.texts() == ["One.", "Two."]
    assert (standing(desk), desk.state()) == ([], State.CANCELLED)


@pytest.mark.parametrize("state", [State.HELD, State.CANCELLED, State.REJECTED, State.PLANNED])
def test_what_is_out_of_an_unfinished_thread_is_taken_back(desk: CampaignHarness, state: State) -> None:
    made = desk.planned(parts=("One.", "Two."))
    desk.mastodon.after = lambda _: desk.mastodon.refuse("publish", platform_error(Outcome.NOT_SENT))
    desk.deliver()
    desk.mastodon.after = lambda _: None
    desk.force(made, state=state)
    one = undo.undo(desk.work, made, "ana")
    assert (one.state, standing(desk)) == (State.CANCELLED, [])
    assert one.undone_at is not None
    desk.settle()
    assert desk.texts() == ["One."]


def test_a_thread_with_an_unknown_part_is_taken_back_once_it_is_known(desk: CampaignHarness) -> None:
    made = desk.planned(parts=("One.", "Two.", "Three."))
    desk.mastodon.after = lambda what: (
        what == "publish"
        and len(desk.texts()) == 2
        and desk.mastodon.lose("publish", platform_error(Outcome.AMBIGUOUS))
    )
    desk.deliver()
    assert undo.undo(desk.work, made, "ana").state is State.UNKNOWN
    desk.settle()
    assert (standing(desk), desk.state()) == ([], State.CANCELLED)
    assert desk.texts() == ["One.", "Two."]


@pytest.mark.parametrize("state", [State.PLANNED, State.HELD, State.MISSED, State.REJECTED, State.CANCELLED])
def test_where_nothing_is_out_there_is_nothing_to_take_back(desk: CampaignHarness, state: State) -> None:
    made = desk.planned(due=timedelta(hours=1))
    desk.force(made, state=state)
    with refused(RefusedCode.NOTHING_OUT, "nothing to take back", state=state):
        undo.undo(desk.work, made, "ana")


@pytest.mark.parametrize("state", [State.SENDING, State.UNKNOWN, State.NEEDS_DECISION])
def test_where_nobody_knows_whether_it_is_out_the_person_is_told_so(desk: CampaignHarness, state: State) -> None:
    made = desk.planned()
    desk.force(made, state=state)
    with refused(RefusedCode.OUTCOME_NOT_KNOWN, f"not known yet.*bot resolve {made}", state=state):
        undo.undo(desk.work, made, "ana")


def test_what_was_taken_back_and_is_retried_is_a_new_post_with_a_new_key(desk: CampaignHarness) -> None:
    made = desk.planned()
    desk.deliver()
    undo.undo(desk.work, made, "ana")
    decisions.retry(desk.work, made, "ana")
    desk.settle()
    first, second = desk.accepted()
    assert first.idempotency_key != second.idempotency_key
    assert standing(desk) == ["Free them all."]
    assert (desk.one().sent_parts[0].post_id, desk.one().undone_at) == (str(second.post_id), None)
    assert desk.one().url.endswith(str(second.post_id))
    undo.undo(desk.work, made, "ana")
    assert standing(desk) == []


def test_a_thread_that_was_taken_back_and_is_retried_begins_with_its_first_part(desk: CampaignHarness) -> None:
    made = desk.planned(parts=("One.", "Two."))
    desk.deliver()
    undo.undo(desk.work, made, "ana")
    decisions.retry(desk.work, made, "ana")
    desk.settle()
    assert standing(desk) == ["One.", "Two."]


def test_a_person_who_retries_while_it_is_taken_back_gets_a_new_post_from_its_first_part_on(
    desk: CampaignHarness,
) -> None:
    made = desk.planned(parts=("One.", "Two."))
    desk.mastodon.after = lambda _: desk.mastodon.refuse("publish", platform_error())
    desk.deliver()
    desk.mastodon.after = lambda what: what == "undo" and decisions.retry(desk.worker(), made, "ben")
    undo.undo(desk.work, made, "ana")
    desk.mastodon.after = lambda _: None
    desk.settle()
    assert standing(desk) == ["One.", "Two."]
    assert len({one.idempotency_key for one in desk.accepted()}) == 3
    assert desk.one().url == desk.one().sent_parts[0].url


def test_without_the_account_a_running_worker_takes_it_back(desk: CampaignHarness) -> None:
    made = desk.planned()
    desk.deliver()
    command = desk.worker()
    object.__setattr__(command, "platforms", {})
    assert undo.undo(command, made, "ana").undone_at is None
    desk.settle()
    assert standing(desk) == []


def test_taking_back_twice_is_taking_back(desk: CampaignHarness) -> None:
    made = desk.planned()
    desk.deliver()
    undo.undo(desk.work, made, "ana")
    with refused(RefusedCode.NOTHING_OUT):
        undo.undo(desk.work, made, "ana")
    assert len(taken_back(desk)) == 1
