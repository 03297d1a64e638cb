"""Texts made comparable: what a platform gives back is our text if only form differs."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from typing import Literal

_JOINERS = "\u200b\u2060\ufeff\u00ad"
_MOST_MARKS = 30
_MAYBE_MARKS = re.compile(rf"[^\w\s!-~]{{{_MOST_MARKS + 1}}}")
_SHORT = 500
"""Characters; on fewer, no marks take long."""


def normalised(text: str) -> str:
    """NFC, with every run of white space and invisible joiners as one space: what survives a platform's mangling."""
    visible = composed(text)
    for joiner in _JOINERS:
        visible = visible.replace(joiner, " ")
    return " ".join(visible.split())


def composed(text: str, form: Literal["NFC", "NFKC"] = "NFC") -> str:
    """The text in a normal form of Unicode, in a time that only grows with its length.

    Python's own takes hours over a million marks on one letter. Hence no more than 30 follow one another before a
    joiner nobody sees (UAX #15, Stream-Safe Text Format).
    """
    may_stall = len(text) > _SHORT and _MAYBE_MARKS.search(text)
    return unicodedata.normalize(form, "".join(_stream_safe(text)) if may_stall else text)


def _stream_safe(text: str) -> Iterator[str]:
    marks = 0
    for letter in text:
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks > _MOST_MARKS:
            yield "\u034f"
            marks = 1
        yield letter


def is_near(one: str, other: str) -> bool:
    """Whether two texts say the same in nearly the same words: nine of ten words shared (Jaccard)."""
    first, second = _words(one), _words(other)
    if not first or not second:
        return first == second
    return len(first & second) / len(first | second) >= 0.9


def _words(text: str) -> frozenset[str]:
    return frozenset(normalised(text).casefold().split())


def digest(*pieces: str) -> str:
    """A SHA-256 over the pieces, each set apart from the next, as 64 hexadecimal digits."""
    return hashlib.sha256("\x1f".join(pieces).encode()).hexdigest()
