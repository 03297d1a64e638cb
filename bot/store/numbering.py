"""The numbers of rows that people and scripts speak of: each is given once, whatever is removed, moved or restored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from sqlalchemy import Connection, text

from bot.store.schema import meta, metadata

TABLES = tuple(name for name, table in metadata.tables.items() if "id" in table.c)
"""The tables whose rows have numbers."""

SEEN_ELSEWHERE = "numbers"
"""The mark of a store that was restored: the highest numbers that were given in the one before it."""

_STEP = 1_000
_UNSURE = 10_000
"""How far the numbers jump where nobody knows how many were given meanwhile."""

Numbers = Mapping[str, int]
"""By table, the highest number that was ever given: what databases call a high-water mark."""

_ON_SQLITE = text("SELECT name, seq FROM sqlite_sequence")
_ON_POSTGRESQL = text(
    " UNION ALL ".join(
        f"SELECT '{name}' AS name, CASE WHEN is_called THEN last_value ELSE 0 END AS seq FROM {name}_id_seq"  # noqa: S608
        for name in TABLES
    )
)
_BEGIN_SQLITE = text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :number)")
_RAISE_SQLITE = text("UPDATE sqlite_sequence SET seq = :number WHERE name = :name")
_RAISE_POSTGRESQL = text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :number, true)")


def highest(tx: Connection) -> dict[str, int]:
    """Return the highest number that each table has ever given, 0 for none."""
    rows = tx.execute(_ON_SQLITE if tx.dialect.name == "sqlite" else _ON_POSTGRESQL)
    known = {row.name: int(row.seq) for row in rows}
    return {name: known.get(name, 0) for name in TABLES}


def go_on_after(tx: Connection, numbers: Numbers) -> None:
    """Give no number up to these any more."""
    before = highest(tx)
    for name in TABLES:
        number = numbers.get(name, 0)
        if number <= before[name]:
            continue
        values = {"name": name, "number": number}
        if tx.dialect.name == "postgresql":
            tx.execute(_RAISE_POSTGRESQL, values)
        elif not tx.execute(_RAISE_SQLITE, values).rowcount:
            tx.execute(_BEGIN_SQLITE, values)


def jump_ahead(tx: Connection, *known: Numbers, is_all_known: bool) -> None:
    """Give numbers that no store before this one can have given: it was restored or copied, and others went on.

    `known` are high-water marks of the store before, as far as anybody has seen them; unless `is_all_known`, there
    may have been many more.
    """
    told = tx.execute(meta.select().where(meta.c.key == SEEN_ELSEWHERE)).first()
    if told is not None:
        in_the_one_before = msgspec.json.decode(told.value, type=dict[str, int])
        known, is_all_known = (*known, in_the_one_before), is_all_known or bool(in_the_one_before)
        tx.execute(meta.delete().where(meta.c.key == SEEN_ELSEWHERE))
    ours = highest(tx)
    seen = {name: max([ours[name], *(numbers.get(name, 0) for numbers in known)]) for name in TABLES}
    more = {name: _more(number, is_all_known=is_all_known) for name, number in seen.items()}
    go_on_after(tx, {name: _rounded_up(number + more[name]) for name, number in seen.items() if more[name]})


def _more(number: int, *, is_all_known: bool) -> int:
    """How many numbers to leave out after the highest that is known."""
    if is_all_known:
        return _STEP if number else 0
    return max(_UNSURE, number)


def _rounded_up(number: int) -> int:
    """People tell numbers from before a restore by their size."""
    return -(-number // _STEP) * _STEP


def encoded(numbers: Numbers) -> str:
    """Return high-water marks as the value of `SEEN_ELSEWHERE`."""
    return msgspec.json.encode(numbers).decode()


def highest_in(rows: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return the highest number of each table among these."""
    found: dict[str, int] = {}
    for name, number in rows:
        found[name] = max(found.get(name, 0), int(number))
    return found
