"""Hashtags and post text as Mastodon treats them: which words are tags, when two are one, how long a text counts."""

import html
import unicodedata
from collections.abc import Callable

import regex  # type: ignore[import-untyped, unused-ignore]

_TAG = r"(?<![=/\p{L}\p{N}_])[#＃](?P<tag>[\w·]*[\p{L}\p{M}_·][\w·]*)"
_URL = r"(?P<url>https?://[^\s<>\"]*[^\s<>\".,;:!?)\]'])"
_MENTION = r"(?<![=/\w])@(?P<user>\w+)(?:@(?P<host>[\w.-]*\w))?"
_PIECES = regex.compile(f"{_URL}|{_TAG}|{_MENTION}")
_SHOWN = 30  # characters of a link that are shown before the ellipsis


def tags_in(text: str) -> list[str]:
    """The tags of a text as they were written, each once."""
    found: dict[str, str] = {}
    for piece in _PIECES.finditer(text):
        if tag := piece["tag"]:
            found.setdefault(normalised(tag), tag)
    return list(found.values())


def normalised(tag: str) -> str:
    """NFKC, lower case, and Latin letters without their marks: Mastodon's HashtagNormalizer."""
    return "".join(map(_ascii_folded, unicodedata.normalize("NFKC", tag.strip().lstrip("#")).lower()))


def _ascii_folded(character: str) -> str:
    base = unicodedata.normalize("NFD", character)[0]
    return base if base.isascii() else character


def counted_length(text: str, reserved_per_url: int) -> int:
    """Grapheme clusters, with a link counted at a fixed length and a mention without its host."""

    def counted(piece: regex.Match[str]) -> str:
        if piece["url"]:
            return "x" * reserved_per_url
        return f"@{piece['user']}" if piece["user"] else piece[0]

    return len(regex.findall(r"\X", _PIECES.sub(counted, text)))


def renderer(base: Callable[[], str]) -> Callable[[str], str]:
    """What turns plain text into the HTML of a post on the server at `base`, invisible link parts and all."""

    def rendered(text: str) -> str:
        paragraphs = regex.split(r"\n\s*\n", text.strip())
        return "".join(f"<p>{_linked(part, base())}</p>".replace("\n", "<br />") for part in paragraphs if part)

    return rendered


def _linked(text: str, base: str) -> str:
    done: list[str] = []
    position = 0
    for piece in _PIECES.finditer(text):
        done += [_escaped(text[position : piece.start()]), _link(piece, base)]
        position = piece.end()
    return "".join(done) + _escaped(text[position:])


def _link(piece: regex.Match[str], base: str) -> str:
    if tag := piece["tag"]:
        address = f"{base}/tags/{normalised(tag)}"
        return f'<a href="{address}" class="mention hashtag" rel="tag">#<span>{_escaped(tag)}</span></a>'
    if user := piece["user"]:
        home = f"https://{piece['host']}" if piece["host"] else base
        anchor = f'<a href="{home}/@{user}" class="u-url mention">@<span>{user}</span></a>'
        return f'<span class="h-card" translate="no">{anchor}</span>'
    return _url_link(piece["url"])


def _url_link(url: str) -> str:
    scheme = regex.match(r"https?://(www\.)?", url)[0]
    shown, hidden = url[len(scheme) :][:_SHOWN], url[len(scheme) :][_SHOWN:]
    css = "ellipsis" if hidden else ""
    return (
        f'<a href="{_escaped(url)}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{scheme}</span><span class="{css}">{_escaped(shown)}</span>'
        f'<span class="invisible">{_escaped(hidden)}</span></a>'
    )


def _escaped(text: str) -> str:
    return html.escape(text).replace("&#x27;", "&#39;")
