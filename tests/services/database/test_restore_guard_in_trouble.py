"""Timelines that cannot be read or believed, readings that cost money, and workers that die over it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.cli.words.status import obstacles
from bot.domain.delivery import State
from bot.domain.post import OwnPost
from bot.errors import Outcome
from bot.services.database import restore_guard
from bot.services.sending import deliver
from bot.services.status import status
from bot.store import control
from bot.store.identity import HighWaterMark
from tests.harness.campaign import CampaignHarness, draft
from tests.harness.faulty_platform import platform_error
from tests.harness.rehearsal_networks import START
from tests.harness.stores import SqliteStorePool
from tests.services.database.restored_store import forget_since, in_doubt, posts


def test_a_timeline_that_cannot_be_read_keeps_the_account_in_doubt_and_a_person_is_told_once(
    harness: CampaignHarness,
) -> None:
    harness.plan(draft())
    forget_since(harness)
    harness.mastodon.refuse("look", *[platform_error(Outcome.NOT_SENT)] * 8)
    harness.settle(minutes=5)
    assert harness.texts() == []
    assert in_doubt(harness) == ["mastodon"]
    assert [event.alarming for event in harness.told("still_in_doubt")].count(True) == 1
    harness.settle(hours=1)
    assert harness.texts() == ["Free them all."]


def test_a_timeline_that_loses_what_it_has_shown_is_not_believed(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.plan(draft("other", parts=["Other."]), draft())
    forget_since(harness)
    posts(harness, "Other.")
    shown: list[OwnPost] = harness.mastodon.own_posts(START)
    answers = [shown, [], [], [], shown, shown]
    monkeypatch.setattr(harness.mastodon, "own_posts", lambda *_: answers.pop(0) if answers else shown)
    harness.settle()
    assert answers == []
    assert harness.texts() == ["Other.", "Free them all."]


def test_readings_that_are_billed_are_paid_and_wait_for_money(tmp_path: Path) -> None:
    harness = CampaignHarness(tmp_path, budget=0.05)
    harness.plan(draft(account="x"))
    forget_since(harness)
    harness.settle(minutes=30)
    assert (harness.texts("x"), in_doubt(harness)) == ([], ["x"])
    assert harness.x.requests["look"] == 0


def test_what_was_spent_without_our_knowledge_is_on_the_bill(harness: CampaignHarness) -> None:
    harness.plan(draft(account="x"))
    forget_since(harness)
    posts(harness, "Free them all.", account="x")
    harness.deliver("x")
    with harness.work.store.read() as tx:
        spent = control.spent(tx, "x", START)
    assert spent == harness.x.own_post_cost + 15_000


def test_a_person_can_look_where_we_cannot_and_what_was_due_is_held_for_them(harness: CampaignHarness) -> None:
    due, later = harness.plan(draft(), draft("later", parts=["Later."], due=timedelta(hours=3))).ids
    forget_since(harness)
    harness.mastodon.refuse("look", platform_error(Outcome.NOT_SENT))
    harness.deliver("mastodon")
    held = restore_guard.recover_without_reading(harness.work.store, harness.work.locks, harness.clock(), "ana")
    assert [one.id for one in held] == [due]
    assert in_doubt(harness) == []
    harness.settle(hours=4)
    assert [harness.state(due), harness.state(later)] == [State.HELD, State.SENT]
    assert harness.texts() == ["Later."]


def test_nothing_is_reckoned_before_a_person_has_said_yes(harness: CampaignHarness) -> None:
    harness.plan(draft())
    forget_since(harness, needs_yes=True)
    harness.settle(hours=2)
    assert (harness.texts(), harness.mastodon.requests["look"]) == ([], 0)
    doubt = status(harness.work).open_doubt
    assert doubt is not None
    assert doubt.needs_yes
    restore_guard.adopt(harness.work.store, harness.folder, harness.work.config.accounts, harness.clock(), "ana")
    assert any(text.startswith("mastodon is paused since") for text in obstacles(status(harness.work)))
    harness.settle()
    assert harness.texts() == ["Free them all."]
    assert status(harness.work).held_back == ()


def test_a_worker_that_dies_between_two_readings_is_followed_by_one_that_goes_on(harness: CampaignHarness) -> None:
    harness.plan(draft())
    forget_since(harness)
    harness.deliver()
    harness.clock.passes(seconds=10)
    other = harness.worker()
    deliver.deliver(other, "mastodon")
    harness.clock.passes(seconds=60)
    deliver.deliver(harness.worker(), "mastodon")
    assert harness.mastodon.requests["look"] == 3
    assert harness.texts() == ["Free them all."]


def watch(harness: CampaignHarness) -> None:
    harness.work.store.high_water_mark = HighWaterMark(harness.folder / "witness")
    assert restore_guard.notice(harness.work.store, harness.work.config.accounts, harness.clock()) is None


def replaced(file: Path, meanwhile: Callable[[], None]) -> None:
    """What happened meanwhile is forgotten: the file is put back as it was."""
    kept = file.with_suffix(".kept")
    shutil.copy(file, kept)
    wal = file.with_name(file.name + "-wal")
    if wal.exists():
        shutil.copy(wal, kept.with_name(kept.name + "-wal"))
    meanwhile()
    for ending in ("-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
    if kept.with_name(kept.name + "-wal").exists():
        kept.with_name(kept.name + "-wal").replace(wal)
    kept.replace(file)


def test_a_store_that_was_replaced_by_yesterdays_while_a_worker_works_sends_nothing_twice(tmp_path: Path) -> None:
    harness = CampaignHarness(tmp_path)
    assert isinstance(harness.store_pool, SqliteStorePool)
    watch(harness)
    harness.plan(*(draft(name, parts=[name], due=timedelta(minutes=place)) for place, name in enumerate("abc")))
    replaced(harness.store_pool.file, lambda: harness.settle(minutes=1))
    harness.settle(hours=1)
    assert sorted(harness.texts()) == ["a", "b", "c"]
    assert len(harness.told("doubt")) == 1
