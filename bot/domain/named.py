"""Whom a post of ours names, however people write it: by a mention, or by the address of a profile or of a post."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from bot.domain.addresses import addresses_in, post_address, post_uris
from bot.domain.message import Content
from bot.domain.text import HIDDEN
from bot.hosts import canonical_handle
from bot.values import dataclass

_WITHOUT_SCHEME = re.compile(r"(?<![\w/.@:-])((?:[\w-]+\.)+\w{2,}/)")
"""How an address begins that is written without "https://": X makes a link of it, and people read it anywhere."""

_WHOLE = re.compile(r"(?<![\w.@/-])@?([\w.-]*\w)@([\w.-]*\w(?::[0-9]{1,5})?)")
_BARE = re.compile(r"(?<![\w@/.-])@([\w.-]*\w)(?!\w|[\w.-]*@)")
_WIDE = "＠"
_NAMES = re.compile("[@/＠﹫／]")
"""One of these stands in each text that names somebody."""


@dataclass(frozen=True)
class Named:
    """The handles of all that a post names, and the uris of the posts that it links to: whose those are, an address on
    X and on some servers does not say, or may say falsely."""

    handles: frozenset[str]
    posts: frozenset[str]


def named_in(content: Content, server: str, *, is_on_x: bool) -> Named:
    """Return whom a post names in its words, its warning and what its files are described by.

    Of "@name" alone nobody says on which network: on Mastodon it is somebody's of our own `server`, and people write
    those of X in the same way.
    """
    written = [content.content_warning]
    for part in content.parts:
        written += [part.text, *(file.alt for file in part.media)]
    handles, posts = set[str](), set[str]()
    for text in dict.fromkeys(form for each in written for form in _read_as(each)):
        for address in addresses_in(_WITHOUT_SCHEME.sub(r"https://\1", text)) if "/" in text else ():
            post = post_address(address)
            handles.update(_handle(post.author if post is not None and post.author else address))
            posts.update(post_uris(address) if post is not None else ())
        handles.update(_mentioned(text, server, is_on_x=is_on_x))
    return Named(frozenset(handles), frozenset(posts))


def _read_as(text: str) -> Iterator[str]:
    """Yield a text as platforms read it, and as people do: without what nobody sees, wide letters as usual ones."""
    if not _NAMES.search(text):
        return
    yield unicodedata.normalize("NFC", text).replace(_WIDE, "@")
    if not text.isascii():
        yield unicodedata.normalize("NFKC", HIDDEN.sub("", text))


def _mentioned(text: str, server: str, *, is_on_x: bool) -> Iterator[str]:
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
