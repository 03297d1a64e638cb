"""The tables, one schema for SQLite and PostgreSQL; what a column means stands in `bot.domain`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
    false,
    text,
)
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


@event.listens_for(metadata, "before_create")
def _narrow_indexes_on_postgresql(_target: MetaData, connection: Connection, **_options: Any) -> None:
    """What `sqlite_where` says holds there too; `postgresql_where` beside it would load that dialect everywhere."""
    if connection.dialect.name == "postgresql":
        for index in (index for table in metadata.tables.values() for index in table.indexes):
            index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]


class UtcDateTime(TypeDecorator[datetime]):
    """An instant in UTC; SQLite keeps no zone, so that a naive value would be read as somebody's wall time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("the store takes instants with a zone only")
        instant = value.astimezone(UTC)
        return instant.replace(tzinfo=None) if dialect.name == "sqlite" else instant

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _id() -> Column[int]:
    return Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)


meta = Table("meta", metadata, Column("key", String, primary_key=True), Column("value", Text, nullable=False))

delivery = Table(
    "delivery",
    metadata,
    _id(),
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
    Index(
        "uq_delivery_post",
        "message",
        "day",
        "language",
        "account",
        unique=True,
        sqlite_where=text("kind = 'post'"),
    ),
    Index(
        "uq_delivery_reshare",
        "platform",
        "post_uri",
        "account",
        unique=True,
        sqlite_where=text("kind = 'reshare'"),
    ),
    Index(None, "state", "account", "not_before"),
)

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
    _id(),
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
    UniqueConstraint("delivery_id", "number"),
)

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

sighting = Table(
    "sighting",
    metadata,
    _id(),
    Column("platform", String, nullable=False),
    Column("uri", Text, nullable=False, unique=True),
    Column("state", String, nullable=False, index=True),
    Column("author", String, nullable=False),
    Column("post", JSON, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("sources", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("verdict", String, nullable=False, default=""),
    Column("reasons", JSON, nullable=False, default=list),
    Column("decided_by", String, nullable=False, default=""),
    Column("decided_at", UtcDateTime),
)

cursor = Table(
    "cursor",
    metadata,
    Column("source", String, primary_key=True),
    Column("horizon", UtcDateTime, nullable=False),
    Column("newest", Text, nullable=False, default=""),
    Column("pending", Text, nullable=False, default=""),
    Column("resume", Text, nullable=False, default=""),
    Column("read_at", UtcDateTime),
    Column("error", Text, nullable=False, default=""),
    Column("next_at", UtcDateTime),
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
)

spending = Table(
    "spending",
    metadata,
    Column("account", String, primary_key=True),
    Column("day", String, primary_key=True),
    Column("amount", BigInteger, nullable=False),
)

forgotten = Table("forgotten", metadata, Column("key", String, primary_key=True))

audit = Table(
    "audit",
    metadata,
    _id(),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String, nullable=False),
    Column("action", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("detail", Text, nullable=False, default=""),
)
