"""Where a database lives: what is another one after it was copied or restored, and stays the same through all else."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sqlalchemy import Connection, func, select, text
from sqlalchemy.engine import make_url

from bot.domain.text import digest
from bot.store.engines import is_sqlite
from bot.store.schema import attempt

_MACHINE = Path("/etc/machine-id")

_MAY_CALL = text(
    "SELECT has_function_privilege('pg_control_system()', 'EXECUTE') AND "
    "has_function_privilege('pg_walfile_name(pg_lsn)', 'EXECUTE') AND "
    "has_function_privilege('pg_current_wal_lsn()', 'EXECUTE')"
)
_CLUSTER = text(
    "SELECT (SELECT system_identifier FROM pg_control_system()), left(pg_walfile_name(pg_current_wal_lsn()), 8)"
)
_CLUSTER_KEY = "groundswell cluster"
_NEWEST = select(func.max(attempt.c.id))
_TABLE = text("SELECT (SELECT oid FROM pg_database WHERE datname = current_database()), 'delivery'::regclass::oid")
"""A dump that is loaded anywhere makes the tables anew, with other numbers."""


def place_of(url: str, tx: Connection) -> str:
    """Where the database at this address lives. Raises OSError when its file is gone.

    A SQLite file: the machine, and the file's own number in its file system, which stays when a folder is renamed or a
    container is made anew. PostgreSQL: the cluster and its timeline, the database, and its table `delivery`.
    """
    if is_sqlite(url):
        return f"file {machine()} {file_of(url).stat().st_ino}"
    return " ".join(["postgresql", _cluster(tx), *map(str, tx.execute(_TABLE).one())])


def _cluster(tx: Connection) -> str:
    """The cluster and its timeline; "" where a hoster keeps them to itself. Another one means other connections."""
    if _CLUSTER_KEY not in tx.info:
        known = tx.execute(_CLUSTER).one() if tx.execute(_MAY_CALL).scalar() else ("", "")
        tx.info[_CLUSTER_KEY] = " ".join(map(str, known))
    return str(tx.info[_CLUSTER_KEY])


@cache
def file_of(url: str) -> Path:
    """The file of a SQLite store."""
    return Path(make_url(url).database or "")


def machine() -> str:
    """This machine's name for itself, made unrecognisable; "" where it has none, as in most containers."""
    try:
        return digest("groundswell", _MACHINE.read_text(encoding="ascii").strip())[:16]
    except (OSError, UnicodeDecodeError):
        return ""


@cache
def address_key(url: str) -> str:
    """What tells databases apart by their addresses, without a password in it."""
    parts = make_url(url)
    shown = (parts.get_backend_name(), parts.host or "", str(parts.port or ""), parts.database or "")
    return digest(*shown, str(parts.query.get("host", "")))[:16]


def shown_address(url: str) -> str:
    """An address that may be shown to anybody and written down."""
    return make_url(url).set(password=None, query={}).render_as_string()


def newest_attempt(tx: Connection) -> int:
    """The number of the last request that the database remembers; 0 for none."""
    return int(tx.execute(_NEWEST).scalar() or 0)
