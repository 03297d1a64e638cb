"""Several questions that do not depend on each other, asked in one statement: each gives its rows as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from sqlalchemy import JSON, Connection, Dialect, Executable, SelectBase, Text, cast, func, select

from bot.store.engine import Question, Rows, UtcDateTime, row_of
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
    statement, codecs = _together(tx.dialect, *(question.query for question in questions))
    row = tx.execute(statement, {name: value for each in questions for name, value in each.values.items()}).one()
    written = (msgspec.json.decode(rows) if rows else () for rows in row)
    decoded = (codec.rows(rows) for codec, rows in zip(codecs, written, strict=True))
    return StoreAnswers(dict(zip(questions, decoded, strict=True)))


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
def _together(dialect: Dialect, *queries: SelectBase) -> tuple[Executable, tuple[_Codec, ...]]:
    """Made once of queries that are made once: to make it takes longer than to have it answered."""
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
    return select(*columns), tuple(codecs)


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
