"""Posts of our own that name somebody who asked to be left alone: none of them goes out as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from bot.domain.actor import By
from bot.domain.campaign import Account, PlatformName
from bot.domain.delivery import OUT, TO_BE_SENT, Delivery, Kind, State
from bot.domain.message import Content
from bot.domain.named import Named, named_in
from bot.errors import Refused, RefusedCode
from bot.services.events import EventName
from bot.services.work import Work, handle_keys_by, post_key_by
from bot.store import authors, control, deliveries, sightings
from bot.store import schema as t
from bot.store.control import AuditAction


def names_somebody(tx: Connection, instance_key: str, account: Account, content: Content, own_handle: str = "") -> bool:
    """Return whether a post on this account names somebody who asked to be left alone, or may be asking for it.

    `instance_key` is the store's. `own_handle` is the account's, where it is known: a name without a server is of the
    same one.
    """
    named = _named(account, content, own_handle)
    keys = _keys_of(instance_key, named)
    if sightings.forgotten_among(tx, keys):
        return True
    if named.posts:
        keys |= authors.authors_of_posts(tx, named.posts | keys)
    return bool(sightings.open_stop_requests_among(tx, keys))


def must_not_name(tx: Connection, work: Work, account: str, content: Content) -> None:
    """Raise Refused for words that would name somebody who asked to be left alone: nobody's yes overrides that."""
    if _names_somebody(tx, work, account, content):
        raise Refused(RefusedCode.NAMES_SOMEBODY)


def hold_back(tx: Connection, work: Work, claimed: Sequence[Delivery]) -> list[Delivery]:
    """Hold those of the posts that are about to leave which name somebody who asked to be left alone; return them."""
    held = [each for each in claimed if _names_somebody(tx, work, each.account, each.content)]
    return [each for each in held if _hold(tx, each)]


def tell_held(work: Work, held: Sequence[Delivery]) -> None:
    """Tell the team of each, without who it is."""
    for delivery in held:
        work.tell_of(delivery, EventName.NAMES_SOMEBODY, alarming=True, is_out=False)


def hold_all_naming(work: Work, keys: frozenset[str]) -> None:
    """Hold every post that waits and names who has one of these keys, or links to a post that has one, and tell the
    team of those that are out.

    They are looked for while others work; what names somebody and is planned meanwhile is held at the door.
    """
    ours = t.delivery.c.kind == Kind.POST, t.delivery.c.state.in_(OUT | TO_BE_SENT)
    with work.store.read() as tx:
        said = deliveries.contents(tx, *ours)
        naming = [number for number, account, content in said if _names(work, account, content, keys)]
    if not naming:
        return
    with work.store.begin() as tx:
        posts = [post for number in reversed(naming) if (post := deliveries.get(tx, number)) is not None]
        held = [each for each in posts if _names(work, each.account, each.content, keys) and _hold(tx, each)]
    tell_held(work, held)
    for delivery in posts:
        if delivery.state in OUT:
            work.tell_of(delivery, EventName.NAMES_SOMEBODY, alarming=True, is_out=True, url=delivery.url)


def release_naming(tx: Connection, work: Work, keys: frozenset[str], by: By) -> list[Delivery]:
    """Let those posts go that were held for naming whoever has one of these keys, who asks for nothing as a person has
    said; return them. What is too late by then is missed by its own rule.

    What names somebody else too stays held; so does what has other words since, and what its schedule holds as well:
    nobody has read it.
    """
    ours = t.delivery.c.kind == Kind.POST, t.delivery.c.state == State.HELD
    held = deliveries.listed(tx, *ours, t.delivery.c.error == deliveries.NAMES_SOMEBODY, lock=True)
    released = []
    for post in held:
        if not _names(work, post.account, post.content, keys) or _names_somebody(tx, work, post.account, post.content):
            continue
        if post.hold:
            deliveries.change(tx, post.id, [State.HELD], error=deliveries.HELD_BY_FILES)
        elif deliveries.step(tx, post.id, State.HELD, State.PLANNED, error=""):
            control.write_audit(tx, work.clock(), by, AuditAction.RELEASE, f"delivery {post.id}")
            released.append(replace(post, state=State.PLANNED, error=""))
    return released


def tell_released(work: Work, released: Sequence[Delivery]) -> None:
    """Tell the team of each post that is held no more."""
    for delivery in released:
        work.tell_of(delivery, EventName.HELD_NO_MORE)


def _hold(tx: Connection, delivery: Delivery) -> bool:
    return deliveries.step(tx, delivery.id, TO_BE_SENT, State.HELD, error=deliveries.NAMES_SOMEBODY)


def _names(work: Work, name: str, content: Content, keys: frozenset[str]) -> bool:
    account, own_handle = work.config.accounts.get(name), work.memory.handles.get(name, "")
    if account is None:
        return False
    return not keys.isdisjoint(_keys_of(work.store.instance_key, _named(account, content, own_handle)))


def _names_somebody(tx: Connection, work: Work, name: str, content: Content) -> bool:
    account = work.config.accounts.get(name)
    own_handle = work.memory.handles.get(name, "")
    return account is not None and names_somebody(tx, work.store.instance_key, account, content, own_handle)


def _named(account: Account, content: Content, own_handle: str) -> Named:
    server = own_handle.rpartition("@")[2] or account.server
    return named_in(content, server, is_on_x=account.platform == PlatformName.X)


def _keys_of(instance_key: str, named: Named) -> frozenset[str]:
    """Return the keys of whom a post names, and of the posts that it links to."""
    handles = (key for handle in named.handles for key in handle_keys_by(instance_key, handle))
    return frozenset([*handles, *(post_key_by(instance_key, uri) for uri in named.posts)])
