"""A new database is made without Alembic, and is the one that Alembic would have made."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import OperationalError

from bot.errors import StoreError
from bot.store import migrate
from bot.store.schema import metadata
from bot.store.store import Store, sqlite_url


def _tables(path: Path) -> list[tuple[str, str]]:
    """Each table and index with what it is made of, whatever the order in which that was added."""
    engine = create_engine(sqlite_url(path))
    with engine.connect() as tx:
        rows = tx.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")).all()
    engine.dispose()
    return [(row.name, _sorted(row.sql)) for row in rows]


def _sorted(sql: str) -> str:
    head, _, body = " ".join(sql.split()).partition("(")
    return f"{head}: {sorted(one.strip(' ()') for one in body.split(','))}"


def test_a_new_database_is_what_all_migrations_in_a_row_would_make(tmp_path: Path) -> None:
    Store.open(sqlite_url(tmp_path / "new.db")).close()
    engine = create_engine(sqlite_url(tmp_path / "step by step.db"))
    migrate.upgrade(engine)
    assert migrate.version(engine) == migrate.HEAD
    engine.dispose()
    assert _tables(tmp_path / "new.db") == _tables(tmp_path / "step by step.db")


def test_the_newest_migration_is_the_one_alembic_knows() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == migrate.HEAD


def test_a_database_that_is_there_is_opened_as_it_is(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "kept.db")
    first = Store.open(url)
    key = first.instance_key
    first.close()
    again = Store.open(url)
    assert again.instance_key == key
    again.close()


def test_the_migrated_tables_are_those_the_code_works_with(tmp_path: Path) -> None:
    engine = create_engine(sqlite_url(tmp_path / "migrated.db"))
    migrate.upgrade(engine)
    with engine.connect() as tx:
        context = MigrationContext.configure(tx, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_a_step_that_fails_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    engine = create_engine(sqlite_url(tmp_path / "broken.db"))
    event.listen(engine, "connect", lambda connection, _: setattr(connection, "isolation_level", None))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.begin() as tx:
        tx.execute(text("CREATE TABLE upload (mine INTEGER)"))  # in the way of a step far down
    before = _tables(tmp_path / "broken.db")
    with pytest.raises(OperationalError):
        migrate.upgrade(engine)
    engine.dispose()
    assert _tables(tmp_path / "broken.db") == before


def test_a_newer_store_is_left_alone_and_told_so(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "newer.db")
    store = Store.open(url)
    with store.begin() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(StoreError, match="newer Groundswell"):
        Store.open(url)


def test_going_back_leaves_nothing(tmp_path: Path) -> None:
    engine = create_engine(sqlite_url(tmp_path / "back.db"))
    migrate.upgrade(engine)
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    with engine.begin() as tx:
        config.attributes["connection"] = tx
        command.downgrade(config, "base")
    engine.dispose()
    assert [name for name, _ in _tables(tmp_path / "back.db")] == ["alembic_version"]
