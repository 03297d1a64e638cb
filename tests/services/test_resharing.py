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
from tests.harness.table import each_of

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def times(harness: CampaignHarness) -> list[datetime]:
    return [one.at for one in harness.networks["mastodon"].ledger if isinstance(one, Reshared)]


def only_sighting(harness: CampaignHarness) -> tuple[str, tuple[str, ...]]:
    (seen,) = harness.seen()
    return str(seen.state), seen.judgement.reasons


def test_an_approved_post_is_reshared_once_on_its_own_platform(harness: CampaignHarness) -> None:
    harness.approved()
    harness.approved("eva", "x")
    harness.settle(hours=30)
    assert (len(harness.reshared()), len(harness.reshared("x"))) == (1, 1)
    assert [str(seen.state) for seen in harness.seen()] == ["reshared", "reshared"]


def gone(harness: CampaignHarness, uri: str) -> None:
    harness.networks["mastodon"].delete(uri)


def edited(harness: CampaignHarness, uri: str) -> None:
    harness.networks["mastodon"].edit(uri, f"Buy my coins! #{TAG}")


def opted_out(harness: CampaignHarness, _: str) -> None:
    harness.networks["mastodon"].join("@ana@elsewhere.example", bio="#noboost")


def locked(harness: CampaignHarness, _: str) -> None:
    harness.networks["mastodon"].join("@ana@elsewhere.example", locked=True)


def by_hand(harness: CampaignHarness, uri: str) -> None:
    harness.networks["mastodon"].reshare(harness.mastodon.handle, uri)


SINCE: dict[str, tuple[Callable[[CampaignHarness, str], None], str, str, int]] = {
    "gone": (gone, "gone", "deleted or hidden by its author", 0),
    "edited": (edited, "held", "edited since it was approved", 0),
    "opted out": (opted_out, "rejected", "opted out in the bio", 0),
    "locked": (locked, "rejected", "locked", 0),
    "by hand": (by_hand, "reshared", "already reshared by us", 1),
}


@pytest.mark.parametrize("what", SINCE)
def test_a_post_is_fetched_again_right_before_and_what_changed_since_means_no(
    harness: CampaignHarness, what: str
) -> None:
    happens, state, reason, reshares = SINCE[what]
    happens(harness, harness.approved())
    harness.settle(hours=30)
    assert only_sighting(harness) == (state, (reason,))
    assert (len(harness.reshared()), harness.state()) == (reshares, State.CANCELLED)
    assert harness.mastodon.requests["reshare"] == 0


def test_an_edited_post_is_shown_as_it_is_now_and_can_be_approved_again(harness: CampaignHarness) -> None:
    uri = harness.approved()
    harness.networks["mastodon"].edit(uri, f"Better words. #{TAG}")
    harness.settle()
    assert harness.seen()[0].post.text == f"Better words. #{TAG}"
    approval.approve(harness.work, harness.seen()[0].id, "ana")
    harness.settle()
    assert (len(harness.reshared()), only_sighting(harness)[0]) == (1, "reshared")


def test_a_post_that_is_edited_once_more_needs_one_more_yes(harness: CampaignHarness) -> None:
    uri = harness.approved()
    for n in range(3):
        harness.networks["mastodon"].edit(uri, f"Version {n}. #{TAG}")
        harness.settle()
        assert (harness.reshared(), only_sighting(harness)[0]) == ([], "held")
        approval.approve(harness.work, harness.seen()[0].id, "ana")
    harness.settle()
    assert len(harness.reshared()) == 1


def test_a_fetch_that_fails_puts_it_off_and_the_others_go_first(harness: CampaignHarness) -> None:
    harness.approved("ana")
    harness.approved("eva")
    harness.networks["mastodon"].fail_next(FaultyAction.FETCH, How.NOT_SENT)
    harness.deliver()
    harness.deliver()
    assert len(harness.reshared()) == 1
    harness.settle()
    assert len(harness.reshared()) == 2


def test_a_post_that_is_due_does_not_wait_behind_reshares_that_fail_slowly(harness: CampaignHarness) -> None:
    for n in range(20):
        harness.solidarity(f"u{n}")
    harness.approve_all()
    harness.plan(draft(due=MINUTE))
    harness.mastodon.before = lambda what: what == "fetch" and wait_in_vain(harness)
    for _ in range(10):
        harness.deliver("mastodon")
    assert harness.accepted()[0].at - (START + MINUTE) < timedelta(seconds=40)


def wait_in_vain(harness: CampaignHarness) -> bool:
    harness.clock.passes(seconds=35)
    return harness.mastodon.refuse("fetch", platform_error(Outcome.NOT_SENT))


def test_a_post_that_is_due_does_not_wait_behind_reshares_that_are_slow(harness: CampaignHarness) -> None:
    for n in range(6):
        harness.solidarity(f"u{n}")
    harness.approve_all()
    harness.plan(draft(due=MINUTE))
    harness.mastodon.before = lambda _: harness.clock.passes(seconds=25)
    for _ in range(5):
        harness.deliver("mastodon")
    assert harness.accepted()[0].at - (START + MINUTE) < timedelta(seconds=80)


def test_a_fetch_whose_answer_was_lost_is_made_again(harness: CampaignHarness) -> None:
    harness.approved()
    harness.networks["mastodon"].fail_next(FaultyAction.FETCH, How.AMBIGUOUS_ACCEPTED)
    harness.settle()
    assert len(harness.reshared()) == 1


def test_a_reshare_that_was_not_sent_is_tried_again_and_a_no_is_final(harness: CampaignHarness) -> None:
    harness.approved("ana")
    harness.networks["mastodon"].fail_next(FaultyAction.RESHARE, How.NOT_SENT)
    harness.settle()
    assert len(harness.reshared()) == 1
    harness.approved("eva")
    harness.networks["mastodon"].fail_next(FaultyAction.RESHARE, How.REJECTED)
    harness.settle()
    assert harness.states() == [State.SENT, State.REJECTED]
    decisions.retry(harness.work, harness.all()[1].id, "ana")
    harness.settle()
    assert len(harness.reshared()) == 2


def test_a_reshare_that_may_be_tried_at_once_is_not_tried_in_a_loop(harness: CampaignHarness) -> None:
    harness.approved()
    harness.mastodon.errors["reshare"].extend(platform_error(Outcome.NOT_SENT, retry_at=START - HOUR) for _ in range(5))
    harness.deliver()
    assert harness.mastodon.requests["reshare"] == 1


def test_reshares_keep_their_gap_caps_and_quiet_hours(tmp_path: Path) -> None:
    quiet = QuietHours(time(22), time(7))  # in Berlin, two hours ahead of UTC
    harness = CampaignHarness(tmp_path, pace=PaceRules(timedelta(minutes=10), 3, 5, quiet))
    for n in range(14):
        harness.solidarity(f"u{n}")
    harness.approve_all()
    harness.settle(hours=80)
    out = times(harness)
    assert len(out) == 14
    for index, at in enumerate(out):
        assert sum(HOUR > at - other >= timedelta() for other in out[: index + 1]) <= 3
        assert sum(timedelta(days=1) > at - other >= timedelta() for other in out[: index + 1]) <= 5
        assert index == 0 or at - out[index - 1] >= 10 * MINUTE
        assert 5 <= at.hour < 20


def test_the_same_author_waits_a_day_and_others_go_meanwhile(harness: CampaignHarness) -> None:
    for words in ("We march at noon", "Prison gates, evening", "Letters from the strike"):
        harness.solidarity("ana", text=f"{words}. #{TAG}")
    for n in range(3):
        harness.solidarity(f"u{n}")
    harness.approve_all()
    harness.settle(hours=1)
    assert len(harness.reshared()) == 4
    harness.settle(hours=24)
    assert len(harness.reshared()) == 5
    harness.settle(hours=24)
    assert len(harness.reshared()) == 6


def test_turns_are_fair_across_languages_rather_than_first_come(tmp_path: Path) -> None:
    harness = CampaignHarness(tmp_path, pace=PaceRules(min_gap=timedelta(minutes=10)))
    for n in range(6):
        harness.solidarity(f"de{n}", language="de")
    harness.solidarity("be", language="be")
    harness.solidarity("fr", language="fr")
    harness.approve_all()
    harness.settle(minutes=25)
    posts = {one.post_id: one for one in harness.networks["mastodon"].ledger if isinstance(one, Posted)}
    assert {posts[one].language for one in harness.reshared()} == {"de", "be", "fr"}


def test_each_waiting_reshare_shows_its_turn(tmp_path: Path) -> None:
    harness = CampaignHarness(tmp_path, pace=PaceRules(min_gap=timedelta(minutes=10)))
    for n in range(4):
        harness.solidarity(f"u{n}")
    harness.approve_all()
    harness.deliver()
    waiting = sorted(one.due_at for one in harness.all() if one.state is State.PLANNED)
    assert waiting == [START + 10 * MINUTE, START + 20 * MINUTE, START + 30 * MINUTE]


def test_what_was_taken_back_counts_for_the_pace(tmp_path: Path) -> None:
    harness = CampaignHarness(tmp_path, pace=PaceRules(min_gap=timedelta(minutes=10)))
    for n in range(2):
        harness.solidarity(f"u{n}")
    harness.approve_all()
    harness.deliver()
    (sent,) = [one for one in harness.all() if one.state is State.SENT]
    undo.undo(harness.work, sent.id, "ana")
    harness.settle()
    first, second = times(harness)
    assert second - first >= 10 * MINUTE


@each_of("hours", [-24, -1, 1, 24])
def test_a_clock_that_jumps_breaks_no_gap(tmp_path: Path, hours: int) -> None:
    harness = CampaignHarness(tmp_path, pace=PaceRules(min_gap=timedelta(minutes=10)))
    for n in range(3):
        harness.solidarity(f"u{n}")
    harness.approve_all()
    harness.deliver()
    harness.clock.passes(hours=hours)
    harness.settle(hours=30)
    assert len(harness.reshared()) == 3
    out = sorted(times(harness))
    assert all(later - earlier >= 10 * MINUTE for earlier, later in pairwise(out))


def test_reshares_wait_behind_nothing_of_our_own_posts(harness: CampaignHarness) -> None:
    harness.approved()
    harness.plan(draft())
    harness.networks["mastodon"].fail_next(FaultyAction.PUBLISH, How.AMBIGUOUS_ACCEPTED)
    harness.deliver()
    assert len(harness.reshared()) == 1


def test_a_held_reshare_waits_until_it_is_released(harness: CampaignHarness) -> None:
    harness.approved()
    made = harness.one().id
    decisions.hold(harness.work, made, "ana")
    harness.settle(hours=30)
    assert harness.reshared() == []
    decisions.release(harness.work, made, "ana")
    harness.settle()
    assert len(harness.reshared()) == 1


def test_a_closed_account_fetches_nothing(harness: CampaignHarness) -> None:
    harness.approved()
    harness.networks["mastodon"].fail_next(FaultyAction.FETCH, How.CLOSED)
    harness.settle()
    assert (harness.mastodon.requests["fetch"], harness.reshared(), harness.state()) == (1, [], State.PLANNED)


def test_a_reshare_says_nothing_of_who_is_reshared_once_its_author_is_forgotten(harness: CampaignHarness) -> None:
    harness.approved()
    harness.deliver()
    forget.forget(harness.work, "@ana@elsewhere.example", "ben")
    one = harness.one()
    assert "elsewhere.example" not in f"{one}"
