"""The parts of Mastodon's answers that we read, loosely: fields may be missing or null, ids may be numbers.

Shapes are from https://docs.joinmastodon.org/entities/; what other servers leave out has a default here. What the fast
decoder refuses is read once more, field by field (`bot.platforms.salvage`): only a post that cannot be named, or of
nobody that can be, is given up, and even that is counted. A field that is an `object` is good to have and nothing more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

import msgspec

from bot.domain.post import Unread, Unreadable
from bot.domain.text import digest
from bot.hints import has_hidden
from bot.platforms.jsontext import decoded
from bot.platforms.salvage import salvaged

Id = str | int
"""Opaque: never compared but for equality, never counted with."""

MOST_TAGS = 200
"""Hashtags of one post that are looked at; nobody who means well writes more."""

LONGEST_TAG = 300
MOST_FILES = 50

_PLAIN_ID = re.compile(r"[\w.~:@-]{1,128}", re.ASCII)
"""Ids become part of addresses, and of what is asked for next."""


NOBODY_BEFORE = datetime(2006, 1, 1, tzinfo=UTC)
"""Before any network of this kind: an account "made" in 1970 has an age that is not known."""

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""The time of a post whose own cannot be read, until somebody knows better."""

HARMLESS = frozenset(
    {"url", "edited_at", "tags", "mentions", "reblog.uri", "reblog.url"}
    | {f"account.{name}" for name in ("bot", "created_at", "followers_count", "moved", "username")}
)
"""What may be unreadable without anybody having to look at the post: nobody is judged by it, or its default is no."""

PROVING = frozenset({"content", "created_at", "reblog", "media_attachments", "mentions", "in_reply_to_id"})
"""What must be readable of a post of ours, lest one that is there be taken for absent."""

MENTIONING = frozenset({"mention", "", "pleroma:mention", "reply"})

ANSWERING = ("mention", "quote", "update", "quoted_update")
"""The kinds of notifications by which people may say something to us: they name us, quote us (Mastodon 4.5), or edit
what we reshared."""


class Field(msgspec.Struct):
    name: str | None = ""
    value: str | None = ""


class Account(msgspec.Struct):
    id: Id
    acct: str
    username: str | None = ""
    display_name: str | None = ""
    note: str | None = ""
    fields: list[Field] | None = None
    locked: bool | None = False
    bot: bool | None = False
    suspended: bool | None = False
    created_at: datetime | None = None
    followers_count: int | None = None
    discoverable: bool | None = None
    indexable: bool | None = None
    noindex: bool | None = None
    moved: dict[str, object] | None = None

    @property
    def joined_at(self) -> datetime | None:
        """When it was made, in UTC; None where that is not told, or cannot be: nobody was there so early."""
        try:
            told = in_utc(self.created_at) if self.created_at else None
        except OverflowError:
            return None
        return told if told and told >= NOBODY_BEFORE else None


class Tag(msgspec.Struct):
    BARE: ClassVar[str] = "name"

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


class Status(msgspec.Struct, dict=True):
    id: Id
    account: Account
    created_at: datetime | None = None
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
    poll: object = None
    quote: msgspec.Raw = msgspec.Raw(b"null")
    quoted_status: msgspec.Raw = msgspec.Raw(b"null")
    pleroma: msgspec.Raw = msgspec.Raw(b"null")
    quote_id: object = None
    quoted_status_id: object = None
    quote_url: object = None
    quote_uri: object = None

    @property
    def unread(self) -> frozenset[str]:
        """The dotted names of what it has and could not be read."""
        found: frozenset[str] = self.__dict__.get("_unread", frozenset())
        return found

    @property
    def is_salvaged(self) -> bool:
        """Whether it had another shape than it should, and was read field by field."""
        return "_unread" in self.__dict__

    @property
    def is_unclear(self) -> bool:
        """Whether something could not be read by which somebody is protected: a person has to look at it."""
        return bool(self.unread - HARMLESS)

    @property
    def proves(self) -> bool:
        """Whether all of it could be read by which a post of ours is told from another one."""
        return self.created_at is not None and not self.unread & PROVING

    @property
    def is_boost(self) -> bool:
        """Whether it shows somebody else's post in place of one of its author's."""
        return self.reblog is not None or "reblog.id" in self.unread

    @property
    def created(self) -> datetime:
        """When it was posted, in UTC."""
        return in_utc(self.created_at) if self.created_at else LONG_AGO

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

    id: Id = ""
    created_at: datetime | None = None
    type: str | None = ""
    account: object = None
    status: msgspec.Raw = msgspec.Raw(b"null")


class Accepted(msgspec.Struct):
    """What a write gives back: a status, a boost, or an upload."""

    id: Id
    url: str | None = None
    uri: str | None = None
    media_attachments: list[object] | None = None
    account: object = None
    type: object = None

    @property
    def is_status(self) -> bool:
        """Whether it is a status and not just anything with an id: somebody has written it."""
        return is_plain_id(self.id) and isinstance(self.account, dict)

    @property
    def is_file(self) -> bool:
        """Whether it is a file that was uploaded: one has a type."""
        return is_plain_id(self.id) and isinstance(self.type, str)


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
_ANYTHING: msgspec.json.Decoder[Any] = msgspec.json.Decoder(object)
_CONTENTS = ("content", "text", "text/plain", "text/html", "plain_text")
_MOST_TEXTS = 50


def status_in(raw: bytes | msgspec.Raw) -> Status | None:
    """Return one status, None for what cannot be read as one."""
    status = entry_in(raw)
    return status if isinstance(status, Status) else None


def entry_in(raw: bytes | msgspec.Raw, context: Mapping[str, Any] | None = None) -> Status | Unreadable:
    """Return one status, or what is missing of it; `context` fills what it does not say (of a notification)."""
    status = decoded(raw, _STATUS)
    if status is not None and _is_whole(status):
        return status
    told = decoded(raw, _ANYTHING)
    if not isinstance(told, dict):
        return Unreadable(digest(bytes(raw).hex())[:32], Unread.SHAPE)
    return _salvaged_status(told, context or {})


def notification_in(raw: bytes | msgspec.Raw) -> Notification | Unreadable:
    """Return one notification, or what is missing of it."""
    told = decoded(raw, _NOTIFICATION)
    if told is None:
        plain = decoded(raw, _ANYTHING)
        told, _ = salvaged(plain, Notification) if isinstance(plain, dict) else (None, None)
    if told is None:
        return Unreadable(digest(bytes(raw).hex())[:32], Unread.SHAPE)
    told.id = told.id if is_plain_id(told.id) else ""
    told.created_at = told.created_at if _is_instant(told.created_at) else None
    return told


def mentioning_status(told: Notification) -> Status | Unreadable | None:
    """Return the status by which a notification mentions us, None where it tells of something else.

    A status that says less than it must is completed by its notification: who is afraid writes from any server.
    """
    if (told.type or "").strip().lower() not in MENTIONING.union(ANSWERING):
        return None
    who = told.account if isinstance(told.account, dict) else {}
    number = str(told.id or digest(bytes(told.status).hex())[:32])
    found = entry_in(told.status, {"id": number, "account": who})
    return Unreadable(f"notification {number}", found.part) if isinstance(found, Unreadable) else found


def list_in(body: bytes) -> list[msgspec.Raw] | None:
    """Return the items of a page, each still to be read; None for what is no list.

    PHP writes a list with holes as an object whose keys are numbers. An empty object is no list: it may be anything.
    """
    found = decoded(body, _LIST)
    if found is None:
        numbered = decoded(body, _NUMBERED)
        if numbered and all(key.isdecimal() for key in numbered):
            return list(numbered.values())
    return found


def plain_list_in(body: bytes) -> list[msgspec.Raw] | None:
    """Return the items of a page that must prove something: nothing but a list is one."""
    return decoded(body, _LIST)


_NUMBERED = msgspec.json.Decoder(dict[str, msgspec.Raw])


def _salvaged_status(told: dict[str, Any], context: Mapping[str, Any]) -> Status | Unreadable:
    told, unread = _completed(told, context)
    status, odd = salvaged(told, Status)
    unread |= odd
    if status is None or not _is_whole(status):
        key = str(told["id"])[:200] if _is_id(told.get("id")) else digest(repr(told))[:32]
        part = Unread.ID if "id" in unread or (status and not is_plain_id(status.id)) else Unread.AUTHOR
        return Unreadable(key, part)
    if not _is_instant(status.created_at):
        status.created_at = None
        unread.add("created_at")
    status.__dict__["_unread"] = frozenset(unread)
    return status


def _completed(told: dict[str, Any], context: Mapping[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """A status with what can be found elsewhere in it put in its place, and the names of what was unreadable there."""
    unread: set[str] = set()
    found = {**told}
    account = {**context.get("account", {}), **_without_nothing(told.get("account"))}
    if name := _name_of(account, told):
        account |= {"acct": name, "id": account["id"] if _is_id(account.get("id")) else name}
    if account:
        found["account"] = account
    if not _is_id(told.get("id")) and context.get("id"):
        found["id"] = context["id"]
    if not isinstance(told.get("content"), str | None | bool):
        unread.add("content")
    if not (isinstance(told.get("content"), str) and told["content"]):
        texts = [text for name in _CONTENTS for text in _texts(told.get(name))]
        found["content"] = texts[0] if texts else ""
    return found, unread


def _without_nothing(account: object) -> dict[str, Any]:
    if not isinstance(account, dict):
        return {}
    return {name: value for name, value in account.items() if value not in (None, False, "", [], {})}


def _name_of(account: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    """The name of an account as its server would write it, also out of its profile's or its post's address; "" where
    there is none. A name that is there and hides something is not replaced by another one."""
    acct, username = account.get("acct") or account.get("fqn"), account.get("username")
    if isinstance(acct, int) and not isinstance(acct, bool):
        acct = str(acct)
    if isinstance(acct, str) and acct:
        return acct.removeprefix("@")
    for address in (account.get("url"), account.get("uri"), status.get("uri"), status.get("url")):
        try:
            target = urlsplit(address) if isinstance(address, str) else None
        except ValueError:
            continue
        if target is None or target.scheme not in ("http", "https") or not target.netloc:
            continue
        last = target.path.rstrip("/").rpartition("/")[2] if address in (account.get("url"), account.get("uri")) else ""
        name = username if isinstance(username, str) and username else last.removeprefix("@")
        if name:
            return f"{name}@{target.netloc}"
    return ""


def _texts(value: object) -> list[str]:
    """The texts in something that should have been one, in order."""
    found: list[str] = []
    waiting = [value]
    while waiting and len(found) < _MOST_TEXTS:
        one = waiting.pop(0)
        if isinstance(one, str) and one:
            found.append(one)
        elif isinstance(one, list):
            waiting += one[:_MOST_TEXTS]
        elif isinstance(one, dict):
            waiting += list(one.values())[:_MOST_TEXTS]
    return found


def _is_whole(status: Status) -> bool:
    """Whether it has an id that can be asked for, an instant that there is, and an author who can be named."""
    return is_plain_id(status.id) and _is_instant(status.created_at) and is_plain_name(status.account.acct)


def _is_id(told: object) -> bool:
    return isinstance(told, str | int) and not isinstance(told, bool) and is_plain_id(told)


def _is_instant(told: datetime | None) -> bool:
    try:
        return told is None or bool(in_utc(told))
    except OverflowError:
        return False


def is_plain_name(name: str) -> bool:
    """Whether people can be told this name of an account or of a server: nothing in it is hidden, or led elsewhere."""
    return 0 < len(name) <= 300 and " " not in name and not has_hidden(name)


def is_plain_id(number: Id) -> bool:
    """Whether something can be asked for by this id."""
    return bool(number) and _PLAIN_ID.fullmatch(str(number)) is not None


_VISIBILITIES = frozenset(
    {
        *("public", "unlisted", "private", "direct", "limited", "local", "list", "circle", "self", "specified", "home"),
        *("mutual", "mutuals", "mutuals_only", "followers", "followers_only", "subscribers", "subscribers_only"),
    }
)
"""What servers are known to call it, Mastodon and those like it. Nothing but "public" is public."""


def is_known_visibility(told: str) -> bool:
    """Whether a status says who may see it in a word that has a meaning."""
    return told.strip().lower() in _VISIBILITIES


def in_utc(instant: datetime) -> datetime:
    """An instant in UTC; one without a zone is taken for UTC."""
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
