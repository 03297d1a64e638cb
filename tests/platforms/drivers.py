"""What the contract suite needs of a platform's test server: one small driver for each platform.

A driver owns the world behind the adapter: it makes adapters for one account of ours, lets other people post, counts
what the server accepted, and breaks things on demand. The suite knows nothing of any platform but this.
To hold another platform to the contract, write a driver and add it to `DRIVERS` in `conftest.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.domain.post import MediaKind
from bot.platforms.base import Platform


class Call(StrEnum):
    """The calls a fault can be aimed at."""

    PUBLISH = "publish"
    RESHARE = "reshare"
    EDIT = "edit"
    UPLOAD = "upload"
    OWN_POSTS = "own posts"
    FETCH = "fetch"
    SOURCE = "source"


class Trouble(StrEnum):
    """What can go wrong with one call, in the order of how much was done."""

    RATE_LIMIT = "429, reset in two minutes"
    BAD_TOKEN = "401"
    REFUSAL = "422, or what the platform says instead"
    NO_ANSWER = "the connection closes before anything is done"
    UNAVAILABLE = "503 before anything is done"
    LOST_ANSWER = "done, then the connection closes"
    HALF_ANSWER = "done, then half an answer"
    ERROR_AFTER = "done, then 500"
    ERROR_PAGE = "done, then an HTML page with status 200"


BEFORE_ANYTHING = frozenset({Trouble.RATE_LIMIT, Trouble.BAD_TOKEN, Trouble.REFUSAL})
"""Troubles that prove that nothing was done."""


class Driver(Protocol):
    """One platform's world, empty when the test begins."""

    name: str
    hashtags: tuple[str, ...]
    secrets: Collection[str]
    """All that may appear in no message, log or representation."""

    def now(self) -> datetime:
        """The instant it is for the adapters and on the server (UTC)."""
        ...

    def platform(self) -> Platform:
        """A new adapter for our account; the suite closes none, the driver closes all."""
        ...

    def unreachable(self) -> Platform:
        """An adapter whose server nobody listens at."""
        ...

    def somebody_posts(
        self, text: str, *, kind: MediaKind = MediaKind.VIDEO, at: datetime | None = None, replying: bool = False
    ) -> str:
        """Somebody's public post; gives its uri."""
        ...

    def somebody_edits(self, uri: str, text: str) -> None: ...

    def somebody_deletes(self, uri: str) -> None: ...

    def somebody_hides(self, uri: str) -> None:
        """Makes a post visible to its author's circle only."""
        ...

    def somebody_reshares(self, uri: str) -> None: ...

    def published(self) -> list[str]:
        """The texts of our posts that the server accepted and still has, oldest first."""
        ...

    def attached(self) -> list[str]:
        """The alternative texts of what is attached to our posts."""
        ...

    def reshared(self) -> list[str]:
        """The uris of our reshares that the server accepted and still has; one twice if it was made twice."""
        ...

    def processes_uploads(self, *, looks: int = 0, fails: bool = False) -> None:
        """From now on, uploads are ready after being looked at so often, or never."""
        ...

    def breaks(self, call: Call, trouble: Trouble) -> None:
        """The next such call goes wrong, and only that."""
        ...

    def close(self) -> None: ...
