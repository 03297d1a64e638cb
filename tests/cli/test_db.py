"""`bot db …` through the real executable: what it says, what scripts may rely on, and what it refuses."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.store.engine import engine_of
from bot.store.migrate import HEAD
from tests.harness import rehearsal_campaign
from tests.harness.postgresql import postgresql
from tests.harness.terminal import CommandResult, Terminal
from tests.store.migration_steps import make_store_at

COMMANDS = ("upgrade", "check", "backup", "restore", "copy", "adopt")


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """A campaign that was planned once."""
    root = rehearsal_campaign.make(tmp_path / "campaign")
    (tmp_path / "home").mkdir()
    made = Terminal(root, tmp_path / "home")
    done(made, "plan")
    return made


def done(terminal: Terminal, *words: str) -> Any:
    said = terminal.bot(*words, "--json")
    assert said.status == 0, said.err
    return said.document


def store_of(terminal: Terminal) -> Path:
    return terminal.root / "var" / "groundswell.db"


def write(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as store, store:
        for statement in statements:
            store.execute(statement)


def queued(terminal: Terminal) -> list[dict[str, Any]]:
    """Every delivery as it is stored, without what is reckoned of it at this moment."""
    now = {"why", "why_codes", "not_before", "blocked_by", "sources"}
    return [{name: one[name] for name in one.keys() - now} for one in done(terminal, "queue")]


def read(file: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(file)) as store:
        return store.execute(query).fetchall()


def assert_no(said: CommandResult, words: str) -> None:
    assert (said.status, said.out) == (1, ""), said
    assert words in said.err
    assert "Traceback" not in said.err


@contextmanager
def in_postgresql(terminal: Terminal) -> Iterator[tuple[Terminal, str]]:
    """The same folder with an empty database in `DATABASE_URL`."""
    database = postgresql().create()
    url = postgresql().url(database)
    yield Terminal(terminal.root, terminal.home, {"DATABASE_URL": url}), database
    postgresql().drop(database)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(terminal: Terminal, command: str) -> None:
    said = terminal.bot("db", command, "--help")
    assert said.status == 0
    assert f"Example: bot db {command}" in said.out
    assert "--config" in said.out
    assert "--json" in said.out


def test_a_sound_store_is_found_sound(terminal: Terminal) -> None:
    found = done(terminal, "db", "check")
    assert (found["schema"], found["newest_schema"], found["faults"]) == (HEAD, HEAD, [])
    assert (found["epoch"], found["in_doubt"], found["moved_to"]) == (1, [], "")
    assert "Nothing is wrong with it." in terminal.bot("db", "check").out


def test_what_cannot_be_is_named_with_what_to_do(terminal: Terminal) -> None:
    write(store_of(terminal), "UPDATE delivery SET state = 'flying' WHERE id = 1")
    said = terminal.bot("db", "check", "--json")
    assert said.status == 1
    (fault,) = said.document["faults"]
    assert "delivery 1 is in a state that this version does not know" in fault["what"]
    assert f"error: {fault['what']}. {fault['do']}" in terminal.bot("db", "check").out


def test_a_file_that_is_no_store_is_said_to_be_none(terminal: Terminal) -> None:
    store_of(terminal).write_text("Minutes of the meeting. " * 500)
    assert_no(terminal.bot("db", "check"), "not a database")


def test_upgrading_says_from_where_to_where(terminal: Terminal) -> None:
    assert done(terminal, "db", "upgrade") == {"from": HEAD, "to": HEAD}
    with in_postgresql(terminal) as (served, database):
        engine = engine_of(postgresql().url(database))
        make_store_at(engine, "0001")
        engine.dispose()
        assert_no(served.bot("queue"), "Stop all workers, then run: bot db upgrade")
        assert served.bot("db", "check").status == 1
        assert done(served, "db", "upgrade") == {"from": "0001", "to": HEAD}
        assert done(served, "db", "check")["faults"] == []


def test_a_backup_is_one_file_that_only_its_owner_can_read(terminal: Terminal) -> None:
    written = Path(done(terminal, "db", "backup")["file"])
    assert written.parent == terminal.root / "var" / "backups"
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert [file.name for file in written.parent.iterdir()] == [written.name]
    query = "SELECT id, state, content_hash FROM delivery ORDER BY id"
    assert read(written, query) == read(store_of(terminal), query) != []
    assert read(written, "PRAGMA integrity_check") == [("ok",)]


def test_a_backup_goes_where_it_is_wanted_or_says_why_it_cannot(terminal: Terminal, tmp_path: Path) -> None:
    wanted = tmp_path / "elsewhere" / "kept.db"
    assert done(terminal, "db", "backup", str(wanted))["file"] == str(wanted)
    (tmp_path / "a file").write_text("")
    assert_no(terminal.bot("db", "backup", str(tmp_path / "a file" / "kept.db")), "The store cannot be opened")


def test_whoever_was_forgotten_since_the_backup_stays_forgotten(terminal: Terminal) -> None:
    made = done(terminal, "db", "backup")["file"]
    write(store_of(terminal), "INSERT INTO forgotten (key) VALUES ('somebody')")
    done(terminal, "db", "restore", made)
    assert read(store_of(terminal), "SELECT key FROM forgotten") == [("somebody",)]


def test_a_backup_into_which_they_cannot_be_carried_over_is_not_restored(terminal: Terminal) -> None:
    """Whatever the reason: it would show whoever was forgotten since."""
    made = done(terminal, "db", "backup")["file"]
    full = "CREATE TRIGGER full BEFORE INSERT ON forgotten BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
    write(Path(made), full)
    write(store_of(terminal), "INSERT INTO forgotten (key) VALUES ('somebody')")
    assert_no(terminal.bot("db", "restore", made), "make room")
    assert read(store_of(terminal), "SELECT key FROM forgotten") == [("somebody",)]


def test_whoever_was_forgotten_in_error_is_not_forgotten_again_by_a_backup(terminal: Terminal) -> None:
    who = "@anna@mastodon.example"
    assert done(terminal, "forget", who) == {"sightings": 0, "undone": 0}
    made = done(terminal, "db", "backup")["file"]
    assert done(terminal, "remember", "https://mastodon.example/@Anna") == {"remembered": True, "released": []}
    assert_no(terminal.bot("remember", who, "--json"), "is not forgotten")
    done(terminal, "db", "restore", made)
    assert read(store_of(terminal), "SELECT key FROM forgotten") == []
    done(terminal, "forget", who)
    done(terminal, "db", "restore", made)
    assert len(read(store_of(terminal), "SELECT key FROM forgotten")) == 1


def test_a_restored_backup_is_what_it_was_and_what_was_there_is_kept(terminal: Terminal) -> None:
    before = queued(terminal)
    written = done(terminal, "db", "backup")["file"]
    done(terminal, "cancel", str(before[0]["id"]))
    restored = done(terminal, "db", "restore", written)
    assert read(Path(restored["kept_aside"]), "SELECT count(*) FROM delivery WHERE state = 'cancelled'") == [(1,)]
    assert queued(terminal) == before
    found = done(terminal, "db", "check")
    assert (found["epoch"], found["in_doubt"]) == (2, sorted({one["account"] for one in before}))
    said = terminal.bot("queue")
    assert "This store was restored or moved" in said.err
    assert done(terminal, "db", "check")["epoch"] == 2


def test_a_backup_that_is_copied_back_by_hand_is_noticed_too(terminal: Terminal) -> None:
    written = done(terminal, "db", "backup")["file"]
    done(terminal, "plan")
    shutil.copyfile(written, store_of(terminal))
    assert "This store was restored or moved" in terminal.bot("queue").err


def test_a_damaged_store_is_replaced_and_kept(terminal: Terminal) -> None:
    written = done(terminal, "db", "backup")["file"]
    store_of(terminal).write_text("Minutes of the meeting. " * 500)
    assert_no(terminal.bot("queue"), "bot db restore")
    kept = done(terminal, "db", "restore", written)["kept_aside"]
    assert Path(kept).read_text().startswith("Minutes")
    assert done(terminal, "queue")


def test_a_lost_store_is_brought_back(terminal: Terminal) -> None:
    before = queued(terminal)
    written = done(terminal, "db", "backup")["file"]
    store_of(terminal).unlink()
    assert done(terminal, "db", "restore", written)["kept_aside"] is None
    assert queued(terminal) == before


@pytest.mark.parametrize("content", ["", "no database at all"])
def test_what_is_no_backup_is_refused_and_changes_nothing(terminal: Terminal, tmp_path: Path, content: str) -> None:
    (tmp_path / "nothing.db").write_text(content)
    before = store_of(terminal).read_bytes()
    assert_no(terminal.bot("db", "restore", str(tmp_path / "nothing.db")), "Nothing was changed")
    assert_no(terminal.bot("db", "restore", str(tmp_path / "not there.db")), "not there.db")
    assert store_of(terminal).read_bytes() == before


def test_the_backup_of_another_campaign_is_refused(terminal: Terminal, tmp_path: Path) -> None:
    other = Terminal(rehearsal_campaign.make(tmp_path / "other"), terminal.home)
    done(other, "plan")
    written = done(other, "db", "backup")["file"]
    assert_no(terminal.bot("db", "restore", written), "another store")


def test_a_store_that_somebody_has_open_is_not_replaced(terminal: Terminal) -> None:
    written = done(terminal, "db", "backup")["file"]
    with closing(sqlite3.connect(store_of(terminal))) as somebody:
        somebody.execute("SELECT * FROM meta").fetchall()
        assert_no(terminal.bot("db", "restore", written), "Stop all of them first")
    done(terminal, "db", "restore", written)


def test_a_store_moves_to_postgresql_and_back_as_it_is(terminal: Terminal, tmp_path: Path) -> None:
    before = queued(terminal)
    with in_postgresql(terminal) as (served, database):
        moved = done(terminal, "db", "copy", postgresql().url(database))
        assert (moved["was_done"], moved["rows"]["delivery"]) == (False, len(before))
        assert queued(served) == before
        assert (done(served, "db", "check")["epoch"], done(served, "db", "check")["in_doubt"]) == (2, [])
        assert_no(terminal.bot("queue"), "was moved to postgresql+psycopg://")
        assert done(terminal, "db", "copy", postgresql().url(database))["was_done"]
        done(served, "post", "Now.", "--account", before[0]["account"], "--at", "now")
        back = f"sqlite:///{tmp_path / 'back.db'}"
        done(served, "db", "copy", back)
        assert_no(served.bot("queue"), "was moved to sqlite:///")
        last = Terminal(terminal.root, terminal.home, {"DATABASE_URL": back})
        assert len(done(last, "queue")) == len(before) + 1
        assert done(last, "db", "check")["in_doubt"] == []


def test_a_moved_store_can_be_used_again_by_whoever_says_so(terminal: Terminal) -> None:
    with in_postgresql(terminal) as (served, database):
        done(terminal, "db", "copy", postgresql().url(database))
        assert_no(terminal.bot("db", "adopt"), "was moved")
        done(terminal, "db", "adopt", "--although-moved")
        assert done(terminal, "db", "check")["in_doubt"] != []
        assert "bot db adopt" in served.bot("queue").err


def test_a_store_is_not_moved_into_one_that_is_in_use(terminal: Terminal) -> None:
    with in_postgresql(terminal) as (served, database):
        done(served, "plan")
        assert_no(terminal.bot("db", "copy", postgresql().url(database)), "in use already")
    assert done(terminal, "queue")


@pytest.mark.parametrize("url", ["nonsense", "postgresql+psycopg://nobody@127.0.0.1:1/x", "mysql://x/y"])
def test_a_target_that_cannot_be_used_is_said_and_nothing_is_sealed(terminal: Terminal, url: str) -> None:
    said = terminal.bot("db", "copy", url)
    assert said.status == 1
    assert "Traceback" not in said.err
    assert done(terminal, "queue")


def test_a_password_in_an_address_is_shown_nowhere(terminal: Terminal) -> None:
    with in_postgresql(terminal) as (_, database):
        url = postgresql().url(database).replace("groundswell@", "groundswell:hunter2@")
        open_sesame = Terminal(terminal.root, terminal.home, {"DATABASE_URL": url})
        said = [terminal.bot("db", "copy", url), open_sesame.bot("db", "check"), terminal.bot("queue")]
        said += [terminal.bot("db", "check", "--json"), open_sesame.bot("db", "backup")]
        assert not [one for one in said if "hunter2" in one.out + one.err]
    assert b"hunter2" not in b"".join(file.read_bytes() for file in terminal.root.rglob("*") if file.is_file())


def test_a_backup_of_postgresql_is_the_same_kind_of_file_and_goes_back_into_either(terminal: Terminal) -> None:
    before = queued(terminal)
    with in_postgresql(terminal) as (served, database), in_postgresql(terminal) as (empty, _):
        done(terminal, "db", "copy", postgresql().url(database))
        written = done(served, "db", "backup")["file"]
        assert_no(served.bot("db", "restore", written), "createdb")
        done(empty, "db", "restore", written)
        assert queued(empty) == before
        assert done(empty, "db", "check")["in_doubt"] != []
        store_of(terminal).rename(store_of(terminal).with_suffix(".moved"))
        done(terminal, "db", "restore", written)
        assert queued(terminal) == before
        assert done(terminal, "db", "check")["in_doubt"] != []


def test_a_copied_folder_sends_nothing_until_it_is_adopted(terminal: Terminal, tmp_path: Path) -> None:
    shutil.copytree(terminal.root, tmp_path / "second")
    second = Terminal(tmp_path / "second", terminal.home)
    assert "bot db adopt" in second.bot("queue").err
    assert_no(terminal.bot("db", "adopt"), "nothing to adopt")
    assert done(second, "db", "adopt") == {"adopted": True, "held": []}
    assert "read and compared" in second.bot("queue").err
