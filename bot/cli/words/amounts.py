"""How much and how long: counts and lengths of time, as people say them."""

from __future__ import annotations

from datetime import timedelta

_UNITS = (("day", "d", 86400), ("hour", "h", 3600), ("minute", "min", 60), ("second", "s", 1))


def duration_text(length: timedelta, *, short: bool = False) -> str:
    """Return a length of time, roughly, as people say it: "3 hours", or "3 h" where a table has no room."""
    seconds = max(0, round(length.total_seconds()))
    name, letter, size = next((unit for unit in _UNITS if seconds >= 2 * unit[2]), _UNITS[-1])
    return f"{seconds // size} {letter}" if short else counted(seconds // size, name)


def exact_duration_text(length: timedelta) -> str:
    """Return a length of time in its largest whole unit: "7 days", "90 minutes"."""
    seconds = int(length.total_seconds())
    name, _, size = next((unit for unit in _UNITS if seconds and not seconds % unit[2]), _UNITS[-1])
    return counted(seconds // size, name)


def counted(count: int, what: str) -> str:
    """Return a number with what is counted: "1 day", "2 days"."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
