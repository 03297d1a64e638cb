"""What keeps the promises in real use: identities, quoted posts, counters and heartbeats."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_NUMBERED = ("sighting", "delivery", "attempt", "gap", "audit")
_OWN_KEY = re.compile(r",\s*CONSTRAINT pk_\w+ PRIMARY KEY \(id\)")


def upgrade() -> None:
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
    """On SQLite: the tables are made anew with AUTOINCREMENT, which no ALTER TABLE can add.

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
    if left := op.get_bind().execute(sa.text("PRAGMA foreign_key_check")).first():
        raise RuntimeError(f"a row points to nothing: {left}")


def _make_anew(table: str) -> None:
    """The same table under the same name, with all its rows, indexes and triggers; what points to it still does."""
    tx = op.get_bind()
    master = sa.text("SELECT sql FROM sqlite_master WHERE tbl_name = :table AND type = :type AND sql IS NOT NULL")
    (made,) = tx.execute(master, {"table": table, "type": "table"}).scalars()
    beside = [
        sql for kind in ("index", "trigger") for sql in tx.execute(master, {"table": table, "type": kind}).scalars()
    ]
    columns = ", ".join(f'"{column["name"]}"' for column in sa.inspect(tx).get_columns(table))
    wanted = _OWN_KEY.sub("", made).replace("id INTEGER NOT NULL", "id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT", 1)
    op.execute(re.sub(rf'CREATE TABLE "?{table}"?', f'CREATE TABLE "{table}_anew"', wanted, count=1))
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
