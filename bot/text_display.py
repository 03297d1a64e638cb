"""The words that make an error useful: what was written, quoted safely, and the nearest name that is known."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable

from bot.lookalikes import difference, skeleton

_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0d\uffa0\U000e0100-\U000e01ef]")
"""What Python takes for printable and nobody sees; the selectors that make a sign an emoji are let be."""

_MANY = 20
"""More names than this are not a hint any more."""


def quoted(written: str, longest: int = 60) -> str:
    """Return what a person wrote, between quotation marks, shortened, with nothing in it that could upset a
    terminal."""
    return f'"{shortened(written, longest)}"'


def shortened(written: str, longest: int = 60) -> str:
    """Return the beginning of what a person wrote, with nothing in it that could upset a terminal."""
    return printable(written if len(written) <= longest else written[: longest - 1] + "…")


def printable(name: str) -> str:
    """Return a text or a file's name as it can be shown in every terminal and log, also when it is no valid text.

    What is shown as nothing at all is written out too, or two names could look the same.
    """
    if not has_hidden(name):
        return name
    return "".join(f"\\u{ord(letter):04x}" if is_hidden(letter) else letter for letter in name)


def is_hidden(letter: str) -> bool:
    """Return whether a letter does something else than being seen: control characters, those that turn the direction of
    writing, joiners, fillers (Unicode's Default_Ignorable_Code_Point), halves of letters."""
    return not letter.isprintable() or _UNSEEN.match(letter) is not None


def has_hidden(text: str) -> bool:
    """Return whether there is such a letter anywhere in a text."""
    return not text.isprintable() or (not text.isascii() and _UNSEEN.search(text) is not None)


def escaped(text: str) -> str:
    """Return a JSON document without anything that could upset or mislead a terminal; JSON may escape whatever it
    likes."""
    if not has_hidden(text):
        return text
    return "".join(json.dumps(letter)[1:-1] if is_hidden(letter) else letter for letter in text)


_OPPOSITES = (
    *(("min", "max"), ("first", "last"), ("start", "end"), ("before", "after"), ("on", "off"), ("public", "private")),
    *(("trusted", "blocked"), ("approve", "reject"), ("env", "file"), ("access", "api"), ("earliest", "latest")),
)
_ALSO = {"twitter": "x", "tweet": "x", "fediverse": "mastodon", "masto": "mastodon", "toot": "mastodon"}
"""What people call the platforms too."""

_NOT = ("un", "not_", "not ", "no_", "no ", "non", "dis", "in")


def nearest(written: str, known: Iterable[str]) -> str:
    """Return the known name that is most like what was written, or "" when none is like it.

    A name that looks the same comes first; one that means the opposite never comes.
    """
    names = {name.casefold(): name for name in sorted(known)}
    if also := names.get(_ALSO.get(written.strip().casefold(), "")):
        return also
    short = written[:100].strip().casefold()
    same = next((name for name in names if skeleton(name).casefold() == skeleton(short).casefold()), "")
    close = [same] if same else difflib.get_close_matches(short, names, n=3, cutoff=0.6)
    return next((names[name] for name in close if name == same or not _are_opposed(short, name)), "")


def _are_opposed(word: str, other: str) -> bool:
    """Return whether two names differ in what turns the meaning round: a "not", or the other word of a pair."""
    if any(word == f"{no}{other}" or other == f"{no}{word}" for no in _NOT):
        return True
    words, other_words = (set(re.split(r"[\W_]+", name)) for name in (word, other))
    return any(
        (first in words - other_words and second in other_words - words)
        or (second in words - other_words and first in other_words - words)
        for first, second in _OPPOSITES
    )


def choice(written: str, known: Iterable[str]) -> dict[str, str]:
    """Return of what `write_one_of` makes English: the nearest known name, else those that are known."""
    names = sorted(known)
    near = nearest(written, names)
    return {"near": near} if near else {"known": ", ".join(names[:_MANY])}


def write_one_of(written: str, known: Iterable[str]) -> str:
    """Return what to write instead of an unknown name: the nearest known one, else all of them, or the first few of
    many."""
    names = sorted(known)
    near = nearest(written, names)
    if near:
        odd = difference(written, near)
        return f"Write {quoted(near)}{f'; what stands there holds {odd}' if odd else ''}"
    if not names:
        return "Take it out"
    more = f" and {len(names) - _MANY} more" if len(names) > _MANY else ""
    return f"Known are {', '.join(quoted(name) for name in names[:_MANY])}{more}"
