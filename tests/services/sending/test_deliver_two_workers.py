"""Two workers on one store, at the same time and one after another: nothing is ever doubled."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.domain.delivery import State
from bot.errors import GroundswellError
from bot.platforms.rehearsal.faults import FaultyAction, How
from bot.services import decisions, stop
from bot.services.moderation import approval
from bot.services.plan import plan
from bot.services.sending import deliver
from bot.services.watching import poll
from bot.store import sightings
from bot.store.engine import account_lock
from tests.harness.campaign import ACCOUNTS, CampaignHarness, draft
from tests.harness.stores import BOTH


def all_at_once(*jobs: Callable[[], object]) -> None:
    failed: list[BaseException] = []
    start = threading.Barrier(len(jobs))

    def run(job: Callable[[], object]) -> None:
        try:
            start.wait(10)
            job()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    if failed:
        raise failed[0]


@pytest.fixture(params=BOTH)
def on(request: pytest.FixtureRequest) -> str:
    """The kind of store that they share."""
    return str(request.param)


def busy_desk(folder: Path, on: str) -> CampaignHarness:
    desk = CampaignHarness(folder, on)
    desk.plan(
        *(draft(f"m{n}", account=account, parts=(f"{n}.", f"{n}!")) for n in range(6) for account in ACCOUNTS),
    )
    for n in range(4):
        desk.solidarity(f"u{n}")
    desk.read()
    for seen in desk.seen():
        approval.approve(desk.work, seen.id, "ana")
    return desk


@pytest.mark.parametrize("faults", [(), (How.AMBIGUOUS_ACCEPTED, How.AMBIGUOUS_NOT_ACCEPTED, How.NOT_SENT) * 2])
def test_workers_side_by_side_send_each_thing_once(tmp_path: Path, on: str, faults: tuple[How, ...]) -> None:
    desk = busy_desk(tmp_path, on)
    for how in faults:
        desk.networks["mastodon"].fail_next(FaultyAction.PUBLISH, how)
        desk.networks["mastodon"].fail_next(FaultyAction.RESHARE, how)
    workers = [desk.worker() for _ in range(3)]

    def turns(number: int) -> Callable[[], None]:
        def run() -> None:
            for _ in range(4):
                for account in ACCOUNTS[:: 1 if number % 2 else -1]:
                    deliver.deliver(workers[number], account)

        return run

    all_at_once(*(turns(number) for number in range(3)))
    desk.settle()
    wanted = sorted(f"{n}{end}" for n in range(6) for end in ".!")
    assert sorted(desk.texts()) == sorted(desk.texts("x")) == wanted
    assert len(set(desk.reshared())) == len(desk.reshared()) == 4
    assert set(desk.states()) == {State.SENT}


def test_a_worker_that_finds_the_account_busy_does_something_else(desk: CampaignHarness) -> None:
    desk.plan(draft(), draft(account="x"))
    with desk.worker().locks.hold(account_lock("mastodon")):
        assert not deliver.deliver(desk.work, "mastodon")
        assert deliver.deliver(desk.work, "x")
    assert (desk.texts(), len(desk.texts("x"))) == ([], 1)


def test_people_and_workers_at_the_same_time_lose_nothing(tmp_path: Path, on: str) -> None:
    desk = CampaignHarness(tmp_path, on)
    desk.plan(*(draft(f"m{n}", parts=(f"{n}.",)) for n in range(12)))
    ids = [one.id for one in desk.all()]
    person = desk.worker()

    def meddle() -> None:
        for one in ids:
            for deed in (decisions.hold, decisions.release, decisions.cancel, decisions.retry):
                try:
                    deed(person, one, "ana")
                except GroundswellError:
                    continue

    all_at_once(lambda: desk.deliver("mastodon"), meddle, lambda: deliver.deliver(person, "mastodon"))
    desk.settle()
    assert sorted(desk.texts()) == sorted(f"{n}." for n in range(12))
    assert set(desk.states()) == {State.SENT}


def test_planners_at_the_same_time_plan_each_post_once(tmp_path: Path, on: str) -> None:
    desk = CampaignHarness(tmp_path, on)
    drafts = [draft(f"m{n}") for n in range(30)]
    workers = [desk.worker() for _ in range(3)]
    all_at_once(*(lambda worker=worker: plan(worker.store, drafts, desk.clock()) for worker in workers))
    assert len(desk.all()) == 30


def test_readers_at_the_same_time_store_each_post_once(tmp_path: Path, on: str) -> None:
    desk = CampaignHarness(tmp_path, on, trusted=["@u1@elsewhere.example"])
    made = {desk.solidarity(f"u{n}", text=f"{n} #FreeBelarusUnionists #April19") for n in range(90)}
    workers = [desk.worker() for _ in range(3)]

    def read(number: int) -> Callable[[], object]:
        return lambda: [poll.read(workers[number], one) for one in poll.source_polls(workers[number])]

    all_at_once(*(read(number) for number in range(3)))
    desk.read()
    assert len(desk.seen()) == 90
    assert {seen.post.uri for seen in desk.seen()} == made
    assert all(len(seen.sources) == 2 for seen in desk.seen())
    assert len(desk.all()) == 1


def test_a_yes_and_a_no_at_the_same_time_end_as_one_of_them(desk: CampaignHarness) -> None:
    desk.solidarity()
    desk.read()
    seen = desk.seen()[0].id
    yes, no = desk.worker(), desk.worker()
    all_at_once(lambda: approval.approve(yes, seen, "ana"), lambda: approval.reject(no, seen, "ben"))
    with desk.work.store.read() as tx:
        after = sightings.get(tx, seen)
    assert after is not None
    desk.settle()
    assert len(desk.reshared()) == (str(after.state) == "approved")


def test_a_stop_among_busy_workers_is_the_end_of_sending(tmp_path: Path, on: str) -> None:
    desk = busy_desk(tmp_path, on)
    workers = [desk.worker() for _ in range(2)]
    counts: list[int] = []

    def stop_all() -> None:
        assert stop.stop(desk.worker(), "ana") == []
        counts.append(sum(len(network.ledger) for network in desk.networks.values()))

    def run(number: int) -> Callable[[], None]:
        def turns() -> None:
            for _ in range(3):
                deliver.deliver(workers[number], ACCOUNTS[number])

        return turns

    all_at_once(run(0), run(1), stop_all)
    desk.settle()
    assert sum(len(network.ledger) for network in desk.networks.values()) == counts[0]
    assert not {State.CLAIMED, State.SENDING} & set(desk.states())
    stop.resume(desk.work, "ana")
    desk.settle()
    assert len(desk.texts()) == len(desk.texts("x")) == 12


def test_money_is_never_spent_twice_by_workers_side_by_side(tmp_path: Path, on: str) -> None:
    desk = CampaignHarness(tmp_path, on, budget=0.1)
    desk.plan(*(draft(f"m{n}", account="x", parts=(f"{n}.",)) for n in range(5)))
    for n in range(20):
        desk.solidarity(f"u{n}", "x")
    readers = [desk.worker() for _ in range(2)]

    def read(number: int) -> Callable[[], object]:
        return lambda: [poll.read(readers[number], one) for one in poll.source_polls(readers[number])]

    all_at_once(lambda: desk.deliver("x"), read(0), read(1))
    assert desk.networks["x"].spent <= 100_000
