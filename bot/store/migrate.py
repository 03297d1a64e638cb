"""Brings a database to the schema this version needs; Alembic is loaded only when there is something to do."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Inspector,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    delete,
    insert,
    inspect,
    select,
)

from bot.causes import CauseCode
from bot.errors import StoreError
from bot.store import schema as t
from bot.store.engine import Serialize, advisory_transaction_lock, engine_of, for_writing

HEAD = "0008"
"""The newest migration in `migrations/versions`; a test holds it to Alembic's own answer."""

EARLIER = ("0001", "0002", "0003", "0004", "0005", "0006")
"""Versions that the first file of migrations brings to its own: Alembic knows them no more. Later ones have a file
each, and are not listed here."""

_version = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def version(engine: Engine) -> str:
    """Return the migration the database is at, "" for an empty one."""
    if not inspect(engine).has_table(_version.name):
        return ""
    with engine.connect() as tx:
        return str(tx.execute(select(_version.c.version_num)).scalar() or "")


def migrate(engine: Engine, *, may_upgrade: bool = True) -> None:
    """Bring the schema to HEAD; the database stays as it was when a step fails. Raise StoreError."""
    schema = version(engine)
    if not schema:
        _create(engine)
    elif schema < HEAD and not may_upgrade:
        raise StoreError(CauseCode.STORE_OLDER)
    elif schema != HEAD:
        if schema < HEAD and engine.dialect.name == "sqlite":
            _upgrade_aside(str(engine.url))
        if version(engine) != HEAD:
            upgrade(engine)


def _upgrade_aside(url: str) -> None:
    """Have another process bring a SQLite file to HEAD: Alembic's 10 MB would stay in this one as long as it lives.

    What keeps it from that is told by whoever tries again here.
    """
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with suppress(OSError):
        subprocess.run(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-P", "-m", __name__, url], stderr=subprocess.DEVNULL, env=environment, check=False
        )


def require_head(engine: Engine) -> None:
    """Raise StoreError unless the database has the tables of this version."""
    schema = version(engine)
    if schema != HEAD:
        raise StoreError(CauseCode.STORE_NEWER if schema > HEAD else CauseCode.STORE_OLDER)


def _create(engine: Engine) -> None:
    """Create a new database's tables as they are now, without history, unless another process was first."""
    with for_writing(engine).begin() as tx:
        advisory_transaction_lock(tx, Serialize.SCHEMA)
        inspector: Inspector = inspect(tx)
        if not inspector.has_table(_version.name):
            t.metadata.create_all(tx)
            _version.create(tx)
            tx.execute(insert(_version), {"version_num": HEAD})


@contextmanager
def _tables_may_be_replaced(tx: Connection) -> Iterator[None]:
    """Let a block drop and replace tables: SQLite takes what points to a table along when it is dropped, unless told
    not to before the transaction."""
    if tx.dialect.name != "sqlite":
        yield
        return
    sqlite = tx.connection.dbapi_connection
    assert sqlite is not None
    sqlite.cursor().execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        sqlite.cursor().execute("PRAGMA foreign_keys = ON")


def upgrade(engine: Engine) -> None:
    """Take all the steps of `migrations/versions` that are still to be taken. Raise StoreError for a newer store."""
    from alembic import command  # slow to load (0.4 s and 10 MB), and needed once for each new version
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with for_writing(engine).connect() as tx, _tables_may_be_replaced(tx), tx.begin():
        advisory_transaction_lock(tx, Serialize.SCHEMA)
        config.attributes |= {"connection": tx, "since": _forget_earlier(tx)}
        try:
            command.upgrade(config, HEAD)
        except CommandError:
            raise StoreError(CauseCode.STORE_NEWER) from None


def _forget_earlier(tx: Connection) -> str:
    """Delete the version of a store that is at one of `EARLIER`, so that Alembic begins at the beginning, and return
    it; else return ""."""
    if not inspect(tx).has_table(_version.name):
        return ""
    schema = str(tx.execute(select(_version.c.version_num)).scalar() or "")
    if schema not in EARLIER:
        return ""
    tx.execute(delete(_version))
    return schema


if __name__ == "__main__":
    upgrade(engine_of(sys.argv[1]))
