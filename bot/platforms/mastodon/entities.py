"""What Mastodon, and what speaks like it, answers: entities read field by field, where one of them is odd."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

import msgspec

from bot.domain.post import (
    Unread,
    Unreadable,
)
from bot.domain.text import digest
from bot.hosts import host_of
from bot.platforms.http_client import decoded, salvaged
from bot.text_display import has_hidden

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


class AccountEntity(msgspec.Struct):
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
    hide_collections: bool | msgspec.UnsetType | None = msgspec.UNSET
    source: dict[str, object] | None = None

    @property
    def hides_follows(self) -> bool | None:
        """Return whether it shows nobody whom it follows and who follows it; of our own account alone. None where the
        server does not say; one that never chose shows them."""
        own = (self.source or {}).get("hide_collections", msgspec.UNSET)
        settings = [value for value in (self.hide_collections, own) if value is not msgspec.UNSET]
        return True in settings if settings else None

    @property
    def joined_at(self) -> datetime | None:
        """When it was made, in UTC; None where that is not told, or cannot be: nobody was there so early."""
        try:
            instant = in_utc(self.created_at) if self.created_at else None
        except OverflowError:
            return None
        return instant if instant and instant >= NOBODY_BEFORE else None


class TagEntity(msgspec.Struct):
    BARE: ClassVar[str] = "name"

    name: str | None = ""


class AttachmentEntity(msgspec.Struct):
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


class StatusEntity(msgspec.Struct, dict=True):
    id: Id
    account: AccountEntity
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
    tags: list[TagEntity] | None = None
    mentions: list[object] | None = None
    media_attachments: list[AttachmentEntity] | None = None
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
        names: frozenset[str] = self.__dict__.get("_unread", frozenset())
        return names

    @property
    def is_salvaged(self) -> bool:
        """Return whether it had another shape than it should, and was read field by field."""
        return "_unread" in self.__dict__

    @property
    def is_unclear(self) -> bool:
        """Return whether something could not be read by which somebody is protected: a person has to look at it."""
        return self.is_salvaged and bool(self.unread - HARMLESS)

    @property
    def proves(self) -> bool:
        """Return whether all of it could be read by which a post of ours is told from another one."""
        return self.created_at is not None and not self.unread & PROVING

    @property
    def is_boost(self) -> bool:
        """Return whether it shows somebody else's post in place of one of its author's."""
        return self.reblog is not None or "reblog.id" in self.unread

    @property
    def created(self) -> datetime:
        """When it was posted, in UTC."""
        return in_utc(self.created_at) if self.created_at else LONG_AGO

    @property
    def tag_names(self) -> tuple[str, ...]:
        """Its hashtags, without the sign."""
        names = [tag.name for tag in (self.tags or ())[:MOST_TAGS] if tag.name]
        return tuple([name for name in names if len(name) <= LONGEST_TAG])

    @property
    def files(self) -> list[AttachmentEntity]:
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
        """Return whether it is a status and not just anything with an id: somebody has written it."""
        return is_plain_id(self.id) and isinstance(self.account, dict)

    @property
    def is_file(self) -> bool:
        """Return whether it is a file that was uploaded: one has a type."""
        return is_plain_id(self.id) and isinstance(self.type, str)


class SearchResult(msgspec.Struct):
    """A search. One without a list of statuses has found out nothing."""

    statuses: list[msgspec.Raw]


class SourceText(msgspec.Struct):
    """A status as its author typed it."""

    text: str | None = ""


class Application(msgspec.Struct):
    """The application a token belongs to; `scopes` since Mastodon 4.3."""

    scopes: list[str] | None = None


class OriginObject(msgspec.Struct):
    """What an origin says of a post of its own, in ActivityPub's words."""

    type: str | None = ""


_STATUS = msgspec.json.Decoder(StatusEntity, strict=False)
_STATUSES = msgspec.json.Decoder(list[StatusEntity], strict=False)
_NOTIFICATION = msgspec.json.Decoder(Notification, strict=False)
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_ANYTHING: msgspec.json.Decoder[Any] = msgspec.json.Decoder(object)
_CONTENTS = ("content", "text", "text/plain", "text/html", "plain_text")
_MOST_TEXTS = 50


def status_in(raw: bytes | msgspec.Raw) -> StatusEntity | None:
    """Return one status, None for what cannot be read as one."""
    status = entry_in(raw)
    return status if isinstance(status, StatusEntity) else None


def entry_in(raw: bytes | msgspec.Raw, context: Mapping[str, Any] | None = None) -> StatusEntity | Unreadable:
    """Return one status, or what is missing of it; `context` fills what it does not say (of a notification)."""
    status = decoded(raw, _STATUS)
    if status is not None and _is_whole(status):
        return status
    value = decoded(raw, _ANYTHING)
    if not isinstance(value, dict):
        return Unreadable(digest(bytes(raw).hex())[:32], Unread.SHAPE)
    return _salvaged_status(value, context or {})


def statuses_in(body: bytes) -> list[StatusEntity] | None:
    """Return the statuses of a page, None where one of them is not whole: then each is to be read by itself."""
    statuses = decoded(body, _STATUSES)
    return statuses if statuses is not None and all(map(_is_whole, statuses)) else None


def notification_in(raw: bytes | msgspec.Raw) -> Notification | Unreadable:
    """Return one notification, or what is missing of it."""
    notification = decoded(raw, _NOTIFICATION)
    if notification is None:
        plain = decoded(raw, _ANYTHING)
        notification, _ = salvaged(plain, Notification) if isinstance(plain, dict) else (None, None)
    if notification is None:
        return Unreadable(digest(bytes(raw).hex())[:32], Unread.SHAPE)
    notification.id = notification.id if is_plain_id(notification.id) else ""
    notification.created_at = notification.created_at if _is_instant(notification.created_at) else None
    return notification


def mentioning_status(notification: Notification) -> StatusEntity | Unreadable | None:
    """Return the status by which a notification mentions us, None where it tells of something else.

    A status that says less than it must is completed by its notification: who is afraid writes from any server.
    """
    if (notification.type or "").strip().lower() not in MENTIONING.union(ANSWERING):
        return None
    who = notification.account if isinstance(notification.account, dict) else {}
    number = str(notification.id or digest(bytes(notification.status).hex())[:32])
    unreadable = entry_in(notification.status, {"id": number, "account": who})
    return Unreadable(f"notification {number}", unreadable.part) if isinstance(unreadable, Unreadable) else unreadable


def list_in(body: bytes) -> list[msgspec.Raw] | None:
    """Return the items of a page, each still to be read; None for what is no list.

    PHP writes a list with holes as an object whose keys are numbers. An empty object is no list: it may be anything.
    """
    entries = decoded(body, _LIST)
    if entries is None:
        numbered = decoded(body, _NUMBERED)
        if numbered and all(key.isdecimal() for key in numbered):
            return list(numbered.values())
    return entries


def plain_list_in(body: bytes) -> list[msgspec.Raw] | None:
    """Return the items of a page that must prove something: nothing but a list is one."""
    return decoded(body, _LIST)


_NUMBERED = msgspec.json.Decoder(dict[str, msgspec.Raw])


def _salvaged_status(raw: dict[str, Any], context: Mapping[str, Any]) -> StatusEntity | Unreadable:
    raw, unread = _completed(raw, context)
    status, odd = salvaged(raw, StatusEntity)
    unread |= odd
    if status is None or not _is_whole(status):
        key = str(raw["id"])[:200] if _is_id(raw.get("id")) else digest(repr(raw))[:32]
        part = Unread.ID if "id" in unread or (status and not is_plain_id(status.id)) else Unread.AUTHOR
        return Unreadable(key, part)
    if not _is_instant(status.created_at):
        status.created_at = None
        unread.add("created_at")
    status.__dict__["_unread"] = frozenset(unread)
    return status


def _completed(status: dict[str, Any], context: Mapping[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """Return a status with what can be found elsewhere in it put in its place, and the names of what was unreadable
    there."""
    unread: set[str] = set()
    completed = {**status}
    account = {**context.get("account", {}), **_without_nothing(status.get("account"))}
    if name := _name_of(account, status):
        account |= {"acct": name, "id": account["id"] if _is_id(account.get("id")) else name}
    if account:
        completed["account"] = account
    if not _is_id(status.get("id")) and context.get("id"):
        completed["id"] = context["id"]
    if not isinstance(status.get("content"), str | None | bool):
        unread.add("content")
    if not (isinstance(status.get("content"), str) and status["content"]):
        texts = [text for name in _CONTENTS for text in _texts(status.get(name))]
        completed["content"] = texts[0] if texts else ""
    return completed, unread


def _without_nothing(account: object) -> dict[str, Any]:
    if not isinstance(account, dict):
        return {}
    return {name: value for name, value in account.items() if value not in (None, False, "", [], {})}


def _name_of(account: Mapping[str, Any], status: Mapping[str, Any]) -> str:
    """Return the name of an account as its server would write it, also out of its profile's or its post's address; ""
    where there is none. A name that is there and hides something is not replaced by another one."""
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
    """Return the texts in something that should have been one, in order."""
    texts: list[str] = []
    waiting = [value]
    while waiting and len(texts) < _MOST_TEXTS:
        error = waiting.pop(0)
        if isinstance(error, str) and error:
            texts.append(error)
        elif isinstance(error, list):
            waiting += error[:_MOST_TEXTS]
        elif isinstance(error, dict):
            waiting += list(error.values())[:_MOST_TEXTS]
    return texts


def _is_whole(status: StatusEntity) -> bool:
    """Return whether it has an id that can be asked for, an instant that there is, and an author who can be named."""
    return is_plain_id(status.id) and _is_instant(status.created_at) and is_plain_name(status.account.acct)


def _is_id(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and is_plain_id(value)


def _is_instant(instant: datetime | None) -> bool:
    try:
        return instant is None or bool(in_utc(instant))
    except OverflowError:
        return False


def is_plain_name(name: str) -> bool:
    """Return whether people can be told this name of an account or of a server: nothing in it is hidden, or led
    elsewhere."""
    return 0 < len(name) <= 300 and " " not in name and not has_hidden(name)


def is_plain_id(number: Id) -> bool:
    """Return whether something can be asked for by this id."""
    return bool(number) and _PLAIN_ID.fullmatch(str(number)) is not None


_VISIBILITIES = frozenset(
    {
        *("public", "unlisted", "private", "direct", "limited", "local", "list", "circle", "self", "specified", "home"),
        *("mutual", "mutuals", "mutuals_only", "followers", "followers_only", "subscribers", "subscribers_only"),
    }
)
"""What servers are known to call it, Mastodon and those like it. Nothing but "public" is public."""


def is_known_visibility(visibility: str) -> bool:
    """Return whether a status says who may see it in a word that has a meaning."""
    return visibility.strip().lower() in _VISIBILITIES


def in_utc(instant: datetime) -> datetime:
    """Return an instant in UTC; one without a zone is taken for UTC."""
    if instant.tzinfo is UTC:  # as msgspec reads them
        return instant
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


_WEB = ("https://", "http://")
_USUAL_ADDRESS = re.compile(r"https?://\w[\w.:-]*(?:/[!-~]*)?\Z", re.ASCII)

LONGEST_ADDRESS = 2000
"""Bytes; no index of PostgreSQL takes entries of more than 2700."""


def web_address(written: str | None) -> str:
    """Return the address if it is one for browsers; a server could send any other scheme, or what no database takes."""
    if not written or len(written) > LONGEST_ADDRESS:
        return ""
    if _USUAL_ADDRESS.match(written):
        return written
    if not written.startswith(_WEB) or len(written.encode()) > LONGEST_ADDRESS:
        return ""
    is_plain = " " not in written and not has_hidden(written)
    return written if is_plain and host_of(written) else ""
