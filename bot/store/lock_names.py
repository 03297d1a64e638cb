"""The name of every lock, and of all transactions of which one runs at a time: two that differ exclude nobody.

Processes of different versions may work on one store, so the values stay as they are.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NewType

LockName = NewType("LockName", str)
"""What `hold` takes: a lock lasts as long as its holder's work, through many transactions."""

BACKUPS = LockName("backups")
"""Held while copies of the store are rewritten."""


def account_lock(account: str) -> LockName:
    """Return the lock under which an account sends."""
    return LockName(f"account-{account}")


def media_lock(account: str) -> LockName:
    """Return the lock under which an account uploads ahead."""
    return LockName(f"media-{account}")


def preflight_lock(account: str) -> LockName:
    """Return the lock under which an account's posts are checked ahead."""
    return LockName(f"preflight-{account}")


def source_lock(source: str) -> LockName:
    """Return the lock under which a source is read."""
    return LockName(f"source-{source}")


def stream_lock(source: str) -> LockName:
    """Return the lock under which a source's stream is listened to."""
    return LockName(f"stream-{source}")


class Serialize(StrEnum):
    """What `Store.begin` serializes by: of the transactions with one of these, one runs at a time in all processes."""

    NOTHING = ""
    SIGHTINGS = "sightings"
    """Those that change sightings, and the reshares made of them."""

    PLAN = "plan"
    ACCOUNTS = "accounts"
    """Those that bring the accounts' names in line with bot.toml."""

    CLOCK = "clock"
    FEEDS = "feeds"
    HEARTBEATS = "told"
    HOSTS = "hosts"
    IDENTITY = "marks"
    INSTANCE = "instance"
    SCHEMA = "schema"


def serialize_uploads(delivery_id: int) -> str:
    """Return what the transactions are serialized by that keep a delivery's uploads."""
    return f"uploads {delivery_id}"
