"""What X answers: ids, posts, users and media in both spellings of its fields, read one by one where one is odd."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar

from msgspec import Raw, Struct
from msgspec.json import Decoder

from bot.domain.addresses import x_post
from bot.platforms.http_client import HttpAnswer, body_of, decoded, salvaged
from bot.platforms.x.errors import rejected, unreadable

SNOWFLAKE_EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657000, tzinfo=UTC)
"""The instant from which X counts the milliseconds in its ids."""

_ADDRESS = re.compile(
    r"https://(?:www\.|mobile\.)?(?:x|twitter)\.com/(?:i/(?:web/)?|[A-Za-z0-9_]{1,15}/)status/([0-9]{1,19})(?:[/?#].*)?"
)


def uri_of(post_id: str) -> str:
    """Return the address that names a post whoever wrote it, and stays when its author takes another name."""
    return x_post(post_id)


def url_of(username: str, post_id: str) -> str:
    """Return the address people know; it needs the author's name, and works without."""
    return f"https://x.com/{username or 'i'}/status/{post_id}"


def id_in(uri: str) -> str:
    """Return the post id in an address on X. Raise PlatformError (rejected) for any other text."""
    match = _ADDRESS.fullmatch(uri)
    if match is None:
        raise rejected(f"{uri} is not the address of a post on X; write it as https://x.com/NAME/status/NUMBER")
    return match.group(1)


def checked_id(number: str) -> str:
    """Return an id as X counts them, safe in a path. Raise PlatformError (rejected) for any other text."""
    if is_id(number):
        return number
    raise rejected(f"{number!r} is not an id on X, which is a number")


def is_id(number: str) -> bool:
    """Return whether it is an id as X counts them."""
    return number.isascii() and number.isdigit() and len(number) <= 19


def time_of(post_id: str) -> datetime:
    """Return when a post with this id was created, in UTC: X's ids begin with their milliseconds."""
    return SNOWFLAKE_EPOCH + timedelta(milliseconds=int(post_id) >> 22)


def first_id_at(at: datetime) -> str:
    """Return the smallest id that a post of this instant (UTC) can have."""
    return str(max(0, (at - SNOWFLAKE_EPOCH) // timedelta(milliseconds=1)) << 22)


StructShape = TypeVar("StructShape", bound=Struct)

_USERNAME = re.compile(r"\w{1,50}", re.ASCII)


class Url(Struct):
    url: str | None = None
    expanded_url: str | None = None
    media_key: str | None = None


class XTag(Struct):
    tag: str | None = None


class Entities(Struct):
    urls: list[Url] | None = None
    hashtags: list[XTag] | None = None


class LongText(Struct):
    """The full text of a post longer than 280 characters."""

    text: str
    entities: Entities | None = None


class Reference(Struct):
    type: str
    id: str


class Attachments(Struct):
    media_keys: list[str] | None = None


class XPost(Struct, dict=True):
    id: str
    text: str | None = None
    author_id: str | None = None
    created_at: datetime | None = None
    lang: str | None = None
    possibly_sensitive: bool | None = None
    in_reply_to_user_id: str | None = None
    entities: Entities | None = None
    attachments: Attachments | None = None
    referenced_tweets: list[Reference] | None = None
    referenced_posts: list[Reference] | None = None
    note_tweet: LongText | None = None
    note_post: LongText | None = None
    edit_history_tweet_ids: list[str] | None = None
    edit_history_post_ids: list[str] | None = None
    withheld: Any = None

    @property
    def unread(self) -> frozenset[str]:
        """The dotted names of what it has and could not be read."""
        return _unread(self)

    @property
    def note(self) -> LongText | None:
        return self.note_tweet or self.note_post

    @property
    def made_at(self) -> datetime:
        """When it was created, in UTC; from the id where X left the time out."""
        return _in_utc(self.created_at) if self.created_at else time_of(self.id)

    @property
    def media_keys(self) -> tuple[str, ...]:
        return tuple((self.attachments and self.attachments.media_keys) or ())

    @property
    def newest_version(self) -> str:
        """The id of the last edit; an edited post keeps its old id, text and all, beside the new one."""
        return max(self.versions, key=lambda version: (len(version), version))

    @property
    def first_version(self) -> str:
        """The id it was first posted under: what it is known by, however often it is edited."""
        return min(self.versions, key=lambda version: (len(version), version))

    @property
    def versions(self) -> tuple[str, ...]:
        """The ids of this post and of its edits; each edit has an id of its own."""
        return (self.id, *filter(is_id, self.edit_history_tweet_ids or self.edit_history_post_ids or ()))

    def referenced(self, kind: str) -> str:
        """Return the id of the post that it answers (`replied_to`), reposts (`retweeted`) or quotes (`quoted`),
        or ""."""
        return next(iter(self.all_referenced(kind)), "")

    def all_referenced(self, kind: str) -> list[str]:
        """Return the ids of all posts that it is related to in this way."""
        references = self.referenced_tweets or self.referenced_posts or []
        return [reference.id for reference in references if reference.type == kind]


class UserFigures(Struct):
    followers_count: int | None = None


class XUser(Struct, dict=True):
    id: str
    username: str
    name: str | None = None
    description: str | None = None
    protected: bool | None = None
    created_at: datetime | None = None
    public_metrics: UserFigures | None = None
    withheld: Any = None

    @property
    def unread(self) -> frozenset[str]:
        """The names of what it has and could not be read."""
        return _unread(self)

    @property
    def joined_at(self) -> datetime | None:
        """When the account was made, in UTC."""
        try:
            return _in_utc(self.created_at) if self.created_at else None
        except OverflowError:
            return None

    @property
    def followers(self) -> int | None:
        """How many accounts follow it."""
        return self.public_metrics.followers_count if self.public_metrics else None


class XMedia(Struct):
    media_key: str
    type: str | None = None
    alt_text: str | None = None
    duration_ms: object = None
    url: object = None
    variants: object = None


class Includes(Struct, dict=True):
    """What stands beside posts. It stays raw at first, so that an odd user does not hide the posts of the others."""

    users: list[Raw] | None = None
    media: list[Raw] | None = None
    tweets: list[Raw] | None = None
    posts: list[Raw] | None = None

    @cached_property
    def people(self) -> tuple[XUser, ...]:
        """The users that can be named."""
        users = _readable(self.users or (), _USER, XUser)
        return tuple(user for user in users if is_id(user.id) and _USERNAME.fullmatch(user.username))

    @cached_property
    def shown(self) -> tuple[XMedia, ...]:
        """The media."""
        return tuple(_readable(self.media or (), _MEDIA, XMedia))

    @cached_property
    def referenced(self) -> tuple[XPost, ...]:
        """The posts that were quoted or answered, as far as they can be read."""
        return tuple(post for raw in (*(self.tweets or ()), *(self.posts or ())) if (post := post_in(raw)) is not None)


_POST, _USER, _MEDIA = Decoder(XPost), Decoder(XUser), Decoder(XMedia)
_ANYTHING: Decoder[object] = Decoder(object)
HARMLESS = frozenset({"created_at", "public_metrics", "public_metrics.followers_count"})
"""What may be unreadable without anybody having to look: a post's id tells its time, and not knowing counts as care."""


def post_in(raw: bytes | Raw) -> XPost | None:
    """Return one post, None for what cannot be read as one."""
    post = decoded(raw, _POST) or _salvaged(raw, XPost)
    if post and not _is_instant(post.created_at):
        post.created_at = None  # its id tells it, too
    if post and post.author_id is not None and not is_id(post.author_id):
        post.author_id = None
        post.__dict__["_unread"] = post.unread | {"author_id"}
    return post if post and is_sound(post) else None


def is_sound(post: XPost) -> bool:
    """Return whether a post has ids that are such, and was made at an instant that there is."""
    try:
        return is_id(post.id) and bool(post.made_at)
    except OverflowError:
        return False


def _readable(raws: Iterable[Raw], decoder: Decoder[StructShape], shape: type[StructShape]) -> list[StructShape]:
    return [struct for raw in raws if (struct := decoded(raw, decoder) or _salvaged(raw, shape)) is not None]


def _salvaged(raw: bytes | Raw, shape: type[StructShape]) -> StructShape | None:
    """Return what can be read of it field by field, None where it cannot be named."""
    struct, unread = salvaged(decoded(raw, _ANYTHING), shape)
    if struct is not None and hasattr(struct, "__dict__"):
        struct.__dict__["_unread"] = unread - HARMLESS
    return struct


def _unread(struct: Struct) -> frozenset[str]:
    names: frozenset[str] = struct.__dict__.get("_unread", frozenset())
    return names


def _is_instant(instant: datetime | None) -> bool:
    try:
        return instant is None or bool(_in_utc(instant))
    except OverflowError:
        return False


def _in_utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


Shape = TypeVar("Shape")

LONGEST_TOKEN = 2000

_GONE = ("resource-not-found", "not-authorized-for-resource", "resource-unavailable", "disallowed-resource")


class Meta(Struct):
    result_count: int | None = None
    newest_id: str | None = None
    oldest_id: str | None = None
    next_token: str | None = None

    @property
    def newest(self) -> str:
        """The newest post's id, "" where there is none."""
        return self.newest_id if self.newest_id and is_id(self.newest_id) else ""

    @property
    def oldest(self) -> str:
        """The oldest post's id, "" where there is none."""
        return self.oldest_id if self.oldest_id and is_id(self.oldest_id) else ""

    @property
    def token(self) -> str:
        """What asks for the next page, "" where there is none."""
        token = self.next_token or ""
        return token if token.isascii() and token.isprintable() and len(token) <= LONGEST_TOKEN else ""


class Problem(Struct):
    """A partial error that came beside, or in place of, data."""

    resource_id: str | None = None
    value: object = None
    type: str | None = None
    title: str | None = None
    detail: str | None = None
    message: str | None = None

    @property
    def about(self) -> str:
        """The id of what could not be given."""
        return self.resource_id or str(self.value)

    @property
    def is_gone(self) -> bool:
        """Return whether it says that what was asked for is deleted, or hidden from us."""
        return str(self.type).endswith(_GONE)

    @property
    def words(self) -> str:
        return self.detail or self.message or self.title or "no reason given"


class Listing(Struct):
    """A page of posts. They stay raw, so that one odd post does not hide the others."""

    data: list[Raw] | None = None
    includes: Includes | None = None
    meta: Meta | None = None
    errors: list[Problem] | None = None


class Lookup(Struct):
    data: XPost | None = None
    includes: Includes | None = None
    errors: list[Problem] | None = None


class RawLookup(Struct):
    """The same while its post is still to be read."""

    data: Raw | None = None
    includes: Includes | None = None
    errors: list[Problem] | None = None


class Lookups(Struct):
    """Several posts that were asked for by their ids."""

    data: list[Raw] | None = None
    includes: Includes | None = None
    errors: list[Problem] | None = None


class Me(Struct):
    data: XUser


class Created(Struct):
    id: str


class Creation(Struct):
    data: Created


class ActionResult(Struct):
    """What a repost, its undoing or a deletion came to."""

    retweeted: bool | None = None
    deleted: bool | None = None


class Done(Struct):
    data: ActionResult


class ProcessingError(Struct):
    code: int | None = None
    name: str | None = None
    message: str | None = None


class Processing(Struct):
    state: str | None = None
    check_after_secs: int | None = None
    error: ProcessingError | None = None


class UploadedMedia(Struct):
    id: str
    expires_after_secs: int | None = None
    processing_info: Processing | None = None


class UploadAnswer(Struct):
    data: UploadedMedia


class Described(Struct):
    data: dict[str, object] | None = None
    errors: list[Problem] | None = None


def read(reply: HttpAnswer, shape: type[Shape]) -> Shape:
    """Return the answer's body in this shape. Raise PlatformError (ambiguous) where it has another."""
    struct = decoded(reply.body, Decoder(shape))
    if struct is None:
        raise unreadable(reply)
    return struct


def read_lookup(reply: HttpAnswer) -> Lookup:
    """Return one post that was asked for, an odd field or not. Raise PlatformError (ambiguous) for no such answer."""
    raw = decoded(reply.body, Decoder(RawLookup))
    if raw is None and isinstance(body_of(reply), dict):
        raw, _ = salvaged(body_of(reply), RawLookup)
    if raw is None:
        raise unreadable(reply)
    has_data = raw.data is not None and bytes(raw.data) != b"null"
    post = post_in(raw.data) if has_data and raw.data is not None else None
    require(reply, not has_data or post is not None)
    return Lookup(post, raw.includes, raw.errors)


def read_page(reply: HttpAnswer) -> Listing:
    """Return a page of posts of others, an odd field or not. Raise PlatformError (ambiguous) for what is none."""
    listing = decoded(reply.body, Decoder(Listing))
    if listing is None and isinstance(body_of(reply), dict):
        listing, _ = salvaged(body_of(reply), Listing)
    if listing is None:
        raise unreadable(reply)
    return listing


def require(reply: HttpAnswer, is_so: bool) -> None:
    """Raise PlatformError (ambiguous) when a success does not say what a success says."""
    if not is_so:
        raise unreadable(reply)
