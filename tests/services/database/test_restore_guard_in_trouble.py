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
    desk: CampaignHarness,
) -> None:
    desk.plan(draft())
    forget_since(desk)
    desk.mastodon.refuse("look", *[platform_error(Outcome.NOT_SENT)] * 8)
    desk.settle(minutes=5)
    assert desk.texts() == []
    assert in_doubt(desk) == ["mastodon"]
    assert [event.alarming for event in desk.told("still_in_doubt")].count(True) == 1
    desk.settle(hours=1)
    assert desk.texts() == ["Free them all."]


def test_a_timeline_that_loses_what_it_has_shown_is_not_believed(
    desk: CampaignHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.plan(draft("other", parts=["Other."]), draft())
    forget_since(desk)
    posts(desk, "Other.")
    shown: list[OwnPost] = desk.mastodon.own_posts(START)
    answers = [shown, [], [], [], shown, shown]
    monkeypatch.setattr(desk.mastodon, "own_posts", lambda since: answers.pop(0) if answers else shown)
    desk.settle()
    assert answers == []
    assert desk.texts() == ["Other.", "Free them all."]


def test_readings_that_are_billed_are_paid_and_wait_for_money(tmp_path: Path) -> None:
    desk = CampaignHarness(tmp_path, budget=0.05)
    desk.plan(draft(account="x"))
    forget_since(desk)
    desk.settle(minutes=30)
    assert (desk.texts("x"), in_doubt(desk)) == ([], ["x"])
    assert desk.x.requests["look"] == 0


def test_what_was_spent_without_our_knowledge_is_on_the_bill(desk: CampaignHarness) -> None:
    desk.plan(draft(account="x"))
    forget_since(desk)
    posts(desk, "Free them all.", account="x")
    desk.deliver("x")
    with desk.work.store.read() as tx:
        spent = control.spent(tx, "x", START)
    assert spent == desk.x.own_post_cost + 15_000


def test_a_person_can_look_where_we_cannot_and_what_was_due_is_held_for_them(desk: CampaignHarness) -> None:
    due, later = desk.plan(draft(), draft("later", parts=["Later."], due=timedelta(hours=3))).ids
    forget_since(desk)
    desk.mastodon.refuse("look", platform_error(Outcome.NOT_SENT))
    desk.deliver("mastodon")
    held = restore_guard.recover_without_reading(desk.work.store, desk.work.locks, desk.clock(), "ana")
    assert [one.id for one in held] == [due]
    assert in_doubt(desk) == []
    desk.settle(hours=4)
    assert [desk.state(due), desk.state(later)] == [State.HELD, State.SENT]
    assert desk.texts() == ["Later."]


def test_nothing_is_reckoned_before_a_person_has_said_yes(desk: CampaignHarness) -> None:
    desk.plan(draft())
    forget_since(desk, needs_yes=True)
    desk.settle(hours=2)
    assert (desk.texts(), desk.mastodon.requests["look"]) == ([], 0)
    doubt = status(desk.work).open_doubt
    assert doubt is not None
    assert doubt.needs_yes
    restore_guard.adopt(desk.work.store, desk.folder, desk.work.config.accounts, desk.clock(), "ana")
    assert any(text.startswith("mastodon is paused since") for text in obstacles(status(desk.work)))
    desk.settle()
    assert desk.texts() == ["Free them all."]
    assert status(desk.work).held_back == ()


def test_a_worker_that_dies_between_two_readings_is_followed_by_one_that_goes_on(desk: CampaignHarness) -> None:
    desk.plan(draft())
    forget_since(desk)
    desk.deliver()
    desk.clock.passes(seconds=10)
    other = desk.worker()
    deliver.deliver(other, "mastodon")
    desk.clock.passes(seconds=60)
    deliver.deliver(desk.worker(), "mastodon")
    assert desk.mastodon.requests["look"] == 3
    assert desk.texts() == ["Free them all."]


def watch(desk: CampaignHarness) -> None:
    desk.work.store.high_water_mark = HighWaterMark(desk.folder / "witness")
    assert restore_guard.notice(desk.work.store, desk.work.config.accounts, desk.clock()) is None


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
    desk = CampaignHarness(tmp_path)
    assert isinstance(desk.store_pool, SqliteStorePool)
    watch(desk)
    desk.plan(*(draft(name, parts=[name], due=timedelta(minutes=place)) for place, name in enumerate("abc")))
    replaced(desk.store_pool.file, lambda: desk.settle(minutes=1))
    desk.settle(hours=1)
    assert sorted(desk.texts()) == ["a", "b", "c"]
    assert len(desk.told("doubt")) == 1
