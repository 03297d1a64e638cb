"""Backups in their default place, and stores that were kept aside: what goes from the store goes from them too."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from bot.errors import StoreError
from bot.services.protection import forget, retention
from bot.services.work import SIGHTINGS, Work
from bot.store import authors, marks
from bot.store.place import file_of
from bot.store.store import Store, sqlite_url

EVERY = timedelta(days=1)
"""How often a worker goes through them."""

_LOOKED_AT = "backups_looked_at"
_BESIDE = ("-wal", "-shm", "-journal")


def files(work: Work) -> list[Path]:
    """Every backup in var/backups, and every store that `bot db restore` kept aside."""
    found = [*(work.root / "var" / "backups").glob("*.db")]
    if work.store.is_sqlite:
        store = file_of(work.store.url)
        found += store.parent.glob(f"{store.stem}-kept-aside-*{store.suffix}")
    return sorted(found)


def remove_all(work: Work) -> int:
    """Remove them, and what rehearsals left. Gives how many backups there were."""
    found = files(work)
    for file in (*found, *(work.root / "var").glob("rehearsal*")):
        for one in (file, *(file.with_name(file.name + ending) for ending in _BESIDE)):
            if one.is_file():
                one.unlink()
    return len(found)


def expire(work: Work) -> int:
    """Take out of each what expired, and all of whom asked to be forgotten since. Gives how many sightings."""
    with work.locks.hold("backups") as ours:
        if not ours or not _is_time(work):
            return 0
        return sum(_expire(work, file) for file in files(work))


def _is_time(work: Work) -> bool:
    """Whether nobody has gone through them for a day; if so, it is written down that somebody does now."""
    now = work.clock()
    with work.store.begin() as tx:
        told = marks.read(tx).raw.get(_LOOKED_AT)
        if told and timedelta() <= now - datetime.fromisoformat(told) < EVERY:
            return False
        marks.put(tx, {_LOOKED_AT: now.isoformat()})
    return True


def _expire(work: Work, file: Path) -> int:
    try:
        with closing(Store.open(sqlite_url(file))) as backup:
            count = _forget_again(work, replace(work, store=backup))
            count += retention.purge_quietly(replace(work, store=backup))
            if count:
                backup.scrub(whole=True)
            return count
    except StoreError as error:
        work.tell("backup_unread", f"{file.name} cannot be opened, so nothing expires in it: remove it. {error}")
        return 0
    finally:
        _leave_alone(file)


def _forget_again(work: Work, copy: Work) -> int:
    """A backup knows nothing of who asked after it was made."""
    with work.store.read() as tx:
        asked, people = authors.forgotten_keys(tx), authors.forgotten_people(tx)
    with copy.store.begin(turn=SIGHTINGS) as tx:
        since = asked - authors.forgotten_keys(tx)
        gone = [one & since for one in people if one & since]
        return forget.let_go(tx, copy, since, work.clock(), gone).sightings if since else 0


def _leave_alone(file: Path) -> None:
    """One file with nothing beside it, as a backup is made."""
    try:
        with closing(sqlite3.connect(file, isolation_level=None)) as made:
            made.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error:
        return
