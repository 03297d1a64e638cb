"""What is booked is what X has billed, whatever went wrong meanwhile: by the simulator's own bill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.money import Purpose, day_of, micro
from bot.domain.post import SeenPost
from bot.errors import PlatformError
from bot.services import budget, money
from bot.services.budget import BudgetForecast
from bot.services.moderation import approval
from bot.services.watching import poll
from bot.services.watching.poll import SourcePoll
from bot.store import control
from tests.harness.campaign import TAG, draft
from tests.harness.two_servers import TwoServerHarness
from tests.servers.x.handle import XSimulator

LOOK = micro(0.015)
"""A look at a post that was found on the same day, and at its author: that it may be free is not counted on."""

READS = "^/2/(tweets/search|tweets/[0-9]|users/)"


def of_x(two_servers: TwoServerHarness) -> BudgetForecast:
    (found,) = budget.budget_forecasts(two_servers.work)
    return found


def billed(x: XSimulator) -> int:
    return micro(float(x.ledger()["spent"]))


def cut(two_servers: TwoServerHarness, _: XSimulator) -> None:
    two_servers.wires["x"].cut()


def apologises(_: TwoServerHarness, x: XSimulator) -> None:
    x.fault("status", READS, method="GET", count=None, status=503)


def hangs_up(_: TwoServerHarness, x: XSimulator) -> None:
    x.fault("close", READS, method="GET", count=None)


def loses_answers(_: TwoServerHarness, x: XSimulator) -> None:
    x.fault("accept_then_close", "/2/tweets/search/*", count=None)


OUTAGES: dict[str, Callable[[TwoServerHarness, XSimulator], None]] = {
    "nobody is reached": cut,
    "a gateway apologises": apologises,
    "connections are closed": hangs_up,
    "answers are lost on the way back": loses_answers,
}
SELDOM = frozenset({"connections are closed"})
"""Nobody is reached there either, and no answer comes, as in two of the others."""


@pytest.fixture
def play(two_servers: TwoServerHarness, x_process: XSimulator) -> Callable[[float], None]:
    """Work on X as a worker does, for so many minutes."""
    watches: list[SourcePoll] = []

    def played(minutes: float) -> None:
        if not watches:
            watches.extend(watch for watch in poll.source_polls(two_servers.work) if watch.account == "x")
        end = two_servers.clock() + timedelta(minutes=minutes)
        while two_servers.clock() < end:
            for watch in watches:
                if watch.is_due(two_servers.clock()):
                    poll.read_all(two_servers.work, watch)
            two_servers.deliver("x")
            two_servers.passes(minutes=10)

    return played


@pytest.mark.parametrize(
    "outage", [pytest.param(name, marks=pytest.mark.long) if name in SELDOM else name for name in OUTAGES]
)
def test_hours_of_an_outage_cost_nothing_and_the_bill_adds_up(
    two_servers: TwoServerHarness, x_process: XSimulator, play: Callable[[float], None], outage: str
) -> None:
    x_process.settings(search_window_s=0)
    two_servers.work = two_servers.worker(budget=3.0)
    for who in ("ana", "eva"):
        two_servers.places["x"].theirs(f"Solidarity from {who}! #{TAG}", who)
    play(20)
    with two_servers.work.store.read() as tx:
        assert control.spent(tx, "x", two_servers.clock()) == billed(x_process)
    approval.approve(two_servers.work, 1, "ana")
    OUTAGES[outage](two_servers, x_process)
    two_servers.plan(*(draft(f"m{n}", account="x", parts=(f"Number {n}.",), late=timedelta(hours=9)) for n in range(2)))
    play(150)
    assert of_x(two_servers).today.spent <= billed(x_process) + micro(0.25), (
        "each thing once, and not once for each try"
    )
    x_process.clear_faults()
    two_servers.wires["x"].mend()
    two_servers.places["x"].theirs(f"Late, and all the same! #{TAG}", "ion")
    play(60)
    assert len(two_servers.texts("x")) == 2
    assert len(two_servers.places["x"].reshares()) == 1
    assert of_x(two_servers).today.spent == billed(x_process) + LOOK
    assert sum(one.amount for one in of_x(two_servers).spent_on) == of_x(two_servers).today.spent


def test_what_a_process_that_died_has_left_is_taken_over_by_the_next_one(
    two_servers: TwoServerHarness, x_process: XSimulator
) -> None:
    x_process.settings(search_window_s=0)
    two_servers.places["x"].theirs(f"Solidarity! #{TAG}")
    two_servers.work = two_servers.worker(budget=3.0)
    (watch,) = [one for one in poll.source_polls(two_servers.work) if "x search" in one.source.name]
    with two_servers.work.store.begin() as tx:
        cost = watch.source.page_cost
        money.reserve(tx, two_servers.work, "x", cost, two_servers.clock(), Purpose.SEARCH, watch.source.name)
    poll.read_all(two_servers.work, watch)
    with two_servers.work.store.read() as tx:
        left = control.reserved_amount(tx, "x", Purpose.SEARCH, watch.source.name, day_of(two_servers.clock()))
        assert (left, control.spent(tx, "x", two_servers.clock())) == (0, billed(x_process))


def test_a_page_before_the_one_that_failed_is_paid_for(two_servers: TwoServerHarness, x_process: XSimulator) -> None:
    for number in range(30):
        x_process.seed_post("campaign", f"Number {number}.", created_at=two_servers.clock())
    x_process.fault("status", "/2/users/*/tweets", after=1, status=503)
    with pytest.raises(PlatformError) as failed:
        two_servers.work.platforms["x"].own_posts(two_servers.clock() - timedelta(days=1))
    assert failed.value.billed == billed(x_process) == micro(0.025)


def test_a_look_at_what_may_not_be_reshared_is_paid_for_and_the_reshare_is_not(
    two_servers: TwoServerHarness, x_process: XSimulator, play: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    x_process.settings(search_window_s=0)
    two_servers.work = two_servers.worker(budget=3.0)
    two_servers.places["x"].theirs(f"Solidarity! #{TAG}")
    play(5)
    approval.approve(two_servers.work, 1, "ana")
    fetch = two_servers.work.platforms["x"].fetch

    def edited(uri: str) -> SeenPost | None:
        post = fetch(uri)
        return post and replace(post, text="Buy my coins!")

    monkeypatch.setattr(two_servers.work.platforms["x"], "fetch", edited)
    two_servers.deliver("x")
    spent = {one.purpose: one.amount for one in of_x(two_servers).spent_on}
    assert spent[Purpose.RESHARE] == micro(0.015)
