"""The tables of what others post: sightings, what is known of them, and how far each source was read."""

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
    false,
)

from bot.store.schema.base import UtcDateTime, id_column, metadata

sighting = Table(
    "sighting",
    metadata,
    id_column(),
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
    Column("author_key", String, nullable=False, default="", server_default="", index=True),
    Column("same_as", BigInteger, index=True),
    Column("care", JSON, nullable=False, default=list, server_default="[]"),
    Column("look_again_at", UtcDateTime, index=True),
    Index(None, "seen_at"),
    sqlite_autoincrement=True,
)

trait = Table(
    "trait",
    metadata,
    Column("value", String, primary_key=True),
    Column("sighting_id", ForeignKey("sighting.id", ondelete="CASCADE"), primary_key=True, index=True),
)
"""What may tell that two sightings show the same: a video's name, a keyed hash of a text or of a handle."""

sighting_shows = Table(
    "sighting_shows",
    metadata,
    Column("key", String, primary_key=True),
    Column("sighting_id", ForeignKey("sighting.id", ondelete="CASCADE"), primary_key=True, index=True),
)
"""Whose posts a sighting shows beside its own, as keyed hashes: they may want it back like its author."""

approval = Table(
    "approval",
    metadata,
    Column("sighting_id", ForeignKey("sighting.id", ondelete="CASCADE"), primary_key=True),
    Column("by", String, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("ticks", JSON, nullable=False, default=list),
)
"""Who has said yes to a post that is held for care, and what of the checklist they ticked."""

known = Table("known", metadata, Column("key", String, primary_key=True))
"""Keyed hashes of the posts that were purged: one that is read again is not taken in again."""

stop_request = Table(
    "stop_request",
    metadata,
    Column("key", String, primary_key=True),
    Column("author_key", String, nullable=False, index=True),
    Column("sighting_id", ForeignKey("sighting.id", ondelete="SET NULL"), index=True),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("answer", String, nullable=False),
)
"""Posts that may ask for their author to be left alone, by keyed hashes, and whether a person said that they do not."""

tally = Table(
    "tally",
    metadata,
    Column("day", String, primary_key=True),
    Column("platform", String, primary_key=True),
    Column("language", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("state", String, primary_key=True),
    Column("posts", BigInteger, nullable=False),
)
"""What stays of sightings that were purged: how many, and nobody's."""

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
    Column("failing_since", UtcDateTime),
    Column("failures", Integer, nullable=False, default=0, server_default="0"),
    Column("caught_up_at", UtcDateTime),
    Column("newest_at", UtcDateTime),
    Column("interval_s", Integer, nullable=False, default=0, server_default="0"),
    Column("blind", String, nullable=False, default="", server_default=""),
)

gap = Table(
    "gap",
    metadata,
    id_column(),
    Column("source", String, nullable=False, index=True),
    Column("began_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("reason", Text, nullable=False),
    Column("filled", Boolean, nullable=False, default=False, server_default=false()),
    sqlite_autoincrement=True,
)
"""When a source could not be read, and why; `filled` once what was posted meanwhile has been read all the same."""

heard = Table(
    "heard",
    metadata,
    Column("source", String, primary_key=True),
    Column("hour", UtcDateTime, primary_key=True),
    Column("posts", Integer, nullable=False),
)
"""How many posts each source gave in each hour (of the posts' own time)."""

host = Table(
    "host",
    metadata,
    Column("host", String, primary_key=True),
    Column("rests_until", UtcDateTime),
    Column("robots", Text),
    Column("asked_at", UtcDateTime),
    Column("wait_s", Integer, nullable=False, default=0, server_default="0"),
    Column("trouble", Text, nullable=False, default="", server_default=""),
)
"""What servers that are read without an account asked of us."""

stream = Table(
    "stream",
    metadata,
    Column("source", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("heard_at", UtcDateTime),
    Column("event_at", UtcDateTime),
    Column("reason", Text, nullable=False),
)
"""How the streams are doing that announce what a source has; written by the worker that listens to them."""

unreadable = Table(
    "unreadable",
    metadata,
    Column("source", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("part", String, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
)
"""Entries of sources that could not be read, once each: which one, and what of it was at fault; nobody's name."""
