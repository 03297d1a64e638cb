"""Statuses in the words of this project: somebody's post, and a post of our own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial

from bot.domain.address import addresses_in
from bot.domain.hashtag import hashtags_in, tagged_name
from bot.domain.post import DEEPEST, Author, MediaKind, OwnPost, SeenPost
from bot.domain.text import digest
from bot.domain.video import video_kinds
from bot.hints import has_hidden
from bot.hosts import canonical_host
from bot.platforms.mastodon.entities import MOST_TAGS, Account, Attachment, Status, is_plain_name
from bot.platforms.mastodon.quotes import shown_by
from bot.platforms.mastodon.server import host_of
from bot.platforms.mastodon.videos import is_film, lacks_alt, look_of, videos_of
from bot.platforms.plaintext import plain_text, unescape

_KINDS = {
    "video": MediaKind.VIDEO,
    "gifv": MediaKind.GIF,
    "image": MediaKind.IMAGE,
    "audio": MediaKind.AUDIO,
}
_NOT_YET = frozenset({"unknown", "", None})
_WEB = ("https://", "http://")

LONGEST_TEXT = 30_000
"""Characters of a post, with its markup, that are read; some servers allow any number."""

MOST_OPTIONS = 20
LONGEST_OPTION = 500
LONGEST_BIO = 10_000
MOST_FIELDS = 50

LONGEST_ADDRESS = 2000
"""Bytes; no index of PostgreSQL takes entries of more than 2700."""


def seen_post(
    status: Status, domain: str, stand_in: str = "", *, view: str = "", deepest: int = DEEPEST
) -> SeenPost | None:
    """Somebody's post; `domain` completes the handles of accounts local to the server that was asked, `view` is its
    host; quotes of quotes are followed so far.

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
    videos = videos_of(status, addresses)
    kinds = tuple(dict.fromkeys(_kind(item) for item in media)) or (MediaKind.TEXT,)
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
        kinds=video_kinds(kinds, videos),
        media_ids=tuple(_lasting_id(item) for item in media),
        public=bool(own) and (status.visibility or "").strip().lower() == "public",
        sensitive=bool(status.sensitive),
        is_reply=_is_reply(status),
        reshared_by_us=bool(status.reblogged),
        videos=videos,
        links=len(addresses),
        lacks_alt=lacks_alt(media),
        unclear=status.is_unclear,
        view=view,
        media_looks=tuple(map(look_of, media)),
        poll=options_of(status.poll),
    )
    shown = shown_by(
        status, post, addresses, partial(seen_post, domain=domain, view=view, deepest=deepest - 1), deepest
    )
    return replace(post, shows=shown) if shown else post


def options_of(poll: object) -> tuple[str, ...]:
    """The answers of a poll, as far as they can be read."""
    told = poll.get("options") if isinstance(poll, dict) else None
    options = told if isinstance(told, list) else []
    titles = (one.get("title") for one in options[:MOST_OPTIONS] if isinstance(one, dict))
    return tuple(unescape(title[:LONGEST_OPTION]) for title in titles if isinstance(title, str))


def own_post(status: Status, text: str | None = None, read_at: datetime | None = None) -> OwnPost:
    """A post of ours; `text` where it is known as it was typed, else it is read from the HTML; `read_at` is the
    server's own time."""
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


def hashtags_of(status: Status) -> tuple[str, ...]:
    """Its hashtags, without the sign: those that its server names; out of its words where it names none at all, and
    those too where it writes other shapes than Mastodon, for one of its list may have been lost.
    """
    names = status.tag_names
    if names and not status.is_salvaged:
        return names
    return tuple(dict.fromkeys((*names, *hashtags_in(plain_text(_cut(status.content or ""))))))[:MOST_TAGS]


def handle(acct: str, domain: str) -> str:
    """Return "@user@host", the host in its one form; the API leaves it out for accounts of its own server."""
    user, _, host = acct.partition("@")
    return f"@{user}@{canonical_host(host or domain)}"


def _text(status: Status) -> str:
    """The content warning is part of it, since changing that is an edit like any other."""
    return "\n\n".join(filter(None, (_cut(status.spoiler_text or ""), plain_text(_cut(status.content or "")))))


def _cut(written: str) -> str:
    """What nobody would read to its end stands for itself by its checksum there, so that no edit goes unnoticed."""
    text = written.replace("\0", "\ufffd")
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]} … {digest(text)[:16]}"


def _author(account: Account, domain: str) -> Author:
    return Author(
        handle(account.acct, domain),
        str(account.id),
        _bio(account),
        locked=bool(account.locked),
        joined_at=account.joined_at,
        followers=account.followers_count,
        shy=_is_shy(account),
    )


def _is_shy(account: Account) -> bool:
    """`indexable` alone tells nothing: Mastodon has it false until its owner asks for it."""
    return account.noindex is True or (account.discoverable is False and account.indexable is not True)


def _bio(account: Account) -> str:
    """The biography with the profile's fields, and a name with a hashtag in it: people write #nobot there too."""
    lines = [plain_text((account.note or "")[:LONGEST_BIO])]
    lines += [f"{field.name}: {plain_text(field.value or '')}" for field in (account.fields or ())[:MOST_FIELDS]]
    lines.insert(0, tagged_name(account.display_name))
    return "\n".join(filter(None, lines))[:LONGEST_BIO]


def _kind(item: Attachment) -> MediaKind:
    """Of what a server has not fetched yet, or cannot tell, nobody knows what it is."""
    if item.type in _NOT_YET:
        return MediaKind.UNKNOWN
    kind = _KINDS.get(item.type or "", MediaKind.OTHER)
    return MediaKind.SILENT_VIDEO if kind is MediaKind.GIF and is_film(item) else kind


def _lasting_id(item: Attachment) -> str:
    """What names the file wherever it is seen: the id is another one on every server."""
    return item.remote_url or item.url or str(item.id or "")


def _is_reply(status: Status) -> bool:
    """A reply to oneself is a thread, not a reply."""
    answered = status.in_reply_to_account_id
    if not answered or answered == "0":  # databases count from 1, and some servers write 0 for nobody
        return bool(status.in_reply_to_id) and status.in_reply_to_id != "0"
    return str(answered) != str(status.account.id)


def web_address(written: str | None) -> str:
    """The address if it is one for browsers; a server could send any other scheme, or what no database takes."""
    if not written or not written.startswith(_WEB) or len(written.encode()) > LONGEST_ADDRESS:
        return ""
    is_plain = " " not in written and not has_hidden(written)
    return written if is_plain and host_of(written) else ""
