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


def only(harness: CampaignHarness) -> tuple[str, tuple[str, ...]]:
    (seen,) = harness.seen()
    return str(seen.state), tuple(map(str, seen.judgement.reasons))


CASES: dict[str, tuple[Callable[[CampaignHarness], object], str, str]] = {
    "a video": (lambda harness: harness.solidarity(), "held", "waits for a person"),
    "an image": (lambda harness: harness.solidarity(kinds=(MediaKind.IMAGE,)), "rejected", "wrong kind"),
    "no media": (lambda harness: harness.solidarity(kinds=()), "rejected", "wrong kind"),
    "sensitive": (lambda harness: harness.solidarity(sensitive=True), "held", "marked sensitive"),
    "a reply": (lambda harness: harness.solidarity(reply_to="12345"), "held", "a reply to somebody"),
    "a blocked author": (lambda harness: harness.solidarity("troll"), "rejected", "blocked author"),
    "a trusted author": (lambda harness: harness.solidarity("union"), "approved", "trusted author"),
    "a trusted reply": (lambda harness: harness.solidarity("union", reply_to="12345"), "held", "a reply to somebody"),
    "an opt-out": (lambda harness: joined(harness, bio="Hello #NoBots"), "rejected", "opted out in the bio"),
    "a locked account": (lambda harness: joined(harness, locked=True), "rejected", "locked"),
}


def joined(harness: CampaignHarness, **profile: Any) -> str:
    harness.networks["mastodon"].join("@eva@elsewhere.example", **profile)
    return harness.solidarity("eva")


@pytest.fixture
def strict(harness: CampaignHarness) -> CampaignHarness:
    """A campaign that trusts a union and blocks a troll."""
    harness.work = harness.worker(config(trusted=["@Union@elsewhere.example"], blocked=["@TROLL@elsewhere.example"]))
    return harness


@pytest.mark.parametrize("case", CASES)
def test_the_rules_give_a_verdict_with_its_reason(strict: CampaignHarness, case: str) -> None:
    happens, state, reason = CASES[case]
    happens(strict)
    strict.read()
    assert only(strict) == (state, (reason,))


def test_what_is_our_own_is_no_sighting(harness: CampaignHarness) -> None:
    harness.networks["mastodon"].post(harness.mastodon.handle, f"#{TAG}", kinds=(MediaKind.VIDEO,))
    harness.read()
    assert harness.seen() == []


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


def test_an_author_who_was_blocked_since_cannot_be_approved(harness: CampaignHarness) -> None:
    harness.solidarity("ana")
    harness.read()
    harness.work = harness.worker(config(blocked=["@ana@elsewhere.example"]))
    with refused(RefusedCode.APPROVAL_FORBIDDEN, reasons=(Reason.BLOCKED,)):
        approval.approve(harness.work, harness.seen()[0].id, "ben")


def test_an_author_who_was_blocked_after_a_yes_is_not_reshared(harness: CampaignHarness) -> None:
    approved(harness)
    harness.work = harness.worker(config(blocked=["@ana@elsewhere.example"]))
    harness.settle()
    assert (harness.reshared(), only(harness)) == ([], ("rejected", ("blocked author",)))


def test_posts_that_are_not_public_reach_no_hashtag(harness: CampaignHarness) -> None:
    harness.solidarity(visibility=Visibility.UNLISTED)
    harness.solidarity(visibility=Visibility.PRIVATE)
    harness.read()
    assert harness.seen() == []


def approved(harness: CampaignHarness) -> int:
    harness.solidarity("ana")
    harness.read()
    seen = harness.seen()[0].id
    approval.approve(harness.work, seen, "ana")
    return seen


def test_a_no_calls_off_what_waits_for_its_turn(harness: CampaignHarness) -> None:
    seen = approved(harness)
    approval.reject(harness.work, seen, "ben")
    harness.settle(hours=30)
    assert (harness.reshared(), harness.state()) == ([], State.CANCELLED)
    assert harness.seen()[0].decided_by == "ben"


def test_a_yes_after_a_no_and_a_no_after_that(harness: CampaignHarness) -> None:
    seen = approved(harness)
    approval.reject(harness.work, seen, "ben")
    approval.approve(harness.work, seen, "ana")
    assert harness.state() is State.PLANNED
    approval.reject(harness.work, seen, "ben")
    approval.approve(harness.work, seen, "ana")
    harness.settle()
    assert len(harness.reshared()) == 1


def test_two_yeses_are_one_reshare(harness: CampaignHarness) -> None:
    seen = approved(harness)
    approval.approve(harness.work, seen, "ben")
    harness.settle()
    assert len(harness.reshared()) == 1
    with refused(RefusedCode.ALREADY_RESHARED, "reshared already", sighting=seen):
        approval.approve(harness.work, seen, "ben")
    with refused(RefusedCode.ALREADY_RESHARED, "bot undo", sighting=seen):
        approval.reject(harness.work, seen, "ben")


def test_a_no_while_it_is_fetched_is_in_time(harness: CampaignHarness) -> None:
    seen = approved(harness)
    harness.mastodon.after = lambda what: what == "fetch" and approval.reject(harness.work, seen, "ben")
    harness.deliver()
    assert harness.reshared() == []


def test_a_no_while_the_outcome_is_unknown_keeps_it_from_being_sent_again(harness: CampaignHarness) -> None:
    seen = approved(harness)
    harness.networks["mastodon"].fail_next(FaultyAction.RESHARE, How.AMBIGUOUS_NOT_ACCEPTED)
    harness.deliver()
    assert harness.state() is State.UNKNOWN
    approval.reject(harness.work, seen, "ben")
    harness.settle(hours=30)
    assert (harness.reshared(), harness.state()) == ([], State.CANCELLED)


def assert_taken_back(harness: CampaignHarness) -> None:
    """It was out for a moment, and its refusal has taken it back."""
    assert len(harness.reshared()) == 1
    assert (harness.state(), worded(harness.one().error), only(harness)[0]) == (
        State.CANCELLED,
        "taken back",
        "rejected",
    )


def test_a_no_while_the_outcome_is_unknown_takes_it_back_should_it_be_out(harness: CampaignHarness) -> None:
    seen = approved(harness)
    harness.networks["mastodon"].fail_next(FaultyAction.RESHARE, How.AMBIGUOUS_ACCEPTED)
    harness.deliver()
    approval.reject(harness.work, seen, "ben")
    harness.settle()
    assert_taken_back(harness)


def test_a_no_while_the_request_is_under_way_takes_it_back(harness: CampaignHarness) -> None:
    seen = approved(harness)
    harness.mastodon.before = lambda what: what == "reshare" and approval.reject(harness.worker(), seen, "ben")
    harness.deliver()
    harness.settle()
    assert_taken_back(harness)


def test_a_yes_after_a_no_while_the_request_is_under_way_leaves_it_out(harness: CampaignHarness) -> None:
    seen = approved(harness)

    def no_and_yes(what: str) -> None:
        if what == "reshare":
            approval.reject(harness.worker(), seen, "ben")
            approval.approve(harness.worker(), seen, "ana")

    harness.mastodon.before = no_and_yes
    harness.deliver()
    harness.settle()
    assert (len(harness.reshared()), harness.state(), only(harness)[0]) == (1, State.SENT, "reshared")


def test_a_cancelled_reshare_is_queued_again_by_a_yes(harness: CampaignHarness) -> None:
    seen = approved(harness)
    decisions.cancel(harness.work, harness.one().id, "ana")
    harness.settle()
    approval.approve(harness.work, seen, "ana")
    harness.settle()
    assert len(harness.reshared()) == 1


def test_a_retry_is_a_yes_but_not_against_what_protects_somebody(harness: CampaignHarness) -> None:
    approved(harness)
    harness.networks["mastodon"].join("@ana@elsewhere.example", bio="#nobot")
    harness.settle()
    assert (harness.reshared(), only(harness)[0]) == ([], "rejected")
    with refused(RefusedCode.APPROVAL_FORBIDDEN, reasons=(Reason.OPTED_OUT,)):
        decisions.retry(harness.work, harness.one().id, "ana")
    assert harness.state() is State.CANCELLED


def test_what_is_gone_can_neither_be_approved_nor_retried(harness: CampaignHarness) -> None:
    seen = approved(harness)
    harness.networks["mastodon"].delete(harness.seen()[0].post.uri)
    harness.settle()
    assert only(harness) == ("gone", ("deleted or hidden by its author",))
    for deed in (
        lambda: approval.approve(harness.work, seen, "ana"),
        lambda: approval.reject(harness.work, seen, "ana"),
        lambda: decisions.retry(harness.work, harness.one().id, "ana"),
    ):
        with refused(RefusedCode.SIGHTING_GONE, sighting=seen):
            deed()


def test_an_unknown_sighting_is_refused_with_advice(harness: CampaignHarness) -> None:
    with refused(RefusedCode.NO_SUCH_SIGHTING, "bot sightings", sighting=5):
        approval.approve(harness.work, 5, "ana")


def test_a_sighting_that_comes_back_after_it_was_purged_is_not_reshared_twice(tmp_path: Path) -> None:
    harness = CampaignHarness(tmp_path, trusted=["@union@elsewhere.example"])
    uri = harness.solidarity("union")
    harness.read()
    harness.settle()
    harness.clock.passes(days=40)
    assert retention.purge(harness.work, timedelta(days=30), timedelta(days=90), "ana") == 1
    again(harness, uri)
    harness.settle(hours=48)
    assert len(harness.reshared()) == 1


def again(harness: CampaignHarness, uri: str) -> None:
    """The post is seen anew by a source that knows nothing of what was."""
    post = harness.mastodon.fetch(uri)

    class Late:
        name = "late"
        kind = SourceKind.HASHTAG
        page_cost = 0

        def read(self, cursor: Cursor) -> Page:
            return Page((replace(post, reshared_by_us=False),), cursor)

    poll.read(harness.work, SourcePoll(Late(), "mastodon", harness.clock(), harness.work.config.monitor.poll_min))
