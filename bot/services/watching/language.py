"""The language of a post: the platform's word for it, else what its letters and words show."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from bot.domain.moderation import primary
from bot.domain.post import SeenPost, changed
from bot.domain.text import plain
from bot.services.watching.language_models import LanguageProcess, Likely, likely

_CYRILLIC = re.compile("[\u0400-\u052f]+")
_LATIN = re.compile("[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff]+")
_CYRILLIC_WORD = re.compile("[\u0400-\u052f]+(?:['’ʼ][\u0400-\u052f]+)*")

_FEWEST = 3
"""Letters that make a text one of their script."""

_NEVER = {
    "be": frozenset("ищъїє"),
    "ru": frozenset("іўїєґ"),
    "uk": frozenset("ыэёъў"),
    "bg": frozenset("ыэёіўїєґ"),
    "mk": frozenset("йщъыэюяёіўїєґ"),
    "sr": frozenset("йщъыэюяёіўїєґ"),
}
"""Letters that a language does not have, but one of its neighbours."""

_UKRAINIAN = frozenset("іїєґ")

_IN_CYRILLIC = frozenset(
    {
        "ab",
        "av",
        "ba",
        "be",
        "bg",
        "ce",
        "cu",
        "cv",
        "kk",
        "kv",
        "ky",
        "mk",
        "mn",
        "os",
        "ru",
        "sah",
        "sr",
        "tg",
        "tt",
        "udm",
        "uk",
    }
)
"""Languages that people write in it; of those written in both scripts, the ones whose speakers mostly use it."""

_CARON, _ACUTE = frozenset("čšž"), frozenset("ćłńśź")
_NOT_LACINKA = frozenset("ĉĝĥĵŝěřąęőűäöüß")
_LIKE_LACINKA = frozenset({"bs", "cnr", "cs", "dsb", "eo", "hr", "hsb", "sh", "sk", "sl", "sr", "szl"})
"""Languages whose Latin letters could be taken for Belarusian ones: there the platform's word is better."""


def cyrillic_words(text: str) -> tuple[str, ...]:
    """Return the words in Cyrillic letters, small, where they are at least two fifths of the text; none where they are
    fewer.

    A slogan in a text that is otherwise in another language does not make it another text.
    """
    cyrillic, latin = (sum(map(len, script.findall(text))) for script in (_CYRILLIC, _LATIN))
    if cyrillic < _FEWEST or cyrillic * 5 < (cyrillic + latin) * 2:
        return ()
    return tuple(_CYRILLIC_WORD.findall(text.lower()))


def latin_words(text: str) -> tuple[str, ...]:
    """Return the words in Latin letters, small."""
    return tuple(_LATIN.findall(text.lower()))


def may_be(code: str, words: tuple[str, ...]) -> bool:
    """Return whether words in Cyrillic letters can be of this language.

    They cannot where one in five holds a letter that it does not have; fewer may be names, or quoted.
    """
    if code not in _IN_CYRILLIC:
        return False
    never = _NEVER.get(code)
    return never is None or 5 * sum(1 for word in words if not never.isdisjoint(word)) < len(words)


def may_be_ukrainian(words: tuple[str, ...]) -> bool:
    """Return whether any word holds a letter that Ukrainian has and Russian has not: hardly a sentence is without."""
    return any(not _UKRAINIAN.isdisjoint(word) for word in words)


def is_lacinka(words: tuple[str, ...], code: str = "") -> bool:
    """Return whether words in Latin letters are Belarusian (łacinka); never where they are said to be in a language
    like it.

    No other has ŭ, save Esperanto, or both the carons of Czech and the acutes of Polish, save Sorbian and Montenegrin.
    """
    letters = frozenset("").union(*words)
    if code in _LIKE_LACINKA or not _NOT_LACINKA.isdisjoint(letters):
        return False
    return "ŭ" in letters or not (_CARON.isdisjoint(letters) or _ACUTE.isdisjoint(letters))


_SLAVIC = ("be", "ru", "uk")
_NEIGHBOURS = frozenset({"uk", "bg", "mk", "sr"})
_LATIN_LANGUAGES = ("de", "en", "es", "fr", "lt", "lv", "pl")
_LONG_CODES = {"bel": "be", "rus": "ru", "ukr": "uk", "eng": "en", "deu": "de", "ger": "de", "fra": "fr", "pol": "pl"}
_NO_LANGUAGE = frozenset({"und", "zxx", "mis", "mul", "art", "none", "null"})

_ENOUGH_WORDS, _ENOUGH_LETTERS = 3, 12
_SURE = 0.7
"""How likely a language must be, of those that are known, before it is said."""


_ways: list[Callable[[tuple[str, ...], str], Likely]] = [likely]
"""How it is told in this process which languages are likely; the last one counts."""


@contextmanager
def told_aside() -> Iterator[None]:
    """Have another process tell languages meanwhile: its models are not to stay in the memory of who lives long."""
    process = LanguageProcess()
    _ways.append(process.likely)
    try:
        yield
    finally:
        _ways.remove(process.likely)
        process.close()


def with_language(post: SeenPost, others: Iterable[str] = ()) -> SeenPost:
    """Return the post with its language, "" where that cannot be told; `others` are looked for beside the usual ones.

    Only the language itself is kept: a region in its code would say where somebody is from. The posts that it shows
    are given theirs, too.
    """
    text = "\n".join((post.text, *post.poll)) if post.poll else post.text
    language, shows = language_of(text, post.language, others), post.shows
    if shows:
        shows = tuple(
            shown if shown.post is None else replace(shown, post=with_language(shown.post, others)) for shown in shows
        )
    return post if (language, shows) == (post.language, post.shows) else changed(post, language=language, shows=shows)


def language_of(text: str, stated: str = "", others: Iterable[str] = ()) -> str:
    """Return the two or three letters of a text's language; `said` is the platform's word for it."""
    code = _code(stated)
    if code and text.isascii():  # it has neither Cyrillic letters nor those of łacinka
        return code
    bare = plain(text)
    cyrillic = cyrillic_words(bare)
    if cyrillic:
        return _of_cyrillic(cyrillic, code if may_be(code, cyrillic) else "")
    latin = latin_words(bare)
    if is_lacinka(latin, code):
        return "be"
    return code or _latin(latin, others)


def _code(stated: str) -> str:
    code = primary(stated)
    is_code = code.isascii() and code.isalpha() and len(code) in (2, 3)
    return _LONG_CODES.get(code, code) if is_code and code not in _NO_LANGUAGE else ""


def _of_cyrillic(words: tuple[str, ...], stated: str) -> str:
    """Return the language of a text in Cyrillic letters, always one: where Belarusian and Russian cannot be told apart,
    both deserve care.

    X knows no Belarusian and calls it one of its neighbours, for which nobody takes care: there the text is asked.
    """
    if stated and (stated not in _NEIGHBOURS or len(words) < _ENOUGH_WORDS):
        return stated
    likely = dict(_ways[-1](tuple(sorted({*_SLAVIC, stated} - {""})), " ".join(words)))
    if not may_be_ukrainian(words):
        del likely["uk"]
    return max(likely, key=lambda code: likely[code])


def _latin(words: tuple[str, ...], others: Iterable[str]) -> str:
    """Return the language of a text in Latin letters, "" for a few words: chance would tell."""
    if len(words) < _ENOUGH_WORDS or sum(map(len, words)) < _ENOUGH_LETTERS:
        return ""
    codes = {_code(code) for code in others} - {"", *_SLAVIC}
    code, likely = _ways[-1](tuple(sorted(codes.union(_LATIN_LANGUAGES))), " ".join(words))[0]
    return code if likely >= _SURE else ""
