"""The system clock, which the command line and the worker alone ask: everybody below is handed a clock."""

from __future__ import annotations

from datetime import UTC, datetime


def system_clock() -> datetime:
    """Return the current instant in UTC."""
    return datetime.now(UTC)
