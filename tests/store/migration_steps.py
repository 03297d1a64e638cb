"""Stores as older versions made them."""

from __future__ import annotations

from pathlib import Path

from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from bot.store import migrate, schema
from bot.store.engine import for_writing


def configuration() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    return config


def make_store_at(engine: Engine, version: str) -> None:
    """Make the tables of a version in an empty database."""
    newest = ScriptDirectory.from_config(configuration()).get_revision("head")
    assert newest is not None
    with for_writing(engine).connect() as tx, migrate._tables_may_be_replaced(tx), tx.begin():
        with Operations.context(MigrationContext.configure(tx, opts={"target_metadata": schema.metadata})):
            for each, step in newest.module.STEPS.items():
                if each <= version:
                    step()
        key = "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)"
        tx.execute(text(f"CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, {key})"))
        tx.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": version})
