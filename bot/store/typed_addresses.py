"""Addresses that people typed in the console for links of bot.toml, and the posts that have one in their words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import msgspec
from sqlalchemy import Connection, Text, cast, select, union_all

from bot.domain.delivery import Kind, State
from bot.domain.links import links_in
from bot.domain.message import Content
from bot.shapes import resolve_shapes
from bot.store import schema as t
from bot.store.identity import put_metadata
from bot.values import dataclass

_TYPED = "typed_address:"


@dataclass(frozen=True)
class TypedAddress:
    """What `by` typed for a link, and when (UTC)."""

    address: str
    at: datetime
    by: str


resolve_shapes(TypedAddress)


def keep(tx: Connection, link: str, typed: TypedAddress) -> None:
    """Write down what somebody has typed for a link; what was typed for it before is no more."""
    put_metadata(tx, {f"{_TYPED}{link}": msgspec.json.encode(typed).decode()})


def typed_of(metadata: Mapping[str, str]) -> dict[str, TypedAddress]:
    """Return what was typed for each link, from metadata that was read already."""
    kept = ((key.removeprefix(_TYPED), value) for key, value in metadata.items() if key.startswith(_TYPED))
    return {link: msgspec.json.decode(value, type=TypedAddress) for link, value in kept}


def states_of_posts_with(tx: Connection, address: str, states: Collection[State], since: datetime) -> list[State]:
    """Return the state of each post in one of these states that has an address in its words, and was not taken back.
    Of those that are sent only what was due at `since` (UTC) or later is looked at, for they grow without end."""
    posts = select(t.delivery.c.state, t.delivery.c.platform, t.delivery.c.content).where(
        t.delivery.c.kind == Kind.POST,
        t.delivery.c.undone_at.is_(None),
        cast(t.delivery.c.content, Text).contains(msgspec.json.encode(address).decode()[1:-1], autoescape=True),
    )
    sent, others = {State.SENT} & {*states}, {*states} - {State.SENT}
    query = union_all(
        posts.where(t.delivery.c.state.in_(sent), t.delivery.c.due_at >= since),
        posts.where(t.delivery.c.state.in_(others)),
    )
    return [State(row.state) for row in tx.execute(query) if _has(row.content, row.platform, address)]


def _has(content: object, platform: str, address: str) -> bool:
    """Return whether it stands there as it is, and not as the beginning of another address."""
    text = msgspec.convert(content, Content).text
    return any(address in (link.url, link.address) for link in links_in(text, platform))
