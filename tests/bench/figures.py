"""A figure, the aim it is held against, and the limit this machine had in the same run."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


class Broken(Exception):
    """Something that must never happen did: no figure makes up for it."""


@dataclass(frozen=True)
class Figure:
    """One line of the table. `aim` is "" for a figure that explains another; `met` is None without an aim."""

    what: str
    value: str
    aim: str = ""
    limit: str = ""
    met: bool | None = None


@dataclass(frozen=True)
class Spread:
    """What many timings come to, in seconds."""

    median: float
    p99: float
    most: float

    def __str__(self) -> str:
        return f"{ms(self.median)} / {ms(self.p99)} / {ms(self.most)} ms"


def spread(seconds: Sequence[float]) -> Spread:
    """Median, 99th percentile (nearest rank) and maximum."""
    return Spread(statistics.median(seconds), ranked(seconds, 0.99), max(seconds))


def ranked(values: Sequence[float], share: float) -> float:
    """The value at this share of them (nearest rank), 0.95 for the 95th percentile."""
    return sorted(values)[math.ceil(share * len(values)) - 1]


def ms(seconds: float) -> str:
    """Whole milliseconds; below ten of them, tenths."""
    return f"{seconds * 1000:.0f}" if abs(seconds) >= 0.01 else f"{seconds * 1000:.1f}"


def table(figures: Sequence[Figure]) -> list[str]:
    """The figures under headings, one line each."""
    rows = [("", "figure", "aim", "limit in the same run")]
    rows += [(one.what, one.value, _held(one), one.limit) for one in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [lines[0], "-" * max(map(len, lines)), *lines[1:]]


def _held(one: Figure) -> str:
    mark = "" if one.met is None else " met" if one.met else " MISSED"
    return f"{one.aim}{mark}"
