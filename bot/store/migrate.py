"""Brings a database to the schema this version needs; Alembic is loaded only when there is something to do."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, inspect, text

HEAD = "0001"
"""The newest migration in `migrations/versions`; a test holds it to Alembic's own answer."""


def version(engine: Engine) -> str:
    """The migration the database is at, "" for an empty one."""
    if not inspect(engine).has_table("alembic_version"):
        return ""
    with engine.connect() as tx:
        return str(tx.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


def migrate(engine: Engine) -> None:
    """Upgrade to HEAD; the database stays as it was when a step fails."""
    if version(engine) == HEAD:
        return
    from alembic import command  # slow to load (0.4 s), and needed once in a database's life
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.execution_options(writes=True).begin() as tx:
        config.attributes["connection"] = tx
        command.upgrade(config, HEAD)
