"""What the monitor, moderation and forgetting need: gaps, rates, charges, traits, approvals, keyed hashes, tallies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_INSTANT = sa.DateTime(timezone=True)
_BIG = sa.BigInteger()
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_ADDED = {
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
"""Columns are added in place: a table that is made anew would take what points to it along when the old one goes."""

_INDEXED = (("delivery", "author_key"), ("sighting", "author_key"), ("sighting", "same_as"), ("sighting", "seen_at"))


def upgrade() -> None:
    """What is there keeps its meaning: no author is known by a key, no post is like another, none needs care."""
    for table, columns in _ADDED.items():
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
