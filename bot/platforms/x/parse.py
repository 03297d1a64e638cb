"""X's answers as posts in our words: ids, entities in both spellings, links as people wrote them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar

from msgspec import Raw, Struct
from msgspec.json import Decoder

from bot.domain.links import PostAddress, addresses_in, announced_in, posts_among, video_kinds, videos_in
from bot.domain.post import (
    DEEPEST,
    LONGEST_ALT,
    Author,
    MediaFile,
    MediaKind,
    OwnPost,
    SeenPost,
    Shown,
    ShownAs,
    ShownState,
)
from bot.domain.text import hashtags_in, tagged_name
from bot.platforms.http_client import HttpAnswer, body_of, decoded, salvaged
from bot.platforms.x.errors import rejected, unreadable

SNOWFLAKE_EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657000, tzinfo=UTC)
"""The instant from which X counts the milliseconds in its ids."""

_ADDRESS = re.compile(
    r"https://(?:www\.|mobile\.)?(?:x|twitter)\.com/(?:i/(?:web/)?|[A-Za-z0-9_]{1,15}/)status/([0-9]{1,19})(?:[/?#].*)?"
)


def uri_of(post_id: str) -> str:
    """Return the address that names a post whoever wrote it, and stays when its author takes another name."""
    return f"https://x.com/i/status/{post_id}"


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


_MEDIA_LINK = re.compile(r"https://(?:x|twitter)\.com/[^/]+/status/([0-9]+)/(?:photo|video)/[0-9]+")
_STATUS_LINK = re.compile(
    r"https?://(?:[a-z]+\.)?(?:x|twitter)\.com/(?:[^/]+|i/web)/status(?:es)?/([0-9]{1,19})(?:[/?#].*)?"
)
_REPEATED = re.compile(r"(?:^|\s)(?:RT|MT|QT|QRT|via)\s{0,3}:?\s{0,3}@(\w{1,15})", re.IGNORECASE | re.ASCII)
_SHORT_LINK = re.compile(r"https?://t\.co/\w+")
_KINDS = {"video": MediaKind.VIDEO, "animated_gif": MediaKind.GIF, "photo": MediaKind.IMAGE}
_OLD_CODES = {"in": "id", "iw": "he", "ji": "yi"}
_NO_LANGUAGE = frozenset({"und", "zxx", "art"})
_UNKNOWN = XUser(id="", username="")


def own_post(post: XPost, username: str, read_at: datetime | None = None) -> OwnPost:
    """Return a post on our own timeline, as reconciling needs it; `read_at` is X's own time."""
    original = post.referenced("retweeted")
    return OwnPost(
        post_id=post.id,
        url=url_of(username, post.id),
        text=text_of(post),
        created_at=post.made_at,
        media_count=len(post.media_keys),
        reply_to=post.referenced("replied_to"),
        reshare_of=uri_of(original) if original else "",
        age=read_at - post.made_at if read_at else None,
    )


MOST_SHOWN = 10
"""Of so many posts that one shows the numbers are looked up: whoever means harm could show a hundred."""


def seen_post(post: XPost, includes: Includes | None, deepest: int = DEEPEST, *, is_shown: bool = False) -> SeenPost:
    """Somebody's post. Where X left the author out (suspended, protected, or of an odd shape), nothing is known of what
    they wish: the handle is the account's number, nobody trusts it, and a person has to look.

    X gives the post that one quotes; of the one that this quotes in turn, and of those it links to, only the number.
    In a post that `is_shown` by another, links that bear its own author's name count like all others.
    """
    users = (includes and includes.people) or ()
    author = next((user for user in users if user.id == post.author_id), _UNKNOWN)
    shown = _shown(post.media_keys, (includes and includes.shown) or ())
    addresses = _addresses(post)
    videos = (*videos_in(addresses), *_marks(shown))
    result = SeenPost(
        platform="x",
        uri=uri_of(post.first_version),
        url=url_of(author.username, post.id),
        native_id=post.id,
        author=_author(author, post.author_id or ""),
        text=text_of(post),
        created_at=post.made_at,
        hashtags=tuple(dict.fromkeys(_hashtags(post))) or hashtags_in(text_of(post)),
        language=_language(post.lang or ""),
        kinds=video_kinds(_kinds(shown), videos),
        media_ids=post.media_keys,
        public=not author.protected,
        sensitive=bool(post.possibly_sensitive),
        is_reply=_answers_somebody_else(post),
        videos=videos,
        links=len(addresses),
        lacks_alt=not all(map(str.strip, _alts(shown))),
        alts=tuple(alt.strip()[:LONGEST_ALT] for alt in _alts(shown) if alt.strip()),
        files=tuple(_media_files(shown)),
        unclear=author is _UNKNOWN or bool(post.unread or author.unread),
        withheld=bool(post.withheld or author.withheld),
        shows=tuple(_shown_by(post, author.username, includes, deepest, is_shown=is_shown)) if deepest else (),
    )
    own_links = 0 if is_shown else len(called_ones_own(result))
    return replace(result, own_links=min(own_links, MOST_SHOWN)) if own_links else result


def _media_files(shown: Mapping[str, XMedia | None]) -> Iterator[MediaFile]:
    """Yield each file with an address: of a film the smallest that any browser plays."""
    for media in shown.values():
        if media is not None and (address := _file_address(media.url) or _film(media.variants)):
            length = media.duration_ms
            seconds = length / 1000 if isinstance(length, int) and not isinstance(length, bool) and length > 0 else None
            yield MediaFile(_kind(media), address, seconds, (media.alt_text or "").strip()[:LONGEST_ALT])


_LONGEST_ADDRESS = 2_000


def _file_address(written: object) -> str:
    is_address = isinstance(written, str) and written.startswith("https://") and len(written) <= _LONGEST_ADDRESS
    return str(written) if is_address else ""


def _film(variants: object) -> str:
    films: list[tuple[int, str]] = []
    for variant in variants if isinstance(variants, list) else ():
        if isinstance(variant, dict) and variant.get("content_type") == "video/mp4":
            rate, address = variant.get("bit_rate"), _file_address(variant.get("url"))
            films += [(rate if isinstance(rate, int) else 0, address)] if address else []
    return min(films, default=(0, ""))[1]


def _alts(shown: Mapping[str, XMedia | None]) -> list[str]:
    """Return the alternative text of each file that is told of, "" where it has none."""
    return [media.alt_text or "" for media in shown.values() if media is not None]


def _shown_by(
    post: XPost, username: str, includes: Includes | None, deepest: int, *, is_shown: bool
) -> Iterator[Shown]:
    """Yield what a post shows of others: the post it quotes, posts it links to, and whose video it shares."""
    referenced = {post.id: post for post in (includes.referenced if includes else ())}
    numbers = {*post.versions}
    for number in filter(is_id, post.all_referenced("quoted")):
        numbers.add(number)
        yield _quoted(referenced.get(number), number, includes, deepest)
    links = dict.fromkeys(url.expanded_url or url.url or "" for url in _urls(post))
    addresses = posts_among(links)
    by_form = {link.address for link in addresses}
    addresses += [PostAddress(address) for address in announced_in(text_of(post)) if address not in by_form]
    for link in addresses:
        status = _STATUS_LINK.fullmatch(link.address)
        number = status[1] if status else ""
        is_ones_own = link.author.casefold() == f"x:{username}".casefold() and not is_shown
        if number in numbers or is_ones_own:
            continue
        numbers |= {number} - {""}
        uri = uri_of(number) if number else ""
        yield Shown(ShownAs.LINK, ShownState.UNREAD, uri, link.address, link.author, native_id=number)
    repeated = _REPEATED.search(text_of(post))
    if repeated and repeated[1].casefold() != username.casefold():
        yield Shown(ShownAs.WORDS, ShownState.UNREAD, named=f"x:{repeated[1]}")


def called_ones_own(post: SeenPost) -> dict[str, str]:
    """Return the links, by the number of the post they lead to, that bear the name of who posts them: X takes
    any name."""
    matches = ((link, _STATUS_LINK.fullmatch(link.address)) for link in posts_among(addresses_in(post.text)))
    own = post.author.handle.casefold()
    return {
        status[1]: link.address
        for link, status in matches
        if status and link.author.casefold() == own and status[1] != post.native_id
    }


def _quoted(quoted: XPost | None, number: str, includes: Includes | None, deepest: int) -> Shown:
    """X leaves a quoted post out that was deleted, or whose author protects it."""
    if quoted is None:
        state = ShownState.GONE if deepest == DEEPEST else ShownState.UNREAD
        return Shown(ShownAs.QUOTE, state, uri_of(number), native_id=number)
    post = seen_post(quoted, includes, deepest - 1, is_shown=True)
    return Shown(ShownAs.QUOTE, ShownState.READ, uri_of(number), post.url, native_id=number, post=post)


def edited_unseen(post: SeenPost, version: str) -> SeenPost:
    """Return the post marked as edited by a version X does not show, so that its fingerprint is not the
    approved one."""
    return replace(post, media_ids=(*post.media_ids, f"edited {version}"))


def text_of(post: XPost) -> str:
    """Return the whole text with its own links, without HTML escapes and without the link X appends for media."""
    note = post.note
    text = (note.text if note else post.text) or ""
    links = {url.url: _written(url, post) for url in _urls(post) if url.url}
    plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").replace("\0", "\ufffd")
    return _SHORT_LINK.sub(lambda match: links.get(match.group(), match.group()), plain).rstrip()


def _written(url: Url, post: XPost) -> str:
    """Return what stood where the short link is; nothing for the link to the post's own media."""
    expanded = url.expanded_url or url.url or ""
    own = _MEDIA_LINK.fullmatch(expanded)
    is_own_media = post.media_keys and own and own.group(1) in post.versions
    return "" if url.media_key or is_own_media else expanded


def _entities(post: XPost) -> list[Entities]:
    note = post.note
    return [entities for entities in (post.entities, note and note.entities) if entities]


def _urls(post: XPost) -> Iterable[Url]:
    for entities in _entities(post):
        yield from entities.urls or ()


def _hashtags(post: XPost) -> Iterable[str]:
    for entities in _entities(post):
        for tag in entities.hashtags or ():
            if tag.tag:
                yield tag.tag


def _author(user: XUser, account_id: str) -> Author:
    return Author(
        handle=f"x:{user.username or account_id}",
        account_id=account_id,
        bio="\n".join(filter(None, (tagged_name(user.name), user.description))),
        locked=bool(user.protected),
        joined_at=user.joined_at,
        followers=user.followers,
    )


def _addresses(post: XPost) -> tuple[str, ...]:
    """Return the links in the text as people wrote them, once each, without those to the post's own media."""
    return tuple(dict.fromkeys(written for url in _urls(post) if (written := _written(url, post))))


def _shown(keys: Sequence[str], media: Sequence[XMedia]) -> dict[str, XMedia | None]:
    """Return each medium of a post by its key; None of which X said nothing more."""
    by_key = {item.media_key: item for item in media}
    return {key: by_key.get(key) for key in keys}


def _kind(media: XMedia | None) -> MediaKind:
    """A medium that X names and says nothing of is still on its way there."""
    if media is None or not media.type:
        return MediaKind.UNKNOWN
    return _KINDS.get(media.type, MediaKind.OTHER)


def _kinds(shown: Mapping[str, XMedia | None]) -> tuple[MediaKind, ...]:
    return tuple(dict.fromkeys(map(_kind, shown.values()))) or (MediaKind.TEXT,)


def _marks(shown: Mapping[str, XMedia | None]) -> Iterable[str]:
    """A film keeps its number when it is posted again as X's own "share video"; uploaded again it has another."""
    for key, media in shown.items():
        number = key.rpartition("_")[2]
        if number and _kind(media) in (MediaKind.VIDEO, MediaKind.GIF):
            yield f"media:{number}"


def _language(code: str) -> str:
    """X's code as the rest of the world writes it; "" for the codes that stand for no language."""
    if code in _NO_LANGUAGE or (len(code) == 3 and code.startswith("q")):
        return ""
    return _OLD_CODES.get(code, code)


def _answers_somebody_else(post: XPost) -> bool:
    if not (post.referenced("replied_to") or post.in_reply_to_user_id):
        return False
    return post.in_reply_to_user_id is None or post.in_reply_to_user_id != post.author_id
