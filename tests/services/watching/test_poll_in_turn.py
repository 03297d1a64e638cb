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
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Pair:
    return Pair(CampaignHarness(tmp_path, request.param, monitor=RULES))


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


class Pair:
    """Two workers on one store, and the one search that both of them watch."""

    def __init__(self, desk: CampaignHarness) -> None:
        self.desk = desk
        self.first, self.second = desk.work, desk.worker()
        self.watches = {id(work): _of_x(work) for work in (self.first, self.second)}
        self.search = Counted(self.watches[id(self.first)].source)
        for watch in self.watches.values():
            watch.source = self.search

    def wake(self, work: Work) -> bool:
        """What the scheduler does once a second; gives whether X was searched."""
        watch, before = self.watches[id(work)], self.search.asked
        if watch.is_due(self.desk.clock()):
            poll.read_in_turn(work, watch)
        return self.search.asked > before


def _of_x(work: Work) -> SourcePoll:
    return next(watch for watch in poll.source_polls(work) if watch.account == "x")


def test_a_source_that_another_worker_has_just_read_is_left_alone(pair: Pair) -> None:
    pair.desk.solidarity(account="x")
    assert pair.wake(pair.first)
    assert not pair.wake(pair.second)
    pair.desk.clock.passes(seconds=19)
    assert not pair.wake(pair.second)
    pair.desk.clock.passes(seconds=1)
    assert pair.wake(pair.second)
    assert not pair.wake(pair.first)


def test_of_an_hour_of_two_workers_there_are_as_many_readings_as_of_one(pair: Pair) -> None:
    def an_hour(*works: Work) -> int:
        before = pair.search.asked
        for _ in range(3600):
            pair.desk.clock.passes(seconds=1)
            for work in works:
                pair.wake(work)
        return pair.search.asked - before

    alone = an_hour(pair.first)
    assert an_hour(pair.first, pair.second) <= alone + 2


def test_when_one_dies_the_other_goes_on_at_the_next_reading(pair: Pair) -> None:
    pair.desk.solidarity("ana", "x")
    assert pair.wake(pair.first)
    pair.desk.solidarity("eva", "x")
    for _ in range(60):
        pair.desk.clock.passes(seconds=1)
        pair.wake(pair.second)
    assert len(pair.desk.seen()) == 2


def test_a_source_that_another_worker_is_reading_at_this_moment_is_come_back_to_soon(pair: Pair) -> None:
    watch = pair.watches[id(pair.second)]
    with pair.first.locks.hold(source_lock(watch.source.name)):
        assert not pair.wake(pair.second)
    pair.desk.clock.passes(seconds=5)
    assert pair.wake(pair.second)


def test_what_a_failure_tells_one_worker_the_other_keeps_to(pair: Pair) -> None:
    again = pair.desk.clock() + timedelta(seconds=100)
    pair.search.error = platform_error(Outcome.NOT_SENT, retry_at=again)
    pair.wake(pair.first)
    pair.search.error = None
    pair.desk.clock.passes(seconds=99)
    assert not pair.wake(pair.second)
    pair.desk.clock.passes(seconds=1)
    assert pair.wake(pair.second)


def test_a_clock_that_was_far_ahead_does_not_keep_anybody_from_reading(pair: Pair) -> None:
    pair.desk.clock.passes(hours=1)
    assert pair.wake(pair.first)
    pair.desk.clock.now -= timedelta(hours=1)
    assert pair.wake(pair.second)


def test_whoever_reads_once_reads_whatever_others_have_read(pair: Pair) -> None:
    assert pair.wake(pair.first)
    pair.desk.solidarity(account="x")
    poll.read(pair.second, _of_x(pair.second))
    assert len(pair.desk.seen()) == 1
