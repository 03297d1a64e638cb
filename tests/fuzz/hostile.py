"""What is put into answers where something else belongs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

Path = tuple[str | int, ...]

HIDDEN = "\u202e\u2066\u200b\u200d\ufeff\u00ad\u034f\u115f\u3164\ufe0f\U000e0041\u061c"
"""Letters that turn the direction of writing, or that nobody sees."""

MARKS = "a" + "\u0315\u0300" * 300
DEEP: Any = "deep"
for _ in range(300):
    DEEP = [DEEP]

TEXTS = (
    "",
    " ",
    "\0",
    "a\0b",
    "\ud83d",
    "a\udc00b",
    "\x1b[31m\x1b]0;title\x07",
    "\x9b31m",
    "a\r\nb\u2028c\u2029d\x85e",
    f"@worker{HIDDEN}@union.example",
    f"https://union.example/{HIDDEN}",
    "https://[",
    "https://union.example:99999/",
    "https://a b.example/",
    "https://",
    "javascript:alert(1)",
    "<script>alert(1)</script><b onclick=x>",
    "&#0;&#xd800;&#x202e;&lt;script&gt;&#27;[0m",
    "[red]markup[/red] {braces} %s",
    "٠١٢٣",
    "9" * 30,
    "9" * 6000,
    "-1",
    "nan",
    MARKS,
    "é" * 3000,
    "🏳️‍🌈" * 40,
    "../../x",
    "be-tarask",
    "İıſK",
    "ﷺ" * 60,
)
DATES = (
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "0001-01-01T00:00:00Z",
    "1969-12-31T23:59:59Z",
    "9999-12-31T23:59:59-14:00",
    "9999-12-31T23:59:59Z",
    "2025-04-16T09:00:00",
    "2025-04-16",
    "2025-02-30T00:00:00Z",
    "2025-04-16T25:00:00Z",
    "2025-04-16T09:00:60Z",
    "2025-04-16T09:00:00+99:99",
    "1744794000",
    "Wed, 16 Apr 2025 09:00:00 GMT",
)
NUMBERS = (0, -1, 1, 2**31, 2**63, 2**64, 10**30, 10**400, -(10**30), 0.1, -0.0, 1e300, float("inf"))
OTHERS: tuple[Any, ...] = (None, True, False, [], {}, [None], [[]], {"": ""}, [1, "a", None, {}], DEEP, {"a": DEEP})
VALUES: tuple[Any, ...] = (*TEXTS, *DATES, *NUMBERS, *OTHERS)


@dataclass(frozen=True)
class Change:
    """What is done to one place of a document: left out, or filled with something else."""

    path: Path
    value: Any
    is_left_out: bool = False


def paths_in(document: Any, start: Path = ()) -> list[Path]:
    """Every place in a document, itself included."""
    found: list[Path] = [start]
    pairs: Sequence[tuple[str | int, Any]] = ()
    if isinstance(document, dict):
        pairs = list(document.items())
    elif isinstance(document, list):
        pairs = list(enumerate(document))
    for key, value in pairs:
        found += paths_in(value, (*start, key))
    return found


def changes(document: Any, *, most: int = 2) -> st.SearchStrategy[list[Change]]:
    """One or more things done to a document."""
    value = st.one_of(st.sampled_from(VALUES), st.text(max_size=20), st.integers(), st.floats(allow_nan=False))
    one = st.builds(Change, st.sampled_from(paths_in(document)), value, st.booleans())
    return st.lists(one, min_size=1, max_size=most)


def changed(document: Any, done: Sequence[Change]) -> Any:
    """A copy of the document after that; a place that is not there any more is passed over."""
    copy = json.loads(json.dumps(document))
    for one in done:
        if not one.path:
            copy = one.value
            continue
        place = copy
        for key in one.path[:-1]:
            place = _at(place, key)
        last = one.path[-1]
        if _at(place, last) is not None or (isinstance(place, dict) and last in place):
            if one.is_left_out:
                del place[last]
            else:
                place[last] = one.value
    return copy


def _at(place: Any, key: str | int) -> Any:
    if isinstance(place, dict) and isinstance(key, str):
        return place.get(key)
    if isinstance(place, list) and isinstance(key, int) and key < len(place):
        return place[key]
    return None


def written(document: Any) -> bytes:
    """As JSON; half of a letter stays half, and a number without end is one that no reader takes."""
    return json.dumps(document).replace("Infinity", "1e999").encode()
