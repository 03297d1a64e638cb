"""At which lines to kill: every one that is executed between claiming a delivery and recording it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from tests.sweep.trace import Point, Step

_CLAIMING = frozenset({"claim_due", "claim_next"})
_ONE_PART = "_send_part"
_LAST = frozenset({"_tell_sent", "publish", "reshare"})
"""The last of these comes after the last record; a design that records first ends with the request itself."""

ALWAYS = (
    "bot/services/publish.py",
    "bot/services/record.py",
    "bot/services/reconcile.py",
    "bot/services/reshare.py",
    "bot/platforms/",
    "tests/sweep/wrong.py",
)
"""Where no line is left out, even when there is time for a sample only."""


def every(steps: Sequence[Step]) -> list[Point]:
    """Each line each time it is executed."""
    begin, end = _window(steps)
    return _points(steps)[begin:end]


def first(steps: Sequence[Step]) -> list[Point]:
    """Each line the first time it is executed; of a thread, also the first time in its second part."""
    points = _points(steps)
    begin, end = _window(steps)
    parts = [place for place in _part_begins(steps) if begin < place < end]
    chosen: list[Point] = []
    known: set[Step] = set()
    for number, (start, stop) in enumerate(pairwise([begin, *parts[1:], end])):
        if number == 1:
            known = set()
        for place in range(start, stop):
            if steps[place] not in known:
                known.add(steps[place])
                chosen.append(points[place])
    return chosen


def sampled(points: Sequence[Point], stride: int, offset: int) -> list[Point]:
    """All points of the files in `ALWAYS`, and one in `stride` of the others."""
    others = [point for point in points if not point.file.startswith(ALWAYS)]
    kept = set(others[offset % stride :: stride])
    return [point for point in points if point.file.startswith(ALWAYS) or point in kept]


def _points(steps: Sequence[Step]) -> list[Point]:
    times: Counter[tuple[str, int]] = Counter()
    points = []
    for step in steps:
        times[step.file, step.line] += 1
        points.append(Point(step.file, step.line, times[step.file, step.line]))
    return points


def _window(steps: Sequence[Step]) -> tuple[int, int]:
    begin = next(place for place, step in enumerate(steps) if step.function in _CLAIMING)
    end = max(place for place, step in enumerate(steps) if step.function in _LAST)
    return begin, end + 1


def _part_begins(steps: Sequence[Step]) -> Iterator[int]:
    lines = [step.line for step in steps if step.function == _ONE_PART]
    return (place for place, step in enumerate(steps) if step.function == _ONE_PART and step.line == min(lines))
