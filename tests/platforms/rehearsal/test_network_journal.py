"""What an embedded network remembers on the disk."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.errors import Outcome, PlatformError, StoreError
from bot.platforms.rehearsal.adapter import RehearsalPlatform
from bot.platforms.rehearsal.network import Network
from bot.platforms.rehearsal.rules import mastodon
from bot.platforms.rehearsal.state import Posted
from tests.harness.media_files import opened as given
from tests.harness.rehearsal_networks import IMAGE, START, ManualClock, RehearsalNetworks, accepted, post

_KILLED = """
import os, signal, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tests.harness.rehearsal_networks import RehearsalNetworks, post
world = RehearsalNetworks(Path(sys.argv[1]))
for number in range(5):
    print(world.on_mastodon.publish(post(f"number {number}")).post_id, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_network_that_is_opened_again_knows_everything(tmp_path: Path) -> None:
    journal = tmp_path / "var" / "rehearsal.jsonl"
    before = RehearsalNetworks(journal)
    (tmp_path / "banner.png").write_bytes(b"still")
    upload = before.on_mastodon.upload(given(tmp_path / "banner.png"), IMAGE)
    first = before.on_mastodon.publish(post(idempotency_key="k", media_ids=(upload.media_id,)))
    uri = before.mastodon.post("@a@union.example", "theirs #Solidarity")
    before.mastodon.join("@a@union.example", bio="#nobot")
    seen = before.on_mastodon.fetch(uri)
    assert seen is not None
    before.on_mastodon.reshare(seen)
    before.mastodon.edit(uri, "theirs, edited")
    before.on_mastodon.undo_reshare(uri)
    before.on_mastodon.undo_post(before.on_mastodon.publish(post("a slip")).post_id)

    after = RehearsalNetworks(journal)
    assert after.mastodon.ledger == before.mastodon.ledger
    assert after.on_mastodon.own_posts(START) == before.on_mastodon.own_posts(START)
    assert after.on_mastodon.publish(post(idempotency_key="k")) == first
    assert after.on_mastodon.fetch(uri) == before.on_mastodon.fetch(uri)


def test_two_processes_see_what_the_other_one_posted(tmp_path: Path) -> None:
    one, other = RehearsalNetworks(tmp_path / "j"), RehearsalNetworks(tmp_path / "j")
    first = one.on_mastodon.publish(post(idempotency_key="k"))
    assert other.on_mastodon.publish(post(idempotency_key="k")) == first
    second = other.on_mastodon.publish(post("two"))
    assert [own.post_id for own in one.on_mastodon.own_posts(START)] == [second.post_id, first.post_id]
    assert one.mastodon.ledger == other.mastodon.ledger


def test_a_killed_process_leaves_what_was_accepted_and_nothing_else(tmp_path: Path) -> None:
    journal = tmp_path / "j"
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(journal)], stdout=subprocess.PIPE, check=False)
    assert killed.returncode == -signal.SIGKILL
    ids = [own.post_id for own in RehearsalNetworks(journal).on_mastodon.own_posts(START)]
    assert ids[::-1] == killed.stdout.decode().split()


def test_half_a_line_was_never_accepted(tmp_path: Path) -> None:
    journal = tmp_path / "j"
    RehearsalNetworks(journal).on_mastodon.publish(post("whole"))
    with journal.open("ab") as file:
        file.write(b'["Posted",{"at":"2025-04')
    again = RehearsalNetworks(journal)
    assert accepted(again.mastodon, Posted) == 1
    again.on_mastodon.publish(post("next"))
    assert accepted(RehearsalNetworks(journal).mastodon, Posted) == 2


def test_a_journal_that_cannot_be_read_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "j").write_text("something else\n")
    with pytest.raises(StoreError, match="journal_unreadable"):
        RehearsalNetworks(tmp_path / "j")


def test_threads_and_processes_with_one_key_make_one_post(tmp_path: Path) -> None:
    worlds = [RehearsalNetworks(tmp_path / "j"), RehearsalNetworks(tmp_path / "j")]
    with ThreadPoolExecutor(8) as threads:
        posts = list(threads.map(lambda n: worlds[n % 2].on_mastodon.publish(post(idempotency_key="k")), range(40)))
    assert len(set(posts)) == 1
    assert accepted(worlds[0].mastodon, Posted) == 1


def test_a_full_disk_is_not_sent_and_leaves_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = RehearsalNetworks(tmp_path / "j")
    with monkeypatch.context() as disk:
        disk.setattr("os.fsync", _full)
        with pytest.raises(PlatformError) as failure:
            world.on_mastodon.publish(post())
    assert failure.value.answer is Outcome.NOT_SENT
    assert world.on_mastodon.own_posts(START) == []
    world.on_mastodon.publish(post())
    assert len(RehearsalNetworks(tmp_path / "j").on_mastodon.own_posts(START)) == 1


def _full(_: int) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_an_account_that_closes_its_network_finds_its_posts_when_it_is_opened_again(tmp_path: Path) -> None:
    before = opened(tmp_path / "var" / "j")
    published = before.publish(post())
    before.close()
    after = opened(tmp_path / "var" / "j")
    assert [own.post_id for own in after.own_posts(START)] == [published.post_id]
    after.close()


def opened(journal: Path) -> RehearsalPlatform:
    return RehearsalPlatform(Network(mastodon(), ManualClock(), journal), "practice", closes_network=True)


def test_a_journal_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="journal_unopened"):
        opened(tmp_path)


def test_only_its_owner_can_read_the_journal(tmp_path: Path) -> None:
    RehearsalNetworks(tmp_path / "j")
    assert os.stat(tmp_path / "j").st_mode & 0o077 == 0
