"""What happens around our accounts in a rehearsal: posts that arrive, what becomes of them, and what goes wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.message import Visibility
from bot.domain.post import MediaKind
from bot.platforms.rehearsal.faults import Action, How


class Role(StrEnum):
    """Why a post is in the script.

    What is "deleted" or "edited" is so before its reshare, what is "removed" or "changed" after it; the author of one
    that is "withdrawn" asks us to take the reshare back, "hijack" is one of many accounts with the same words, "again"
    is a video that is posted on the other network too, "link" links to one.
    """

    VIDEO = "video"
    IMAGE = "image"
    TEXT = "text"
    SPAM = "spam"
    DUPLICATE = "duplicate"
    DELETED = "deleted"
    EDITED = "edited"
    OPTED_OUT = "opted_out"
    LOCKED = "locked"
    UNLISTED = "unlisted"
    SENSITIVE = "sensitive"
    REPLY = "reply"
    OURS = "ours"
    TRUSTED = "trusted"
    CARE = "care"
    REMOVED = "removed"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"
    HIJACK = "hijack"
    AGAIN = "again"
    LINK = "link"


class Says(StrEnum):
    """What the moderator of the rehearsal says."""

    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True)
class Opinion:
    """What the moderator will say of a post, and when (UTC)."""

    says: Says
    at: datetime


@dataclass(frozen=True)
class Change:
    """An author edits a post at `at` (UTC), or deletes it when `text` is empty.

    With a `reply` the post stays as it is, and its author answers us with that, for us alone to find.
    """

    at: datetime
    text: str = ""
    reply: str = ""


@dataclass(frozen=True)
class Arrival:
    """Somebody's post. `at` is UTC; `{us}` in handle or text stands for our own account there.

    No `opinion` means that the moderator leaves the post alone, as where a rule decides, or nobody should hurry.
    """

    at: datetime
    role: Role
    dialect: str
    handle: str
    text: str
    language: str
    kinds: tuple[MediaKind, ...] = ()
    alt: str = ""
    bio: str = ""
    joined_at: datetime | None = None
    followers: int | None = None
    locked: bool = False
    visibility: Visibility = Visibility.PUBLIC
    sensitive: bool = False
    is_reply: bool = False
    later: tuple[Change, ...] = ()
    opinion: Opinion | None = None


@dataclass(frozen=True)
class Trouble:
    """A fault that meets the next action of its kind after `at` (UTC)."""

    at: datetime
    dialect: str
    action: Action
    how: How
    until: datetime
