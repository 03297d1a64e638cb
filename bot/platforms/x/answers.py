"""The parts of X's answers that Groundswell reads, in both of X's spellings.

The API's prose says `referenced_tweets` and `note_tweet`, its OpenAPI document `referenced_posts` and `note_post`.
Every part may be absent or null; a body that does not have this shape is unreadable.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeVar

from msgspec import DecodeError, Raw, Struct, json

from bot.platforms.x.errors import Reply, unreadable
from bot.platforms.x.ids import time_of

Shape = TypeVar("Shape")


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


class Post(Struct):
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
    def note(self) -> Note | None:
        return self.note_tweet or self.note_post

    @property
    def made_at(self) -> datetime:
        """When it was created, in UTC; from the id where X left the time out."""
        return self.created_at.astimezone(UTC) if self.created_at else time_of(self.id)

    @property
    def media_keys(self) -> tuple[str, ...]:
        return tuple((self.attachments and self.attachments.media_keys) or ())

    @property
    def newest_version(self) -> str:
        """The id of the last edit; an edited post keeps its old id, text and all, beside the new one."""
        return max(self.versions, key=lambda version: (len(version), version))

    @property
    def versions(self) -> tuple[str, ...]:
        """The ids of this post and of its edits; each edit has an id of its own."""
        return (self.id, *(self.edit_history_tweet_ids or self.edit_history_post_ids or ()))

    def referenced(self, kind: str) -> str:
        """The id of the post that this one is a reply to (`replied_to`) or a repost of (`retweeted`), or ""."""
        references = self.referenced_tweets or self.referenced_posts or []
        return next((reference.id for reference in references if reference.type == kind), "")


class User(Struct):
    id: str
    username: str
    description: str | None = None
    protected: bool | None = None


class Media(Struct):
    media_key: str
    type: str | None = None


class Includes(Struct):
    users: list[User] | None = None
    media: list[Media] | None = None


class Meta(Struct):
    result_count: int | None = None
    newest_id: str | None = None
    next_token: str | None = None


class Problem(Struct):
    """A partial error that came beside, or in place of, data."""

    type: str | None = None
    title: str | None = None
    detail: str | None = None
    message: str | None = None

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
    data: Post | None = None
    includes: Includes | None = None
    errors: list[Problem] | None = None


class Me(Struct):
    data: User


class Created(Struct):
    id: str


class Creation(Struct):
    data: Created


class Deed(Struct):
    """What a repost, its undoing or a deletion came to."""

    retweeted: bool | None = None
    deleted: bool | None = None


class Done(Struct):
    data: Deed


class Processing(Struct):
    state: str | None = None
    check_after_secs: int | None = None


class Uploaded(Struct):
    id: str
    expires_after_secs: int | None = None
    processing_info: Processing | None = None


class UploadAnswer(Struct):
    data: Uploaded


class Described(Struct):
    data: dict[str, object] | None = None
    errors: list[Problem] | None = None


def read(reply: Reply, shape: type[Shape]) -> Shape:
    """The answer's body in this shape. Raises PlatformError (ambiguous) where it has another."""
    try:
        return json.decode(reply.body, type=shape)
    except (DecodeError, ValueError, RecursionError):
        problem = unreadable(reply)
    raise problem


def require(reply: Reply, is_so: bool) -> None:
    """Raise PlatformError (ambiguous) when a success does not say what a success says."""
    if not is_so:
        raise unreadable(reply)
