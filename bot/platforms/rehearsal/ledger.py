"""What an embedded network accepted, one entry for each action; entries in order are both its ledger and its memory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from bot.domain.message import Visibility
from bot.domain.post import MediaKind
from bot.errors import StoreError


@dataclass(frozen=True)
class Attachment:
    """A file on a post."""

    media_id: str
    kind: MediaKind
    alt: str = ""


@dataclass(frozen=True)
class Joined:
    """Somebody made an account, or changed its profile.

    `joined_at` (UTC) and `followers` are None where the network does not tell.
    """

    at: datetime
    handle: str
    bio: str = ""
    locked: bool = False
    joined_at: datetime | None = None
    followers: int | None = None


@dataclass(frozen=True)
class Posted:
    """A post; `reply_to` is the id of a post here, `cost` in micro-USD. `at` (UTC) is its time of publication."""

    at: datetime
    post_id: int
    handle: str
    text: str
    language: str = ""
    visibility: Visibility = Visibility.PUBLIC
    content_warning: str = ""
    sensitive: bool = False
    media: tuple[Attachment, ...] = ()
    reply_to: str = ""
    idempotency_key: str = ""
    cost: int = 0


@dataclass(frozen=True)
class Edited:
    """An author changed a post's words; what is None stayed as it was."""

    at: datetime
    post_id: int
    text: str
    language: str | None = None
    content_warning: str | None = None
    sensitive: bool | None = None
    media: tuple[Attachment, ...] | None = None


@dataclass(frozen=True)
class Deleted:
    """A post was deleted by its author."""

    at: datetime
    post_id: int
    cost: int = 0


@dataclass(frozen=True)
class Reshared:
    """An account reshared the post `of`; the reshare has an id of its own."""

    at: datetime
    post_id: int
    handle: str
    of: int
    cost: int = 0


@dataclass(frozen=True)
class Unreshared:
    """An account took a reshare back."""

    at: datetime
    post_id: int
    cost: int = 0


@dataclass(frozen=True)
class Uploaded:
    """A file, which can be attached from `ready_at` until `expires_at` (UTC)."""

    at: datetime
    media_id: str
    handle: str
    kind: MediaKind
    alt: str
    ready_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Billed:
    """Money for reading posts; `post_ids` are those that are not billed again this UTC day."""

    at: datetime
    handle: str
    cost: int
    post_ids: tuple[int, ...] = ()


Entry = Joined | Posted | Edited | Deleted | Reshared | Unreshared | Uploaded | Billed

_KINDS: dict[str, type[Any]] = {
    kind.__name__: kind for kind in (Joined, Posted, Edited, Deleted, Reshared, Unreshared, Uploaded, Billed)
}


def encoded(entry: Entry) -> bytes:
    """An entry as one line of JSON, its newline included."""
    return msgspec.json.encode([type(entry).__name__, entry]) + b"\n"


def decoded(line: bytes) -> Entry:
    """The entry that a line holds. Raises StoreError for a line that is none."""
    try:
        kind, fields = msgspec.json.decode(line, type=tuple[str, msgspec.Raw])
        entry: Entry = msgspec.json.decode(fields, type=_KINDS[kind])
    except (msgspec.DecodeError, KeyError) as problem:
        raise StoreError(
            f"the rehearsal's journal holds a line that cannot be read: {line[:60]!r}. Move the file away to start anew"
        ) from problem
    return entry
