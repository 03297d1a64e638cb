"""What is asked of a server that ours run on: one account, faults to make, and the ledger of what it accepted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import pytest

from bot.platforms.base import Clock, Platform

KEYED, KEYLESS, X = "mastodon", "gotosocial", "x"
PLACES = (KEYED, KEYLESS, X)
"""A server that honours idempotency keys, one that does not, and X, which refuses duplicates instead."""

KEYED_OR_X = pytest.mark.parametrize("where", [KEYED, X])
"""For tests of what does not depend on keys."""

HOUR_S = 3600.0
"""How long a request that is accepted late is kept, unless a test releases it before."""


class Deed(StrEnum):
    """The requests that faults are aimed at."""

    PUBLISH = "publish"
    RESHARE = "reshare"
    UPLOAD = "upload"
    DESCRIBE = "describe"
    PROCESSED = "processed"
    UNDO_POST = "undo post"
    UNDO_RESHARE = "undo reshare"
    LOOK = "look"
    FETCH = "fetch"


@dataclass(frozen=True)
class Out:
    """A post that the server accepted; `there` until it is deleted."""

    text: str
    post_id: str
    parent: str
    media: int
    there: bool
    at: datetime


@dataclass(frozen=True)
class Reshared:
    """A reshare that the server accepted; `there` until it is taken back."""

    uri: str
    there: bool


class Place(ABC):
    """One account of ours on one server, whose clock stands still until it is told to move."""

    name: str
    account: str

    @abstractmethod
    def platform(self, clock: Clock) -> Platform:
        """Return a new adapter for the account."""

    @abstractmethod
    def set_clock(self, now: datetime) -> None: ...

    @abstractmethod
    def posts(self) -> list[Out]: ...

    @abstractmethod
    def reshares(self) -> list[Reshared]: ...

    @abstractmethod
    def uploads(self) -> int:
        """Return how many files the server has taken."""

    @abstractmethod
    def asked(self, deed: Deed) -> list[datetime]:
        """Return when such requests came in, by the server's clock."""

    @abstractmethod
    def strike(self, deed: Deed, effect: str, *, count: int | None = 1, after: int = 0, **more: Any) -> None:
        """Strike the next `count` such requests after the first `after`, None: all of them."""

    @abstractmethod
    def limit(self, deed: Deed, effect: str, reset: datetime) -> None:
        """Answer the next such request with 429 and this reset; `effect` is `status` or `accept_then_status`."""

    @abstractmethod
    def heal(self) -> None:
        """Take all faults away."""

    @abstractmethod
    def release_late(self) -> int: ...

    @abstractmethod
    def forget_media(self) -> None:
        """Sweep away what no post has attached yet."""

    @abstractmethod
    def freeze(self, frozen: bool = True) -> None:
        """Show on our own timeline what it has now, and no more."""

    @abstractmethod
    def lag(self, seconds: float) -> None:
        """Show our own timeline without what is newer than this."""

    @abstractmethod
    def process_videos(self, looks: int, *, fails: bool = False) -> None:
        """Process a video from now on until it has been looked at this often; perhaps it fails then."""

    @abstractmethod
    def by_hand(self, text: str, at: datetime) -> str:
        """Post this on our account by hand, with the platform's own app; return the post's id."""

    @abstractmethod
    def delete(self, post_id: str) -> None:
        """Delete a post, as a person does."""

    @abstractmethod
    def theirs(self, text: str, who: str = "ana") -> str:
        """Post somebody's video; return its uri."""

    def there(self) -> list[str]:
        """Return the texts of our posts that the server has, oldest first."""
        return [post.text for post in self.posts() if post.there]
