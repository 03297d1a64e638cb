"""A disk that fills up, fails or is locked under a worker: nothing leaves meanwhile, and on it goes by itself."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.faults.ailing import FULL, READ_ONLY, UNSYNCED, ailing
from tests.harness.bot_process import piped, until
from tests.harness.live_campaign import LiveCampaign, in_seconds, now, once_each

KEPT_S = 25.0
"""How long an answer may be kept back, so that the disk is ill before it comes: less than a worker waits for it."""


def store_of(live: LiveCampaign) -> list[Path]:
    """The files that a worker writes to."""
    var = live.root / "var"
    names = ["groundswell.db", "groundswell.db-wal", "groundswell.db-journal"]
    return [*(var / name for name in names), *(var / "locks").iterdir()]


@pytest.mark.parametrize(
    ("what", "words"),
    [(FULL, ["make room"]), (READ_ONLY, ["can only be read", "can be written"]), (UNSYNCED, ["failing"])],
)
def test_nothing_is_sent_while_the_disk_is_ill_and_everything_once_when_it_is_well(
    live: LiveCampaign, what: str, words: list[str]
) -> None:
    """Which of the words is said depends on what the worker is just at: one more connection cannot be opened."""
    texts = live.many(3, now())
    live.done("stop")
    worker = live.run()
    worker.waits_for("working")
    with ailing(worker.pid, what, store_of(live), live.root.parent / "ailing") as ailment:
        live.done("resume")
        worker.waits_for("failed")
        before = ailment.errors
        until(lambda: ailment.errors > before + 6)
        early = live.accepted()
    live.until_accepted(2 * len(texts))
    assert worker.stopped() == 0
    assert early == []
    assert once_each(live.accepted(), texts)
    assert_said_once(worker.err, *words)


def assert_said_once(log: str, *words: str) -> None:
    """The log has one of these words and the way out of it, and the same line no second time, however long it took."""
    said = [line.partition(" failed ")[2] for line in log.splitlines() if " ! failed " in line]
    assert any(word in line for word in words for line in said), said
    assert all("The store" in line and "Nothing is sent from here while it lasts." in line for line in said)
    assert len(set(said)) == len(said)
    assert "Traceback" not in log


LITTLE_PATIENCE = """\
from bot.store import engine

engine.BUSY_SECONDS = 0.3

from bot.__main__ import main

main()
"""


def test_nothing_is_sent_while_another_process_keeps_the_store_locked(live: LiveCampaign) -> None:
    with piped(live.own({}), live.root, ("-c", LITTLE_PATIENCE)) as worker:
        worker.waits_for(" working ")
        live.many(3, in_seconds(3600))
        begun = time.monotonic()
        live.done("plan")
        due = in_seconds(2 + 3 * (time.monotonic() - begun))  # by how long planning takes on a busy machine
        texts = live.many(3, due)
        live.done("plan")
        with closing(sqlite3.connect(live.root / "var" / "groundswell.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert now() < due
            worker.waits_for(" ! failed ")
            until(lambda: now() > due + timedelta(seconds=1))
            early = live.accepted()
        until(lambda: len(live.accepted()) >= 2 * len(texts))
    assert early == []
    assert once_each(live.accepted(), texts)
    assert_said_once(worker.said, "Another process keeps the store busy")


def test_an_answer_that_cannot_be_written_down_is_looked_for_and_not_asked_for_again(live: LiveCampaign) -> None:
    texts = live.many(1, now())
    live.mastodon.settings(idempotency="ignore")
    live.mastodon.fault("accept_then_delay", method="POST", path="/statuses$", seconds=KEPT_S, count=1)
    live.x.fault("accept_then_delay", "/2/tweets", method="POST", seconds=KEPT_S)
    worker = live.run()
    live.until_accepted(2)
    with ailing(worker.pid, UNSYNCED, store_of(live), live.root.parent / "ailing") as ailment:
        live.mastodon.clear_faults()
        live.x.clear_faults()
        worker.waits_for("failed")
        before = ailment.errors
        until(lambda: ailment.errors > before + 6)
    worker.waits_for("found", 2)
    live.until(lambda: {one["state"] for one in live.queue()} == {"sent"})
    assert worker.stopped() == 0
    assert once_each(live.accepted(), texts)
