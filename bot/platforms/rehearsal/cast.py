"""The cast of a rehearsal, read from `cast.toml`: invented organisations, what they say, and what happens to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import msgspec

from bot.domain.message import Visibility
from bot.domain.post import MediaKind
from bot.platforms.rehearsal.arrival import Role, Says
from bot.platforms.rehearsal.faults import Action, How


@dataclass(frozen=True)
class Lines:
    """What authors of one language say with a video, with a picture, and with words alone; `{place}` is theirs."""

    video: tuple[str, ...]
    image: tuple[str, ...]
    text: tuple[str, ...]


@dataclass(frozen=True)
class Organisation:
    """An invented organisation with an account on both networks, so many days old on the day of action."""

    mastodon: str
    x: str
    language: str
    place: str
    bio: str
    followers: int
    age_days: int


@dataclass(frozen=True)
class Incident:
    """A post that tries a rule. `day` counts from the day of action, `at` is wall time ("10:05").

    `every_hashtag` puts it under all of them; `then` says what its author does `minutes` after the moderator
    spoke (before, where negative: the moderator does not know yet): nothing, "delete", or the new text; `asks` is
    what they write to us instead. `age_days` is how old their account is on the day of action.
    """

    role: Role
    day: int
    at: str
    handle: str
    language: str
    text: str
    dialect: str = "mastodon"
    kinds: tuple[MediaKind, ...] = (MediaKind.VIDEO,)
    alt: str = "What can be seen and heard, in words."
    bio: str = ""
    followers: int = 640
    age_days: int = 1500
    locked: bool = False
    visibility: Visibility = Visibility.PUBLIC
    sensitive: bool = False
    is_reply: bool = False
    every_hashtag: bool = False
    says: Says | None = None
    then: str = ""
    asks: str = ""
    minutes: int = 0


@dataclass(frozen=True)
class Mischance:
    """A fault, as the file tells it; `lasts` in minutes."""

    day: int
    at: str
    dialect: str
    action: Action
    how: How
    lasts: int = 15


@dataclass(frozen=True)
class Cast:
    """All of `cast.toml`."""

    lines: Mapping[str, Lines]
    organisation: tuple[Organisation, ...]
    incident: tuple[Incident, ...]
    trouble: tuple[Mischance, ...]


@cache
def cast() -> Cast:
    """The cast that comes with Groundswell."""
    return msgspec.toml.decode(files(__package__).joinpath("cast.toml").read_bytes(), type=Cast)
