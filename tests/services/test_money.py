"""Money is a hard limit: whatever is done, the network bills no more than the day's budget."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.delivery import State
from bot.domain.money import micro
from bot.platforms.rehearsal.faults import FaultyAction, How
from bot.services.moderation import approval
from bot.services.watching import poll
from bot.store import control
from tests.harness.campaign import CampaignHarness, config, draft
from tests.harness.rehearsal_networks import START
from tests.harness.words import worded

HOUR = timedelta(hours=1)
MIDNIGHT = datetime(2025, 4, 17, tzinfo=UTC)


def with_budget(folder: Path, budget: float) -> CampaignHarness:
    return CampaignHarness(folder, budget=budget)


def booked(desk: CampaignHarness) -> int:
    with desk.work.store.read() as tx:
        return control.spent(tx, "x", desk.clock())


def test_posts_stop_at_the_budget_and_the_next_utc_day_goes_on(tmp_path: Path) -> None:
    desk = with_budget(tmp_path, 0.05)
    desk.plan(*(draft(f"m{n}", account="x", parts=(f"{n}.",), late=timedelta(days=2)) for n in range(5)))
    desk.settle(hours=3)
    assert len(desk.accepted("x")) == 3
    assert "budget_usd_per_day" in worded(desk.all()[4].error)
    assert len(desk.told("no_money")) == 1, "once for all that wait for the same"
    desk.clock.now = MIDNIGHT - timedelta(seconds=1)
    desk.deliver()
    assert len(desk.accepted("x")) == 3
    desk.settle()
    assert len(desk.accepted("x")) == 5
    assert desk.accepted("x")[-1].at >= MIDNIGHT


def test_a_link_costs_what_a_link_costs(tmp_path: Path) -> None:
    desk = with_budget(tmp_path, 0.21)
    texts = ("See https://a.example/", "See https://b.example/", "No link.")
    desk.plan(*(draft(f"m{n}", account="x", parts=(text,)) for n, text in enumerate(texts)))
    desk.settle()
    assert desk.texts("x") == ["See https://a.example/"]
    assert desk.networks["x"].spent == booked(desk) == micro(0.2)


def test_mastodon_does_not_care_when_x_has_stopped(tmp_path: Path) -> None:
    desk = with_budget(tmp_path, 0.0)
    desk.plan(draft(), draft(account="x"))
    desk.settle()
    assert (len(desk.accepted()), len(desk.accepted("x"))) == (1, 0)


def test_a_thread_goes_on_the_day_after(tmp_path: Path) -> None:
    desk = with_budget(tmp_path, 0.035)
    desk.plan(draft(account="x", parts=("One.", "Two.", "Three.")))
    desk.settle()
    assert desk.texts("x") == ["One.", "Two."]
    desk.clock.now = MIDNIGHT
    desk.settle()
    assert desk.texts("x") == ["One.", "Two.", "Three."]
    assert desk.accepted("x")[2].at >= MIDNIGHT


def test_a_budget_that_a_person_raises_is_used_the_same_day(tmp_path: Path) -> None:
    desk = with_budget(tmp_path, 0.0)
    desk.plan(draft(account="x"))
    desk.settle()
    desk.work = desk.worker(config(budget=1.0))
    desk.settle()
    assert len(desk.accepted("x")) == 1
    assert desk.accepted("x")[0].at < START + 3 * HOUR


def test_what_was_not_sent_or_refused_costs_nothing(tmp_path: Path) -> None:
    desk = with_budget(tmp_path, 1.0)
    desk.plan(draft(account="x"))
    for how in (How.NOT_SENT, How.NOT_SENT, How.REJECTED):
        desk.networks["x"].fail_next(FaultyAction.PUBLISH, how)
    desk.settle()
    assert (desk.state(), booked(desk)) == (State.REJECTED, 0)


def test_what_may_be_on_the_bill_is_booked_as_if_it_were(tmp_path: Path) -> None:
    desk = with_budget(tmp_path, 0.3)
    desk.plan(draft(account="x"))
    desk.networks["x"].fail_next(FaultyAction.PUBLISH, How.AMBIGUOUS_NOT_ACCEPTED)
    desk.deliver()
    assert booked(desk) == micro(0.015)


def test_what_is_given_back_after_midnight_is_given_back_to_yesterday(tmp_path: Path) -> None:
    desk = with_budget(tmp_path, 0.015)
    desk.clock.now = MIDNIGHT - timedelta(seconds=1)
    desk.plan(draft(account="x", due=16 * HOUR - timedelta(seconds=1), late=12 * HOUR))
    desk.networks["x"].fail_next(FaultyAction.PUBLISH, How.NOT_SENT)
    desk.x.before = lambda _: desk.clock.passes(seconds=2)
    desk.deliver()
    desk.x.before = lambda _: None
    assert booked(desk) == 0
    for n in range(3):
        desk.solidarity(f"u{n}", "x")
    desk.networks["x"].fail_next(FaultyAction.READ, How.NOT_SENT)
    desk.read()
    assert booked(desk) == 0


def test_looks_are_billed_too_and_wait_for_money(tmp_path: Path) -> None:
    desk = with_budget(tmp_path, 0.11)
    desk.plan(draft(account="x", late=timedelta(days=2)))
    desk.networks["x"].fail_next(FaultyAction.PUBLISH, How.AMBIGUOUS_NOT_ACCEPTED)
    desk.settle(hours=3)
    assert (desk.state(), desk.x.requests["look"]) == (State.UNKNOWN, 0)
    assert "budget" in worded(desk.one().error)
    desk.clock.now = MIDNIGHT
    desk.settle(minutes=20)
    assert (desk.state(), len(desk.accepted("x"))) == (State.SENT, 1)
    assert booked(desk) == desk.networks["x"].spent, "and what was absent is given back"


def test_reading_stops_at_the_budget_and_skips_nothing(tmp_path: Path) -> None:
    desk = with_budget(tmp_path, 0.12)
    uris = {desk.solidarity(f"u{n}", "x") for n in range(30)}
    (watch,) = [one for one in poll.source_polls(desk.work) if one.account == "x"]
    poll.read(desk.work, watch)
    poll.read(desk.work, watch)
    assert (len(desk.seen()), desk.networks["x"].spent) == (20, micro(0.1))
    assert len(desk.told("no_money")) == 1
    desk.clock.now = MIDNIGHT
    poll.read(desk.work, watch)
    assert {one.post.uri for one in desk.seen()} == uris


def test_a_fetch_that_leads_to_no_reshare_is_paid_for_all_the_same(tmp_path: Path) -> None:
    desk = with_budget(tmp_path, 0.10)
    uris = [desk.solidarity(f"u{n}", "x") for n in range(5)]
    desk.read()
    for seen in desk.seen():
        approval.approve(desk.work, seen.id, "ana")
    for uri in uris[:4]:
        desk.networks["x"].edit(uri, "Something else. #FreeBelarusUnionists")
    desk.settle(hours=3)
    assert desk.networks["x"].spent <= micro(0.10)


@pytest.mark.parametrize(
    "budget", [0.0, 0.07, 0.41, *(pytest.param(more, marks=pytest.mark.long) for more in (0.02, 0.3))]
)
def test_no_budget_is_ever_exceeded_whatever_goes_wrong(tmp_path: Path, budget: float) -> None:
    desk = with_budget(tmp_path, budget)
    network = desk.networks["x"]
    drafts = [draft(f"m{n}", account="x", parts=(f"{n} https://a.example/{n}",)) for n in range(3)]
    drafts += [draft(f"t{n}", account="x", parts=(f"a{n}", f"b{n}"), due=n * HOUR) for n in range(4)]
    for n in range(12):
        desk.solidarity(f"u{n}", "x")
    for action in (FaultyAction.PUBLISH, FaultyAction.RESHARE, FaultyAction.READ, FaultyAction.FETCH):
        for how in (How.AMBIGUOUS_ACCEPTED, How.NOT_SENT, How.AMBIGUOUS_NOT_ACCEPTED):
            network.fail_next(action, how)
    desk.plan(*drafts)
    for _ in range(2):
        desk.read()
        for seen in desk.seen():
            if str(seen.state) == "held":
                approval.approve(desk.work, seen.id, "ana")
        desk.settle(hours=2)
        assert network.spent <= micro(budget)
