"""Lanes: one run at a time, and no end because of an error."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from bot.worker.jobs import OneByOne, PeriodicJob, SerialJob, spare_what_stays

NOON = datetime(2025, 4, 16, 12, tzinfo=UTC)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def raised(error: Exception) -> None:
    raise AssertionError from error


def test_a_lane_never_runs_its_job_twice_at_once_and_once_more_when_it_was_asked_meanwhile(
    pool: ThreadPoolExecutor,
) -> None:
    begun, let_go = threading.Semaphore(0), threading.Semaphore(0)
    runs: list[int] = []

    def job() -> None:
        runs.append(1)
        begun.release()
        assert let_go.acquire(timeout=5)

    lane = SerialJob(pool, job, raised)
    lane.poke()
    assert begun.acquire(timeout=5)
    for _ in range(5):
        lane.poke()
    assert len(runs) == 1
    let_go.release(2)
    assert begun.acquire(timeout=5)
    pool.shutdown(wait=True)
    assert len(runs) == 2


def test_of_one_server_only_one_reading_is_in_a_thread_and_the_others_have_theirs(pool: ThreadPoolExecutor) -> None:
    slow, quick = OneByOne(pool), OneByOne(pool)
    let_go, done = threading.Event(), threading.Event()
    at_once: list[int] = []
    guard = threading.Semaphore(1)

    def hangs() -> None:
        assert guard.acquire(blocking=False), "two at once"
        at_once.append(1)
        assert let_go.wait(5)
        guard.release()

    for _ in range(20):
        slow.submit(hangs)
    quick.submit(done.set)
    assert done.wait(5), "twenty readings of one server fill one thread"
    let_go.set()
    slow.submit(done.clear)
    while done.is_set():
        pass
    assert len(at_once) == 20


def test_a_lane_goes_on_after_an_error_and_hands_it_over(pool: ThreadPoolExecutor) -> None:
    said: list[str] = []
    told = threading.Semaphore(0)

    def job() -> None:
        raise KeyError("gone")

    def failed(error: Exception) -> None:
        said.append(repr(error))
        told.release()

    lane = SerialJob(pool, job, failed)
    for _ in range(2):
        lane.poke()
        assert told.acquire(timeout=5)
    assert said == ["KeyError('gone')"] * 2


class Pokes(SerialJob):
    def __init__(self) -> None:
        self.count = 0

    def poke(self) -> None:
        self.count += 1


def test_a_chore_is_due_every_so_often_and_at_once_when_the_clock_was_set_back() -> None:
    lane = Pokes()
    chore = PeriodicJob(lane, timedelta(minutes=1))
    for seconds, count in ((0, 1), (59, 1), (60, 2), (90, 2), (-3600, 3), (-3590, 3), (-3540, 4)):
        chore.poke_if_due(NOON + timedelta(seconds=seconds))
        assert lane.count == count


def test_what_is_there_when_a_worker_begins_is_not_looked_through_again() -> None:
    before = gc.get_threshold()
    spare_what_stays()
    try:
        assert gc.get_freeze_count() > 10_000
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
