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


def booked(harness: CampaignHarness) -> int:
    with harness.work.store.read() as tx:
        return control.spent(tx, "x", harness.clock())


def test_posts_stop_at_the_budget_and_the_next_utc_day_goes_on(tmp_path: Path) -> None:
    harness = with_budget(tmp_path, 0.05)
    harness.plan(*(draft(f"m{n}", account="x", parts=(f"{n}.",), late=timedelta(days=2)) for n in range(5)))
    harness.settle(hours=3)
    assert len(harness.accepted("x")) == 3
    assert "budget_usd_per_day" in worded(harness.all()[4].error)
    assert len(harness.told("no_money")) == 1, "once for all that wait for the same"
    harness.clock.now = MIDNIGHT - timedelta(seconds=1)
    harness.deliver()
    assert len(harness.accepted("x")) == 3
    harness.settle()
    assert len(harness.accepted("x")) == 5
    assert harness.accepted("x")[-1].at >= MIDNIGHT


def test_a_link_costs_what_a_link_costs(tmp_path: Path) -> None:
    harness = with_budget(tmp_path, 0.21)
    texts = ("See https://a.example/", "See https://b.example/", "No link.")
    harness.plan(*(draft(f"m{n}", account="x", parts=(text,)) for n, text in enumerate(texts)))
    harness.settle()
    assert harness.texts("x") == ["See https://a.example/"]
    assert harness.networks["x"].spent == booked(harness) == micro(0.2)


def test_mastodon_does_not_care_when_x_has_stopped(tmp_path: Path) -> None:
    harness = with_budget(tmp_path, 0.0)
    harness.plan(draft(), draft(account="x"))
    harness.settle()
    assert (len(harness.accepted()), len(harness.accepted("x"))) == (1, 0)


def test_a_thread_goes_on_the_day_after(tmp_path: Path) -> None:
    harness = with_budget(tmp_path, 0.035)
    harness.plan(draft(account="x", parts=("One.", "Two.", "Three.")))
    harness.settle()
    assert harness.texts("x") == ["One.", "Two."]
    harness.clock.now = MIDNIGHT
    harness.settle()
    assert harness.texts("x") == ["One.", "Two.", "Three."]
    assert harness.accepted("x")[2].at >= MIDNIGHT


def test_a_budget_that_a_person_raises_is_used_the_same_day(tmp_path: Path) -> None:
    harness = with_budget(tmp_path, 0.0)
    harness.plan(draft(account="x"))
    harness.settle()
    harness.work = harness.worker(config(budget=1.0))
    harness.settle()
    assert len(harness.accepted("x")) == 1
    assert harness.accepted("x")[0].at < START + 3 * HOUR


def test_what_was_not_sent_or_refused_costs_nothing(tmp_path: Path) -> None:
    harness = with_budget(tmp_path, 1.0)
    harness.plan(draft(account="x"))
    for how in (How.NOT_SENT, How.NOT_SENT, How.REJECTED):
        harness.networks["x"].fail_next(FaultyAction.PUBLISH, how)
    harness.settle()
    assert (harness.state(), booked(harness)) == (State.REJECTED, 0)


def test_what_may_be_on_the_bill_is_booked_as_if_it_were(tmp_path: Path) -> None:
    harness = with_budget(tmp_path, 0.3)
    harness.plan(draft(account="x"))
    harness.networks["x"].fail_next(FaultyAction.PUBLISH, How.AMBIGUOUS_NOT_ACCEPTED)
    harness.deliver()
    assert booked(harness) == micro(0.015)


def test_what_is_given_back_after_midnight_is_given_back_to_yesterday(tmp_path: Path) -> None:
    harness = with_budget(tmp_path, 0.015)
    harness.clock.now = MIDNIGHT - timedelta(seconds=1)
    harness.plan(draft(account="x", due=16 * HOUR - timedelta(seconds=1), late=12 * HOUR))
    harness.networks["x"].fail_next(FaultyAction.PUBLISH, How.NOT_SENT)
    harness.x.before = lambda _: harness.clock.passes(seconds=2)
    harness.deliver()
    harness.x.before = lambda _: None
    assert booked(harness) == 0
    for n in range(3):
        harness.solidarity(f"u{n}", "x")
    harness.networks["x"].fail_next(FaultyAction.READ, How.NOT_SENT)
    harness.read()
    assert booked(harness) == 0


def test_looks_are_billed_too_and_wait_for_money(tmp_path: Path) -> None:
    harness = with_budget(tmp_path, 0.11)
    harness.plan(draft(account="x", late=timedelta(days=2)))
    harness.networks["x"].fail_next(FaultyAction.PUBLISH, How.AMBIGUOUS_NOT_ACCEPTED)
    harness.settle(hours=3)
    assert (harness.state(), harness.x.requests["look"]) == (State.UNKNOWN, 0)
    assert "budget" in worded(harness.one().error)
    harness.clock.now = MIDNIGHT
    harness.settle(minutes=20)
    assert (harness.state(), len(harness.accepted("x"))) == (State.SENT, 1)
    assert booked(harness) == harness.networks["x"].spent, "and what was absent is given back"


def test_reading_stops_at_the_budget_and_skips_nothing(tmp_path: Path) -> None:
    harness = with_budget(tmp_path, 0.12)
    uris = {harness.solidarity(f"u{n}", "x") for n in range(30)}
    (watch,) = [one for one in poll.source_polls(harness.work) if one.account == "x"]
    poll.read(harness.work, watch)
    poll.read(harness.work, watch)
    assert (len(harness.seen()), harness.networks["x"].spent) == (20, micro(0.1))
    assert len(harness.told("no_money")) == 1
    harness.clock.now = MIDNIGHT
    poll.read(harness.work, watch)
    assert {one.post.uri for one in harness.seen()} == uris


def test_a_fetch_that_leads_to_no_reshare_is_paid_for_all_the_same(tmp_path: Path) -> None:
    harness = with_budget(tmp_path, 0.10)
    uris = [harness.solidarity(f"u{n}", "x") for n in range(5)]
    harness.read()
    for seen in harness.seen():
        approval.approve(harness.work, seen.id, "ana")
    for uri in uris[:4]:
        harness.networks["x"].edit(uri, "Something else. #FreeBelarusUnionists")
    harness.settle(hours=3)
    assert harness.networks["x"].spent <= micro(0.10)


@pytest.mark.parametrize(
    "budget", [0.0, 0.41, *(pytest.param(more, marks=pytest.mark.long) for more in (0.02, 0.07, 0.3))]
)
def test_no_budget_is_ever_exceeded_whatever_goes_wrong(tmp_path: Path, budget: float) -> None:
    harness = with_budget(tmp_path, budget)
    network = harness.networks["x"]
    drafts = [draft(f"m{n}", account="x", parts=(f"{n} https://a.example/{n}",)) for n in range(3)]
    drafts += [draft(f"t{n}", account="x", parts=(f"a{n}", f"b{n}"), due=n * HOUR) for n in range(4)]
    for n in range(12):
        harness.solidarity(f"u{n}", "x")
    for action in (FaultyAction.PUBLISH, FaultyAction.RESHARE, FaultyAction.READ, FaultyAction.FETCH):
        for how in (How.AMBIGUOUS_ACCEPTED, How.NOT_SENT, How.AMBIGUOUS_NOT_ACCEPTED):
            network.fail_next(action, how)
    harness.plan(*drafts)
    for _ in range(2):
        harness.read()
        for seen in harness.seen():
            if str(seen.state) == "held":
                approval.approve(harness.work, seen.id, "ana")
        harness.settle(hours=2)
        assert network.spent <= micro(budget)
