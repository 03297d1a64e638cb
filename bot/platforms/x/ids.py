"""X's ids, the addresses made of them, and the time they hold."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from bot.platforms.x.errors import rejected

SNOWFLAKE_EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657000, tzinfo=UTC)
"""The instant from which X counts the milliseconds in its ids."""

_ADDRESS = re.compile(
    r"https://(?:www\.|mobile\.)?(?:x|twitter)\.com/(?:i/(?:web/)?|[A-Za-z0-9_]{1,15}/)status/([0-9]{1,19})(?:[/?#].*)?"
)


def uri_of(post_id: str) -> str:
    """The address that names a post whoever wrote it, and stays when its author takes another name."""
    return f"https://x.com/i/status/{post_id}"


def url_of(username: str, post_id: str) -> str:
    """The address people know; it needs the author's name, and works without."""
    return f"https://x.com/{username or 'i'}/status/{post_id}"


def id_in(uri: str) -> str:
    """The post id in an address on X. Raises PlatformError (rejected) for any other text."""
    match = _ADDRESS.fullmatch(uri)
    if match is None:
        raise rejected(f"{uri} is not the address of a post on X; write it as https://x.com/NAME/status/NUMBER")
    return match.group(1)


def checked_id(number: str) -> str:
    """An id as X counts them, safe in a path. Raises PlatformError (rejected) for any other text."""
    if is_id(number):
        return number
    raise rejected(f"{number!r} is not an id on X, which is a number")


def is_id(number: str) -> bool:
    """Whether it is an id as X counts them."""
    return number.isascii() and number.isdigit() and len(number) <= 19


def time_of(post_id: str) -> datetime:
    """When a post with this id was created, in UTC: X's ids begin with their milliseconds."""
    return SNOWFLAKE_EPOCH + timedelta(milliseconds=int(post_id) >> 22)


def first_id_at(at: datetime) -> str:
    """The smallest id that a post of this instant (UTC) can have."""
    return str(max(0, (at - SNOWFLAKE_EPOCH) // timedelta(milliseconds=1)) << 22)
