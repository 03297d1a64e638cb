"""Posts as X gives them, turned into ours: links as people wrote them, plain characters, media by kind."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.address import addresses_in
from bot.domain.hashtag import hashtags_in, tagged_name
from bot.domain.post import DEEPEST, Author, MediaKind, OwnPost, SeenPost, Shown, ShownAs, ShownState
from bot.domain.post_address import PostAddress, announced_in, posts_among
from bot.domain.video import video_kinds, videos_in
from bot.platforms.x.entities import Entities, Includes, Media, Post, Url, User
from bot.platforms.x.ids import is_id, uri_of, url_of

_MEDIA_LINK = re.compile(r"https://(?:x|twitter)\.com/[^/]+/status/([0-9]+)/(?:photo|video)/[0-9]+")
_STATUS_LINK = re.compile(
    r"https?://(?:[a-z]+\.)?(?:x|twitter)\.com/(?:[^/]+|i/web)/status(?:es)?/([0-9]{1,19})(?:[/?#].*)?"
)
_REPEATED = re.compile(r"(?:^|\s)(?:RT|MT|QT|QRT|via)\s{0,3}:?\s{0,3}@(\w{1,15})", re.IGNORECASE | re.ASCII)
_SHORT_LINK = re.compile(r"https?://t\.co/\w+")
_KINDS = {"video": MediaKind.VIDEO, "animated_gif": MediaKind.GIF, "photo": MediaKind.IMAGE}
_OLD_CODES = {"in": "id", "iw": "he", "ji": "yi"}
_NO_LANGUAGE = frozenset({"und", "zxx", "art"})
_UNKNOWN = User(id="", username="")


def own_post(post: Post, username: str, read_at: datetime | None = None) -> OwnPost:
    """A post on our own timeline, as reconciling needs it; `read_at` is X's own time."""
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


def seen_post(post: Post, includes: Includes | None, deepest: int = DEEPEST) -> SeenPost:
    """Somebody's post. Where X left the author out (suspended, protected, or of an odd shape), nothing is known of what
    they wish: the handle is the account's number, nobody trusts it, and a person has to look.

    X gives the post that one quotes; of the one that this quotes in turn, and of those it links to, only the number.
    """
    users = (includes and includes.people) or ()
    author = next((user for user in users if user.id == post.author_id), _UNKNOWN)
    shown = _shown(post.media_keys, (includes and includes.shown) or ())
    addresses = _addresses(post)
    videos = (*videos_in(addresses), *_marks(shown))
    return SeenPost(
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
        lacks_alt=any(media is not None and not (media.alt_text or "").strip() for media in shown.values()),
        unclear=author is _UNKNOWN or bool(post.unread or author.unread),
        shows=tuple(_shown_by(post, author.username, includes, deepest)) if deepest else (),
    )


def _shown_by(post: Post, username: str, includes: Includes | None, deepest: int) -> Iterator[Shown]:
    """What a post shows of others: the post it quotes, posts it links to, and whose video it shares."""
    there = {one.id: one for one in (includes.referenced if includes else ())}
    numbers = {*post.versions}
    for number in filter(is_id, post.all_referenced("quoted")):
        numbers.add(number)
        yield _quoted(there.get(number), number, includes, deepest)
    links = dict.fromkeys(url.expanded_url or url.url or "" for url in _urls(post))
    known = posts_among(links)
    by_form = {link.address for link in known}
    known += [PostAddress(address) for address in announced_in(text_of(post)) if address not in by_form]
    for link in known:
        status = _STATUS_LINK.fullmatch(link.address)
        number = status[1] if status else ""
        if number in numbers or (link.author and link.author.casefold() == f"x:{username}".casefold()):
            continue
        numbers |= {number} - {""}
        uri = uri_of(number) if number else ""
        yield Shown(ShownAs.LINK, ShownState.UNREAD, uri, link.address, link.author, native_id=number)
    repeated = _REPEATED.search(text_of(post))
    if repeated and repeated[1].casefold() != username.casefold():
        yield Shown(ShownAs.WORDS, ShownState.UNREAD, named=f"x:{repeated[1]}")


def called_ones_own(post: SeenPost) -> dict[str, str]:
    """The links, by the number of the post they lead to, that bear the name of who posts them: X takes any name."""
    found = ((link, _STATUS_LINK.fullmatch(link.address)) for link in posts_among(addresses_in(post.text)))
    own = post.author.handle.casefold()
    return {
        status[1]: link.address
        for link, status in found
        if status and link.author.casefold() == own and status[1] != post.native_id
    }


def _quoted(quoted: Post | None, number: str, includes: Includes | None, deepest: int) -> Shown:
    """X leaves a quoted post out that was deleted, or whose author protects it."""
    if quoted is None:
        state = ShownState.GONE if deepest == DEEPEST else ShownState.UNREAD
        return Shown(ShownAs.QUOTE, state, uri_of(number), native_id=number)
    told = seen_post(quoted, includes, deepest - 1)
    return Shown(ShownAs.QUOTE, ShownState.READ, uri_of(number), told.url, native_id=number, post=told)


def edited_unseen(post: SeenPost, version: str) -> SeenPost:
    """The post marked as edited by a version X does not show, so that its fingerprint is not the approved one."""
    return replace(post, media_ids=(*post.media_ids, f"edited {version}"))


def text_of(post: Post) -> str:
    """The whole text with its own links, without HTML escapes and without the link X appends for media."""
    note = post.note
    text = (note.text if note else post.text) or ""
    links = {url.url: _written(url, post) for url in _urls(post) if url.url}
    plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").replace("\0", "\ufffd")
    return _SHORT_LINK.sub(lambda match: links.get(match.group(), match.group()), plain).rstrip()


def _written(url: Url, post: Post) -> str:
    """What stood where the short link is; nothing for the link to the post's own media."""
    expanded = url.expanded_url or url.url or ""
    own = _MEDIA_LINK.fullmatch(expanded)
    is_own_media = post.media_keys and own and own.group(1) in post.versions
    return "" if url.media_key or is_own_media else expanded


def _entities(post: Post) -> list[Entities]:
    note = post.note
    return [found for found in (post.entities, note and note.entities) if found]


def _urls(post: Post) -> Iterable[Url]:
    for entities in _entities(post):
        yield from entities.urls or ()


def _hashtags(post: Post) -> Iterable[str]:
    for entities in _entities(post):
        for found in entities.hashtags or ():
            if found.tag:
                yield found.tag


def _author(user: User, account_id: str) -> Author:
    return Author(
        handle=f"x:{user.username or account_id}",
        account_id=account_id,
        bio="\n".join(filter(None, (tagged_name(user.name), user.description))),
        locked=bool(user.protected),
        joined_at=user.joined_at,
        followers=user.followers,
    )


def _addresses(post: Post) -> tuple[str, ...]:
    """The links in the text as people wrote them, once each, without those to the post's own media."""
    return tuple(dict.fromkeys(written for url in _urls(post) if (written := _written(url, post))))


def _shown(keys: Sequence[str], media: Sequence[Media]) -> dict[str, Media | None]:
    """Each medium of a post by its key; None of which X said nothing more."""
    told = {item.media_key: item for item in media}
    return {key: told.get(key) for key in keys}


def _kind(media: Media | None) -> MediaKind:
    """A medium that X names and says nothing of is still on its way there."""
    if media is None or not media.type:
        return MediaKind.UNKNOWN
    return _KINDS.get(media.type, MediaKind.OTHER)


def _kinds(shown: Mapping[str, Media | None]) -> tuple[MediaKind, ...]:
    return tuple(dict.fromkeys(map(_kind, shown.values()))) or (MediaKind.TEXT,)


def _marks(shown: Mapping[str, Media | None]) -> Iterable[str]:
    """A film keeps its number when it is posted again as X's own "share video"; uploaded anew it has another."""
    for key, media in shown.items():
        number = key.rpartition("_")[2]
        if number and _kind(media) in (MediaKind.VIDEO, MediaKind.GIF):
            yield f"media:{number}"


def _language(code: str) -> str:
    """X's code as the rest of the world writes it; "" for the codes that stand for no language."""
    if code in _NO_LANGUAGE or (len(code) == 3 and code.startswith("q")):
        return ""
    return _OLD_CODES.get(code, code)


def _answers_somebody_else(post: Post) -> bool:
    if not (post.referenced("replied_to") or post.in_reply_to_user_id):
        return False
    return post.in_reply_to_user_id is None or post.in_reply_to_user_id != post.author_id
