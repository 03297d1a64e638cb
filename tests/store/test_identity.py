"""Where a store lives, and what is noticed when it does not live there any more."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import RefusedCode, StoreError
from bot.services.database import restore_guard
from bot.store import control, identity
from bot.store.identity import HighWaterMark, HighWaterRecord, RestoreReason, seal, unseal
from bot.store.store import Store, sqlite_url
from tests.harness.full_disk import full_disk
from tests.harness.refusals import refused
from tests.harness.rehearsal_networks import START
from tests.store.copied_store import Home, record_attempt


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A store that has sent twice."""
    made = Home(tmp_path / "campaign")
    made.sends(2)
    return made


def test_a_store_that_stays_where_it_is_is_never_doubted(home: Home) -> None:
    assert [home.why() for _ in range(3)] == [None] * 3
    assert home.in_doubt() == []
    assert home.marks().epoch == 1


def test_a_folder_that_gets_another_name_is_the_same_place(home: Home) -> None:
    home.folder.rename(home.folder.with_name("renamed"))
    assert Home(home.folder.with_name("renamed")).noticed() is None


def test_an_older_copy_in_the_place_of_the_store_is_noticed_once_and_needs_no_yes(home: Home) -> None:
    shutil.copy(home.file, home.file.with_suffix(".old"))
    home.sends()
    home.file.with_suffix(".old").replace(home.file)
    noticed = home.noticed()
    assert noticed is not None
    assert (noticed.why, noticed.needs_yes, noticed.known_until) == (RestoreReason.RESTORED, False, START)
    assert home.in_doubt() == ["mastodon", "x"]
    assert home.marks().epoch == 2
    assert home.noticed() is None


def test_an_older_copy_written_over_the_same_file_is_noticed_by_its_attempts_alone(home: Home) -> None:
    old, inode = home.file.read_bytes(), home.file.stat().st_ino
    home.sends()
    with home.file.open("r+b") as file:
        file.write(old)
        file.truncate()
    assert home.file.stat().st_ino == inode
    assert home.why() is RestoreReason.RESTORED


def test_a_copied_folder_needs_a_persons_yes(home: Home, tmp_path: Path) -> None:
    shutil.copytree(home.folder, tmp_path / "second host")
    second = Home(tmp_path / "second host")
    noticed = second.noticed()
    assert noticed is not None
    assert (noticed.why, noticed.needs_yes) == (RestoreReason.COPIED, True)
    assert second.in_doubt() == ["mastodon", "x"]
    assert (home.noticed(), home.in_doubt()) == (None, [])


def test_the_same_file_on_another_machine_is_a_copy(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "machine-id"
    other.write_text("another machine's\n")
    monkeypatch.setattr(identity, "_MACHINE", other)
    assert home.why() is RestoreReason.COPIED


def test_a_machine_without_a_name_is_the_same_as_long_as_the_files_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "_MACHINE", tmp_path / "no such file")
    home = Home(tmp_path / "campaign")
    home.sends()
    assert home.noticed() is None
    assert identity.machine() == ""


def test_another_store_in_the_same_folder_needs_a_yes_and_leaves_the_first_one_in_peace(
    home: Home, tmp_path: Path
) -> None:
    other = Home(home.folder, sqlite_url(tmp_path / "other" / "store.db"))
    assert other.why() is RestoreReason.OTHER
    assert other.in_doubt() == ["mastodon", "x"]
    assert other.noticed() is None
    assert (home.noticed(), home.in_doubt()) == (None, [])


def test_a_persons_yes_makes_a_copy_the_one_that_sends(home: Home, tmp_path: Path) -> None:
    shutil.copytree(home.folder, tmp_path / "second")
    second = Home(tmp_path / "second")
    second.noticed()
    store = Store.open(second.url)
    restore_guard.watch_over(store, second.folder, [], START)
    adopted = restore_guard.adopt(store, second.folder, ["mastodon"], START + timedelta(hours=1), "ana")
    with refused(RefusedCode.NOTHING_TO_ADOPT):
        restore_guard.adopt(store, second.folder, ["mastodon"], START, "ana")
    store.close()
    assert (adopted.needs_yes, adopted.known_until) == (False, START)
    assert second.in_doubt() == ["mastodon", "x"], "its timelines are still to be read"
    assert second.noticed() is None


def test_a_doubt_in_a_doubt_keeps_the_earlier_time(home: Home, tmp_path: Path) -> None:
    shutil.copytree(home.folder, tmp_path / "second")
    second = Home(tmp_path / "second")
    first = second.noticed()
    shutil.copytree(second.folder, tmp_path / "third")
    again = Home(tmp_path / "third").noticed()
    assert first is not None
    assert again is not None
    assert again.known_until == first.known_until


def test_the_witness_holds_no_name_that_is_a_key_and_is_its_owners_alone(home: Home) -> None:
    (witness,) = home.witnesses()
    assert witness.stat().st_mode & 0o077 == 0
    assert witness.parent.stat().st_mode & 0o077 == 0
    assert home.marks().instance not in witness.read_text()
    assert home.witnessed() == 2


@pytest.mark.parametrize("left", [b"", b"{", b'{"instance": 1}', b"\xff\xfe"])
def test_a_witness_that_cannot_be_read_is_made_anew(home: Home, left: bytes) -> None:
    home.witnesses()[0].write_bytes(left)
    assert home.noticed() is None
    assert home.witnessed() == 2


def test_a_witness_that_cannot_be_written_keeps_nobody_from_sending(home: Home) -> None:
    shutil.rmtree(home.folder / "var" / "witness")
    (home.folder / "var" / "witness").write_text("in the way")
    home.sends()
    assert home.noticed() is None


def test_a_witness_that_found_no_room_is_written_whole_once_there_is(tmp_path: Path) -> None:
    high_water_mark, record = HighWaterMark(tmp_path / "witness"), HighWaterRecord("a store", 1, 7, "its address")
    with full_disk(20):
        high_water_mark.write(record)
        high_water_mark.note(8)
    high_water_mark.note(9)
    assert HighWaterMark(tmp_path / "witness").read() == replace(record, attempt=9)


def test_a_whole_folder_that_is_copied_back_over_itself_is_noticed(home: Home, tmp_path: Path) -> None:
    shutil.copytree(home.folder / "var", tmp_path / "kept")
    inode = home.file.stat().st_ino
    home.sends()
    shutil.copytree(tmp_path / "kept", home.folder / "var", dirs_exist_ok=True)
    assert home.file.stat().st_ino == inode
    assert home.why() is RestoreReason.RESTORED


def test_a_replaced_file_is_noticed_while_somebody_works_on_it(home: Home) -> None:
    shutil.copy(home.file, home.file.with_suffix(".old"))
    store = Store.open(home.url)
    restore_guard.watch_over(store, home.folder, [], START)
    home.sends()
    assert restore_guard.notice(store, ["mastodon"], START) is None
    home.file.with_suffix(".old").replace(home.file)
    for ending in ("-wal", "-shm"):
        home.file.with_name(home.file.name + ending).unlink(missing_ok=True)
    noticed = restore_guard.notice(store, ["mastodon"], START)
    store.close()
    assert noticed is not None
    assert home.in_doubt() == ["mastodon"]


def test_a_sealed_store_takes_no_change_from_anybody_and_says_where_it_went(home: Home) -> None:
    store = Store.open(home.url)
    with store.begin() as tx:
        seal(tx, "postgresql://elsewhere/campaign")
    with pytest.raises(StoreError, match="store_moved"), store.begin() as tx:
        control.write_audit(tx, START, "ana", "hold", "delivery 1")
    with pytest.raises(StoreError, match="moved"), store.begin() as tx:
        record_attempt(store, tx)
    with closing(sqlite3.connect(home.file)) as plain, pytest.raises(sqlite3.IntegrityError, match="moved"):
        plain.execute("UPDATE delivery SET state = 'planned'")
    with refused(RefusedCode.STORE_MOVED, moved_to="postgresql://elsewhere/campaign"):
        restore_guard.watch_over(store, home.folder, [], START)
    with store.begin() as tx:
        unseal(tx)
        record_attempt(store, tx)
    store.close()
    assert home.noticed() is None


def test_an_older_copy_that_was_given_the_number_of_the_removed_file_is_noticed(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As file systems do when a folder is emptied and filled again: which number is next is theirs to say."""
    shutil.copytree(home.folder / "var", tmp_path / "kept")
    number = home.file.stat().st_ino
    home.sends()
    shutil.rmtree(home.folder / "var")
    shutil.copytree(tmp_path / "kept", home.folder / "var")
    monkeypatch.setattr(identity, "_number_of", lambda _: number)
    assert home.why() in {RestoreReason.RESTORED, RestoreReason.COPIED}
    assert home.in_doubt() == ["mastodon", "x"]


def test_a_place_that_says_less_is_the_same_and_then_says_all(home: Home) -> None:
    """As an earlier version wrote it, or a file system that knows no births."""
    home.sends()
    place = home.marks().place
    less, _, birth = place.rpartition(" ")
    assert birth == identity.born_at(home.file) != ""
    store = Store.open(home.url)
    with store.begin() as tx:
        identity.put_metadata(tx, {identity.PLACE: less})
    store.close()
    assert home.noticed() is None
    assert home.marks().place == place
    assert not identity.is_same_place(place, f"{place}0")
    assert not identity.is_same_place("file m 12", "file m 123 4.5")
