"""Mastodon's statuses in our words: whose they are, what they show, and whose posts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial

import msgspec

from bot.domain.addresses import (
    PostAddress,
    addresses_in,
    announced_in,
    plain_address,
    post_address,
    posts_among,
    video_kinds,
    videos_in,
)
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
    changed,
)
from bot.domain.text import digest, hashtags_in, tagged_name
from bot.hosts import canonical_host, handle_key
from bot.platforms.html_text import plain_text, unescape
from bot.platforms.http_client import decoded
from bot.platforms.mastodon.entities import (
    MOST_TAGS,
    AccountEntity,
    AttachmentEntity,
    StatusEntity,
    is_plain_id,
    is_plain_name,
    status_in,
    web_address,
)

_MOST_VIDEOS = 10**9
"""Pixels or seconds; more was made up, and Python could not even write it as a fraction."""

_MOVING = frozenset({"video", "gifv"})

LONGEST_GIF = 5.0
"""Seconds; a moving picture without sound that is as long as this may be a film of somebody who had to keep quiet."""

_CLOCK = re.compile(r"(?:([0-9]{1,4}):)?([0-9]{1,4}):([0-9]{1,2}(?:\.[0-9]{1,6})?)")
_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,6})?")


def videos_of(status: StatusEntity, addresses: Sequence[str]) -> tuple[str, ...]:
    """Return the names of all of them, those of links first; `addresses` are those that it leads to."""
    return tuple(dict.fromkeys((*videos_in(addresses), *_files(status.files))))


def is_film(item: AttachmentEntity) -> bool:
    """Return whether what a server takes for a GIF may be a silent film: by its length, or where nobody tells that."""
    length = _length_of(item)
    return length is None or length >= LONGEST_GIF


def look_of(item: AttachmentEntity) -> str:
    """Return what a file looks like, the same on servers that keep it under an address of their own; "" where too
    little is told."""
    if not isinstance(item.blurhash, str):
        return ""
    original = _original(item)
    sizes = [original.get(name) for name in ("width", "height")]
    if not all(_is_number(number) for number in sizes):
        return ""
    if item.type not in _MOVING:
        return f"still:{digest(item.blurhash, *map(_plain, sizes))[:20]}"
    length = _length_of(item)
    return "" if length is None else f"moving:{digest(item.blurhash, *map(_plain, (*sizes, length)))[:20]}"


def _original(item: AttachmentEntity) -> dict[str, object]:
    original = item.meta.get("original") if isinstance(item.meta, dict) else None
    return original if isinstance(original, dict) else {}


def _length_of(item: AttachmentEntity) -> float | None:
    """Return the length in seconds; None where no server told it, or told none that can be."""
    meta = item.meta if isinstance(item.meta, dict) else {}
    if not meta:
        return None
    lengths = [part.get(name) for part in (_original(item), meta) for name in ("duration", "length")]
    return next((length for value in lengths if (length := _seconds(value)) is not None), None)


def _seconds(value: object) -> float | None:
    if isinstance(value, str) and (clock := _CLOCK.fullmatch(value)):
        hours, minutes, seconds = clock.groups(default="0")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    if isinstance(value, str) and _SECONDS.fullmatch(value):
        value = float(value)
    return float(value) if isinstance(value, int | float) and _is_number(value) else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < _MOST_VIDEOS


def _preview(card: object) -> Iterator[str]:
    """Yield the addresses of a link's preview: short links are followed by the server that makes it."""
    if isinstance(card, dict):
        for name in ("url", "embed_url"):
            if isinstance(address := card.get(name), str):
                yield address


def _files(media: Iterable[AttachmentEntity]) -> Iterator[str]:
    """Yield what names a file. One that is posted again has the same picture, size and length, to the millisecond; no
    server gives more."""
    for item in media:
        original = item.meta.get("original") if isinstance(item.meta, dict) else None
        if item.type not in _MOVING or not isinstance(original, dict) or not isinstance(item.blurhash, str):
            continue
        figures = [original.get(name) for name in ("width", "height", "duration")]
        if all(isinstance(figure, int | float) and 0 < figure < _MOST_VIDEOS for figure in figures):
            yield f"media:{digest(item.blurhash, *map(_plain, figures))}"


def _plain(number: object) -> str:
    return f"{number:.3f}" if isinstance(number, int | float) else ""


Described = Callable[[StatusEntity], SeenPost | None]
"""Makes somebody's post of a status."""

_STATES = {
    "accepted": ShownState.READ,
    "pending": ShownState.PENDING,
    "rejected": ShownState.GONE,
    "revoked": ShownState.GONE,
    "deleted": ShownState.GONE,
    "unauthorized": ShownState.GONE,
    "blocked_account": ShownState.GONE,
    "blocked_domain": ShownState.GONE,
}
"""By the words of Mastodon; of what was taken back, deleted or blocked nothing is shown. A post of an account that we
muted is shown to everybody else."""

_MOST_QUOTES = 20
_REPEATED = re.compile(
    r"(?:^|\s)(?:RT|MT|QT|QRT|RE|via|♲|♻️?)\s{0,3}:?\s{0,3}@(?P<name>[\w.-]{1,100}\w)(?:@(?P<host>[\w.-]{1,255}\w))?",
    re.IGNORECASE,
)
_ANY = msgspec.json.Decoder(object)
_NOTHING = msgspec.Raw(b"null")


class _Quote(msgspec.Struct):
    """Mastodon's Quote and ShallowQuote; the ids and addresses are other servers'."""

    state: object = None
    quoted_status: msgspec.Raw = msgspec.Raw(b"null")
    quoted_status_id: object = None
    id: object = None
    uri: object = None
    url: object = None


class _Pleroma(msgspec.Struct):
    quote: msgspec.Raw = msgspec.Raw(b"null")
    quote_id: object = None
    quote_url: object = None


_QUOTE, _PLEROMA = msgspec.json.Decoder(_Quote), msgspec.json.Decoder(_Pleroma)


def may_quote(status: StatusEntity) -> bool:
    """Return whether a status holds another one, whose author's handle may have to be completed."""
    return status.quote != _NOTHING or status.quoted_status != _NOTHING or status.pleroma != _NOTHING


def shown_by(
    status: StatusEntity, post: SeenPost, addresses: Sequence[str], describe: Described, deepest: int = DEEPEST
) -> tuple[Shown, ...]:
    """Return what a status shows of others; `post` is the status as ours, without that, `addresses` are those that it
    leads to. What it says of its own author in links and words is left out."""
    shown_posts = _quotes(status, describe) if deepest and _names_quote(status) else []
    links = posts_among(addresses)
    if announced := announced_in(post.text):
        by_form = {link.address for link in links}
        links += [PostAddress(address) for address in announced if address not in by_form]
    if not shown_posts and not links and "@" not in post.text:  # as in most posts
        return ()
    addresses_shown = {
        plain_address(address)
        for address in (post.uri, post.url, *(each for shown in shown_posts for each in shown.addresses))
    }
    named_by = (post_address(address) for address in (post.uri, post.url))
    own = {
        handle_key(post.author.handle),
        *(handle_key(address.author) for address in named_by if address and address.author),
    }
    for link in links:
        if plain_address(link.address) in addresses_shown or (link.author and handle_key(link.author) in own):
            continue
        shown_posts.append(Shown(ShownAs.LINK, ShownState.UNREAD, url=link.address, named=link.author))
    shown_posts += _repeated(post, shown_posts, status.mentions or [])
    return tuple(shown_posts[:_MOST_QUOTES])


def _names_quote(status: StatusEntity) -> bool:
    """Return whether it holds another status, or says where one is."""
    where = status.quote_id, status.quoted_status_id, status.quote_url, status.quote_uri
    return may_quote(status) or any(where)


def _quotes(status: StatusEntity, describe: Described) -> list[Shown]:
    pleroma, is_there = _Pleroma(), may_quote(status)
    if is_there:
        pleroma = decoded(status.pleroma, _PLEROMA) or pleroma
        fields = (status.quote, status.quoted_status, pleroma.quote)
        if shown_posts := [shown for raw in fields for shown in _of_quote(raw, describe)]:
            return list(_each_once(shown_posts))
    number = status.quote_id or status.quoted_status_id or pleroma.quote_id
    address = next(filter(_is_web, (status.quote_url, status.quote_uri, pleroma.quote_url)), "")
    if number or address:
        return [Shown(ShownAs.QUOTE, ShownState.UNREAD, url=str(address), native_id=_id(number))]
    return [Shown(ShownAs.QUOTE, ShownState.UNREAD)] if is_there and _says_something(status.quote) else []


def _of_quote(raw: msgspec.Raw, describe: Described) -> list[Shown]:
    """Return a quote in whichever shape; an empty list for what says nothing by itself."""
    quote = decoded(raw, _QUOTE)
    if quote is None:
        return []
    state = _STATES.get(str(quote.state), ShownState.READ)
    status = status_in(quote.quoted_status) or status_in(raw)
    post = describe(status) if status else None
    if state in {ShownState.GONE, ShownState.PENDING}:  # nothing of it is shown to anybody yet, or any more
        named = post.author.handle if post else ""
        return [Shown(ShownAs.QUOTE, state, named=named, native_id=_id(quote.quoted_status_id))]
    if post is not None:
        return [Shown(ShownAs.QUOTE, ShownState.READ, post.uri, post.url, native_id=post.native_id, post=post)]
    number = _id(quote.quoted_status_id) or (_id(quote.id) if quote.state is None else "")
    addresses = [str(value) for value in (quote.uri, quote.url) if _is_web(value)]
    if not number and not addresses and quote.state is None:
        return []
    return [Shown(ShownAs.QUOTE, ShownState.UNREAD, url=(addresses or [""])[0], native_id=number)]


def _each_once(shown_posts: Sequence[Shown]) -> Iterator[Shown]:
    named: set[str] = set()
    for shown in shown_posts:
        if not shown.addresses or named.isdisjoint(shown.addresses):
            named.update(shown.addresses)
            yield shown


def _says_something(raw: msgspec.Raw) -> bool:
    """Return whether a field that should hold a quote holds anything, in whichever shape."""
    return bool(decoded(raw, _ANY))


def _repeated(post: SeenPost, shown_posts: Sequence[Shown], mentions: Sequence[object]) -> Iterator[Shown]:
    """Yield whose words stand in the text, by its own account; once each, and not who is quoted anyway."""
    handles = [mention.get("acct") for mention in mentions[:_MOST_QUOTES] if isinstance(mention, dict)]
    full = {acct.partition("@")[0].casefold(): f"@{acct}" for acct in handles if isinstance(acct, str) and "@" in acct}
    handle_keys = {handle_key(shown.handle) for shown in shown_posts} | {handle_key(post.author.handle)}
    home = post.author.handle.rpartition("@")[2]
    for match in _REPEATED.finditer(post.text):
        named = f"@{match['name']}@{match['host'] or home}"
        full_handle = named if match["host"] else full.get(match["name"].casefold(), named)
        if handle_key(full_handle) not in handle_keys and is_plain_name(full_handle):
            handle_keys.add(handle_key(full_handle))
            yield Shown(ShownAs.WORDS, ShownState.UNREAD, named=full_handle)


def _is_web(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("https://", "http://")) and is_plain_name(value)


def _id(value: object) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) and is_plain_id(value) else ""


_KINDS = {
    "video": MediaKind.VIDEO,
    "gifv": MediaKind.GIF,
    "image": MediaKind.IMAGE,
    "audio": MediaKind.AUDIO,
}
_NOT_YET = frozenset({"unknown", "", None})

LONGEST_TEXT = 30_000
"""Characters of a post, with its markup, that are read; some servers allow any number."""

MOST_OPTIONS = 20
LONGEST_OPTION = 500
LONGEST_BIO = 10_000
MOST_FIELDS = 50


def seen_post(
    status: StatusEntity,
    domain: str,
    stand_in: str = "",
    *,
    view: str = "",
    deepest: int = DEEPEST,
    answers_us: bool | None = None,
    with_files: bool = True,
) -> SeenPost | None:
    """Return somebody's post; `domain` completes the handles of accounts local to the server that was asked, `view` is
    its host; quotes of quotes are followed so far. `answers_us` says whether it is a reply to a post of ours. A post
    that is only stored does without the addresses of its files (`with_files`).

    None for a post without a web address of its own, or of nobody that can be named: it could be neither recognised nor
    fetched again. With `stand_in` as its address it can only be heeded, and counts as not public.
    """
    own = web_address(status.uri) or web_address(status.url)
    uri = own or stand_in
    if not uri or not is_plain_name(status.account.acct):
        return None
    media = status.files
    text = _text(status)
    addresses = addresses_in(text)
    leads_to = (*addresses, *_preview(status.card))
    videos = videos_of(status, leads_to)
    kinds, alts = [_kind(item) for item in media], [_alt(item) for item in media]
    post = SeenPost(
        platform="mastodon",
        uri=uri,
        url=web_address(status.url) or uri,
        native_id=str(status.id),
        author=_author(status.account, domain),
        text=text,
        created_at=status.created,
        hashtags=hashtags_of(status),
        language=status.language or "",
        kinds=video_kinds(dict.fromkeys(kinds) or (MediaKind.TEXT,), videos),
        media_ids=tuple([_lasting_id(item) for item in media]),
        public=bool(own) and (status.visibility or "").strip().lower() == "public",
        sensitive=bool(status.sensitive),
        is_reply=_is_reply(status),
        reshared_by_us=bool(status.reblogged),
        videos=videos,
        links=len(addresses),
        lacks_alt="" in alts,
        alts=tuple(filter(None, alts)),
        files=tuple(_media_files(media, kinds, alts)) if with_files else (),
        unclear=status.is_unclear,
        answers_us=answers_us,
        view=view,
        media_looks=tuple(map(look_of, media)),
        poll=options_of(status.poll),
    )
    describe = partial(seen_post, domain=domain, view=view, deepest=deepest - 1, with_files=with_files)
    shown = shown_by(status, post, leads_to, describe, deepest)
    return changed(post, shows=shown) if shown else post


def _media_files(
    media: Iterable[AttachmentEntity], kinds: Iterable[MediaKind], alts: Iterable[str]
) -> Iterator[MediaFile]:
    """Yield each file that the server keeps at an address of its own, or has from elsewhere."""
    for item, kind, alt in zip(media, kinds, alts, strict=True):
        if address := web_address(item.url) or web_address(item.remote_url):
            yield MediaFile(kind, address, _length_of(item), alt)


def _alt(item: AttachmentEntity) -> str:
    """Return the alternative text of a file, "" where it has none."""
    return item.description.strip()[:LONGEST_ALT] if isinstance(item.description, str) else ""


def options_of(poll: object) -> tuple[str, ...]:
    """Return the answers of a poll, as far as they can be read."""
    if not isinstance(poll, dict):  # as of most
        return ()
    value = poll.get("options")
    options = value if isinstance(value, list) else []
    titles = (option.get("title") for option in options[:MOST_OPTIONS] if isinstance(option, dict))
    return tuple(unescape(title[:LONGEST_OPTION]) for title in titles if isinstance(title, str))


def own_post(status: StatusEntity, text: str | None = None, read_at: datetime | None = None) -> OwnPost:
    """Return a status of ours as an own post; `text` where it is known as it was typed, else it is read from the HTML;
    `read_at` is the server's own time."""
    reblog = status.reblog
    if text is None:
        text = "" if reblog else plain_text(status.content or "")
    return OwnPost(
        post_id=str(status.id),
        url=web_address(status.url) or web_address(status.uri),
        text=text,
        created_at=status.created,
        media_count=len(status.media_attachments or []),
        reply_to="" if status.in_reply_to_id == "0" else str(status.in_reply_to_id or ""),
        reshare_of=reblog.address if reblog else "",
        age=read_at - status.created if read_at else None,
    )


def hashtags_of(status: StatusEntity) -> tuple[str, ...]:
    """Return its hashtags, without the sign: those that its server names; out of its words where it names none at all,
    and those too where it writes other shapes than Mastodon, for one of its list may have been lost."""
    names = status.tag_names
    if names and not status.is_salvaged:
        return names
    return tuple(dict.fromkeys((*names, *hashtags_in(plain_text(_cut(status.content or ""))))))[:MOST_TAGS]


def handle(acct: str, domain: str) -> str:
    """Return the handle "@user@host", its host in the one form; the API leaves the host out for accounts of its own
    server."""
    user, _, host = acct.partition("@")
    return f"@{user}@{canonical_host(host or domain)}"


def _text(status: StatusEntity) -> str:
    """Return the text with its content warning, since changing that is an edit like any other."""
    text = plain_text(_cut(status.content or ""))
    return "\n\n".join(filter(None, (_cut(status.spoiler_text), text))) if status.spoiler_text else text


def _cut(written: str) -> str:
    """Return a text with a checksum in place of what nobody would read to its end, so that no edit goes unnoticed."""
    text = written.replace("\0", "\ufffd")
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]} … {digest(text)[:16]}"


def _author(account: AccountEntity, domain: str) -> Author:
    return Author(
        handle(account.acct, domain),
        str(account.id),
        _bio(account),
        locked=bool(account.locked),
        joined_at=account.joined_at,
        followers=account.followers_count,
        shy=_is_shy(account),
    )


def _is_shy(account: AccountEntity) -> bool:
    """Return whether its owner wants not to be found. `indexable` alone tells nothing: Mastodon has it false until its
    owner asks for it."""
    return account.noindex is True or (account.discoverable is False and account.indexable is not True)


def _bio(account: AccountEntity) -> str:
    """Return the biography with the profile's fields, and a name with a hashtag in it: people write #nobot
    there too."""
    lines = [tagged_name(account.display_name), plain_text((account.note or "")[:LONGEST_BIO])]
    lines += [f"{field.name}: {plain_text(field.value or '')}" for field in (account.fields or ())[:MOST_FIELDS]]
    return "\n".join(filter(None, lines))[:LONGEST_BIO]


def _kind(item: AttachmentEntity) -> MediaKind:
    """Return the kind of a file; a server may not have fetched it yet, or cannot tell."""
    if item.type in _NOT_YET:
        return MediaKind.UNKNOWN
    kind = _KINDS.get(item.type or "", MediaKind.OTHER)
    return MediaKind.SILENT_VIDEO if kind is MediaKind.GIF and is_film(item) else kind


def _lasting_id(item: AttachmentEntity) -> str:
    """Return what names the file wherever it is seen: the id is another one on every server."""
    return item.remote_url or item.url or str(item.id or "")


def _is_reply(status: StatusEntity) -> bool:
    """Return whether it answers somebody else: a reply to oneself is a thread."""
    answered = status.in_reply_to_account_id
    if not answered or answered == "0":  # databases count from 1, and some servers write 0 for nobody
        return bool(status.in_reply_to_id) and status.in_reply_to_id != "0"
    return str(answered) != str(status.account.id)
