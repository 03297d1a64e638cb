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


def reshared(desk: CampaignHarness, who: str = "ana", account: str = "mastodon") -> str:
    uri = desk.solidarity(who, account)
    desk.approve_all()
    desk.deliver()
    return uri


def fetches(desk: CampaignHarness, account: str = "mastodon") -> Callable[[], int]:
    """How often posts were asked for since."""
    asked: list[str] = []
    platform = {"mastodon": desk.mastodon, "x": desk.x}[account]
    platform.after = asked.append
    return lambda: asked.count("fetch")


def looks(desk: CampaignHarness, every: timedelta = 5 * recheck.EVERY, **some: float) -> None:
    """Time passes, and workers look and send every five minutes, unless told."""
    end = desk.clock() + timedelta(**some)
    while desk.clock() < end:
        desk.clock.now = min(end, desk.clock() + every)
        for account in desk.work.platforms:
            recheck.recheck_reshares(desk.work, account)
        desk.deliver()


def deleted(desk: CampaignHarness, uri: str) -> None:
    desk.networks["mastodon"].delete(uri)


def made_private(desk: CampaignHarness, _uri: str) -> None:
    desk.networks["mastodon"].join(ANA, locked=True)


def edited(desk: CampaignHarness, uri: str) -> None:
    desk.networks["mastodon"].edit(uri, f"Buy my coins! #{TAG}")


def blocked(desk: CampaignHarness, _uri: str) -> None:
    desk.work = desk.worker(replace(desk.work.config, moderation=ModerationRules(blocked=(ANA,))))


FATES = {
    "deleted": (deleted, "gone", "deleted or hidden by its author"),
    "made private": (made_private, "gone", "locked"),
    "edited": (edited, "held", "edited since it was approved"),
    "blocked": (blocked, "rejected", "blocked author"),
}


@pytest.mark.parametrize("fate", FATES)
def test_what_is_not_as_it_was_is_taken_back_within_minutes_on_the_day(desk: CampaignHarness, fate: str) -> None:
    happens, state, reason = FATES[fate]
    uri = reshared(desk)
    happens(desk, uri)
    looks(desk, minutes=6)
    assert desk.state() is State.CANCELLED
    assert desk.one().undone_at is not None
    assert taken_back(desk) == (fate != "deleted"), "what is deleted takes its reshares along"
    (seen,) = desk.seen()
    assert (str(seen.state), seen.judgement.reasons) == (state, (reason,))
    (told,) = desk.told("recheck")
    assert told.alarming
    assert "ana" not in str(desk.events)
    assert "elsewhere" not in str(desk.events)


def test_a_post_that_is_as_it_was_stays_out(desk: CampaignHarness) -> None:
    reshared(desk)
    looks(desk, minutes=30)
    assert (taken_back(desk), desk.state()) == (0, State.SENT)


def test_an_opt_out_found_later_takes_everything_of_theirs_back_and_forgets_them(desk: CampaignHarness) -> None:
    reshared(desk)
    desk.networks["mastodon"].join(ANA, bio="#nobot")
    looks(desk, minutes=6)
    assert (taken_back(desk), desk.seen(), "ana" in everything_stored(desk)) == (1, [], False)


@pytest.mark.parametrize("account", ["mastodon", "x"])
def test_who_edits_the_post_to_say_stop_is_heard(desk: CampaignHarness, account: str) -> None:
    uri = desk.solidarity("ana", account)
    desk.approve_all()
    desk.deliver()
    desk.networks[account].edit(uri, f"Please don't share my video! #{TAG}")
    looks(desk, every=HOUR, days=2)
    assert taken_back(desk, account) == 1
    assert desk.seen() == []
    desk.solidarity("ana", account, "Once more")
    desk.read()
    assert desk.seen() == []


def test_edited_posts_are_reshared_again_as_they_are_once_somebody_says_so(desk: CampaignHarness) -> None:
    uri = reshared(desk)
    edited(desk, uri)
    looks(desk, minutes=6)
    approve(desk, desk.seen()[0])
    desk.settle(hours=30)
    assert (len(desk.reshared()), desk.state()) == (2, State.SENT)
    looks(desk, minutes=30)
    assert taken_back(desk) == 1


def test_who_approves_the_edit_before_it_was_taken_back_leaves_it_out(desk: CampaignHarness) -> None:
    uri = reshared(desk)
    edited(desk, uri)
    desk.clock.passes(minutes=6)
    recheck.recheck_reshares(desk.work, "mastodon")
    approve(desk, desk.seen()[0])
    looks(desk, minutes=30)
    assert (len(desk.reshared()), taken_back(desk), desk.state()) == (1, 0, State.SENT)
    assert str(desk.seen()[0].state) == "reshared"


def test_it_is_looked_at_every_few_minutes_for_a_day_and_then_daily(desk: CampaignHarness) -> None:
    reshared(desk)
    count = fetches(desk)
    looks(desk, hours=1)
    assert count() == 12
    desk.clock.passes(hours=24)
    looks(desk, minutes=10)
    before = count()
    looks(desk, HOUR, hours=20)
    assert count() == before
    desk.clock.passes(hours=5)
    looks(desk, minutes=2)
    assert count() == before + 1


@pytest.mark.long
def test_on_the_day_of_action_older_reshares_are_looked_at_as_often(desk: CampaignHarness) -> None:
    day = desk.work.config.campaign.day_of_action + timedelta(days=3)
    desk.work = desk.worker(replace(desk.work.config, campaign=replace(desk.work.config.campaign, day_of_action=day)))
    reshared(desk)
    desk.clock.passes(days=3)
    looks(desk, minutes=2)
    count = fetches(desk)
    looks(desk, hours=1)
    assert count() == 12


def test_not_knowing_takes_nothing_back_and_is_tried_again(desk: CampaignHarness) -> None:
    uri = reshared(desk)
    deleted(desk, uri)
    for _ in range(3):
        desk.mastodon.refuse("fetch", platform_error(Outcome.AMBIGUOUS))
    looks(desk, minutes=16)
    assert desk.state() is State.SENT
    assert desk.told("recheck_failed")
    looks(desk, minutes=30)
    assert desk.state() is State.CANCELLED


def test_a_restart_goes_on_where_the_looks_were(desk: CampaignHarness) -> None:
    reshared(desk)
    looks(desk, minutes=6)
    count = fetches(desk)
    desk.work = desk.worker()
    looks(desk, minutes=2)
    assert count() == 0
    looks(desk, minutes=5)
    assert count() == 1


def test_the_undo_of_a_gone_post_goes_out_while_all_sending_is_stopped(desk: CampaignHarness) -> None:
    uri = reshared(desk)
    edited(desk, uri)
    with desk.work.store.begin() as tx:
        control.stop(tx, desk.clock(), "ben")
    looks(desk, minutes=6)
    assert taken_back(desk) == 1


def test_a_reshare_whose_sighting_was_purged_is_looked_at_all_the_same(desk: CampaignHarness) -> None:
    uri = reshared(desk)
    desk.clock.passes(days=8)
    assert retention.purge_quietly(desk.work) == 1
    edited(desk, uri)
    looks(desk, minutes=3)
    assert (taken_back(desk), "elsewhere" in everything_stored(desk)) == (1, False)


def test_on_x_looking_costs_at_most_a_tenth_of_the_days_budget_evenly(file_desk: CampaignHarness) -> None:
    desk = file_desk
    desk.work = desk.worker(config(budget=3.0, recheck=RecheckRules()))
    for number in range(5):
        reshared(desk, f"ana{number}", "x")
    looks(desk, HOUR / 2, hours=15)
    with desk.work.store.read() as tx:
        (spent,) = [
            one.amount for one in control.charges_since(tx, "x", desk.clock()) if one.purpose is Purpose.RECHECK
        ]
    assert 0.2 * 3_000_000 / 10 < spent <= 3_000_000 / 10


def test_what_costs_money_that_nobody_limits_is_looked_at_daily(file_desk: CampaignHarness) -> None:
    desk = file_desk
    reshared(desk, account="x")
    count = fetches(desk, "x")
    looks(desk, HOUR / 4, hours=3)
    assert count() == 0
    desk.clock.passes(hours=22)
    looks(desk, minutes=1)
    assert count() == 1


def test_what_is_stored_and_gone_there_goes_here_within_a_day(desk: CampaignHarness) -> None:
    uris = [desk.solidarity(who) for who in ("ana", "eva", "ira")]
    desk.read()
    approve(desk, desk.seen()[1])
    desk.work = desk.worker()
    assert recheck.recheck_stored(desk.work, "mastodon") == 0
    desk.networks["mastodon"].delete(uris[0])
    desk.networks["mastodon"].delete(uris[1])
    desk.clock.passes(hours=23)
    assert recheck.recheck_stored(desk.work, "mastodon") == 0, "the next round has its time"
    desk.clock.passes(hours=1)
    assert recheck.recheck_stored(desk.work, "mastodon") == 2
    assert retention.expire(desk.work) == 2
    assert [seen.post.author.handle for seen in desk.seen()] == ["@ira@elsewhere.example"]
    desk.settle(hours=2)
    assert desk.reshared() == []


def test_a_round_goes_on_where_it_was_and_ends(desk: CampaignHarness) -> None:
    for number in range(recheck.MOST_STORED + 3):
        desk.solidarity(f"ana{number}")
    desk.read()
    count = fetches(desk)
    for _ in range(4):
        desk.work = desk.worker()
        recheck.recheck_stored(desk.work, "mastodon")
    assert count() == recheck.MOST_STORED + 3


def test_who_waits_for_a_person_is_shown_as_they_are_now(desk: CampaignHarness) -> None:
    uri = desk.solidarity()
    desk.read()
    edited(desk, uri)
    recheck.recheck_stored(desk.work, "mastodon")
    assert "coins" in desk.seen()[0].post.text


def test_after_the_campaign_nobody_is_looked_at(desk: CampaignHarness) -> None:
    reshared(desk)
    desk.solidarity("eva")
    desk.read()
    with desk.work.store.begin() as tx:
        control.end(tx, desk.clock(), "ben")
    count = fetches(desk)
    looks(desk, HOUR / 4, hours=1)
    recheck.recheck_stored(desk.work, "mastodon")
    assert count() == 0


def test_a_reshare_lost_to_a_network_fault_is_no_reason_to_stop_looking(desk: CampaignHarness) -> None:
    uri = reshared(desk)
    edited(desk, uri)
    desk.networks["mastodon"].fail_next(FaultyAction.UNDO, How.NOT_SENT)
    looks(desk, hours=1)
    assert (taken_back(desk), desk.state()) == (1, State.CANCELLED)
