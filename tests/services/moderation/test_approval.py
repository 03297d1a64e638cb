"""Nobody's post is reshared without a yes, and some not even then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.delivery import State
from bot.domain.message import Visibility
from bot.domain.moderation import Reason
from bot.domain.post import Cursor, MediaKind, Page
from bot.domain.source_name import SourceKind
from bot.errors import RefusedCode
from bot.platforms.rehearsal.faults import FaultyAction, How
from bot.services import decisions
from bot.services.moderation import approval
from bot.services.protection import retention
from bot.services.watching import poll
from bot.services.watching.poll import SourcePoll
from tests.harness.campaign import TAG, CampaignHarness, config
from tests.harness.refusals import refused
from tests.harness.words import worded


def only(desk: CampaignHarness) -> tuple[str, tuple[str, ...]]:
    (seen,) = desk.seen()
    return str(seen.state), tuple(map(str, seen.judgement.reasons))


CASES: dict[str, tuple[Callable[[CampaignHarness], object], str, str]] = {
    "a video": (lambda desk: desk.solidarity(), "held", "waits for a person"),
    "an image": (lambda desk: desk.solidarity(kinds=(MediaKind.IMAGE,)), "rejected", "wrong kind"),
    "no media": (lambda desk: desk.solidarity(kinds=()), "rejected", "wrong kind"),
    "sensitive": (lambda desk: desk.solidarity(sensitive=True), "held", "marked sensitive"),
    "a reply": (lambda desk: desk.solidarity(reply_to="12345"), "held", "a reply to somebody"),
    "a blocked author": (lambda desk: desk.solidarity("troll"), "rejected", "blocked author"),
    "a trusted author": (lambda desk: desk.solidarity("union"), "approved", "trusted author"),
    "a trusted reply": (lambda desk: desk.solidarity("union", reply_to="12345"), "held", "a reply to somebody"),
    "an opt-out": (lambda desk: joined(desk, bio="Hello #NoBots"), "rejected", "opted out in the bio"),
    "a locked account": (lambda desk: joined(desk, locked=True), "rejected", "locked"),
}


def joined(desk: CampaignHarness, **profile: Any) -> str:
    desk.networks["mastodon"].join("@eva@elsewhere.example", **profile)
    return desk.solidarity("eva")


@pytest.fixture
def strict(desk: CampaignHarness) -> CampaignHarness:
    """A desk that trusts a union and blocks a troll."""
    desk.work = desk.worker(config(trusted=["@Union@elsewhere.example"], blocked=["@TROLL@elsewhere.example"]))
    return desk


@pytest.mark.parametrize("case", CASES)
def test_the_rules_give_a_verdict_with_its_reason(strict: CampaignHarness, case: str) -> None:
    happens, state, reason = CASES[case]
    happens(strict)
    strict.read()
    assert only(strict) == (state, (reason,))


def test_what_is_our_own_is_no_sighting(desk: CampaignHarness) -> None:
    desk.networks["mastodon"].post(desk.mastodon.handle, f"#{TAG}", kinds=(MediaKind.VIDEO,))
    desk.read()
    assert desk.seen() == []


def test_only_what_was_approved_is_queued(strict: CampaignHarness) -> None:
    for happens, _, _ in CASES.values():
        happens(strict)
    strict.read()
    assert [one.state for one in strict.all()] == [State.PLANNED]
    strict.settle(hours=30)
    assert len(strict.reshared()) == 1


@pytest.mark.parametrize("case", ["a blocked author", "an opt-out", "a locked account"])
def test_nobody_can_approve_what_protects_somebody(strict: CampaignHarness, case: str) -> None:
    CASES[case][0](strict)
    strict.read()
    with refused(RefusedCode.APPROVAL_FORBIDDEN, "by nobody"):
        approval.approve(strict.work, strict.seen()[0].id, "ana")
    assert strict.all() == []


@pytest.mark.parametrize("case", ["an image", "no media", "sensitive", "a reply"])
def test_a_person_can_override_the_other_reasons(strict: CampaignHarness, case: str) -> None:
    CASES[case][0](strict)
    strict.read()
    approval.approve(strict.work, strict.seen()[0].id, "ana")
    strict.settle()
    assert (len(strict.reshared()), only(strict)[0]) == (1, "reshared")


def test_an_author_who_was_blocked_since_cannot_be_approved(desk: CampaignHarness) -> None:
    desk.solidarity("ana")
    desk.read()
    desk.work = desk.worker(config(blocked=["@ana@elsewhere.example"]))
    with refused(RefusedCode.APPROVAL_FORBIDDEN, reasons=(Reason.BLOCKED,)):
        approval.approve(desk.work, desk.seen()[0].id, "ben")


def test_an_author_who_was_blocked_after_a_yes_is_not_reshared(desk: CampaignHarness) -> None:
    approved(desk)
    desk.work = desk.worker(config(blocked=["@ana@elsewhere.example"]))
    desk.settle()
    assert (desk.reshared(), only(desk)) == ([], ("rejected", ("blocked author",)))


def test_posts_that_are_not_public_reach_no_hashtag(desk: CampaignHarness) -> None:
    desk.solidarity(visibility=Visibility.UNLISTED)
    desk.solidarity(visibility=Visibility.PRIVATE)
    desk.read()
    assert desk.seen() == []


def approved(desk: CampaignHarness) -> int:
    desk.solidarity("ana")
    desk.read()
    seen = desk.seen()[0].id
    approval.approve(desk.work, seen, "ana")
    return seen


def test_a_no_calls_off_what_waits_for_its_turn(desk: CampaignHarness) -> None:
    seen = approved(desk)
    approval.reject(desk.work, seen, "ben")
    desk.settle(hours=30)
    assert (desk.reshared(), desk.state()) == ([], State.CANCELLED)
    assert desk.seen()[0].decided_by == "ben"


def test_a_yes_after_a_no_and_a_no_after_that(desk: CampaignHarness) -> None:
    seen = approved(desk)
    approval.reject(desk.work, seen, "ben")
    approval.approve(desk.work, seen, "ana")
    assert desk.state() is State.PLANNED
    approval.reject(desk.work, seen, "ben")
    approval.approve(desk.work, seen, "ana")
    desk.settle()
    assert len(desk.reshared()) == 1


def test_two_yeses_are_one_reshare(desk: CampaignHarness) -> None:
    seen = approved(desk)
    approval.approve(desk.work, seen, "ben")
    desk.settle()
    assert len(desk.reshared()) == 1
    with refused(RefusedCode.ALREADY_RESHARED, "reshared already", sighting=seen):
        approval.approve(desk.work, seen, "ben")
    with refused(RefusedCode.ALREADY_RESHARED, "bot undo", sighting=seen):
        approval.reject(desk.work, seen, "ben")


def test_a_no_while_it_is_fetched_is_in_time(desk: CampaignHarness) -> None:
    seen = approved(desk)
    desk.mastodon.after = lambda what: what == "fetch" and approval.reject(desk.work, seen, "ben")
    desk.deliver()
    assert desk.reshared() == []


def test_a_no_while_the_outcome_is_unknown_keeps_it_from_being_sent_again(desk: CampaignHarness) -> None:
    seen = approved(desk)
    desk.networks["mastodon"].fail_next(FaultyAction.RESHARE, How.AMBIGUOUS_NOT_ACCEPTED)
    desk.deliver()
    assert desk.state() is State.UNKNOWN
    approval.reject(desk.work, seen, "ben")
    desk.settle(hours=30)
    assert (desk.reshared(), desk.state()) == ([], State.CANCELLED)


def test_a_no_while_the_outcome_is_unknown_takes_it_back_should_it_be_out(desk: CampaignHarness) -> None:
    seen = approved(desk)
    desk.networks["mastodon"].fail_next(FaultyAction.RESHARE, How.AMBIGUOUS_ACCEPTED)
    desk.deliver()
    approval.reject(desk.work, seen, "ben")
    desk.settle()
    assert len(desk.reshared()) == 1
    assert (desk.state(), worded(desk.one().error), only(desk)[0]) == (State.CANCELLED, "taken back", "rejected")


def test_a_no_while_the_request_is_under_way_takes_it_back(desk: CampaignHarness) -> None:
    seen = approved(desk)
    desk.mastodon.before = lambda what: what == "reshare" and approval.reject(desk.worker(), seen, "ben")
    desk.deliver()
    desk.settle()
    assert len(desk.reshared()) == 1
    assert (desk.state(), worded(desk.one().error), only(desk)[0]) == (State.CANCELLED, "taken back", "rejected")


def test_a_yes_after_a_no_while_the_request_is_under_way_leaves_it_out(desk: CampaignHarness) -> None:
    seen = approved(desk)

    def no_and_yes(what: str) -> None:
        if what == "reshare":
            approval.reject(desk.worker(), seen, "ben")
            approval.approve(desk.worker(), seen, "ana")

    desk.mastodon.before = no_and_yes
    desk.deliver()
    desk.settle()
    assert (len(desk.reshared()), desk.state(), only(desk)[0]) == (1, State.SENT, "reshared")


def test_a_cancelled_reshare_is_queued_again_by_a_yes(desk: CampaignHarness) -> None:
    seen = approved(desk)
    decisions.cancel(desk.work, desk.one().id, "ana")
    desk.settle()
    approval.approve(desk.work, seen, "ana")
    desk.settle()
    assert len(desk.reshared()) == 1


def test_a_retry_is_a_yes_but_not_against_what_protects_somebody(desk: CampaignHarness) -> None:
    approved(desk)
    desk.networks["mastodon"].join("@ana@elsewhere.example", bio="#nobot")
    desk.settle()
    assert (desk.reshared(), only(desk)[0]) == ([], "rejected")
    with refused(RefusedCode.APPROVAL_FORBIDDEN, reasons=(Reason.OPTED_OUT,)):
        decisions.retry(desk.work, desk.one().id, "ana")
    assert desk.state() is State.CANCELLED


def test_what_is_gone_can_neither_be_approved_nor_retried(desk: CampaignHarness) -> None:
    seen = approved(desk)
    desk.networks["mastodon"].delete(desk.seen()[0].post.uri)
    desk.settle()
    assert only(desk) == ("gone", ("deleted or hidden by its author",))
    for deed in (
        lambda: approval.approve(desk.work, seen, "ana"),
        lambda: approval.reject(desk.work, seen, "ana"),
        lambda: decisions.retry(desk.work, desk.one().id, "ana"),
    ):
        with refused(RefusedCode.SIGHTING_GONE, sighting=seen):
            deed()


def test_an_unknown_sighting_is_refused_with_advice(desk: CampaignHarness) -> None:
    with refused(RefusedCode.NO_SUCH_SIGHTING, "bot sightings", sighting=5):
        approval.approve(desk.work, 5, "ana")


def test_a_sighting_that_comes_back_after_it_was_purged_is_not_reshared_twice(tmp_path: Path) -> None:
    desk = CampaignHarness(tmp_path, trusted=["@union@elsewhere.example"])
    uri = desk.solidarity("union")
    desk.read()
    desk.settle()
    desk.clock.passes(days=40)
    assert retention.purge(desk.work, timedelta(days=30), timedelta(days=90), "ana") == 1
    again(desk, uri)
    desk.settle(hours=48)
    assert len(desk.reshared()) == 1


def again(desk: CampaignHarness, uri: str) -> None:
    """The post is seen anew by a source that knows nothing of what was."""
    post = desk.mastodon.fetch(uri)

    class Late:
        name = "late"
        kind = SourceKind.HASHTAG
        page_cost = 0

        def read(self, cursor: Cursor) -> Page:
            return Page((replace(post, reshared_by_us=False),), cursor)

    poll.read(desk.work, SourcePoll(Late(), "mastodon", desk.clock(), desk.work.config.monitor.poll_min))
