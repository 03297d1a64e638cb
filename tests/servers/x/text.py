"""How X reads and keeps a post's text: its weighted length, t.co links, hashtags, mentions, HTML escapes."""

import hashlib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from typing import Any

import regex  # type: ignore[import-untyped, unused-ignore]
from twitter_text import extract_urls_with_indices, parse_tweet

HASHTAG = regex.compile(r"(?<![\p{L}\p{M}\p{N}_&/])[#＃]((?=[\p{N}_]*[\p{L}\p{M}])[\p{L}\p{M}\p{N}_]++)(?![#＃]|://)")
MENTION = regex.compile(r"(?<![\p{L}\p{N}_!#$%&*@＠])[@＠]([A-Za-z0-9_]{1,15}+)(?![\p{L}\p{N}_@＠]|://)")
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
DISPLAY_LIMIT = 27
ANY_LINK = regex.compile(r"https?://[^\s<>\"]*[\p{L}\p{N}/]")


@dataclass(frozen=True)
class Composed:
    """A post's text as X gives it back; entity positions count code points of `text`."""

    text: str
    urls: list[dict[str, Any]] = field(default_factory=list)
    hashtags: list[dict[str, Any]] = field(default_factory=list)
    mentions: list[dict[str, Any]] = field(default_factory=list)

    def entities(self) -> dict[str, Any]:
        """The entities that are there, under X's names."""
        found = {"urls": self.urls, "hashtags": self.hashtags, "mentions": self.mentions}
        return {kind: entries for kind, entries in found.items() if entries}


def kept(text: str) -> str:
    """The text as X keeps it: NFC, plain line ends, no space around it."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


@lru_cache(maxsize=8192)
def duplicate_key(text: str) -> str:
    """What is the same for two texts that X takes for one."""
    return " ".join(kept(text).split())


def is_too_long(text: str) -> bool:
    """Whether the text is over 280 weighted characters, or holds characters that no post may."""
    return bool(text) and not parse_tweet(text).valid


def links_in(text: str, *, any_host: bool) -> list[tuple[int, int, str]]:
    """Start, end and URL of what X turns into links, and bills for; with `any_host` hosts X does not know as well."""
    found = [(*entry["indices"], entry["url"]) for entry in extract_urls_with_indices(text)]
    if any_host:
        taken = {start for start, _, _ in found}
        found += [(*m.span(), m.group()) for m in ANY_LINK.finditer(text) if m.start() not in taken]
    return found


def compose(text: str, *, salt: str, any_host: bool = False, media_links: Sequence[tuple[str, str]] = ()) -> Composed:
    """Wrap links (see `links_in`), escape HTML and append the media link.

    `media_links` are (media key, expanded URL) pairs, which share one t.co link; `salt` makes links this post's own.
    """
    composed = Composed("")
    pieces: list[str] = []
    length = 0
    position = 0
    for start, end, kind, value in sorted(_entities_of(text, any_host)):
        pieces.append(escape(text[position:start], quote=False))
        length += len(pieces[-1])
        shown = tco(salt, start, value) if kind == "url" else text[start:end]
        _record(composed, kind, value, shown, length)
        pieces.append(shown)
        length += len(shown)
        position = end
    pieces.append(escape(text[position:], quote=False))
    whole = "".join(pieces)
    return _with_media(Composed(whole, composed.urls, composed.hashtags, composed.mentions), salt, media_links)


def tco(salt: str, position: int, url: str) -> str:
    """The wrapped form of `url`: always 23 characters."""
    number = int.from_bytes(hashlib.sha256(f"{salt} {position} {url}".encode()).digest()[:8], "big")
    slug = ""
    for _ in range(10):
        number, digit = divmod(number, 62)
        slug += ALPHABET[digit]
    return f"https://t.co/{slug}"


def _entities_of(text: str, any_host: bool) -> Iterator[tuple[int, int, str, str]]:
    taken: list[tuple[int, int]] = []
    for start, end, url in links_in(text, any_host=any_host):
        taken.append((start, end))
        yield start, end, "url", url
    for kind, pattern in (("hashtag", HASHTAG), ("mention", MENTION)):
        for match in pattern.finditer(text):
            if not any(start <= match.start() < end for start, end in taken):
                yield match.start(), match.end(), kind, match.group(1)


def _record(composed: Composed, kind: str, value: str, shown: str, start: int) -> None:
    span: dict[str, Any] = {"start": start, "end": start + len(shown)}
    if kind == "hashtag":
        composed.hashtags.append({**span, "tag": value})
    elif kind == "mention":
        composed.mentions.append({**span, "username": value})
    else:
        expanded = value if "://" in value else f"http://{value}"
        composed.urls.append({**span, "url": shown, "expanded_url": expanded, "display_url": _display(expanded)})


def _display(expanded: str) -> str:
    bare = expanded.partition("://")[2].removeprefix("www.").removesuffix("/")
    return bare if len(bare) <= DISPLAY_LIMIT else bare[: DISPLAY_LIMIT - 1] + "…"


def _with_media(composed: Composed, salt: str, media_links: Sequence[tuple[str, str]]) -> Composed:
    if not media_links:
        return composed
    link = tco(salt, -1, "media")
    text = f"{composed.text} {link}" if composed.text else link
    span = {"start": len(text) - len(link), "end": len(text), "url": link}
    for key, expanded in media_links:
        display = "pic.x.com/" + link.rpartition("/")[2]
        composed.urls.append({**span, "expanded_url": expanded, "display_url": display, "media_key": key})
    return Composed(text, composed.urls, composed.hashtags, composed.mentions)
