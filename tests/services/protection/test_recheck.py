"""Posts that we reshared are looked at again: what was deleted, hidden or edited since is taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.campaign import ModerationRules, RecheckRules
from bot.domain.delivery import State
from bot.domain.money import Purpose
from bot.errors import Outcome
from bot.platforms.rehearsal.faults import FaultyAction, How
from bot.services.protection import recheck, retention
from bot.store import control
from tests.harness.campaign import TAG, CampaignHarness, config
from tests.harness.faulty_platform import platform_error
from tests.services.traces import approve, everything_stored, taken_back

ANA = "@ana@elsewhere.example"
HOUR = timedelta(hours=1)


def reshared(harness: CampaignHarness, who: str = "ana", account: str = "mastodon") -> str:
    uri = harness.solidarity(who, account)
    harness.approve_all()
    harness.deliver()
    return uri


def fetches(harness: CampaignHarness, account: str = "mastodon") -> Callable[[], int]:
    """How often posts were asked for since."""
    asked: list[str] = []
    platform = {"mastodon": harness.mastodon, "x": harness.x}[account]
    platform.after = asked.append
    return lambda: asked.count("fetch")


def looks(harness: CampaignHarness, every: timedelta = 5 * recheck.EVERY, **some: float) -> None:
    """Time passes, and workers look and send every five minutes, unless told."""
    end = harness.clock() + timedelta(**some)
    while harness.clock() < end:
        harness.clock.now = min(end, harness.clock() + every)
        for account in harness.work.platforms:
            recheck.recheck_reshares(harness.work, account)
        harness.deliver()


def deleted(harness: CampaignHarness, uri: str) -> None:
    harness.networks["mastodon"].delete(uri)


def made_private(harness: CampaignHarness, _uri: str) -> None:
    harness.networks["mastodon"].join(ANA, locked=True)


def edited(harness: CampaignHarness, uri: str) -> None:
    harness.networks["mastodon"].edit(uri, f"Buy my coins! #{TAG}")


def blocked(harness: CampaignHarness, _uri: str) -> None:
    harness.work = harness.worker(replace(harness.work.config, moderation=ModerationRules(blocked=(ANA,))))


FATES = {
    "deleted": (deleted, "gone", "deleted or hidden by its author"),
    "made private": (made_private, "gone", "locked"),
    "edited": (edited, "held", "edited since it was approved"),
    "blocked": (blocked, "rejected", "blocked author"),
}


@pytest.mark.parametrize("fate", FATES)
def test_what_is_not_as_it_was_is_taken_back_within_minutes_on_the_day(harness: CampaignHarness, fate: str) -> None:
    happens, state, reason = FATES[fate]
    uri = reshared(harness)
    happens(harness, uri)
    looks(harness, minutes=6)
    assert harness.state() is State.CANCELLED
    assert harness.one().undone_at is not None
    assert taken_back(harness) == (fate != "deleted"), "what is deleted takes its reshares along"
    (seen,) = harness.seen()
    assert (str(seen.state), seen.judgement.reasons) == (state, (reason,))
    (told,) = harness.told("recheck")
    assert told.alarming
    assert "ana" not in str(harness.events)
    assert "elsewhere" not in str(harness.events)


def test_a_post_that_is_as_it_was_stays_out(harness: CampaignHarness) -> None:
    reshared(harness)
    looks(harness, minutes=30)
    assert (taken_back(harness), harness.state()) == (0, State.SENT)


def test_an_opt_out_found_later_takes_everything_of_theirs_back_and_forgets_them(harness: CampaignHarness) -> None:
    reshared(harness)
    harness.networks["mastodon"].join(ANA, bio="#nobot")
    looks(harness, minutes=6)
    assert (taken_back(harness), harness.seen(), "ana" in everything_stored(harness)) == (1, [], False)


@pytest.mark.parametrize("account", ["mastodon", "x"])
def test_who_edits_the_post_to_say_stop_is_heard(harness: CampaignHarness, account: str) -> None:
    uri = harness.solidarity("ana", account)
    harness.approve_all()
    harness.deliver()
    harness.networks[account].edit(uri, f"Please don't share my video! #{TAG}")
    looks(harness, every=HOUR, days=2)
    assert taken_back(harness, account) == 1
    assert harness.seen() == []
    harness.solidarity("ana", account, "Once more")
    harness.read()
    assert harness.seen() == []


def test_edited_posts_are_reshared_again_as_they_are_once_somebody_says_so(harness: CampaignHarness) -> None:
    uri = reshared(harness)
    edited(harness, uri)
    looks(harness, minutes=6)
    approve(harness, harness.seen()[0])
    harness.settle(hours=30)
    assert (len(harness.reshared()), harness.state()) == (2, State.SENT)
    looks(harness, minutes=30)
    assert taken_back(harness) == 1


def test_who_approves_the_edit_before_it_was_taken_back_leaves_it_out(harness: CampaignHarness) -> None:
    uri = reshared(harness)
    edited(harness, uri)
    harness.clock.passes(minutes=6)
    recheck.recheck_reshares(harness.work, "mastodon")
    approve(harness, harness.seen()[0])
    looks(harness, minutes=30)
    assert (len(harness.reshared()), taken_back(harness), harness.state()) == (1, 0, State.SENT)
    assert str(harness.seen()[0].state) == "reshared"


def test_it_is_looked_at_every_few_minutes_for_a_day_and_then_daily(harness: CampaignHarness) -> None:
    reshared(harness)
    count = fetches(harness)
    looks(harness, hours=1)
    assert count() == 12
    harness.clock.passes(hours=24)
    looks(harness, minutes=10)
    before = count()
    looks(harness, HOUR, hours=20)
    assert count() == before
    harness.clock.passes(hours=5)
    looks(harness, minutes=2)
    assert count() == before + 1


@pytest.mark.long
def test_on_the_day_of_action_older_reshares_are_looked_at_as_often(harness: CampaignHarness) -> None:
    day = harness.work.config.campaign.day_of_action + timedelta(days=3)
    harness.work = harness.worker(
        replace(harness.work.config, campaign=replace(harness.work.config.campaign, day_of_action=day))
    )
    reshared(harness)
    harness.clock.passes(days=3)
    looks(harness, minutes=2)
    count = fetches(harness)
    looks(harness, hours=1)
    assert count() == 12


def test_not_knowing_takes_nothing_back_and_is_tried_again(harness: CampaignHarness) -> None:
    uri = reshared(harness)
    deleted(harness, uri)
    for _ in range(3):
        harness.mastodon.refuse("fetch", platform_error(Outcome.AMBIGUOUS))
    looks(harness, minutes=16)
    assert harness.state() is State.SENT
    assert harness.told("recheck_failed")
    looks(harness, minutes=30)
    assert harness.state() is State.CANCELLED


def test_a_restart_goes_on_where_the_looks_were(harness: CampaignHarness) -> None:
    reshared(harness)
    looks(harness, minutes=6)
    count = fetches(harness)
    harness.work = harness.worker()
    looks(harness, minutes=2)
    assert count() == 0
    looks(harness, minutes=5)
    assert count() == 1


def test_the_undo_of_a_gone_post_goes_out_while_all_sending_is_stopped(harness: CampaignHarness) -> None:
    uri = reshared(harness)
    edited(harness, uri)
    with harness.work.store.begin() as tx:
        control.stop(tx, harness.clock(), "ben")
    looks(harness, minutes=6)
    assert taken_back(harness) == 1


def test_a_reshare_whose_sighting_was_purged_is_looked_at_all_the_same(harness: CampaignHarness) -> None:
    uri = reshared(harness)
    harness.clock.passes(days=8)
    assert retention.purge_quietly(harness.work) == 1
    edited(harness, uri)
    looks(harness, minutes=3)
    assert (taken_back(harness), "elsewhere" in everything_stored(harness)) == (1, False)


def test_on_x_looking_costs_at_most_a_tenth_of_the_days_budget_evenly(file_harness: CampaignHarness) -> None:
    harness = file_harness
    harness.work = harness.worker(config(budget=3.0, recheck=RecheckRules()))
    for number in range(5):
        reshared(harness, f"ana{number}", "x")
    looks(harness, HOUR / 2, hours=15)
    with harness.work.store.read() as tx:
        (spent,) = [
            one.amount for one in control.charges_since(tx, "x", harness.clock()) if one.purpose is Purpose.RECHECK
        ]
    assert 0.2 * 3_000_000 / 10 < spent <= 3_000_000 / 10


def test_what_costs_money_that_nobody_limits_is_looked_at_daily(file_harness: CampaignHarness) -> None:
    harness = file_harness
    reshared(harness, account="x")
    count = fetches(harness, "x")
    looks(harness, HOUR / 4, hours=3)
    assert count() == 0
    harness.clock.passes(hours=22)
    looks(harness, minutes=1)
    assert count() == 1


def test_what_is_stored_and_gone_there_goes_here_within_a_day(harness: CampaignHarness) -> None:
    uris = [harness.solidarity(who) for who in ("ana", "eva", "ira")]
    harness.read()
    approve(harness, harness.seen()[1])
    harness.work = harness.worker()
    assert recheck.recheck_stored(harness.work, "mastodon") == 0
    harness.networks["mastodon"].delete(uris[0])
    harness.networks["mastodon"].delete(uris[1])
    harness.clock.passes(hours=23)
    assert recheck.recheck_stored(harness.work, "mastodon") == 0, "the next round has its time"
    harness.clock.passes(hours=1)
    assert recheck.recheck_stored(harness.work, "mastodon") == 2
    assert retention.expire(harness.work) == 2
    assert [seen.post.author.handle for seen in harness.seen()] == ["@ira@elsewhere.example"]
    harness.settle(hours=2)
    assert harness.reshared() == []


def test_a_round_goes_on_where_it_was_and_ends(harness: CampaignHarness) -> None:
    for number in range(recheck.MOST_STORED + 3):
        harness.solidarity(f"ana{number}")
    harness.read()
    count = fetches(harness)
    for _ in range(4):
        harness.work = harness.worker()
        recheck.recheck_stored(harness.work, "mastodon")
    assert count() == recheck.MOST_STORED + 3


def test_who_waits_for_a_person_is_shown_as_they_are_now(harness: CampaignHarness) -> None:
    uri = harness.solidarity()
    harness.read()
    edited(harness, uri)
    recheck.recheck_stored(harness.work, "mastodon")
    assert "coins" in harness.seen()[0].post.text


def test_after_the_campaign_nobody_is_looked_at(harness: CampaignHarness) -> None:
    reshared(harness)
    harness.solidarity("eva")
    harness.read()
    with harness.work.store.begin() as tx:
        control.end(tx, harness.clock(), "ben")
    count = fetches(harness)
    looks(harness, HOUR / 4, hours=1)
    recheck.recheck_stored(harness.work, "mastodon")
    assert count() == 0


def test_a_reshare_lost_to_a_network_fault_is_no_reason_to_stop_looking(harness: CampaignHarness) -> None:
    uri = reshared(harness)
    edited(harness, uri)
    harness.networks["mastodon"].fail_next(FaultyAction.UNDO, How.NOT_SENT)
    looks(harness, hours=1)
    assert (taken_back(harness), harness.state()) == (1, State.CANCELLED)
