"""At which lines to kill: every one that is executed between claiming a delivery and recording it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from tests.sweep.trace import Point, Step

_CLAIMING = frozenset({"claim_due", "claim_next"})
_PART_BEGINS = "_send_part"
_RECORDED = frozenset({"_tell_sent", "publish", "reshare"})

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
    """Each line, each time it is executed."""
    begin, end = _window(steps)
    return [point for place, point in enumerate(_points(steps)) if begin <= place < end]
