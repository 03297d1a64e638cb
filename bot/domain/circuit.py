"""When an account whose server cannot be reached is left alone, and for how long."""

from __future__ import annotations

from datetime import timedelta

OPENS_AFTER = 3
"""Requests in a row that never got a connection, after which an account is out of reach."""

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=5)


def backoff(failures: int) -> timedelta:
    """How long to wait after this many failures in a row: twice as long each time, five minutes at the most."""
    doublings = min(max(failures, 1) - 1, 10)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def rest_after(failures: int) -> timedelta | None:
    """How long nothing is asked of an account after so many requests in a row that got nowhere; None for not yet."""
    return backoff(failures - OPENS_AFTER + 1) if failures >= OPENS_AFTER else None
