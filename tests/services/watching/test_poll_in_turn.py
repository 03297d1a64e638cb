"""Several workers watch the same sources: one reading for all of them, and nothing missed when one dies."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.campaign import MonitorRules
from bot.domain.post import Cursor, Page
from bot.errors import Outcome, PlatformError
from bot.platforms.base import Source
from bot.services.watching import poll
from bot.services.watching.poll import SourcePoll
from bot.services.work import Work
from bot.store.engine import source_lock
from tests.harness.campaign import CampaignHarness
from tests.harness.faulty_platform import platform_error
from tests.harness.stores import BOTH

RULES = MonitorRules(mentions=False, poll_min=timedelta(seconds=20), poll_max=timedelta(minutes=2))


@pytest.fixture(params=BOTH)
def two_workers(request: pytest.FixtureRequest, tmp_path: Path) -> TwoWorkers:
    return TwoWorkers(CampaignHarness(tmp_path, request.param, monitor=RULES))


class Counted:
    """X's search, and how often anybody has asked it."""

    def __init__(self, source: Source) -> None:
        self.name, self.kind, self.page_cost, self._source = source.name, source.kind, source.page_cost, source
        self.asked = 0
        self.error: PlatformError | None = None

    def read(self, cursor: Cursor) -> Page:
        self.asked += 1
        if self.error:
            raise self.error
        return self._source.read(cursor)


class TwoWorkers:
    """Two workers on one store, and the one search that both of them watch."""

    def __init__(self, harness: CampaignHarness) -> None:
        self.harness = harness
        self.first, self.second = harness.work, harness.worker()
        self.watches = {id(work): _of_x(work) for work in (self.first, self.second)}
        self.search = Counted(self.watches[id(self.first)].source)
        for watch in self.watches.values():
            watch.source = self.search

    def wake(self, work: Work) -> bool:
        """What the scheduler does once a second; gives whether X was searched."""
        watch, before = self.watches[id(work)], self.search.asked
        if watch.is_due(self.harness.clock()):
            poll.read_in_turn(work, watch)
        return self.search.asked > before


def _of_x(work: Work) -> SourcePoll:
    return next(watch for watch in poll.source_polls(work) if watch.account == "x")


def test_a_source_that_another_worker_has_just_read_is_left_alone(two_workers: TwoWorkers) -> None:
    two_workers.harness.solidarity(account="x")
    assert two_workers.wake(two_workers.first)
    assert not two_workers.wake(two_workers.second)
    two_workers.harness.clock.passes(seconds=19)
    assert not two_workers.wake(two_workers.second)
    two_workers.harness.clock.passes(seconds=1)
    assert two_workers.wake(two_workers.second)
    assert not two_workers.wake(two_workers.first)


def test_of_an_hour_of_two_workers_there_are_as_many_readings_as_of_one(two_workers: TwoWorkers) -> None:
    def an_hour(*works: Work) -> int:
        before = two_workers.search.asked
        for _ in range(3600):
            two_workers.harness.clock.passes(seconds=1)
            for work in works:
                two_workers.wake(work)
        return two_workers.search.asked - before

    alone = an_hour(two_workers.first)
    assert an_hour(two_workers.first, two_workers.second) <= alone + 2


def test_when_one_dies_the_other_goes_on_at_the_next_reading(two_workers: TwoWorkers) -> None:
    two_workers.harness.solidarity("ana", "x")
    assert two_workers.wake(two_workers.first)
    two_workers.harness.solidarity("eva", "x")
    for _ in range(60):
        two_workers.harness.clock.passes(seconds=1)
        two_workers.wake(two_workers.second)
    assert len(two_workers.harness.seen()) == 2


def test_a_source_that_another_worker_is_reading_at_this_moment_is_come_back_to_soon(two_workers: TwoWorkers) -> None:
    watch = two_workers.watches[id(two_workers.second)]
    with two_workers.first.locks.hold(source_lock(watch.source.name)):
        assert not two_workers.wake(two_workers.second)
    two_workers.harness.clock.passes(seconds=5)
    assert two_workers.wake(two_workers.second)


def test_what_a_failure_tells_one_worker_the_other_keeps_to(two_workers: TwoWorkers) -> None:
    again = two_workers.harness.clock() + timedelta(seconds=100)
    two_workers.search.error = platform_error(Outcome.NOT_SENT, retry_at=again)
    two_workers.wake(two_workers.first)
    two_workers.search.error = None
    two_workers.harness.clock.passes(seconds=99)
    assert not two_workers.wake(two_workers.second)
    two_workers.harness.clock.passes(seconds=1)
    assert two_workers.wake(two_workers.second)


def test_a_clock_that_was_far_ahead_does_not_keep_anybody_from_reading(two_workers: TwoWorkers) -> None:
    two_workers.harness.clock.passes(hours=1)
    assert two_workers.wake(two_workers.first)
    two_workers.harness.clock.now -= timedelta(hours=1)
    assert two_workers.wake(two_workers.second)


def test_whoever_reads_once_reads_whatever_others_have_read(two_workers: TwoWorkers) -> None:
    assert two_workers.wake(two_workers.first)
    two_workers.harness.solidarity(account="x")
    poll.read(two_workers.second, _of_x(two_workers.second))
    assert len(two_workers.harness.seen()) == 1
