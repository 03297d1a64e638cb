"""How long a text is by each platform's own way of counting, and what platforms accept as far as is known offline."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from bot.content.weight import weighted
from bot.domain.campaign import Config, PlatformName
from bot.domain.message import Content
from bot.domain.post import Limits

_MB = 1024 * 1024

MASTODON = Limits(
    max_characters=500,
    characters_per_url=23,
    max_media=4,
    image_bytes=16 * _MB,
    video_bytes=99 * _MB,
    mime_types=frozenset(
        {"image/jpeg", "image/png", "image/gif", "image/webp", "image/heic", "image/heif", "image/avif"}
        | {"video/mp4", "video/quicktime", "video/webm"}
        | {"audio/mpeg", "audio/ogg", "audio/flac", "audio/wav", "audio/mp4"}
    ),
    alt_characters=1500,
)
"""A Mastodon server out of the box (4.x, `/api/v2/instance`); the real one is asked with `--online`."""

X = Limits(
    max_characters=280,
    characters_per_url=23,
    max_media=4,
    image_bytes=5 * _MB,
    video_bytes=512 * _MB,
    mime_types=frozenset(
        {"image/jpeg", "image/png", "image/webp", "image/gif", "video/mp4", "video/quicktime", "video/webm"}
    ),
    alt_characters=1000,
)
"""X for an account without extras (docs.x.com, "Counting characters" and "Media best practices")."""

OFFLINE = {PlatformName.MASTODON: MASTODON, PlatformName.X: X, PlatformName.REHEARSAL: MASTODON}

_MASTODON_ENTITY = re.compile(
    r"(?P<url>https?://[^\s<>\"]*[\w/=&#+~%-])|(?<![=/\w])@(?P<user>\w+(?:[\w.-]+\w)?)@[\w.-]+\w", re.IGNORECASE
)


def offline_limits(config: Config) -> Mapping[str, Limits]:
    """What each account accepts, by its name, as far as its platform usually does."""
    return {name: OFFLINE[account.platform] for name, account in config.accounts.items()}


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
