"""Where the day's money goes: what was billed for what, what posts will need, how readings make do with the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cli.documents import budget_json
from bot.cli.plan.run_up import calendar_lines
from bot.domain.money import Purpose, micro
from bot.platforms.rehearsal.faults import FaultyAction, How
from bot.services import budget, money
from bot.services.budget import BudgetForecast, ReadingCondition
from bot.services.preview import previews
from bot.services.sending import deliver
from bot.services.watching import poll
from bot.services.watching.poll import SourcePoll
from bot.store import control
from tests.harness.campaign import CampaignHarness, config, draft
from tests.harness.rehearsal_networks import START
from tests.harness.table import each_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MIDNIGHT = datetime(2025, 4, 17, tzinfo=UTC)


def of_x(harness: CampaignHarness) -> BudgetForecast:
    (found,) = budget.budget_forecasts(harness.work)
    return found


def purposes(harness: CampaignHarness) -> dict[Purpose, tuple[int, int]]:
    with harness.work.store.read() as tx:
        found = control.charges_since(tx, "x", harness.clock())
        assert sum(one.amount for one in found) == control.spent(tx, "x", harness.clock())
    return {one.purpose: (one.calls, one.amount) for one in found}


def search_of(harness: CampaignHarness) -> SourcePoll:
    (watch,) = [one for one in poll.source_polls(harness.work) if one.account == "x"]
    return watch


def test_every_bill_says_what_it_was_for(tmp_path: Path) -> None:
    harness = CampaignHarness(tmp_path, budget=3.0)
    harness.plan(draft("one", account="x"), draft("two", account="x", parts=("See https://a.example/",)))
    for number in range(3):
        harness.solidarity(f"u{number}", "x")
    harness.read()
    harness.read()
    harness.settle()
    found = purposes(harness)
    assert found[Purpose.POST] == (2, micro(0.215))
    assert found[Purpose.SEARCH] == (1, micro(0.015))


def test_what_cost_nothing_is_no_billed_call_and_what_may_be_on_the_bill_is_one(tmp_path: Path) -> None:
    harness = CampaignHarness(tmp_path, budget=3.0)
    harness.plan(draft(account="x"))
    harness.networks["x"].fail_next(FaultyAction.PUBLISH, How.NOT_SENT)
    harness.networks["x"].fail_next(FaultyAction.READ, How.REJECTED)
    harness.deliver()
    harness.read()
    assert purposes(harness) == {Purpose.POST: (0, 0), Purpose.SEARCH: (0, 0)}
    harness.networks["x"].fail_next(FaultyAction.READ, How.AMBIGUOUS_NOT_ACCEPTED)
    harness.read()
    assert purposes(harness)[Purpose.SEARCH] == (1, search_of(harness).source.page_cost)


def test_readings_leave_what_todays_posts_will_need(tmp_path: Path) -> None:
    harness = CampaignHarness(tmp_path, budget=0.3)
    harness.plan(
        draft("dear", account="x", parts=("See https://a.example/",), due=15 * HOUR),
        draft("tomorrow", account="x", parts=("See https://b.example/",), due=20 * HOUR),
    )
    for number in range(40):
        harness.solidarity(f"u{number}", "x")
    for _ in range(30):
        harness.read()
        harness.clock.passes(minutes=30)
    assert harness.networks["x"].spent == micro(0.05), "the last tenth is for the last hours of the day"
    deliver.deliver(harness.work, "x")
    assert harness.texts("x") == ["See https://a.example/"]


def test_reshares_leave_it_too_while_posts_and_undoing_may_use_everything(tmp_path: Path) -> None:
    harness = CampaignHarness(tmp_path, budget=0.21)
    harness.plan(draft(account="x", parts=("See https://a.example/",), due=HOUR))

    def may_use(purpose: Purpose) -> bool:
        with harness.work.store.begin() as tx:
            aside = money.reserve(tx, harness.work, "x", micro(0.02), START, purpose)
            if aside is not None:
                money.settle(tx, aside, billed=0)
        return aside is not None

    first = {Purpose.POST, Purpose.MEDIA, Purpose.UNDO, Purpose.OWN}
    assert {purpose for purpose in Purpose if may_use(purpose)} == first


def test_what_a_post_that_is_too_late_would_have_cost_is_not_kept(tmp_path: Path) -> None:
    harness = CampaignHarness(tmp_path, budget=0.3)
    harness.plan(draft(account="x", parts=("See https://a.example/",), late=HOUR))
    harness.clock.passes(minutes=30)
    assert of_x(harness).today.reserved == micro(0.2)
    harness.clock.passes(hours=1)
    assert of_x(harness).today.reserved == 0


def test_of_a_flood_without_end_something_is_read_until_midnight_and_nothing_is_skipped(tmp_path: Path) -> None:
    harness = CampaignHarness(tmp_path, budget=1.0)
    made = {harness.solidarity(f"u{number}", "x") for number in range(400)}
    watch, read_at = search_of(harness), []
    while harness.clock() < MIDNIGHT:
        before = harness.networks["x"].spent
        poll.read_in_turn(harness.work, watch)
        if harness.networks["x"].spent > before:
            read_at.append((harness.clock(), harness.networks["x"].spent))
        harness.clock.now = max(watch.next_at, harness.clock() + timedelta(seconds=1))
    assert read_at[0] == (START, micro(0.85)), "most of it goes at once"
    assert [spent for _, spent in read_at[1:]] == [micro(0.9), micro(0.95)]
    assert read_at[-1][0] == MIDNIGHT - 6 * HOUR
    assert len(harness.told("slowed")) == 1
    for _ in range(3):
        poll.read_all(harness.work, watch)
        harness.clock.passes(hours=24)
    assert {one.post.uri for one in harness.seen()} == made


def test_readings_that_find_nothing_are_free_and_go_on_when_money_is_short(tmp_path: Path) -> None:
    harness = CampaignHarness(tmp_path, budget=1.0)
    with harness.work.store.begin() as tx:
        money.book(tx, "x", micro(0.8), START, Purpose.SEARCH)
    watch = search_of(harness)
    poll.read(harness.work, watch)
    assert of_x(harness).condition is ReadingCondition.SLOWED
    assert watch.next_at == START + timedelta(seconds=30)


def test_a_budget_that_is_raised_ends_the_slowness_within_minutes(tmp_path: Path) -> None:
    harness = CampaignHarness(tmp_path, budget=0.12)
    for number in range(60):
        harness.solidarity(f"u{number}", "x")
    watch = search_of(harness)
    poll.read_in_turn(harness.work, watch)
    poll.read_in_turn(harness.work, watch)
    harness.work = harness.worker(config(budget=3.0))
    harness.clock.passes(minutes=10)
    assert watch.is_due(harness.clock())
    poll.read_all(harness.work, watch)
    assert len(harness.seen()) == 60


@each_of(
    ("spent", "condition"),
    [(0.0, ReadingCondition.OK), (2.5, ReadingCondition.SLOWED), (2.96, ReadingCondition.STOPPED)],
)
def test_the_budget_says_how_readings_go_on(tmp_path: Path, spent: float, condition: ReadingCondition) -> None:
    harness = CampaignHarness(tmp_path, budget=3.0)
    with harness.work.store.begin() as tx:
        money.book(tx, "x", micro(spent), START, Purpose.SEARCH)
    found = of_x(harness)
    assert found.condition is condition
    assert found.until == (None if condition is ReadingCondition.OK else MIDNIGHT)


def test_a_day_is_foreseen_from_its_posts_and_from_the_days_before(tmp_path: Path) -> None:
    harness = CampaignHarness(tmp_path, budget=3.0)
    harness.plan(
        draft("today", account="x", due=HOUR),
        draft("tomorrow", account="x", parts=("See https://a.example/",), due=DAY),
        draft("much later", account="x", due=30 * DAY),
    )
    with harness.work.store.begin() as tx:
        for days, usd in ((1, 0.9), (2, 0.3), (40, 9.0)):
            control.add_charge(tx, "x", START - days * DAY, Purpose.SEARCH, micro(usd), 1)
            control.add_charge(tx, "x", START - days * DAY, Purpose.POST, micro(5), 1)
    found = budget_json(of_x(harness))
    assert found["foreseen_usd"] == pytest.approx(0.015 + 0.6 * 16 / 24)
    assert found["ahead"] == [{"day": "2025-04-17", "foreseen_usd": 0.8}]
    assert (found["reserved_usd"], found["left_usd"], found["state"]) == (0.015, 3.0, "ok")


def test_on_its_first_day_a_campaign_is_foreseen_from_the_hours_that_are_gone(tmp_path: Path) -> None:
    harness = CampaignHarness(tmp_path, budget=3.0)
    with harness.work.store.begin() as tx:
        money.book(tx, "x", micro(0.4), START, Purpose.SEARCH)
    assert budget_json(of_x(harness))["foreseen_usd"] == pytest.approx(1.2)


def test_without_a_limit_nothing_is_slowed(tmp_path: Path) -> None:
    harness = CampaignHarness(tmp_path)
    found = budget_json(of_x(harness))
    assert (found["budget_usd"], found["left_usd"], found["state"]) == (None, None, "ok")


def test_a_post_that_waits_for_an_address_is_priced_with_it_everywhere(tmp_path: Path) -> None:
    harness = CampaignHarness(tmp_path, budget=3.0)
    parts = ("Watch us live: {live}", "And the slides: {slides}")
    harness.plan(draft(account="x", parts=parts, waiting_for="live", due=HOUR))
    work = replace(harness.work, platforms={})
    (one,) = harness.all()
    assert money.price(work, one) == micro(0.4)
    assert any("$0.400" in line for line in calendar_lines(work.config.campaign, previews(work, [one]), 80))
    (standing,) = budget.budget_forecasts(work)
    assert standing.today.reserved == micro(0.4)
