"""Turns: transactions of one kind, one at a time in all processes, where SQLite would let in only one anyway."""

from __future__ import annotations

import hashlib

from sqlalchemy import BigInteger, Connection, cast, func, literal, select


def key_of(*names: str) -> int:
    """The 64-bit number by which PostgreSQL knows a lock of this name."""
    made = hashlib.blake2b("\0".join(names).encode(), digest_size=8).digest()
    return int.from_bytes(made, "big", signed=True)


def wait_for_turn(tx: Connection, name: str) -> None:
    """Wait until no other transaction has this turn; it ends with the transaction."""
    if tx.dialect.name == "postgresql":
        tx.execute(select(func.pg_advisory_xact_lock(cast(literal(key_of("turn", name)), BigInteger))))
