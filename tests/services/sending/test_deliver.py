"""The one door out, judged by what the networks accepted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, event

from bot.domain.delivery import State
from bot.domain.identity import RealAccount
from bot.domain.money import Purpose, day_of
from bot.errors import Outcome
from bot.platforms.rehearsal.faults import FaultyAction, How
from bot.services import decisions, stop
from bot.services.sending import attempts, deliver, reconcile
from bot.services.sending.overdue import APART
from bot.store import control, deliveries, identity, past_requests
from tests.harness.campaign import CampaignHarness, config, draft
from tests.harness.faulty_platform import platform_error
from tests.harness.rehearsal_networks import START
from tests.harness.words import worded

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def test_a_post_leaves_on_the_second(harness: CampaignHarness) -> None:
    harness.plan(draft(due=HOUR))
    harness.settle(hours=2)
    assert [one.at for one in harness.accepted()] == [START + HOUR]
    sent = harness.one()
    assert (sent.state, sent.sent_at, sent.attempts) == (State.SENT, START + HOUR, 1)
    assert sent.url == f"https://social.example/@mastodon/{harness.accepted()[0].post_id}"


def test_nothing_leaves_before_it_is_due(harness: CampaignHarness) -> None:
    harness.plan(draft(due=HOUR))
    harness.settle(minutes=59)
    assert harness.texts() == []


def test_a_waking_with_nothing_to_do_looks_once_and_writes_nothing(harness: CampaignHarness) -> None:
    harness.plan(draft(due=3 * HOUR))
    harness.deliver()
    looks: list[int] = []
    assert writings(harness, lambda: looks.append(transactions(harness, harness.deliver))) == 0
    assert looks[0] <= 2 * len(harness.work.platforms), "each is asked whether it is the same store, and what is due"


def transactions(harness: CampaignHarness, work: Callable[[], object]) -> int:
    """How many transactions there were meanwhile, those that only read among them."""
    begun: list[object] = []

    def note(*connection: object) -> None:
        begun.append(connection)

    event.listen(harness.work.store.engine, "checkout", note)
    work()
    event.remove(harness.work.store.engine, "checkout", note)
    return len(begun)


def writings(harness: CampaignHarness, work: Callable[[], object]) -> int:
    """How many transactions that write were begun meanwhile."""
    begun: list[bool] = []

    def note(connection: Connection) -> None:
        begun.append(connection.get_execution_options().get("writes", False))

    event.listen(harness.work.store.engine, "begin", note)
    work()
    event.remove(harness.work.store.engine, "begin", note)
    return sum(begun)


def test_each_further_post_of_a_second_takes_one_commit(harness: CampaignHarness) -> None:
    counts = []
    for posts in (1, 2, 6):
        harness.plan(*(draft(f"{posts}-{n}", parts=(f"{posts}, {n}.",)) for n in range(posts)))
        counts.append(transactions(harness, partial(harness.deliver, "mastodon")))
    assert len(harness.texts()) == 9
    assert counts[2] - counts[1] == 4


def test_an_attempt_begins_only_where_all_is_as_it_was_read(harness: CampaignHarness) -> None:
    """By whatever has come between, nothing is recorded and no money is set aside."""
    harness.work = harness.worker(config(budget=1.0))
    work, now = harness.work, harness.clock()
    us = RealAccount("x", "x.com", "@us", "1", "a token")
    work.memory.real_accounts["x"] = us
    harness.plan(*(draft(name, account="x", parts=(name,)) for name in ("first", "second")))
    reconcile.recover(work, "x")
    with work.store.begin() as tx:
        control.set_account(tx, "x", **vars(us))
        first, second = deliveries.claim_due(tx, "x", now)
    assert attempts.begin(work, first, 0, 1_000)

    def stands(**values: Any) -> None:
        with work.store.begin() as tx:
            control.set_account(tx, "x", **values)

    def figures() -> object:
        with work.store.read() as tx:
            charges = control.charges_since(tx, "x", now)
            return identity.newest_attempt(tx), control.spent(tx, "x", now), charges

    before = figures()
    open_again = {"closed": False, "in_doubt": False, "paused_until": None, "turn": work.store.fencing_token}
    between: list[dict[str, Any]] = [{"closed": True}, {"in_doubt": True}, {"paused_until": now + timedelta(hours=1)}]
    between += [{"turn": 7}, {"account_id": "2", "handle": "@them", "credentials": "another"}]
    for values in between:
        stands(**values)
        assert attempts.begin(work, second, 0, 1_000) is None, values
        stands(**open_again, **vars(us))
        harness.force(second.id, state=State.CLAIMED)
    as_claimed = {"state": State.CLAIMED, "content_hash": second.content_hash, "expires_at": second.expires_at}
    for columns in (
        {"state": State.HELD},
        {"state": State.CANCELLED},
        {"content_hash": "of other words"},
        {"undo_asked_at": now},
        {"expires_at": now - timedelta(hours=1), "due_at": now - timedelta(hours=2)},
    ):
        harness.force(second.id, **columns)
        assert attempts.begin(work, second, 0, 1_000) is None, columns
        harness.force(second.id, undo_asked_at=None, due_at=second.due_at, **as_claimed)
    assert attempts.begin(work, second, 0, 999_001) is None, "the day's money does not cover it"
    assert figures() == before
    harness.force(second.id, **as_claimed)
    stands(newest_own_id="17", paused_until=now - timedelta(hours=1))
    begun = attempts.begin(work, second, 0, 999_000)
    assert begun is not None
    assert begun.attempt.newest_own_id == "17"
    assert figures() == (begun.attempt.id, 1_000_000, [control.Charge(day_of(now), Purpose.POST, 2, 1_000_000)])


def test_what_was_stopped_with_the_answer_before_it_does_not_leave(harness: CampaignHarness) -> None:
    def stop_all(_: str) -> None:
        with harness.work.store.begin() as tx:
            control.stop(tx, START, "Ana")

    harness.plan(draft("one"), draft("two", parts=("Two.",)), draft("three", parts=("Three.",)))
    harness.mastodon.after = stop_all
    harness.deliver("mastodon")
    assert len(harness.texts()) == 1
    assert harness.states() == [State.SENT, State.PLANNED, State.PLANNED]
    assert [one.attempts for one in harness.all()] == [1, 0, 0]


def test_nothing_begins_before_the_thread_ahead_of_it_is_whole(harness: CampaignHarness) -> None:
    """A thread that failed once is looked after part by part: what comes after it waits for its last one."""
    harness.plan(draft("thread", parts=("One.", "Two.")), draft("other", parts=("Other.",), due=HOUR))
    harness.mastodon.refuse("publish", platform_error(Outcome.NOT_SENT))
    harness.deliver("mastodon")
    harness.settle(hours=2)
    assert harness.texts() == ["One.", "Two.", "Other."]
    assert [one.attempts for one in harness.all()] == [3, 1]


def test_one_that_fails_between_two_others_keeps_neither_back(harness: CampaignHarness) -> None:
    harness.plan(*(draft(name, parts=(name,)) for name in ("one", "two", "three")))
    harness.mastodon.after = lambda what: harness.mastodon.refuse("publish", platform_error(Outcome.REJECTED))
    harness.deliver("mastodon")
    assert harness.states() == [State.SENT, State.REJECTED, State.SENT]
    assert harness.texts() == ["one", "three"]


def test_posts_leave_in_the_order_of_their_times(harness: CampaignHarness) -> None:
    harness.plan(*(draft(f"m{n}", due=-n * MINUTE, parts=(f"{n}",)) for n in range(5)))
    harness.deliver()
    assert harness.texts() == ["4", "3", "2", "1", "0"]


def test_a_late_countdown_is_missed_not_posted(harness: CampaignHarness) -> None:
    harness.plan(draft(due=HOUR, late=10 * MINUTE))
    harness.clock.passes(hours=1, minutes=11)
    harness.settle()
    assert (harness.state(), harness.texts()) == (State.MISSED, [])
    assert harness.told("missed")[0].alarming


def test_a_post_within_its_late_rule_is_posted_late(harness: CampaignHarness) -> None:
    harness.plan(draft(due=HOUR))
    harness.clock.passes(hours=6, minutes=59)
    harness.settle()
    assert harness.texts() == ["Free them all."]


def test_a_post_that_may_not_be_late_at_all_is_on_time_when_the_worker_is_awake(harness: CampaignHarness) -> None:
    harness.plan(draft(due=HOUR, late=timedelta()))
    harness.clock.now = START + HOUR + timedelta(milliseconds=900)
    harness.deliver()
    assert harness.texts() == ["Free them all."]


def test_a_post_that_may_not_be_late_at_all_is_missed_after_a_nap(harness: CampaignHarness) -> None:
    harness.plan(draft(due=HOUR, late=timedelta()))
    harness.clock.now = START + HOUR + timedelta(seconds=3)
    harness.deliver()
    assert (harness.texts(), harness.state()) == ([], State.MISSED)


def test_what_became_too_late_while_the_process_slept_after_claiming_is_missed(harness: CampaignHarness) -> None:
    harness.plan(draft("one", parts=("One.",)), draft("two", parts=("Two.",)))
    harness.mastodon.after = lambda _: harness.clock.passes(days=1)
    harness.deliver()
    assert harness.texts() == ["One."]
    assert harness.states() == [State.SENT, State.MISSED]
    assert len(harness.told("missed")) == 1


def test_an_attempt_is_on_the_disk_before_its_request_leaves(harness: CampaignHarness) -> None:
    made = harness.planned()
    found = []

    def look(_: str) -> None:
        other = harness.worker()
        with other.store.read() as tx:
            one = harness.one(made)
            found.append((one.state, one.attempts, *past_requests.attempts_of_part(tx, one, 0)[0]))

    harness.mastodon.before = look
    harness.deliver()
    ((state, count, attempt, answer),) = found
    assert (state, count, answer) == (State.SENDING, 1, "")
    assert attempt.started_at == START
    assert attempt.deadline > START + timedelta(seconds=30)
    assert attempt.idempotency_key == harness.accepted()[0].idempotency_key
    assert len(attempt.content_hash) == 64


def test_an_attempt_knows_the_newest_post_before_it(harness: CampaignHarness) -> None:
    harness.plan(draft("one"), draft("two", parts=("Two.",), due=MINUTE))
    harness.settle()
    with harness.work.store.read() as tx:
        ((attempt, _),) = past_requests.attempts_of_part(tx, harness.all()[1], 0)
    assert attempt.newest_own_id == str(harness.accepted()[0].post_id)


def test_a_request_that_was_not_sent_is_tried_again_ever_later_with_the_same_key(harness: CampaignHarness) -> None:
    harness.plan(draft())
    for _ in range(4):
        harness.networks["mastodon"].fail_next(FaultyAction.PUBLISH, How.NOT_SENT)
    waits = []
    for _ in range(4):
        harness.deliver("mastodon")
        waits.append((harness.one().not_before - harness.clock()).total_seconds())
        harness.clock.now = harness.one().not_before
    harness.deliver()
    assert waits == [5, 10, 20, 40]
    assert (harness.state(), harness.one().attempts) == (State.SENT, 5)
    assert len(harness.accepted()) == 1
    with harness.work.store.read() as tx:
        assert (
            len({attempt.idempotency_key for attempt, _ in past_requests.attempts_of_part(tx, harness.one(), 0)}) == 1
        )


def test_a_part_that_fails_once_is_not_punished_for_the_parts_before_it(harness: CampaignHarness) -> None:
    harness.plan(draft(parts=tuple(f"{n}" for n in range(9))))
    harness.mastodon.after = lambda _: (
        harness.texts()[-1] == "7" and harness.mastodon.refuse("publish", platform_error(Outcome.NOT_SENT))
    )
    harness.deliver()
    assert (harness.one().not_before - harness.clock()).total_seconds() == 5


def test_failures_never_wait_longer_than_five_minutes(harness: CampaignHarness) -> None:
    harness.plan(draft(late=timedelta(days=9)))
    for _ in range(20):
        harness.networks["mastodon"].fail_next(FaultyAction.PUBLISH, How.NOT_SENT)
    harness.settle(hours=3)
    assert (harness.state(), len(harness.accepted())) == (State.SENT, 1)


def test_a_platform_that_says_when_is_asked_then(harness: CampaignHarness) -> None:
    harness.plan(draft())
    harness.mastodon.refuse("publish", platform_error(Outcome.NOT_SENT, retry_at=START + 7 * MINUTE))
    harness.settle(minutes=20)
    assert [one.at for one in harness.accepted()] == [START + 7 * MINUTE]


def test_a_platform_whose_when_is_past_is_not_asked_in_a_loop(harness: CampaignHarness) -> None:
    harness.plan(draft())
    harness.mastodon.errors["publish"].extend(platform_error(Outcome.NOT_SENT, retry_at=START - HOUR) for _ in range(3))
    harness.deliver()
    assert harness.mastodon.requests["publish"] == 1
    harness.settle()
    assert len(harness.accepted()) == 1


def test_a_rate_limit_on_one_account_never_blocks_the_other(harness: CampaignHarness) -> None:
    harness.plan(draft(account="x"), draft("more", account="x", parts=("More.",)), draft(), draft("later", due=MINUTE))
    harness.networks["x"].fail_next(FaultyAction.PUBLISH, How.RATE_LIMITED, until=START + 15 * MINUTE)
    harness.settle(minutes=10)
    assert len(harness.accepted("mastodon")) == 2
    assert (harness.accepted("x"), harness.x.requests["publish"]) == ([], 1)
    harness.settle(minutes=10)
    assert [one.at - START for one in harness.accepted("x")] == [15 * MINUTE, 15 * MINUTE + APART]


def test_a_rate_limit_that_is_not_the_accounts_delays_one_post_only(harness: CampaignHarness) -> None:
    harness.plan(draft("one", parts=("One.",)), draft("two", parts=("Two.",)))
    harness.mastodon.refuse("publish", platform_error(Outcome.NOT_SENT, retry_at=START + 7 * MINUTE))
    harness.deliver()
    assert harness.texts() == ["Two."]
    harness.settle()
    assert harness.texts() == ["Two.", "One."]


def test_a_no_is_final_and_told(harness: CampaignHarness) -> None:
    harness.plan(draft())
    harness.networks["mastodon"].fail_next(FaultyAction.PUBLISH, How.REJECTED)
    harness.settle()
    assert (harness.state(), harness.texts(), harness.mastodon.requests["publish"]) == (State.REJECTED, [], 1)
    assert harness.told("rejected")[0].alarming
    assert "said no" in worded(harness.one().error)


def test_an_account_that_is_closed_stays_closed_until_somebody_mends_it(harness: CampaignHarness) -> None:
    harness.plan(draft("a", account="x"), draft("b", account="x", parts=("B.",)), draft(), draft("c", due=HOUR))
    harness.networks["x"].fail_next(FaultyAction.PUBLISH, How.CLOSED)
    harness.settle(hours=2)
    assert len(harness.accepted("mastodon")) == 2
    assert harness.x.requests["publish"] == 1
    with harness.work.store.read() as tx:
        assert control.account(tx, "x").closed
        assert "closed" in control.account(tx, "x").reason
    stop.resume(harness.work, "ana")
    harness.settle()
    assert harness.texts("x") == ["B."]
    closed = next(one for one in harness.all() if one.account == "x" and one.message == "a")
    assert closed.state is State.REJECTED
    decisions.retry(harness.work, closed.id, "ana")
    harness.settle()
    assert sorted(harness.texts("x")) == ["B.", "Free them all."]


def test_a_thread_is_posted_part_by_part_each_in_reply_to_the_one_before(harness: CampaignHarness) -> None:
    harness.plan(draft(parts=("One.", "Two.", "Three.")))
    harness.deliver()
    posts = harness.accepted()
    assert [one.text for one in posts] == ["One.", "Two.", "Three."]
    assert [one.reply_to for one in posts] == ["", str(posts[0].post_id), str(posts[1].post_id)]
    assert len({one.idempotency_key for one in posts}) == 3
    assert harness.one().url.endswith(str(posts[0].post_id))


def test_a_thread_is_resumed_in_the_middle_and_lateness_does_not_cut_it(harness: CampaignHarness) -> None:
    harness.plan(draft(parts=("One.", "Two.", "Three.")))
    harness.mastodon.after = lambda _: harness.mastodon.refuse("publish", platform_error(Outcome.NOT_SENT))
    harness.deliver()
    harness.mastodon.after = lambda _: None
    assert harness.texts() == ["One."]
    harness.clock.passes(days=3)
    harness.settle()
    posts = harness.accepted()
    assert [one.text for one in posts] == ["One.", "Two.", "Three."]
    assert posts[1].reply_to == str(posts[0].post_id)
    assert harness.one().url.endswith(str(posts[0].post_id))


def test_a_thread_that_is_rejected_in_the_middle_goes_on_when_retried(harness: CampaignHarness) -> None:
    harness.plan(draft(parts=("One.", "Two.", "Three.")))
    harness.mastodon.after = lambda _: harness.mastodon.refuse("publish", platform_error())
    harness.deliver()
    harness.mastodon.after = lambda _: None
    assert harness.state() is State.REJECTED
    assert "1 of 3 parts" in worded(harness.one().error)
    first = harness.one().url
    decisions.retry(harness.work, harness.one().id, "ana")
    harness.settle()
    assert harness.texts() == ["One.", "Two.", "Three."]
    assert (harness.one().url, harness.state()) == (first, State.SENT)


def test_a_person_can_hold_a_post_between_its_claim_and_its_request(harness: CampaignHarness) -> None:
    harness.plan(draft("one", parts=("One.",)), draft("two", parts=("Two.",)))
    second = harness.all()[1].id
    harness.mastodon.before = lambda _: decisions.hold(harness.work, second, "ana")
    harness.deliver()
    assert harness.texts() == ["One."]
    assert harness.state(second) is State.HELD


def test_a_person_can_hold_and_release_it_before_its_request_and_it_is_sent_once(harness: CampaignHarness) -> None:
    harness.plan(draft("one", parts=("One.",)), draft("two", parts=("Two.",)))
    second = harness.all()[1].id

    def waver(_: str) -> None:
        harness.mastodon.before = lambda _: None
        decisions.hold(harness.work, second, "ana")
        decisions.release(harness.work, second, "ana")

    harness.mastodon.before = waver
    harness.settle()
    assert harness.texts() == ["One.", "Two."]


def test_what_holds_the_queue_back_does_not_make_the_worker_spin(harness: CampaignHarness) -> None:
    harness.plan(draft())
    harness.networks["mastodon"].fail_next(FaultyAction.PUBLISH, How.RATE_LIMITED)
    harness.deliver()
    assert deliver.next_wake(harness.work, harness.clock(), MINUTE) >= harness.clock() + timedelta(seconds=1)


def test_a_process_that_is_to_end_begins_nothing_more(harness: CampaignHarness) -> None:
    harness.plan(draft("one", parts=("One.",)), draft("two", parts=("Two.", "Three.")))
    harness.mastodon.before = lambda _: harness.work.stopping.set()
    harness.deliver()
    assert harness.texts() == ["One."]
    assert harness.states() == [State.SENT, State.PLANNED]
    harness.mastodon.before = lambda _: None
    harness.work.stopping.clear()
    harness.settle()
    assert harness.texts() == ["One.", "Two.", "Three."]


def test_an_error_that_nobody_thought_of_leaves_nothing_claimed_and_nothing_doubled(harness: CampaignHarness) -> None:
    harness.plan(draft("one", parts=("One.",)), draft("two", parts=("Two.",)))

    def break_down(_: str) -> None:
        harness.mastodon.after = lambda _: None
        raise TypeError("the answer was a surprise")

    harness.mastodon.after = break_down
    try:
        harness.deliver("mastodon")
    except TypeError:
        assert harness.states() == [State.SENDING, State.PLANNED]
    harness.settle()
    assert sorted(harness.texts()) == ["One.", "Two."]
    assert harness.states() == [State.SENT, State.SENT]
