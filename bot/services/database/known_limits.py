"""What servers told once of what they accept, as the store remembers it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec
from sqlalchemy import Connection, select

from bot.domain.campaign import Config
from bot.domain.limits import Limits, default_limits
from bot.errors import StoreError
from bot.services.database.where import store_file
from bot.shapes import resolve_shapes
from bot.store import schema as t
from bot.store.engine import plain_errors
from bot.store.migrate import HEAD, version
from bot.store.store import Store


def remembered_limits(tx: Connection, config: Config) -> dict[str, Limits]:
    """Return what the accounts' servers said last, by account; of those alone that are still where they were."""
    limits = {}
    for row in tx.execute(select(t.account_state.c.account, t.account_state.c.limits)):
        account, value = config.accounts.get(row.account), row.limits
        if account is None or not value or value.get("server") != account.api_base_url:
            continue
        try:
            limits[account.name] = msgspec.convert(value["limits"], Limits)
        except (msgspec.ValidationError, KeyError):
            continue  # another version wrote it; the server is asked again
    return limits


def known_limits(path: Path, config: Config) -> Mapping[str, Limits]:
    """Return what each account accepts as far as its store knows. `path` is the campaign's bot.toml.

    A store that is away, or of another version, knows nothing.
    """
    usual = default_limits(config)
    url = os.environ.get("DATABASE_URL", "")
    try:
        with plain_errors(url):
            store = Store(url or f"sqlite:///{store_file(path.parent)}")
            try:
                if version(store.engine) != HEAD:
                    return usual
                with store.read() as tx:
                    return {**usual, **remembered_limits(tx, config)}
            finally:
                store.close()
    except StoreError:
        return usual


resolve_shapes(Limits)
