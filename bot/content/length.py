"""How long a text is by each platform's own way of counting."""

from __future__ import annotations

import re
import unicodedata

from bot.content.weight import weighted
from bot.domain.campaign import PlatformName
from bot.domain.limits import Limits
from bot.domain.links import links_in
from bot.domain.message import Content

_MENTION = re.compile(r"(?<![=/\w])@(?P<user>\w+(?:[\w.-]+\w)?)@[\w.-]+\w")
_PLACEHOLDER_TLDS = (".example", ".test", ".invalid")
"""Hosts that stand for others until these are known (RFC 2606): counted as those will be."""


def longest(content: Content, platform: str, limits: Limits) -> int:
    """The length of the longest part of a content."""
    return max(length(part.text, platform, limits, content.content_warning) for part in content.parts)


def length(text: str, platform: str, limits: Limits, content_warning: str = "") -> int:
    """How long a post is on a platform; X has no content warnings and so does not count them."""
    if platform == PlatformName.X:
        return weighted(unicodedata.normalize("NFC", text))
    return graphemes(content_warning) + graphemes(_countable(text, limits.characters_per_url))


def graphemes(text: str) -> int:
    """The characters as people see them: Mastodon's StatusLengthValidator counts grapheme clusters."""
    import regex

    return len(regex.findall(r"\X", text))


def _countable(text: str, characters_per_url: int) -> str:
    """The text with each link as long as the server counts it (0: as it is), and mentions without their server.

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
