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
from tests.harness.words import worded
from tests.services.checks.preflight_steps import HOUR, MINUTE, TOKEN, important, look, spent

USER_READ = micro(Prices().user_read)


@pytest.mark.parametrize(("budget", "trouble"), [(0.445, True), (0.446, False)])
def test_a_budget_that_does_not_cover_the_day_is_said_before_the_day(
    tmp_path: Path, budget: float, trouble: bool
) -> None:
    desk = CampaignHarness(tmp_path, budget=budget)
    texts = ("See https://a.example/", "No link.", "Look {live}", "Short.")
    links = ("", "", "live", "")
    desk.plan(
        *(
            important(f"m{n}", account="x", parts=(text,), waiting_for=link, due=23 * HOUR + n * MINUTE)
            for n, (text, link) in enumerate(zip(texts, links, strict=True))
        )
    )
    with desk.work.store.begin() as tx:
        control.spend(tx, "x", micro(0.016), START + 23 * HOUR)
    preflight.look_ahead(desk.work, "x")
    about = "The budget of x for 17 April (UTC) does not cover it: $0.001 more than $0.445. Raise budget_usd_per_day."
    found = [about in worded(one.trouble) for one in desk.all()]
    assert found == [False, False, False, trouble]


def test_words_that_x_has_had_within_a_day_are_said(desk: CampaignHarness) -> None:
    desk.plan(important("a", account="x"), important("b", account="x", due=23 * HOUR), important("c", due=23 * HOUR))
    desk.settle(minutes=1)
    look(desk, "x")
    look(desk)
    first, second, third = desk.all()
    assert worded(second.trouble).startswith(
        f"b (en) says the same as delivery {first.id} on x within a day, which X refuses."
    )
    assert third.trouble == ""


def test_asking_x_who_we_are_is_paid_for_at_most_once_an_hour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FaultyPlatform, "facts_cost", USER_READ)
    desk = CampaignHarness(tmp_path, budget=3.0)
    desk.plan(*(draft(f"m{n}", account="x", parts=(f"{n}",), due=HOUR + n * 5 * MINUTE) for n in range(24)))
    for minute in range(120):
        desk.clock.now = START + minute * MINUTE
        desk.deliver("x")
        look(desk, "x")
    assert [one.checked_at is not None for one in desk.all()] == [True] * 24
    assert (desk.x.requests["facts"], spent(desk) - desk.networks["x"].spent) == (2, 2 * USER_READ)


def test_asking_x_never_takes_the_money_of_a_post(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FaultyPlatform, "facts_cost", USER_READ)
    desk = CampaignHarness(tmp_path, budget=0.024)
    desk.plan(draft(account="x", due=HOUR))
    look(desk, "x")
    assert (desk.x.requests["facts"], spent(desk), desk.one().trouble) == (0, 0, "")
    desk.settle(hours=2)
    assert len(desk.accepted("x")) == 1


def test_an_answer_that_was_lost_is_paid_for_and_a_refusal_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FaultyPlatform, "facts_cost", USER_READ)
    desk = CampaignHarness(tmp_path, budget=3.0)
    desk.plan(draft(account="x", due=HOUR))
    desk.x.refuse("facts", TOKEN)
    desk.x.lose("facts", platform_error(Outcome.AMBIGUOUS))
    look(desk, "x")
    assert (spent(desk), "x is refused" in worded(desk.one().trouble)) == (0, True)
    desk.clock.passes(minutes=10)
    look(desk, "x")
    assert (spent(desk), "x does not answer" in worded(desk.one().trouble)) == (USER_READ, True)
