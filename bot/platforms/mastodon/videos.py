"""Which videos a status shows: links by their address, files by what the server says of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.domain.text import digest
from bot.domain.video import videos_in
from bot.platforms.mastodon.entities import Attachment, Status

_MOST = 10**9
"""Pixels or seconds; more was made up, and Python could not even write it as a fraction."""

_MOVING = frozenset({"video", "gifv"})


def videos_of(status: Status, addresses: Sequence[str]) -> tuple[str, ...]:
    """The names of all of them, those of links first; `addresses` are those in its text."""
    links = videos_in([*addresses, *_previewed(status.card)])
    return tuple(dict.fromkeys((*links, *_files(status.files))))


def lacks_alt(media: Iterable[Attachment]) -> bool:
    """Whether something attached is without words for those who cannot see or hear it."""
    return any(not (isinstance(item.description, str) and item.description.strip()) for item in media)


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
