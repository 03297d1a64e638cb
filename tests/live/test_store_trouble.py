"""A store that cannot be opened, read or written: plain words, nothing sent, and on it goes afterwards."""

from __future__ import annotations

import ctypes
import re
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy.engine import make_url

from tests.harness.bot_process import PATIENCE_S
from tests.harness.live_campaign import LiveCampaign, now, once_each
from tests.harness.postgresql import postgresql
from tests.harness.terminal import CommandResult

PR_CAPBSET_DROP = 24
DAC_OVERRIDE, DAC_READ_SEARCH = 1, 2
SMALL = 8 * 1024


def without_roots_privilege() -> None:
    """A test that runs as root may write anywhere, unless this right is given up before the command begins."""
    prctl = ctypes.CDLL(None).prctl
    prctl(PR_CAPBSET_DROP, DAC_OVERRIDE, 0, 0, 0)
    prctl(PR_CAPBSET_DROP, DAC_READ_SEARCH, 0, 0, 0)


def on_a_full_disk() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL, SMALL))


def own(live: LiveCampaign) -> dict[str, str]:
    """Without bytecode: what Python cannot write whole for want of room would be read by the next process."""
    return live.own({"PYTHONDONTWRITEBYTECODE": "1"})


def bot(live: LiveCampaign, *words: str, before: Callable[[], None] | None = None) -> CommandResult:
    """A command in a process that is not like others."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", *words],
        cwd=live.root,
        env=own(live),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        preexec_fn=before,
    )
    return CommandResult(done.returncode, done.stdout, done.stderr)


def assert_said_plainly(said: CommandResult, *words: str) -> None:
    assert said.status == 1
    assert "Traceback" not in said.err
    assert len(said.err.splitlines()) < 4
    for word in words:
        assert word in said.err
    assert said.out == ""


def test_a_folder_that_cannot_be_written_is_said(live: LiveCampaign) -> None:
    live.many(1, now())
    live.root.chmod(0o500)
    assert_said_plainly(bot(live, "run", "--once", before=without_roots_privilege), "var")
    live.root.chmod(0o700)
    assert live.accepted() == []


@pytest.mark.parametrize("mode", [0o400, 0o000])
def test_what_is_planned_goes_although_a_folder_of_messages_cannot_be_read(live: LiveCampaign, mode: int) -> None:
    texts = live.many(1, now())
    live.done("plan")
    (live.root / "messages").chmod(mode)
    said = bot(live, "run", "--once", before=without_roots_privilege)
    (live.root / "messages").chmod(0o700)
    assert_said_plainly(said, "messages", "this folder cannot be read")
    assert once_each(live.accepted(), texts)


def test_a_store_that_can_only_be_read_is_said(live: LiveCampaign) -> None:
    live.many(1, now())
    live.done("plan")
    for file in (live.root / "var").iterdir():
        file.chmod(0o400 if file.is_file() else 0o500)
    (live.root / "var").chmod(0o500)
    said = bot(live, "run", "--once", before=without_roots_privilege)
    assert_read(lambda *words: bot(live, *words, before=without_roots_privilege), LOOKS)
    (live.root / "var").chmod(0o700)
    assert_said_plainly(said, "The store said:", "Nothing is sent from here while it lasts.")
    assert live.accepted() == []


LOOKS = (("queue",), ("report",), ("sightings",))


def assert_read(command: Callable[..., CommandResult], looks: Sequence[Sequence[str]] = LOOKS[:1]) -> None:
    """Every command that only looks shows what stands in the store; one that changes something says that it cannot."""
    for words in looks:
        said = command(*words)
        assert (said.status, said.out == "") == (0, False), (words, said.err)
        assert "The store can only be read from here." in said.err
    (one, _) = command("queue", "--json").document
    assert one["message"] == "m01"
    refused = command("hold", "1")
    assert refused.status == 1
    assert "Traceback" not in refused.err


def test_a_store_on_a_full_disk_can_be_read(live: LiveCampaign) -> None:
    live.many(1, now() + timedelta(hours=1))
    live.done("plan")
    assert_read(lambda *words: bot(live, *words, before=on_a_full_disk), LOOKS)
    live.done("hold", "1")


def test_a_store_that_is_in_use_can_be_read_by_who_may_not_write(live: LiveCampaign) -> None:
    live.many(1, now() + timedelta(hours=1))
    worker = live.run()
    live.until(lambda: len(live.queue()) == 2)
    for file in (live.root / "var").iterdir():
        file.chmod(0o400 if file.is_file() else 0o500)
    (live.root / "var").chmod(0o500)
    assert_read(lambda *words: bot(live, *words, before=without_roots_privilege))
    (live.root / "var").chmod(0o700)
    assert worker.stopped() == 0


def test_a_database_that_only_grants_reading_can_be_read(shared: LiveCampaign) -> None:
    shared.many(1, now())
    shared.done("plan")
    server, name = postgresql(), str(make_url(shared.database).database)
    for statement in ("CREATE ROLE watcher LOGIN", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO watcher"):
        server.ask(statement, name)
    shared.database = re.sub("//[^@]*@", "//watcher@", shared.database)
    try:
        assert_read(shared.bot)
    finally:
        server.ask("DROP OWNED BY watcher", name)
        server.ask("DROP ROLE watcher")


def test_a_file_that_is_no_store_is_said_and_left_alone(live: LiveCampaign) -> None:
    live.many(1, now())
    live.write("var/groundswell.db", "Minutes of the meeting. " * 500)
    said = bot(live, "run", "--once")
    assert_said_plainly(said, "not a database", "restore")
    assert (live.root / "var/groundswell.db").read_text().startswith("Minutes")


def test_a_store_of_a_newer_version_is_said_and_left_alone(live: LiveCampaign) -> None:
    live.many(1, now())
    live.done("plan")
    with closing(sqlite3.connect(live.root / "var/groundswell.db")) as store, store:
        store.execute("UPDATE alembic_version SET version_num = '9999'")
    assert_said_plainly(live.bot("run", "--once"), "newer Groundswell", "backup")
    assert live.accepted() == []


def test_a_disk_that_is_full_at_the_start_is_said(live: LiveCampaign) -> None:
    live.many(1, now())
    assert_said_plainly(bot(live, "run", "--once", before=on_a_full_disk), "The store said:", "make room")
    assert live.accepted() == []
