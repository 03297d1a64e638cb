"""A worker that was down for hours: each late rule is kept, and what comes after is paced, not burst."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from bot.cli.words.events import event_text
from bot.domain.campaign import PaceRules
from bot.domain.delivery import Draft, State
from bot.services import decisions, stop
from bot.services.sending.overdue import APART
from tests.harness.campaign import draft
from tests.harness.place import Deed
from tests.harness.rehearsal_networks import START
from tests.harness.stores import BOTH, BOTH_IN_LONG
from tests.harness.two_servers import TwoServerHarness

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
DOWN = 6 * HOUR
BACK = START + DOWN
RULES = (timedelta(), HOUR, 6 * HOUR, timedelta(days=2))


def dense(account: str = "mastodon") -> list[Draft]:
    """Forty posts in six hours, with every late rule."""
    return [
        draft(f"m{n:02}", account=account, parts=(f"{n:02}",), due=n * 9 * MINUTE, late=RULES[n % len(RULES)])
        for n in range(40)
    ]


def comes_back(two_servers: TwoServerHarness, *drafts: Draft) -> None:
    """Plan while somebody is there, and come back six hours later."""
    two_servers.plan(*drafts)
    two_servers.move_to(BACK)
    two_servers.work = two_servers.worker()


def times(two_servers: TwoServerHarness, account: str = "mastodon") -> dict[str, datetime]:
    """When the server accepted each text, by its ledger."""
    posts = two_servers.places[account].posts()
    assert len({post.text for post in posts}) == len(posts), "nothing twice"
    return {post.text: post.at for post in posts}


def gaps(found: dict[str, datetime]) -> list[timedelta]:
    return [later - sooner for sooner, later in pairwise(sorted(found.values()))]


@pytest.mark.parametrize("kind", BOTH_IN_LONG)
def test_after_six_hours_each_late_rule_is_kept_and_the_rest_leaves_spaced_the_oldest_first(
    two_servers: TwoServerHarness,
) -> None:
    posts = dense()
    on_time = [draft(f"now{n}", parts=(f"on time {n}",), due=DOWN + n * 65 * SECOND) for n in range(5)]
    ends_soon = draft("ends soon", parts=("ends soon",), due=5 * HOUR, late=HOUR + 2 * MINUTE)
    comes_back(two_servers, *posts, *on_time, ends_soon)
    two_servers.settle(minutes=30)
    found = times(two_servers)
    for one in on_time:
        assert found.pop(one.content.text) == one.due_at, "what is on time leaves at its second"
    alive = [one.content.text for one in posts if one.expires_at >= BACK]
    assert list(found) == ["ends soon", *alive]
    assert min(gaps(found)) >= APART
    assert max(found.values()) - BACK == APART * len(alive)
    states = {one.content.text: one.state for one in two_servers.all()}
    too_late = {one.content.text for one in posts if one.expires_at < BACK}
    assert {text for text, state in states.items() if state is State.MISSED} == too_late
    assert len(two_servers.told("missed")) == len(too_late) == 19


@pytest.mark.parametrize("kind", BOTH)
def test_the_pace_holds_across_restarts_and_a_second_worker(two_servers: TwoServerHarness) -> None:
    comes_back(two_servers, *dense())
    workers = [two_servers.worker() for _ in range(3)]

    def somebody_else() -> None:
        two_servers.work = workers[int(two_servers.clock().timestamp()) % 3]

    two_servers.settle(somebody_else, minutes=20)
    assert len(times(two_servers)) == 21
    assert min(gaps(times(two_servers))) >= APART


def test_however_often_it_is_asked_at_one_moment_one_leaves_and_it_is_said_when_the_others_go(
    two_servers: TwoServerHarness,
) -> None:
    comes_back(two_servers, *(one for one in dense() if one.expires_at > one.due_at + HOUR))
    for _ in range(5):
        two_servers.deliver()
    assert len(times(two_servers)) == 1
    (said,) = two_servers.told("catching_up")
    assert "19 overdue posts wait on mastodon: they leave 30 seconds apart" in event_text(said)
    assert "the next at 14:00:30 UTC, the last at 14:09:30 UTC" in event_text(said)
    assert not said.alarming
    two_servers.passes(seconds=29)
    two_servers.deliver()
    assert len(times(two_servers)) == 1
    two_servers.passes(seconds=1)
    two_servers.deliver()
    assert len(times(two_servers)) == 2
    assert len(two_servers.told("catching_up")) == 1, "said once, not at each one's turn"


def test_what_is_due_at_this_second_leaves_before_what_is_overdue(two_servers: TwoServerHarness) -> None:
    comes_back(two_servers, draft("old", parts=("old",)), draft("now", parts=("now",), due=DOWN))
    two_servers.deliver()
    assert list(times(two_servers)) == ["now", "old"]


def test_each_account_catches_up_by_itself(two_servers: TwoServerHarness) -> None:
    comes_back(two_servers, *dense("mastodon"), *dense("x"))
    two_servers.settle(minutes=12)
    assert times(two_servers, "mastodon") == times(two_servers, "x")
    assert len(times(two_servers)) == 21


def test_a_hiccup_of_a_few_minutes_is_not_paced(two_servers: TwoServerHarness) -> None:
    two_servers.plan(*(draft(f"m{n}", parts=(f"{n}",), due=n * 10 * SECOND) for n in range(12)))
    two_servers.passes(minutes=5)
    two_servers.deliver()
    assert list(times(two_servers)) == [f"{n}" for n in range(12)]


def test_more_that_end_soon_than_there_are_turns_are_missed_as_they_end_and_it_is_said(
    two_servers: TwoServerHarness,
) -> None:
    comes_back(
        two_servers,
        *(draft(f"m{n}", parts=(f"{n}",), due=HOUR, late=5 * HOUR + 70 * SECOND) for n in range(5)),
        draft("old", parts=("old",)),
        draft("lasting", parts=("lasting",), late=timedelta(days=2)),
    )
    two_servers.deliver()
    (said,) = two_servers.told("catching_up")
    assert said.alarming
    assert "3 of them will be too late by then" in event_text(said)
    two_servers.settle(minutes=30)
    assert list(times(two_servers)) == ["old", "0", "1", "lasting"]
    assert len([one for one in two_servers.all() if one.state is State.MISSED]) == 3


def test_a_thread_leaves_whole_and_the_next_one_waits_for_its_turn(two_servers: TwoServerHarness) -> None:
    threads = (
        draft(f"t{n}", parts=(f"{n}a", f"{n}b", f"{n}c"), due=n * MINUTE, late=timedelta(days=2)) for n in range(3)
    )
    comes_back(two_servers, *threads)
    two_servers.settle(minutes=5)
    found = times(two_servers)
    assert list(found) == [f"{n}{part}" for n in range(3) for part in "abc"]
    assert sorted({at - BACK for at in found.values()}) == [n * APART for n in range(3)]


def test_a_thread_that_has_begun_goes_on_at_once(two_servers: TwoServerHarness) -> None:
    two_servers.plan(
        draft("thread", parts=("1/2", "2/2")),
        *(draft(f"m{n}", parts=(f"{n}",), late=timedelta(days=2)) for n in range(3)),
    )
    two_servers.places["mastodon"].strike(Deed.PUBLISH, "status", after=1, status=429, reset_in=DOWN.total_seconds())
    two_servers.deliver()
    assert list(times(two_servers)) == ["1/2"]
    two_servers.move_to(BACK)
    two_servers.deliver()
    assert sorted(times(two_servers)) == ["0", "1/2", "2/2"]


def test_after_a_stop_of_hours_what_waited_is_paced_too(two_servers: TwoServerHarness) -> None:
    two_servers.plan(*(draft(f"m{n}", parts=(f"{n}",), late=timedelta(days=2)) for n in range(4)))
    stop.stop(two_servers.work, "ana")
    two_servers.settle(hours=3)
    stop.resume(two_servers.work, "ana")
    two_servers.settle(minutes=5)
    assert list(times(two_servers)) == ["0", "1", "2", "3"]
    assert min(gaps(times(two_servers))) >= APART


def test_what_a_person_sends_late_all_the_same_goes_at_once_and_many_of_them_in_turn(
    two_servers: TwoServerHarness,
) -> None:
    comes_back(two_servers, *(draft(f"m{n}", parts=(f"{n}",), late=timedelta()) for n in range(3)))
    two_servers.deliver()
    assert set(two_servers.states()) == {State.MISSED}
    for one in two_servers.all():
        decisions.retry(two_servers.work, one.id, "ana")
    two_servers.deliver()
    assert len(times(two_servers)) == 1
    two_servers.settle(minutes=2)
    assert len(times(two_servers)) == 3
    assert min(gaps(times(two_servers))) >= APART


def test_a_clock_that_is_set_back_meanwhile_does_not_keep_them_waiting(two_servers: TwoServerHarness) -> None:
    two_servers.plan(*(draft(f"m{n}", parts=(f"{n}",), late=timedelta(days=9)) for n in range(4)))
    two_servers.move_to(START + timedelta(days=2))
    two_servers.deliver()
    two_servers.move_to(BACK)
    two_servers.settle(minutes=5)
    assert len(times(two_servers)) == 4


def test_what_fails_waits_by_itself_and_the_next_one_takes_its_turn(two_servers: TwoServerHarness) -> None:
    comes_back(two_servers, *(draft(f"m{n}", parts=(f"{n}",), late=timedelta(days=2)) for n in range(3)))
    two_servers.places["mastodon"].strike(Deed.PUBLISH, "status", status=422)
    two_servers.settle(minutes=5)
    assert list(times(two_servers)) == ["1", "2"]


def test_reshares_keep_their_pace_after_the_downtime(two_servers: TwoServerHarness) -> None:
    rules = PaceRules(min_gap=timedelta(), per_hour=2, same_author_gap=timedelta())
    two_servers.work = two_servers.worker(pace=rules)
    for _ in range(8):
        two_servers.approved("x")
    two_servers.move_to(BACK)
    two_servers.work = two_servers.worker(pace=rules)
    two_servers.settle(hours=5)
    out = sorted(one.sent_at for one in two_servers.all() if one.sent_at is not None)
    assert len(two_servers.places["x"].reshares()) == len(out) == 8
    assert all(later - sooner >= HOUR for sooner, later in zip(out, out[2:], strict=False))
