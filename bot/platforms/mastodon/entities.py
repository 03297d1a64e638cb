"""The parts of Mastodon's answers that we read, loosely: fields may be missing or null, ids may be numbers.

Shapes are from https://docs.joinmastodon.org/entities/; what other servers leave out has a default here.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

Id = str | int
"""Opaque: never compared but for equality, never counted with."""


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
    moved: dict[str, object] | None = None


class Tag(msgspec.Struct):
    name: str | None = ""


class Attachment(msgspec.Struct):
    id: Id | None = None
    type: str | None = ""
    url: str | None = None
    remote_url: str | None = None


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

    @property
    def created(self) -> datetime:
        """When it was posted, in UTC."""
        is_naive = self.created_at.tzinfo is None
        return self.created_at.replace(tzinfo=UTC) if is_naive else self.created_at.astimezone(UTC)


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


_STATUS = msgspec.json.Decoder(Status, strict=False)
_LIST = msgspec.json.Decoder(list[msgspec.Raw])


def status_in(raw: bytes | msgspec.Raw) -> Status | None:
    """One status, None for what cannot be read as one."""
    try:
        return _STATUS.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def list_in(body: bytes) -> list[msgspec.Raw] | None:
    """The items of a page, each still to be read; None for what is no list."""
    try:
        return _LIST.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
