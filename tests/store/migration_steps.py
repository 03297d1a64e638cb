"""The steps that a database takes from one version of its tables to another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from alembic.config import Config
from sqlalchemy import Engine

from bot.store import migrate
from bot.store.engine import for_writing


def configuration() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    return config


def taken(engine: Engine, step: Callable[..., object], revision: str) -> None:
    """Take the steps up to a revision."""
    config = configuration()
    with for_writing(engine).begin() as tx:
        config.attributes["connection"] = tx
        step(config, revision)
