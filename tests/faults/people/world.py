"""A campaign at work on both platforms: a worker and a person in processes of their own, and a clock set by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from bot.domain.campaign import PaceRules
from bot.domain.delivery import Delivery, Draft, State
from bot.domain.moderation import Judgement, Reason, Verdict
from bot.domain.sighting import Seen, Sighting
from bot.platforms.base import Platform
from bot.services import decisions
from bot.services import plan as plan_service
from bot.services.plan import PlanReport
from bot.services.sending import deliver as deliver_service
from bot.services.sending import undo as undo_service
from bot.services.work import ProcessMemory, Work
from bot.store import deliveries, past_requests, sightings
from bot.store.store import Store
from tests.faults.people.files import Files, lay_out
from tests.faults.people.judge import Judge, Leaving, key_of
from tests.faults.people.points import Deed, Impatient, Points, WatchedPlatform, WatchedStore
from tests.faults.people.points import Place as Point
from tests.faults.people.served import Entry, OnMastodon, OnX, Place
from tests.harness.campaign import ACCOUNTS, config
from tests.harness.rehearsal_networks import START, ManualClock
from tests.harness.stored_sightings import put_in
from tests.harness.stores import store_pool
from tests.servers.mastodon import MastodonServer
from tests.servers.x.handle import XSimulator


@dataclass(frozen=True)
class Servers:
    """The two platforms, started once."""

    mastodon: MastodonServer
    x: XSimulator


@dataclass(frozen=True)
class Design:
    """How the services do what people rely on; tests put in others, which are wrong."""

    plan: Callable[[Store, Iterable[Draft], datetime], PlanReport] = plan_service.plan
    deliver: Callable[[Work, str], object] = deliver_service.deliver
    hold: Callable[[Work, int, str], object] = decisions.hold
    undo: Callable[[Work, int, str], object] = undo_service.undo


@dataclass(frozen=True)
class Process:
    """A process on this campaign: all it works with, and the points it passes."""

    work: Work
    points: Points


class World:
    """Everything there is, anew for each story."""

    def __init__(self, servers: Servers, folder: Path, store: str = "sqlite", design: Design | None = None) -> None:
        self.design = design or Design()
        self.clock = ManualClock()
        self.files = Files()
        self.places: dict[str, Place] = {
            "mastodon": OnMastodon(servers.mastodon, START),
            "x": OnX(servers.x, START),
        }
        self.judge = Judge(self._book)
        self._folder = folder
        lay_out(folder)
        self._store_pool = store_pool(store)
        self._store_pool.clear()
        self._stores = {"worker": self._store_pool.take(), "person": self._store_pool.take()}
        self._shown: dict[str, datetime] = dict.fromkeys(ACCOUNTS, START)
        self._adapters: list[Any] = []
        self._plan_again = False
        self.processes: dict[str, Process] = {}
        for name in self._stores:
            self.start(name)

    def start(self, name: str) -> None:
        """Begin a process, anew where there was one."""
        points, store = Points(), self._stores[name]
        platforms = {account: self._platform(account, points) for account in ACCOUNTS}
        pace = PaceRules(timedelta(), per_hour=1000, per_day=1000, same_author_gap=timedelta())
        work = Work(
            config(pace=pace),
            cast(Store, WatchedStore(store, points)),
            platforms,
            Impatient(self._store_pool.locks(store, self._folder / "locks")),
            self.clock,
            self._folder,
            lambda _: None,
            memory=ProcessMemory(handles={"mastodon": "@ours@127.0.0.1", "x": "x:ours"}),
        )
        self.processes[name] = Process(work, points)

    def run(
        self,
        name: str,
        deed: Deed,
        steps_in: Mapping[Point, Sequence[Deed]] | None = None,
        dies_at: Point | None = None,
    ) -> None:
        """Have a process do something while others step in; where it dies, another one is started."""
        points = self.processes[name].points
        with points.arranged(steps_in or {}, dies_at):
            deed()
        if not points.is_alive:
            self.start(name)

    def work(self, name: str) -> Work:
        return self.processes[name].work

    def plan(self, work: Work) -> None:
        """Bring the deliveries in line with the files, and tell the judge what holds from now on."""
        with self.processes_closed():
            report = self.design.plan(work.store, list(self.files.drafts()), work.clock())
            self._plan_again = bool(report.later)
            for row in self.rows():
                if row.message in self.files.wordings:
                    asked = row.message in self.files.asked
                    self.judge.planned(key_of(row), self.files.wordings[row.message] if asked else None, row)

    @contextmanager
    def processes_closed(self) -> Iterator[None]:
        """Nobody steps in."""
        first, second = (process.points for process in self.processes.values())
        with first.closed(), second.closed():
            yield

    def see(self) -> None:
        """Somebody's video is sighted on each platform, and waits for a person."""
        work, seen = self.work("person"), []
        for account in self.files.accounts:
            place = self.places[account]
            post = work.platforms[account].fetch(place.theirs)
            assert post is not None
            seen.append(Seen(post, post.hashtags, Judgement(Verdict.HOLD, (Reason.NOBODY_DECIDED,))))
        with work.store.begin() as tx:
            put_in(tx, seen, "the story", work.clock())

    def rows(self) -> list[Delivery]:
        """All deliveries, those that are nearest to being sent first."""
        with self._stores["person"].read() as tx:
            found = deliveries.listed(tx)
        return sorted(found, key=lambda one: (_NEAREST.get(one.state, 9), one.not_before, one.id))

    def sighted(self) -> list[Sighting]:
        with self._stores["person"].read() as tx:
            return sightings.listed(tx)

    def leaving(self) -> Leaving:
        """The parts whose requests have been recorded, and not been answered yet."""
        with self._stores["person"].read() as tx:
            sending = deliveries.in_states(tx, [State.SENDING])
            tried = [(one, past_requests.attempts_of_part(tx, one, len(one.sent_parts))) for one in sending]
        return frozenset((key_of(one), len(one.sent_parts)) for one, found in tried if found and not found[-1][1])

    def deliver(self, work: Work, account: str) -> None:
        self.design.deliver(work, account)

    def passes(self, seconds: float) -> None:
        self.clock.passes(seconds=seconds)

    def settle(self, **some: float) -> None:
        """The worker goes on for so long."""
        work, length = self.work("worker"), timedelta(**some)
        end = self.clock() + length
        while True:
            if self._plan_again:
                self.plan(work)
            for account in self.files.accounts:
                self.deliver(work, account)
            if self.clock() >= end:
                return
            self.clock.now = min(end, deliver_service.next_wake(work, self.clock(), length / 5))

    def look(self) -> None:
        """Hold all ledgers to what people were promised."""
        for account in self.files.accounts:
            self.judge.look(account)

    def close(self) -> None:
        for adapter in self._adapters:
            adapter.close()

    def _platform(self, account: str, points: Points) -> Platform:
        adapter = self.places[account].adapter(self.clock)
        self._adapters.append(adapter)
        watched = WatchedPlatform(adapter, points, lambda: self._show_time(account), lambda: self.judge.look(account))
        return cast(Platform, watched)

    def _show_time(self, account: str) -> None:
        if self._shown[account] != self.clock():
            self._shown[account] = self.clock()
            self.places[account].set_clock(self.clock())

    def _book(self, account: str) -> list[Entry]:
        return self.places[account].book()


_NEAREST = {state: place for place, state in enumerate((State.SENDING, State.CLAIMED, State.UNKNOWN, State.PLANNED))}
