"""A backup restored, a store copied to a second host, a move broken off: noticed, and nothing is out twice."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.harness.bot_process import PATIENCE_S
from tests.harness.live_campaign import LiveCampaign, now, once_each
from tests.harness.postgresql import postgresql
from tests.harness.terminal import CommandResult

KILLED_IN = """\
import os, signal, sys

where = sys.argv.pop(1)


def look(frame, event, _):
    if frame.f_code.co_name == where and "bot" in frame.f_code.co_filename:
        os.kill(os.getpid(), signal.SIGKILL)


sys.settrace(look)
from bot.__main__ import main

main()
"""
"""`bot`, killed as a power cut does, in the moment when it begins a function of this name."""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where the store is: "" for beside bot.toml."""
    if request.param == "sqlite":
        yield ""
        return
    database = postgresql().create()
    yield postgresql().url(database)
    postgresql().drop(database)


def more(live: LiveCampaign, *names: str) -> list[str]:
    """Messages that are due now; gives their texts."""
    for name in names:
        live.message(name, f"This is {name}.")
    live.schedule(dict.fromkeys(names, now()), file=f"with-{names[0]}")
    return [f"This is {name}." for name in names]


def once(live: LiveCampaign, url: str = "") -> CommandResult:
    return live.bot("run", "--once", DATABASE_URL=url)


def restored(live: LiveCampaign, url: str, backup: str) -> None:
    """The backup in the place of the store, at the same address."""
    if url:
        name = url.rpartition("/")[0] and url.split("?")[0].rpartition("/")[2]
        postgresql().drop(name)
        postgresql().ask(f"CREATE DATABASE {name}")
    said = live.bot("db", "restore", backup, DATABASE_URL=url)
    assert said.status == 0, said.err


def backed_up(live: LiveCampaign, url: str) -> str:
    said = live.bot("db", "backup", "--json", DATABASE_URL=url)
    assert said.status == 0, said.err
    return str(said.document["file"])


def states(live: LiveCampaign, url: str = "") -> dict[str, str]:
    said = live.bot("queue", "--json", DATABASE_URL=url)
    return {f"{one['message']} {one['account']}": one["state"] for one in said.document}


def test_a_restored_backup_sends_nothing_twice_and_goes_on(live: LiveCampaign, url: str) -> None:
    texts = more(live, "known")
    once(live, url)
    texts += more(live, "planned")
    live.bot("plan", DATABASE_URL=url)
    backup = backed_up(live, url)
    texts += more(live, "lost")
    once(live, url)
    assert once_each(live.accepted(), texts)
    restored(live, url, backup)
    texts += more(live, "new")
    said = once(live, url)
    assert "This store was restored or moved" in said.err
    assert len([line for line in said.err.splitlines() if "is out already" in line]) == 4
    assert once_each(live.accepted(), texts)
    assert set(states(live, url).values()) == {"sent"}
    assert "restored" not in once(live, url).err


def test_what_was_posted_in_other_words_is_left_to_a_person(live: LiveCampaign, url: str) -> None:
    more(live, "edited")
    live.bot("plan", DATABASE_URL=url)
    backup = backed_up(live, url)
    live.message("edited", "This is edited by hand.")
    once(live, url)
    live.message("edited", "This is edited.")
    restored(live, url, backup)
    said = once(live, url)
    assert live.texts() == ["This is edited by hand."] * 2
    assert set(states(live, url).values()) == {"held"}
    assert "held for you" in said.err


def test_the_store_of_a_second_host_sends_nothing_until_a_person_says_so(live: LiveCampaign, tmp_path: Path) -> None:
    texts = more(live, "first")
    once(live)
    second = LiveCampaign(tmp_path / "second", live.nursery, live.mastodon, live.x, live.union, live.user)
    shutil.copytree(live.root, second.root)
    texts += more(live, "second")
    shutil.copytree(live.root / "messages", second.root / "messages", dirs_exist_ok=True)
    shutil.copytree(live.root / "schedules", second.root / "schedules", dirs_exist_ok=True)
    said = once(second)
    assert "bot db adopt" in said.err
    assert len(live.accepted()) == 2
    once(live)
    assert once_each(live.accepted(), texts)
    second.done("db", "adopt")
    once(second)
    assert once_each(live.accepted(), texts)
    assert set(states(second).values()) == {"sent"}


def test_a_backup_that_is_taken_while_a_worker_sends_is_of_one_moment(live: LiveCampaign) -> None:
    texts = live.many(12, now())
    live.mastodon.fault("delay", method="POST", path="/statuses$", seconds=0.1)
    live.x.fault("delay", "/2/tweets", method="POST", seconds=0.1, count=None)
    worker = live.run()
    live.until_accepted(4)
    backup = backed_up(live, "")
    assert len(live.accepted()) < 24, "it was to be in the midst"
    live.until_accepted(24)
    assert worker.stopped() == 0
    with closing(sqlite3.connect(backup)) as taken:
        assert taken.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert taken.execute("SELECT count(*) FROM delivery WHERE state = 'sent'").fetchone()[0] < 24
    restored(live, "", backup)
    once(live)
    once(live)
    assert once_each(live.accepted(), texts)
    assert set(states(live).values()) == {"sent"}


def test_a_store_that_is_replaced_under_a_working_worker_sends_nothing_twice(live: LiveCampaign) -> None:
    texts = more(live, "early")
    worker = live.run()
    live.until_accepted(2)
    backup = backed_up(live, "")
    texts += more(live, "later")
    live.until_accepted(4)
    os.replace(backup, live.root / "var" / "groundswell.db")
    for ending in ("-wal", "-shm"):
        (live.root / "var" / f"groundswell.db{ending}").unlink(missing_ok=True)
    worker.waits_for("doubt")
    worker.waits_for("reckoned", 2)
    texts += more(live, "last")
    live.until_accepted(6)
    assert worker.stopped() == 0
    assert once_each(live.accepted(), texts)


def test_a_move_that_is_killed_anywhere_is_finished_by_the_next_and_nothing_is_out_twice(live: LiveCampaign) -> None:
    texts = more(live, "before")
    once(live)
    texts += more(live, "after")
    live.done("plan")
    database = postgresql().create()
    url = postgresql().url(database)
    killed(live, "_seal", url)
    assert live.done("db", "check", "--json").document["moved_to"] == ""
    for where in ("_carry", "go_on_after", "contents"):
        killed(live, where, url)
        refused = once(live)
        assert (refused.status, "was moved to" in refused.err) == (1, True)
    killed(live, "_testify", url)
    assert live.done("db", "copy", url, "--json").document["was_done"]
    assert len(live.accepted()) == 2
    said = once(live, url)
    assert said.status == 0, said.err
    assert once_each(live.accepted(), texts)
    assert once(live).status == 1
    assert once_each(live.accepted(), texts)
    assert set(states(live, url).values()) == {"sent"}


def killed(live: LiveCampaign, where: str, url: str) -> None:
    command = [sys.executable, "-c", KILLED_IN, where, "db", "copy", url]
    environment = live.own({"PYTHONPATH": str(Path(__file__).parents[2])})
    done = subprocess.run(command, cwd=live.root, env=environment, capture_output=True, timeout=PATIENCE_S)
    assert done.returncode == -9, (where, done.stderr.decode())
