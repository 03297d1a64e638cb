"""Texts made comparable: form, hashtags, and what a post says in words of its own."""

from __future__ import annotations

import hashlib
import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Literal

_JOINERS = "\u200b\u2060\ufeff\u00ad"
_MOST_MARKS = 30
_MAYBE_MARKS = re.compile(rf"[^\w\s!-~]{{{_MOST_MARKS + 1}}}")
_SHORT = 500
"""Characters; on fewer, no marks take long."""


def normalised(text: str) -> str:
    """Return a text in NFC, with every run of white space and invisible joiners as one space: what survives a
    platform's mangling."""
    visible = composed(text)
    for joiner in _JOINERS:
        visible = visible.replace(joiner, " ")
    return " ".join(visible.split())


def composed(text: str, form: Literal["NFC", "NFKC"] = "NFC") -> str:
    """Return the text in a normal form of Unicode, in a time that only grows with its length.

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


def digest(*pieces: str) -> str:
    """Return the SHA-256 of the pieces, each set apart from the next, as 64 hexadecimal digits."""
    return hashlib.sha256("\x1f".join(pieces).encode()).hexdigest()


def is_near(text: str, other: str) -> bool:
    """Return whether two texts say the same in nearly the same words, whatever signs stand between these: nine of ten
    are shared (Jaccard)."""
    first, second = frozenset(words(text)), frozenset(words(other))
    if not first or not second:
        return normalised(text) == normalised(other)
    return are_near(first, second)


def rfc3339(at: datetime | None) -> str | None:
    """Return an instant as RFC 3339 in UTC."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at else None


_LONGEST = 300
"""Characters of a hashtag that are compared; no campaign has a longer one."""


_IN_TEXT = re.compile(r"(?<![\w/&#＃])[#＃]([\w\u0300-\u036f]+)")


def hashtags_in(text: str) -> tuple[str, ...]:
    """Return the hashtags in a plain text, without the sign, once each."""
    return tuple(dict.fromkeys(tag for tag in _IN_TEXT.findall(text) if not tag.isdecimal()))


def folded(tag: str) -> str:
    """Return the form two spellings of one hashtag share: NFKC, case folded, marks taken off, without the sign.

    Mastodon compares tags after NFKC, case folding and ASCII folding; X ignores case. Marks that are letters
    of their own in Cyrillic (й, ў, ё) are kept: there they tell words apart.
    """
    return _folded(tag[:_LONGEST])


@lru_cache(maxsize=1024)
def _folded(tag: str) -> str:
    text = unicodedata.normalize("NFKC", tag).strip().removeprefix("#").strip().casefold()
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", "".join(_without_marks(unicodedata.normalize("NFC", text)))).strip()


def _without_marks(text: str) -> Iterable[str]:
    """Yield the letters without their marks; one that stands by itself goes too, where what it stands on is a letter
    that has lost its own."""
    is_bare = False
    for letter in text:
        base = unicodedata.normalize("NFD", letter)[0]
        if not (is_bare and unicodedata.combining(letter)):
            is_bare = base.isascii()
            yield base if is_bare else letter


def same(tag: str, other: str) -> bool:
    """Return whether two spellings are one hashtag."""
    return folded(tag) == folded(other)


def tracked(tags: Iterable[str], campaign: Iterable[str]) -> tuple[str, ...]:
    """Return the campaign's hashtags, as the campaign spells them, that are among these tags."""
    return _tracked(tuple(tags), tuple(campaign))


@lru_cache(maxsize=256)
def _tracked(tags: tuple[str, ...], campaign: tuple[str, ...]) -> tuple[str, ...]:
    present = {folded(tag) for tag in tags}
    return tuple(tag for tag in campaign if folded(tag) in present)


def is_whole(tag: str) -> bool:
    """Return whether platforms take all of this as one hashtag: letters, digits and underscores, not digits alone."""
    word = unicodedata.normalize("NFC", tag.removeprefix("#"))
    return all(belongs(letter) for letter in word) and any(letter.isalpha() for letter in word)


def belongs(letter: str) -> bool:
    """Return whether platforms take this letter as part of a hashtag."""
    return letter.isalnum() or letter == "_" or unicodedata.category(letter) in ("Mn", "Mc")


def is_readable(tag: str) -> bool:
    """Return whether a screen reader can tell the words of a hashtag apart (CamelCase, underscores, or one short word).

    Scripts without capitals cannot be written any better.
    """
    word = tag.removeprefix("#")
    cased = any(letter.lower() != letter.upper() for letter in word)
    humps = any(before.islower() and after.isupper() for before, after in pairwise(word))
    after_digit = any(before.isdigit() and after.isupper() for before, after in pairwise(word[1:]))
    return len(word) < 12 or "_" in word or not cased or humps or after_digit


def tagged_name(name: str | None) -> str:
    """Return a name that people gave themselves, where it has a hashtag in it; "" for any other."""
    return name[:_LONGEST] if name and _TAG_SIGN.search(name) else ""


_TAG_SIGN = re.compile("[#＃♯]")


LONGEST = 5_000
"""Characters that are looked at; a longer text is known by its beginning."""

FEWEST = 4
"""With fewer words than this, many people say the same by chance."""

_NAMES = re.compile(
    r"h[tT][tT][pP][sS]?://\S+|H[tT][tT][pP][sS]?://\S+|w[wW][wW]\.\S+|W[wW][wW]\.\S+"
    r"|#[\w\u200d]+|＃[\w\u200d]+|@[\w.-]+(?:@[\w.:-]+)?|＠[\w.-]+(?:@[\w.:-]+)?"
)
"""Each begins with a letter of its own, so that Python's engine skips whatever else stands in a text."""

HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
"""Letters that nobody sees."""

_WORD = re.compile(r"[^\W_]+")
_BETWEEN_WORDS = {place: " " for place in range(128) if not chr(place).isalnum()}
"""In a text of ASCII alone; to look for words in it takes three times as long."""

_KEPT = 2
"""How many of its rows of words stand for a text."""


def plain(text: str) -> str:
    """Return the text without what nobody sees, and without links, mentions and hashtags."""
    return _plain(text[:LONGEST])


@lru_cache(maxsize=64)
def _plain(text: str) -> str:
    return _NAMES.sub(" ", text if text.isascii() else HIDDEN.sub("", composed(text, "NFKC")[:LONGEST]))


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text in their order, whatever their case and form and whatever signs stand between them."""
    return _words_of(text[:LONGEST])


@lru_cache(maxsize=256)
def _words_of(text: str) -> tuple[str, ...]:
    bare = _plain(text).casefold()
    return tuple(bare.translate(_BETWEEN_WORDS).split() if bare.isascii() else _WORD.findall(bare))


def minhash(text_words: tuple[str, ...]) -> tuple[str, ...]:
    """Return a MinHash sketch of a text: a few of its shingles of three words, so that near-duplicates share one.

    Of all shingles those with the smallest checksums (Broder: On the resemblance and containment of documents, 1997).
    Shorter shingles are in too many texts. Empty for a text that is too short to tell.
    """
    if len(text_words) < FEWEST:
        return ()
    encoded = " ".join(text_words).encode().split(b" ")
    shingles = dict.fromkeys(map(b" ".join, zip(encoded, encoded[1:], encoded[2:], strict=False)))
    return tuple([shingle.decode() for shingle in sorted(shingles, key=zlib.crc32)[:_KEPT]])


def are_near(vocabulary: frozenset[str], other: frozenset[str]) -> bool:
    """Return whether two texts, by their words, say the same: nine of ten are shared (Jaccard)."""
    shared = len(vocabulary & other)
    return shared > 0 and shared >= 0.9 * (len(vocabulary) + len(other) - shared)


Signature = tuple[int, int]
"""How many words a text has, each once, and a bitmap of them; another one in each process."""

_BITS = 256


@lru_cache(maxsize=2048)
def signature(text: str) -> Signature:
    """Return what tells at once that most texts are not near another one: they are compared by the hundred."""
    vocabulary, bits = frozenset(words(text)), 0
    for word in vocabulary:
        bits |= 1 << hash(word) % _BITS
    return len(vocabulary), bits


def may_be_near(one: Signature, others: Iterable[tuple[int, Signature]]) -> list[int]:
    """Return the numbers of those of the others that may be near one, by the signatures of all: one that is left out is
    not `are_near`.

    Texts that share nine of ten words differ in at most a nineteenth of both, and no bit differs without a word that
    does.
    """
    count, bits = one
    return [number for number, (size, its_bits) in others if 19 * (bits ^ its_bits).bit_count() <= count + size]


def may_be_part(one: Signature, other: Signature) -> bool:
    """Return whether the shorter text may be part of the longer one, or near it: False only where `is_part` and
    `are_near` would be."""
    (fewer, shorter), (_, longer) = sorted((one, other))
    return 5 * (shorter & ~longer).bit_count() <= fewer


def is_part(vocabulary: frozenset[str], other: frozenset[str]) -> bool:
    """Return whether the shorter text, by its words, is mostly in the longer one: X takes fewer than Mastodon."""
    fewer = min(len(vocabulary), len(other))
    return fewer > FEWEST and len(vocabulary & other) >= 0.8 * fewer
