"""Several questions that do not depend on each other, asked in one statement: each gives its rows as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from sqlalchemy import JSON, Connection, Dialect, SelectBase, Text, cast, func, select

from bot.store.engine import Prepared, Question, Rows, UtcDateTime, made_ready, row_of
from bot.values import dataclass

T = TypeVar("T")


class StoreAnswers:
    """What was answered to each of several questions."""

    def __init__(self, rows: Mapping[Question[Any], Rows]) -> None:
        self._rows = rows

    def __getitem__(self, question: Question[T]) -> T:
        return question.read(self._rows[question])


def answers(tx: Connection, *questions: Question[Any]) -> StoreAnswers:
    """Return the answers to several questions, batched in one statement in which each gives its rows as JSON."""
    values = {name: value for each in questions for name, value in each.values.items()}
    lists = {name: _filled_up(value) for name, value in values.items() if isinstance(value, list)}
    lengths = tuple((name, len(listed)) for name, listed in lists.items())
    prepared, codecs = _together(tx.dialect, lengths, *(question.query for question in questions))
    listed = {f"{name}_{place}": each for name, listed in lists.items() for place, each in enumerate(listed, 1)}
    row = tx.exec_driver_sql(prepared.statement, prepared.parameters(values | listed)).one()
    written = (msgspec.json.decode(rows) if rows else () for rows in row)
    decoded = (codec.rows(rows) for codec, rows in zip(codecs, written, strict=True))
    return StoreAnswers(dict(zip(questions, decoded, strict=True)))


def _filled_up(listed: list[Any]) -> list[Any]:
    """Return the values of an IN with the last one repeated, for few lengths: each is a statement of its own."""
    return listed + listed[-1:] * ((1 << (len(listed) - 1).bit_length()) - len(listed)) if listed else listed


@dataclass(frozen=True)
class _Codec:
    """What a row of a query is, and how its values are read out of JSON."""

    row: Callable[[list[Any]], Any]
    readers: tuple[tuple[int, Callable[[Any], Any]], ...]

    def rows(self, written: Sequence[list[Any]]) -> Rows:
        """Return rows as the database's own driver would give them."""
        for row in written:
            for place, read in self.readers:
                if row[place] is not None:
                    row[place] = read(row[place])
        return list(map(self.row, written))


@lru_cache(maxsize=32)
def _together(
    dialect: Dialect, lengths: tuple[tuple[str, int], ...], *queries: SelectBase
) -> tuple[Prepared, tuple[_Codec, ...]]:
    """Made once of queries that are made once, and `lengths` of the lists that they take: to make it takes longer than
    to have it answered, and what SQLAlchemy makes of it takes ten times as much memory as its words."""
    columns, codecs = [], []
    is_served = dialect.name == "postgresql"
    for place, query in enumerate(queries):
        rows = query.subquery()
        if is_served:
            gathered = func.json_agg(func.json_build_array(*rows.c))
        else:
            gathered = func.json_group_array(func.json_array(*map(_as_json, rows.c)))
        columns.append(cast(select(gathered).select_from(rows).scalar_subquery(), Text).label(f"rows_{place}"))
        readers = ((at, _reader(column.type, dialect)) for at, column in enumerate(rows.c))
        codecs.append(_Codec(row_of(rows.c.keys()), tuple((at, read) for at, read in readers if read is not None)))
    return made_ready(dialect, select(*columns), lengths=dict(lengths)), tuple(codecs)


def _as_json(column: Any) -> Any:
    return func.json(column) if isinstance(column.type, JSON) else column


def _reader(kind: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    """Return how a value of this type is read; None where it stands in JSON as it is."""
    if isinstance(kind, JSON):
        return None
    if dialect.name != "postgresql":
        return kind.dialect_impl(dialect).result_processor(dialect, None)  # type: ignore[no-any-return]
    return _instant if isinstance(kind, UtcDateTime) else None


def _instant(written: str) -> datetime:
    return datetime.fromisoformat(written).astimezone(UTC)
