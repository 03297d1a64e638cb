"""A number is given once: not again after a removal, a backup, a restore, a move, or an upgrade of the tables."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, text

from bot.services.database import backup
from bot.store import identity, migrate
from bot.store import schema as t
from bot.store.dump import carry_over
from bot.store.engine import engine_of, for_writing
from bot.store.store import Store, sqlite_url
from tests.harness.postgresql import postgresql
from tests.harness.rehearsal_networks import START
from tests.harness.stores import BOTH, StorePool
from tests.harness.table import each_of
from tests.store.copied_store import Home
from tests.store.migration_steps import make_store_at

LOST = 7


def seen(tx: Connection, uri: str) -> int:
    lists: dict[str, Any] = {"post": {}, "tags": [], "sources": [], "reasons": [], "care": []}
    row = {"platform": "x", "uri": uri, "state": "held", "author": "x:a", "created_at": START, "seen_at": START}
    return int(tx.execute(insert(t.sighting).values(**row, **lists)).inserted_primary_key[0])  # type: ignore[index]


def given_and_removed(store: Store) -> int:
    """The highest number that was given, of a row that is not there any more."""
    with store.begin() as tx:
        given = [seen(tx, f"lost:{number}") for number in range(LOST)]
        tx.execute(delete(t.sighting).where(t.sighting.c.id >= given[2]))
    return given[-1]


def given_next(store: Store, uri: str = "new") -> int:
    with store.begin() as tx:
        return seen(tx, uri)


def test_the_number_of_a_row_that_was_removed_is_not_given_again(store: Store) -> None:
    assert given_and_removed(store) == LOST
    store.scrub(whole=True)
    assert given_next(store) == LOST + 1


def test_every_table_with_numbers_counts_on_for_good(file_store: Store) -> None:
    with file_store.read() as tx:
        rows = tx.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
        made: dict[str, str] = {row.name: row.sql for row in rows}
    numbered = [name for name, table in t.metadata.tables.items() if "id" in table.c]
    assert set(numbered) >= {"sighting", "delivery", "attempt", "gap", "audit"}
    assert [name for name in numbered if "AUTOINCREMENT" not in made[name]] == []


@pytest.mark.parametrize("target", BOTH)
def test_a_backup_and_a_move_go_on_counting(kept: StorePool, tmp_path: Path, target: str) -> None:
    store = kept.take()
    given_and_removed(store)
    file = backup.backup(store, tmp_path, tmp_path / "backup.db", START)
    made = Store.open(sqlite_url(file))
    with made.read() as tx:
        assert identity.highest(tx)["sighting"] == LOST
    database = postgresql().create() if target == "postgresql" else ""
    other = Store.open(postgresql().url(database) if database else sqlite_url(tmp_path / "moved.db"))
    with made.read() as reading, other.begin() as writing:
        carry_over(reading, writing)
    assert given_next(other) == LOST + 1
    made.close()
    other.close()
    if database:
        postgresql().drop(database)


def restored_by_hand(home: Home, file: Path) -> None:
    for ending in ("-wal", "-shm"):
        home.file.with_name(home.file.name + ending).unlink(missing_ok=True)
    shutil.copyfile(file, home.file)


@each_of("sent_since", [0, 1])
def test_a_store_that_was_set_back_gives_none_of_the_numbers_that_were_given_since(
    tmp_path: Path, sent_since: int
) -> None:
    home = Home(tmp_path)
    home.sends()
    file = tmp_path / "copied.db"
    with closing(sqlite3.connect(home.file)) as store:
        store.execute("VACUUM INTO ?", (str(file),))
    opened = Store.open(home.url)
    last = [given_next(opened, f"since:{number}") for number in range(5)][-1]
    opened.close()
    home.sends(sent_since)
    home.noticed()  # whoever opens the store has the witness keep up
    for _ in range(2):
        restored_by_hand(home, file)
        home.noticed()
        opened = Store.open(home.url)
        number = given_next(opened)
        assert number > last, "also when it is set back twice"
        opened.close()
        home.noticed()
        last = number


def test_a_copy_elsewhere_gives_numbers_of_its_own(tmp_path: Path) -> None:
    home, other = Home(tmp_path / "here"), Home(tmp_path / "there")
    home.sends()
    opened = Store.open(home.url)
    given_next(opened)
    opened.close()
    with closing(sqlite3.connect(home.file)) as store:
        store.execute("VACUUM INTO ?", (str(other.file),))
    other.noticed()
    opened = Store.open(other.url)
    assert given_next(opened, "elsewhere") > 10_000
    opened.close()


def test_an_upgrade_keeps_every_row_and_all_that_points_to_it(tmp_path: Path) -> None:
    engine = engine_of(sqlite_url(tmp_path / "old.db"))
    make_store_at(engine, "0003")
    at = "2025-04-16 08:00:00"
    with for_writing(engine).begin() as tx:
        for number in (1, 2, 3):
            row = "'x', 'u', 'held', 'x:a', '{}', '[]', '[]', '" + at + "', '" + at + "', '', '[]', ''"
            names = (
                "platform, uri, state, author, post, tags, sources, created_at, seen_at, verdict, reasons, decided_by"
            )
            tx.exec_driver_sql(
                f"INSERT INTO sighting (id, {names}) VALUES ({number}, {row.replace('u', f'u{number}', 1)})"
            )
        tx.exec_driver_sql("INSERT INTO trait (value, sighting_id) VALUES ('video', 2)")
        tx.exec_driver_sql("INSERT INTO tally VALUES ('2025-04-16', 'x', 'en', 'video', 'forgotten', 4)")
        tx.exec_driver_sql("CREATE TRIGGER mine BEFORE DELETE ON sighting BEGIN SELECT RAISE(ABORT, 'no'); END")
        before = {name: tx.exec_driver_sql(f"SELECT * FROM {name}").all() for name in ("sighting", "trait")}
    migrate.upgrade(engine)
    with for_writing(engine).begin() as tx:
        for name, rows in before.items():
            after = tx.exec_driver_sql(f"SELECT * FROM {name}").all()
            assert [row[: len(old)] for row, old in zip(after, rows, strict=True)] == rows
        assert tx.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert tx.exec_driver_sql("SELECT count(*) FROM sqlite_master WHERE name = 'mine'").scalar() == 1
        tx.exec_driver_sql("DROP TRIGGER mine")
        assert seen(tx, "new") == 8, "four are gone, which may have been the last ones"
        tx.execute(delete(t.sighting).where(t.sighting.c.id == 2))
        assert tx.exec_driver_sql("SELECT count(*) FROM trait").scalar() == 0, "what points to it goes with it"
    engine.dispose()
