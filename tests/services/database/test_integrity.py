"""`bot db check`: every contradiction in a store is found, named, and comes with what to do."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.cli.words.causes import cause_text
from bot.services.database import integrity as database_check
from bot.services.database.open import OpenedStore
from bot.store.engine import account_lock
from bot.store.identity import file_of
from tests.harness.campaign import CampaignHarness, draft
from tests.harness.stores import BOTH
from tests.harness.table import each_of

AT = "'2025-04-16 08:00:00'"


def campaign_of(harness: CampaignHarness) -> OpenedStore:
    return OpenedStore(harness.folder, harness.work.config, harness.work.store, harness.work.locks)


@pytest.fixture(params=BOTH)
def planned(tmp_path: Path, request: pytest.FixtureRequest) -> CampaignHarness:
    """Three posts are out, two are planned."""
    return with_five(CampaignHarness(tmp_path, store=request.param))


def with_five(made: CampaignHarness) -> CampaignHarness:
    made.plan(*(draft(name, parts=[f"{name}."]) for name in ("one", "two", "three")))
    made.deliver()
    later = timedelta(hours=1)
    out = (draft(name, parts=[f"{name}."]) for name in ("one", "two", "three"))
    made.plan(*out, *(draft(name, parts=[f"{name}."], due=later) for name in ("four", "five")))
    return made


def broken(harness: CampaignHarness, *statements: str) -> list[database_check.IntegrityFault]:
    with harness.work.store.begin() as tx:
        for statement in statements:
            tx.exec_driver_sql(statement)
    return database_check.check(campaign_of(harness)).faults


@each_of(
    ("statement", "words"),
    [
        ("UPDATE delivery SET state = 'flying' WHERE id = 1", "1 is in a state that this version does not know"),
        ("UPDATE delivery SET kind = 'flight' WHERE id = 1", "1 is of a kind that this version does not know"),
        ("UPDATE delivery SET sent_at = NULL WHERE id = 3", "3 is sent, but nobody knows when"),
        (f"UPDATE delivery SET state = 'sent', sent_at = {AT} WHERE id = 4", "4 is sent without a post"),
        ("UPDATE delivery SET state = 'unknown' WHERE id = 4", "4 is under way without an attempt"),
        ("UPDATE delivery SET state = 'claimed' WHERE id = 4", "4 was left half-way"),
        ("UPDATE delivery SET attempts = 0 WHERE id = 3", "3 is behind its own attempts"),
        ("UPDATE sent_part SET post_id = 'same'", "1, 2, 3 claims a post that is another delivery's too"),
        ("ALTER TABLE cursor DROP COLUMN next_at", "table cursor lacks next_at"),
    ],
)
def test_what_cannot_be_is_found_and_comes_with_what_to_do(tmp_path: Path, statement: str, words: str) -> None:
    harness = with_five(CampaignHarness(tmp_path))
    (fault,) = broken(harness, statement)
    assert words in cause_text(fault.what)
    assert fault.do


def test_a_store_that_has_worked_is_sound_on_both(planned: CampaignHarness) -> None:
    assert broken(planned) == []
    checked = database_check.check(campaign_of(planned))
    assert checked.deliveries == {"planned": 2, "sent": 3}


def test_contradictions_are_found_on_both(planned: CampaignHarness) -> None:
    broken(planned, "UPDATE delivery SET state = 'unknown' WHERE attempts = 0")
    (fault,) = broken(planned, "UPDATE delivery SET sent_at = NULL WHERE state = 'sent' AND message = 'three'")[:1]
    assert "sent, but nobody knows when" in cause_text(fault.what)


def test_rows_without_their_delivery_are_found(tmp_path: Path) -> None:
    harness = CampaignHarness(tmp_path)
    with closing(sqlite3.connect(file_of(harness.work.store.url))) as store, store:
        store.execute(f"INSERT INTO sent_part VALUES (999, 0, '1', '', {AT})")
    faults = database_check.check(campaign_of(harness)).faults
    assert [cause_text(fault.what) for fault in faults] == [
        "a row of sent_part belongs to a row of delivery that is not there",
        "a row of sent_part belongs to delivery 999, which is not there",
    ]


def test_what_a_worker_has_in_its_hands_is_not_left_behind(planned: CampaignHarness) -> None:
    with planned.work.store.begin() as tx:
        tx.exec_driver_sql("UPDATE delivery SET state = 'claimed' WHERE state = 'planned'")
    other = planned.worker()
    with other.locks.hold(account_lock("mastodon")):
        assert broken(planned) == []
    assert [fault.do for fault in broken(planned)] == ["‹why:do_run›"]
