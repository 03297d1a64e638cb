"""Remote HTML as plain text: what a person reads, with the whole address of every link.

The result is text, never markup: whoever shows it on a page escapes it like any other text. Every step is linear
in the length of the input, which may come from a server that means harm.
"""

from __future__ import annotations

import re
from html import unescape as _unescape
from urllib.parse import unquote

_HREF = re.compile(r"""\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_NAMES = re.compile(r"""\s(?:class|rel)\s*=\s*["'][^"']*(?:mention|hashtag|\btag\b)""", re.IGNORECASE)
_TAG = re.compile(r"""<(?=[^\W\d_]|[/!?])(/?+)([a-zA-Z][a-zA-Z0-9]*+)?+([^<>"]*+(?:"[^<"]*+"[^<>"]*+)*+|[^<>]*+)>""")
"""A tag ends where its quotes are closed, or at the first ">" where one never is; a "<" that begins none is a sign."""

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
    reading = _Reading(first)
    for closes, name, rest, text in zip(*(pieces[place::4] for place in range(4)), strict=True):
        if name and (name := name.lower()) in _READ:
            reading.tag(name, rest, closes=bool(closes))
        elif not (name or closes or rest[0].isalpha() or rest[0] in "!?"):
            reading.add(f"<{rest}>")  # "<½>": a number as the first letter begins no tag
        if text:
            reading.add(text)
    return reading.text()


class _Reading:
    """What has been read so far, and the link that is open."""

    def __init__(self, text: str) -> None:
        self._out: list[str] = []
        self._unread = ""
        self._link = ""
        self._link_start = -1
        if text:
            self.add(text)

    def add(self, text: str) -> None:
        if not self._unread:
            self._out.append(unescape(text).replace("\n", " "))

    def tag(self, name: str, rest: str, *, closes: bool) -> None:
        if self._unread or name in _UNREAD:
            self._unread = "" if closes and name in (self._unread, "") else self._unread or name
        elif name == "a":
            self._end_link()
            self._link, self._link_start = ("", -1) if closes else (rest, len(self._out))
        elif name == "br":
            self._out.append("\n")
        elif name in _BLOCKS:
            self._break(name, closes=closes)

    def text(self) -> str:
        """Return all of it, without blanks at the ends of lines and with at most one empty line in a row."""
        self._end_link()
        lines = "".join(self._out).split("\n")
        return _BLANK_LINES.sub("\n\n", "\n".join(line.strip() for line in lines)).strip()

    def _break(self, name: str, *, closes: bool) -> None:
        if closes:
            self._out.append("\n\n" if name == "p" else "\n")
        elif self._out and not self._out[-1].endswith("\n"):
            self._out.append("\n")

    def _end_link(self) -> None:
        if self._link_start < 0:
            return
        label = "".join(self._out[self._link_start :])
        del self._out[self._link_start :]
        self._out.append(_written_out(label, self._link))
        self._link_start = -1


def _written_out(label: str, tag: str) -> str:
    """Return a link as text: its label where that is a name or the whole address, else with the address."""
    match = _HREF.search(tag)
    href = unescape(match[1] or match[2] or match[3] or "") if match else ""
    if not href.startswith(_SCHEMES) or _NAMES.search(tag):
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
