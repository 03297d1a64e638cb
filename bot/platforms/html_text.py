"""Remote HTML as plain text: what a person reads, with the whole address of every link.

The result is text, never markup: whoever shows it on a page escapes it like any other text. Every step is linear
in the length of the input, which may come from a server that means harm.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape as _unescape
from urllib.parse import unquote

_HREF = re.compile(r"""\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_NAMES = re.compile(r"""\s(?:class|rel)\s*=\s*["'][^"']*(?:mention|hashtag|\btag\b)""", re.IGNORECASE)
_SPAN = re.compile(r"""<span(?: class="[\w -]*+")?+>|</span>""")
_USUAL_LINK = r"""<a(\s[^<>"]*+(?:"[^<>"]*+"[^<>"]*+)*+)>((?:[^<>&]*+(?:""" + _SPAN.pattern + r"""))*+[^<>&]*+)</a>"""
"""Mastodon's own links, names and hashtags, with nothing but spans in them: one piece each, in place of four to eight
tags."""

_TAG = re.compile(_USUAL_LINK + r"""|<(/?+)([a-zA-Z][a-zA-Z0-9]*+)?+([^<>"]*+(?:"[^<"]*+"[^<>"]*+)*+|[^<>]*+)>""")
"""A tag ends where its quotes are closed, or at the first ">" where one never is. What has no name may be none."""

_BLANK_LINES = re.compile(r"\n{3,}")
_BLOCKS = frozenset({"p", "div", "ul", "ol", "li", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "tr"})
_UNREAD = frozenset({"script", "style", "template"})
_READ = _BLOCKS | _UNREAD | {"a", "br"}
_SCHEMES = ("http://", "https://")
_NAME_SIGNS = frozenset("#＃@＠")


_ENDLESS = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{8,});?")
"""Numbers that are no letter's; Python refuses to read one of thousands of digits."""


def unescape(text: str) -> str:
    """Return a text with the letters that HTML names, and with none that databases refuse."""
    return _unescape(_ENDLESS.sub("\ufffd", text)).replace("\0", "\ufffd") if "&" in text or "\0" in text else text


def plain_text(markup: str) -> str:
    """Return the text of a post or a biography: `<br>` and paragraphs as line breaks, hashtags and mentions as written.

    A shortened link becomes its address; a link behind other words is followed by its address in brackets.
    Markup that is no HTML after all is kept as text.
    """
    if "<" not in markup:
        return unescape(markup).strip()
    first, *pieces = _TAG.split(markup)
    out = [_letters(first)] if first else []
    unread, link, link_start = "", "", -1
    for usual, inside, closes, name, rest, text in zip(*[iter(pieces)] * 6, strict=True):
        tag = name.lower() if name else ""
        if usual is not None:
            if not unread:
                _end_link(out, link_start, link)
                link, link_start = "", -1
                out.append(_usual_link(usual, inside))
        elif tag not in _READ:
            if not (tag or closes or unread or rest[:1].isalpha() or rest[:1] in ("!", "?")):
                out.append(_letters(f"<{rest}>"))  # "a < b", "<½>": only a letter begins a tag
        elif unread or tag in _UNREAD:
            unread = "" if closes and tag == unread else unread or tag
        elif tag == "a":
            _end_link(out, link_start, link)
            link, link_start = ("", -1) if closes else (rest, len(out))
        elif tag == "br":
            out.append("\n")
        elif closes:
            out.append("\n\n" if tag == "p" else "\n")
        elif out and not out[-1].endswith("\n"):
            out.append("\n")
        if text and not unread:
            out.append(_letters(text))
    _end_link(out, link_start, link)
    return _trimmed("".join(out))


def _letters(text: str) -> str:
    """Return what stands between two tags, where a line break is a blank."""
    return unescape(text).replace("\n", " ")


def _trimmed(text: str) -> str:
    """Return a text without blanks at the ends of lines and with at most one empty line in a row."""
    text = text.strip()
    if "\n" not in text:  # as in most posts
        return text
    return _BLANK_LINES.sub("\n\n", "\n".join([line.strip() for line in text.split("\n")]))


def _end_link(out: list[str], start: int, tag: str) -> None:
    """Write out the link whose words begin at `start` in what was read so far; negative where none is open."""
    if start >= 0:
        out[start:] = [_written_out("".join(out[start:]), tag)]


_LONGEST_KEPT = 500
"""Characters of a link that is remembered: whoever means harm may write any number."""


def _usual_link(tag: str, inside: str) -> str:
    """Return a link as text, from what stands between its tags. Most of a page are the campaign's hashtags, the same in
    each post."""
    if len(tag) + len(inside) > _LONGEST_KEPT:
        return _written_out(_letters(_SPAN.sub("", inside)), tag)
    return _short_link(tag, inside)


@lru_cache(maxsize=128)
def _short_link(tag: str, inside: str) -> str:
    return _written_out(_letters(_SPAN.sub("", inside)), tag)


def _written_out(label: str, tag: str) -> str:
    """Return a link as text: its label where that is a name or the whole address, else with the address."""
    match = _HREF.search(tag)
    href = unescape(match[1] or match[2] or match[3] or "") if match else ""
    if label == href or not href.startswith(_SCHEMES) or _NAMES.search(tag):
        return label
    shown = label.strip()
    if _is_name(shown, href):
        return label
    if unquote(shown).rstrip("/") == unquote(href).rstrip("/"):
        return label
    if _is_beginning(shown, href):
        return href
    return f"{label} ({href})" if shown else href


def _is_name(shown: str, href: str) -> bool:
    """Return whether a link is a hashtag or a mention that has lost its class: it leads to what its words name."""
    if shown[:1] not in _NAME_SIGNS or len(shown) < 2:
        return False
    name = shown[1:].partition("@")[0].casefold()
    last = unquote(href.partition("?")[0].rstrip("/").rpartition("/")[2]).removeprefix("@").partition("@")[0]
    return last.casefold() == name


def _is_beginning(shown: str, href: str) -> bool:
    shown = shown.removesuffix("…").removesuffix("...")
    bare = href.partition("://")[2]
    return href.startswith(shown) or bare.startswith(shown) or bare.removeprefix("www.").startswith(shown)
