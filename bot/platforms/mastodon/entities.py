"""The parts of Mastodon's answers that we read, loosely: fields may be missing or null, ids may be numbers.

Shapes are from https://docs.joinmastodon.org/entities/; what other servers leave out has a default here. A field that
is an `object` is good to have and nothing more: a server that fills it with something else loses no post by it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

import msgspec

from bot.hints import has_hidden
from bot.platforms.jsontext import decoded

Id = str | int
"""Opaque: never compared but for equality, never counted with."""

MOST_TAGS = 200
"""Hashtags of one post that are looked at; nobody who means well writes more."""

LONGEST_TAG = 300
MOST_FILES = 50

_PLAIN_ID = re.compile(r"[\w.~:@-]{1,128}", re.ASCII)
"""Ids become part of addresses, and of what is asked for next."""


class Field(msgspec.Struct):
    name: str | None = ""
    value: str | None = ""


class Account(msgspec.Struct):
    id: Id
    acct: str
    username: str | None = ""
    note: str | None = ""
    fields: list[Field] | None = None
    locked: bool | None = False
    bot: bool | None = False
    suspended: bool | None = False
    created_at: object = None
    followers_count: object = None
    discoverable: object = None
    indexable: object = None
    noindex: object = None
    moved: dict[str, object] | None = None


class Tag(msgspec.Struct):
    name: str | None = ""


class Attachment(msgspec.Struct):
    id: Id | None = None
    type: str | None = ""
    url: str | None = None
    remote_url: str | None = None
    description: object = None
    blurhash: object = None
    meta: object = None


class Original(msgspec.Struct):
    """What a boost is of."""

    id: Id
    uri: str | None = ""
    url: str | None = ""

    @property
    def address(self) -> str:
        return self.uri or self.url or ""


class Status(msgspec.Struct):
    id: Id
    created_at: datetime
    account: Account
    uri: str | None = ""
    url: str | None = ""
    content: str | None = ""
    spoiler_text: str | None = ""
    visibility: str | None = ""
    language: str | None = ""
    sensitive: bool | None = False
    reblogged: bool | None = False
    edited_at: str | None = ""
    in_reply_to_id: Id | None = None
    in_reply_to_account_id: Id | None = None
    reblog: Original | None = None
    tags: list[Tag] | None = None
    mentions: list[object] | None = None
    media_attachments: list[Attachment] | None = None
    card: object = None

    @property
    def created(self) -> datetime:
        """When it was posted, in UTC."""
        return _in_utc(self.created_at)

    @property
    def tag_names(self) -> tuple[str, ...]:
        """Its hashtags, without the sign."""
        names = (tag.name or "" for tag in (self.tags or ())[:MOST_TAGS])
        return tuple(name for name in names if 0 < len(name) <= LONGEST_TAG)

    @property
    def files(self) -> list[Attachment]:
        """What is attached to it."""
        return (self.media_attachments or [])[:MOST_FILES]


class Notification(msgspec.Struct):
    """That somebody did something about us; `status` is still to be read."""

    id: Id
    created_at: datetime
    type: str | None = ""
    status: msgspec.Raw = msgspec.Raw(b"null")

    @property
    def created(self) -> datetime:
        """When it happened, in UTC."""
        return _in_utc(self.created_at)


class Accepted(msgspec.Struct):
    """What a write gives back: a status, a boost, or an upload."""

    id: Id
    url: str | None = None
    uri: str | None = None
    media_attachments: list[object] | None = None


class Found(msgspec.Struct):
    """A search. One without a list of statuses has found out nothing."""

    statuses: list[msgspec.Raw]


class SourceText(msgspec.Struct):
    """A status as its author typed it."""

    text: str | None = ""


class Application(msgspec.Struct):
    """The application a token belongs to; `scopes` since Mastodon 4.3."""

    scopes: list[str] | None = None


class Copied(msgspec.Struct):
    """What an origin says of a post of its own, in ActivityPub's words."""

    type: str | None = ""


_STATUS = msgspec.json.Decoder(Status, strict=False)
_NOTIFICATION = msgspec.json.Decoder(Notification, strict=False)
_LIST = msgspec.json.Decoder(list[msgspec.Raw])


def status_in(raw: bytes | msgspec.Raw) -> Status | None:
    """One status, None for what cannot be read as one."""
    status = decoded(raw, _STATUS)
    return status if status and _can_be_placed(status) else None


def notification_in(raw: bytes | msgspec.Raw) -> Notification | None:
    """One notification, None for what cannot be read as one."""
    told = decoded(raw, _NOTIFICATION)
    return told if told and _can_be_placed(told) else None


def list_in(body: bytes) -> list[msgspec.Raw] | None:
    """The items of a page, each still to be read; None for what is no list."""
    return decoded(body, _LIST)


def _can_be_placed(entry: Status | Notification) -> bool:
    """Whether it has an id that can be asked for, and an instant that there is."""
    try:
        return is_plain_id(entry.id) and bool(entry.created)
    except OverflowError:
        return False


def is_plain_name(name: str) -> bool:
    """Whether people can be told this name of an account or of a server: nothing in it is hidden, or led elsewhere."""
    return 0 < len(name) <= 300 and " " not in name and not has_hidden(name)


def is_plain_id(number: Id) -> bool:
    """Whether something can be asked for by this id."""
    return bool(number) and _PLAIN_ID.fullmatch(str(number)) is not None


def instant_in(told: object) -> datetime | None:
    """An instant in UTC, None for what cannot be read as one; some servers give the day alone."""
    try:
        return _in_utc(datetime.fromisoformat(told)) if isinstance(told, str) else None
    except (ValueError, OverflowError):
        return None


def _in_utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
