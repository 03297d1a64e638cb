"""Nothing is skipped, on the real protocols: floods within one second, days of downtime, restarts in the middle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.campaign import MonitorRules
from bot.platforms.base import Platform
from bot.services.protection import retention
from bot.services.watching import poll, source_status
from bot.services.watching.poll import SourcePoll
from bot.services.work import ProcessMemory, Work
from tests.harness.campaign import TAG, CampaignHarness
from tests.harness.rehearsal_networks import ManualClock
from tests.harness.words import worded
from tests.platforms.mastodon_driver import MastodonDriver
from tests.platforms.x_driver import XDriver
from tests.servers.mastodon import MastodonServer
from tests.servers.x.handle import XSimulator

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
MANY = 300
"""Posts of one second: several pages on each platform."""

RULES = MonitorRules(mentions=False, backfill=DAY)


class World:
    """One real server, many posts on it, and a worker that watches it by a clock that the test moves."""

    def __init__(self, driver: MastodonDriver | XDriver, folder: Path) -> None:
        self.driver = driver
        self.clock = ManualClock()
        self.clock.now = datetime.now(UTC) - SECOND * 120
        self.harness = CampaignHarness(folder, monitor=RULES)
        self.harness.clock.now = self.clock.now
        self.work = self.begin_anew()

    def begin_anew(self) -> Work:
        """A worker that has just been started: a connection of its own to the server, and nothing but the store."""
        platform: Platform = self.driver.platform()
        ours = {self.driver.name: "@nobody@nowhere.example"}
        self.work = replace(
            self.harness.worker(clock=self.clock),
            platforms={self.driver.name: platform},
            memory=ProcessMemory(handles=ours),
        )
        return self.work

    def watch(self) -> SourcePoll:
        return next(
            one for one in poll.source_polls(self.work) if TAG in one.source.name or "search" in one.source.name
        )

    def floods(self, count: int, begins: datetime, apart: timedelta) -> set[str]:
        """So many posts, one after the other; gives their uris."""
        times = [begins + number * apart for number in range(count)]
        if isinstance(self.driver, XDriver):
            posts = [self.driver.somebody_posts(f"{at:%d %H%M%S%f} #{TAG}", at=at) for at in times]
            return set(posts)
        wishes = [
            {"account": "worker", "text": f"#{TAG}", "media": [{"type": "video"}], "created_at": at.isoformat()}
            for at in times
        ]
        return {post.uri for post in self.driver.server.seed_statuses(wishes)}

    def seen(self) -> list[str]:
        return [one.post.uri for one in self.harness.seen()]

    def gaps(self) -> list[tuple[str, bool]]:
        (found,) = [one for one in source_status.source_statuses(self.work) if one.name == self.watch().source.name]
        return [(worded(gap.reason), gap.filled) for gap in found.gaps]


@pytest.fixture(params=["mastodon", "x"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    driver: MastodonDriver | XDriver
    if request.param == "mastodon":
        server: MastodonServer = request.getfixturevalue("mastodon_process")
        driver = MastodonDriver(server)
    else:
        simulator: XSimulator = request.getfixturevalue("x_process")
        driver = XDriver(simulator)
    yield World(driver, tmp_path)
    driver.close()


def test_hundreds_of_posts_of_one_second_are_all_seen_once_also_by_a_worker_that_begins_in_the_middle(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = world.floods(MANY, world.clock.now, timedelta(0))
    monkeypatch.setattr(poll, "MOST_PAGES", 3)
    watch = world.watch()
    poll.read(world.work, watch)
    assert watch.is_behind
    assert watch.is_due(world.clock.now), "what is left is read at once"
    assert 0 < len(world.seen()) < MANY
    world.begin_anew()
    poll.read_all(world.work, world.watch())
    assert len(world.seen()) == MANY
    assert set(world.seen()) == made


@pytest.mark.parametrize("count", [400, pytest.param(4000, marks=pytest.mark.long)])
def test_days_of_downtime_are_read_forward_and_the_gap_is_filled(world: World, count: int) -> None:
    began, now = world.clock.now - 3 * DAY, world.clock.now
    world.clock.now = began
    world.floods(1, began - SECOND, SECOND)
    poll.read(world.work, world.watch())
    made = world.floods(count, began + SECOND, 3 * DAY / (count + 1))
    world.begin_anew()
    world.clock.now = now
    poll.read_all(world.work, world.watch())
    assert set(world.seen()) > made
    assert len(world.seen()) == count + 1
    assert world.gaps() == [("no worker was running", True)]


def test_what_a_purge_has_passed_is_not_read_any_more_and_stands_as_a_gap(world: World) -> None:
    now = world.clock.now
    world.clock.now = now - 3 * DAY
    world.floods(1, world.clock.now - SECOND, SECOND)
    poll.read(world.work, world.watch())
    world.floods(200, world.clock.now + SECOND, 2 * DAY / 200)
    world.clock.now = now - DAY / 2
    retention.purge(world.work, timedelta(0), timedelta(0), "ben")
    new = world.floods(3, now - DAY / 4, SECOND)
    world.begin_anew()
    world.clock.now = now
    poll.read_all(world.work, world.watch())
    assert set(world.seen()) == new
    assert world.gaps() == [("no worker was running", True), ("purged before it was read", False)]
