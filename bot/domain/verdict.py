"""What can be said of a post, and what has to be known to say it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from bot.domain.campaign import ModerationRules, Wanted
from bot.hosts import handle_key


class Verdict(StrEnum):
    """What the rules say; only a person can turn `hold` into a reshare."""

    HOLD = "hold"
    APPROVE = "approve"
    REJECT = "reject"


class Reason(StrEnum):
    """Why, in the words people read."""

    OURS = "our own post"
    NOT_PUBLIC = "not public"
    LOCKED = "locked"
    BLOCKED = "blocked author"
    OPTED_OUT = "opted out in the bio"
    ALREADY = "already reshared by us"
    WRONG_KIND = "wrong kind"
    SENSITIVE = "marked sensitive"
    REPLY = "a reply to somebody"
    NO_ALT_TEXT = "no alternative text"
    TRUSTED = "trusted author"
    NOBODY_DECIDED = "waits for a person"
    SECOND = "waits for a second person"
    PAUSED = "automatic approval is paused"
    FLAGGED = "flagged by a moderator"
    MAY_WANT_OUT = "its author may be asking to be left alone"
    GONE = "deleted or hidden by its author"
    EDITED = "edited since it was approved"
    OTHER_AUTHOR = "its author is another one than was seen"
    AGAIN = "shown once more on purpose"
    TAKEN_BACK = "taken back by us"
    NOT_FETCHED = "has a file that its server has not fetched yet"
    SILENT = "a video without sound, which its server takes for a GIF"
    SHOWN = "shows somebody else's post"
    SHOWN_UNREAD = "shows a post that could not be read"
    SHOWN_PENDING = "shows a post whose author has not agreed to it yet"
    SHOWN_GONE = "shows a post that was deleted or hidden"
    SHOWN_NOT_PUBLIC = "shows a post that is not public"
    SHOWN_LOCKED = "shows a post of a locked account"
    SHOWN_BLOCKED = "shows a post of a blocked author"
    SHOWN_OPTED_OUT = "shows a post whose author opted out in the bio"
    SHOWN_FORGOTTEN = "shows a post of somebody who asked to be forgotten"
    SHOWN_EDITED = "what it shows was edited since it was approved"


FINAL = frozenset(
    {
        Reason.OURS,
        Reason.NOT_PUBLIC,
        Reason.LOCKED,
        Reason.BLOCKED,
        Reason.OPTED_OUT,
        Reason.SHOWN_NOT_PUBLIC,
        Reason.SHOWN_LOCKED,
        Reason.SHOWN_BLOCKED,
        Reason.SHOWN_OPTED_OUT,
        Reason.SHOWN_FORGOTTEN,
    }
)
"""Reasons that no person can override: they protect somebody who is not in the room."""

SHOWN_CARE = frozenset({Reason.SHOWN, Reason.SHOWN_UNREAD, Reason.SHOWN_PENDING, Reason.SHOWN_GONE})
"""Why a post is held for showing somebody else's, whoever that is."""

OF_SHOWN: Mapping[Reason, Reason] = {
    Reason.NOT_PUBLIC: Reason.SHOWN_NOT_PUBLIC,
    Reason.LOCKED: Reason.SHOWN_LOCKED,
    Reason.BLOCKED: Reason.SHOWN_BLOCKED,
    Reason.OPTED_OUT: Reason.SHOWN_OPTED_OUT,
}
"""What protects whoever made a post, where another one shows it. A post of ours may be shown by anybody."""


@dataclass(frozen=True)
class Judgement:
    """A verdict and why. While there is any reason for `care`, no rule approves the post: a person has to."""

    verdict: Verdict
    reasons: tuple[str, ...]
    care: tuple[str, ...] = ()

    @property
    def is_final(self) -> bool:
        """Whether not even a person may approve it."""
        return any(reason in FINAL for reason in self.reasons)


@dataclass(frozen=True)
class House:
    """What the rules need to know of us: our own handles, whom we trust and block, and what we look for.

    `now` is in UTC; while it is not `is_automatic`, no rule approves anything. `organisations` are the handles of
    unions and NGOs that somebody of us knows.
    """

    rules: ModerationRules
    kinds: tuple[Wanted, ...] = (Wanted.VIDEO,)
    own_handles: frozenset[str] = field(default_factory=frozenset)
    now: datetime = datetime(1, 1, 1, tzinfo=UTC)
    is_automatic: bool = True
    organisations: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Company:
    """What is known of other posts that are like one: which sighting shows the same video (0 for none), and how many
    other authors posted the same text lately."""

    same_video_as: int = 0
    same_text_by: int = 0


def same_handle_among(handle: str, handles: Iterable[str]) -> bool:
    """Whether a handle is one of these, in whichever way each is written."""
    wanted = handle_key(handle)
    return any(wanted == handle_key(other) for other in handles)
