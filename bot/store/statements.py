"""Statements that are built once: SQLAlchemy takes longer over building one than SQLite over doing it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, Update, bindparam, update


def change(tx: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> int:
    """Set these columns of the rows with this key. Gives how many rows there were."""
    given = {f"key_{name}": one for name, one in key.items()} | {f"new_{name}": one for name, one in values.items()}
    return tx.execute(_changing(table, tuple(key), tuple(values)), given).rowcount


@cache
def _changing(table: Table, keys: tuple[str, ...], names: tuple[str, ...]) -> Update:
    where = (table.c[name] == bindparam(f"key_{name}") for name in keys)
    return update(table).where(*where).values({name: bindparam(f"new_{name}") for name in names})
