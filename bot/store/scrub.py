"""Makes the disk forget what was deleted: a database marks it as free, and leaves the bytes where they are."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from bot.store.place import file_of
from bot.store.schema import metadata

_WAIT_SECONDS = 15.0
_SHORT_WAIT_MS = 200
"""Nobody can write while the log is emptied, so that whoever reads for long is not waited for."""


def scrub_sqlite(url: str, *, whole: bool) -> bool:
    """Empty the log beside a SQLite file; `whole` writes the file anew too. Gives whether it could be done.

    Connections overwrite what they delete (`secure_delete`), so that the file itself holds it no more; one that
    was written by an older version may, until it is written anew. Somebody who reads for long keeps the log.
    """
    try:
        with closing(sqlite3.connect(file_of(url), timeout=_WAIT_SECONDS, isolation_level=None)) as file:
            file.execute("PRAGMA secure_delete = ON")
            if whole:
                file.execute("VACUUM")
            file.execute(f"PRAGMA busy_timeout = {_SHORT_WAIT_MS}")
            (is_busy, _, _) = file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error:
        return False
    return not is_busy


def scrub_postgresql(engine: Engine, *, whole: bool) -> bool:
    """Give back what dead rows take; `whole` writes the tables anew, each of which nobody can use meanwhile.

    The server's own log and its backups are its keeper's affair. Gives whether it could be done.
    """
    how = "VACUUM (FULL)" if whole else "VACUUM"
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for name in sorted(metadata.tables):
                connection.exec_driver_sql(f'{how} "{name}"')
    except DBAPIError:
        return False
    return True
