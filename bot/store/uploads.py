"""Files that a platform has already, for the parts of a delivery that are still to go out."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from bot.domain.delivery import State
from bot.store import deliveries
from bot.store import schema as t
from bot.values import dataclass

_DROP = delete(t.upload).where(t.upload.c.delivery_id == bindparam("which"), t.upload.c.part == bindparam("part"))


@dataclass(frozen=True)
class StoredUpload:
    """An upload for one place of one part; good for this content alone, until `expires_at` (UTC)."""

    position: int
    content_hash: str
    media_id: str
    ready: bool
    expires_at: datetime


def uploads_of_part(tx: Connection, delivery_id: int, part: int) -> dict[int, StoredUpload]:
    """Return the uploads of one part, by position."""
    rows = tx.execute(select(t.upload).where(t.upload.c.delivery_id == delivery_id, t.upload.c.part == part))
    return {
        row.position: StoredUpload(row.position, row.content_hash, row.media_id, row.ready, row.expires_at)
        for row in rows
    }


def keep_upload(tx: Connection, delivery_id: int, part: int, upload: StoredUpload) -> None:
    """Remember an upload in place of an earlier one."""
    drop_uploads(tx, delivery_id, part, upload.position)
    values = {"position": upload.position, "content_hash": upload.content_hash, "media_id": upload.media_id}
    tx.execute(
        insert(t.upload).values(
            delivery_id=delivery_id, part=part, ready=upload.ready, expires_at=upload.expires_at, **values
        )
    )


def mark_upload_ready(tx: Connection, delivery_id: int, part: int, position: int) -> None:
    """Mark an upload as processed by the platform."""
    tx.execute(
        update(t.upload)
        .where(t.upload.c.delivery_id == delivery_id, t.upload.c.part == part, t.upload.c.position == position)
        .values(ready=True)
    )


def count_lost_upload(tx: Connection, delivery_id: int) -> int:
    """Count that uploads of a delivery were of no use once more, and return how often that was so."""
    fresh = deliveries.get(tx, delivery_id, lock=True)
    count = (fresh.uploads_lost if fresh is not None else 0) + 1
    deliveries.change(tx, delivery_id, list(State), uploads_lost=count)
    return count


def drop_uploads(tx: Connection, delivery_id: int, part: int, position: int | None = None) -> None:
    """Forget uploads that cannot be attached any more."""
    parameters = {"which": delivery_id, "part": part}
    if position is None:
        tx.execute(_DROP, parameters)
    else:
        tx.execute(_DROP.where(t.upload.c.position == position), parameters)
