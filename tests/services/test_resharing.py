"""Approved sightings take their turn: by pace, fairly, and only as they are at that very moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from bot.domain.campaign import PaceRules, QuietHours
from bot.domain.delivery import State
from bot.errors import Outcome
from bot.platforms.rehearsal.faults import FaultyAction, How
from bot.platforms.rehearsal.state import Posted, Reshared
from bot.services import decisions
from bot.services.moderation import approval
from bot.services.protection import forget
from bot.services.sending import undo
from tests.harness.campaign import TAG, CampaignHarness, draft
from tests.harness.faulty_platform import platform_error
from tests.harness.rehearsal_networks import START

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def times(desk: CampaignHarness) -> list[datetime]:
    return [one.at for one in desk.networks["mastodon"].ledger if isinstance(one, Reshared)]


def only_sighting(desk: CampaignHarness) -> tuple[str, tuple[str, ...]]:
    (seen,) = desk.seen()
    return str(seen.state), seen.judgement.reasons


def test_an_approved_post_is_reshared_once_on_its_own_platform(desk: CampaignHarness) -> None:
    desk.approved()
    desk.approved("eva", "x")
    desk.settle(hours=30)
    assert (len(desk.reshared()), len(desk.reshared("x"))) == (1, 1)
    assert [str(seen.state) for seen in desk.seen()] == ["reshared", "reshared"]


def gone(desk: CampaignHarness, uri: str) -> None:
    desk.networks["mastodon"].delete(uri)


def edited(desk: CampaignHarness, uri: str) -> None:
    desk.networks["mastodon"].edit(uri, f"Buy my coins! #{TAG}")


def opted_out(desk: CampaignHarness, _: str) -> None:
    desk.networks["mastodon"].join("@ana@elsewhere.example", bio="#noboost")


def locked(desk: CampaignHarness, _: str) -> None:
    desk.networks["mastodon"].join("@ana@elsewhere.example", locked=True)


def by_hand(desk: CampaignHarness, uri: str) -> None:
    desk.networks["mastodon"].reshare(desk.mastodon.handle, uri)


SINCE: dict[str, tuple[Callable[[CampaignHarness, str], None], str, str, int]] = {
    "gone": (gone, "gone", "deleted or hidden by its author", 0),
    "edited": (edited, "held", "edited since it was approved", 0),
    "opted out": (opted_out, "rejected", "opted out in the bio", 0),
    "locked": (locked, "rejected", "locked", 0),
    "by hand": (by_hand, "reshared", "already reshared by us", 1),
}


@pytest.mark.parametrize("what", SINCE)
def test_a_post_is_fetched_again_right_before_and_what_changed_since_means_no(desk: CampaignHarness, what: str) -> None:
    happens, state, reason, reshares = SINCE[what]
    happens(desk, desk.approved())
    desk.settle(hours=30)
    assert only_sighting(desk) == (state, (reason,))
    assert (len(desk.reshared()), desk.state()) == (reshares, State.CANCELLED)
    assert desk.mastodon.requests["reshare"] == 0


def test_an_edited_post_is_shown_as_it_is_now_and_can_be_approved_again(desk: CampaignHarness) -> None:
    uri = desk.approved()
    desk.networks["mastodon"].edit(uri, f"Better words. #{TAG}")
    desk.settle()
    assert desk.seen()[0].post.text == f"Better words. #{TAG}"
    approval.approve(desk.work, desk.seen()[0].id, "ana")
    desk.settle()
    assert (len(desk.reshared()), only_sighting(desk)[0]) == (1, "reshared")


def test_a_post_that_is_edited_once_more_needs_one_more_yes(desk: CampaignHarness) -> None:
    uri = desk.approved()
    for n in range(3):
        desk.networks["mastodon"].edit(uri, f"Version {n}. #{TAG}")
        desk.settle()
        assert (desk.reshared(), only_sighting(desk)[0]) == ([], "held")
        approval.approve(desk.work, desk.seen()[0].id, "ana")
    desk.settle()
    assert len(desk.reshared()) == 1


def test_a_fetch_that_fails_puts_it_off_and_the_others_go_first(desk: CampaignHarness) -> None:
    desk.approved("ana")
    desk.approved("eva")
    desk.networks["mastodon"].fail_next(FaultyAction.FETCH, How.NOT_SENT)
    desk.deliver()
    desk.deliver()
    assert len(desk.reshared()) == 1
    desk.settle()
    assert len(desk.reshared()) == 2


def test_a_post_that_is_due_does_not_wait_behind_reshares_that_fail_slowly(desk: CampaignHarness) -> None:
    for n in range(20):
        desk.solidarity(f"u{n}")
    desk.approve_all()
    desk.plan(draft(due=MINUTE))
    desk.mastodon.before = lambda what: what == "fetch" and wait_in_vain(desk)
    for _ in range(10):
        desk.deliver("mastodon")
    assert desk.accepted()[0].at - (START + MINUTE) < timedelta(seconds=40)


def wait_in_vain(desk: CampaignHarness) -> bool:
    desk.clock.passes(seconds=35)
    return desk.mastodon.refuse("fetch", platform_error(Outcome.NOT_SENT))


def test_a_post_that_is_due_does_not_wait_behind_reshares_that_are_slow(desk: CampaignHarness) -> None:
    for n in range(6):
        desk.solidarity(f"u{n}")
    desk.approve_all()
    desk.plan(draft(due=MINUTE))
    desk.mastodon.before = lambda _: desk.clock.passes(seconds=25)
    for _ in range(5):
        desk.deliver("mastodon")
    assert desk.accepted()[0].at - (START + MINUTE) < timedelta(seconds=80)


def test_a_fetch_whose_answer_was_lost_is_made_again(desk: CampaignHarness) -> None:
    desk.approved()
    desk.networks["mastodon"].fail_next(FaultyAction.FETCH, How.AMBIGUOUS_ACCEPTED)
    desk.settle()
    assert len(desk.reshared()) == 1


def test_a_reshare_that_was_not_sent_is_tried_again_and_a_no_is_final(desk: CampaignHarness) -> None:
    desk.approved("ana")
    desk.networks["mastodon"].fail_next(FaultyAction.RESHARE, How.NOT_SENT)
    desk.settle()
    assert len(desk.reshared()) == 1
    desk.approved("eva")
    desk.networks["mastodon"].fail_next(FaultyAction.RESHARE, How.REJECTED)
    desk.settle()
    assert desk.states() == [State.SENT, State.REJECTED]
    decisions.retry(desk.work, desk.all()[1].id, "ana")
    desk.settle()
    assert len(desk.reshared()) == 2


def test_a_reshare_that_may_be_tried_at_once_is_not_tried_in_a_loop(desk: CampaignHarness) -> None:
    desk.approved()
    desk.mastodon.errors["reshare"].extend(platform_error(Outcome.NOT_SENT, retry_at=START - HOUR) for _ in range(5))
    desk.deliver()
    assert desk.mastodon.requests["reshare"] == 1


def test_reshares_keep_their_gap_caps_and_quiet_hours(tmp_path: Path) -> None:
    quiet = QuietHours(time(22), time(7))  # in Berlin, two hours ahead of UTC
    desk = CampaignHarness(tmp_path, pace=PaceRules(timedelta(minutes=10), 3, 5, quiet))
    for n in range(14):
        desk.solidarity(f"u{n}")
    desk.approve_all()
    desk.settle(hours=80)
    out = times(desk)
    assert len(out) == 14
    for index, at in enumerate(out):
        assert sum(HOUR > at - other >= timedelta() for other in out[: index + 1]) <= 3
        assert sum(timedelta(days=1) > at - other >= timedelta() for other in out[: index + 1]) <= 5
        assert index == 0 or at - out[index - 1] >= 10 * MINUTE
        assert 5 <= at.hour < 20


def test_the_same_author_waits_a_day_and_others_go_meanwhile(desk: CampaignHarness) -> None:
    for words in ("We march at noon", "Prison gates, evening", "Letters from the strike"):
        desk.solidarity("ana", text=f"{words}. #{TAG}")
    for n in range(3):
        desk.solidarity(f"u{n}")
    desk.approve_all()
    desk.settle(hours=1)
    assert len(desk.reshared()) == 4
    desk.settle(hours=24)
    assert len(desk.reshared()) == 5
    desk.settle(hours=24)
    assert len(desk.reshared()) == 6


def test_turns_are_fair_across_languages_rather_than_first_come(tmp_path: Path) -> None:
    desk = CampaignHarness(tmp_path, pace=PaceRules(min_gap=timedelta(minutes=10)))
    for n in range(6):
        desk.solidarity(f"de{n}", language="de")
    desk.solidarity("be", language="be")
    desk.solidarity("fr", language="fr")
    desk.approve_all()
    desk.settle(minutes=25)
    posts = {one.post_id: one for one in desk.networks["mastodon"].ledger if isinstance(one, Posted)}
    assert {posts[one].language for one in desk.reshared()} == {"de", "be", "fr"}


def test_each_waiting_reshare_shows_its_turn(tmp_path: Path) -> None:
    desk = CampaignHarness(tmp_path, pace=PaceRules(min_gap=timedelta(minutes=10)))
    for n in range(4):
        desk.solidarity(f"u{n}")
    desk.approve_all()
    desk.deliver()
    waiting = sorted(one.due_at for one in desk.all() if one.state is State.PLANNED)
    assert waiting == [START + 10 * MINUTE, START + 20 * MINUTE, START + 30 * MINUTE]


def test_what_was_taken_back_counts_for_the_pace(tmp_path: Path) -> None:
    desk = CampaignHarness(tmp_path, pace=PaceRules(min_gap=timedelta(minutes=10)))
    for n in range(2):
        desk.solidarity(f"u{n}")
    desk.approve_all()
    desk.deliver()
    (sent,) = [one for one in desk.all() if one.state is State.SENT]
    undo.undo(desk.work, sent.id, "ana")
    desk.settle()
    first, second = times(desk)
    assert second - first >= 10 * MINUTE


@pytest.mark.parametrize("hours", [-24, -1, 1, 24])
def test_a_clock_that_jumps_breaks_no_gap(tmp_path: Path, hours: int) -> None:
    desk = CampaignHarness(tmp_path, pace=PaceRules(min_gap=timedelta(minutes=10)))
    for n in range(3):
        desk.solidarity(f"u{n}")
    desk.approve_all()
    desk.deliver()
    desk.clock.passes(hours=hours)
    desk.settle(hours=30)
    assert len(desk.reshared()) == 3
    out = sorted(times(desk))
    assert all(later - earlier >= 10 * MINUTE for earlier, later in pairwise(out))


def test_reshares_wait_behind_nothing_of_our_own_posts(desk: CampaignHarness) -> None:
    desk.approved()
    desk.plan(draft())
    desk.networks["mastodon"].fail_next(FaultyAction.PUBLISH, How.AMBIGUOUS_ACCEPTED)
    desk.deliver()
    assert len(desk.reshared()) == 1


def test_a_held_reshare_waits_until_it_is_released(desk: CampaignHarness) -> None:
    desk.approved()
    made = desk.one().id
    decisions.hold(desk.work, made, "ana")
    desk.settle(hours=30)
    assert desk.reshared() == []
    decisions.release(desk.work, made, "ana")
    desk.settle()
    assert len(desk.reshared()) == 1


def test_a_closed_account_fetches_nothing(desk: CampaignHarness) -> None:
    desk.approved()
    desk.networks["mastodon"].fail_next(FaultyAction.FETCH, How.CLOSED)
    desk.settle()
    assert (desk.mastodon.requests["fetch"], desk.reshared(), desk.state()) == (1, [], State.PLANNED)


def test_a_reshare_says_nothing_of_who_is_reshared_once_its_author_is_forgotten(desk: CampaignHarness) -> None:
    desk.approved()
    desk.deliver()
    forget.forget(desk.work, "@ana@elsewhere.example", "ben")
    one = desk.one()
    assert "elsewhere.example" not in f"{one}"
