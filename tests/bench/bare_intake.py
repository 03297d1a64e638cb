"""What cannot be saved when statuses are taken in: the same pages decoded, the same rows inserted, page by page."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from bot.platforms.mastodon.entities import StatusEntity
from bot.store import schema as t
from bot.store.store import Store
from tests.bench import stores

Rows = list[tuple[Any, ...]]
_NAMES = ", ".join(column.name for column in t.sighting.columns)
_PER_PAGE = 40


def bare(kind: str, pages: Sequence[bytes], filled: Store, url: str) -> float:
    """Statuses a second into an empty database at `url`, as rows like those that are in `filled`."""
    Store.open(url).close()
    if kind == stores.SQLITE:
        return _into_sqlite(pages, _rows(filled, _NAMES), url.removeprefix("sqlite:///"))
    casts = ", ".join(f"{name}::text" for name in _NAMES.split(", "))
    return _into_postgresql(pages, _rows(filled, casts), stores.libpq(url))


def _rows(filled: Store, columns: str) -> Rows:
    """As many as there are posts in the pages, as the driver takes them."""
    with filled.read() as tx:
        return [tuple(row) for row in tx.exec_driver_sql(f"SELECT {columns} FROM sighting ORDER BY id")]


def _into_sqlite(pages: Sequence[bytes], rows: Rows, file: str) -> float:
    decoder = msgspec.json.Decoder(list[StatusEntity], strict=False)
    insert = f"INSERT INTO sighting ({_NAMES}) VALUES ({', '.join('?' * len(rows[0]))})"
    database = sqlite3.connect(Path(file), isolation_level=None)
    database.execute("PRAGMA synchronous = FULL")
    begin = time.perf_counter()
    for number, page in enumerate(pages):
        decoder.decode(page)
        database.execute("BEGIN IMMEDIATE")
        database.executemany(insert, rows[number * _PER_PAGE : (number + 1) * _PER_PAGE])
        database.execute("COMMIT")
    seconds = time.perf_counter() - begin
    database.close()
    return len(rows) / seconds


def _into_postgresql(pages: Sequence[bytes], rows: Rows, url: str) -> float:
    decoder = msgspec.json.Decoder(list[StatusEntity], strict=False)
    insert = f"INSERT INTO sighting ({_NAMES}) VALUES ({', '.join(['%s'] * len(rows[0]))})"
    with psycopg.connect(url) as database, database.cursor() as cursor:
        begin = time.perf_counter()
        for number, page in enumerate(pages):
            decoder.decode(page)
            cursor.executemany(insert, rows[number * _PER_PAGE : (number + 1) * _PER_PAGE])
            database.commit()
        seconds = time.perf_counter() - begin
    return len(rows) / seconds
