"""What is stored of posters expires, from the store and its backups; after the campaign nothing stays of anybody."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from bot.causes import CauseCode, because
from bot.domain.actor import By
from bot.domain.delivery import CANCELLABLE, MAY_BE_OUT, OUT, CancelledBy, Delivery, State
from bot.errors import Refused, RefusedCode, StoreError
from bot.services import notifications
from bot.services.events import EventName
from bot.services.protection import forget
from bot.services.sending import undo
from bot.services.watching import poll
from bot.services.work import Work, post_key
from bot.store import authors, control, deliveries, identity, retention
from bot.store.control import OURSELVES, AuditAction
from bot.store.engine import BACKUPS, Serialize
from bot.store.identity import file_of
from bot.store.store import Store, sqlite_url
from bot.values import dataclass

EVERY = timedelta(hours=1)
"""How often a worker looks for what has expired."""


def expire(work: Work) -> int:
    """Remove what is older than `[retention]` allows, and what is gone where it was posted. Return how many sightings
    were removed."""
    rules = work.config.retention
    count = purge(work, rules.decided, rules.undecided, OURSELVES)
    notifications.expire(work.store, work.clock())
    work.store.scrub()
    return count


def purge(work: Work, decided: timedelta, undecided: timedelta, by: By) -> int:
    """Remove sightings that were decided longer than `decided` ago, and those that were seen longer than `undecided`
    ago and that nobody decided. Return how many were removed.

    Figures stay without people, the uri as a keyed hash; of a reshare that is out, what it takes to take it back. What
    was posted before all that and was not read yet is not read any more, where a person says so: it would be removed
    with the next purge like this one, and X is paid for it.
    """
    now = work.clock()
    if by != OURSELVES:
        with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
            poll.purge(tx, now - undecided, now)
    count = _purge(work, decided, undecided)
    if count or by != OURSELVES:
        with work.store.begin() as tx:
            control.write_audit(tx, now, by, AuditAction.PURGE, f"{count} sightings")
    return count


def purge_quietly(work: Work) -> int:
    """Remove what is older than `[retention]` allows, in a copy of the store that nobody works on, and leave no entry
    in its audit log. Return how many sightings were removed."""
    return _purge(work, work.config.retention.decided, work.config.retention.undecided)


def _purge(work: Work, decided: timedelta, undecided: timedelta) -> int:
    now, count = work.clock(), 0
    while not work.stopping.is_set():
        removed = _remove_some(work, now - decided, now - undecided)
        count += removed
        if not removed:
            break
    return count


def _remove_some(work: Work, decided: datetime, undecided: datetime) -> int:
    """Remove one page of expired sightings in a transaction of its own, so that nobody else waits for long. Return how
    many were removed."""
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        ids = retention.expired(tx, decided, undecided)
        retention.remove(tx, ids, partial(post_key, work))
    return len(ids)


BACKUPS_EVERY = timedelta(days=1)
"""How often a worker goes through them."""

_LOOKED_AT = "backups_looked_at"
_BESIDE = ("-wal", "-shm", "-journal")


def backup_files(work: Work) -> list[Path]:
    """Return every backup in var/backups, and every store that `bot db restore` kept aside."""
    paths = [*(work.root / "var" / "backups").glob("*.db")]
    if work.store.is_sqlite:
        store = file_of(work.store.url)
        paths += store.parent.glob(f"{store.stem}-kept-aside-*{store.suffix}")
    return sorted(paths)


def remove_backups(work: Work) -> int:
    """Delete all backups, and what rehearsals left. Return how many backups there were."""
    paths = backup_files(work)
    for file in (*paths, *(work.root / "var").glob("rehearsal*")):
        for path in (file, *(file.with_name(file.name + ending) for ending in _BESIDE)):
            if path.is_file():
                path.unlink()
    return len(paths)


def expire_backups(work: Work) -> int:
    """Remove from each backup what has expired, and everybody who asked to be forgotten since it was made. Once a day,
    for whoever gets the lock. Return how many sightings were removed."""
    with work.locks.hold(BACKUPS) as ours:
        if not ours or not _is_time(work):
            return 0
        return sum(_expire(work, file) for file in backup_files(work))


def _is_time(work: Work) -> bool:
    """Return whether nobody has gone through the backups for a day; if so, note that somebody does now."""
    now = work.clock()
    with work.store.begin() as tx:
        last = identity.read_metadata(tx).raw.get(_LOOKED_AT)
        if last and timedelta() <= now - datetime.fromisoformat(last) < BACKUPS_EVERY:
            return False
        identity.put_metadata(tx, {_LOOKED_AT: now.isoformat()})
    return True


def _expire(work: Work, file: Path) -> int:
    try:
        with closing(Store.open(sqlite_url(file))) as backup:
            count = _forget_again(work, replace(work, store=backup))
            count += purge_quietly(replace(work, store=backup))
            if count:
                backup.scrub(whole=True)
            return count
    except StoreError as error:
        work.tell(EventName.BACKUP_UNREAD, file=file.name, error=str(error))
        return 0
    finally:
        _leave_alone(file)


def _forget_again(work: Work, copy: Work) -> int:
    """Forget in a backup those who asked for it after it was made. Return how many sightings were removed."""
    with work.store.read() as tx:
        asked, people = authors.forgotten_keys(tx), authors.forgotten_people(tx)
    with copy.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        since = asked - authors.forgotten_keys(tx)
        people_since = [person & since for person in people if person & since]
        return forget.forget_keys(tx, copy, since, work.clock(), people_since).sightings if since else 0


def _leave_alone(file: Path) -> None:
    """Leave one file with nothing beside it, as a backup is made."""
    try:
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error:
        return


@dataclass(frozen=True)
class Purged:
    """What went, and what could not: `out` reshares stay out for good, `being_taken_back` keep their post's address
    until that is done. `is_scrubbed` says that the disk has forgotten it too."""

    sightings: int
    out: int
    being_taken_back: int
    backups: int
    is_scrubbed: bool


def refuse_early_purge(work: Work) -> None:
    """Raise Refused until the day of action is over, by the campaign's own clock."""
    campaign = work.config.campaign
    if work.clock().astimezone(campaign.timezone).date() <= campaign.day_of_action:
        raise Refused(RefusedCode.TOO_EARLY_TO_PURGE, day=campaign.day_of_action)


def reshares_still_out(work: Work) -> int:
    """Return how many reshares are out that nobody could take back from here after this."""
    with work.store.read() as tx:
        return retention.reshares_out(tx)


def take_all_back(work: Work, by: By) -> int:
    """Take every reshare back that is out. Return how many could not be taken back yet."""
    with work.store.read() as tx:
        ids = [
            delivery.id
            for delivery in retention.reshares_to_blank(tx)
            if delivery.state is State.SENT and not retention.is_purged(delivery.post_uri)
        ]
    return sum(undo.undo(work, delivery_id, by).undone_at is None for delivery_id in ids)


def purge_after_campaign(work: Work, by: By) -> Purged:
    """Purge all that is stored of others, in the backups too, and watch nothing any more."""
    now, count = work.clock(), 0
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        control.end(tx, now, by)
        poll.purge(tx, now, now)
        for delivery in retention.reshares_to_blank(tx, lock=True):
            values = {"cancelled_by": CancelledBy.PROTECTION, "error": because(CauseCode.CAMPAIGN_OVER)}
            if (
                not deliveries.step(tx, delivery.id, CANCELLABLE, State.CANCELLED, **values)
                and delivery.state in MAY_BE_OUT
            ):
                undo.protect(tx, delivery, now, because(CauseCode.CAMPAIGN_OVER))
    while removed := _purge_some(work):
        count += removed
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        blanked_never = [
            delivery for delivery in retention.reshares_to_blank(tx, lock=True) if not _blanked(tx, delivery)
        ]
        retention.forget_the_rest(tx)
        control.write_audit(tx, now, by, AuditAction.PURGE, "after the campaign", f"{count} sightings")
        out_still = retention.reshares_out(tx) - sum(delivery.state in OUT for delivery in blanked_never)
    return Purged(count, out_still, len(blanked_never), remove_backups(work), work.store.scrub(whole=True))


def _purge_some(work: Work) -> int:
    with work.store.begin(serialize=Serialize.SIGHTINGS) as tx:
        ids = retention.some_sightings(tx)
        retention.remove(tx, ids, partial(post_key, work))
    return len(ids)


def _blanked(tx: Connection, delivery: Delivery) -> bool:
    """Remove from a delivery all that names anybody, and return whether that was done; what is being taken back keeps
    it until that is confirmed."""
    if delivery.undo_asked_at is not None and delivery.undone_at is None:
        return False
    retention.blank(tx, delivery)
    return True
