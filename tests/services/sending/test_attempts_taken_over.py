"""A worker that lost its lock while it slept: whoever took over counts, and what it learns late is not lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.delivery import LEAVE_WITHIN, State
from bot.errors import Outcome, PlatformError
from bot.services.sending import attempts, deliver, reconcile
from bot.services.work import Work
from bot.store import deliveries, past_requests
from tests.harness.campaign import CampaignHarness, draft
from tests.harness.faulty_platform import platform_error


def taken_over(harness: CampaignHarness) -> Work:
    """Another worker that holds the lock now: with locks of its own, as after a connection was cut."""
    other = harness.worker()
    reconcile.recover(other, "mastodon")
    return other


def deliver_without_lock(work: Work) -> None:
    """What the one that lost its lock, or the one that took it over, goes on doing."""
    reconcile.recover(work, "mastodon")
    with work.store.begin() as tx:
        claimed = deliveries.claim_due(tx, "mastodon", work.clock())
    for one in claimed:
        deliver.send(work, one)
    reconcile.look(work, "mastodon")


def test_who_lost_the_lock_records_no_attempt_any_more(harness: CampaignHarness) -> None:
    harness.plan(draft("one", parts=("One.",)), draft("two", parts=("Two.",)))
    others: list[Work] = []

    def take_over(what: str) -> None:
        if what == "publish" and not others:
            others.append(taken_over(harness))

    harness.mastodon.after = take_over
    harness.deliver("mastodon")
    assert harness.texts() == ["One."], "the second one is the other worker's now"
    harness.work = others[0]
    harness.settle()
    assert harness.texts() == ["One.", "Two."]
    assert harness.states() == [State.SENT, State.SENT]


def test_an_answer_that_comes_after_the_take_over_still_settles_it(harness: CampaignHarness) -> None:
    harness.planned()
    harness.mastodon.after = lambda what: what == "publish" and taken_over(harness)
    harness.deliver("mastodon")
    one = harness.one()
    assert (one.state, one.url != "") == (State.SENT, True)
    harness.settle()
    assert len(harness.texts()) == 1


def answers_late(harness: CampaignHarness, error: PlatformError | None = None) -> None:
    """The other proves it absent, from a timeline that lags, and is sending it again when our answer comes."""
    other: list[Work] = []

    def sleep(what: str) -> None:
        if what != "publish":
            return
        if not other:
            other.append(harness.worker())
            with other[0].store.begin() as tx:
                one = attempts.must_get(tx, 1)
                deliveries.answer_attempt(
                    tx, past_requests.attempts_of_part(tx, one, 0)[-1][0].id, Outcome.AMBIGUOUS, harness.clock()
                )
                deliveries.step(tx, 1, State.SENDING, State.UNKNOWN)
                deliveries.step(tx, 1, State.UNKNOWN, State.PLANNED)
            harness.mastodon.refuse("publish", platform_error(Outcome.AMBIGUOUS))
            deliver_without_lock(other[0])
            assert harness.state() is State.UNKNOWN
            if error:
                harness.mastodon.lose("publish", error)

    harness.mastodon.after = sleep
    harness.deliver("mastodon")


def test_that_it_was_accepted_ends_what_the_other_began(harness: CampaignHarness) -> None:
    harness.planned()
    answers_late(harness)
    one = harness.one()
    assert (one.state, one.attempts) == (State.SENT, 2)
    assert one.sent_parts[0].post_id == str(harness.accepted()[0].post_id)
    harness.settle(hours=2)
    assert len(harness.texts()) == 1


@pytest.mark.parametrize("answer", [Outcome.NOT_SENT, Outcome.REJECTED])
def test_that_it_failed_changes_nothing_of_what_the_other_began(harness: CampaignHarness, answer: Outcome) -> None:
    harness.planned()
    answers_late(harness, platform_error(answer))
    assert harness.state() is State.UNKNOWN, "the other's attempt is still to be looked for"


@pytest.mark.parametrize("state", [State.PLANNED, State.HELD, State.CANCELLED, State.MISSED, State.NEEDS_DECISION])
def test_what_is_out_is_sent_wherever_others_have_put_it_meanwhile(harness: CampaignHarness, state: State) -> None:
    def put(what: str) -> None:
        if what == "publish":
            harness.force(1, state=state)

    harness.planned()
    harness.mastodon.after = put
    harness.deliver("mastodon")
    assert harness.state() is State.SENT
    harness.settle(hours=2)
    assert len(harness.texts()) == 1


def test_a_part_that_the_other_has_found_is_written_down_once(harness: CampaignHarness) -> None:
    harness.planned(parts=("One.", "Two."))
    found: list[bool] = []

    def find(what: str) -> None:
        if what == "publish" and not found:
            found.append(True)
            other = taken_over(harness)
            harness.clock.passes(minutes=1)
            reconcile.look(other, "mastodon")

    harness.mastodon.after = find
    harness.deliver("mastodon")
    harness.settle()
    assert harness.texts() == ["One.", "Two."]
    assert [part.index for part in harness.one().sent_parts] == [0, 1]


def test_a_request_leaves_within_seconds_of_its_attempt(harness: CampaignHarness) -> None:
    harness.planned()
    seen: list[timedelta] = []

    def remember(post: object) -> object:
        seen.append(post.leave_by - harness.clock())  # type: ignore[attr-defined]
        return original(post)

    original = harness.mastodon.publish
    harness.mastodon.publish = remember  # type: ignore[method-assign]
    harness.deliver("mastodon")
    assert seen == [LEAVE_WITHIN]
