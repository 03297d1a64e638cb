"""The tables, one schema for SQLite and PostgreSQL; what a column means stands in `bot.domain`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
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

from bot.store.engine import UtcDateTime

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


def id_column() -> Column[int]:
    """Return the column of a row's number, which no other row may ever have had.

    Its table says `sqlite_autoincrement=True`: else SQLite gives the number of a row that was removed to the next one,
    and `bot approve 7` would approve somebody else's post. PostgreSQL's sequences never go back.
    """
    return Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)


sighting = Table(
    "sighting",
    metadata,
    id_column(),
    Column("platform", String, nullable=False),
    Column("uri", Text, nullable=False, unique=True),
    Column("state", String, nullable=False),
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
    Column("same_as", BigInteger),
    Column("care", JSON, nullable=False, default=list, server_default="[]"),
    Column("look_again_at", UtcDateTime),
    Column("language", String, nullable=False, default="", server_default=""),
    Column("kinds", String, nullable=False, default="", server_default=""),
    Column("needs_care", Boolean, nullable=False, default=False, server_default=false()),
    Index(None, "seen_at"),
    Index(None, "state", "seen_at"),
    Index(None, "state", "needs_care", "seen_at"),
    Index(None, "language", "seen_at"),
    Index(None, "same_as", sqlite_where=text("same_as IS NOT NULL")),
    Index(None, "look_again_at", sqlite_where=text("look_again_at IS NOT NULL")),
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
    Column("name", String, nullable=False, default="", server_default=""),
)
"""Who has said yes to a post that is held for care, and what of the checklist they ticked.

`by` tells people apart (`bot.domain.actor`), `name` is what they are called, "" where that is the same.
"""

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

hourly_count = Table(
    "hourly_count",
    metadata,
    Column("tag", String, primary_key=True),
    Column("platform", String, primary_key=True),
    Column("hour", UtcDateTime, primary_key=True),
    Column("language", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("outcome", String, primary_key=True),
    Column("posts", BigInteger, nullable=False),
)
"""How many posts of others there were in each hour, by what became of them; it outlives the posts.

Each post counts three times: with a tag of "" and no platform, language or kind, so that hours are summed up at once;
with a tag of "" and all of these; and with each of its tags.
"""

notification = Table(
    "notification",
    metadata,
    id_column(),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("name", String, nullable=False),
    Column("code", String, nullable=False, default=""),
    Column("facts", JSON, nullable=False),
    Column("alarming", Boolean, nullable=False),
    Column("delivery", BigInteger),
    Column("sighting", BigInteger),
    Column("account", String, nullable=False, default=""),
    Column("over_at", UtcDateTime),
    Index("ix_notification_open", "name", sqlite_where=text("over_at IS NULL")),
    sqlite_autoincrement=True,
)
"""What events have told people, without anything of who posted; `over_at` once it is not so any more."""

blocked_author = Table(
    "blocked_author",
    metadata,
    Column("key", String, primary_key=True),
    Column("known_by", String, nullable=False),
    Column("by", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("posts", Integer, nullable=False),
)
"""Keyed hashes of authors whose posts are never reshared; `known_by` is the same for all by which one is known.

`posts` is how many of theirs there were when they were blocked.
"""

presence = Table(
    "presence",
    metadata,
    Column("actor", String, primary_key=True),
    Column("subject", String, primary_key=True, index=True),
    Column("name", String, nullable=False),
    Column("until", UtcDateTime, nullable=False),
)
"""Who of us is looking at what just now."""

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
    Column("sighting_id", ForeignKey("sighting.id", ondelete="SET NULL"), index=True),
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
    Column("hold", Boolean, nullable=False, default=False, server_default=false()),
    Index(
        "uq_delivery_reshare",
        "platform",
        "post_uri",
        "account",
        unique=True,
        sqlite_where=text("kind = 'reshare'"),
    ),
    Index(None, "state", "account", "not_before"),
    Index(None, "state", "account", "due_at"),
    Index(None, "not_before"),
    Index("ix_delivery_to_undo", "account", sqlite_where=text("undo_asked_at IS NOT NULL AND undone_at IS NULL")),
    Index("ix_delivery_due_at_id", "due_at", "id", "state", "kind", "message", "language", "account", "waiting_for"),
    Index(None, "state", "due_at", "id"),
    Index("ix_delivery_waiting_for_link", "due_at", sqlite_where=text("waiting_for <> ''")),
    Index("ix_delivery_in_trouble", "due_at", sqlite_where=text("trouble <> ''")),
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
"""Keyed hashes of who asked never to be seen again, and of their posts that were seen; `known_by` is the same for all
by which one person is known."""

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
    Column("mark", String, nullable=False, default="", server_default=""),
    Column("files_seen_at", UtcDateTime),
    Column("faults", Integer, nullable=False, default=0, server_default="0"),
)
"""The heartbeats of whoever works on this store; what a column means stands in `bot.store.workers`."""

audit = Table(
    "audit",
    metadata,
    id_column(),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String, nullable=False),
    Column("action", String, nullable=False),
    Column("subject", String, nullable=False, index=True),
    Column("detail", Text, nullable=False, default=""),
    Column("actor_id", String, nullable=False, default="", server_default=""),
    Column("via", String, nullable=False, default="", server_default=""),
    sqlite_autoincrement=True,
)

user = Table(
    "user",
    metadata,
    id_column(),
    Column("name", String, nullable=False),
    Column("name_key", String, nullable=False, unique=True),
    Column("roles", JSON, nullable=False),
    Column("language", String, nullable=False, default="", server_default=""),
    Column("zone", String, nullable=False, default="", server_default=""),
    Column("password_hash", String, nullable=False, default="", server_default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime),
    sqlite_autoincrement=True,
)
"""Who may use the console; what a column means stands in `bot.store.users`."""

credential = Table(
    "credential",
    metadata,
    id_column(),
    Column("user_id", ForeignKey("user.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("secret", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Column("last_step", BigInteger, nullable=False, default=0, server_default="0"),
    sqlite_autoincrement=True,
)

session = Table(
    "session",
    metadata,
    Column("key", String, primary_key=True),
    Column("user_id", ForeignKey("user.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("proved_at", UtcDateTime, nullable=False),
    Column("has_second_factor", Boolean, nullable=False),
    Column("device", String, nullable=False),
)

token = Table(
    "token",
    metadata,
    id_column(),
    Column("user_id", ForeignKey("user.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("name", String, nullable=False),
    Column("key", String, nullable=False, unique=True),
    Column("scopes", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("last_used_day", String, nullable=False, default="", server_default=""),
    Column("ended_at", UtcDateTime),
    sqlite_autoincrement=True,
)
"""What programs of users show instead of a session; what a column means stands in `bot.store.tokens`."""

invitation = Table(
    "invitation",
    metadata,
    Column("key", String, primary_key=True),
    Column("user_id", ForeignKey("user.id", ondelete="CASCADE"), index=True),
    Column("name", String, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("invited_by", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
)

sign_in_failure = Table(
    "sign_in_failure",
    metadata,
    Column("bucket", String, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
)
"""Wrong tries at the door, by what is counted together: keyed hashes, nobody's name or address."""
