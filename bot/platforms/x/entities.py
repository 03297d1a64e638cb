"""Posts, their authors and media as X writes them, in both of X's spellings.

The API's prose says `referenced_tweets` and `note_tweet`, its OpenAPI document `referenced_posts` and `note_post`.
Every part may be absent or null. What the fast decoder refuses is read once more, field by field: an odd field that is
not needed loses no post, and one that may protect somebody has a person look.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cached_property
from typing import TypeVar

from msgspec import Raw, Struct
from msgspec.json import Decoder

from bot.platforms.jsontext import decoded
from bot.platforms.salvage import salvaged
from bot.platforms.x.ids import is_id, time_of

Shape = TypeVar("Shape", bound=Struct)

_USERNAME = re.compile(r"\w{1,50}", re.ASCII)


class Url(Struct):
    url: str | None = None
    expanded_url: str | None = None
    media_key: str | None = None


class Tag(Struct):
    tag: str | None = None


class Entities(Struct):
    urls: list[Url] | None = None
    hashtags: list[Tag] | None = None


class Note(Struct):
    """The full text of a post longer than 280 characters."""

    text: str
    entities: Entities | None = None


class Reference(Struct):
    type: str
    id: str


class Attachments(Struct):
    media_keys: list[str] | None = None


class Post(Struct, dict=True):
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
    note_tweet: Note | None = None
    note_post: Note | None = None
    edit_history_tweet_ids: list[str] | None = None
    edit_history_post_ids: list[str] | None = None

    @property
    def unread(self) -> frozenset[str]:
        """The dotted names of what it has and could not be read."""
        return _unread(self)

    @property
    def note(self) -> Note | None:
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
        """The id of the post that it answers (`replied_to`), reposts (`retweeted`) or quotes (`quoted`), or ""."""
        return next(iter(self.all_referenced(kind)), "")

    def all_referenced(self, kind: str) -> list[str]:
        """The ids of all posts that it is related to in this way."""
        references = self.referenced_tweets or self.referenced_posts or []
        return [reference.id for reference in references if reference.type == kind]


class UserFigures(Struct):
    followers_count: int | None = None


class User(Struct, dict=True):
    id: str
    username: str
    name: str | None = None
    description: str | None = None
    protected: bool | None = None
    created_at: datetime | None = None
    public_metrics: UserFigures | None = None

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


class Media(Struct):
    media_key: str
    type: str | None = None
    alt_text: str | None = None


class Includes(Struct, dict=True):
    """What stands beside posts. It stays raw at first, so that an odd user does not hide the posts of the others."""

    users: list[Raw] | None = None
    media: list[Raw] | None = None
    tweets: list[Raw] | None = None
    posts: list[Raw] | None = None

    @cached_property
    def people(self) -> tuple[User, ...]:
        """The users that can be named."""
        found = _readable(self.users or (), _USER, User)
        return tuple(user for user in found if is_id(user.id) and _USERNAME.fullmatch(user.username))

    @cached_property
    def shown(self) -> tuple[Media, ...]:
        """The media."""
        return tuple(_readable(self.media or (), _MEDIA, Media))

    @cached_property
    def referenced(self) -> tuple[Post, ...]:
        """The posts that were quoted or answered, as far as they can be read."""
        return tuple(post for raw in (*(self.tweets or ()), *(self.posts or ())) if (post := post_in(raw)) is not None)


_POST, _USER, _MEDIA = Decoder(Post), Decoder(User), Decoder(Media)
_ANYTHING: Decoder[object] = Decoder(object)
HARMLESS = frozenset({"created_at", "public_metrics", "public_metrics.followers_count"})
"""What may be unreadable without anybody having to look: a post's id tells its time, and not knowing counts as care."""


def post_in(raw: bytes | Raw) -> Post | None:
    """One post, None for what cannot be read as one."""
    post = decoded(raw, _POST) or _salvaged(raw, Post)
    if post and not _is_instant(post.created_at):
        post.created_at = None  # its id tells it, too
    if post and post.author_id is not None and not is_id(post.author_id):
        post.author_id = None
        post.__dict__["_unread"] = post.unread | {"author_id"}
    return post if post and is_sound(post) else None


def is_sound(post: Post) -> bool:
    """Whether a post has ids that are such, and was made at an instant that there is."""
    try:
        return is_id(post.id) and bool(post.made_at)
    except OverflowError:
        return False


def _readable(raws: Iterable[Raw], decoder: Decoder[Shape], shape: type[Shape]) -> list[Shape]:
    return [found for raw in raws if (found := decoded(raw, decoder) or _salvaged(raw, shape)) is not None]


def _salvaged(raw: bytes | Raw, shape: type[Shape]) -> Shape | None:
    """What can be read of it field by field, None where it cannot be named."""
    found, unread = salvaged(decoded(raw, _ANYTHING), shape)
    if found is not None and hasattr(found, "__dict__"):
        found.__dict__["_unread"] = unread - HARMLESS
    return found


def _unread(found: Struct) -> frozenset[str]:
    names: frozenset[str] = found.__dict__.get("_unread", frozenset())
    return names


def _is_instant(told: datetime | None) -> bool:
    try:
        return told is None or bool(_in_utc(told))
    except OverflowError:
        return False


def _in_utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
