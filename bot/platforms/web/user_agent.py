"""Who we say we are: the User-Agent by which the people of a server know who reads it, and how to reach them."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

from bot.domain.campaign import Config
from bot.platforms.base import USER_AGENT

_LONGEST = 120
"""Characters of each part; some servers refuse heads that are very long."""

_AS_THEY_ARE = " !#$&'*+,-./:=?@^_`|~[]{}<>"
"""What may stand in a comment of a header beside letters and digits (RFC 9110, 5.6.5), and what is safe to log."""


def agent_of(config: Config) -> str:
    """Return one line of plain ASCII, whatever the campaign is called: marks are taken off Latin letters, letters of
    other scripts are percent-encoded, and nothing can end the header or the comment it stands in."""
    who = "; ".join(filter(None, map(_in_ascii, (config.campaign.name, config.campaign.contact))))
    return f"{USER_AGENT} ({who})" if who else USER_AGENT


def _in_ascii(text: str) -> str:
    words = " ".join(text.split())
    letters: list[str] = []
    for letter in words:
        base = unicodedata.normalize("NFKD", letter)[0]
        letters.append(quote(base if base.isascii() else letter, safe=_AS_THEY_ARE, errors="replace"))
    return _shortened(letters)


def _shortened(letters: list[str]) -> str:
    """Return a text without a part of an encoded letter at its end."""
    short, length = [], 0
    for letter in letters:
        length += len(letter)
        if length > _LONGEST:
            break
        short.append(letter)
    return "".join(short)
