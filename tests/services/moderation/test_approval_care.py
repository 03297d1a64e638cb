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
from bot.store.sightings import Approval
from tests.harness.campaign import TAG, CampaignHarness, config
from tests.harness.refusals import refused
from tests.harness.rehearsal_networks import START
from tests.harness.words import worded

CAREFUL = CareRules(followers=0, age=START - START, languages=("be", "ru"))
UNION = "@union@elsewhere.example"


def careful(desk: CampaignHarness, **more: Any) -> CampaignHarness:
    """Trusts a union, and holds be and ru for care."""
    desk.work = desk.worker(config(trusted=[UNION], care=CAREFUL, **more))
    return desk


def held(desk: CampaignHarness, language: str = "be") -> int:
    """The union's video that is held for care."""
    desk.solidarity("union", language=language)
    desk.read()
    return desk.seen()[-1].id


def one(desk: CampaignHarness) -> Sighting:
    (seen,) = desk.seen()
    return seen


def said(desk: CampaignHarness, sighting: int) -> tuple[Approval, ...]:
    with desk.work.store.read() as tx:
        return sightings.approvals_of(tx, sighting)


@pytest.mark.parametrize("language", ["ru", "be-tarask"])
def test_no_rule_approves_what_is_held_for_care(desk: CampaignHarness, language: str) -> None:
    held(careful(desk), language)
    desk.settle()
    assert (one(desk).state, desk.reshared()) == (SightingState.HELD, [])
    assert one(desk).judgement.care == one(desk).judgement.reasons != ()


def test_what_needs_no_care_goes_by_rule_and_takes_no_ticks(desk: CampaignHarness) -> None:
    careful(desk)
    desk.solidarity("union")
    desk.solidarity("ana")
    desk.read()
    approval.approve(desk.work, desk.seen()[1].id, "ana")
    desk.settle()
    assert len(desk.reshared()) == 2
    assert said(desk, desk.seen()[1].id) == ()


def test_a_yes_takes_every_tick_of_the_checklist_and_keeps_nothing_else(desk: CampaignHarness) -> None:
    sighting = held(careful(desk))
    ticks = " ".join(f"--tick {tick}" for tick in ChecklistItem)
    with refused(RefusedCode.CHECKLIST_INCOMPLETE, f"written in Belarusian(.|\n)*{ticks}"):
        approval.approve(desk.work, sighting, "ana")
    for left_out in ChecklistItem:
        with refused(RefusedCode.CHECKLIST_INCOMPLETE, f"  {left_out} ", missing=(left_out,)):
            approval.approve(desk.work, sighting, "ana", [tick for tick in ChecklistItem if tick is not left_out])
    assert (one(desk).state, said(desk, sighting), desk.all()) == (SightingState.HELD, (), [])
    approval.approve(desk.work, sighting, "ana", ChecklistItem)
    assert said(desk, sighting) == (Approval("ana", START, tuple(ChecklistItem)),)
    desk.settle()
    assert (one(desk).state, len(desk.reshared())) == (SightingState.RESHARED, 1)


def test_a_second_person_has_to_say_yes_where_it_is_asked(desk: CampaignHarness) -> None:
    sighting = held(careful(desk, two_people=True))
    after = approval.approve(desk.work, sighting, "ana", ChecklistItem)
    assert (after.state, after.judgement.reasons[0]) == (SightingState.HELD, Reason.SECOND)
    with refused(RefusedCode.SECOND_PERSON_NEEDED, "Somebody else", by="ana"):
        approval.approve(desk.work, sighting, "ana", ChecklistItem)
    with refused(RefusedCode.CHECKLIST_INCOMPLETE, "held for care"):
        approval.approve(desk.work, sighting, "ben")
    desk.settle()
    assert desk.reshared() == []
    after = approval.approve(desk.work, sighting, "ben", ChecklistItem)
    assert (after.state, after.decided_by) == (SightingState.APPROVED, "ben")
    assert Reason.SECOND not in after.judgement.reasons
    desk.settle()
    assert len(desk.reshared()) == 1
    assert [yes.by for yes in said(desk, sighting)] == ["ana", "ben"]


def test_two_people_are_not_asked_of_what_needs_no_care(desk: CampaignHarness) -> None:
    careful(desk, two_people=True)
    desk.solidarity("ana")
    desk.read()
    assert approval.approve(desk.work, one(desk).id, "ana").state is SightingState.APPROVED


@pytest.mark.parametrize("happens", ["flagged", "rejected"])
def test_a_first_yes_is_gone_after_somebody_else_had_a_doubt(desk: CampaignHarness, happens: str) -> None:
    sighting = held(careful(desk, two_people=True))
    approval.approve(desk.work, sighting, "ana", ChecklistItem)
    doubt = approval.flag if happens == "flagged" else approval.reject
    doubt(desk.work, sighting, "eva")
    assert approval.approve(desk.work, sighting, "ben", ChecklistItem).state is SightingState.HELD
    assert approval.approve(desk.work, sighting, "ana", ChecklistItem).state is SightingState.APPROVED


def test_an_edit_takes_every_yes_back(desk: CampaignHarness) -> None:
    sighting = held(careful(desk))
    approval.approve(desk.work, sighting, "ana", ChecklistItem)
    desk.networks["mastodon"].edit(one(desk).post.uri, f"My boss must not see this. #{TAG}")
    desk.settle()
    assert (one(desk).state, one(desk).judgement.reasons) == (SightingState.HELD, (Reason.EDITED,))
    assert (desk.reshared(), said(desk, sighting)) == ([], ())
    with refused(RefusedCode.CHECKLIST_INCOMPLETE, "--tick faces"):
        approval.approve(desk.work, sighting, "ana")


def test_yeses_to_what_it_was_before_do_not_count_once_it_is_held_again(desk: CampaignHarness) -> None:
    sighting = held(careful(desk, two_people=True))
    approval.approve(desk.work, sighting, "ana", ChecklistItem)
    approval.approve(desk.work, sighting, "ben", ChecklistItem)
    again = Judgement(Verdict.HOLD, (Reason.EDITED,))
    with desk.work.store.begin() as tx:
        sightings.decide(tx, sighting, [SightingState.APPROVED], SightingState.HELD, again, START)
    assert approval.approve(desk.work, sighting, "eva", ChecklistItem).state is SightingState.HELD
    assert [yes.by for yes in said(desk, sighting)] == ["eva"]


def test_retrying_a_reshare_does_not_go_round_the_checklist(desk: CampaignHarness) -> None:
    sighting = held(careful(desk))
    approval.approve(desk.work, sighting, "ana", ChecklistItem)
    desk.settle()
    undo.undo(desk.work, desk.one().id, "ana")
    with refused(RefusedCode.CHECKLIST_INCOMPLETE, f"bot approve {sighting} --tick faces"):
        decisions.retry(desk.work, desk.one().id, "ben")
    assert desk.state() is State.CANCELLED


def test_a_moderator_can_have_any_post_held_for_care(desk: CampaignHarness) -> None:
    desk.solidarity("ana")
    desk.read()
    approval.flag(desk.work, one(desk).id, "ben")
    assert (one(desk).judgement.care, one(desk).judgement.reasons) == ((Reason.FLAGGED,), (Reason.FLAGGED,))
    with refused(RefusedCode.CHECKLIST_INCOMPLETE, "flagged by a moderator"):
        approval.approve(desk.work, one(desk).id, "ana")
    approval.approve(desk.work, one(desk).id, "ana", ChecklistItem)
    desk.settle()
    assert len(desk.reshared()) == 1


def test_a_flag_calls_off_what_waits_for_its_turn(desk: CampaignHarness) -> None:
    careful(desk)
    desk.solidarity("union")
    desk.read()
    assert desk.state() is State.PLANNED
    assert approval.flag(desk.work, one(desk).id, "ben").out == ()
    desk.settle(hours=30)
    assert (desk.reshared(), desk.state(), one(desk).state) == ([], State.CANCELLED, SightingState.HELD)


def test_a_flag_while_the_outcome_is_unknown_takes_it_back_should_it_be_out(desk: CampaignHarness) -> None:
    careful(desk)
    desk.solidarity("union")
    desk.read()
    desk.networks["mastodon"].fail_next(FaultyAction.RESHARE, How.AMBIGUOUS_ACCEPTED)
    desk.deliver()
    approval.flag(desk.work, one(desk).id, "ben")
    desk.settle()
    assert (len(desk.reshared()), desk.state(), worded(desk.one().error)) == (1, State.CANCELLED, "taken back")


def test_what_is_out_stays_out_and_the_flag_says_how_to_undo_it(desk: CampaignHarness) -> None:
    careful(desk)
    desk.solidarity("union")
    desk.read()
    desk.settle()
    assert approval.flag(desk.work, one(desk).id, "ben").out == (desk.one().id,)
    desk.settle()
    assert (one(desk).state, desk.state(), one(desk).judgement.care) == (
        SightingState.RESHARED,
        State.SENT,
        (Reason.FLAGGED,),
    )


def test_there_is_nothing_to_flag_where_there_is_no_post(desk: CampaignHarness) -> None:
    with refused(RefusedCode.NO_SUCH_SIGHTING, "bot sightings"):
        approval.flag(desk.work, 5, "ben")


def author_turns_out(desk: CampaignHarness, **different: Any) -> None:
    """From now on our own server shows the author of every post like this."""
    desk.mastodon.author = different


@pytest.fixture
def approved(tmp_path: Path) -> CampaignHarness:
    """The union's video, approved by the rule that trusts it, and about to leave."""
    desk = careful(CampaignHarness(tmp_path))
    desk.solidarity("union")
    desk.read()
    assert one(desk).state is SightingState.APPROVED
    return desk


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
