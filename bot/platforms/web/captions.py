"""Captions of others' films, read as WebVTT and written anew: times and plain words, and nothing else of the file."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator

from bot.values import dataclass

MOST_BYTES = 1024 * 1024
_MOST_CUES = 5_000
_LONGEST_CUE = 500
_TIME = r"(?:(\d{2,4}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
_TIMING = re.compile(rf"[ \t]*{_TIME}[ \t]+-->[ \t]+{_TIME}(?:[ \t].*)?\Z")
_TAG = re.compile(r"<[^>\n]*>?")
_JOINERS = "\u200c\u200d"
"""Some languages are not written without them."""

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Cue:
    """Words that stand from `begins` to `ends`, in milliseconds."""

    begins: int
    ends: int
    text: str


def rewritten(content: bytes) -> str:
    """Return captions as a WebVTT file of our own: its times, and its words without marks, places and styles.

    Raise ValueError for what is no WebVTT, or has no words in it. Source: www.w3.org/TR/webvtt1, "File structure".
    """
    if len(content) > MOST_BYTES:
        raise ValueError("too large")
    text = content.decode("utf-8-sig")  # raises UnicodeDecodeError, which is a ValueError
    signature, _, rest = _LINE_END.sub("\n", text).partition("\n")
    if signature != "WEBVTT" and not signature.startswith(("WEBVTT ", "WEBVTT\t")):
        raise ValueError("no WebVTT")
    cues = list(_cues(rest))
    if not cues or len(cues) > _MOST_CUES:
        raise ValueError("no captions")
    return "WEBVTT\n\n" + "\n".join(f"{_clock(cue.begins)} --> {_clock(cue.ends)}\n{cue.text}\n" for cue in cues)


def _cues(text: str) -> Iterator[Cue]:
    for block in re.split(r"\n{2,}", text):
        lines = [line for line in block.split("\n") if line]
        place = next((place for place, line in enumerate(lines[:2]) if "-->" in line), None)
        timing = _TIMING.match(lines[place]) if place is not None else None
        if place is None or timing is None:
            continue  # a comment, a style, or what nobody can read
        begins, ends = _milliseconds(timing.groups()[:4]), _milliseconds(timing.groups()[4:])
        words = _plain("\n".join(lines[place + 1 :]))
        if words and begins < ends:
            yield Cue(begins, ends, words)


def _milliseconds(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in parts)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths


def _clock(milliseconds: int) -> str:
    seconds, thousandths = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{thousandths:03}"


def _plain(written: str) -> str:
    """Return words as they are shown, so that none of them is a mark of ours: a line that was empty, or an arrow, would
    end the cue."""
    lines = (_line(line) for line in html.unescape(_TAG.sub("", written)).splitlines())
    text = "\n".join(line for line in lines if line)[:_LONGEST_CUE]
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _line(written: str) -> str:
    """Return a line without what is no letter: controls, and those that turn the direction of others."""
    return "".join(letter for letter in written if _is_seen(letter)).strip()


def _is_seen(letter: str) -> bool:
    return unicodedata.category(letter)[0] != "C" or letter in _JOINERS
