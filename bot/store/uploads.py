"""Media that is at a platform already, waiting for its post."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from bot.store.schema import upload

_DROP = delete(upload).where(upload.c.delivery_id == bindparam("which"), upload.c.part == bindparam("part"))


@dataclass(frozen=True)
class StoredUpload:
    """An upload for one place of one part; good for this content alone, until `expires_at` (UTC)."""

    position: int
    content_hash: str
    media_id: str
    ready: bool
    expires_at: datetime


def of_part(tx: Connection, delivery_id: int, part: int) -> dict[int, StoredUpload]:
    """The uploads of one part, by position."""
    rows = tx.execute(select(upload).where(upload.c.delivery_id == delivery_id, upload.c.part == part))
    return {
        row.position: StoredUpload(row.position, row.content_hash, row.media_id, row.ready, row.expires_at)
        for row in rows
    }


def keep(tx: Connection, delivery_id: int, part: int, one: StoredUpload) -> None:
    """Remember an upload in place of an earlier one."""
    drop(tx, delivery_id, part, one.position)
    values = {"position": one.position, "content_hash": one.content_hash, "media_id": one.media_id}
    tx.execute(
        insert(upload).values(delivery_id=delivery_id, part=part, ready=one.ready, expires_at=one.expires_at, **values)
    )


def mark_ready(tx: Connection, delivery_id: int, part: int, position: int) -> None:
    """The platform has processed it."""
    tx.execute(
        update(upload)
        .where(upload.c.delivery_id == delivery_id, upload.c.part == part, upload.c.position == position)
        .values(ready=True)
    )


def drop(tx: Connection, delivery_id: int, part: int, position: int | None = None) -> None:
    """Forget uploads that cannot be attached any more."""
    which = {"which": delivery_id, "part": part}
    if position is None:
        tx.execute(_DROP, which)
    else:
        tx.execute(_DROP.where(upload.c.position == position), which)
