"""The alarm clock: it is never lost, whatever the clock or the store does."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from bot.app import App
from bot.causes import CauseCode
from bot.cli.words.events import event_text
from bot.clock import system_clock
from bot.domain.campaign import Campaign, Config, MonitorRules, PaceRules
from bot.domain.source_name import SourceKind
from bot.errors import StoreError
from bot.services.events import Event
from bot.services.notifications import Notifier
from bot.services.sending import deliver
from bot.services.work import ProcessMemory, Work
from bot.store import notifications
from bot.store.notifications import KeptNotification
from bot.store.store import FileLocks, Store, sqlite_url
from bot.worker import worker as worker_module
from bot.worker.jobs import PeriodicJob, Rooms, SerialJob
from bot.worker.worker import SOUND_S, Worker
from tests.harness.bot_process import until


class Idle:
    """An app without accounts, whose files fail in a way nobody thought of."""

    def __init__(self, root: Path) -> None:
        campaign = Campaign("Idle", date(2025, 4, 16), ZoneInfo("UTC"), ("en",), ())
        self.told: list[Event] = []
        locks = FileLocks(root / "locks")
        store = Store.open(sqlite_url(root / "groundswell.db"))
        self.notifier = Notifier(store, self.told.append)
        report = self.notifier.report
        self.work = Work(Config(campaign, {}), store, {}, locks, system_clock, root, report, ProcessMemory())

    def follow(self, *, once_settled: bool = False) -> Config:
        raise ZeroDivisionError("a secret")

    files_fault = ""
    faults = 0
    files_seen_at = None

    def accounts(self) -> dict[str, str]:
        return {}

    def ask_limits(self) -> None:
        """Nobody to ask."""

    beat: Any = App.beat


@contextmanager
def running(idle: Idle) -> Iterator[Worker]:
    worker = Worker(cast("App", idle))
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield worker
    finally:
        idle.work.stopping.set()
        thread.join(10)
        idle.work.store.close()
    assert not thread.is_alive()


def test_what_a_worker_tells_is_kept_for_people(tmp_path: Path) -> None:
    idle = Idle(tmp_path)
    with running(idle):
        until(lambda: _kept(idle))
        (failed,) = _kept(idle)
    assert (failed.name, failed.alarming, failed.facts["fault"]) == ("failed", True, "ZeroDivisionError")


def _kept(idle: Idle) -> list[KeptNotification]:
    with idle.work.store.read() as tx:
        return notifications.newest(tx)


def counting(monkeypatch: pytest.MonkeyPatch, wake: Callable[[datetime], datetime]) -> list[datetime]:
    """Each waking, of which `wake` gives the next."""
    wakings: list[datetime] = []

    def next_wake(work: Work, now: datetime, longest: timedelta) -> datetime:
        wakings.append(now)
        return wake(now)

    monkeypatch.setattr(deliver, "next_wake", next_wake)
    return wakings


def test_an_alarm_that_is_due_before_it_is_set_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wakings = counting(monkeypatch, lambda now: now)
    monkeypatch.setattr(Worker, "_wake_if_overslept", lambda _: None)
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # threads change as often as can be, so that what can happen does
    try:
        with running(Idle(tmp_path)):
            until(lambda: len(wakings) > 300)
    finally:
        sys.setswitchinterval(usual)


def test_after_a_clock_was_set_back_by_an_hour_the_worker_sleeps_for_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "LONGEST_SLEEP", timedelta(milliseconds=50))
    wakings = counting(monkeypatch, lambda now: now + timedelta(hours=1))
    with running(Idle(tmp_path)):
        until(lambda: len(wakings) > 5, patience=5)


FIRST_LOOKS = 2
"""How often the first waking, which is the worker's own, asks what is next."""


def test_a_waking_that_is_under_way_does_not_keep_the_worker_from_ending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "LONGEST_SLEEP", timedelta(milliseconds=10))
    monkeypatch.setattr(Worker, "_wake_if_overslept", lambda _: None)
    workers: list[Worker] = []

    def outlast_the_alarm(now: datetime) -> datetime:
        if len(wakings) > FIRST_LOOKS:
            until(lambda: workers and not workers[0]._alarm.running)
        return now

    wakings = counting(monkeypatch, outlast_the_alarm)
    with running(Idle(tmp_path)) as worker:
        workers.append(worker)
        until(lambda: len(wakings) > FIRST_LOOKS)


class Poked:
    """A job that writes down when it is its turn."""

    def __init__(self, name: str, poked: list[str]) -> None:
        self._name, self._poked = name, poked

    def poke_if_due(self, _: datetime) -> None:
        self._poked.append(self._name)


def test_who_is_notified_delivers_and_all_else_keeps_its_time(tmp_path: Path) -> None:
    idle, poked = Idle(tmp_path), list[str]()
    worker = Worker(cast("App", idle))
    worker._periodic = {name: cast("PeriodicJob", Poked(name, poked)) for name in ("lanes", "heart")}
    worker._alarm.start(paused=True)
    worker._wake()
    assert poked == ["lanes", "heart"]
    rings_at = worker._alarm.get_job("wake").next_run_time
    for _ in range(3):
        worker._wake_schedule.forget()
        worker._wake_notified()
    assert poked[2:] == ["lanes"] * 3
    assert worker._alarm.get_job("wake").next_run_time == rings_at
    worker._alarm.shutdown()
    idle.work.store.close()


def test_all_else_waits_for_who_is_delivering_but_not_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Busy:
        def submit(self, job: Callable[[], object]) -> None:
            """It is about to run."""

    idle, poked = Idle(tmp_path), list[str]()
    worker, lane = Worker(cast("App", idle)), SerialJob(Busy(), lambda: None, lambda _: None)
    worker._periodic = {name: cast("PeriodicJob", Poked(name, poked)) for name in ("lanes", "heart")}
    worker._lanes = {"ours": lane}
    worker._alarm.start(paused=True)
    lane.poke()
    worker._wake()
    assert poked == ["lanes"]
    monkeypatch.setattr(worker_module, "LONGEST_PUT_OFF_S", 0.0)
    worker._wake()
    assert poked[1:] == ["lanes", "heart"], "it takes too long"
    monkeypatch.undo()
    monkeypatch.setattr(worker_module, "DELIVERING_S", 0.0)
    worker._wake()
    assert poked[3:] == ["lanes", "heart"], "its server is slow"
    worker._alarm.shutdown()
    idle.work.store.close()


def test_a_store_that_fails_does_not_end_the_waking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "LONGEST_SLEEP", timedelta(milliseconds=10))
    monkeypatch.setattr(Worker, "_wake_if_overslept", lambda _: None)

    def fail(_: datetime) -> Any:
        raise StoreError(CauseCode.STORE_DISK, said="The disk is full")

    wakings, idle = counting(monkeypatch, fail), Idle(tmp_path)
    with running(idle):
        until(lambda: len(wakings) > 5)
    said = [event_text(event) for event in idle.told if event.name == "failed"]
    assert sum("make room" in text for text in said) == 1, "what goes on failing is said once a minute"


def test_a_fault_of_our_own_is_said_with_its_place_and_without_its_text(tmp_path: Path) -> None:
    idle = Idle(tmp_path)
    with running(idle):
        until(lambda: "failed" in [event.name for event in idle.told])
    (text,) = [event_text(event) for event in idle.told if event.name == "failed"]
    assert "ZeroDivisionError at tests.worker.test_worker:" in text
    assert "a secret" not in text


def test_what_had_failed_is_said_to_work_again_once_nobody_fails_for_it_any_more(tmp_path: Path) -> None:
    idle = Idle(tmp_path)
    worker = Worker(cast("App", idle))
    errors = {
        "one": [StoreError(CauseCode.STORE_DISK, said="The disk is full")],
        "two": [StoreError(CauseCode.STORE_DISK, said="The disk is full")] * 2,
    }

    def job(name: str) -> None:
        if errors[name]:
            raise errors[name].pop()

    def told() -> list[str]:
        return [event.name for event in idle.told]

    with ThreadPoolExecutor() as pool:
        lanes = {name: worker._serial_job(partial(job, name), pool) for name in errors}
        for lane in lanes.values():
            lane.poke()
        until(lambda: not errors["one"] and len(errors["two"]) == 1)
        lanes["one"].poke()
        lanes["two"].poke()
        until(lambda: not errors["two"])
        worker._say_what_is_over(time.monotonic() + SOUND_S)
        assert told() == ["failed"], "the other one still fails"
        lanes["two"].poke()
    worker._say_what_is_over(time.monotonic())
    assert told() == ["failed"], "it may fail again"
    worker._say_what_is_over(time.monotonic() + SOUND_S)
    assert told() == ["failed", "works_again"]
    idle.work.store.close()


class Quiet:
    """A source that is never read here."""

    kind = SourceKind.HASHTAG
    page_cost = 0

    def __init__(self, name: str) -> None:
        self.name = name


class Watching:
    """An account that watches one source for each hashtag."""

    def sources(self, hashtags: Sequence[str]) -> list[Quiet]:
        return [Quiet(tag) for tag in hashtags]

    def streams(self, hashtags: Sequence[str]) -> list[object]:
        return []


def test_a_source_keeps_its_rhythm_unless_its_account_or_the_rules_of_watching_change(tmp_path: Path) -> None:
    idle = Idle(tmp_path)

    def watches(**changes: Any) -> list[object]:
        idle.work = replace(idle.work, **changes)
        worker._make_jobs()
        return [job.watch for job in worker._readings._readings.values()]

    def tagged(*tags: str) -> Config:
        return replace(idle.work.config, campaign=replace(idle.work.config.campaign, hashtags=tags))

    worker = Worker(cast("App", idle))
    with Rooms() as worker._rooms:
        first = watches(platforms={"ours": Watching()}, config=tagged("One"))
        assert watches(config=replace(idle.work.config, pace=PaceRules(per_day=1))) == first
        assert watches(config=replace(idle.work.config, monitor=MonitorRules(poll_min=timedelta(seconds=1)))) != first
        lane = next(iter(worker._readings._readings.values())).serial
        assert len(watches(config=tagged("One", "Two"))) == 2
        renewed = watches(platforms={"ours": Watching()})
        assert next(iter(worker._readings._readings.values())).serial is lane, (
            "one lane, so that it is never read twice at once"
        )
        assert len(renewed) == 2
    idle.work.store.close()
