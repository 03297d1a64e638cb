"""Finds the links in a text, by the rule of each platform: the one place that knows where a link begins and ends.

X's rule is twitter-text's, Mastodon's is the same with other letters in paths, and only where https:// is written
(mastodon/config/initializers/twitter_regex.rb). Other servers that speak Mastodon's API differ in details only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from bot.domain.tlds import TLDS

X = "x"

_TURNS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_INVALID = "\ufffe\ufeff\uffff"
_BLANKS = "\t-\r \x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_PUNCTUATION = r"!'#%&'()*+,\\\-./:;<=>?@\[\]^_{|}~$"
_LATIN = (
    "\xc0-\xd6\xd8-\xf6\xf8-\xff\u0100-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f\u0272"
    "\u0289\u028b\u02bb\u0300-\u036f\u1e00-\u1eff"
)
_CYRILLIC = "\u0400-\u04ff"
_HIGH = "\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\uffef\U00010000-\U0001fffd\U00020000-\U0002fffd\U00030000-\U0010fffd"

_BEFORE = rf"(?:[^A-Za-z0-9@＠$#＃{_INVALID}]|[{_TURNS}]|^)"
_SIGN = rf"[^{_PUNCTUATION}{_BLANKS}{_INVALID}{_TURNS}]"
_LABEL = rf"(?:{_SIGN}(?:[_-]|{_SIGN})*)?{_SIGN}\."
_NAME = rf"(?:{_SIGN}(?:-|{_SIGN})*)?{_SIGN}\."

_X_PATH = rf"[a-z{_CYRILLIC}0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&{_LATIN}]"
_X_PATH_END = rf"[+\-a-z{_CYRILLIC}0-9=_#/{_LATIN}]"
_X_QUERY = r"[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]"
_X_QUERY_END = r"[a-z0-9\-_&=#/]"

_M_PATH = rf"[^{_BLANKS}<>()?]"
_M_PATH_END = rf"[^{_BLANKS}()?!*\"'「」<>;:=,.$%\[\]~&|@]"
_M_QUERY = rf"[a-z0-9!?*'();:&=+$/%#\[\]\-_.,~|@\^{_HIGH}]"
_M_QUERY_END = rf"[a-z0-9_&=#/\-{_HIGH}]"

_TCO = re.compile(r"https?://t\.co/[a-z0-9]+(?:\?" + f"{_X_QUERY}*{_X_QUERY_END})?", re.IGNORECASE)
_MOST = 4096
"""Characters of a link; twitter-text takes no longer one for a link."""


_SENTENCE = "«»“”„‟‹›‘’…。，、！？；：）】》」』，．｡､،؛؟۔।॥၊။。\u200b\u2060\ufeff"
"""Signs that no address ends with, and Mastodon takes into it where no blank stands before them."""


@dataclass(frozen=True)
class Link:
    """A link in a text, from `start` to `end`. `is_known` where its platform is sure to take it for one."""

    start: int
    end: int
    url: str
    is_known: bool = True

    @property
    def address(self) -> str:
        """Where it is meant to lead, without a sign of the sentence; X puts http:// before what is written without."""
        bare = self.url.rstrip(_SENTENCE)
        return bare if "://" in bare else f"http://{bare}"

    @property
    def swallowed(self) -> str:
        """The sign of a sentence, or whatever follows it, that the platform takes into the link; "" for none."""
        match = re.search(f"[{_SENTENCE}]", self.url)
        return self.url[match.start() :] if match else ""


def links_in(text: str, platform: str) -> tuple[Link, ...]:
    """Return every link of a text on a platform ("x", or anything else for Mastodon), in their order.

    What has https:// before it is a link whatever its host: lists of domains grow, and other servers have none.
    """
    if "://" not in text and not (platform == X and "." in text):
        return ()
    return tuple(_found(text, is_x=platform == X))


def has_link(text: str, platform: str) -> bool:
    """Return whether there is a link in a text on a platform."""
    return bool(links_in(text, platform))


def _found(text: str, *, is_x: bool) -> Iterator[Link]:
    for match in _pattern(is_x).finditer(text):
        start, end, url = match.start("url"), match.end(), match["url"]
        if len(url) > _MOST:
            continue
        is_known = match["any"] is None and _is_name(match["domain"])
        if match["scheme"] is None and match["any"] is None:
            if is_known:
                yield from _bare(match, text)
            continue
        if is_x and (short := _TCO.match(url)):
            end, url = start + short.end(), short.group()
        yield Link(start, end, url, is_known)


def _is_name(domain: str) -> bool:
    """Return whether name servers could know a domain (RFC 3490)."""
    try:
        return bool(domain.encode("idna"))
    except UnicodeError:
        return False


def _bare(match: re.Match[str], text: str) -> Iterator[Link]:
    """X links a domain without https:// where it is written in Latin letters, and not behind a sign of a name."""
    start, end, domain = match.start("url"), match.end(), match["domain"]
    if match.start() < start and text[start - 1] in "-_./":
        return
    found = [(start + each.start(), start + each.end()) for each in _latin_domain().finditer(domain)]
    for place, (first, last) in enumerate(found):
        is_last = place == len(found) - 1
        last = end if is_last and match["path"] else last
        yield Link(first, last, text[first:last])


@lru_cache(maxsize=2)
def _pattern(is_x: bool) -> re.Pattern[str]:
    path, path_end = (_X_PATH, _X_PATH_END) if is_x else (_M_PATH, _M_PATH_END)
    query, query_end = (_X_QUERY, _X_QUERY_END) if is_x else (_M_QUERY, _M_QUERY_END)
    brackets = rf"\((?:{path}+|{path}*\({path}+\){path}*)\)"
    other = rf"@{path}+/" if is_x else rf"{path}+/"
    steps = rf"(?:{path}*(?:{brackets}{path}*)*(?:{path_end}|{brackets})|{other})"
    port, path_and_more, asked = r"(?::[0-9]+)?", rf"/{steps}*", rf"(?:\?{query}*{query_end})?"
    rest = rf"{port}(?:{path_and_more})?{asked}"
    domain = rf"(?:{_LABEL})*{_NAME}{_tld()}"
    known = rf"(?P<scheme>https?://){'?' if is_x else ''}(?P<domain>{domain}){port}(?P<path>{path_and_more})?{asked}"
    any_host = rf"(?P<any>https?://(?![\w.-]*://)(?:\[[0-9a-f:.]+\]|\w(?:[\w.-]*\w)?)){rest}"
    return re.compile(rf"{_BEFORE}(?P<url>{known}|{any_host})", re.IGNORECASE)


@lru_cache(maxsize=1)
def _tld() -> str:
    names = "|".join(sorted(TLDS, key=lambda name: (-len(name), name)))
    return rf"(?:(?:{names})(?=[^0-9a-zA-Z@+-]|\Z)|xn--[\-0-9a-z]+)"


@lru_cache(maxsize=1)
def _latin_domain() -> re.Pattern[str]:
    return re.compile(rf"(?:[\-a-z0-9{_LATIN}]+\.)+{_tld()}", re.IGNORECASE)
