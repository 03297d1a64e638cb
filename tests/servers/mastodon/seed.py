"""What is there before the test begins: accounts, their posts, and what later becomes of them."""

import secrets
from datetime import UTC, datetime
from typing import Any

from mastodon_mock.db.models import Account, MediaAttachment, OAuthToken, Status
from mastodon_mock.serializers.common import account_acct
from mastodon_mock.services import add_notification, attach_mentions_and_tags, do_follow
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.servers.mastodon import rows, streams
from tests.servers.mastodon.entities import status_addresses
from tests.servers.mastodon.world import World

_SCOPES = ["read", "write", "follow", "push"]
_COLUMNS = frozenset(Account.__table__.columns.keys()) - {"id"}
_OF_THE_AUTHOR = frozenset({"bot", "note", "locked", "discoverable", "indexable", "display_name"})
_OF_THE_POST = frozenset({"account", "text", "content", "media", "visibility", "language", "in_reply_to", "known"}) | {
    *("sensitive", "spoiler_text", "created_at", "uri", "url", "quotes", "quote_state", "more")
}
_SHOWN_ONLY = frozenset({"followers_count", "following_count", "statuses_count", "last_status_at"})


def add_account(world: World, db: Session, wishes: dict[str, Any]) -> dict[str, str]:
    """A local account with a token, or a remote one, `user@host`, without."""
    username, _, host = wishes.pop("username").partition("@")
    account = Account(username=username, domain=host or None, display_name=username, discoverable=True, fields=[])
    db.add(account)
    db.flush()
    change_account(world, db, account, wishes)
    token = "" if host else add_token(db, account)
    db.commit()
    acct = account_acct(username, host or None)
    return {"id": world.public_id(account.id), "username": username, "acct": acct, "access_token": token}


def add_token(db: Session, account: Account) -> str:
    """One more token of an account, beside those it has."""
    token = secrets.token_urlsafe(16)
    db.add(OAuthToken(access_token=token, account_id=account.id, scopes=_SCOPES))
    db.commit()
    return token


def change_account(world: World, db: Session, account: Account, wishes: dict[str, Any]) -> None:
    """Raises ValueError for a field accounts do not have."""
    for name, value in wishes.items():
        if name in _COLUMNS:
            setattr(account, name, _instant(value) if name == "created_at" else value)
        elif name in _SHOWN_ONLY:
            world.memory.accounts.setdefault(account.id, {})[name] = value
        else:
            raise ValueError(f"no such field of an account: {name}")
    db.commit()


def account_named(world: World, db: Session, name: str) -> Account:
    """By id, username or `user@host`; a remote account nobody mentioned before comes into being."""
    if (number := world.number(name)) is not None and (account := db.get(Account, number)) is not None:
        return account
    username, _, host = name.partition("@")
    found = db.scalar(select(Account).where(Account.username == username, Account.domain == (host or None)))
    if found is None and host:
        add_account(world, db, {"username": name})
        return account_named(world, db, name)
    if found is None:
        raise ValueError(f"no such account: {name}")
    return found


def add_status(world: World, db: Session, wishes: dict[str, Any]) -> dict[str, str]:
    """A post that is simply there: no request, no entry in the ledger. With `known` false it waits to be fetched."""
    author = account_named(world, db, wishes["account"])
    if unknown := wishes.keys() - _OF_THE_POST - _OF_THE_AUTHOR:
        raise ValueError(f"no such field of a post: {', '.join(sorted(unknown))}")
    change_account(world, db, author, {name: wishes[name] for name in wishes.keys() & _OF_THE_AUTHOR})
    if not wishes.pop("known", True):
        uri = wishes["uri"]
        for address in {uri, wishes.get("url") or uri}:
            world.memory.elsewhere[address] = wishes
        return {"id": "", "uri": uri, "url": wishes.get("url") or uri}
    status = _new_status(world, db, author, wishes)
    world.remember(status, wishes.get("uri") or "", wishes.get("url") or "")
    world.memory.facts[status.id].quotes = status.quoted_status_id or 0
    world.memory.facts[status.id].more = wishes.get("more") or {}
    streams.announce(world, db, status)
    uri, url = status_addresses(world, status.id, account_acct(author.username, author.domain))
    return {"id": world.public_id(status.id), "uri": uri, "url": url}


def fetch(world: World, db: Session, address: str) -> Status:
    """A post from elsewhere arrives here because somebody asked for it by its address."""
    wishes = world.memory.elsewhere[address]
    world.memory.elsewhere = {key: other for key, other in world.memory.elsewhere.items() if other is not wishes}
    return db.get_one(Status, world.number(add_status(world, db, wishes)["id"]))


def _new_status(world: World, db: Session, author: Account, wishes: dict[str, Any]) -> Status:
    created_at = _instant(wishes["created_at"]) if wishes.get("created_at") else world.clock.now()
    text = wishes.get("text") or ""
    parent = db.get(Status, world.number(wishes.get("in_reply_to")) or 0)
    status = Status(
        id=world.mint.at(created_at),
        account_id=author.id,
        text=text,
        content=wishes.get("content") or world.rendered(text),
        created_at=created_at,
        in_reply_to_id=parent.id if parent else None,
        in_reply_to_account_id=parent.account_id if parent else None,
        sensitive=bool(wishes.get("sensitive")),
        spoiler_text=wishes.get("spoiler_text") or "",
        visibility=wishes.get("visibility") or "public",
        language=wishes.get("language"),
        quoted_status_id=world.number(wishes.get("quotes")),
        quote_state=wishes.get("quote_state") or "accepted",
        edit_history=[],
    )
    db.add(status)
    db.flush()
    _attach(world, db, status, wishes.get("media") or [])
    mentioned = {one.id for one in attach_mentions_and_tags(db, status.id, author.id, text)}
    for recipient in mentioned:
        add_notification(db, recipient_id=recipient, from_account_id=author.id, type_="mention", status_id=status.id)
    quoted = db.get(Status, status.quoted_status_id or 0)
    if quoted is not None and quoted.account_id not in mentioned:
        add_notification(
            db, recipient_id=quoted.account_id, from_account_id=author.id, type_="quote", status_id=status.id
        )
    db.commit()
    return status


def _attach(world: World, db: Session, status: Status, media: list[dict[str, Any]]) -> None:
    for number, item in enumerate(media):
        url = item.get("url") or f"{world.base}/media/attachments/{status.id}-{number}"
        row = MediaAttachment(account_id=status.account_id, status_id=status.id, url=url, preview_url=url, meta={})
        row.type, row.description = item["type"], item.get("description")
        row.meta, row.blurhash = item.get("meta") or {}, item.get("blurhash")
        db.add(row)


def change_status(world: World, db: Session, status: Status, wishes: dict[str, Any]) -> None:
    """An edit by the author when `text`, `media` or `quotes` is given; the others change without one."""
    status.visibility = wishes.get("visibility") or status.visibility
    status.quote_state = wishes.get("quote_state") or status.quote_state
    facts = world.memory.facts[status.id]
    facts.more |= wishes.get("more") or {}
    if "quotes" in wishes:
        status.quoted_status_id = world.number(wishes["quotes"])
        facts.quotes = status.quoted_status_id or 0
    if "media" in wishes:
        for row in db.scalars(select(MediaAttachment).where(MediaAttachment.status_id == status.id)):
            db.delete(row)
        _attach(world, db, status, wishes["media"])
    if "text" in wishes:
        status.text, status.content = wishes["text"], world.rendered(wishes["text"])
    if wishes.keys() & {"text", "media", "quotes"}:
        for boost in db.scalars(select(Status).where(Status.reblog_of_id == status.id)).all():
            who = {"recipient_id": boost.account_id, "from_account_id": status.account_id}
            add_notification(db, **who, type_="update", status_id=status.id)
        status.edited_at = _instant(wishes["edited_at"]) if wishes.get("edited_at") else world.clock.now()
    db.commit()
    rows.retag(world, db, status)


def follow(world: World, db: Session, follower: str, followed: str) -> None:
    do_follow(db, account_named(world, db, follower), account_named(world, db, followed))
    db.commit()


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
