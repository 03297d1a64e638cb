"""Whether two posts show the same: by their videos, or by who says what in nearly the same words."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from bot.domain.post import SeenPost
from bot.domain.wording import FEWEST, are_near, is_part, words

SOON = timedelta(hours=48)
"""Whoever posts a video on another network, or once more, mostly does so within this time."""

_FILE = "media"
"""The service of videos that a platform keeps itself; what names them means nothing on another platform."""


@dataclass(frozen=True)
class Likeness:
    """A post as it is compared; `group` is the number of the first sighting that shows the same, 0 of a new post."""

    platform: str
    handle: str
    text: str
    videos: tuple[str, ...]
    created_at: datetime
    group: int = 0

    @cached_property
    def words(self) -> tuple[str, ...]:
        """What it says, in the words of `bot.domain.wording`."""
        return words(self.text)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every word once."""
        return frozenset(self.words)

    @cached_property
    def author(self) -> str:
        """The handle, however it is written."""
        return self.handle.casefold()

    @cached_property
    def name(self) -> str:
        """What people call themselves on every network: the handle without its host, letters and digits alone."""
        local = self.handle.removeprefix("x:").removeprefix("@").partition("@")[0]
        return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", local).casefold()))

    def is_by_whom(self, other: Likeness) -> bool:
        """Whether both are by one account, or by accounts of one name on two networks.

        Two servers of one network may each have somebody of that name.
        """
        if self.platform == other.platform:
            return self.author == other.author
        return bool(self.name) and self.name == other.name

    def is_near(self, other: Likeness) -> bool:
        """Whether both say the same in nearly the same words."""
        return are_near(self.vocabulary, other.vocabulary)


def of_post(post: SeenPost) -> Likeness:
    """A post that is new."""
    return Likeness(post.platform, post.author.handle, post.text, post.videos, post.created_at)


def is_again(one: Likeness, other: Likeness) -> bool:
    """Whether the author of one posted the same once more: here, or under the same name on another network."""
    if not one.is_by_whom(other) or abs(one.created_at - other.created_at) > SOON or _show_others(one, other):
        return False
    said = one.vocabulary, other.vocabulary
    return min(map(len, said)) >= FEWEST and (are_near(*said) or is_part(*said))


def _show_others(one: Likeness, other: Likeness) -> bool:
    """Whether their videos are known to be different ones: both are on one service, under other names."""
    mine, theirs = _by_service(one.videos), _by_service(other.videos)
    comparable = {service for service in mine.keys() & theirs if service != _FILE or one.platform == other.platform}
    return any(mine[service].isdisjoint(theirs[service]) for service in comparable)


def _by_service(videos: Iterable[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for video in videos:
        found.setdefault(video.partition(":")[0], set()).add(video)
    return found
