"""What the letters of a text tell of its language: its script, and letters that only some languages have."""

from __future__ import annotations

import re

_CYRILLIC = re.compile("[\u0400-\u052f]")
_LATIN = re.compile("[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff]")
_CYRILLIC_WORD = re.compile("[\u0400-\u052f]+(?:['’ʼ][\u0400-\u052f]+)*")
_LATIN_WORD = re.compile("[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff]+")

_FEWEST = 3
"""Letters that make a text one of their script."""

_NEVER = {
    "be": re.compile("[ищъїє]"),
    "ru": re.compile("[іўїєґ]"),
    "uk": re.compile("[ыэёъў]"),
    "bg": re.compile("[ыэёіўїєґ]"),
    "mk": re.compile("[йщъыэюяёіўїєґ]"),
    "sr": re.compile("[йщъыэюяёіўїєґ]"),
}
"""Letters that a language does not have, but one of its neighbours."""

_UKRAINIAN = re.compile("[іїєґ]")

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

_CARON, _ACUTE = re.compile("[čšž]"), re.compile("[ćłńśź]")
_NOT_LACINKA = re.compile("[ĉĝĥĵŝěřąęőűäöüß]")
_LIKE_LACINKA = frozenset({"bs", "cnr", "cs", "dsb", "eo", "hr", "hsb", "sh", "sk", "sl", "sr", "szl"})
"""Languages whose Latin letters could be taken for Belarusian ones: there the platform's word is better."""


def cyrillic_words(text: str) -> tuple[str, ...]:
    """The words in Cyrillic letters, small, where they are at least two fifths of the text; none where they are fewer.

    A slogan in a text that is otherwise in another language does not make it another text.
    """
    cyrillic, latin = len(_CYRILLIC.findall(text)), len(_LATIN.findall(text))
    if cyrillic < _FEWEST or cyrillic * 5 < (cyrillic + latin) * 2:
        return ()
    return tuple(_CYRILLIC_WORD.findall(text.lower()))


def latin_words(text: str) -> tuple[str, ...]:
    """The words in Latin letters, small."""
    return tuple(_LATIN_WORD.findall(text.lower()))


def may_be(code: str, words: tuple[str, ...]) -> bool:
    """Whether words in Cyrillic letters can be of this language.

    They cannot where one in five holds a letter that it does not have; fewer may be names, or quoted.
    """
    if code not in _IN_CYRILLIC:
        return False
    never = _NEVER.get(code)
    return never is None or 5 * sum(1 for word in words if never.search(word)) < len(words)


def may_be_ukrainian(words: tuple[str, ...]) -> bool:
    """Whether any word holds a letter that Ukrainian has and Russian has not: hardly a sentence is without."""
    return any(_UKRAINIAN.search(word) for word in words)


def is_lacinka(words: tuple[str, ...], code: str = "") -> bool:
    """Whether words in Latin letters are Belarusian (łacinka); never where they are said to be in a language like it.

    No other has ŭ, save Esperanto, or both the carons of Czech and the acutes of Polish, save Sorbian and Montenegrin.
    """
    text = " ".join(words)
    if code in _LIKE_LACINKA or _NOT_LACINKA.search(text):
        return False
    return "ŭ" in text or bool(_CARON.search(text) and _ACUTE.search(text))
