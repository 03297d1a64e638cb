"""Statuses in the words of this project: somebody's post, and a post of our own."""

from __future__ import annotations

from datetime import datetime

from bot.domain.post import Author, MediaKind, OwnPost, SeenPost
from bot.platforms.mastodon.entities import Account, Attachment, Status
from bot.platforms.plaintext import plain_text

_KINDS = {
    "video": MediaKind.VIDEO,
    "gifv": MediaKind.GIF,
    "image": MediaKind.IMAGE,
    "audio": MediaKind.AUDIO,
}
_WEB = ("https://", "http://")


def seen_post(status: Status, domain: str) -> SeenPost | None:
    """Somebody's post; `domain` completes the handles of accounts local to the server that was asked.

    None for a post without a web address of its own: it could be neither recognised nor fetched again.
    """
    uri = _web(status.uri) or _web(status.url)
    if not uri:
        return None
    media = status.media_attachments or []
    return SeenPost(
        platform="mastodon",
        uri=uri,
        url=_web(status.url) or uri,
        native_id=str(status.id),
        author=_author(status.account, domain),
        text=_text(status),
        created_at=status.created,
        hashtags=tuple(tag.name for tag in status.tags or () if tag.name),
        language=status.language or "",
        kinds=tuple(dict.fromkeys(_kind(item) for item in media)) or (MediaKind.TEXT,),
        media_ids=tuple(_lasting_id(item) for item in media),
        public=status.visibility == "public",
        sensitive=bool(status.sensitive),
        is_reply=_is_reply(status),
        reshared_by_us=bool(status.reblogged),
    )


def own_post(status: Status, text: str | None = None, read_at: datetime | None = None) -> OwnPost:
    """A post of ours; `text` where it is known as it was typed, else it is read from the HTML; `read_at` is the
    server's own time."""
    reblog = status.reblog
    if text is None:
        text = "" if reblog else plain_text(status.content or "")
    return OwnPost(
        post_id=str(status.id),
        url=_web(status.url) or _web(status.uri),
        text=text,
        created_at=status.created,
        media_count=len(status.media_attachments or []),
        reply_to=str(status.in_reply_to_id or ""),
        reshare_of=reblog.address if reblog else "",
        age=read_at - status.created if read_at else None,
    )


def handle(acct: str, domain: str) -> str:
    """ "@user@host"; the API leaves the host out for accounts of the server that was asked."""
    return f"@{acct}" if "@" in acct else f"@{acct}@{domain}"


def _text(status: Status) -> str:
    """The content warning is part of it, since changing that is an edit like any other."""
    return "\n\n".join(filter(None, (status.spoiler_text, plain_text(status.content or ""))))


def _author(account: Account, domain: str) -> Author:
    return Author(handle(account.acct, domain), str(account.id), _bio(account), locked=bool(account.locked))


def _bio(account: Account) -> str:
    """The biography with the profile's fields, where people write #nobot too."""
    lines = [plain_text(account.note or "")]
    lines += [f"{field.name}: {plain_text(field.value or '')}" for field in account.fields or ()]
    return "\n".join(filter(None, lines))


def _kind(item: Attachment) -> MediaKind:
    return _KINDS.get(item.type or "", MediaKind.OTHER)


def _lasting_id(item: Attachment) -> str:
    """What names the file wherever it is seen: the id is another one on every server."""
    return item.remote_url or item.url or str(item.id or "")


def _is_reply(status: Status) -> bool:
    """A reply to oneself is a thread, not a reply."""
    answered = status.in_reply_to_account_id
    if answered is None:
        return status.in_reply_to_id is not None
    return str(answered) != str(status.account.id)


def _web(address: str | None) -> str:
    """The address if it is one for browsers; a server could send any other scheme."""
    return address if address and address.startswith(_WEB) else ""
