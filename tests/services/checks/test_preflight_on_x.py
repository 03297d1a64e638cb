"""What X alone makes a check ahead look at: the day's money, words it has had, and the price of asking."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.money import Prices, micro
from bot.errors import Outcome
from bot.services.checks import preflight
from bot.store import control
from tests.harness.campaign import CampaignHarness, draft
from tests.harness.faulty_platform import FaultyPlatform, platform_error
from tests.harness.rehearsal_networks import START
from tests.harness.table import each_of
from tests.harness.words import worded
from tests.services.checks.preflight_steps import HOUR, MINUTE, TOKEN, important, look, spent

USER_READ = micro(Prices().user_read)


@each_of(("budget", "trouble"), [(0.445, True), (0.446, False)])
def test_a_budget_that_does_not_cover_the_day_is_said_before_the_day(
    tmp_path: Path, budget: float, trouble: bool
) -> None:
    harness = CampaignHarness(tmp_path, budget=budget)
    texts = ("See https://a.example/", "No link.", "Look {live}", "Short.")
    links = ("", "", "live", "")
    harness.plan(
        *(
            important(f"m{n}", account="x", parts=(text,), waiting_for=link, due=23 * HOUR + n * MINUTE)
            for n, (text, link) in enumerate(zip(texts, links, strict=True))
        )
    )
    with harness.work.store.begin() as tx:
        control.spend(tx, "x", micro(0.016), START + 23 * HOUR)
    preflight.look_ahead(harness.work, "x")
    about = "The budget of x for 17 April (UTC) does not cover it: $0.001 more than $0.445. Raise budget_usd_per_day."
    found = [about in worded(one.trouble) for one in harness.all()]
    assert found == [False, False, False, trouble]


def test_words_that_x_has_had_within_a_day_are_said(harness: CampaignHarness) -> None:
    harness.plan(important("a", account="x"), important("b", account="x", due=23 * HOUR), important("c", due=23 * HOUR))
    harness.settle(minutes=1)
    look(harness, "x")
    look(harness)
    first, second, third = harness.all()
    assert worded(second.trouble).startswith(
        f"b (en) says the same as delivery {first.id} on x within a day, which X refuses."
    )
    assert third.trouble == ""


def test_asking_x_who_we_are_is_paid_for_at_most_once_an_hour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FaultyPlatform, "facts_cost", USER_READ)
    harness = CampaignHarness(tmp_path, budget=3.0)
    harness.plan(*(draft(f"m{n}", account="x", parts=(f"{n}",), due=HOUR + n * 5 * MINUTE) for n in range(24)))
    for minute in range(120):
        harness.clock.now = START + minute * MINUTE
        harness.deliver("x")
        look(harness, "x")
    assert [one.checked_at is not None for one in harness.all()] == [True] * 24
    assert (harness.x.requests["facts"], spent(harness) - harness.networks["x"].spent) == (2, 2 * USER_READ)


def test_asking_x_never_takes_the_money_of_a_post(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FaultyPlatform, "facts_cost", USER_READ)
    harness = CampaignHarness(tmp_path, budget=0.024)
    harness.plan(draft(account="x", due=HOUR))
    look(harness, "x")
    assert (harness.x.requests["facts"], spent(harness), harness.one().trouble) == (0, 0, "")
    harness.settle(hours=2)
    assert len(harness.accepted("x")) == 1


def test_an_answer_that_was_lost_is_paid_for_and_a_refusal_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FaultyPlatform, "facts_cost", USER_READ)
    harness = CampaignHarness(tmp_path, budget=3.0)
    harness.plan(draft(account="x", due=HOUR))
    harness.x.refuse("facts", TOKEN)
    harness.x.lose("facts", platform_error(Outcome.AMBIGUOUS))
    look(harness, "x")
    assert (spent(harness), "x is refused" in worded(harness.one().trouble)) == (0, True)
    harness.clock.passes(minutes=10)
    look(harness, "x")
    assert (spent(harness), "x does not answer" in worded(harness.one().trouble)) == (USER_READ, True)
