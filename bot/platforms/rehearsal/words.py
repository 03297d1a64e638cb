"""What a network reads out of a post's text: hashtags, mentions, links and length."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.domain.links import links_in

Measure = Callable[[str], int]
"""Gives a text's length as a platform counts it."""

LINK_LENGTH = 23
"""What every link counts, however long, on Mastodon and on X alike."""

_HASHTAG = re.compile(r"(?<![\w/&#])#(\w*[^\W\d]\w*)")
_MENTION = re.compile(r"(?<![\w/@])@(\w+)(?:@(\w[\w.-]*\w))?")


def hashtags_in(text: str) -> tuple[str, ...]:
    """The hashtags of a text as they were written, without the sign, each spelling once; digits alone are none."""
    return tuple(dict.fromkeys(_HASHTAG.findall(text)))


def mentions_in(text: str) -> tuple[tuple[str, str], ...]:
    """The names and hosts that a text mentions; the host is empty where only a name was written."""
    return tuple(dict.fromkeys((match.group(1), match.group(2) or "") for match in _MENTION.finditer(text)))


def characters(text: str) -> int:
    """The length of a text in characters, each link counted as `LINK_LENGTH`."""
    links = links_in(text, "mastodon")
    return len(text) + sum(LINK_LENGTH - (link.end - link.start) for link in links)
