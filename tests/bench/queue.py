"""Posts queued as `bot post` queues them, all in one commit, so that the worker has the machine for itself again."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from bot.domain.delivery import Origin, State
from bot.files import drafts
from bot.files.config import load as configuration
from bot.store import deliveries
from bot.store.engine import notify_workers
from bot.store.store import Store

LATE = timedelta(hours=1)
_numbers = itertools.count(1)


def put(url: str, bot_toml: Path, texts: Mapping[str, Sequence[str]], due: datetime) -> None:
    """Queue each account's texts on the store at this address, due at an instant (UTC)."""
    config, store = configuration.read(bot_toml), Store.open(url)
    with store.begin() as tx:
        for account, text in ((account, text) for account, those in texts.items() for text in those):
            draft, faults = drafts.draft(
                config,
                text,
                config.accounts[account],
                language="en",
                due_at=due,
                expires_at=due + LATE,
                message=f"bench-{next(_numbers)}",
            )
            assert not faults, faults
            deliveries.add(tx, **deliveries.row_of(draft, State.PLANNED, Origin.COMMAND))
        notify_workers(tx)
    store.close()
