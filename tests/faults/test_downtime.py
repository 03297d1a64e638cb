"""A worker that was down for hours: each late rule is kept, and what comes after is paced, not burst."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from bot.cli.words.events import event_text
from bot.domain.campaign import PaceRules
from bot.domain.delivery import Draft, State
from bot.services import decisions, stop
from bot.services.sending.deliver import APART
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


def comes_back(pair: TwoServerHarness, *drafts: Draft) -> None:
    """Plan while somebody is there, and come back six hours later."""
    pair.plan(*drafts)
    pair.move_to(BACK)
    pair.work = pair.worker()


def times(pair: TwoServerHarness, account: str = "mastodon") -> dict[str, datetime]:
    """When the server accepted each text, by its ledger."""
    posts = pair.places[account].posts()
    assert len({post.text for post in posts}) == len(posts), "nothing twice"
    return {post.text: post.at for post in posts}


def gaps(found: dict[str, datetime]) -> list[timedelta]:
    return [later - sooner for sooner, later in pairwise(sorted(found.values()))]


@pytest.mark.parametrize("kind", BOTH_IN_LONG)
def test_after_six_hours_each_late_rule_is_kept_and_the_rest_leaves_spaced_the_oldest_first(
    pair: TwoServerHarness,
) -> None:
    posts = dense()
    on_time = [draft(f"now{n}", parts=(f"on time {n}",), due=DOWN + n * 65 * SECOND) for n in range(5)]
    ends_soon = draft("ends soon", parts=("ends soon",), due=5 * HOUR, late=HOUR + 2 * MINUTE)
    comes_back(pair, *posts, *on_time, ends_soon)
    pair.settle(minutes=30)
    found = times(pair)
    for one in on_time:
        assert found.pop(one.content.text) == one.due_at, "what is on time leaves at its second"
    alive = [one.content.text for one in posts if one.expires_at >= BACK]
    assert list(found) == ["ends soon", *alive]
    assert min(gaps(found)) >= APART
    assert max(found.values()) - BACK == APART * len(alive)
    states = {one.content.text: one.state for one in pair.all()}
    too_late = {one.content.text for one in posts if one.expires_at < BACK}
    assert {text for text, state in states.items() if state is State.MISSED} == too_late
    assert len(pair.told("missed")) == len(too_late) == 19


@pytest.mark.parametrize("kind", BOTH)
def test_the_pace_holds_across_restarts_and_a_second_worker(pair: TwoServerHarness) -> None:
    comes_back(pair, *dense())
    workers = [pair.worker() for _ in range(3)]

    def somebody_else() -> None:
        pair.work = workers[int(pair.clock().timestamp()) % 3]

    pair.settle(somebody_else, minutes=20)
    assert len(times(pair)) == 21
    assert min(gaps(times(pair))) >= APART


def test_however_often_it_is_asked_at_one_moment_one_leaves_and_it_is_said_when_the_others_go(
    pair: TwoServerHarness,
) -> None:
    comes_back(pair, *(one for one in dense() if one.expires_at > one.due_at + HOUR))
    for _ in range(5):
        pair.deliver()
    assert len(times(pair)) == 1
    (said,) = pair.told("catching_up")
    assert "19 overdue posts wait on mastodon: they leave 30 seconds apart" in event_text(said)
    assert "the next at 14:00:30 UTC, the last at 14:09:30 UTC" in event_text(said)
    assert not said.alarming
    pair.passes(seconds=29)
    pair.deliver()
    assert len(times(pair)) == 1
    pair.passes(seconds=1)
    pair.deliver()
    assert len(times(pair)) == 2
    assert len(pair.told("catching_up")) == 1, "said once, not at each one's turn"


def test_what_is_due_at_this_second_leaves_before_what_is_overdue(pair: TwoServerHarness) -> None:
    comes_back(pair, draft("old", parts=("old",)), draft("now", parts=("now",), due=DOWN))
    pair.deliver()
    assert list(times(pair)) == ["now", "old"]


def test_each_account_catches_up_by_itself(pair: TwoServerHarness) -> None:
    comes_back(pair, *dense("mastodon"), *dense("x"))
    pair.settle(minutes=12)
    assert times(pair, "mastodon") == times(pair, "x")
    assert len(times(pair)) == 21


def test_a_hiccup_of_a_few_minutes_is_not_paced(pair: TwoServerHarness) -> None:
    pair.plan(*(draft(f"m{n}", parts=(f"{n}",), due=n * 10 * SECOND) for n in range(12)))
    pair.passes(minutes=5)
    pair.deliver()
    assert list(times(pair)) == [f"{n}" for n in range(12)]


def test_more_that_end_soon_than_there_are_turns_are_missed_as_they_end_and_it_is_said(pair: TwoServerHarness) -> None:
    comes_back(
        pair,
        *(draft(f"m{n}", parts=(f"{n}",), due=HOUR, late=5 * HOUR + 70 * SECOND) for n in range(5)),
        draft("old", parts=("old",)),
        draft("lasting", parts=("lasting",), late=timedelta(days=2)),
    )
    pair.deliver()
    (said,) = pair.told("catching_up")
    assert said.alarming
    assert "3 of them will be too late by then" in event_text(said)
    pair.settle(minutes=30)
    assert list(times(pair)) == ["old", "0", "1", "lasting"]
    assert len([one for one in pair.all() if one.state is State.MISSED]) == 3


def test_a_thread_leaves_whole_and_the_next_one_waits_for_its_turn(pair: TwoServerHarness) -> None:
    threads = (
        draft(f"t{n}", parts=(f"{n}a", f"{n}b", f"{n}c"), due=n * MINUTE, late=timedelta(days=2)) for n in range(3)
    )
    comes_back(pair, *threads)
    pair.settle(minutes=5)
    found = times(pair)
    assert list(found) == [f"{n}{part}" for n in range(3) for part in "abc"]
    assert sorted({at - BACK for at in found.values()}) == [n * APART for n in range(3)]


def test_a_thread_that_has_begun_goes_on_at_once(pair: TwoServerHarness) -> None:
    pair.plan(
        draft("thread", parts=("1/2", "2/2")),
        *(draft(f"m{n}", parts=(f"{n}",), late=timedelta(days=2)) for n in range(3)),
    )
    pair.places["mastodon"].strike(Deed.PUBLISH, "status", after=1, status=429, reset_in=DOWN.total_seconds())
    pair.deliver()
    assert list(times(pair)) == ["1/2"]
    pair.move_to(BACK)
    pair.deliver()
    assert sorted(times(pair)) == ["0", "1/2", "2/2"]


def test_after_a_stop_of_hours_what_waited_is_paced_too(pair: TwoServerHarness) -> None:
    pair.plan(*(draft(f"m{n}", parts=(f"{n}",), late=timedelta(days=2)) for n in range(4)))
    stop.stop(pair.work, "ana")
    pair.settle(hours=3)
    stop.resume(pair.work, "ana")
    pair.settle(minutes=5)
    assert list(times(pair)) == ["0", "1", "2", "3"]
    assert min(gaps(times(pair))) >= APART


def test_what_a_person_sends_late_all_the_same_goes_at_once_and_many_of_them_in_turn(pair: TwoServerHarness) -> None:
    comes_back(pair, *(draft(f"m{n}", parts=(f"{n}",), late=timedelta()) for n in range(3)))
    pair.deliver()
    assert set(pair.states()) == {State.MISSED}
    for one in pair.all():
        decisions.retry(pair.work, one.id, "ana")
    pair.deliver()
    assert len(times(pair)) == 1
    pair.settle(minutes=2)
    assert len(times(pair)) == 3
    assert min(gaps(times(pair))) >= APART


def test_a_clock_that_is_set_back_meanwhile_does_not_keep_them_waiting(pair: TwoServerHarness) -> None:
    pair.plan(*(draft(f"m{n}", parts=(f"{n}",), late=timedelta(days=9)) for n in range(4)))
    pair.move_to(START + timedelta(days=2))
    pair.deliver()
    pair.move_to(BACK)
    pair.settle(minutes=5)
    assert len(times(pair)) == 4


def test_what_fails_waits_by_itself_and_the_next_one_takes_its_turn(pair: TwoServerHarness) -> None:
    comes_back(pair, *(draft(f"m{n}", parts=(f"{n}",), late=timedelta(days=2)) for n in range(3)))
    pair.places["mastodon"].strike(Deed.PUBLISH, "status", status=422)
    pair.settle(minutes=5)
    assert list(times(pair)) == ["1", "2"]


def test_reshares_keep_their_pace_after_the_downtime(pair: TwoServerHarness) -> None:
    rules = PaceRules(min_gap=timedelta(), per_hour=2, same_author_gap=timedelta())
    pair.work = pair.worker(pace=rules)
    for _ in range(8):
        pair.approved("x")
    pair.move_to(BACK)
    pair.work = pair.worker(pace=rules)
    pair.settle(hours=5)
    out = sorted(one.sent_at for one in pair.all() if one.sent_at is not None)
    assert len(pair.places["x"].reshares()) == len(out) == 8
    assert all(later - sooner >= HOUR for sooner, later in zip(out, out[2:], strict=False))
