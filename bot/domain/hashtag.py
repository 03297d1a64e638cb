"""Hashtags compared as people mean them: whole, in any script, case and width."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise

_LONGEST = 300
"""Characters of a hashtag that are compared; no campaign has a longer one."""


_IN_TEXT = re.compile(r"(?<![\w/&#＃])[#＃]([\w\u0300-\u036f]+)")


def hashtags_in(text: str) -> tuple[str, ...]:
    """The hashtags in a plain text, without the sign, once each."""
    return tuple(dict.fromkeys(tag for tag in _IN_TEXT.findall(text) if not tag.isdecimal()))


def folded(tag: str) -> str:
    """The form two spellings of one hashtag share: NFKC, case folded, marks taken off, without the sign.

    Mastodon compares tags after NFKC, case folding and ASCII folding; X ignores case. Marks that are letters
    of their own in Cyrillic (й, ў, ё) are kept: there they tell words apart.
    """
    text = unicodedata.normalize("NFKC", tag[:_LONGEST]).strip().removeprefix("#").strip().casefold()
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", "".join(_without_marks(unicodedata.normalize("NFC", text)))).strip()


def _without_marks(text: str) -> Iterable[str]:
    """A mark that stands by itself goes too, where what it stands on is a letter that has lost its own."""
    is_bare = False
    for letter in text:
        base = unicodedata.normalize("NFD", letter)[0]
        if not (is_bare and unicodedata.combining(letter)):
            is_bare = base.isascii()
            yield base if is_bare else letter


def same(one: str, other: str) -> bool:
    """Whether two spellings are one hashtag."""
    return folded(one) == folded(other)


def tracked(tags: Iterable[str], campaign: Iterable[str]) -> tuple[str, ...]:
    """The campaign's hashtags, as the campaign spells them, that are among these tags."""
    present = {folded(tag) for tag in tags}
    return tuple(tag for tag in campaign if folded(tag) in present)


def is_whole(tag: str) -> bool:
    """Whether platforms take all of this as one hashtag: letters, digits and underscores, not digits alone."""
    word = unicodedata.normalize("NFC", tag.removeprefix("#"))
    return all(belongs(letter) for letter in word) and any(letter.isalpha() for letter in word)


def belongs(letter: str) -> bool:
    """Whether platforms take this letter as part of a hashtag."""
    return letter.isalnum() or letter == "_" or unicodedata.category(letter) in ("Mn", "Mc")


def is_readable(tag: str) -> bool:
    """Whether a screen reader can tell the words of a hashtag apart (CamelCase, underscores, or one short word).

    Scripts without capitals cannot be written any better.
    """
    word = tag.removeprefix("#")
    cased = any(letter.lower() != letter.upper() for letter in word)
    humps = any(before.islower() and after.isupper() for before, after in pairwise(word))
    after_digit = any(before.isdigit() and after.isupper() for before, after in pairwise(word[1:]))
    return len(word) < 12 or "_" in word or not cased or humps or after_digit


def tagged_name(name: str | None) -> str:
    """A name that people gave themselves, where it has a hashtag in it; "" for any other."""
    return name[:_LONGEST] if name and any(sign in name for sign in "#＃♯") else ""
