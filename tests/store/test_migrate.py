"""A new database is made without Alembic, and is the one that Alembic would have made, on either database."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, column, insert, inspect, select, table, text
from sqlalchemy.engine.interfaces import ReflectedColumn, ReflectedIndex
from sqlalchemy.exc import DBAPIError

from bot.errors import StoreError
from bot.store import hourly_counts, migrate
from bot.store import schema as t
from bot.store.engine import answer, engine_of, for_writing
from bot.store.store import Store, sqlite_url
from tests.harness.postgresql import postgresql
from tests.harness.stores import BOTH
from tests.store.hourly_rows import hourly_rows
from tests.store.migration_steps import configuration, earlier_versions, make_store_at

NINE = datetime(2025, 4, 16, 9, tzinfo=UTC)
NOON = datetime(2025, 4, 16, 12, tzinfo=UTC)
NewUrl = Callable[[], str]


@pytest.fixture(params=BOTH)
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewUrl]:
    """Gives the address of one more database that is empty."""
    made: list[str] = []

    def url() -> str:
        made.append(postgresql().create() if request.param == "postgresql" else f"{len(made)}.db")
        return postgresql().url(made[-1]) if request.param == "postgresql" else sqlite_url(tmp_path / made[-1])

    yield url
    for name in made if request.param == "postgresql" else ():
        postgresql().drop(name)


@pytest.fixture
def engine(new_url: NewUrl) -> Iterator[Engine]:
    """An empty database."""
    made = engine_of(new_url())
    yield made
    made.dispose()


def shape(engine: Engine) -> dict[str, Any]:
    """What each table is made of, whatever the order in which that was added."""
    found = inspect(engine)
    return {
        name: (
            sorted(map(_column, found.get_columns(name))),
            found.get_pk_constraint(name),
            sorted(map(str, found.get_foreign_keys(name))),
            sorted(map(str, found.get_unique_constraints(name))),
            sorted(map(_index, found.get_indexes(name))),
        )
        for name in found.get_table_names()
    }


def _column(found: ReflectedColumn) -> str:
    return f"{found['name']} {found['type']} {found['nullable']} {found['default']}"


def _index(found: ReflectedIndex) -> str:
    narrowed = {name: str(value) for name, value in found.get("dialect_options", {}).items()}
    return f"{found['name']} {found['column_names']} {found['unique']} {narrowed}"


def test_a_new_database_is_what_all_migrations_in_a_row_would_make(engine: Engine, new_url: NewUrl) -> None:
    new = Store.open(new_url())
    migrate.upgrade(engine)
    assert migrate.version(engine) == migrate.HEAD
    assert shape(new.engine) == shape(engine)
    assert len(shape(engine)) == len(t.metadata.tables) + 1
    new.close()


def test_the_newest_migration_is_the_one_alembic_knows() -> None:
    assert ScriptDirectory.from_config(configuration()).get_current_head() == migrate.HEAD


def test_a_database_that_is_there_is_opened_as_it_is(new_url: NewUrl) -> None:
    url = new_url()
    first = Store.open(url)
    key = first.instance_key
    first.close()
    again = Store.open(url)
    assert again.instance_key == key
    again.close()


def test_the_migrated_tables_are_those_the_code_works_with(engine: Engine) -> None:
    migrate.upgrade(engine)
    with engine.connect() as tx:
        context = MigrationContext.configure(tx, opts={"compare_type": True})
        assert compare_metadata(context, t.metadata) == []


@pytest.fixture(scope="module")
def shapes_of_new() -> dict[str, dict[str, Any]]:
    """Takes the shape of a new store, by its dialect, so that it is looked at once."""
    return {}


@pytest.mark.parametrize("version", earlier_versions())
def test_a_store_of_every_earlier_version_is_brought_to_this_one(
    engine: Engine, new_url: NewUrl, version: str, shapes_of_new: dict[str, dict[str, Any]]
) -> None:
    make_store_at(engine, version)
    assert migrate.version(engine) == version
    migrate.upgrade(engine)
    assert migrate.version(engine) == migrate.HEAD
    if (store := engine.dialect.name) not in shapes_of_new:
        new = Store.open(new_url())
        shapes_of_new[store] = shape(new.engine)
        new.close()
    assert shape(engine) == shapes_of_new[store]


def test_what_was_there_before_an_upgrade_is_there_after_it(engine: Engine) -> None:
    make_store_at(engine, "0001")
    row = {"account": "mastodon", "handle": "@union@social.example", "newest_own_id": "7", "closed": True, "reason": ""}
    with for_writing(engine).begin() as tx:
        names = ", ".join(row)
        values = ", ".join(f":{name}" for name in row)
        tx.execute(text(f"INSERT INTO account_state ({names}) VALUES ({values})"), row)
    migrate.upgrade(engine)
    with engine.connect() as tx:
        found = tx.execute(select(t.account_state)).one()
    assert {name: getattr(found, name) for name in row} == row
    assert (found.turn, found.failures, found.failing_since, found.in_doubt) == (0, 0, None, False)


def _add_sighting_to_0005(tx: Connection, number: int, care: list[str], tags: list[str]) -> None:
    row: dict[str, Any] = {
        "id": number,
        "platform": "x",
        "uri": f"https://x.example/{number}",
        "state": "held",
        "author": "@a@b",
        "post": {"language": "be", "kinds": ["video", "gif"]},
        "tags": tags,
        "sources": [],
        "care": care,
        "created_at": NINE + timedelta(minutes=number),
        "seen_at": NOON,
        "verdict": "hold",
        "reasons": [],
        "decided_by": "",
        "author_key": "",
    }
    tx.execute(insert(table("sighting", *(column(name, t.sighting.c[name].type) for name in row))), row)


def test_an_older_store_is_counted_when_it_is_brought_to_this_version(engine: Engine) -> None:
    make_store_at(engine, "0005")
    with for_writing(engine).begin() as tx:
        _add_sighting_to_0005(tx, 1, [], ["one", "two"])
        _add_sighting_to_0005(tx, 2, ["small"], [])
        tx.execute(text("INSERT INTO tally VALUES ('2025-03-01', 'x', 'en', 'video', 'forgotten', 4)"))
    migrate.upgrade(engine)
    with engine.connect() as tx:
        rows = tx.execute(select(t.sighting).order_by(t.sighting.c.id)).all()
        assert [(row.language, row.kinds, row.needs_care) for row in rows] == [
            ("be", "video+gif", False),
            ("be", "video+gif", True),
        ]
        assert answer(tx, hourly_counts.hours_question(NINE, NOON)) == {NINE: 2}
        purged, stored = sorted(hourly_counts.sums(tx), key=lambda alike: alike.outcome)
        assert (purged.language, purged.kinds, purged.outcome, purged.posts) == ("en", "video", "forgotten", 4)
        assert (stored.language, stored.kinds, stored.outcome, stored.posts) == ("be", "video+gif", "held", 2)
        hours = [*hourly_rows(tx), *hourly_rows(tx, of_tags=True)]
        assert sorted(
            (row.tag, row.platform, row.kind, row.outcome, row.posts) for row in hours if row.hour == NINE
        ) == [
            ("", "x", "video+gif", "held", 2),
            ("one", "x", "video+gif", "held", 1),
            ("two", "x", "video+gif", "held", 1),
        ]


def test_a_store_that_counted_what_it_purged_twice_counts_it_once(engine: Engine) -> None:
    make_store_at(engine, "0006")
    with for_writing(engine).begin() as tx:
        for hour, posts in ((NINE, 5), (NOON, 2)):  # of these 7 all but one were purged since, and of 4 before all were
            row = {"tag": "", "platform": "x", "hour": hour, "language": "be", "kind": "video", "outcome": "rejected"}
            tx.execute(insert(t.hourly_count), [row | {"posts": posts}])
        tx.execute(text("INSERT INTO tally VALUES ('2025-04-16', 'x', 'be', 'video', 'rejected', 6)"))
        tx.execute(text("INSERT INTO tally VALUES ('2025-03-01', 'x', 'be', 'video', 'rejected', 4)"))
        _add_sighting_to_0005(tx, 1, [], [])
        tx.execute(text("UPDATE sighting SET language = 'be', kinds = 'video', state = 'rejected'"))
    migrate.upgrade(engine)
    with engine.connect() as tx:
        (alike,) = hourly_counts.sums(tx)
        assert (alike.language, alike.kinds, alike.outcome, alike.posts) == ("be", "video", "rejected", 11)


def test_a_step_that_fails_leaves_the_database_as_it_was(engine: Engine) -> None:
    with for_writing(engine).begin() as tx:
        tx.execute(text("CREATE TABLE upload (mine INTEGER)"))  # in the way of a step far down
    before = shape(engine)
    with pytest.raises(DBAPIError):
        migrate.upgrade(engine)
    assert shape(engine) == before


def test_an_older_file_is_brought_to_this_version_by_a_process_beside_the_one_that_opens_it(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "older.db")
    engine = engine_of(url)
    make_store_at(engine, "0006")
    engine.dispose()
    opens = "from bot.store.store import Store; Store.open(sys.argv[1]).close()"
    script = f"import sys; {opens}; assert 'alembic' not in sys.modules"
    subprocess.run([sys.executable, "-c", script, url], check=True)
    assert migrate.version(engine) == migrate.HEAD
    engine.dispose()


def test_a_newer_store_is_left_alone_and_told_so(new_url: NewUrl) -> None:
    url = new_url()
    store = Store.open(url)
    with store.begin() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(StoreError, match="store_newer"):
        Store.open(url)
