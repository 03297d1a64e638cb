"""At which lines to kill: every one that is executed between claiming a delivery and recording it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence

from tests.sweep.trace import Point, Step

CLAIMING = frozenset({"claim_due", "claim_next"})
RECOVERING = frozenset({"recover"})
DELIVERING = frozenset({"deliver"})
_REQUESTS = frozenset({"publish", "reshare"})
_LAST = frozenset({"_tell_sent", "_found"}) | _REQUESTS
"""The last of these comes after the last record; a design that records first ends with the request itself."""

_RECORDING = frozenset({"_record", "_recorded_as_read"})
_LAST_LOOK = "is_too_late"
_BODIES = frozenset({"_body", "_written_body"})


def every(steps: Sequence[Step], begins: Collection[str] = CLAIMING) -> list[Point]:
    """Each line each time it is executed, from the first of the functions that begin it."""
    begin, end = _window(steps, begins)
    return _points(steps)[begin:end]


def first(steps: Sequence[Step], begins: Collection[str] = CLAIMING) -> list[Point]:
    """Each line the first time it is executed."""
    known: set[tuple[str, int]] = set()
    return [point for point in every(steps, begins) if _is_new(point, known)]


def of_each_change(steps: Sequence[Step], begins: Collection[str] = CLAIMING) -> list[Point]:
    """One line before, between and after all that changes what outlives the process.

    It dies alike at all lines between two changes: the next one finds the same, whichever line it was.
    """
    begin, end = _window(steps, begins)
    return _of_each(steps, begin, end, lambda step: step.changes)


def _of_each(steps: Sequence[Step], begin: int, end: int, stretch: Callable[[Step], object]) -> list[Point]:
    """One line of each stretch of lines that gives the same: the one that was executed least often before."""
    found: dict[object, Point] = {}
    for point, step in zip(_points(steps)[begin:end], steps[begin:end], strict=True):
        known = found.get(stretch(step))
        if known is None or point.time < known.time:
            found[stretch(step)] = point
    return list(found.values())


def _is_new(point: Point, known: set[tuple[str, int]]) -> bool:
    is_new = (point.file, point.line) not in known
    known.add((point.file, point.line))
    return is_new


def leaving(steps: Sequence[Step]) -> Point:
    """Where the request is on record and about to leave."""
    return _at(steps, lambda step: step.function in _REQUESTS and step.file.startswith("bot/platforms/"))


def answered(steps: Sequence[Step]) -> Point:
    """Where the platform has accepted it and the store does not know."""
    return _at(steps, lambda step: step.function == "accepted" and step.file == "bot/services/sending/attempts.py")


def after_the_record(steps: Sequence[Step]) -> list[Point]:
    """Each line the first time it is executed after an attempt was recorded, up to the record of its answer.

    What was executed before already, in a commit for another thing, counts anew.
    """
    known: set[tuple[str, int]] = set()
    begin, end = _after_the_record(steps)
    return [point for point in _points(steps)[begin:end] if _is_new(point, known)]


def of_each_look(steps: Sequence[Step]) -> list[Point]:
    """Of those lines, one between any two at which the process changes what outlives it, or looks at the clock."""
    begin, end = _after_the_record(steps)
    return _of_each(steps, begin, end, lambda step: (step.changes, step.looks))


def _after_the_record(steps: Sequence[Step]) -> tuple[int, int]:
    begin = max(place for place, step in enumerate(steps) if step.function in _RECORDING) + 1
    end = max(place for place, step in enumerate(steps) if step.function in _LAST)
    return begin, end + 1


def unseen(steps: Sequence[Step]) -> set[Point]:
    """The lines between the last look at the clock and the departure of the request that was recorded last."""
    recorded = max(place for place, step in enumerate(steps) if step.function in _RECORDING)
    answered = next(place for place, step in enumerate(steps) if place > recorded and step.function in _BODIES)
    looked = max(place for place, step in enumerate(steps[:answered]) if step.function == _LAST_LOOK)
    return set(_points(steps)[looked + 1 : answered])


def _at(steps: Sequence[Step], is_it: Callable[[Step], bool]) -> Point:
    return next(point for step, point in zip(steps, _points(steps), strict=True) if is_it(step))


def sampled(points: Sequence[Point], stride: int, offset: int) -> list[Point]:
    """One of so many points, beginning with the one at the offset."""
    return list(points[offset % stride :: stride])


def spread(points: Sequence[Point], count: int) -> list[Point]:
    """So many of the points, evenly; both ends are among them."""
    if len(points) <= count:
        return list(points)
    return [points[place * (len(points) - 1) // (count - 1)] for place in range(count)]


def _points(steps: Sequence[Step]) -> list[Point]:
    times: Counter[tuple[str, int]] = Counter()
    points = []
    for step in steps:
        times[step.file, step.line] += 1
        points.append(Point(step.file, step.line, times[step.file, step.line]))
    return points


def _window(steps: Sequence[Step], begins: Collection[str]) -> tuple[int, int]:
    begin = next(place for place, step in enumerate(steps) if step.function in begins)
    end = max(place for place, step in enumerate(steps) if step.function in _LAST)
    return begin, end + 1
