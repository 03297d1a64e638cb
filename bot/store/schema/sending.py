"""The tables of what we send: deliveries, their attempts, our accounts and their money, and what people did."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from bot.store.schema.base import UtcDateTime, id_column, metadata

meta = Table("meta", metadata, Column("key", String, primary_key=True), Column("value", Text, nullable=False))

delivery = Table(
    "delivery",
    metadata,
    id_column(),
    Column("kind", String, nullable=False),
    Column("account", String, nullable=False),
    Column("platform", String, nullable=False),
    Column("state", String, nullable=False),
    Column("origin", String, nullable=False),
    Column("message", String, nullable=False, default=""),
    Column("day", String, nullable=False, default=""),
    Column("language", String, nullable=False, default=""),
    Column("due_at", UtcDateTime, nullable=False),
    Column("not_before", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("wall_time", String, nullable=False, default=""),
    Column("content", JSON, nullable=False),
    Column("content_hash", String, nullable=False),
    Column("length", Integer, nullable=False, default=0),
    Column("limit", Integer, nullable=False, default=0),
    Column("waiting_for", String, nullable=False, default=""),
    Column("post_uri", String, nullable=False, default=""),
    Column("sighting_id", ForeignKey("sighting.id", ondelete="SET NULL")),
    Column("revision", Integer, nullable=False, default=0),
    Column("attempts", Integer, nullable=False, default=0),
    Column("looks", Integer, nullable=False, default=0),
    Column("failed_looks", Integer, nullable=False, default=0),
    Column("error", Text, nullable=False, default=""),
    Column("url", Text, nullable=False, default=""),
    Column("sent_at", UtcDateTime),
    Column("undo_asked_at", UtcDateTime),
    Column("undone_at", UtcDateTime),
    Column("cancelled_by", String, nullable=False, default=""),
    Column("important", Boolean, nullable=False, default=False, server_default=false()),
    Column("checked_at", UtcDateTime),
    Column("trouble", Text, nullable=False, default="", server_default=""),
    Column("author_key", String, nullable=False, default="", server_default="", index=True),
    Column("rechecked_at", UtcDateTime),
    Column("series", String, nullable=False, default="", server_default=""),
    Column("held_for", String, nullable=False, default="", server_default=""),
    Column("near_to", BigInteger),
    Column("draft_hash", String, nullable=False, default="", server_default=""),
    Column("moved_to", String, nullable=False, default="", server_default=""),
    Column("put_off_at", UtcDateTime),
    Column("put_off_until", UtcDateTime),
    Column("uploads_lost", Integer, nullable=False, default=0, server_default="0"),
    Column("upload_not_before", UtcDateTime),
    Index(
        "uq_delivery_reshare",
        "platform",
        "post_uri",
        "account",
        unique=True,
        sqlite_where=text("kind = 'reshare'"),
    ),
    Index(None, "state", "account", "not_before"),
    sqlite_autoincrement=True,
)

delivery_shows = Table(
    "delivery_shows",
    metadata,
    Column("key", String, primary_key=True),
    Column("delivery_id", ForeignKey("delivery.id", ondelete="CASCADE"), primary_key=True, index=True),
)
"""Whose posts a reshare shows beside the one it is of, as keyed hashes; kept while it is out, like its author's."""

sent_part = Table(
    "sent_part",
    metadata,
    Column("delivery_id", ForeignKey("delivery.id", ondelete="CASCADE"), primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("post_id", String, nullable=False),
    Column("url", Text, nullable=False),
    Column("sent_at", UtcDateTime, nullable=False),
)

attempt = Table(
    "attempt",
    metadata,
    id_column(),
    Column("delivery_id", ForeignKey("delivery.id", ondelete="CASCADE"), nullable=False),
    Column("part", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("deadline", UtcDateTime, nullable=False),
    Column("content_hash", String, nullable=False),
    Column("idempotency_key", String, nullable=False),
    Column("newest_own_id", String, nullable=False, default=""),
    Column("cost", BigInteger, nullable=False, default=0),
    Column("answered_at", UtcDateTime),
    Column("answer", String, nullable=False, default=""),
    Column("error", Text, nullable=False, default=""),
    Column("action", String, nullable=False, default="publish", server_default="publish"),
    UniqueConstraint("delivery_id", "number"),
    sqlite_autoincrement=True,
)

edit = Table(
    "edit",
    metadata,
    Column("delivery_id", ForeignKey("delivery.id", ondelete="CASCADE"), primary_key=True),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("content", JSON, nullable=False),
    Column("content_hash", String, nullable=False),
    Column("length", Integer, nullable=False),
    Column("not_before", UtcDateTime, nullable=False),
    Column("failures", Integer, nullable=False, default=0),
    Column("error", Text, nullable=False, default=""),
)
"""What a post that is out shall say instead, until its platform has it."""

upload = Table(
    "upload",
    metadata,
    Column("delivery_id", ForeignKey("delivery.id", ondelete="CASCADE"), primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("content_hash", String, nullable=False),
    Column("media_id", String, nullable=False),
    Column("ready", Boolean, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

account_state = Table(
    "account_state",
    metadata,
    Column("account", String, primary_key=True),
    Column("handle", String, nullable=False, default=""),
    Column("newest_own_id", String, nullable=False, default=""),
    Column("paused_until", UtcDateTime),
    Column("closed", Boolean, nullable=False, default=False),
    Column("reason", Text, nullable=False, default=""),
    Column("turn", BigInteger, nullable=False, default=0, server_default="0"),
    Column("failures", Integer, nullable=False, default=0, server_default="0"),
    Column("failing_since", UtcDateTime),
    Column("in_doubt", Boolean, nullable=False, default=False, server_default=false()),
    Column("platform", String, nullable=False, default="", server_default=""),
    Column("server", String, nullable=False, default="", server_default=""),
    Column("account_id", String, nullable=False, default="", server_default=""),
    Column("credentials", String, nullable=False, default="", server_default=""),
    Column("limits", JSON),
)
"""How each account stands, by its name today; `platform` to `credentials`, and `handle`, say which account it is."""

spending = Table(
    "spending",
    metadata,
    Column("account", String, primary_key=True),
    Column("day", String, primary_key=True),
    Column("amount", BigInteger, nullable=False),
)

charge = Table(
    "charge",
    metadata,
    Column("account", String, primary_key=True),
    Column("day", String, primary_key=True),
    Column("purpose", String, primary_key=True),
    Column("calls", BigInteger, nullable=False),
    Column("amount", BigInteger, nullable=False),
)
"""What was billed on a UTC day, by what it was for, in micro-USD; `spending` has the sum, set aside included."""

reservation = Table(
    "reservation",
    metadata,
    Column("account", String, primary_key=True),
    Column("purpose", String, primary_key=True),
    Column("about", String, primary_key=True),
    Column("day", String, nullable=False),
    Column("amount", BigInteger, nullable=False),
)
"""What of `charge` is set aside for a reading whose answer is not known, in micro-USD, by what it is about."""

told = Table(
    "told",
    metadata,
    Column("key", String, primary_key=True),
    Column("told_at", UtcDateTime, nullable=False),
    Column("met_at", UtcDateTime, nullable=False),
)
"""Troubles that people were told of, by a hash of what they are about."""

forgotten = Table(
    "forgotten",
    metadata,
    Column("key", String, primary_key=True),
    Column("known_by", String, nullable=False, default="", server_default=""),
)
"""Keyed hashes of who asked never to be seen again; `known_by` is the same for all by which one person is known."""

remembered = Table("remembered", metadata, Column("key", String, primary_key=True))
"""Keyed hashes of who was forgotten in error: a backup from before must not have them forgotten again."""

worker = Table(
    "worker",
    metadata,
    Column("key", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("host", String, nullable=False),
    Column("folder", Text, nullable=False),
    Column("campaign", Text, nullable=False),
    Column("version", String, nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("process", String, nullable=False),
    Column("every_s", Integer, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("beat_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("accounts", JSON, nullable=False),
    Column("troubles", JSON, nullable=False),
)
"""The heartbeats of whoever works on this store; what a column means stands in `bot.store.workers`."""

audit = Table(
    "audit",
    metadata,
    id_column(),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String, nullable=False),
    Column("action", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("detail", Text, nullable=False, default=""),
    sqlite_autoincrement=True,
)
