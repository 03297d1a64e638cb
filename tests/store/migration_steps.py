"""Stores as older versions made them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Engine, text

from bot.store import migrate, schema
from bot.store.engine import for_writing


def configuration() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    return config


def earlier_versions() -> list[str]:
    """Return every version before the newest one, the oldest first."""
    return sorted({*migrate.EARLIER, *(file.revision for file in _files())} - {migrate.HEAD})


def _files() -> list[Script]:
    """Return the files of `migrations/versions`, the oldest first."""
    return list(reversed(list(ScriptDirectory.from_config(configuration()).walk_revisions())))


def _steps() -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield each version with what it adds: the first file has several, every later one is a version."""
    first, *later = _files()
    yield from first.module.STEPS.items()
    yield from ((file.revision, file.module.upgrade) for file in later)


def make_store_at(engine: Engine, version: str) -> None:
    """Make the tables of a version in an empty database."""
    with for_writing(engine).connect() as tx, migrate._tables_may_be_replaced(tx), tx.begin():
        with Operations.context(MigrationContext.configure(tx, opts={"target_metadata": schema.metadata})):
            for number, step in _steps():
                if number <= version:
                    step()
        key = "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)"
        tx.execute(text(f"CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, {key})"))
        tx.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": version})
