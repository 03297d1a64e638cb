"""How long a text is by each platform's own way of counting."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from bot.domain.campaign import PlatformName
from bot.domain.limits import Limits, traits_of
from bot.domain.links import links_in
from bot.domain.message import Content


@lru_cache(maxsize=512)
def weighted(text: str) -> int:
    """Return the weighted length of a text, which X limits to 280 (docs.x.com, "Counting characters").

    Only signs of several letters, which count as one, need X's own list of them.
    """
    if _OF_SEVERAL.search(text):
        return int(_parser()(text).weightedLength)
    text = _LINE_END.sub("\n", unicodedata.normalize("NFC", text))
    weight = end = 0
    for link in links_in(text, PlatformName.X):
        if link.is_known:
            weight += _weight(text[end : link.start]) + _WEIGHT_OF_LINK
            end = link.end
    return weight + _weight(text[end:])


_OF_SEVERAL = re.compile(
    "[\u00a9\u00ae\u200d\u20e3\ufe0e\ufe0f\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
)
"""What each emoji of several letters has: a joiner, a keycap, a presentation, a flag, a colour of skin; and two that
weigh more than other letters of their script."""

_LINE_END = re.compile(r"\r\n|\r|\n")
_LIGHT = re.compile("[\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")
_WEIGHT_OF_LINK = 23


def _weight(text: str) -> int:
    """Return the weight of letters that are in no link: two each, but one for those of Europe's scripts and their like
    (twitter-text's configuration, version 3)."""
    return 2 * len(text) - len(_LIGHT.findall(text))


@lru_cache(maxsize=1)
def _parser() -> Callable[[str], Any]:
    """Return the library's parser, imported on first use: it takes a while, and some megabytes.

    It asks `pkg_resources` for one file of its own without saying that it needs setuptools, which newer Pythons do not
    bring any more. A stand-in for that one import answers; it also spares the worker 12 MB.
    """
    stand_in = ModuleType("pkg_resources")
    stand_in.__dict__["resource_string"] = _resource
    kept = sys.modules.get("pkg_resources")
    sys.modules["pkg_resources"] = stand_in
    try:
        from twitter_text import parse_tweet
    finally:
        del sys.modules["pkg_resources"]
        if kept is not None:
            sys.modules["pkg_resources"] = kept
    parser: Callable[[str], Any] = parse_tweet
    return parser


def _resource(module: str, name: str) -> bytes:
    return Path(str(sys.modules[module].__file__)).with_name(name).read_bytes()


_MENTION = re.compile(r"(?<![=/\w])@(?P<user>\w+(?:[\w.-]+\w)?)@[\w.-]+\w")
_PLACEHOLDER_TLDS = (".example", ".test", ".invalid")
"""Hosts that stand for others until these are known (RFC 2606): counted as those will be."""


def lengths(content: Content, platform: str, limits: Limits) -> list[int]:
    """Return the length of each part of a content."""
    return [length(part.text, platform, limits, content.content_warning) for part in content.parts]


def length(text: str, platform: str, limits: Limits, content_warning: str = "") -> int:
    """Return how long a post is on a platform; X has no content warnings and so does not count them."""
    if traits_of(platform).counts_weighted:
        return weighted(unicodedata.normalize("NFC", text))
    return graphemes(content_warning) + graphemes(_countable(text, limits.characters_per_url))


def graphemes(text: str) -> int:
    """Return the characters as people see them: Mastodon's StatusLengthValidator counts grapheme clusters."""
    if _ONE_EACH.fullmatch(text):
        return len(text)
    import regex  # takes longer to load than most texts to be counted

    return len(regex.findall(r"\X", text))


_ONE_EACH = re.compile(
    "[\n -~\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u058f\u2010-\u2027\u202f-\u205e\u20a0-\u20bf\u2190-\u21ff"
    "\u2600-\u27bf\U0001f300-\U0001f3fa\U0001f400-\U0001f64f\U0001f680-\U0001f6ff\U0001f900-\U0001f9ff]*"
)
"""Letters and signs that are a character each beside any others of these: most texts have no others."""


def _countable(text: str, characters_per_url: int) -> str:
    """Return the text with each link as long as the server counts it (0: as it is), and mentions without their server.

    A host that no list has may be no link to the server: then it counts as it is, if that is longer.
    """
    pieces, end = [], 0
    for link in links_in(text, PlatformName.MASTODON):
        pieces.append(_MENTION.sub(lambda match: f"@{match['user']}", text[end : link.start]))
        counted = characters_per_url or len(link.url)
        host = re.split(r"[/?#]", link.url.partition("://")[2])[0].partition(":")[0]
        if not link.is_known and not host.endswith(_PLACEHOLDER_TLDS):
            counted = max(counted, len(link.url))
        pieces.append("x" * counted)
        end = link.end
    return "".join([*pieces, _MENTION.sub(lambda match: f"@{match['user']}", text[end:])])
