"""Planning again and again: what is unsent follows the files, what was sent does not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.cli.words.events import event_text
from bot.domain.delivery import State
from bot.errors import Outcome
from bot.platforms.rehearsal.faults import FaultyAction, How
from bot.services import decisions, plan
from bot.services.sending import media, undo
from bot.store import uploads
from tests.harness.campaign import IMAGE, CampaignHarness, draft
from tests.harness.faulty_platform import platform_error
from tests.harness.rehearsal_networks import START
from tests.harness.words import worded

HOUR = timedelta(hours=1)


def test_planning_twice_changes_nothing(harness: CampaignHarness) -> None:
    drafts = [draft(), draft(account="x"), draft("later", due=HOUR)]
    assert harness.plan(*drafts).added == 3
    before = harness.all()
    report = harness.plan(*drafts)
    assert (report.is_quiet, report.kept) == (True, 3)
    assert harness.all() == before


def test_two_who_plan_at_once_plan_everything_once(harness: CampaignHarness) -> None:
    drafts = [draft(f"m{number}", parts=(f"Words of the {number}th.",)) for number in range(20)]
    both = [harness.work, harness.worker()]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda work: plan.plan(work.store, drafts, work.clock()), both))
    assert sorted(one.message for one in harness.all()) == sorted(one.message for one in drafts)


def test_an_edit_moves_and_rewords_what_is_unsent(harness: CampaignHarness) -> None:
    harness.plan(draft(due=HOUR))
    harness.plan(draft(due=2 * HOUR, parts=("Other words.",)))
    assert harness.one().due_at == harness.one().not_before == START + 2 * HOUR
    harness.settle(hours=3)
    assert harness.texts() == ["Other words."]
    assert harness.accepted()[0].at == START + 2 * HOUR


def test_an_edit_never_touches_what_was_sent(harness: CampaignHarness) -> None:
    harness.plan(draft())
    harness.deliver()
    sent = harness.one()
    harness.plan(draft(due=HOUR, parts=("Other words.",)))
    harness.plan()
    assert harness.one() == sent
    harness.settle(hours=2)
    assert harness.texts() == ["Free them all."]


@pytest.mark.parametrize("state", [State.SENDING, State.UNKNOWN, State.NEEDS_DECISION])
def test_an_edit_never_touches_what_may_be_out(harness: CampaignHarness, state: State) -> None:
    made = harness.planned()
    harness.force(made, state=state)
    before = harness.one()
    harness.plan(draft(parts=("Other words.",), due=HOUR))
    harness.plan()
    assert harness.one() == before


def test_a_planning_says_that_it_must_be_done_again_for_what_is_under_way(harness: CampaignHarness) -> None:
    made = harness.planned()
    harness.force(made, state=State.UNKNOWN)
    assert harness.plan(draft()).later == 0
    assert harness.plan(draft(parts=("Other words.",))).later == 1
    assert harness.plan().later == 1


def test_an_edit_reaches_a_post_that_is_claimed_but_has_not_left(harness: CampaignHarness) -> None:
    first, second = draft("one", parts=("One.",)), draft("two", parts=("Two.",))
    harness.plan(first, second)

    def edit(_: str) -> None:
        harness.mastodon.before = lambda _: None
        harness.plan(first, replace(draft("two", parts=("Two, mended.",))))

    harness.mastodon.before = edit
    harness.deliver("mastodon")
    harness.deliver("mastodon")
    assert harness.texts() == ["One.", "Two, mended."]


def test_a_post_that_leaves_the_schedule_while_it_is_claimed_is_not_sent(harness: CampaignHarness) -> None:
    first, second = draft("one", parts=("One.",)), draft("two", parts=("Two.",))
    harness.plan(first, second)
    harness.mastodon.before = lambda _: harness.plan(first)
    harness.settle()
    assert harness.texts() == ["One."]
    assert harness.states() == [State.SENT, State.CANCELLED]


def test_what_leaves_the_schedule_is_cancelled_and_comes_back_with_it(harness: CampaignHarness) -> None:
    made = harness.planned(due=HOUR)
    assert harness.plan().cancelled == 1
    assert harness.state(made) is State.CANCELLED
    assert harness.plan().is_quiet
    assert harness.plan(draft(due=HOUR)).changed == 1
    assert harness.state(made) is State.PLANNED
    harness.settle(hours=2)
    assert harness.texts() == ["Free them all."]


def test_what_left_the_schedule_does_not_come_back_too_late(harness: CampaignHarness) -> None:
    made = harness.planned()
    harness.plan()
    harness.clock.passes(hours=7)
    harness.plan(draft())
    assert harness.state(made) is State.CANCELLED


def test_what_a_person_cancelled_stays_cancelled(harness: CampaignHarness) -> None:
    made = harness.planned(due=HOUR)
    decisions.cancel(harness.work, made, "ana")
    harness.plan(draft(due=2 * HOUR, parts=("Other words.",)))
    harness.plan()
    harness.plan(draft(due=HOUR))
    assert (harness.state(), harness.one().cancelled_by) == (State.CANCELLED, "person")
    harness.settle(hours=3)
    assert harness.texts() == []


def test_what_a_person_cancelled_and_wants_sent_after_all_says_what_the_files_say_by_then(
    harness: CampaignHarness,
) -> None:
    made = harness.planned()
    decisions.cancel(harness.work, made, "ana")
    harness.plan(draft(parts=("Other words.",)))
    decisions.retry(harness.work, made, "ana")
    harness.settle()
    assert harness.texts() == ["Other words."]


def test_what_was_taken_back_is_not_sent_again_as_it_was_before_an_edit(harness: CampaignHarness) -> None:
    made = harness.planned(parts=("A tpyo.",))
    harness.deliver()
    undo.undo(harness.work, made, "ana")
    harness.plan(draft(parts=("A typo.",)))
    decisions.retry(harness.work, made, "ana")
    harness.settle()
    assert harness.texts() == ["A tpyo.", "A typo."]


def test_a_held_post_follows_the_files_and_stays_held(harness: CampaignHarness) -> None:
    made = harness.planned(due=HOUR)
    decisions.hold(harness.work, made, "ana")
    harness.plan(draft(due=2 * HOUR, parts=("Other words.",)))
    assert harness.state(made) is State.HELD
    harness.settle(hours=3)
    assert harness.texts() == []
    decisions.release(harness.work, made, "ana")
    harness.settle()
    assert harness.texts() == ["Other words."]


def test_a_held_post_that_leaves_the_schedule_and_comes_back_is_still_held(harness: CampaignHarness) -> None:
    made = harness.planned()
    decisions.hold(harness.work, made, "ana")
    harness.plan()
    assert harness.state() is State.CANCELLED
    harness.plan(draft())
    harness.settle(minutes=5)
    assert (harness.texts(), harness.state()) == ([], State.HELD)
    decisions.release(harness.work, made, "ana")
    harness.settle()
    assert harness.texts() == ["Free them all."]


def test_what_is_too_late_when_first_planned_is_listed_as_missed(harness: CampaignHarness) -> None:
    report = harness.plan(draft(due=-7 * HOUR), draft("later", due=-5 * HOUR))
    assert (report.missed, report.added) == (1, 1)
    assert harness.states() == [State.MISSED, State.PLANNED]
    harness.settle()
    assert len(harness.texts()) == 1


def test_a_missed_post_that_is_moved_into_the_future_gets_another_chance(harness: CampaignHarness) -> None:
    harness.plan(draft(due=-7 * HOUR))
    harness.plan(draft(due=HOUR))
    harness.settle(hours=2)
    assert harness.texts() == ["Free them all."]


def test_a_rejected_post_that_is_reworded_is_sent_and_one_that_is_not_is_left(harness: CampaignHarness) -> None:
    harness.plan(draft())
    harness.networks["mastodon"].fail_next(FaultyAction.PUBLISH, How.REJECTED)
    harness.deliver()
    harness.plan(draft())
    harness.settle()
    assert (harness.state(), harness.texts()) == (State.REJECTED, [])
    harness.plan(draft(parts=("Other words.",)))
    harness.settle()
    assert harness.texts() == ["Other words."]


def test_a_retried_post_is_not_missed_again_because_somebody_plans(harness: CampaignHarness) -> None:
    made = harness.planned(due=-7 * HOUR)
    decisions.retry(harness.work, made, "ana")
    assert harness.plan(draft(due=-7 * HOUR)).is_quiet
    harness.plan(draft(due=-7 * HOUR, parts=("Other words.",)))
    harness.deliver()
    assert harness.texts() == ["Other words."]


def test_a_begun_thread_is_finished_as_it_was_begun(harness: CampaignHarness) -> None:
    harness.plan(draft(parts=("One.", "Two.")))
    harness.mastodon.after = lambda _: harness.mastodon.refuse("publish", platform_error(Outcome.NOT_SENT))
    harness.deliver()
    harness.mastodon.after = lambda _: None
    assert harness.one().begun
    harness.plan(draft(parts=("Eins.", "Zwei."), due=HOUR))
    harness.plan()
    harness.settle()
    assert harness.texts() == ["One.", "Two."]


def test_a_link_that_becomes_known_lets_the_post_go(harness: CampaignHarness) -> None:
    harness.plan(draft(due=HOUR, waiting_for="live"))
    harness.settle(hours=2)
    assert harness.texts() == []
    harness.plan(draft(due=HOUR, parts=("Watch https://live.example/",)))
    assert harness.one().error == ""
    harness.settle()
    assert harness.texts() == ["Watch https://live.example/"]


def test_a_post_that_waits_for_a_link_says_so_an_hour_before_it_is_due_and_once(harness: CampaignHarness) -> None:
    harness.plan(draft(due=2 * HOUR, waiting_for="live"))
    harness.settle(minutes=59)
    assert not harness.told("waiting")
    harness.settle(minutes=30)
    (told,) = harness.told("waiting")
    assert told.alarming
    assert "{live}" in event_text(told)


def test_a_link_that_is_never_known_makes_it_missed_and_says_why(harness: CampaignHarness) -> None:
    harness.plan(draft(waiting_for="live"))
    harness.settle(hours=7)
    assert harness.state() is State.MISSED
    assert "{live}" in worded(harness.one().error)
    assert harness.texts() == []


def test_two_accounts_and_languages_are_deliveries_of_their_own(harness: CampaignHarness) -> None:
    harness.plan(draft(), draft(account="x"), draft(language="de", parts=("Freiheit.",)), draft(day="T-1"))
    assert len({(one.message, one.day, one.language, one.account) for one in harness.all()}) == 4


@pytest.mark.parametrize("state", [state for state in State if state not in {State.SENT, State.MISSED}])
def test_what_becomes_important_stays_the_same_post_with_its_uploads_and_its_state(
    harness: CampaignHarness, state: State
) -> None:
    made = harness.planned(media=[IMAGE], due=HOUR)
    harness.clock.passes(minutes=50)
    media.prepare(harness.work, "mastodon")
    harness.force(made, state=state, error="as it was", not_before=START + 2 * HOUR)
    before = harness.one()
    marked = replace(draft(media=[IMAGE], due=HOUR), important=True)
    report = harness.plan(marked)
    assert (report.changed, report.kept) == (1, 0)
    assert harness.plan(marked).is_quiet
    assert replace(harness.one(), important=False) == before
    with harness.work.store.read() as tx:
        assert len(uploads.uploads_of_part(tx, made, 0)) == 1


def test_an_edit_of_the_words_asks_for_another_check_and_one_of_the_time_alone_does_not(
    harness: CampaignHarness,
) -> None:
    made = harness.planned(due=HOUR)
    harness.force(made, checked_at=START, trouble="a banner is missing")
    harness.plan(draft(due=HOUR / 2))
    assert (harness.one().checked_at, harness.one().trouble) == (START, "a banner is missing")
    harness.plan(draft(due=HOUR / 2, parts=("Other words.",)))
    assert (harness.one().checked_at, harness.one().trouble) == (None, "a banner is missing")
