"""What keeps the promises in real use: identities, quoted posts, counters and heartbeats."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """What is there keeps its meaning."""
    _sources()


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
