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


def of_x(pair: TwoServerHarness) -> BudgetForecast:
    (found,) = budget.budget_forecasts(pair.work)
    return found


def billed(x: XSimulator) -> int:
    return micro(float(x.ledger()["spent"]))


def cut(pair: TwoServerHarness, _: XSimulator) -> None:
    pair.wires["x"].cut()


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
def play(pair: TwoServerHarness, x_process: XSimulator) -> Callable[[float], None]:
    """Work on X as a worker does, for so many minutes."""
    watches: list[SourcePoll] = []

    def played(minutes: float) -> None:
        if not watches:
            watches.extend(watch for watch in poll.source_polls(pair.work) if watch.account == "x")
        end = pair.clock() + timedelta(minutes=minutes)
        while pair.clock() < end:
            for watch in watches:
                if watch.is_due(pair.clock()):
                    poll.read_all(pair.work, watch)
            pair.deliver("x")
            pair.passes(minutes=10)

    return played


@pytest.mark.parametrize(
    "outage", [pytest.param(name, marks=pytest.mark.long) if name in SELDOM else name for name in OUTAGES]
)
def test_hours_of_an_outage_cost_nothing_and_the_bill_adds_up(
    pair: TwoServerHarness, x_process: XSimulator, play: Callable[[float], None], outage: str
) -> None:
    x_process.settings(search_window_s=0)
    pair.work = pair.worker(budget=3.0)
    for who in ("ana", "eva"):
        pair.places["x"].theirs(f"Solidarity from {who}! #{TAG}", who)
    play(20)
    with pair.work.store.read() as tx:
        assert control.spent(tx, "x", pair.clock()) == billed(x_process)
    approval.approve(pair.work, 1, "ana")
    OUTAGES[outage](pair, x_process)
    pair.plan(*(draft(f"m{n}", account="x", parts=(f"Number {n}.",), late=timedelta(hours=9)) for n in range(2)))
    play(150)
    assert of_x(pair).today.spent <= billed(x_process) + micro(0.25), "each thing once, and not once for each try"
    x_process.clear_faults()
    pair.wires["x"].mend()
    pair.places["x"].theirs(f"Late, and all the same! #{TAG}", "ion")
    play(60)
    assert len(pair.texts("x")) == 2
    assert len(pair.places["x"].reshares()) == 1
    assert of_x(pair).today.spent == billed(x_process) + LOOK
    assert sum(one.amount for one in of_x(pair).spent_on) == of_x(pair).today.spent


def test_what_a_process_that_died_has_left_is_taken_over_by_the_next_one(
    pair: TwoServerHarness, x_process: XSimulator
) -> None:
    x_process.settings(search_window_s=0)
    pair.places["x"].theirs(f"Solidarity! #{TAG}")
    pair.work = pair.worker(budget=3.0)
    (watch,) = [one for one in poll.source_polls(pair.work) if "x search" in one.source.name]
    with pair.work.store.begin() as tx:
        cost = watch.source.page_cost
        money.reserve(tx, pair.work, "x", cost, pair.clock(), Purpose.SEARCH, watch.source.name)
    poll.read_all(pair.work, watch)
    with pair.work.store.read() as tx:
        left = control.reserved_amount(tx, "x", Purpose.SEARCH, watch.source.name, day_of(pair.clock()))
        assert (left, control.spent(tx, "x", pair.clock())) == (0, billed(x_process))


def test_a_page_before_the_one_that_failed_is_paid_for(pair: TwoServerHarness, x_process: XSimulator) -> None:
    for number in range(30):
        x_process.seed_post("campaign", f"Number {number}.", created_at=pair.clock())
    x_process.fault("status", "/2/users/*/tweets", after=1, status=503)
    with pytest.raises(PlatformError) as failed:
        pair.work.platforms["x"].own_posts(pair.clock() - timedelta(days=1))
    assert failed.value.billed == billed(x_process) == micro(0.025)


def test_a_look_at_what_may_not_be_reshared_is_paid_for_and_the_reshare_is_not(
    pair: TwoServerHarness, x_process: XSimulator, play: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    x_process.settings(search_window_s=0)
    pair.work = pair.worker(budget=3.0)
    pair.places["x"].theirs(f"Solidarity! #{TAG}")
    play(5)
    approval.approve(pair.work, 1, "ana")
    fetch = pair.work.platforms["x"].fetch

    def edited(uri: str) -> SeenPost | None:
        post = fetch(uri)
        return post and replace(post, text="Buy my coins!")

    monkeypatch.setattr(pair.work.platforms["x"], "fetch", edited)
    pair.deliver("x")
    spent = {one.purpose: one.amount for one in of_x(pair).spent_on}
    assert spent[Purpose.RESHARE] == micro(0.015)
