"""The store itself as it lies there: opened as it is, brought to the newest schema, told where it is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bot.causes import CauseCode
from bot.domain.campaign import Config
from bot.errors import StoreError
from bot.files.config import load as configuration
from bot.services.database.where import store_file
from bot.store.engine import plain_errors
from bot.store.migrate import HEAD, migrate, version
from bot.store.store import Store, locks_of, sqlite_url
from bot.values import dataclass

if TYPE_CHECKING:
    from bot.services.work import Locks


@dataclass(frozen=True)
class OpenedStore:
    """A campaign whose store was opened as it is: neither upgraded, nor doubted, nor taken for ours to send from."""

    root: Path
    config: Config
    store: Store
    locks: Locks

    @property
    def high_water_mark(self) -> Path:
        """This folder's high-water mark, see `bot.store.identity`."""
        return self.root / "var" / "witness"

    @property
    def schema(self) -> str:
        """The schema that the database has; "" for an empty one. Raise StoreError."""
        with plain_errors(self.store.url):
            return version(self.store.engine)

    def require_schema(self) -> None:
        """Raise StoreError unless the database has the schema of this version."""
        schema = self.schema
        if not schema:
            raise StoreError(CauseCode.STORE_MISSING)
        if schema != HEAD:
            raise StoreError(CauseCode.STORE_OTHER_SCHEMA, schema=schema, newest=HEAD)


def store_url(root: Path) -> str:
    """Return where the store of the campaign in this folder is. Raise StoreError when it can be nowhere."""
    return os.environ.get("DATABASE_URL") or sqlite_url(store_file(root))


@contextmanager
def open_existing(path: Path, config: Config | None = None) -> Iterator[OpenedStore]:
    """Open a campaign's store as it is. `path` is its bot.toml, `config` what that says, where it was read already.

    Raise FaultyFiles or StoreError.
    """
    path = path.resolve()
    config, url = config or configuration.read(path), store_url(path.parent)
    with plain_errors(url):
        store = Store(url)
    locks = locks_of(store, path.parent / "var" / "locks")
    try:
        yield OpenedStore(path.parent, config, store, locks)
    finally:
        locks.close()
        store.close()


def upgrade(opened: OpenedStore) -> tuple[str, str]:
    """Bring the database to the newest schema, and return the one it had and the one it has. Raise StoreError."""
    before = opened.schema
    with plain_errors(opened.store.url):
        migrate(opened.store.engine)
    return before, opened.schema
