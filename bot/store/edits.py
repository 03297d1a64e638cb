"""Changes of posts that are out: asked for durably, until their platforms have them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select

from bot.domain.message import Content
from bot.store.schema import delivery, edit
from bot.store.statements import change


@dataclass(frozen=True)
class Asked:
    """What a delivery shall say. Times are UTC; `error` is why it does not yet, after so many `failures`."""

    delivery_id: int
    asked_at: datetime
    content: Content
    content_hash: str
    length: int
    not_before: datetime
    failures: int = 0
    error: str = ""


def ask(tx: Connection, one: Asked) -> None:
    """Ask for a change in place of an earlier one."""
    drop(tx, one.delivery_id)
    names = ("delivery_id", "asked_at", "content", "content_hash", "length", "not_before", "failures", "error")
    tx.execute(insert(edit), {name: getattr(one, name) for name in names})


def asked(tx: Connection, delivery_id: int) -> Asked | None:
    """What was asked for of a delivery, None where nothing is."""
    row = tx.execute(select(edit).where(edit.c.delivery_id == delivery_id)).first()
    return _asked(row) if row else None


def due(tx: Connection, account: str, now: datetime, only: int | None = None) -> list[Asked]:
    """What is to be changed on an account now, in the order in which it was asked for."""
    query = select(edit).join(delivery).where(delivery.c.account == account, delivery.c.undo_asked_at.is_(None))
    query = query.where(edit.c.delivery_id == only) if only is not None else query.where(edit.c.not_before <= now)
    return [_asked(row) for row in tx.execute(query.order_by(edit.c.asked_at, edit.c.delivery_id))]


def put_off(tx: Connection, one: Asked, until: datetime, error: str) -> None:
    """It did not work yet; `until` (UTC) is when it is tried again. What was asked for since is left alone."""
    key = {"delivery_id": one.delivery_id, "content_hash": one.content_hash}
    change(tx, edit, key, {"not_before": until, "failures": one.failures + 1, "error": error})


def drop(tx: Connection, delivery_id: int, content_hash: str | None = None) -> None:
    """Ask for it no more; with a hash only where it is still this that is asked for."""
    gone = delete(edit).where(edit.c.delivery_id == delivery_id)
    tx.execute(gone if content_hash is None else gone.where(edit.c.content_hash == content_hash))


def _asked(row: Row[Any]) -> Asked:
    values = dict(row._mapping)
    return Asked(**{**values, "content": msgspec.convert(row.content, Content)})
