"""Posts as platforms give and take them, in one shape for all platforms."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar

from bot.domain.message import Visibility
from bot.domain.text import FEWEST, Signature, are_near, is_part, may_be_part, signature, words
from bot.values import dataclass

Value = TypeVar("Value")


def changed(value: Value, **fields: Any) -> Value:
    """Return a frozen dataclass's value with these fields of it changed.

    `dataclasses.replace` takes six times as long over one with many fields, a delivery or a post.
    """
    names, known = vars(type(value))["__dataclass_fields__"], vars(value)
    if not fields.keys() <= names.keys():
        raise TypeError(f"{type(value).__name__} has no {', '.join(fields.keys() - names.keys())}")
    if len(known) > len(names):
        known = {name: known[name] for name in names}  # what is cached beside them is of the old one
    other = object.__new__(type(value))
    object.__setattr__(other, "__dict__", known | fields)  # past its own refusal, and quicker than filling one
    return other


class MediaKind(StrEnum):
    """What an attachment is, by the platform's own word on it; `video_link` is a link to a video on a known host.

    `silent_video` is what a server takes for a GIF and is as long as a film, or of a length that nobody told;
    `unknown` is a file that the server has not fetched yet.
    """

    VIDEO = "video"
    VIDEO_LINK = "video_link"
    GIF = "gif"
    IMAGE = "image"
    AUDIO = "audio"
    OTHER = "other"
    TEXT = "text"
    SILENT_VIDEO = "silent_video"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Outgoing:
    """One post about to be published; `reply_to` is the id of the part before it in a thread.

    After `leave_by` (UTC) it must not leave any more.
    """

    text: str
    language: str
    visibility: Visibility = Visibility.PUBLIC
    content_warning: str = ""
    sensitive: bool = False
    media_ids: tuple[str, ...] = ()
    reply_to: str = ""
    idempotency_key: str = ""
    leave_by: datetime | None = None


@dataclass(frozen=True)
class EditedMedia:
    """A file of a post that is changed: one that it has already, by its `place` there, or an upload, by its id."""

    alt: str
    place: int | None = None
    media_id: str = ""


@dataclass(frozen=True)
class Edit:
    """What a post of ours that is out shall say; who may see it, and what it answers, stay as they are.

    `media_before` is how many files we gave it; after `leave_by` (UTC) the request must not leave any more.
    """

    text: str
    language: str
    content_warning: str = ""
    sensitive: bool = False
    media: tuple[EditedMedia, ...] = ()
    media_before: int = 0
    leave_by: datetime | None = None


@dataclass(frozen=True)
class Published:
    """What a platform accepted: its id and its public address."""

    post_id: str
    url: str


@dataclass(frozen=True)
class Upload:
    """A file given to a platform. `ready` is false while it is processed; `expires_at` (UTC) is when its id dies."""

    media_id: str
    ready: bool
    expires_at: datetime


@dataclass(frozen=True)
class OwnPost:
    """A post on one of our own timelines: plain text with links as we wrote them, for reconciling.

    `age` is how old it was when it was read, by the server's own clock; None where the server does not tell.
    """

    post_id: str
    url: str
    text: str
    created_at: datetime
    media_count: int = 0
    reply_to: str = ""
    reshare_of: str = ""
    age: timedelta | None = None


@dataclass(frozen=True)
class Author:
    """Who posted. `handle` is "@user@host" or "x:handle"; the biography is read once for opt-outs, never stored.

    `joined_at` (UTC) and `followers` are None where the platform does not tell; `shy` is who asks not to be found.
    """

    handle: str
    account_id: str
    bio: str = ""
    locked: bool = False
    joined_at: datetime | None = None
    followers: int | None = None
    shy: bool = False


class ShownAs(StrEnum):
    """How a post shows another one: as a quote, by a link that leads to it, or in words ("RT @somebody: …")."""

    QUOTE = "quote"
    LINK = "link"
    WORDS = "words"


class ShownState(StrEnum):
    """What is known of a post that another one shows.

    `pending` waits for its author to agree to be quoted; `unread` was not read, or cannot be; `gone` is deleted, or
    hidden by its author or by us: nothing of it is shown any more.
    """

    READ = "read"
    PENDING = "pending"
    UNREAD = "unread"
    GONE = "gone"


@dataclass(frozen=True)
class Shown:
    """A post that another one shows. `post` is there where it was read; `named` is its author, as far as its address
    or the words tell; `native_id` is its id on the server that was asked."""

    how: ShownAs
    state: ShownState
    uri: str = ""
    url: str = ""
    named: str = ""
    native_id: str = ""
    post: SeenPost | None = None

    @property
    def handle(self) -> str:
        """Its author, "" where nobody knows."""
        return self.post.author.handle if self.post else self.named

    @property
    def addresses(self) -> tuple[str, ...]:
        """All by which it is known."""
        own = (self.post.uri, self.post.url) if self.post else ()
        return tuple(dict.fromkeys(filter(None, (*own, self.uri, self.url))))


@dataclass(frozen=True)
class CaptionFile:
    """Captions of a film where its server keeps them now. `language` is its code ("be", "pt-BR"), "" where that is
    none; `label` is what the server calls them; `is_generated` says that a machine has written them."""

    address: str
    language: str
    label: str
    is_generated: bool = False


@dataclass(frozen=True)
class MediaFile:
    """A file of a post where its server keeps it now: for a look of the moment, never stored. `seconds` is how long it
    lasts, None where that is not told; `alt` is its alternative text, "" for none."""

    kind: MediaKind
    address: str
    seconds: float | None = None
    alt: str = ""
    captions: tuple[CaptionFile, ...] = ()


@dataclass(frozen=True)
class SeenPost:
    """Somebody's post as a platform shows it now. `native_id` is the id on the server that was asked.

    `videos` names each video it shows, the same wherever it is posted: "youtube:ID" of a link, "media:HASH" of a file
    where the platform gives a hash. `links` counts the addresses in the text; `lacks_alt` says that a medium has no
    alternative text. `answers_us` says whether it is a reply to a post of ours, None where that is not known. `unclear`
    is a post of which something could not be read that may protect its author, `withheld` one that its platform hides
    in some countries.

    `shows` are the posts of others that it shows. `view` is the host of the server that described it, "" where there
    is only one; `media_looks` tells each file apart by its looks where servers do not give its own address, in the
    order of `media_ids`; `poll` are the answers of its poll. `own_links` counts the links to posts that bear its own
    author's name, where a platform takes any name in an address, so that each is a look of its own. `alts` are the
    alternative texts of its files, as far as they have any. `files` are where these are now, where somebody looks at
    one post; no sighting stores them.
    """

    platform: str
    uri: str
    url: str
    native_id: str
    author: Author
    text: str
    created_at: datetime
    hashtags: tuple[str, ...] = ()
    language: str = ""
    kinds: tuple[MediaKind, ...] = ()
    media_ids: tuple[str, ...] = ()
    public: bool = True
    sensitive: bool = False
    is_reply: bool = False
    answers_us: bool | None = None
    reshared_by_us: bool = False
    videos: tuple[str, ...] = ()
    links: int = 0
    lacks_alt: bool = False
    unclear: bool = False
    withheld: bool = False
    shows: tuple[Shown, ...] = ()
    view: str = ""
    media_looks: tuple[str, ...] = ()
    poll: tuple[str, ...] = ()
    own_links: int = 0
    alts: tuple[str, ...] = ()
    files: tuple[MediaFile, ...] = field(default=(), compare=False)

    @property
    def is_unfinished(self) -> bool:
        """Return whether its server may know more of it soon: a file it has not fetched, a shown post it has
        not read."""
        if not self.shows:  # as most
            return MediaKind.UNKNOWN in self.kinds
        soon = {ShownState.UNREAD, ShownState.PENDING}
        return MediaKind.UNKNOWN in self.kinds or any(shown.state in soon for shown in all_shown(self))


LONGEST_ALT = 1500
"""Of an alternative text no more is kept: what platforms take themselves (X: 1000, Mastodon: 1500)."""

DEEPEST = 3
"""How far quotes of quotes are followed; no platform shows more of them."""


def all_shown(post: SeenPost, deepest: int = DEEPEST) -> Iterator[Shown]:
    """Yield every post that this one shows, and those that these show in turn."""
    for shown in post.shows:
        yield shown
        if shown.post is not None and deepest > 1:
            yield from all_shown(shown.post, deepest - 1)


def with_shown(post: SeenPost, now: Callable[[Shown], Shown], deepest: int = DEEPEST) -> SeenPost:
    """Return the post with everything that it shows, and that this shows in turn, as it is `now`."""
    if not post.shows or not deepest:
        return post
    shows = [now(shown) for shown in post.shows]
    return replace(
        post,
        shows=tuple(replace(shown, post=shown.post and with_shown(shown.post, now, deepest - 1)) for shown in shows),
    )


def still_known(before: SeenPost, post: SeenPost) -> SeenPost:
    """Return the post with what was read `before` of what it shows, where that cannot be read now."""
    read = {address: shown for shown in all_shown(before) if shown.post is not None for address in shown.addresses}

    def known(shown: Shown) -> Shown:
        if shown.state is not ShownState.UNREAD:
            return shown
        return next((read[address] for address in shown.addresses if address in read), shown)

    return with_shown(post, known)


def looked_at(posts: Iterable[SeenPost | None]) -> int:
    """Return how many posts an answer has shown: those themselves and what they show or link to; none for one gone."""
    seen_posts = [post for post in posts if post is not None]
    return sum(1 + post.own_links + sum(shown.post is not None for shown in all_shown(post)) for post in seen_posts)


@dataclass(frozen=True)
class Cursor:
    """How far a source has been read. What the strings mean is the source's own affair.

    `newest` is the last post taken in; `pending` and `resume` carry a reading that has more pages to go;
    `horizon` (UTC) is where a source without any post yet began to be watched, or before which all was purged since:
    nothing older is asked for.
    """

    horizon: datetime
    newest: str = ""
    pending: str = ""
    resume: str = ""


class Blind(StrEnum):
    """What of a hashtag a server does not show us by its own settings: its own accounts' posts, all others', or any.

    `no_login` shows them to its own accounts, and we have none there.
    """

    NOTHING = ""
    LOCAL = "local"
    REMOTE = "remote"
    SWITCHED_OFF = "switched_off"
    NO_LOGIN = "no_login"

    @property
    def is_whole(self) -> bool:
        """Return whether nothing at all can be seen."""
        return self in {Blind.SWITCHED_OFF, Blind.NO_LOGIN}


class Unread(StrEnum):
    """What could not be read of an entry of a source, so that it was given up."""

    SHAPE = "shape"
    ID = "id"
    AUTHOR = "author"
    ADDRESS = "address"
    VISIBILITY = "visibility"


@dataclass(frozen=True)
class Unreadable:
    """An entry of a page that could not be read. `key` names it as long as it stays as it is, and nobody's name."""

    key: str
    part: Unread


@dataclass(frozen=True)
class Page:
    """One answer of a source: posts, where to go on, whether more waits, and what the call cost (micro-USD).

    `to_us` says that its posts mention us: they are sightings without our hashtags too, and may ask for something.
    `gap` is why posts before these can never be read any more, "" where none were missed. `unreadable` are the entries
    that could not be read; a page that is read again names them again.
    """

    posts: tuple[SeenPost, ...]
    cursor: Cursor
    more: bool = False
    cost: int = 0
    to_us: bool = False
    gap: str = ""
    unreadable: tuple[Unreadable, ...] = ()


@dataclass(frozen=True)
class AccountFacts:
    """What a platform says of our own account; `server_time` (UTC) is from the answer's Date header.

    `bio` is the profile's text, and None, like `hides_follows` (who it follows and who follows it), where the platform
    does not tell.
    """

    handle: str
    account_id: str
    is_bot: bool
    can_write: bool
    server_time: datetime | None = None
    notes: tuple[str, ...] = ()
    name: str = ""
    bio: str | None = None
    hides_follows: bool | None = None


SOON = timedelta(hours=48)
"""Whoever posts a video on another network, or once more, mostly does so within this time."""

_FILE = "media"
"""The service of videos that a platform keeps itself; what names them means nothing on another platform."""


@dataclass(frozen=True)
class PostFeatures:
    """A post as it is compared. `author` is the handle in lower case."""

    platform: str
    author: str
    text: str
    videos: tuple[str, ...]
    created_at: datetime

    @property
    def words(self) -> tuple[str, ...]:
        """What it says, as `bot.domain.text.words` takes it apart."""
        return words(self.text)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every word once."""
        return frozenset(words(self.text))

    @property
    def signature(self) -> Signature:
        """What tells at once that it is not near another one."""
        return signature(self.text)

    @property
    def name(self) -> str:
        """What people call themselves on every network: the handle without its host, letters and digits alone."""
        local = self.author.removeprefix("x:").removeprefix("@").partition("@")[0]
        if local.isalnum() and local.isascii():
            return local
        return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", local).casefold()))

    def is_by_whom(self, other: PostFeatures) -> bool:
        """Return whether both are by one account, or by accounts of one name on two networks.

        Two servers of one network may each have somebody of that name.
        """
        if self.platform == other.platform:
            return self.author == other.author
        return bool(self.name) and self.name == other.name

    def is_near(self, other: PostFeatures) -> bool:
        """Return whether both say the same in nearly the same words."""
        return are_near(self.vocabulary, other.vocabulary)


def of_post(post: SeenPost) -> PostFeatures:
    """Return the features of a post that is new."""
    return PostFeatures(post.platform, post.author.handle.casefold(), post.text, post.videos, post.created_at)


def is_again(one: PostFeatures, other: PostFeatures) -> bool:
    """Return whether the author of one posted the same once more: here, or under the same name on another network."""
    if not one.is_by_whom(other) or abs(one.created_at - other.created_at) > SOON:
        return False
    if not may_be_part(one.signature, other.signature):  # as of most, and found out in a tenth of the time
        return False
    vocabularies = one.vocabulary, other.vocabulary
    says_it = min(map(len, vocabularies)) >= FEWEST and (are_near(*vocabularies) or is_part(*vocabularies))
    return says_it and not _show_others(one, other)


def _show_others(one: PostFeatures, other: PostFeatures) -> bool:
    """Return whether their videos are known to be different ones: both are on one service, under other names."""
    videos, other_videos = _by_service(one.videos), _by_service(other.videos)
    comparable = {
        service for service in videos.keys() & other_videos if service != _FILE or one.platform == other.platform
    }
    return any(videos[service].isdisjoint(other_videos[service]) for service in comparable)


def _by_service(videos: Iterable[str]) -> dict[str, set[str]]:
    by_service: dict[str, set[str]] = {}
    for video in videos:
        by_service.setdefault(video.partition(":")[0], set()).add(video)
    return by_service
