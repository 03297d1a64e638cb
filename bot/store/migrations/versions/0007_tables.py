"""All tables as 0007 had them, and the steps that bring a store of 0001 to 0006 to them.

What comes later is a file of its own beside this one, whose `down_revision` is the version before. A step is written
out: what was taken once must not change when the tables later do.
"""

from __future__ import annotations

import re
from collections import Counter

import sqlalchemy as sa
from alembic import context, op

revision = "0007"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BIG = sa.BigInteger()
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Take the steps that the store lacks: it is at version `since`, or an empty database."""
    since = context.config.attributes.get("since", "")
    for version, step in STEPS.items():
        if version > since:
            step()


# 0001: first tables, written out: a step that was taken once must not change when the tables later do.
_POSTS = sa.text("kind = 'post'")
_RESHARES = sa.text("kind = 'reshare'")


def _first_tables() -> None:
    """Sightings come before deliveries, which point to them, and deliveries before their attempts."""
    _sightings()
    _deliveries()
    _indexes_of_deliveries()
    _attempts()
    _what_came_of_attempts()
    _control()


def _sightings() -> None:
    op.create_table(
        "sighting",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("uri", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("post", sa.JSON(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sighting")),
        sa.UniqueConstraint("uri", name=op.f("uq_sighting_uri")),
    )
    op.create_index(op.f("ix_sighting_state"), "sighting", ["state"])
    op.create_table(
        "cursor",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("horizon", sa.DateTime(timezone=True), nullable=False),
        sa.Column("newest", sa.Text(), nullable=False),
        sa.Column("pending", sa.Text(), nullable=False),
        sa.Column("resume", sa.Text(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True)),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_cursor")),
    )
    op.create_table(
        "forgotten",
        sa.Column("key", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_forgotten")),
    )


def _deliveries() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("wall_time", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("limit", sa.Integer(), nullable=False),
        sa.Column("waiting_for", sa.String(), nullable=False),
        sa.Column("post_uri", sa.String(), nullable=False),
        sa.Column("sighting_id", _ID),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("failed_looks", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("undo_asked_at", sa.DateTime(timezone=True)),
        sa.Column("undone_at", sa.DateTime(timezone=True)),
        sa.Column("cancelled_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sighting_id"], ["sighting.id"], name=op.f("fk_delivery_sighting_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
    )


def _indexes_of_deliveries() -> None:
    op.create_index(op.f("ix_delivery_state_account_not_before"), "delivery", ["state", "account", "not_before"])
    op.create_index(
        "uq_delivery_post",
        "delivery",
        ["message", "day", "language", "account"],
        unique=True,
        sqlite_where=_POSTS,
        postgresql_where=_POSTS,
    )
    op.create_index(
        "uq_delivery_reshare",
        "delivery",
        ["platform", "post_uri", "account"],
        unique=True,
        sqlite_where=_RESHARES,
        postgresql_where=_RESHARES,
    )


def _attempts() -> None:
    op.create_table(
        "attempt",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("delivery_id", _ID, nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.Column("newest_own_id", sa.String(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        sa.UniqueConstraint("delivery_id", "number", name=op.f("uq_attempt_delivery_id_number")),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_attempt_delivery_id"), ondelete="CASCADE"
        ),
    )


def _what_came_of_attempts() -> None:
    op.create_table(
        "sent_part",
        sa.Column("delivery_id", _ID, nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.String(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_sent_part_delivery_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("delivery_id", "part", name=op.f("pk_sent_part")),
    )
    op.create_table(
        "upload",
        sa.Column("delivery_id", _ID, nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("media_id", sa.String(), nullable=False),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_upload_delivery_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("delivery_id", "part", "position", name=op.f("pk_upload")),
    )


def _control() -> None:
    op.create_table(
        "meta",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
    )
    op.create_table(
        "account_state",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("handle", sa.String(), nullable=False),
        sa.Column("newest_own_id", sa.String(), nullable=False),
        sa.Column("paused_until", sa.DateTime(timezone=True)),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_account_state")),
    )
    op.create_table(
        "spending",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "day", name=op.f("pk_spending")),
    )
    op.create_table(
        "audit",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )


# 0002: what several workers need of each other, what checks ahead found, which accounts are in doubt or out of reach.
_ADDED_0002 = {
    "delivery": (
        lambda: sa.Column("important", sa.Boolean(), nullable=False, server_default=sa.false()),
        lambda: sa.Column("checked_at", sa.DateTime(timezone=True)),
        lambda: sa.Column("trouble", sa.Text(), nullable=False, server_default=""),
    ),
    "cursor": (lambda: sa.Column("next_at", sa.DateTime(timezone=True)),),
    "account_state": (
        lambda: sa.Column("turn", sa.BigInteger(), nullable=False, server_default="0"),
        lambda: sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        lambda: sa.Column("failing_since", sa.DateTime(timezone=True)),
        lambda: sa.Column("in_doubt", sa.Boolean(), nullable=False, server_default=sa.false()),
    ),
}
"""Columns are added in place: a table that is built again would take what points to it along when the old one goes."""


def _several_workers() -> None:
    """What is there keeps its meaning: not important, never checked, reachable, not in doubt."""
    for table, columns in _ADDED_0002.items():
        for column in columns:
            op.add_column(table, column())


# 0003: what polling, moderation and forgetting need: gaps, rates, charges, traits, approvals, keyed hashes, tallies.
_ADDED_0003 = {
    "delivery": (
        lambda: sa.Column("author_key", sa.String(), nullable=False, server_default=""),
        lambda: sa.Column("rechecked_at", _INSTANT),
    ),
    "sighting": (
        lambda: sa.Column("author_key", sa.String(), nullable=False, server_default=""),
        lambda: sa.Column("same_as", _BIG),
        lambda: sa.Column("care", sa.JSON(), nullable=False, server_default="[]"),
    ),
    "cursor": (
        lambda: sa.Column("failing_since", _INSTANT),
        lambda: sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        lambda: sa.Column("caught_up_at", _INSTANT),
        lambda: sa.Column("newest_at", _INSTANT),
        lambda: sa.Column("interval_s", sa.Integer(), nullable=False, server_default="0"),
    ),
}
"""Columns are added in place: a table that is built again would take what points to it along when the old one goes."""

_INDEXED = (("delivery", "author_key"), ("sighting", "author_key"), ("sighting", "same_as"), ("sighting", "seen_at"))


def _watching() -> None:
    """What is there keeps its meaning: no author is known by a key, no post is like another, none needs care."""
    for table, columns in _ADDED_0003.items():
        for column in columns:
            op.add_column(table, column())
    for table, column_name in _INDEXED:
        op.create_index(f"ix_{table}_{column_name}", table, [column_name])
    _make_tables_of_sightings()
    _make_tables_of_sources()


def _make_tables_of_sightings() -> None:
    op.create_table(
        "trait",
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("sighting_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["sighting_id"], ["sighting.id"], name="fk_trait_sighting_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("value", "sighting_id", name="pk_trait"),
    )
    op.create_index("ix_trait_sighting_id", "trait", ["sighting_id"])
    op.create_table(
        "approval",
        sa.Column("sighting_id", _ID, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("ticks", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["sighting_id"], ["sighting.id"], name="fk_approval_sighting_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("sighting_id", "by", name="pk_approval"),
    )
    op.create_table(
        "known", sa.Column("key", sa.String(), nullable=False), sa.PrimaryKeyConstraint("key", name="pk_known")
    )
    names = ("day", "platform", "language", "kind", "state")
    op.create_table(
        "tally",
        *(sa.Column(name, sa.String(), nullable=False) for name in names),
        sa.Column("posts", _BIG, nullable=False),
        sa.PrimaryKeyConstraint(*names, name="pk_tally"),
    )


def _make_tables_of_sources() -> None:
    op.create_table(
        "gap",
        sa.Column("id", _ID, nullable=False, autoincrement=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("began_at", _INSTANT, nullable=False),
        sa.Column("ended_at", _INSTANT),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("filled", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("id", name="pk_gap"),
    )
    op.create_index("ix_gap_source", "gap", ["source"])
    op.create_table(
        "heard",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("hour", _INSTANT, nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source", "hour", name="pk_heard"),
    )
    op.create_table(
        "stream",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("since", _INSTANT, nullable=False),
        sa.Column("heard_at", _INSTANT),
        sa.Column("event_at", _INSTANT),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source", name="pk_stream"),
    )
    names = ("account", "day", "purpose")
    op.create_table(
        "charge",
        *(sa.Column(name, sa.String(), nullable=False) for name in names),
        sa.Column("calls", _BIG, nullable=False),
        sa.Column("amount", _BIG, nullable=False),
        sa.PrimaryKeyConstraint(*names, name="pk_charge"),
    )


# 0004: what keeps the promises in real use: identities, quoted posts, counters and heartbeats.
_NUMBERED = ("sighting", "delivery", "attempt", "gap", "audit")
_OWN_KEY = re.compile(r",\s*CONSTRAINT pk_\w+ PRIMARY KEY \(id\)")


def _real_use() -> None:
    """What is there keeps its meaning."""
    _never_give_a_number_again()
    _hear_people()
    _sources()
    _match_posts_by_what_they_say()
    op.add_column("account_state", sa.Column("limits", sa.JSON()))
    _keep_tries_apart()
    _workers()
    _accounts()
    _shown()
    _keep_reservations()
    _remember_hosts_and_troubles()
    _edits()


def _hear_people() -> None:
    """Who may ask to be left alone, and who was forgotten in error: nobody yet."""
    op.add_column("forgotten", sa.Column("known_by", sa.String(), nullable=False, server_default=""))
    op.create_table("remembered", sa.Column("key", sa.String(), primary_key=True))
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "stop_request",
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("author_key", sa.String(), nullable=False),
        sa.Column("sighting_id", number, sa.ForeignKey("sighting.id", ondelete="SET NULL")),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
    )
    for column in ("author_key", "sighting_id"):
        op.create_index(f"ix_stop_request_{column}", "stop_request", [column])


def _sources() -> None:
    """What a source cannot see, and which of its entries could not be read: nothing is known of either yet."""
    op.add_column("cursor", sa.Column("blind", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "unreadable",
        sa.Column("source", sa.String(), primary_key=True),
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
    )


def _never_give_a_number_again() -> None:
    """On SQLite: the tables are built again with AUTOINCREMENT, which no ALTER TABLE can add.

    What was removed since yesterday may have had numbers above those that are left: each removed sighting was counted.
    """
    if op.get_bind().dialect.name != "sqlite":
        return
    if op.get_bind().execute(sa.text("PRAGMA foreign_keys")).scalar():
        raise RuntimeError("with foreign keys on, dropping a table takes along what points to it")
    for table in _NUMBERED:
        _make_anew(table)
    ever = "SELECT (SELECT count(*) FROM sighting) + (SELECT coalesce(sum(posts), 0) FROM tally)"
    op.execute(f"UPDATE sqlite_sequence SET seq = max(seq, ({ever})) WHERE name = 'sighting'")  # noqa: S608
    if orphan := op.get_bind().execute(sa.text("PRAGMA foreign_key_check")).first():
        raise RuntimeError(f"a row points to nothing: {orphan}")


def _make_anew(table: str) -> None:
    """The same table under the same name, with all its rows, indexes and triggers; what points to it still does."""
    tx = op.get_bind()
    master = sa.text("SELECT sql FROM sqlite_master WHERE tbl_name = :table AND type = :type AND sql IS NOT NULL")
    (definition,) = tx.execute(master, {"table": table, "type": "table"}).scalars()
    beside = [
        sql for kind in ("index", "trigger") for sql in tx.execute(master, {"table": table, "type": kind}).scalars()
    ]
    columns = ", ".join(f'"{column["name"]}"' for column in sa.inspect(tx).get_columns(table))
    new_definition = _OWN_KEY.sub("", definition).replace(
        "id INTEGER NOT NULL", "id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT", 1
    )
    op.execute(re.sub(rf'CREATE TABLE "?{table}"?', f'CREATE TABLE "{table}_anew"', new_definition, count=1))
    op.execute(f'INSERT INTO "{table}_anew" ({columns}) SELECT {columns} FROM "{table}"')  # noqa: S608
    op.execute(
        f"INSERT INTO sqlite_sequence (name, seq) SELECT '{table}_anew', 0 WHERE NOT EXISTS "  # noqa: S608
        f"(SELECT 1 FROM sqlite_sequence WHERE name = '{table}_anew')"
    )
    op.execute(f'DROP TABLE "{table}"')
    op.execute(f'ALTER TABLE "{table}_anew" RENAME TO "{table}"')
    for sql in beside:
        tx.exec_driver_sql(sql)


def _match_posts_by_what_they_say() -> None:
    """The names of a post are no identity; planning, one at a time in all processes, says what is one post."""
    op.drop_index("uq_delivery_post", table_name="delivery")
    for name in ("series", "held_for", "draft_hash", "moved_to"):
        op.add_column("delivery", sa.Column(name, sa.String(), nullable=False, server_default=""))
    op.add_column("delivery", sa.Column("near_to", sa.BigInteger()))


def _keep_tries_apart() -> None:
    """When a delivery's last try came to nothing, and when the next one may be made."""
    for name in ("put_off_at", "put_off_until", "upload_not_before"):
        op.add_column("delivery", sa.Column(name, sa.DateTime(timezone=True)))
    op.add_column("delivery", sa.Column("uploads_lost", sa.Integer(), nullable=False, server_default="0"))


def _workers() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "worker",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("pid", sa.BigInteger(), nullable=False),
        sa.Column("process", sa.String(), nullable=False),
        sa.Column("every_s", sa.Integer(), nullable=False),
        sa.Column("since", instant, nullable=False),
        sa.Column("beat_at", instant, nullable=False),
        sa.Column("ended_at", instant),
        sa.Column("accounts", sa.JSON(), nullable=False),
        sa.Column("troubles", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_worker"),
    )


def _accounts() -> None:
    """Which real account a name stands for: nobody knows it of the names there are."""
    for name in ("platform", "server", "account_id", "credentials"):
        op.add_column("account_state", sa.Column(name, sa.String(), nullable=False, server_default=""))


def _shown() -> None:
    """Whose posts are shown by what is seen and by what is out: of what is there it is found out at the next look."""
    op.add_column("sighting", sa.Column("look_again_at", sa.DateTime(timezone=True)))
    op.create_index("ix_sighting_look_again_at", "sighting", ["look_again_at"])
    for name in ("sighting", "delivery"):
        table, number = f"{name}_shows", f"{name}_id"
        op.create_table(
            table,
            sa.Column("key", sa.String(), nullable=False),
            sa.Column(number, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
            sa.ForeignKeyConstraint([number], [f"{name}.id"], name=f"fk_{table}_{number}", ondelete="CASCADE"),
            sa.PrimaryKeyConstraint("key", number, name=f"pk_{table}"),
        )
        op.create_index(f"ix_{table}_{number}", table, [number])


def _keep_reservations() -> None:
    """Money set aside for readings that are not answered yet; none is known."""
    names = ("account", "purpose", "about")
    op.create_table(
        "reservation",
        *(sa.Column(name, sa.String(), nullable=False) for name in names),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(*names, name="pk_reservation"),
    )


def _edits() -> None:
    """Posts that are out can be changed; every request there was until now published something."""
    op.add_column("attempt", sa.Column("action", sa.String(), nullable=False, server_default="publish"))
    op.create_table(
        "edit",
        sa.Column("delivery_id", _ID, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name="fk_edit_delivery_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("delivery_id", name="pk_edit"),
    )


def _remember_hosts_and_troubles() -> None:
    """What a process has learnt that the next one needs: nobody knows anything yet."""
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "host",
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("rests_until", instant),
        sa.Column("robots", sa.Text()),
        sa.Column("asked_at", instant),
        sa.Column("wait_s", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("trouble", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("host", name="pk_host"),
    )
    op.create_table(
        "told",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("told_at", instant, nullable=False),
        sa.Column("met_at", instant, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_told"),
    )


# 0005: what schedules keep back until somebody has read it.
def _hold() -> None:
    op.add_column("delivery", sa.Column("hold", sa.Boolean(), nullable=False, server_default=sa.false()))


# 0006: lists and services over a hundred thousand deliveries and a million sightings.
def _find_at_once() -> None:
    """Add the indexes by which rows are asked for, and in whose order they are shown.

    Without the first, each sighting that is removed makes the database look through all deliveries.
    """
    op.create_index("ix_delivery_sighting_id", "delivery", ["sighting_id"])
    _narrow_index("ix_delivery_to_undo", "delivery", "account", "undo_asked_at IS NOT NULL AND undone_at IS NULL")
    op.create_index("ix_delivery_state_account_due_at", "delivery", ["state", "account", "due_at"])
    op.create_index("ix_delivery_not_before", "delivery", ["not_before"])
    op.drop_index("ix_sighting_state", "sighting")
    op.create_index("ix_sighting_state_seen_at", "sighting", ["state", "seen_at"])
    for column in ("same_as", "look_again_at"):  # hardly any sighting has one, and each would be put into its index
        op.drop_index(f"ix_sighting_{column}", "sighting")
        _narrow_index(f"ix_sighting_{column}", "sighting", column, f"{column} IS NOT NULL")


def _narrow_index(name: str, table: str, column: str, where: str) -> None:
    op.create_index(name, table, [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))


# 0006, too: what a console reads and decides by: notifications, hourly counts, presence, blocked authors, who did it.
def _console() -> None:
    """Add the tables of the console, empty but for the counts: of what is stored each is counted as it stands."""
    _tell_more_of_workers_and_people()
    _make_tables_of_the_console()
    _sort_sightings()
    _count_by_the_hour()
    _page_through_deliveries()
    _users()


def _tell_more_of_workers_and_people() -> None:
    op.add_column("worker", sa.Column("mark", sa.String(), nullable=False, server_default=""))
    op.add_column("worker", sa.Column("files_seen_at", _INSTANT))
    op.add_column("worker", sa.Column("faults", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("approval", sa.Column("name", sa.String(), nullable=False, server_default=""))
    for name in ("actor_id", "via"):
        op.add_column("audit", sa.Column(name, sa.String(), nullable=False, server_default=""))
    op.create_index("ix_audit_subject", "audit", ["subject"])


def _make_tables_of_the_console() -> None:
    op.create_table(
        "notification",
        sa.Column("id", _ID, nullable=False, autoincrement=True),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("alarming", sa.Boolean(), nullable=False),
        sa.Column("delivery", _BIG),
        sa.Column("sighting", _BIG),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("over_at", _INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_notification"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notification_at", "notification", ["at"])
    _narrow_index("ix_notification_open", "notification", "name", "over_at IS NULL")
    op.create_table(
        "blocked_author",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("known_by", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_blocked_author"),
    )
    op.create_table(
        "presence",
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("until", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("actor", "subject", name="pk_presence"),
    )
    op.create_index("ix_presence_subject", "presence", ["subject"])


def _sort_sightings() -> None:
    """What a list of sightings is filtered by stands in columns of its own: reading it out of each post takes long."""
    op.add_column("sighting", sa.Column("language", sa.String(), nullable=False, server_default=""))
    op.add_column("sighting", sa.Column("kinds", sa.String(), nullable=False, server_default=""))
    op.add_column("sighting", sa.Column("needs_care", sa.Boolean(), nullable=False, server_default=sa.false()))
    if op.get_bind().dialect.name == "postgresql":
        language, kinds = "post->>'language'", _JOINED_POSTGRESQL
    else:
        language, kinds = "json_extract(post, '$.language')", _JOINED_SQLITE
    op.execute(
        f"UPDATE sighting SET language = coalesce({language}, ''), kinds = coalesce({kinds}, ''), "  # noqa: S608
        "needs_care = CAST(care AS text) <> '[]'"
    )
    op.create_index("ix_sighting_state_needs_care_seen_at", "sighting", ["state", "needs_care", "seen_at"])
    op.create_index("ix_sighting_language_seen_at", "sighting", ["language", "seen_at"])


_JOINED_SQLITE = "(SELECT group_concat(value, '+') FROM json_each(sighting.post, '$.kinds'))"
_JOINED_POSTGRESQL = (
    "(SELECT string_agg(kind, '+' ORDER BY place) "
    "FROM json_array_elements_text(post->'kinds') WITH ORDINALITY AS each (kind, place))"
)


def _count_by_the_hour() -> None:
    names = ("tag", "platform", "hour", "language", "kind", "outcome")
    op.create_table(
        "hourly_count",
        *(sa.Column(name, _INSTANT if name == "hour" else sa.String(), nullable=False) for name in names),
        sa.Column("posts", _BIG, nullable=False),
        sa.PrimaryKeyConstraint(*names, name="pk_hourly_count"),
    )
    if op.get_bind().dialect.name == "postgresql":
        hour, tags = "date_trunc('hour', least(created_at, seen_at))", "json_array_elements_text(tags) AS tag (value)"
    else:
        hour, tags = "strftime('%Y-%m-%d %H:00:00.000000', min(created_at, seen_at))", "json_each(sighting.tags) AS tag"
    counted = (
        ("'', ''", "'', ''", "sighting"),
        ("'', platform", "language, kinds", "sighting"),
        ("tag.value, platform", "language, kinds", f"sighting, {tags}"),
    )
    for first, last, source in counted:
        op.execute(
            f"INSERT INTO hourly_count ({', '.join(names)}, posts) "  # noqa: S608
            f"SELECT {first}, {hour}, {last}, state, count(*) FROM {source} GROUP BY 1, 2, 3, 4, 5, 6"
        )


def _page_through_deliveries() -> None:
    """One index has the order of every list, and all that is counted by."""
    columns = ["due_at", "id", "state", "kind", "message", "language", "account", "waiting_for"]
    op.create_index("ix_delivery_due_at_id", "delivery", columns)
    op.create_index("ix_delivery_state_due_at_id", "delivery", ["state", "due_at", "id"])
    _narrow_index("ix_delivery_waiting_for_link", "delivery", "due_at", "waiting_for <> ''")
    _narrow_index("ix_delivery_in_trouble", "delivery", "due_at", "trouble <> ''")


def _lists_and_console() -> None:
    """Rows are filled in before they are sorted: indexes made before would be changed row by row."""
    _console()
    _find_at_once()


def _users() -> None:
    """Add the tables of the console's users, empty: nobody may use it yet."""
    op.create_table(
        "user",
        sa.Column("id", _ID, nullable=False, autoincrement=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("name", "name_key")),
        sa.Column("roles", sa.JSON(), nullable=False),
        *(
            sa.Column(name, sa.String(), nullable=False, server_default="")
            for name in ("language", "zone", "password_hash")
        ),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("disabled_at", _INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_user"),
        sa.UniqueConstraint("name_key", name="uq_user_name_key"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "credential",
        sa.Column("id", _ID, nullable=False, autoincrement=True),
        sa.Column("user_id", _ID, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("kind", "secret")),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("used_at", _INSTANT),
        sa.Column("last_step", _BIG, nullable=False, server_default="0"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_credential_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_credential"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "session",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        *(sa.Column(name, _INSTANT, nullable=False) for name in ("created_at", "seen_at", "proved_at")),
        sa.Column("has_second_factor", sa.Boolean(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_session_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name="pk_session"),
    )
    op.create_table(
        "invitation",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("user_id", _ID),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("invited_by", sa.String(), nullable=False),
        *(sa.Column(name, _INSTANT, nullable=False) for name in ("created_at", "expires_at")),
        sa.Column("used_at", _INSTANT),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_invitation_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name="pk_invitation"),
    )
    op.create_table(
        "sign_in_failure",
        sa.Column("bucket", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("bucket", name="pk_sign_in_failure"),
    )
    for table in ("credential", "session", "invitation"):
        op.create_index(f"ix_{table}_user_id", table, ["user_id"])


def _one_count_of_posts() -> None:
    """What was purged before posts were counted by the hour is counted in the first hour (UTC) of the first day it was
    of. A store of 0006 counted what it purged a second time, in `tally`: that is dropped."""
    tx = op.get_bind()
    found = "SELECT platform, language, kinds, state, count(*) FROM sighting GROUP BY 1, 2, 3, 4"
    hourly = "SELECT platform, language, kind, outcome, sum(posts) FROM hourly_count WHERE tag = '' AND platform <> '' "
    known: Counter[tuple[str, ...]] = Counter()
    for sign, query in ((-1, found), (1, f"{hourly}GROUP BY 1, 2, 3, 4")):
        for *key, posts in tx.execute(sa.text(query)):
            known[tuple(key)] += sign * int(posts)
    purged = "SELECT platform, language, kind, state, sum(posts), min(day) FROM tally GROUP BY 1, 2, 3, 4"
    for platform, language, kind, state, posts, day in tx.execute(sa.text(purged)).all():
        missing = int(posts) - known[platform, language, kind, state]
        if missing > 0:
            for names in (("", "", ""), (platform, language, kind)):
                _count(dict(zip(("platform", "language", "kind"), names, strict=True)), day, state, missing)
    op.drop_table("tally")


def _count(key: dict[str, str], day: str, state: str, posts: int) -> None:
    is_served = op.get_bind().dialect.name == "postgresql"
    hour = f"timestamptz '{day} 00:00:00+00'" if is_served else f"'{day} 00:00:00.000000'"
    statement = (
        "INSERT INTO hourly_count (tag, platform, hour, language, kind, outcome, posts) "  # noqa: S608
        f"VALUES ('', :platform, {hour}, :language, :kind, :state, :posts) "
        "ON CONFLICT (tag, platform, hour, language, kind, outcome) DO UPDATE SET posts = hourly_count.posts + :posts"
    )
    op.get_bind().execute(sa.text(statement), {**key, "state": state, "posts": posts})


STEPS = {
    "0001": _first_tables,
    "0002": _several_workers,
    "0003": _watching,
    "0004": _real_use,
    "0005": _hold,
    "0006": _lists_and_console,
    "0007": _one_count_of_posts,
}
"""What each version added to the one before, in their order."""
