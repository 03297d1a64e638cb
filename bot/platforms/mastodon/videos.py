"""Which videos a status shows: links by their address, files by what the server says of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from bot.domain.text import digest
from bot.domain.video import videos_in
from bot.platforms.mastodon.entities import Attachment, Status

_MOST = 10**9
"""Pixels or seconds; more was made up, and Python could not even write it as a fraction."""

_MOVING = frozenset({"video", "gifv"})

LONGEST_GIF = 5.0
"""Seconds; a moving picture without sound that is as long as this may be a film of somebody who had to keep quiet."""

_CLOCK = re.compile(r"(?:([0-9]{1,4}):)?([0-9]{1,4}):([0-9]{1,2}(?:\.[0-9]{1,6})?)")
_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,6})?")


def videos_of(status: Status, addresses: Sequence[str]) -> tuple[str, ...]:
    """The names of all of them, those of links first; `addresses` are those in its text."""
    links = videos_in([*addresses, *_previewed(status.card)])
    return tuple(dict.fromkeys((*links, *_files(status.files))))


def lacks_alt(media: Iterable[Attachment]) -> bool:
    """Whether something attached is without words for those who cannot see or hear it."""
    return any(not (isinstance(item.description, str) and item.description.strip()) for item in media)


def is_film(item: Attachment) -> bool:
    """Return whether what a server takes for a GIF may be a silent film: by its length, or where nobody tells that."""
    length = _length_of(item)
    return length is None or length >= LONGEST_GIF


def look_of(item: Attachment) -> str:
    """What a file looks like, the same on servers that keep it under an address of their own; "" where too little is
    told."""
    original = _original(item)
    told = [original.get(name) for name in ("width", "height")]
    if not isinstance(item.blurhash, str) or not all(_is_number(one) for one in told):
        return ""
    if item.type not in _MOVING:
        return f"still:{digest(item.blurhash, *map(_plain, told))[:20]}"
    length = _length_of(item)
    return "" if length is None else f"moving:{digest(item.blurhash, *map(_plain, (*told, length)))[:20]}"


def _original(item: Attachment) -> dict[str, object]:
    original = item.meta.get("original") if isinstance(item.meta, dict) else None
    return original if isinstance(original, dict) else {}


def _length_of(item: Attachment) -> float | None:
    """Seconds, None where no server told, or none that can be."""
    meta = item.meta if isinstance(item.meta, dict) else {}
    told = [part.get(name) for part in (_original(item), meta) for name in ("duration", "length")]
    return next((length for one in told if (length := _seconds(one)) is not None), None)


def _seconds(told: object) -> float | None:
    if isinstance(told, str) and (clock := _CLOCK.fullmatch(told)):
        hours, minutes, seconds = clock.groups(default="0")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    if isinstance(told, str) and _SECONDS.fullmatch(told):
        told = float(told)
    return float(told) if isinstance(told, int | float) and _is_number(told) else None


def _is_number(told: object) -> bool:
    return isinstance(told, int | float) and not isinstance(told, bool) and 0 < told < _MOST


def _previewed(card: object) -> Iterator[str]:
    """The addresses of a link's preview: short links are followed by the server that makes it."""
    if isinstance(card, dict):
        for name in ("url", "embed_url"):
            if isinstance(address := card.get(name), str):
                yield address


def _files(media: Iterable[Attachment]) -> Iterator[str]:
    """A file that is posted again has the same picture, size and length, to the millisecond; no server gives more."""
    for item in media:
        original = item.meta.get("original") if isinstance(item.meta, dict) else None
        if item.type not in _MOVING or not isinstance(original, dict) or not isinstance(item.blurhash, str):
            continue
        told = [original.get(name) for name in ("width", "height", "duration")]
        if all(isinstance(one, int | float) and 0 < one < _MOST for one in told):
            yield f"media:{digest(item.blurhash, *map(_plain, told))}"


def _plain(number: object) -> str:
    return f"{number:.3f}" if isinstance(number, int | float) else ""
