"""What every platform adapter can do, in our words; the contract suite holds all of them to it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Protocol, runtime_checkable

from bot.domain.delivery import LEAVE_WITHIN
from bot.domain.limits import Limits
from bot.domain.message import Media
from bot.domain.post import AccountFacts, Blind, Cursor, Edit, Outgoing, OwnPost, Page, Published, SeenPost, Upload
from bot.domain.source_name import SourceKind
from bot.errors import PlatformError

Clock = Callable[[], datetime]
"""Return the current instant in UTC."""

CONNECT_TIMEOUT = 5.0
"""Seconds to wait for a connection; a request that never connected was not sent."""

LONGEST_CONNECTING = CONNECT_TIMEOUT + 1
"""Seconds after which a connection that did come about is not used: this process was asleep meanwhile."""

READ_TIMEOUT = 30.0
"""Seconds to wait for an answer; a longer silence is ambiguous."""

REQUEST_DEADLINE = LEAVE_WITHIN + timedelta(seconds=CONNECT_TIMEOUT + READ_TIMEOUT + 5)
"""How long after its attempt was recorded a request can still be under way on our side."""

USER_AGENT = "Groundswell"


class OpenedFile(Protocol):
    """A file that is read piece by piece, from its beginning."""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, b"" at the end. Raise OSError."""
        ...

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a place in the file and return it."""
        ...

    def tell(self) -> int:
        """Return the place that is read next."""
        ...


class Source(Protocol):
    """Somewhere sightings come from: one hashtag timeline of one server, or one search."""

    name: str
    """Unique, stable, and readable: the key of its cursor, made of a `SourceName`."""

    kind: SourceKind
    """What it shows."""

    page_cost: int
    """The most that one call of `read` can cost, in micro-USD."""

    def read(self, cursor: Cursor) -> Page:
        """Take in the next page after the cursor, oldest first, in one request. Raise PlatformError.

        A cursor without `newest` starts at its `horizon`. The page's cursor is valid once its posts are stored.
        """
        ...


@runtime_checkable
class FeedSource(Protocol):
    """A source of a server that may have switched it off, and says so elsewhere than in the source itself."""

    def blind(self) -> Blind | None:
        """Return what cannot be seen there; None while the server does not say. Asks the server seldom, and never
        raises."""
        ...


class Stream(Protocol):
    """Announces that a source has something new, as soon as it has: a hint, and never the only way to learn of it."""

    source: str
    """The name of the source that is to be read then."""

    def listen(self) -> Generator[bool]:
        """Yield True for each announcement, False for another sign of life, the first as soon as it is open.

        Raise PlatformError when it is over: rejected where there is nothing to listen to for now.
        """
        ...

    def hang_up(self) -> None:
        """End the listening that another thread is at."""
        ...


class Instance(Protocol):
    """A server that is read without an account, politely."""

    host: str

    def sources(self, hashtags: Sequence[str]) -> list[Source]:
        """Return what can be watched there for these hashtags."""
        ...

    def close(self) -> None:
        """Close all connections."""
        ...


class Platform(Protocol):
    """One of our accounts on its platform. Every method raises PlatformError and nothing else.

    An adapter never waits for a rate limit, never repeats a request by itself, and is safe to use from
    several threads.
    """

    account: str
    platform: str

    @property
    def can_edit(self) -> bool:
        """Return whether posts that are out can be changed there by a program."""
        ...

    def facts(self) -> AccountFacts:
        """Return who we are there, and whether we may write."""
        ...

    def known_as(self, handle: str) -> None:
        """Take the handle that `facts` gave once, so that it need not be asked, and billed, again."""
        ...

    def limits(self, *, fresh: bool = False) -> Limits:
        """Return what the server accepts; asked once and kept, or asked again."""
        ...

    def upload(self, file: OpenedFile, media: Media) -> Upload:
        """Upload an opened file to the server, piece by piece, with its alternative text.

        It may still be processing when this returns. A file that cannot be read raises OSError.
        """
        ...

    def is_ready(self, media_id: str) -> bool:
        """Return whether an upload can be attached. Raise PlatformError (rejected) when its processing failed."""
        ...

    def publish(self, post: Outgoing) -> Published:
        """Publish one post. A post never goes out without the media it names, nor after its `leave_by`."""
        ...

    def reshare(self, post: SeenPost, leave_by: datetime | None = None) -> Published:
        """Reshare a post that `fetch` has just returned; a post that we reshared before counts as done.

        After `leave_by` (UTC) the request does not leave any more.
        """
        ...

    def edit(self, post_id: str, edit: Edit) -> None:
        """Change a post of ours that is out; one that says it already counts as done.

        It looks first, so that an unknown outcome is known with the next call. Rejected where the post is gone, or
        posts cannot be changed.
        """
        ...

    def undo_post(self, post_id: str) -> None:
        """Delete a post of ours; one that is gone already counts as done."""
        ...

    def undo_reshare(self, uri: str) -> None:
        """Take a reshare back; one that is gone already counts as done."""
        ...

    def own_posts(self, since: datetime, after: str = "") -> list[OwnPost]:
        """Return our own timeline, reshares included, newest first: at least the newest page, and back to `since` or to
        the post `after`, behind which nobody looks."""
        ...

    def look_up(self, address: str) -> OwnPost | SeenPost | None:
        """Return the post that somebody means by an address, or by a bare id: an `OwnPost` where it is ours.

        None where there is none. Rejected where it is no address of a post here. Billed as a fetch.
        """
        ...

    def fetch(self, uri: str, known_id: str = "") -> SeenPost | None:
        """Return somebody's post as it is now; None when it is gone or hidden from us, by the platform's own word.

        `known_id` is its id on our server, where that is known.
        """
        ...

    def fetch_all(
        self, uris: Sequence[str], known_ids: Mapping[str, str] = MappingProxyType({})
    ) -> Mapping[str, SeenPost | None]:
        """Return several posts as `fetch` does, in as few requests as possible; billed as one fetch for each post at
        most.

        One of which nothing can be said now is left out. Raise PlatformError when nothing can be said of any.
        """
        ...

    def sources(self, hashtags: Sequence[str]) -> list[Source]:
        """Return what this account can watch for these hashtags."""
        ...

    def streams(self, hashtags: Sequence[str]) -> list[Stream]:
        """Return what announces that one of those has something new, where the platform has such a thing for
        nothing."""
        ...

    def post_cost(self, post: Outgoing) -> int:
        """Return what publishing this post is billed, in micro-USD; 0 where nothing is billed."""
        ...

    @property
    def reshare_cost(self) -> int:
        """What a reshare is billed, the fetch before it included, in micro-USD."""
        ...

    @property
    def fetch_cost(self) -> int:
        """The most that fetching one post is billed, in micro-USD."""
        ...

    @property
    def undo_cost(self) -> int:
        """What deleting one post of ours, or taking one reshare back, is billed, in micro-USD."""
        ...

    @property
    def facts_cost(self) -> int:
        """What asking who we are is billed, in micro-USD."""
        ...

    @property
    def own_post_cost(self) -> int:
        """What one post of our own timeline is billed when it is read, in micro-USD."""
        ...

    @property
    def reconcile_cost(self) -> int:
        """The most that one reading of our own timeline is billed, in micro-USD."""
        ...

    def close(self) -> None:
        """Close all connections."""
        ...


ENOUGH = 3
"""This many failures in a row are taken for our own server's: one may be that of the server a post is from."""

Fetch = Callable[[str], SeenPost | None]


def fetch_each(fetch: Fetch, uris: Sequence[str]) -> Mapping[str, SeenPost | None]:
    """Return each post as it is now; one that cannot be read now is left out. Raise PlatformError when none can be."""
    posts: dict[str, SeenPost | None] = {}
    failures: list[PlatformError] = []
    for uri in uris:
        try:
            posts[uri] = fetch(uri)
            failures = []
        except PlatformError as error:
            failures.append(error)
            if error.closes_account or len(failures) == ENOUGH:
                break
    if failures and not posts:
        raise failures[-1]
    return posts
