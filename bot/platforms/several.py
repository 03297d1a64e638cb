"""Fetching several posts where a platform can only be asked for one at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot.domain.post import SeenPost
from bot.errors import PlatformError

ENOUGH = 3
"""So many failures in a row are taken for our own server's: one may be that of the server a post is from."""

Fetch = Callable[[str], SeenPost | None]


def fetch_each(fetch: Fetch, uris: Sequence[str]) -> Mapping[str, SeenPost | None]:
    """Each post as it is now; one that cannot be read now is left out. Raises PlatformError when none can be."""
    found: dict[str, SeenPost | None] = {}
    failures: list[PlatformError] = []
    for uri in uris:
        try:
            found[uri] = fetch(uri)
            failures = []
        except PlatformError as error:
            failures.append(error)
            if error.closes_account or len(failures) == ENOUGH:
                break
    if failures and not found:
        raise failures[-1]
    return found
