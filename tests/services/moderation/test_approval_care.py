"""Who could be hurt is held for care: no rule approves it, and people do with the checklist, two where it is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.domain.campaign import CareRules
from bot.domain.delivery import State
from bot.domain.moderation import ChecklistItem, Judgement, Reason, Verdict
from bot.domain.sighting import Sighting, SightingState
from bot.errors import RefusedCode
from bot.platforms.rehearsal.faults import FaultyAction, How
from bot.services import decisions
from bot.services.moderation import approval
from bot.services.sending import undo
from bot.store import sightings
from bot.store.approvals import Approval, approvals_of
from tests.harness.campaign import TAG, CampaignHarness, config
from tests.harness.refusals import refused
from tests.harness.rehearsal_networks import START
from tests.harness.words import worded

CAREFUL = CareRules(followers=0, age=START - START, languages=("be", "ru"))
UNION = "@union@elsewhere.example"


def careful(harness: CampaignHarness, **more: Any) -> CampaignHarness:
    """Trusts a union, and holds be and ru for care."""
    harness.work = harness.worker(config(trusted=[UNION], care=CAREFUL, **more))
    return harness


def held(harness: CampaignHarness, language: str = "be") -> int:
    """The union's video that is held for care."""
    harness.solidarity("union", language=language)
    harness.read()
    return harness.seen()[-1].id


def one(harness: CampaignHarness) -> Sighting:
    (seen,) = harness.seen()
    return seen


def said(harness: CampaignHarness, sighting: int) -> tuple[Approval, ...]:
    with harness.work.store.read() as tx:
        return approvals_of(tx, sighting)


@pytest.mark.parametrize("language", ["ru", "be-tarask"])
def test_no_rule_approves_what_is_held_for_care(harness: CampaignHarness, language: str) -> None:
    held(careful(harness), language)
    harness.settle()
    assert (one(harness).state, harness.reshared()) == (SightingState.HELD, [])
    assert one(harness).judgement.care == one(harness).judgement.reasons != ()


def test_what_needs_no_care_goes_by_rule_and_takes_no_ticks(harness: CampaignHarness) -> None:
    careful(harness)
    harness.solidarity("union")
    harness.solidarity("ana")
    harness.read()
    approval.approve(harness.work, harness.seen()[1].id, "ana")
    harness.settle()
    assert len(harness.reshared()) == 2
    assert said(harness, harness.seen()[1].id) == ()


def test_a_yes_takes_every_tick_of_the_checklist_and_keeps_nothing_else(harness: CampaignHarness) -> None:
    sighting = held(careful(harness))
    ticks = " ".join(f"--tick {tick}" for tick in ChecklistItem)
    with refused(RefusedCode.CHECKLIST_INCOMPLETE, f"written in Belarusian(.|\n)*{ticks}"):
        approval.approve(harness.work, sighting, "ana")
    for left_out in ChecklistItem:
        with refused(RefusedCode.CHECKLIST_INCOMPLETE, f"  {left_out} ", missing=(left_out,)):
            approval.approve(harness.work, sighting, "ana", [tick for tick in ChecklistItem if tick is not left_out])
    assert (one(harness).state, said(harness, sighting), harness.all()) == (SightingState.HELD, (), [])
    approval.approve(harness.work, sighting, "ana", ChecklistItem)
    assert said(harness, sighting) == (Approval("ana", START, tuple(ChecklistItem)),)
    harness.settle()
    assert (one(harness).state, len(harness.reshared())) == (SightingState.RESHARED, 1)


def test_a_second_person_has_to_say_yes_where_it_is_asked(harness: CampaignHarness) -> None:
    sighting = held(careful(harness, two_people=True))
    after = approval.approve(harness.work, sighting, "ana", ChecklistItem)
    assert (after.state, after.judgement.reasons[0]) == (SightingState.HELD, Reason.SECOND)
    with refused(RefusedCode.SECOND_PERSON_NEEDED, "Somebody else", by="ana"):
        approval.approve(harness.work, sighting, "ana", ChecklistItem)
    with refused(RefusedCode.CHECKLIST_INCOMPLETE, "held for care"):
        approval.approve(harness.work, sighting, "ben")
    harness.settle()
    assert harness.reshared() == []
    after = approval.approve(harness.work, sighting, "ben", ChecklistItem)
    assert (after.state, after.decided_by) == (SightingState.APPROVED, "ben")
    assert Reason.SECOND not in after.judgement.reasons
    harness.settle()
    assert len(harness.reshared()) == 1
    assert [yes.by for yes in said(harness, sighting)] == ["ana", "ben"]


def test_two_people_are_not_asked_of_what_needs_no_care(harness: CampaignHarness) -> None:
    careful(harness, two_people=True)
    harness.solidarity("ana")
    harness.read()
    assert approval.approve(harness.work, one(harness).id, "ana").state is SightingState.APPROVED


@pytest.mark.parametrize("happens", ["flagged", "rejected"])
def test_a_first_yes_is_gone_after_somebody_else_had_a_doubt(harness: CampaignHarness, happens: str) -> None:
    sighting = held(careful(harness, two_people=True))
    approval.approve(harness.work, sighting, "ana", ChecklistItem)
    doubt = approval.flag if happens == "flagged" else approval.reject
    doubt(harness.work, sighting, "eva")
    assert approval.approve(harness.work, sighting, "ben", ChecklistItem).state is SightingState.HELD
    assert approval.approve(harness.work, sighting, "ana", ChecklistItem).state is SightingState.APPROVED


def test_an_edit_takes_every_yes_back(harness: CampaignHarness) -> None:
    sighting = held(careful(harness))
    approval.approve(harness.work, sighting, "ana", ChecklistItem)
    harness.networks["mastodon"].edit(one(harness).post.uri, f"My boss must not see this. #{TAG}")
    harness.settle()
    assert (one(harness).state, one(harness).judgement.reasons) == (SightingState.HELD, (Reason.EDITED,))
    assert (harness.reshared(), said(harness, sighting)) == ([], ())
    with refused(RefusedCode.CHECKLIST_INCOMPLETE, "--tick faces"):
        approval.approve(harness.work, sighting, "ana")


def test_yeses_to_what_it_was_before_do_not_count_once_it_is_held_again(harness: CampaignHarness) -> None:
    sighting = held(careful(harness, two_people=True))
    approval.approve(harness.work, sighting, "ana", ChecklistItem)
    approval.approve(harness.work, sighting, "ben", ChecklistItem)
    again = Judgement(Verdict.HOLD, (Reason.EDITED,))
    with harness.work.store.begin() as tx:
        sightings.decide(tx, sighting, [SightingState.APPROVED], SightingState.HELD, again, START)
    assert approval.approve(harness.work, sighting, "eva", ChecklistItem).state is SightingState.HELD
    assert [yes.by for yes in said(harness, sighting)] == ["eva"]


def test_retrying_a_reshare_does_not_go_round_the_checklist(harness: CampaignHarness) -> None:
    sighting = held(careful(harness))
    approval.approve(harness.work, sighting, "ana", ChecklistItem)
    harness.settle()
    undo.undo(harness.work, harness.one().id, "ana")
    with refused(RefusedCode.CHECKLIST_INCOMPLETE, f"bot approve {sighting} --tick faces"):
        decisions.retry(harness.work, harness.one().id, "ben")
    assert harness.state() is State.CANCELLED


def test_a_moderator_can_have_any_post_held_for_care(harness: CampaignHarness) -> None:
    harness.solidarity("ana")
    harness.read()
    approval.flag(harness.work, one(harness).id, "ben")
    assert (one(harness).judgement.care, one(harness).judgement.reasons) == ((Reason.FLAGGED,), (Reason.FLAGGED,))
    with refused(RefusedCode.CHECKLIST_INCOMPLETE, "flagged by a moderator"):
        approval.approve(harness.work, one(harness).id, "ana")
    approval.approve(harness.work, one(harness).id, "ana", ChecklistItem)
    harness.settle()
    assert len(harness.reshared()) == 1


def test_a_flag_calls_off_what_waits_for_its_turn(harness: CampaignHarness) -> None:
    careful(harness)
    harness.solidarity("union")
    harness.read()
    assert harness.state() is State.PLANNED
    assert approval.flag(harness.work, one(harness).id, "ben").out == ()
    harness.settle(hours=30)
    assert (harness.reshared(), harness.state(), one(harness).state) == ([], State.CANCELLED, SightingState.HELD)


def test_a_flag_while_the_outcome_is_unknown_takes_it_back_should_it_be_out(harness: CampaignHarness) -> None:
    careful(harness)
    harness.solidarity("union")
    harness.read()
    harness.networks["mastodon"].fail_next(FaultyAction.RESHARE, How.AMBIGUOUS_ACCEPTED)
    harness.deliver()
    approval.flag(harness.work, one(harness).id, "ben")
    harness.settle()
    assert (len(harness.reshared()), harness.state(), worded(harness.one().error)) == (1, State.CANCELLED, "taken back")


def test_what_is_out_stays_out_and_the_flag_says_how_to_undo_it(harness: CampaignHarness) -> None:
    careful(harness)
    harness.solidarity("union")
    harness.read()
    harness.settle()
    assert approval.flag(harness.work, one(harness).id, "ben").out == (harness.one().id,)
    harness.settle()
    assert (one(harness).state, harness.state(), one(harness).judgement.care) == (
        SightingState.RESHARED,
        State.SENT,
        (Reason.FLAGGED,),
    )


def test_there_is_nothing_to_flag_where_there_is_no_post(harness: CampaignHarness) -> None:
    with refused(RefusedCode.NO_SUCH_SIGHTING, "bot sightings"):
        approval.flag(harness.work, 5, "ben")


def author_turns_out(harness: CampaignHarness, **different: Any) -> None:
    """From now on our own server shows the author of every post like this."""
    harness.mastodon.author = different


@pytest.fixture
def approved(tmp_path: Path) -> CampaignHarness:
    """The union's video, approved by the rule that trusts it, and about to leave."""
    harness = careful(CampaignHarness(tmp_path))
    harness.solidarity("union")
    harness.read()
    assert one(harness).state is SightingState.APPROVED
    return harness


def test_a_post_that_turns_out_to_be_of_somebody_else_is_held(approved: CampaignHarness) -> None:
    author_turns_out(approved, handle="@someone@elsewhere.example")
    approved.settle()
    assert (approved.reshared(), one(approved).judgement.reasons) == ([], (Reason.OTHER_AUTHOR,))
    assert one(approved).post.author.handle == "@someone@elsewhere.example"


def test_a_post_whose_author_is_trusted_no_more_is_held(approved: CampaignHarness) -> None:
    approved.work = approved.worker(config(care=CAREFUL))
    approved.settle()
    assert (approved.reshared(), one(approved).judgement.reasons) == ([], (Reason.NOBODY_DECIDED,))


def test_a_post_that_turns_out_to_need_care_is_held(approved: CampaignHarness) -> None:
    author_turns_out(approved, shy=True)
    approved.settle()
    assert approved.reshared() == []
    assert one(approved).judgement.care == ("its author asks not to be found",)


def test_a_person_who_said_yes_is_not_overruled_by_a_rule(approved: CampaignHarness) -> None:
    approval.approve(approved.work, one(approved).id, "ana")
    approved.work = approved.worker(config(care=CAREFUL))
    approved.settle()
    assert len(approved.reshared()) == 1
