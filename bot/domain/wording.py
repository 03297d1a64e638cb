"""What a post says in words of its own: without links, names, hashtags, signs, and whatever nobody sees."""

from __future__ import annotations

import re
import zlib

from bot.domain.text import composed

LONGEST = 5_000
"""Characters that are looked at; a longer text is known by its beginning."""

FEWEST = 4
"""With fewer words than this, many people say the same by chance."""

_NAMES = re.compile(r"https?://\S+|www\.\S+|[#＃][\w\u200d]+|[@＠][\w.-]+(?:@[\w.:-]+)?", re.IGNORECASE)
_HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_WORD = re.compile(r"[^\W_]+")
_KEPT = 2
"""How many of its rows of words stand for a text."""


def plain(text: str) -> str:
    """The text without what nobody sees, and without links, mentions and hashtags."""
    return _NAMES.sub(" ", _HIDDEN.sub("", composed(text[:LONGEST], "NFKC")[:LONGEST]))


def words(text: str) -> tuple[str, ...]:
    """The words of a text in their order, whatever their case and form and whatever signs stand between them."""
    return tuple(_WORD.findall(plain(text).casefold()))


def sketch(said: tuple[str, ...]) -> tuple[str, ...]:
    """A few rows of three words, picked so that two texts that are nearly the same have one in common almost always.

    Of all its rows those with the smallest checksums (Broder: On the resemblance and containment of documents, 1997).
    Fewer words are in too many texts. None for a text that is too short to tell.
    """
    if len(said) < FEWEST:
        return ()
    rows = {zlib.crc32(row.encode()): row for row in map(" ".join, zip(said, said[1:], said[2:], strict=False))}
    return tuple(rows[checksum] for checksum in sorted(rows)[:_KEPT])


def are_near(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two texts, by their words, say the same: nine of ten are shared (Jaccard)."""
    shared = len(one & other)
    return shared > 0 and shared >= 0.9 * (len(one) + len(other) - shared)


def is_part(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether the shorter text, by its words, is mostly in the longer one: X takes fewer than Mastodon."""
    fewer = min(len(one), len(other))
    return fewer > FEWEST and len(one & other) >= 0.8 * fewer
