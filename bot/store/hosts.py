"""What servers that are read without an account have asked of us, for every process that reads them."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from sqlalchemy import insert, select

from bot.domain.host import HostState
from bot.errors import StoreError
from bot.store.schema import host as table
from bot.store.statements import change
from bot.store.store import Store


class StoredHosts:
    """Remembers hosts in the store; one that cannot be reached forgets, and harms nobody."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def known(self, host: str) -> HostState:
        """Return what is known of a host."""
        with suppress(StoreError), self._store.read() as tx:
            row = tx.execute(select(table).where(table.c.host == host)).first()
            if row is not None:
                wait = timedelta(seconds=row.wait_s)
                return HostState(row.rests_until, row.robots, row.asked_at, wait, row.trouble)
        return HostState()

    def keep(self, host: str, state: HostState) -> None:
        """Remember this of a host."""
        values = {
            "rests_until": state.rests_until,
            "robots": state.robots,
            "asked_at": state.asked_at,
            "wait_s": round(state.wait.total_seconds()),
            "trouble": state.trouble.replace("\0", ""),
        }
        with suppress(StoreError), self._store.begin(turn="hosts") as tx:
            if not change(tx, table, {"host": host}, values):
                tx.execute(insert(table), {"host": host, **values})
