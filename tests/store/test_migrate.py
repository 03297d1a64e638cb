"""A new database is made without Alembic, and is the one that Alembic would have made."""

from __future__ import annotations

from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from bot.store import migrate
from bot.store.store import Store, sqlite_url


def _tables(path: Path) -> list[tuple[str, str]]:
    engine = create_engine(sqlite_url(path))
    with engine.connect() as tx:
        rows = tx.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")).all()
    engine.dispose()
    return [(row.name, " ".join(row.sql.split())) for row in rows]


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
