"""Whom a post of ours names: by a mention, or by the address of a profile or of a post."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from bot.domain.addresses import addresses_in, post_address
from bot.domain.message import Content
from bot.hosts import canonical_handle

_WITHOUT_SCHEME = re.compile(r"(?<![\w/.@:-])((?:[\w-]+\.)+\w{2,}/)")
"""How an address begins that is written without "https://": X makes a link of it, and people read it anywhere."""

_WHOLE = re.compile(r"(?<![\w.@/-])@?([\w.-]*\w)@([\w.-]*\w(?::[0-9]{1,5})?)")
_BARE = re.compile(r"(?<![\w@/.-])@([\w.-]*\w)(?!\w|[\w.-]*@)")
_WIDE = "＠"


def handles_named(content: Content, server: str, *, is_on_x: bool) -> frozenset[str]:
    """Return the handles of all that a post names in its words, its warning and what its files are described by.

    Of "@name" alone nobody says on which network: on Mastodon it is somebody's of our own `server`, and people write
    those of X in the same way.
    """
    texts = [content.content_warning]
    for part in content.parts:
        texts += [part.text, *(file.alt for file in part.media)]
    return frozenset(handle for text in texts for handle in _named(text, server, is_on_x=is_on_x))


def _named(text: str, server: str, *, is_on_x: bool) -> Iterator[str]:
    text = unicodedata.normalize("NFC", text).replace(_WIDE, "@")
    for address in addresses_in(_WITHOUT_SCHEME.sub(r"https://\1", text)) if "/" in text else ():
        post = post_address(address)
        yield from _handle(post.author if post is not None and post.author else address)
    if "@" not in text:
        return
    for name, host in _WHOLE.findall(text):
        yield from _handle(f"@{name}@{host}")
    for name in _BARE.findall(text):
        yield from _handle(f"x:{name}")
        if not is_on_x:
            yield from _handle(f"@{name}@{server}")


def _handle(written: str) -> Iterator[str]:
    try:
        yield canonical_handle(written)
    except ValueError:
        return
