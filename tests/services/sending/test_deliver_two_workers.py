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


def busy_harness(folder: Path, on: str) -> CampaignHarness:
    harness = CampaignHarness(folder, on)
    harness.plan(
        *(draft(f"m{n}", account=account, parts=(f"{n}.", f"{n}!")) for n in range(6) for account in ACCOUNTS),
    )
    for n in range(4):
        harness.solidarity(f"u{n}")
    harness.read()
    for seen in harness.seen():
        approval.approve(harness.work, seen.id, "ana")
    return harness


@pytest.mark.parametrize("faults", [(), (How.AMBIGUOUS_ACCEPTED, How.AMBIGUOUS_NOT_ACCEPTED, How.NOT_SENT) * 2])
def test_workers_side_by_side_send_each_thing_once(tmp_path: Path, on: str, faults: tuple[How, ...]) -> None:
    harness = busy_harness(tmp_path, on)
    for how in faults:
        harness.networks["mastodon"].fail_next(FaultyAction.PUBLISH, how)
        harness.networks["mastodon"].fail_next(FaultyAction.RESHARE, how)
    workers = [harness.worker() for _ in range(3)]

    def turns(number: int) -> Callable[[], None]:
        def run() -> None:
            for _ in range(4):
                for account in ACCOUNTS[:: 1 if number % 2 else -1]:
                    deliver.deliver(workers[number], account)

        return run

    all_at_once(*(turns(number) for number in range(3)))
    harness.settle()
    wanted = sorted(f"{n}{end}" for n in range(6) for end in ".!")
    assert sorted(harness.texts()) == sorted(harness.texts("x")) == wanted
    assert len(set(harness.reshared())) == len(harness.reshared()) == 4
    assert set(harness.states()) == {State.SENT}


def test_a_worker_that_finds_the_account_busy_does_something_else(harness: CampaignHarness) -> None:
    harness.plan(draft(), draft(account="x"))
    with harness.worker().locks.hold(account_lock("mastodon")):
        assert not deliver.deliver(harness.work, "mastodon")
        assert deliver.deliver(harness.work, "x")
    assert (harness.texts(), len(harness.texts("x"))) == ([], 1)


def test_people_and_workers_at_the_same_time_lose_nothing(tmp_path: Path, on: str) -> None:
    harness = CampaignHarness(tmp_path, on)
    harness.plan(*(draft(f"m{n}", parts=(f"{n}.",)) for n in range(12)))
    ids = [one.id for one in harness.all()]
    person = harness.worker()

    def meddle() -> None:
        for one in ids:
            for deed in (decisions.hold, decisions.release, decisions.cancel, decisions.retry):
                try:
                    deed(person, one, "ana")
                except GroundswellError:
                    continue

    all_at_once(lambda: harness.deliver("mastodon"), meddle, lambda: deliver.deliver(person, "mastodon"))
    harness.settle()
    assert sorted(harness.texts()) == sorted(f"{n}." for n in range(12))
    assert set(harness.states()) == {State.SENT}


def test_planners_at_the_same_time_plan_each_post_once(tmp_path: Path, on: str) -> None:
    harness = CampaignHarness(tmp_path, on)
    drafts = [draft(f"m{n}") for n in range(30)]
    workers = [harness.worker() for _ in range(3)]
    all_at_once(*(lambda worker=worker: plan(worker.store, drafts, harness.clock()) for worker in workers))
    assert len(harness.all()) == 30


def test_readers_at_the_same_time_store_each_post_once(tmp_path: Path, on: str) -> None:
    harness = CampaignHarness(tmp_path, on, trusted=["@u1@elsewhere.example"])
    made = {harness.solidarity(f"u{n}", text=f"{n} #FreeBelarusUnionists #April19") for n in range(90)}
    workers = [harness.worker() for _ in range(3)]

    def read(number: int) -> Callable[[], object]:
        return lambda: [poll.read(workers[number], one) for one in poll.source_polls(workers[number])]

    all_at_once(*(read(number) for number in range(3)))
    harness.read()
    assert len(harness.seen()) == 90
    assert {seen.post.uri for seen in harness.seen()} == made
    assert all(len(seen.sources) == 2 for seen in harness.seen())
    assert len(harness.all()) == 1


def test_a_yes_and_a_no_at_the_same_time_end_as_one_of_them(harness: CampaignHarness) -> None:
    harness.solidarity()
    harness.read()
    seen = harness.seen()[0].id
    yes, no = harness.worker(), harness.worker()
    all_at_once(lambda: approval.approve(yes, seen, "ana"), lambda: approval.reject(no, seen, "ben"))
    with harness.work.store.read() as tx:
        after = sightings.get(tx, seen)
    assert after is not None
    harness.settle()
    assert len(harness.reshared()) == (str(after.state) == "approved")


def test_a_stop_among_busy_workers_is_the_end_of_sending(tmp_path: Path, on: str) -> None:
    harness = busy_harness(tmp_path, on)
    workers = [harness.worker() for _ in range(2)]
    counts: list[int] = []

    def stop_all() -> None:
        assert stop.stop(harness.worker(), "ana") == []
        counts.append(sum(len(network.ledger) for network in harness.networks.values()))

    def run(number: int) -> Callable[[], None]:
        def turns() -> None:
            for _ in range(3):
                deliver.deliver(workers[number], ACCOUNTS[number])

        return turns

    all_at_once(run(0), run(1), stop_all)
    harness.settle()
    assert sum(len(network.ledger) for network in harness.networks.values()) == counts[0]
    assert not {State.CLAIMED, State.SENDING} & set(harness.states())
    stop.resume(harness.work, "ana")
    harness.settle()
    assert len(harness.texts()) == len(harness.texts("x")) == 12


def test_money_is_never_spent_twice_by_workers_side_by_side(tmp_path: Path, on: str) -> None:
    harness = CampaignHarness(tmp_path, on, budget=0.1)
    harness.plan(*(draft(f"m{n}", account="x", parts=(f"{n}.",)) for n in range(5)))
    for n in range(20):
        harness.solidarity(f"u{n}", "x")
    readers = [harness.worker() for _ in range(2)]

    def read(number: int) -> Callable[[], object]:
        return lambda: [poll.read(readers[number], one) for one in poll.source_polls(readers[number])]

    all_at_once(lambda: harness.deliver("x"), read(0), read(1))
    assert harness.networks["x"].spent <= 100_000
