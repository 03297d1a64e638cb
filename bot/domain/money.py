"""Amounts in micro-USD: whole numbers, so that sums of thousandths never drift."""

from __future__ import annotations

MICRO = 1_000_000


def micro(usd: float) -> int:
    """Dollars as whole micro-USD."""
    return round(usd * MICRO)


def dollars(amount: int) -> str:
    """Micro-USD as people read them: "$0.215"."""
    return f"${amount / MICRO:.3f}"
