"""The rows of the hours, as they are stored: those that a query of the package would add up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from bot.store import schema as t


def hourly_rows(tx: Connection, *, of_tags: bool = False) -> Sequence[Row[Any]]:
    """Return each hour's rows of a platform that count anything, the earliest first: of hashtags, or of all posts."""
    is_of_these = t.hourly_count.c.tag != "" if of_tags else t.hourly_count.c.tag == ""
    query = select(t.hourly_count).where(is_of_these, t.hourly_count.c.platform != "", t.hourly_count.c.posts != 0)
    return tx.execute(query.order_by(t.hourly_count.c.hour)).all()
