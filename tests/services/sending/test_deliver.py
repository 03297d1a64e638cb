"""The one door out, judged by what the networks accepted."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.delivery import State
from bot.errors import Outcome
from bot.platforms.rehearsal.faults import FaultyAction, How
from bot.services import decisions, stop
from bot.services.sending import deliver
from bot.services.sending.deliver import APART
from bot.store import control, deliveries
from tests.harness.campaign import CampaignHarness, draft
from tests.harness.faulty_platform import platform_error
from tests.harness.rehearsal_networks import START
from tests.harness.words import worded

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def test_a_post_leaves_on_the_second(desk: CampaignHarness) -> None:
    desk.plan(draft(due=HOUR))
    desk.settle(hours=2)
    assert [one.at for one in desk.accepted()] == [START + HOUR]
    sent = desk.one()
    assert (sent.state, sent.sent_at, sent.attempts) == (State.SENT, START + HOUR, 1)
    assert sent.url == f"https://social.example/@mastodon/{desk.accepted()[0].post_id}"


def test_nothing_leaves_before_it_is_due(desk: CampaignHarness) -> None:
    desk.plan(draft(due=HOUR))
    desk.settle(minutes=59)
    assert desk.texts() == []


def test_posts_leave_in_the_order_of_their_times(desk: CampaignHarness) -> None:
    desk.plan(*(draft(f"m{n}", due=-n * MINUTE, parts=(f"{n}",)) for n in range(5)))
    desk.deliver()
    assert desk.texts() == ["4", "3", "2", "1", "0"]


def test_a_late_countdown_is_missed_not_posted(desk: CampaignHarness) -> None:
    desk.plan(draft(due=HOUR, late=10 * MINUTE))
    desk.clock.passes(hours=1, minutes=11)
    desk.settle()
    assert (desk.state(), desk.texts()) == (State.MISSED, [])
    assert desk.told("missed")[0].alarming


def test_a_post_within_its_late_rule_is_posted_late(desk: CampaignHarness) -> None:
    desk.plan(draft(due=HOUR))
    desk.clock.passes(hours=6, minutes=59)
    desk.settle()
    assert desk.texts() == ["Free them all."]


def test_a_post_that_may_not_be_late_at_all_is_on_time_when_the_worker_is_awake(desk: CampaignHarness) -> None:
    desk.plan(draft(due=HOUR, late=timedelta()))
    desk.clock.now = START + HOUR + timedelta(milliseconds=900)
    desk.deliver()
    assert desk.texts() == ["Free them all."]


def test_a_post_that_may_not_be_late_at_all_is_missed_after_a_nap(desk: CampaignHarness) -> None:
    desk.plan(draft(due=HOUR, late=timedelta()))
    desk.clock.now = START + HOUR + timedelta(seconds=3)
    desk.deliver()
    assert (desk.texts(), desk.state()) == ([], State.MISSED)


def test_what_became_too_late_while_the_process_slept_after_claiming_is_missed(desk: CampaignHarness) -> None:
    desk.plan(draft("one", parts=("One.",)), draft("two", parts=("Two.",)))
    desk.mastodon.after = lambda _: desk.clock.passes(days=1)
    desk.deliver()
    assert desk.texts() == ["One."]
    assert desk.states() == [State.SENT, State.MISSED]
    assert len(desk.told("missed")) == 1


def test_an_attempt_is_on_the_disk_before_its_request_leaves(desk: CampaignHarness) -> None:
    made = desk.planned()
    found = []

    def look(_: str) -> None:
        other = desk.worker()
        with other.store.read() as tx:
            one = desk.one(made)
            found.append((one.state, one.attempts, *deliveries.attempts_of_part(tx, one, 0)[0]))

    desk.mastodon.before = look
    desk.deliver()
    ((state, count, attempt, answer),) = found
    assert (state, count, answer) == (State.SENDING, 1, "")
    assert attempt.started_at == START
    assert attempt.deadline > START + timedelta(seconds=30)
    assert attempt.idempotency_key == desk.accepted()[0].idempotency_key
    assert len(attempt.content_hash) == 64


def test_an_attempt_knows_the_newest_post_before_it(desk: CampaignHarness) -> None:
    desk.plan(draft("one"), draft("two", parts=("Two.",), due=MINUTE))
    desk.settle()
    with desk.work.store.read() as tx:
        ((attempt, _),) = deliveries.attempts_of_part(tx, desk.all()[1], 0)
    assert attempt.newest_own_id == str(desk.accepted()[0].post_id)


def test_a_request_that_was_not_sent_is_tried_again_ever_later_with_the_same_key(desk: CampaignHarness) -> None:
    desk.plan(draft())
    for _ in range(4):
        desk.networks["mastodon"].fail_next(FaultyAction.PUBLISH, How.NOT_SENT)
    waits = []
    for _ in range(4):
        desk.deliver("mastodon")
        waits.append((desk.one().not_before - desk.clock()).total_seconds())
        desk.clock.now = desk.one().not_before
    desk.deliver()
    assert waits == [5, 10, 20, 40]
    assert (desk.state(), desk.one().attempts) == (State.SENT, 5)
    assert len(desk.accepted()) == 1
    with desk.work.store.read() as tx:
        assert len({attempt.idempotency_key for attempt, _ in deliveries.attempts_of_part(tx, desk.one(), 0)}) == 1


def test_a_part_that_fails_once_is_not_punished_for_the_parts_before_it(desk: CampaignHarness) -> None:
    desk.plan(draft(parts=tuple(f"{n}" for n in range(9))))
    desk.mastodon.after = lambda _: (
        desk.texts()[-1] == "7" and desk.mastodon.refuse("publish", platform_error(Outcome.NOT_SENT))
    )
    desk.deliver()
    assert (desk.one().not_before - desk.clock()).total_seconds() == 5


def test_failures_never_wait_longer_than_five_minutes(desk: CampaignHarness) -> None:
    desk.plan(draft(late=timedelta(days=9)))
    for _ in range(20):
        desk.networks["mastodon"].fail_next(FaultyAction.PUBLISH, How.NOT_SENT)
    desk.settle(hours=3)
    assert (desk.state(), len(desk.accepted())) == (State.SENT, 1)


def test_a_platform_that_says_when_is_asked_then(desk: CampaignHarness) -> None:
    desk.plan(draft())
    desk.mastodon.refuse("publish", platform_error(Outcome.NOT_SENT, retry_at=START + 7 * MINUTE))
    desk.settle(minutes=20)
    assert [one.at for one in desk.accepted()] == [START + 7 * MINUTE]


def test_a_platform_whose_when_is_past_is_not_asked_in_a_loop(desk: CampaignHarness) -> None:
    desk.plan(draft())
    desk.mastodon.errors["publish"].extend(platform_error(Outcome.NOT_SENT, retry_at=START - HOUR) for _ in range(3))
    desk.deliver()
    assert desk.mastodon.requests["publish"] == 1
    desk.settle()
    assert len(desk.accepted()) == 1


def test_a_rate_limit_on_one_account_never_blocks_the_other(desk: CampaignHarness) -> None:
    desk.plan(draft(account="x"), draft("more", account="x", parts=("More.",)), draft(), draft("later", due=MINUTE))
    desk.networks["x"].fail_next(FaultyAction.PUBLISH, How.RATE_LIMITED, until=START + 15 * MINUTE)
    desk.settle(minutes=10)
    assert len(desk.accepted("mastodon")) == 2
    assert (desk.accepted("x"), desk.x.requests["publish"]) == ([], 1)
    desk.settle(minutes=10)
    assert [one.at - START for one in desk.accepted("x")] == [15 * MINUTE, 15 * MINUTE + APART]


def test_a_rate_limit_that_is_not_the_accounts_delays_one_post_only(desk: CampaignHarness) -> None:
    desk.plan(draft("one", parts=("One.",)), draft("two", parts=("Two.",)))
    desk.mastodon.refuse("publish", platform_error(Outcome.NOT_SENT, retry_at=START + 7 * MINUTE))
    desk.deliver()
    assert desk.texts() == ["Two."]
    desk.settle()
    assert desk.texts() == ["Two.", "One."]


def test_a_no_is_final_and_told(desk: CampaignHarness) -> None:
    desk.plan(draft())
    desk.networks["mastodon"].fail_next(FaultyAction.PUBLISH, How.REJECTED)
    desk.settle()
    assert (desk.state(), desk.texts(), desk.mastodon.requests["publish"]) == (State.REJECTED, [], 1)
    assert desk.told("rejected")[0].alarming
    assert "said no" in worded(desk.one().error)


def test_an_account_that_is_closed_stays_closed_until_somebody_mends_it(desk: CampaignHarness) -> None:
    desk.plan(draft("a", account="x"), draft("b", account="x", parts=("B.",)), draft(), draft("c", due=HOUR))
    desk.networks["x"].fail_next(FaultyAction.PUBLISH, How.CLOSED)
    desk.settle(hours=2)
    assert len(desk.accepted("mastodon")) == 2
    assert desk.x.requests["publish"] == 1
    with desk.work.store.read() as tx:
        assert control.account(tx, "x").closed
        assert "closed" in control.account(tx, "x").reason
    stop.resume(desk.work, "ana")
    desk.settle()
    assert desk.texts("x") == ["B."]
    closed = next(one for one in desk.all() if one.account == "x" and one.message == "a")
    assert closed.state is State.REJECTED
    decisions.retry(desk.work, closed.id, "ana")
    desk.settle()
    assert sorted(desk.texts("x")) == ["B.", "Free them all."]


def test_a_thread_is_posted_part_by_part_each_in_reply_to_the_one_before(desk: CampaignHarness) -> None:
    desk.plan(draft(parts=("One.", "Two.", "Three.")))
    desk.deliver()
    posts = desk.accepted()
    assert [one.text for one in posts] == ["One.", "Two.", "Three."]
    assert [one.reply_to for one in posts] == ["", str(posts[0].post_id), str(posts[1].post_id)]
    assert len({one.idempotency_key for one in posts}) == 3
    assert desk.one().url.endswith(str(posts[0].post_id))


def test_a_thread_is_resumed_in_the_middle_and_lateness_does_not_cut_it(desk: CampaignHarness) -> None:
    desk.plan(draft(parts=("One.", "Two.", "Three.")))
    desk.mastodon.after = lambda _: desk.mastodon.refuse("publish", platform_error(Outcome.NOT_SENT))
    desk.deliver()
    desk.mastodon.after = lambda _: None
    assert desk.texts() == ["One."]
    desk.clock.passes(days=3)
    desk.settle()
    posts = desk.accepted()
    assert [one.text for one in posts] == ["One.", "Two.", "Three."]
    assert posts[1].reply_to == str(posts[0].post_id)
    assert desk.one().url.endswith(str(posts[0].post_id))


def test_a_thread_that_is_rejected_in_the_middle_goes_on_when_retried(desk: CampaignHarness) -> None:
    desk.plan(draft(parts=("One.", "Two.", "Three.")))
    desk.mastodon.after = lambda _: desk.mastodon.refuse("publish", platform_error())
    desk.deliver()
    desk.mastodon.after = lambda _: None
    assert desk.state() is State.REJECTED
    assert "1 of 3 parts" in worded(desk.one().error)
    first = desk.one().url
    decisions.retry(desk.work, desk.one().id, "ana")
    desk.settle()
    assert desk.texts() == ["One.", "Two.", "Three."]
    assert (desk.one().url, desk.state()) == (first, State.SENT)


def test_a_person_can_hold_a_post_between_its_claim_and_its_request(desk: CampaignHarness) -> None:
    desk.plan(draft("one", parts=("One.",)), draft("two", parts=("Two.",)))
    second = desk.all()[1].id
    desk.mastodon.before = lambda _: decisions.hold(desk.work, second, "ana")
    desk.deliver()
    assert desk.texts() == ["One."]
    assert desk.state(second) is State.HELD


def test_a_person_can_hold_and_release_it_before_its_request_and_it_is_sent_once(desk: CampaignHarness) -> None:
    desk.plan(draft("one", parts=("One.",)), draft("two", parts=("Two.",)))
    second = desk.all()[1].id

    def waver(_: str) -> None:
        desk.mastodon.before = lambda _: None
        decisions.hold(desk.work, second, "ana")
        decisions.release(desk.work, second, "ana")

    desk.mastodon.before = waver
    desk.settle()
    assert desk.texts() == ["One.", "Two."]


def test_what_holds_the_queue_back_does_not_make_the_worker_spin(desk: CampaignHarness) -> None:
    desk.plan(draft())
    desk.networks["mastodon"].fail_next(FaultyAction.PUBLISH, How.RATE_LIMITED)
    desk.deliver()
    assert deliver.next_wake(desk.work, desk.clock(), MINUTE) >= desk.clock() + timedelta(seconds=1)


def test_a_process_that_is_to_end_begins_nothing_more(desk: CampaignHarness) -> None:
    desk.plan(draft("one", parts=("One.",)), draft("two", parts=("Two.", "Three.")))
    desk.mastodon.before = lambda _: desk.work.stopping.set()
    desk.deliver()
    assert desk.texts() == ["One."]
    assert desk.states() == [State.SENT, State.PLANNED]
    desk.mastodon.before = lambda _: None
    desk.work.stopping.clear()
    desk.settle()
    assert desk.texts() == ["One.", "Two.", "Three."]


def test_an_error_that_nobody_thought_of_leaves_nothing_claimed_and_nothing_doubled(desk: CampaignHarness) -> None:
    desk.plan(draft("one", parts=("One.",)), draft("two", parts=("Two.",)))

    def break_down(_: str) -> None:
        desk.mastodon.after = lambda _: None
        raise TypeError("the answer was a surprise")

    desk.mastodon.after = break_down
    try:
        desk.deliver("mastodon")
    except TypeError:
        assert desk.states() == [State.SENDING, State.PLANNED]
    desk.settle()
    assert sorted(desk.texts()) == ["One.", "Two."]
    assert desk.states() == [State.SENT, State.SENT]
