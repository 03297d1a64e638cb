"""What happens in the simulated days: who posts what and where, when it arrives, and what becomes of it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

FLOOD = "Join now and get rich, everybody is in already, do not miss the great chance of your life"
"""What a flood of accounts says, to make the hashtag theirs."""

_WORDS = (
    "freedom",
    "solidarity",
    "workers",
    "unions",
    "strike",
    "court",
    "prison",
    "leaders",
    "letter",
    "today",
    "stand",
    "together",
    "rights",
    "factory",
    "rail",
    "teachers",
    "miners",
    "doctors",
    "drivers",
    "hope",
    "release",
    "dignity",
    "assembly",
    "bread",
    "roses",
    "picket",
    "banner",
    "voices",
    "friends",
    "sisters",
    "brothers",
    "winter",
)


class Where(StrEnum):
    """Where somebody posts: on an instance that we read, on one that only our own server knows, or on X."""

    RED = "red"
    GREEN = "green"
    FAR = "far"
    X = "x"


class Shows(StrEnum):
    """What a post carries."""

    VIDEO = "video"
    LINK = "link"
    IMAGE = "image"
    NOTHING = "nothing"


class Fate(StrEnum):
    """What becomes of a post after some hours."""

    STAYS = "stays"
    DELETED = "deleted"
    EDITED = "edited"
    AUTHOR_STOPS = "author stops"


@dataclass
class Post:
    """One post by somebody; `at` is when it was written, `arrives` when servers have it (UTC)."""

    number: int
    where: Where
    author: str
    at: datetime
    arrives: datetime
    shows: Shows = Shows.VIDEO
    language: str = "en"
    text: str = ""
    is_tagged: bool = True
    mentions_us: bool = False
    is_federated: bool = True
    is_flood: bool = False
    is_welcome: bool = True
    fate: Fate = Fate.STAYS
    fate_at: datetime | None = None
    uri: str = ""
    native: dict[str, str] = field(default_factory=dict)

    @property
    def is_wanted(self) -> bool:
        """Whether it must become a sighting that a person can decide about."""
        return self.shows in {Shows.VIDEO, Shows.LINK} and (self.is_tagged or self.mentions_us)


PROTECTED = ("nobot", "locked")
"""Authors who must never be reshared: one says so in the bio, the other is not public."""

UNION = "union"
"""The author whom the campaign trusts."""


@dataclass(frozen=True)
class Span:
    """From one instant to another (UTC)."""

    begins: datetime
    ends: datetime

    def holds(self, at: datetime) -> bool:
        return self.begins <= at < self.ends


class Script:
    """Everything that happens, made of a seed: the same one tells the same story; its `day` may be a short one."""

    def __init__(self, seed: int, begins: datetime, days: int, posts_a_day: int, day: timedelta = DAY) -> None:
        self._dice = random.Random(seed)  # a story, not a secret
        self.day, self.begins, self.ends = day, begins, begins + days * day
        self.posts = sorted(self._all(days, posts_a_day), key=lambda one: one.arrives)
        self.outages = {Where.RED: Span(begins + day * 0.2, begins + day * 0.4)}
        self.sleep = Span(begins + day * 0.55, begins + day * 0.7)

    def _all(self, days: int, posts_a_day: int) -> Iterator[Post]:
        number = 0
        for day in range(days):
            for _ in range(posts_a_day):
                number += 1
                yield self._post(number, self.begins + self.day * (day + self._dice.random() * 0.8))
        burst = self.begins + self.day * 0.45
        for _ in range(50):
            number += 1
            yield Post(number, Where.RED, f"burst{number}", burst, burst, text=self._words())
        flood = self.begins + self.day * 0.8
        for place in range(40):
            number += 1
            at = flood + place * MINUTE / 2
            author = UNION if place % 8 == 7 else f"spam{number}"
            yield Post(number, Where.GREEN, author, at, at, text=FLOOD, is_flood=True, is_welcome=False)

    def _post(self, number: int, at: datetime) -> Post:
        roll = self._dice.random
        where = self._dice.choice(tuple(Where))
        author = self._author(where)
        late = self._dice.choice((1, 1, 1, 4)) * self.day / 24 if roll() < 0.1 and where is not Where.X else timedelta()
        post = Post(number, where, author, at, at + late, text=self._words())
        post.shows = self._dice.choices(tuple(Shows), (6, 1, 2, 1))[0]
        post.language = self._dice.choices(("en", "de", "be", "ru"), (5, 2, 2, 1))[0]
        post.is_tagged = roll() < 0.9
        post.mentions_us = not post.is_tagged or roll() < 0.1
        post.is_federated = where is Where.FAR or post.mentions_us or roll() < 0.6
        post.is_welcome = roll() < 0.7
        if author not in {UNION, *PROTECTED}:
            post.fate = self._dice.choices(tuple(Fate), (12, 2, 1, 1))[0]
            post.fate_at = post.arrives + self.day * self._dice.uniform(0.1, 0.33)
        return post

    def _author(self, where: Where) -> str:
        if self._dice.random() < 0.12:
            return self._dice.choice((UNION, *PROTECTED)) if where is not Where.X else UNION
        return f"p{self._dice.randrange(60)}"

    def _words(self) -> str:
        return " ".join(self._dice.sample(_WORDS, 7))
