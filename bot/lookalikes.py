"""Letters that only look alike, and letters that nobody sees: told apart by name, as Unicode calls them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

from bot.values import dataclass

_LATIN_TWINS = {
    "Cyrillic": (
        "аАбвВгеЕёЁзЗіІїЇјЈкКмМнНоОпрРсСтТуУхХѕЅһԁԛԝӏү",
        "aA6BBreEëË33iIïÏjJkKmMHHoOnpPcCTTyYxXsShdqwlY",
    ),
    "Greek": (
        "αΑΒγεΕΖηΗιΙκΚΜνΝοΟρΡτΤυΥχΧ",
        "aABYeEZnHiIkKMvNoOpPtTuYxX",
    ),
}
"""The letters of other scripts that are drawn as Latin ones are (after Unicode's confusables.txt), and those ones."""

_SURE = frozenset("аАВеЕёЁіІїЇјЈкКМНоОрРсСТуУхХѕЅһԁԛԝӏүαΑΒεΕΖΗιΙκΚΜνΝοΟρΡΤυΥχΧ")
"""Of these the ones that no reader tells from their twin; б for 6 or г for r is no slip of anybody's."""

_TWIN = {
    ord(letter): twin for letters, twins in _LATIN_TWINS.values() for letter, twin in zip(letters, twins, strict=True)
}
_TWINS_OF_LATIN = {_TWIN[ord(letter)] for letter in _SURE}

_WORD = re.compile(r"[^\W_]+(?:[\u00ad\u034f\u200b-\u200f\u2060-\u2064\ufeff]*[^\W_]+)*")

_LATIN, _GREEK, _CYRILLIC = re.compile("[A-Za-zÀ-ɏ]"), re.compile("[Ͱ-Ͽἀ-῿]"), re.compile("[Ѐ-ԯ]")

_OTHERS = (
    *(("\u0531", "\u0587", "Armenian"), ("\u10a0", "\u10ff", "Georgian"), ("\u13a0", "\u13fd", "Cherokee")),
    *(("\u1400", "\u167f", "Canadian"), ("\u2c80", "\u2cff", "Coptic"), ("\ua4d0", "\ua4ff", "Lisu")),
)
"""Scripts, from and to, whose letters nobody writes into a Latin or Cyrillic word, and that look like them."""

_NOT_LATIN = re.compile("[\u0370-\u1fff\u2c80-\ua4ff]")
"""All letters of other scripts are among these: a text without any need not be looked at word by word."""

_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\u2800\ufe00-\ufe0f"
    "\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_FLAG = re.compile("\U0001f3f4[\U000e0061-\U000e007a\U000e0030-\U000e0039]{3,6}\U000e007f")
"""The flags of England, Scotland and Wales are written in letters that nobody sees."""
_EMOJI = re.compile("[\u203c-\u3299\ufe0f\u20e3\U0001f000-\U0001faff]")
_JOINED_SCRIPTS = re.compile("[\u0590-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u17ff\ufb1d-\ufdff\ufe70-\ufefc]")
"""Hebrew, Arabic, Indic and Khmer letters: there joiners and direction marks are part of writing well."""

_COMMON_NAMES = {
    "\u00a0": "NO-BREAK SPACE",
    "\u00ad": "SOFT HYPHEN",
    "\u200b": "ZERO WIDTH SPACE",
    "\ufeff": "ZERO WIDTH NO-BREAK SPACE (byte order mark)",
}


@dataclass(frozen=True)
class Lookalike:
    """A letter at `place` (from 0) of a text that is not what it seems to be."""

    place: int
    letter: str
    word: str

    @property
    def called(self) -> str:
        """The letter as people can look it up."""
        return called(self.letter)


def called(letter: str) -> str:
    """Return a letter's number and name, after the letter itself where it is seen."""
    name = _COMMON_NAMES.get(letter) or unicodedata.name(letter, "a letter without a name")
    is_seen = letter.isprintable() and not letter.isspace() and not _UNSEEN.match(letter)
    return (f"'{letter}' " if is_seen else "") + f"U+{ord(letter):04X} {name}"


def skeleton(text: str) -> str:
    """Return what a text looks like in Latin letters: the same for two texts that readers cannot tell apart."""
    visible = unicodedata.normalize("NFKC", without_hidden(text)).translate(_TWIN)
    return unicodedata.normalize("NFC", visible)


def without_hidden(text: str) -> str:
    """Return the text without letters that nobody sees."""
    return text if text.isascii() else _UNSEEN.sub("", text)


def hidden_in(text: str) -> Iterator[Lookalike]:
    """Yield every letter that nobody sees and that serves nothing: joiners in emoji, and in scripts that join,
    serve."""
    if text.isascii():
        return
    flags = [match.span() for match in _FLAG.finditer(text)]
    for match in _UNSEEN.finditer(text):
        place = match.start()
        around = text[max(0, place - 2) : place] + text[place + 1 : place + 3]
        if match.group() == "\u200d" and _EMOJI.search(around):
            continue
        if match.group() in "\u061c\u200c\u200d\u200e\u200f" and _JOINED_SCRIPTS.search(around):
            continue
        if "\ufe00" <= match.group() <= "\ufe0f" or "\U000e0100" <= match.group() <= "\U000e01ef":
            before = text[place - 1 : place]
            if not (before.isalpha() and before < "\u2000" and _script(before)):  # elsewhere it chooses a sign's form
                continue
        if any(start <= place < end for start, end in flags):
            continue
        if match.group() >= "\U000e0000" and text[place - 1 : place] >= "\U000e0000":  # one of many in a row
            continue
        yield Lookalike(place, match.group(), _word_at(text, place))


def strangers_in(text: str) -> Iterator[Lookalike]:
    """Yield the letters of another script in a word that only look like letters of its own: one for each word.

    A word that is honestly made of two scripts, such as "SMSка", has letters that are of one of them alone.
    """
    if text.isascii():
        return
    if not _NOT_LATIN.search(text):
        return
    has_latin, has_greek, has_cyrillic = (script.search(text) for script in (_LATIN, _GREEK, _CYRILLIC))
    for match in _WORD.finditer(text):
        word = match.group()
        if word.isascii():
            continue
        is_mixed = (has_latin and _LATIN.search(word)) or (
            has_greek and has_cyrillic and _GREEK.search(word) and _CYRILLIC.search(word)
        )
        place = _stranger(word) if is_mixed else None
        if place is not None:
            yield Lookalike(match.start() + place, word[place], word)


def _stranger(word: str) -> int | None:
    """Return the place of the first letter of a word that is of the wrong script; None where none is."""
    scripts: dict[str, list[int]] = {}
    for place, letter in enumerate(word):
        script = _script(letter)
        if script:
            scripts.setdefault(script, []).append(place)
    if len(scripts) != 2:
        return None
    if other := next((script for script in scripts if script not in ("Latin", "Greek", "Cyrillic")), ""):
        return scripts[other][0]
    fewer, more = sorted(scripts, key=lambda script: (len(scripts[script]), script))
    if len(scripts[fewer]) > 1 and _changes_once(word):
        return None
    suspects = [script for script in (fewer, more) if _can_all_be_twins(word, scripts[script], script)]
    return scripts[suspects[0]][0] if suspects else None


def _changes_once(word: str) -> bool:
    """Return whether a word begins with an abbreviation in Latin capitals and goes on in another, as "SMSка" does."""
    scripts = [script for script in map(_script, word) if script]
    latin = "".join(letter for letter in word if _script(letter) == "Latin")
    return sum(before != after for before, after in pairwise(scripts)) == 1 and latin.isupper() and len(latin) > 1


def _can_all_be_twins(word: str, places: list[int], script: str) -> bool:
    possible = _TWINS_OF_LATIN if script == "Latin" else _SURE
    return all(word[place] in possible for place in places)


def _script(letter: str) -> str:
    if letter.isascii():
        return "Latin" if letter.isalpha() else ""
    if "\u0370" <= letter <= "\u03ff" or "\u1f00" <= letter <= "\u1fff":
        return "Greek"
    if "\u0400" <= letter <= "\u052f":
        return "Cyrillic"
    if "\u00c0" <= letter <= "\u024f":
        return "Latin" if letter.isalpha() else ""
    return next((name for first, last, name in _OTHERS if first <= letter <= last), "")


def is_all_twins(word: str) -> bool:
    """Return whether a word in other letters looks from its first to its last like one in Latin letters."""
    return not word.isascii() and all(letter in _SURE or letter in "-0123456789" for letter in word)


def odd_letter(text: str) -> str:
    """Return a name of the first letter of a text that nobody sees or that only looks like another; or ""."""
    lookalike = next(iter([*hidden_in(text), *strangers_in(text)]), None) if not text.isascii() else None
    if lookalike is None:
        return ""
    return f"{lookalike.called}, which " + ("nobody sees" if lookalike in [*hidden_in(text)] else "only looks alike")


def difference(written: str, meant: str) -> str:
    """Return what tells two texts apart that look the same: a name of the letter that is not what it seems, or ""."""
    if written == meant or skeleton(written) != skeleton(meant):
        return ""
    lookalike = next(iter([*hidden_in(written), *_foreign(written, meant)]), None)
    return lookalike.called if lookalike else ""


def _foreign(written: str, meant: str) -> Iterator[Lookalike]:
    own_letters = set(meant)
    for place, letter in enumerate(written):
        if letter not in own_letters and not letter.isascii():
            yield Lookalike(place, letter, written)


def _word_at(text: str, place: int) -> str:
    return next((match.group() for match in _WORD.finditer(text) if match.start() <= place <= match.end()), "")
