"""How long a text is by each platform's own way of counting."""

from __future__ import annotations

import re
import unicodedata

from bot.content.weight import weighted
from bot.domain.campaign import PlatformName
from bot.domain.limits import Limits
from bot.domain.message import Content

_MASTODON_ENTITY = re.compile(
    r"(?P<url>https?://[^\s<>\"]*[\w/=&#+~%-])|(?<![=/\w])@(?P<user>\w+(?:[\w.-]+\w)?)@[\w.-]+\w", re.IGNORECASE
)


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
    """The text with each link as long as the server counts it (0: as it is), and mentions without their server."""
    return _MASTODON_ENTITY.sub(
        lambda match: "x" * (characters_per_url or len(match[0])) if match["url"] else f"@{match['user']}",
        text,
    )
