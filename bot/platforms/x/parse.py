"""X's posts in our words: whose they are, what they show, links as people wrote them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.addresses import PostAddress, addresses_in, announced_in, posts_among, video_kinds, videos_in
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
from bot.platforms.x.entities import Entities, Includes, Url, XMedia, XPost, XUser, is_id, uri_of, url_of

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
    """Return a post of our own timeline in the form that reconciling needs; `read_at` is X's own time."""
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
"""How many posts that one shows are looked up by their numbers: whoever means harm could show a hundred."""


def seen_post(post: XPost, includes: Includes | None, deepest: int = DEEPEST, *, is_shown: bool = False) -> SeenPost:
    """Return somebody's post. Where X left the author out (suspended, protected, or of an odd shape), nothing is known
    of what they wish: the handle is the account's number, nobody trusts it, and a person has to look.

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
    """Return the post that another one quotes. X leaves one out that was deleted, or whose author protects it."""
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
    """Return the kind of a file; one that X names and says nothing of is still on its way there."""
    if media is None or not media.type:
        return MediaKind.UNKNOWN
    return _KINDS.get(media.type, MediaKind.OTHER)


def _kinds(shown: Mapping[str, XMedia | None]) -> tuple[MediaKind, ...]:
    return tuple(dict.fromkeys(map(_kind, shown.values()))) or (MediaKind.TEXT,)


def _marks(shown: Mapping[str, XMedia | None]) -> Iterable[str]:
    """Yield what a film is known by. It keeps its number when it is posted again as X's own "share video"; uploaded
    again it has another."""
    for key, media in shown.items():
        number = key.rpartition("_")[2]
        if number and _kind(media) in (MediaKind.VIDEO, MediaKind.GIF):
            yield f"media:{number}"


def _language(code: str) -> str:
    """Return X's code of a language as the rest of the world writes it; "" for the codes that stand for no language."""
    if code in _NO_LANGUAGE or (len(code) == 3 and code.startswith("q")):
        return ""
    return _OLD_CODES.get(code, code)


def _answers_somebody_else(post: XPost) -> bool:
    if not (post.referenced("replied_to") or post.in_reply_to_user_id):
        return False
    return post.in_reply_to_user_id is None or post.in_reply_to_user_id != post.author_id
