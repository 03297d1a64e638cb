"""What keeps the promises in real use: identities, quoted posts, counters and heartbeats."""

from __future__ import annotations

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """What is there keeps its meaning."""
