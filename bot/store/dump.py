"""Carries a whole store from one database into another one, and proves that both say the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection, Inspector, Table, insert, inspect, select

from bot.store import identity
from bot.store import schema as t
from bot.values import dataclass

_AT_ONCE = 500
_OWN_MARKS = frozenset({"instance", "epoch", "place"})
"""What a database has that was opened once and never used."""


@dataclass(frozen=True)
class Contents:
    """What a table holds: how many rows, and a digest over all of them."""

    rows: int
    digest: str


def is_empty(tx: Connection) -> bool:
    """Return whether nothing of a campaign is in the database, with our tables or without."""
    inspector: Inspector = inspect(tx)
    tables = [table for table in t.metadata.sorted_tables if inspector.has_table(table.name)]
    if t.meta in tables and {row.key for row in tx.execute(select(t.meta.c.key))} - _OWN_MARKS:
        return False
    return all(tx.execute(select(*table.c).limit(1)).first() is None for table in tables if table is not t.meta)


def carry_over(source: Connection, target: Connection) -> dict[str, Contents]:
    """Copy every row of every table, and return what was read. The target's tables are there, and empty but for
    marks."""
    target.execute(t.meta.delete())
    carried = {table.name: _carry_table(source, target, table) for table in t.metadata.sorted_tables}
    identity.go_on_after(target, identity.highest(source))
    return carried


def contents(tx: Connection) -> dict[str, Contents]:
    """Return what each table holds."""
    return {table.name: _summed(_batches(tx, table)) for table in t.metadata.sorted_tables}


def _carry_table(source: Connection, target: Connection, table: Table) -> Contents:
    def written() -> Iterator[list[dict[str, Any]]]:
        for batch in _batches(source, table):
            target.execute(insert(table), batch)
            yield batch

    return _summed(written())


def _batches(tx: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    rows = tx.execute(select(table).execution_options(yield_per=_AT_ONCE))
    for batch in rows.partitions():
        yield [dict(row._mapping) for row in batch]


def _summed(batches: Iterator[list[dict[str, Any]]]) -> Contents:
    """Return the sum of all rows' digests: databases do not agree on the order of texts."""
    rows, total = 0, 0
    for batch in batches:
        rows += len(batch)
        total += sum(_number(row) for row in batch)
    return Contents(rows, f"{total % (1 << 256):064x}")


def _number(row: dict[str, Any]) -> int:
    encoded = msgspec.json.encode(row, order="deterministic")
    return int.from_bytes(hashlib.sha256(encoded).digest(), "big")
