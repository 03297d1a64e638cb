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


def test_planning_twice_changes_nothing(desk: CampaignHarness) -> None:
    drafts = [draft(), draft(account="x"), draft("later", due=HOUR)]
    assert desk.plan(*drafts).added == 3
    before = desk.all()
    report = desk.plan(*drafts)
    assert (report.is_quiet, report.kept) == (True, 3)
    assert desk.all() == before


def test_two_who_plan_at_once_plan_everything_once(desk: CampaignHarness) -> None:
    drafts = [draft(f"m{number}", parts=(f"Words of the {number}th.",)) for number in range(20)]
    both = [desk.work, desk.worker()]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda work: plan.plan(work.store, drafts, work.clock()), both))
    assert sorted(one.message for one in desk.all()) == sorted(one.message for one in drafts)


def test_an_edit_moves_and_rewords_what_is_unsent(desk: CampaignHarness) -> None:
    desk.plan(draft(due=HOUR))
    desk.plan(draft(due=2 * HOUR, parts=("Other words.",)))
    assert desk.one().due_at == desk.one().not_before == START + 2 * HOUR
    desk.settle(hours=3)
    assert desk.texts() == ["Other words."]
    assert desk.accepted()[0].at == START + 2 * HOUR


def test_an_edit_never_touches_what_was_sent(desk: CampaignHarness) -> None:
    desk.plan(draft())
    desk.deliver()
    sent = desk.one()
    desk.plan(draft(due=HOUR, parts=("Other words.",)))
    desk.plan()
    assert desk.one() == sent
    desk.settle(hours=2)
    assert desk.texts() == ["Free them all."]


@pytest.mark.parametrize("state", [State.SENDING, State.UNKNOWN, State.NEEDS_DECISION])
def test_an_edit_never_touches_what_may_be_out(desk: CampaignHarness, state: State) -> None:
    made = desk.planned()
    desk.force(made, state=state)
    before = desk.one()
    desk.plan(draft(parts=("Other words.",), due=HOUR))
    desk.plan()
    assert desk.one() == before


def test_a_planning_says_that_it_must_be_done_again_for_what_is_under_way(desk: CampaignHarness) -> None:
    made = desk.planned()
    desk.force(made, state=State.UNKNOWN)
    assert desk.plan(draft()).later == 0
    assert desk.plan(draft(parts=("Other words.",))).later == 1
    assert desk.plan().later == 1


def test_an_edit_reaches_a_post_that_is_claimed_but_has_not_left(desk: CampaignHarness) -> None:
    first, second = draft("one", parts=("One.",)), draft("two", parts=("Two.",))
    desk.plan(first, second)

    def edit(_: str) -> None:
        desk.mastodon.before = lambda _: None
        desk.plan(first, replace(draft("two", parts=("Two, mended.",))))

    desk.mastodon.before = edit
    desk.deliver("mastodon")
    desk.deliver("mastodon")
    assert desk.texts() == ["One.", "Two, mended."]


def test_a_post_that_leaves_the_schedule_while_it_is_claimed_is_not_sent(desk: CampaignHarness) -> None:
    first, second = draft("one", parts=("One.",)), draft("two", parts=("Two.",))
    desk.plan(first, second)
    desk.mastodon.before = lambda _: desk.plan(first)
    desk.settle()
    assert desk.texts() == ["One."]
    assert desk.states() == [State.SENT, State.CANCELLED]


def test_what_leaves_the_schedule_is_cancelled_and_comes_back_with_it(desk: CampaignHarness) -> None:
    made = desk.planned(due=HOUR)
    assert desk.plan().cancelled == 1
    assert desk.state(made) is State.CANCELLED
    assert desk.plan().is_quiet
    assert desk.plan(draft(due=HOUR)).changed == 1
    assert desk.state(made) is State.PLANNED
    desk.settle(hours=2)
    assert desk.texts() == ["Free them all."]


def test_what_left_the_schedule_does_not_come_back_too_late(desk: CampaignHarness) -> None:
    made = desk.planned()
    desk.plan()
    desk.clock.passes(hours=7)
    desk.plan(draft())
    assert desk.state(made) is State.CANCELLED


def test_what_a_person_cancelled_stays_cancelled(desk: CampaignHarness) -> None:
    made = desk.planned(due=HOUR)
    decisions.cancel(desk.work, made, "ana")
    desk.plan(draft(due=2 * HOUR, parts=("Other words.",)))
    desk.plan()
    desk.plan(draft(due=HOUR))
    assert (desk.state(), desk.one().cancelled_by) == (State.CANCELLED, "person")
    desk.settle(hours=3)
    assert desk.texts() == []


def test_what_a_person_cancelled_and_wants_sent_after_all_says_what_the_files_say_by_then(
    desk: CampaignHarness,
) -> None:
    made = desk.planned()
    decisions.cancel(desk.work, made, "ana")
    desk.plan(draft(parts=("Other words.",)))
    decisions.retry(desk.work, made, "ana")
    desk.settle()
    assert desk.texts() == ["Other words."]


def test_what_was_taken_back_is_not_sent_again_as_it_was_before_an_edit(desk: CampaignHarness) -> None:
    made = desk.planned(parts=("A tpyo.",))
    desk.deliver()
    undo.undo(desk.work, made, "ana")
    desk.plan(draft(parts=("A typo.",)))
    decisions.retry(desk.work, made, "ana")
    desk.settle()
    assert desk.texts() == ["A tpyo.", "A typo."]


def test_a_held_post_follows_the_files_and_stays_held(desk: CampaignHarness) -> None:
    made = desk.planned(due=HOUR)
    decisions.hold(desk.work, made, "ana")
    desk.plan(draft(due=2 * HOUR, parts=("Other words.",)))
    assert desk.state(made) is State.HELD
    desk.settle(hours=3)
    assert desk.texts() == []
    decisions.release(desk.work, made, "ana")
    desk.settle()
    assert desk.texts() == ["Other words."]


def test_a_held_post_that_leaves_the_schedule_and_comes_back_is_still_held(desk: CampaignHarness) -> None:
    made = desk.planned()
    decisions.hold(desk.work, made, "ana")
    desk.plan()
    assert desk.state() is State.CANCELLED
    desk.plan(draft())
    desk.settle(minutes=5)
    assert (desk.texts(), desk.state()) == ([], State.HELD)
    decisions.release(desk.work, made, "ana")
    desk.settle()
    assert desk.texts() == ["Free them all."]


def test_what_is_too_late_when_first_planned_is_listed_as_missed(desk: CampaignHarness) -> None:
    report = desk.plan(draft(due=-7 * HOUR), draft("later", due=-5 * HOUR))
    assert (report.missed, report.added) == (1, 1)
    assert desk.states() == [State.MISSED, State.PLANNED]
    desk.settle()
    assert len(desk.texts()) == 1


def test_a_missed_post_that_is_moved_into_the_future_gets_another_chance(desk: CampaignHarness) -> None:
    desk.plan(draft(due=-7 * HOUR))
    desk.plan(draft(due=HOUR))
    desk.settle(hours=2)
    assert desk.texts() == ["Free them all."]


def test_a_rejected_post_that_is_reworded_is_sent_and_one_that_is_not_is_left(desk: CampaignHarness) -> None:
    desk.plan(draft())
    desk.networks["mastodon"].fail_next(FaultyAction.PUBLISH, How.REJECTED)
    desk.deliver()
    desk.plan(draft())
    desk.settle()
    assert (desk.state(), desk.texts()) == (State.REJECTED, [])
    desk.plan(draft(parts=("Other words.",)))
    desk.settle()
    assert desk.texts() == ["Other words."]


def test_a_retried_post_is_not_missed_again_because_somebody_plans(desk: CampaignHarness) -> None:
    made = desk.planned(due=-7 * HOUR)
    decisions.retry(desk.work, made, "ana")
    assert desk.plan(draft(due=-7 * HOUR)).is_quiet
    desk.plan(draft(due=-7 * HOUR, parts=("Other words.",)))
    desk.deliver()
    assert desk.texts() == ["Other words."]


def test_a_begun_thread_is_finished_as_it_was_begun(desk: CampaignHarness) -> None:
    desk.plan(draft(parts=("One.", "Two.")))
    desk.mastodon.after = lambda _: desk.mastodon.refuse("publish", platform_error(Outcome.NOT_SENT))
    desk.deliver()
    desk.mastodon.after = lambda _: None
    assert desk.one().begun
    desk.plan(draft(parts=("Eins.", "Zwei."), due=HOUR))
    desk.plan()
    desk.settle()
    assert desk.texts() == ["One.", "Two."]


def test_a_link_that_becomes_known_lets_the_post_go(desk: CampaignHarness) -> None:
    desk.plan(draft(due=HOUR, waiting_for="live"))
    desk.settle(hours=2)
    assert desk.texts() == []
    desk.plan(draft(due=HOUR, parts=("Watch https://live.example/",)))
    assert desk.one().error == ""
    desk.settle()
    assert desk.texts() == ["Watch https://live.example/"]


def test_a_post_that_waits_for_a_link_says_so_an_hour_before_it_is_due_and_once(desk: CampaignHarness) -> None:
    desk.plan(draft(due=2 * HOUR, waiting_for="live"))
    desk.settle(minutes=59)
    assert not desk.told("waiting")
    desk.settle(minutes=30)
    (told,) = desk.told("waiting")
    assert told.alarming
    assert "{live}" in event_text(told)


def test_a_link_that_is_never_known_makes_it_missed_and_says_why(desk: CampaignHarness) -> None:
    desk.plan(draft(waiting_for="live"))
    desk.settle(hours=7)
    assert desk.state() is State.MISSED
    assert "{live}" in worded(desk.one().error)
    assert desk.texts() == []


def test_two_accounts_and_languages_are_deliveries_of_their_own(desk: CampaignHarness) -> None:
    desk.plan(draft(), draft(account="x"), draft(language="de", parts=("Freiheit.",)), draft(day="T-1"))
    assert len({(one.message, one.day, one.language, one.account) for one in desk.all()}) == 4


@pytest.mark.parametrize("state", [state for state in State if state not in {State.SENT, State.MISSED}])
def test_what_becomes_important_stays_the_same_post_with_its_uploads_and_its_state(
    desk: CampaignHarness, state: State
) -> None:
    made = desk.planned(media=[IMAGE], due=HOUR)
    desk.clock.passes(minutes=50)
    media.prepare(desk.work, "mastodon")
    desk.force(made, state=state, error="as it was", not_before=START + 2 * HOUR)
    before = desk.one()
    marked = replace(draft(media=[IMAGE], due=HOUR), important=True)
    report = desk.plan(marked)
    assert (report.changed, report.kept) == (1, 0)
    assert desk.plan(marked).is_quiet
    assert replace(desk.one(), important=False) == before
    with desk.work.store.read() as tx:
        assert len(uploads.uploads_of_part(tx, made, 0)) == 1


def test_an_edit_of_the_words_asks_for_another_check_and_one_of_the_time_alone_does_not(desk: CampaignHarness) -> None:
    made = desk.planned(due=HOUR)
    desk.force(made, checked_at=START, trouble="a banner is missing")
    desk.plan(draft(due=HOUR / 2))
    assert (desk.one().checked_at, desk.one().trouble) == (START, "a banner is missing")
    desk.plan(draft(due=HOUR / 2, parts=("Other words.",)))
    assert (desk.one().checked_at, desk.one().trouble) == (None, "a banner is missing")
