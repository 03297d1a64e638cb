"""Texts made comparable: what a platform gives back is our text if only form differs."""

from __future__ import annotations

import hashlib
import unicodedata


def normalised(text: str) -> str:
    """NFC, with every run of white space and invisible joiners as one space: what survives a platform's mangling."""
    composed = unicodedata.normalize("NFC", text)
    visible = "".join(" " if _is_blank(letter) else letter for letter in composed)
    return " ".join(visible.split())


def _is_blank(letter: str) -> bool:
    return letter.isspace() or letter in "\u200b\u2060\ufeff\u00ad"


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
