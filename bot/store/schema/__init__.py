"""The tables, one schema for SQLite and PostgreSQL; what a column means stands in `bot.domain`."""

from bot.store.schema.base import UtcDateTime, metadata
from bot.store.schema.seen import approval, cursor, gap, heard, known, sighting, stream, tally, trait, unreadable
from bot.store.schema.sending import (
    account_state,
    attempt,
    audit,
    charge,
    delivery,
    forgotten,
    meta,
    sent_part,
    spending,
    upload,
    worker,
)

__all__ = [
    "UtcDateTime",
    "account_state",
    "approval",
    "attempt",
    "audit",
    "charge",
    "cursor",
    "delivery",
    "forgotten",
    "gap",
    "heard",
    "known",
    "meta",
    "metadata",
    "sent_part",
    "sighting",
    "spending",
    "stream",
    "tally",
    "trait",
    "unreadable",
    "upload",
    "worker",
]
