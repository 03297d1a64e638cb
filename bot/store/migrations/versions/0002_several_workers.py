"""What several workers need of each other, what checks ahead found, and which accounts are in doubt or out of reach."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_ADDED = {
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
"""Columns are added in place: a table that is made anew would take what points to it along when the old one goes."""


def upgrade() -> None:
    """What is there keeps its meaning: not important, never checked, reachable, not in doubt."""
    for table, columns in _ADDED.items():
        for column in columns:
            op.add_column(table, column())
