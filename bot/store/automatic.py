"""Whether rules may approve by themselves, who said so, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import Connection, select

from bot.store import marks
from bot.store.schema import meta

_KEY = "automatic"
_ROW = select(meta.c.value).where(meta.c.key == _KEY)


@dataclass(frozen=True)
class Automatic:
    """How automatic approval stands; `since` is in UTC, and None where it was never touched.

    `by` is who switched it, "" for the alarm, and `why` in words.
    """

    is_on: bool = True
    since: datetime | None = None
    by: str = ""
    why: str = ""


def read(tx: Connection) -> Automatic:
    """As it stands now."""
    value = tx.execute(_ROW).scalar()
    return msgspec.json.decode(value, type=Automatic) if value else Automatic()


def write(tx: Connection, now: Automatic) -> None:
    """As it stands from now on; only who has the turn of sightings may call this."""
    marks.put(tx, {_KEY: msgspec.json.encode(now).decode()})
