"""The answers of X that Groundswell reads: what stands around posts, users and media."""

from __future__ import annotations

from typing import TypeVar

from msgspec import Raw, Struct
from msgspec.json import Decoder

from bot.platforms.gateway import body_of
from bot.platforms.jsontext import decoded
from bot.platforms.salvage import salvaged
from bot.platforms.x.entities import Includes, Post, User, post_in
from bot.platforms.x.errors import Reply, unreadable
from bot.platforms.x.ids import is_id

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
        """Whether it says that what was asked for is deleted, or hidden from us."""
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
    data: Post | None = None
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


class ProcessingError(Struct):
    code: int | None = None
    name: str | None = None
    message: str | None = None


class Processing(Struct):
    state: str | None = None
    check_after_secs: int | None = None
    error: ProcessingError | None = None


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
    found = decoded(reply.body, Decoder(shape))
    if found is None:
        raise unreadable(reply)
    return found


def read_lookup(reply: Reply) -> Lookup:
    """One post that was asked for, an odd field or not. Raises PlatformError (ambiguous) for no such answer."""
    found = decoded(reply.body, Decoder(RawLookup))
    if found is None and isinstance(body_of(reply), dict):
        found, _ = salvaged(body_of(reply), RawLookup)
    if found is None:
        raise unreadable(reply)
    has_data = found.data is not None and bytes(found.data) != b"null"
    post = post_in(found.data) if has_data and found.data is not None else None
    require(reply, not has_data or post is not None)
    return Lookup(post, found.includes, found.errors)


def read_page(reply: Reply) -> Listing:
    """A page of posts of others, an odd field or not. Raises PlatformError (ambiguous) for what is none."""
    found = decoded(reply.body, Decoder(Listing))
    if found is None and isinstance(body_of(reply), dict):
        found, _ = salvaged(body_of(reply), Listing)
    if found is None:
        raise unreadable(reply)
    return found


def require(reply: Reply, is_so: bool) -> None:
    """Raise PlatformError (ambiguous) when a success does not say what a success says."""
    if not is_so:
        raise unreadable(reply)
