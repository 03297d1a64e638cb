"""One text from many accounts pauses automatic approval, until a person switches it on again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.cli.words.events import event_text
from bot.domain.campaign import USUAL_RULES, AlarmRules, Rule, Then, When
from bot.domain.delivery import State
from bot.domain.moderation import Reason
from bot.domain.sighting import Sighting, SightingState
from bot.services.moderation import approval
from bot.store.control import AutomaticApproval
from tests.harness.campaign import TAG, CampaignHarness, config
from tests.harness.rehearsal_networks import START
from tests.harness.words import worded

UNION = "@union@elsewhere.example"
SPAM = f"Vote for the other side now, they will win this in any case! #{TAG}"


@pytest.fixture
def watched(harness: CampaignHarness) -> CampaignHarness:
    """Trusts a union; five accounts with one text within an hour are an alarm."""
    harness.work = harness.worker(config(trusted=[UNION], alarm=AlarmRules(5, timedelta(hours=1))))
    return harness


def flood(harness: CampaignHarness, accounts: int, text: str = SPAM, first: int = 0) -> None:
    for n in range(first, first + accounts):
        harness.solidarity(f"bot{n}", text=text)
    harness.read()


def by_union(harness: CampaignHarness, text: str = "") -> Sighting:
    uri = harness.solidarity("union", text=text)
    harness.read()
    return next(seen for seen in harness.seen() if seen.post.uri == uri)


def standing(harness: CampaignHarness) -> AutomaticApproval:
    return approval.automatic_status(harness.work)


def test_four_accounts_are_no_alarm_and_five_are(watched: CampaignHarness) -> None:
    flood(watched, 4)
    assert (standing(watched), watched.told("hijack")) == (AutomaticApproval(), [])
    flood(watched, 1, first=4)
    why = "one text from 5 accounts within 1 hour"
    paused = standing(watched)
    assert (paused.is_on, paused.since, worded(paused.why)) == (False, START, why)
    (told,) = watched.told("hijack")
    assert told.alarming
    assert event_text(told).startswith(
        f"{why} looks like somebody taking over the hashtag: automatic approval is paused."
    )
    assert "bot automatic on" in event_text(told)


def test_the_alarm_is_raised_once_and_in_one_page_too(watched: CampaignHarness) -> None:
    flood(watched, 6)
    flood(watched, 6, first=6)
    assert len(watched.told("hijack")) == 1


def test_one_account_that_repeats_itself_and_words_of_ones_own_are_no_alarm(watched: CampaignHarness) -> None:
    for n in range(6):
        watched.solidarity("bot", text=SPAM)
        watched.solidarity(
            f"ana{n}", text=f"Number {n * 7919}: my own words of {n * 31} from the {n * 17}th shop #{TAG}"
        )
    watched.read()
    assert standing(watched).is_on


def test_what_only_a_rule_approved_is_held_and_what_a_person_approved_goes_out(watched: CampaignHarness) -> None:
    watched.solidarity("ana")
    watched.read()
    person = watched.seen()[0]
    approval.approve(watched.work, person.id, "ben")
    by_rule = by_union(watched)
    assert by_rule.state is SightingState.APPROVED
    flood(watched, 5)
    watched.settle(hours=30)
    after = {seen.id: seen for seen in watched.seen()}
    assert after[person.id].state is SightingState.RESHARED
    assert (after[by_rule.id].state, after[by_rule.id].judgement.reasons) == (SightingState.HELD, (Reason.PAUSED,))
    assert [one.state for one in watched.all()] == [State.SENT, State.CANCELLED]
    approval.approve(watched.work, by_rule.id, "ben")
    watched.settle()
    assert len(watched.reshared()) == 2


def test_what_a_rule_approves_in_the_very_page_of_the_alarm_is_held(tmp_path: Path) -> None:
    rules = tuple(rule for rule in USUAL_RULES if rule.when is not When.SAME_TEXT)
    harness = CampaignHarness(tmp_path, trusted=[UNION], rules=rules)
    harness.solidarity("union", text=SPAM)
    flood(harness, 5)
    assert {seen.state for seen in harness.seen()} == {SightingState.HELD}
    assert harness.all() == []


def test_while_it_is_paused_trust_alone_is_not_enough_until_a_person_switches_it_on(watched: CampaignHarness) -> None:
    flood(watched, 5)
    assert by_union(watched).judgement.reasons == (Reason.PAUSED,)
    approval.switch(watched.work, "ana", on=True)
    assert by_union(watched).state is SightingState.APPROVED
    assert standing(watched).by == "ana"


def test_whoever_switched_it_on_is_left_in_peace_until_as_much_comes_anew(watched: CampaignHarness) -> None:
    flood(watched, 5)
    approval.switch(watched.work, "ana", on=True)
    flood(watched, 1, first=5)
    assert standing(watched).is_on
    watched.clock.passes(hours=2)
    flood(watched, 5, first=6)
    assert not standing(watched).is_on
    assert len(watched.told("hijack")) == 2


def test_a_person_can_pause_it_too(watched: CampaignHarness) -> None:
    by_union(watched)
    approval.switch(watched.work, "ana", on=False)
    watched.settle(hours=30)
    assert (watched.reshared(), watched.state()) == ([], State.CANCELLED)
    assert worded(standing(watched).why) == "switched off by ana"


def test_a_reshare_that_was_fetched_just_before_the_alarm_does_not_leave(watched: CampaignHarness) -> None:
    by_union(watched)
    watched.mastodon.after = lambda what: what == "fetch" and approval.switch(watched.worker(), "ana", on=False)
    watched.deliver()
    assert (watched.reshared(), watched.seen()[0].state) == ([], SightingState.HELD)


def test_a_rule_of_ones_own_may_reject_the_copies(tmp_path: Path) -> None:
    rules = (Rule(When.SAME_TEXT, Then.REJECT, most=1), Rule(When.TRUSTED, Then.APPROVE))
    harness = CampaignHarness(tmp_path, rules=rules)
    for n in range(4):
        flood(harness, 1, first=n)
    states = [str(seen.state) for seen in harness.seen()]
    assert states == ["held", "held", "rejected", "rejected"]
