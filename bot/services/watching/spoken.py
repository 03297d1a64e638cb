"""The language of a post: the platform's word for it, else what the text itself shows.

The platform's word is mostly what somebody's telephone is set to. Where the letters prove it wrong, the text counts:
what is written in Belarusian deserves care, whatever it is marked as.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.domain.care import primary
from bot.domain.letters import cyrillic_words, is_lacinka, latin_words, may_be, may_be_ukrainian
from bot.domain.post import SeenPost
from bot.domain.wording import plain

if TYPE_CHECKING:
    from lingua import LanguageDetector

_SLAVIC = ("be", "ru", "uk")
_NEIGHBOURS = frozenset({"uk", "bg", "mk", "sr"})
_LATIN = ("de", "en", "es", "fr", "lt", "lv", "pl")
_LONG_CODES = {"bel": "be", "rus": "ru", "ukr": "uk", "eng": "en", "deu": "de", "ger": "de", "fra": "fr", "pol": "pl"}
_NO_LANGUAGE = frozenset({"und", "zxx", "mis", "mul", "art", "none", "null"})

_ENOUGH_WORDS, _ENOUGH_LETTERS = 3, 12
_SURE = 0.7
"""How likely a language must be, of those that are known, before it is said."""


def with_language(post: SeenPost, others: Iterable[str] = ()) -> SeenPost:
    """The post with its language, "" where that cannot be told; `others` are looked for beside the usual ones.

    Only the language itself is kept: a region in its code would say where somebody is from. The posts that it shows
    are given theirs, too.
    """
    language = language_of("\n".join((post.text, *post.poll)), post.language, others)
    shows = tuple(one if one.post is None else replace(one, post=with_language(one.post, others)) for one in post.shows)
    return post if (language, shows) == (post.language, post.shows) else replace(post, language=language, shows=shows)


def language_of(text: str, said: str = "", others: Iterable[str] = ()) -> str:
    """The two or three letters of a text's language; `said` is the platform's word for it."""
    code = _code(said)
    bare = plain(text)
    cyrillic = cyrillic_words(bare)
    if cyrillic:
        return _of_cyrillic(cyrillic, code if may_be(code, cyrillic) else "")
    latin = latin_words(bare)
    if is_lacinka(latin, code):
        return "be"
    return code or _latin(latin, others)


def _code(said: str) -> str:
    code = primary(said)
    is_code = code.isascii() and code.isalpha() and len(code) in (2, 3)
    return _LONG_CODES.get(code, code) if is_code and code not in _NO_LANGUAGE else ""


def _of_cyrillic(words: tuple[str, ...], said: str) -> str:
    """Always an answer: where Belarusian and Russian cannot be told apart, both deserve care.

    X knows no Belarusian and calls it one of its neighbours, for which nobody takes care: there the text is asked.
    """
    if said and (said not in _NEIGHBOURS or len(words) < _ENOUGH_WORDS):
        return said
    likely = dict(_likely(tuple(sorted({*_SLAVIC, said} - {""})), " ".join(words)))
    if not may_be_ukrainian(words):
        del likely["uk"]
    return max(likely, key=lambda code: likely[code])


def _latin(words: tuple[str, ...], others: Iterable[str]) -> str:
    """Nothing for a few words: chance would tell."""
    if len(words) < _ENOUGH_WORDS or sum(map(len, words)) < _ENOUGH_LETTERS:
        return ""
    wanted = {_code(code) for code in others} - {"", *_SLAVIC}
    code, likely = _likely(tuple(sorted(wanted.union(_LATIN))), " ".join(words))[0]
    return code if likely >= _SURE else ""


def _likely(codes: tuple[str, ...], text: str) -> list[tuple[str, float]]:
    """How likely each of these languages is, the likeliest first."""
    found = _detector(codes).compute_language_confidence_values(text)
    return [(one.language.iso_code_639_1.name.lower(), one.value) for one in found]


@lru_cache(maxsize=4)
def _detector(codes: tuple[str, ...]) -> LanguageDetector:
    """Loaded on first use: most posts say their language, and the models take 14 MB of memory for each script."""
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    known = [getattr(IsoCode639_1, code.upper()) for code in codes if hasattr(IsoCode639_1, code.upper())]
    return LanguageDetectorBuilder.from_iso_codes_639_1(*known).with_low_accuracy_mode().build()
