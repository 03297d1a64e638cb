"""Other words that posts which are out shall have, until they have them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, delete, exists, insert, select

from bot.domain.message import Content
from bot.store import schema as t
from bot.store.engine import update_row
from bot.values import dataclass


@dataclass(frozen=True)
class EditRequest:
    """What a delivery shall say. Times are UTC; `error` is why it does not yet, and `failures` how many requests have
    failed."""

    delivery_id: int
    asked_at: datetime
    content: Content
    content_hash: str
    length: int
    not_before: datetime
    failures: int = 0
    error: str = ""


def request_edit(tx: Connection, request: EditRequest) -> None:
    """Ask for a change in place of an earlier one."""
    drop_edit(tx, request.delivery_id)
    names = ("delivery_id", "asked_at", "content", "content_hash", "length", "not_before", "failures", "error")
    tx.execute(insert(t.edit), {name: getattr(request, name) for name in names})


def requested_edit(tx: Connection, delivery_id: int) -> EditRequest | None:
    """Return what was asked for of a delivery, None where nothing is."""
    row = tx.execute(select(t.edit).where(t.edit.c.delivery_id == delivery_id)).first()
    return _edit_request(row) if row else None


def due_edits(tx: Connection, account: str, now: datetime, only: int | None = None) -> list[EditRequest]:
    """Return what is to be changed on an account now, in the order in which it was asked for."""
    rows = (
        tx.execute(_DUE, {"account": account, "now": now})
        if only is None
        else tx.execute(_ASKED, {"account": account, "which": only})
    )
    return [_edit_request(row) for row in rows]


_OF_ACCOUNT = (
    select(t.edit)
    .where(
        exists().where(
            t.delivery.c.id == t.edit.c.delivery_id,
            t.delivery.c.account == bindparam("account"),
            t.delivery.c.undo_asked_at.is_(None),
        )
    )
    .order_by(t.edit.c.asked_at, t.edit.c.delivery_id)
)
_DUE = _OF_ACCOUNT.where(t.edit.c.not_before <= bindparam("now"))
_ASKED = _OF_ACCOUNT.where(t.edit.c.delivery_id == bindparam("which"))


def postpone_edit(tx: Connection, request: EditRequest, until: datetime, error: str) -> None:
    """Postpone an edit that did not work to `until` (UTC). What was asked for since is left alone."""
    key = {"delivery_id": request.delivery_id, "content_hash": request.content_hash}
    update_row(tx, t.edit, key, {"not_before": until, "failures": request.failures + 1, "error": error})


def drop_edit(tx: Connection, delivery_id: int, content_hash: str | None = None) -> None:
    """Ask for it no more; with a hash only where it is still this that is asked for."""
    statement = delete(t.edit).where(t.edit.c.delivery_id == delivery_id)
    tx.execute(statement if content_hash is None else statement.where(t.edit.c.content_hash == content_hash))


def _edit_request(row: Row[Any]) -> EditRequest:
    values = dict(row._mapping)
    return EditRequest(**{**values, "content": msgspec.convert(row.content, Content)})
