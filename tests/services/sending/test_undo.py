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


def taken_back(harness: CampaignHarness, account: str = "mastodon") -> list[int]:
    return [one.post_id for one in harness.networks[account].ledger if isinstance(one, Deleted | Unreshared)]


def standing(harness: CampaignHarness, account: str = "mastodon") -> list[str]:
    gone = taken_back(harness, account)
    return [one.text for one in harness.accepted(account) if one.post_id not in gone]


@pytest.mark.parametrize("account", ACCOUNTS)
def test_a_post_is_taken_back(harness: CampaignHarness, account: str) -> None:
    made = harness.planned(account=account)
    harness.deliver()
    one = undo.undo(harness.work, made, "ana")
    assert (one.state, one.undone_at, one.sent_parts) == (State.CANCELLED, harness.clock(), ())
    assert standing(harness, account) == []
    harness.settle()
    harness.plan(draft(account=account))
    harness.settle()
    assert standing(harness, account) == []


def test_a_thread_is_taken_back_from_its_end(harness: CampaignHarness) -> None:
    made = harness.planned(parts=("One.", "Two.", "Three."))
    harness.deliver()
    undo.undo(harness.work, made, "ana")
    assert taken_back(harness) == [one.post_id for one in reversed(harness.accepted())]


def test_a_reshare_is_taken_back_and_nobody_has_said_yes_any_more(harness: CampaignHarness) -> None:
    harness.solidarity()
    harness.read()
    seen = harness.seen()[0].id
    approval.approve(harness.work, seen, "ana")
    harness.deliver()
    undo.undo(harness.work, harness.one().id, "ana")
    assert len(taken_back(harness)) == 1
    assert (str(harness.seen()[0].state), harness.seen()[0].judgement.reasons) == ("rejected", ("taken back by us",))
    harness.settle(hours=30)
    assert len(harness.reshared()) == 1


@pytest.mark.parametrize("again", ["approve", "retry"])
def test_a_reshare_that_was_taken_back_goes_out_again_when_a_person_says_so(
    harness: CampaignHarness, again: str
) -> None:
    harness.solidarity()
    harness.read()
    seen = harness.seen()[0].id
    approval.approve(harness.work, seen, "ana")
    harness.deliver()
    undo.undo(harness.work, harness.one().id, "ana")
    if again == "approve":
        approval.approve(harness.work, seen, "ana")
    else:
        decisions.retry(harness.work, harness.one().id, "ana")
    harness.settle(hours=30)
    assert len(harness.reshared()) == 2
    assert (harness.state(), str(harness.seen()[0].state)) == (State.SENT, "reshared")


def test_an_undo_that_fails_is_tried_until_it_is_confirmed(harness: CampaignHarness) -> None:
    made = harness.planned()
    harness.deliver()
    for how in (How.NOT_SENT, How.AMBIGUOUS_ACCEPTED, How.RATE_LIMITED, How.AMBIGUOUS_NOT_ACCEPTED):
        harness.networks["mastodon"].fail_next(FaultyAction.UNDO, how)
    one = undo.undo(harness.work, made, "ana")
    assert (one.state, one.undone_at) == (State.SENT, None)
    assert "not taken back yet" in worded(one.error)
    harness.settle(hours=2)
    assert (harness.state(), standing(harness)) == (State.CANCELLED, [])
    assert harness.one().undone_at is not None


def test_a_thread_half_taken_back_is_taken_back_whole(harness: CampaignHarness) -> None:
    made = harness.planned(parts=("One.", "Two.", "Three."))
    harness.deliver()
    harness.mastodon.after = lambda what: (
        what == "undo" and harness.mastodon.refuse("undo", platform_error(Outcome.NOT_SENT))
    )
    undo.undo(harness.work, made, "ana")
    harness.mastodon.after = lambda _: None
    assert standing(harness) == ["One.", "Two."]
    harness.settle()
    assert standing(harness) == []
    assert len(harness.accepted()) == 3


def test_a_thread_is_not_gone_on_with_once_it_is_to_be_taken_back(harness: CampaignHarness) -> None:
    made = harness.planned(parts=("One.", "Two.", "Three."))
    other = harness.worker()
    harness.mastodon.after = lambda _: len(harness.texts()) == 2 and undo.ask(other, made, "ana")
    harness.deliver("mastodon")
    harness.mastodon.after = lambda _: None
    harness.settle()
    assert harness.texts() == ["One.", "Two."]
    assert (standing(harness), harness.state()) == ([], State.CANCELLED)


@pytest.mark.parametrize("state", [State.HELD, State.CANCELLED, State.REJECTED, State.PLANNED])
def test_what_is_out_of_an_unfinished_thread_is_taken_back(harness: CampaignHarness, state: State) -> None:
    made = harness.planned(parts=("One.", "Two."))
    harness.mastodon.after = lambda _: harness.mastodon.refuse("publish", platform_error(Outcome.NOT_SENT))
    harness.deliver()
    harness.mastodon.after = lambda _: None
    harness.force(made, state=state)
    one = undo.undo(harness.work, made, "ana")
    assert (one.state, standing(harness)) == (State.CANCELLED, [])
    assert one.undone_at is not None
    harness.settle()
    assert harness.texts() == ["One."]


def test_a_thread_with_an_unknown_part_is_taken_back_once_it_is_known(harness: CampaignHarness) -> None:
    made = harness.planned(parts=("One.", "Two.", "Three."))
    harness.mastodon.after = lambda what: (
        what == "publish"
        and len(harness.texts()) == 2
        and harness.mastodon.lose("publish", platform_error(Outcome.AMBIGUOUS))
    )
    harness.deliver()
    assert undo.undo(harness.work, made, "ana").state is State.UNKNOWN
    harness.settle()
    assert (standing(harness), harness.state()) == ([], State.CANCELLED)
    assert harness.texts() == ["One.", "Two."]


@pytest.mark.parametrize("state", [State.PLANNED, State.HELD, State.MISSED, State.REJECTED, State.CANCELLED])
def test_where_nothing_is_out_there_is_nothing_to_take_back(harness: CampaignHarness, state: State) -> None:
    made = harness.planned(due=timedelta(hours=1))
    harness.force(made, state=state)
    with refused(RefusedCode.NOTHING_OUT, "nothing to take back", state=state):
        undo.undo(harness.work, made, "ana")


@pytest.mark.parametrize("state", [State.SENDING, State.UNKNOWN, State.NEEDS_DECISION])
def test_where_nobody_knows_whether_it_is_out_the_person_is_told_so(harness: CampaignHarness, state: State) -> None:
    made = harness.planned()
    harness.force(made, state=state)
    with refused(RefusedCode.OUTCOME_NOT_KNOWN, f"not known yet.*bot resolve {made}", state=state):
        undo.undo(harness.work, made, "ana")


def test_what_was_taken_back_and_is_retried_is_a_new_post_with_a_new_key(harness: CampaignHarness) -> None:
    made = harness.planned()
    harness.deliver()
    undo.undo(harness.work, made, "ana")
    decisions.retry(harness.work, made, "ana")
    harness.settle()
    first, second = harness.accepted()
    assert first.idempotency_key != second.idempotency_key
    assert standing(harness) == ["Free them all."]
    assert (harness.one().sent_parts[0].post_id, harness.one().undone_at) == (str(second.post_id), None)
    assert harness.one().url.endswith(str(second.post_id))
    undo.undo(harness.work, made, "ana")
    assert standing(harness) == []


def test_a_thread_that_was_taken_back_and_is_retried_begins_with_its_first_part(harness: CampaignHarness) -> None:
    made = harness.planned(parts=("One.", "Two."))
    harness.deliver()
    undo.undo(harness.work, made, "ana")
    decisions.retry(harness.work, made, "ana")
    harness.settle()
    assert standing(harness) == ["One.", "Two."]


def test_a_person_who_retries_while_it_is_taken_back_gets_a_new_post_from_its_first_part_on(
    harness: CampaignHarness,
) -> None:
    made = harness.planned(parts=("One.", "Two."))
    harness.mastodon.after = lambda _: harness.mastodon.refuse("publish", platform_error())
    harness.deliver()
    harness.mastodon.after = lambda what: what == "undo" and decisions.retry(harness.worker(), made, "ben")
    undo.undo(harness.work, made, "ana")
    harness.mastodon.after = lambda _: None
    harness.settle()
    assert standing(harness) == ["One.", "Two."]
    assert len({one.idempotency_key for one in harness.accepted()}) == 3
    assert harness.one().url == harness.one().sent_parts[0].url


def test_without_the_account_a_running_worker_takes_it_back(harness: CampaignHarness) -> None:
    made = harness.planned()
    harness.deliver()
    command = harness.worker()
    object.__setattr__(command, "platforms", {})
    assert undo.undo(command, made, "ana").undone_at is None
    harness.settle()
    assert standing(harness) == []


def test_taking_back_twice_is_taking_back(harness: CampaignHarness) -> None:
    made = harness.planned()
    harness.deliver()
    undo.undo(harness.work, made, "ana")
    with refused(RefusedCode.NOTHING_OUT):
        undo.undo(harness.work, made, "ana")
    assert len(taken_back(harness)) == 1
