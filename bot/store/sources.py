"""Sources: how far each was read, what was missed, how much it gives, and how its stream is doing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.domain.polling import HostState, KnownStream, StreamState
from bot.domain.post import Blind, Cursor, Unread, Unreadable
from bot.domain.source_name import SourceKind, SourceName
from bot.errors import StoreError
from bot.store import schema as t
from bot.store.engine import Serialize, all_rows, changed_rows, first_row, update_row
from bot.store.schema import host as table
from bot.store.store import Store
from bot.values import dataclass

_ONE = select(t.cursor).where(t.cursor.c.source == bindparam("which"))


@dataclass(frozen=True)
class PollState:
    """What is known of a source. Times are UTC; `horizon` is since when it is watched.

    `read_at` is when a page of it was last taken in, `caught_up_at` when a reading last reached its end, `newest_at`
    the time of the newest post there was then.
    """

    source: str
    horizon: datetime
    read_at: datetime | None = None
    error: str = ""
    next_at: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    caught_up_at: datetime | None = None
    newest_at: datetime | None = None
    interval: timedelta = timedelta(0)
    blind: Blind = Blind.NOTHING

    @property
    def name(self) -> SourceName | None:
        """Return what its name says; None for one that no Groundswell has made."""
        return SourceName.parse(self.source)

    @property
    def kind(self) -> SourceKind | None:
        """Return what it shows, as far as its name says so."""
        return self.name.kind if self.name else None


def cursor_of(tx: Connection, source: str, horizon: datetime) -> Cursor:
    """Return the source's cursor; one read for the first time begins at `horizon`, and keeps that beginning."""
    row = first_row(tx, _ONE, {"which": source})
    if row is None:
        tx.execute(insert(t.cursor), {"source": source, "horizon": horizon})
        return Cursor(horizon=horizon)
    return Cursor(horizon=row.horizon, newest=row.newest, pending=row.pending, resume=row.resume)


def save_cursor(tx: Connection, source: str, where: Cursor, now: datetime) -> None:
    """Move a cursor on; in the same transaction as the posts it has passed, or they are lost. Its beginning stays."""
    values = {"newest": where.newest, "pending": where.pending, "resume": where.resume}
    _change(tx, source, read_at=now, error="", **values)


def poll_state(tx: Connection, source: str) -> PollState | None:
    """Return what is known of one source; None where it was never read."""
    row = first_row(tx, _ONE, {"which": source})
    return poll_state_of(row) if row else None


def all_poll_states(tx: Connection) -> dict[str, PollState]:
    """Return every source that was ever read, by its name."""
    return {row.source: poll_state_of(row) for row in tx.execute(select(t.cursor).order_by(t.cursor.c.source))}


def note_failure(tx: Connection, source: str, error: str, since: datetime, failures: int, until: datetime) -> None:
    """Note why it cannot be read, since when, and when it is tried again (UTC); the cursor stays."""
    _change(tx, source, error=error, failing_since=since, failures=failures, next_at=until)


def note_success(tx: Connection, source: str, until: datetime, **values: Any) -> None:
    """Note that it can be read, and when it is read next (UTC) by whichever worker."""
    _change(tx, source, error="", failing_since=None, failures=0, next_at=until, **values)


def postpone_poll(tx: Connection, source: str, until: datetime) -> None:
    """Write down for every worker that the source is not to be read before then (UTC)."""
    _change(tx, source, next_at=until)


def set_blind(tx: Connection, source: str, blind: Blind) -> None:
    """Write down what a server does not show of a source by its own settings."""
    _change(tx, source, blind=blind)


def poll_state_of(row: Row[Any]) -> PollState:
    """Return what is known of the source of a row."""
    return PollState(
        source=row.source,
        horizon=row.horizon,
        read_at=row.read_at,
        error=row.error,
        next_at=row.next_at,
        failing_since=row.failing_since,
        failures=row.failures,
        caught_up_at=row.caught_up_at,
        newest_at=row.newest_at,
        interval=timedelta(seconds=row.interval_s),
        blind=Blind(row.blind),
    )


def _change(tx: Connection, source: str, **values: Any) -> None:
    update_row(tx, t.cursor, {"source": source}, values)


GAPS_KEPT = timedelta(days=30)
"""How long a gap that was filled is remembered; what is lost stays."""

_OPEN = (t.gap.c.source == bindparam("which"), t.gap.c.ended_at.is_(None))
_ANY_OPEN = select(t.gap).where(*_OPEN)
_CLOSE = update(t.gap).where(*_OPEN).values(ended_at=bindparam("now"), filled=bindparam("is_filled"))
_OLD_GAPS = delete(t.gap).where(
    t.gap.c.source == bindparam("which"), t.gap.c.filled, t.gap.c.ended_at < bindparam("before")
)


@dataclass(frozen=True)
class Gap:
    """A time (UTC) that a source does not cover yet. `ended_at` is None until a backfill has caught up."""

    source: str
    began_at: datetime
    ended_at: datetime | None
    reason: str
    filled: bool


def begin_gap(tx: Connection, source: str, began_at: datetime, reason: str) -> None:
    """Record that the source is not read from `began_at` on; in an open gap, the newest reason counts."""
    open_gap = tx.execute(_ANY_OPEN, {"which": source}).first()
    if open_gap is None:
        row = {"source": source, "began_at": began_at, "reason": reason, "filled": False}
        tx.execute(insert(t.gap), row)
    else:
        tx.execute(update(t.gap).where(t.gap.c.id == open_gap.id, t.gap.c.reason != reason).values(reason=reason))


def mark_gaps_filled(tx: Connection, source: str, now: datetime) -> None:
    """Record that the backfill is complete: everything posted since the last gap began has been read."""
    if changed_rows(tx, _CLOSE, {"which": source, "now": now, "is_filled": True}):
        tx.execute(_OLD_GAPS, {"which": source, "before": now - GAPS_KEPT})


def mark_gaps_lost(tx: Connection, source: str, began_at: datetime, reason: str, now: datetime) -> None:
    """Record that posts since the gap began can never be read: it is over, and stays unfilled."""
    begin_gap(tx, source, began_at, reason)
    tx.execute(_CLOSE, {"which": source, "now": now, "is_filled": False})


def purged(tx: Connection, source: str, since: datetime | None, before: datetime, reason: str, now: datetime) -> None:
    """Note that what was posted until `before` is not to be read any more, in the gap there is or `since` another time
    if that leaves one. A gap that goes on begins where the purge ends."""
    open_gap = tx.execute(_ANY_OPEN, {"which": source}).first()
    began_at = open_gap.began_at if open_gap else since
    if began_at is None or began_at >= before:
        return
    mark_gaps_lost(tx, source, began_at, reason, before)
    if open_gap is not None and before < now:
        begin_gap(tx, source, before, open_gap.reason)


def all_gaps(tx: Connection) -> Mapping[str, list[Gap]]:
    """Return every gap by source, the newest first."""
    by_source: dict[str, list[Gap]] = {}
    for row in tx.execute(select(t.gap).order_by(t.gap.c.began_at.desc(), t.gap.c.id.desc())):
        by_source.setdefault(row.source, []).append(_gap(row))
    return by_source


def _gap(row: Any) -> Gap:
    return Gap(row.source, row.began_at, row.ended_at, row.reason, row.filled)


RATES_KEPT = timedelta(days=8)
"""No hour older than this is kept."""

_HOUR = (t.heard.c.source == bindparam("which"), t.heard.c.hour == bindparam("at"))
_MORE = update(t.heard).where(*_HOUR).values(posts=t.heard.c.posts + bindparam("more"))
_OLD_RATES = delete(t.heard).where(t.heard.c.source == bindparam("which"), t.heard.c.hour < bindparam("first"))
_SINCE = select(t.heard.c.hour, t.heard.c.posts).where(
    t.heard.c.source == bindparam("which"), t.heard.c.hour >= bindparam("first")
)


def count_posts(tx: Connection, source: str, posts: Mapping[datetime, int], now: datetime) -> None:
    """Add the posts of each hour; with each new hour those go that are too old."""
    for hour, more in sorted(posts.items()):
        if hour >= now - RATES_KEPT and not tx.execute(_MORE, {"which": source, "at": hour, "more": more}).rowcount:
            _begin_hour(tx, source, hour, more, now)


def _begin_hour(tx: Connection, source: str, hour: datetime, more: int, now: datetime) -> None:
    tx.execute(_OLD_RATES, {"which": source, "first": now - RATES_KEPT})
    try:
        with tx.begin_nested():
            tx.execute(insert(t.heard), {"source": source, "hour": hour, "posts": more})
    except IntegrityError:  # another worker was first
        tx.execute(_MORE, {"which": source, "at": hour, "more": more})


def posts_since(tx: Connection, source: str, first: datetime) -> dict[datetime, int]:
    """Return the posts of each hour from `first` (UTC) on; hours without any are left out."""
    return {row.hour: row.posts for row in all_rows(tx, _SINCE, {"which": source, "first": first})}


UNREADABLE_KEPT = timedelta(days=30)
"""How long it is remembered that an entry could not be read."""

MOST_UNREADABLE = 1000
"""Entries of one source that are remembered: a server that makes them up must not fill the store."""


@dataclass
class GivenUp:
    """What could not be read of one source lately: how often each part was at fault, and when the last one was seen."""

    parts: Counter[Unread] = field(default_factory=Counter)
    last_at: datetime | None = None

    @property
    def count(self) -> int:
        return self.parts.total()


def note_unreadable(tx: Connection, source: str, entries: Sequence[Unreadable], now: datetime) -> list[Unreadable]:
    """Remember entries that could not be read. Return those that were not known yet."""
    keys = {unreadable.key: unreadable for unreadable in entries}
    tx.execute(
        delete(t.unreadable).where(t.unreadable.c.source == source, t.unreadable.c.seen_at < now - UNREADABLE_KEPT)
    )
    of_source = select(t.unreadable.c.key).where(t.unreadable.c.source == source)
    stored_keys = set(tx.execute(of_source.where(t.unreadable.c.key.in_(keys))).scalars())
    stored_count = tx.execute(select(func.count()).select_from(of_source.subquery())).scalar_one()
    new = [unreadable for key, unreadable in keys.items() if key not in stored_keys][
        : max(0, MOST_UNREADABLE - stored_count)
    ]
    rows = [{"source": source, "key": unreadable.key, "part": unreadable.part, "seen_at": now} for unreadable in new]
    if rows:
        tx.execute(insert(t.unreadable), rows)
    return new


def all_unreadable(tx: Connection) -> Mapping[str, GivenUp]:
    """Return what is remembered, by source."""
    by_source: dict[str, GivenUp] = {}
    columns = (
        t.unreadable.c.source,
        t.unreadable.c.part,
        func.count().label("entries"),
        func.max(t.unreadable.c.seen_at),
    )
    for source, part, entries, last_at in tx.execute(
        select(*columns).group_by(t.unreadable.c.source, t.unreadable.c.part)
    ):
        given_up = by_source.setdefault(source, GivenUp())
        given_up.parts[Unread(part)] += entries
        given_up.last_at = max(last_at, given_up.last_at or last_at)
    return by_source


_REACHED = select(t.cursor.c.newest, t.cursor.c.resume).where(t.cursor.c.source == bindparam("which"))


def save_stream(tx: Connection, stream: KnownStream) -> None:
    """Write down how a stream is doing now."""
    values: dict[str, Any] = {
        "state": str(stream.state),
        "since": stream.since,
        "heard_at": stream.heard_at,
        "event_at": stream.event_at,
        "reason": stream.reason.replace("\0", ""),
    }
    if not update_row(tx, t.stream, {"source": stream.source}, values):
        tx.execute(insert(t.stream), {"source": stream.source, **values})


def streams(tx: Connection) -> list[KnownStream]:
    """Return every stream that was ever listened to, by the names of their sources."""
    rows = tx.execute(select(t.stream).order_by(t.stream.c.source))
    return [
        KnownStream(row.source, StreamState(row.state), row.since, row.heard_at, row.event_at, row.reason)
        for row in rows
    ]


def position_of(tx: Connection, source: str) -> tuple[str, str]:
    """Return how far a source has been read, in its own words: another one after a reading that has brought
    something."""
    row = tx.execute(_REACHED, {"which": source}).first()
    return (row.newest, row.resume) if row else ("", "")


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
        with suppress(StoreError), self._store.begin(serialize=Serialize.HOSTS) as tx:
            if not update_row(tx, table, {"host": host}, values):
                tx.execute(insert(table), {"host": host, **values})
