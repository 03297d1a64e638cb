"""Looks a store over: the database's own word on itself, and what must be true of deliveries and attempts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, and_, func, inspect, or_, select

from bot.domain.delivery import MAY_BE_OUT, UNDER_WAY, Kind, State
from bot.errors import Remedy, to_do
from bot.services.database.open import OpenedStore
from bot.store import identity
from bot.store import schema as t
from bot.store.engine import account_lock
from bot.store.identity import RecoveryNeeded, database_identity, shown_address
from bot.store.migrate import HEAD

_MOST = 10
"""So many ids are named for each fault; the others are counted."""

_RESTORE = f"Stop the workers and restore a backup: {to_do(Remedy.RESTORE_STORE, 'FILE')}"
_RUN = f"Start a worker, which picks it up: {to_do(Remedy.RUN)}"
_REPORT = f"Nothing you did can cause this: keep a copy ({to_do(Remedy.BACK_UP_STORE)}), and report it."


@dataclass(frozen=True)
class IntegrityFault:
    """Something wrong with the store, and what to do about it."""

    what: str
    do: str


@dataclass(frozen=True)
class IntegrityReport:
    """What was looked at and found. `in_doubt` are accounts that send nothing until their timelines were read."""

    address: str
    schema: str
    newest_schema: str
    name: str
    epoch: int
    place: str
    moved_to: str
    doubt: RecoveryNeeded | None
    in_doubt: list[str]
    deliveries: dict[str, int]
    faults: list[IntegrityFault]


def check(opened: OpenedStore) -> IntegrityReport:
    """Look the store over; nothing is changed. Raise StoreError when it cannot be read at all."""
    schema, address = opened.schema, shown_address(opened.store.url)
    if schema != HEAD:
        do = f"Run: {to_do(Remedy.UPGRADE_STORE)}" if schema < HEAD else "Use the newer Groundswell that made it."
        faults = [IntegrityFault(f"the store has schema {schema or 'none'}, this version needs {HEAD}", do)]
        return IntegrityReport(address, schema, HEAD, "", 0, "", "", None, [], {}, faults)
    with opened.store.read() as tx:
        metadata = identity.read_metadata(tx)
        faults = [*_of_the_database(opened, tx), *_of_the_rows(tx), *_left_behind(opened, tx)]
        counted = select(t.delivery.c.state, func.count()).group_by(t.delivery.c.state).order_by(t.delivery.c.state)
        return IntegrityReport(
            address,
            schema,
            HEAD,
            metadata.name,
            metadata.epoch,
            database_identity(opened.store.url, tx),
            metadata.moved_to,
            metadata.doubt,
            identity.needs_recovery(tx),
            {row[0]: row[1] for row in tx.execute(counted)},
            faults,
        )


def _of_the_database(opened: OpenedStore, tx: Connection) -> Iterator[IntegrityFault]:
    if opened.store.is_sqlite:
        for (verdict,) in tx.exec_driver_sql(f"PRAGMA integrity_check({_MOST})").all():
            if verdict != "ok":
                yield IntegrityFault(f"the file is damaged: {verdict}", _RESTORE)
        for row in tx.exec_driver_sql("PRAGMA foreign_key_check").all()[:_MOST]:
            yield IntegrityFault(f"a row of {row[0]} belongs to a row of {row[2]} that is not there", _REPORT)
    inspector = inspect(tx)
    for table in t.metadata.sorted_tables:
        columns = (
            {column["name"] for column in inspector.get_columns(table.name)}
            if inspector.has_table(table.name)
            else set()
        )
        missing = sorted({column.name for column in table.c} - columns)
        if missing:
            yield IntegrityFault(f"table {table.name} lacks {', '.join(missing)}", _RESTORE)


def _of_the_rows(tx: Connection) -> Iterator[IntegrityFault]:
    """Yield what no run of Groundswell can have written."""
    is_out = t.delivery.c.state == State.SENT
    for ids, what in (
        (_ids(t.delivery.c.state.not_in(list(State))), "in a state that this version does not know"),
        (_ids(t.delivery.c.kind.not_in(list(Kind))), "of a kind that this version does not know"),
        (_ids(is_out, t.delivery.c.sent_at.is_(None)), "sent, but nobody knows when"),
        (
            _ids(t.delivery.c.state == State.SENT, t.delivery.c.id.not_in(select(t.sent_part.c.delivery_id))),
            "sent without a post",
        ),
        (
            _ids(_is_under_way(), t.delivery.c.id.not_in(select(t.attempt.c.delivery_id))),
            "under way without an attempt",
        ),
        (_ids(t.delivery.c.attempts < _last_number()), "behind its own attempts"),
    ):
        yield from _fault(tx, ids, f"delivery {{ids}} is {what}")
    yield from _fault(tx, _doubles(), "delivery {ids} claims a post that is another delivery's too")
    for table in (t.attempt, t.sent_part):
        lonely = select(table.c.delivery_id).where(table.c.delivery_id.not_in(select(t.delivery.c.id)))
        yield from _fault(tx, lonely, f"a row of {table.name} belongs to delivery {{ids}}, which is not there")


def _is_under_way() -> ColumnElement[bool]:
    return t.delivery.c.state.in_(MAY_BE_OUT)


def _last_number() -> ColumnElement[int]:
    last = select(func.max(t.attempt.c.number)).where(t.attempt.c.delivery_id == t.delivery.c.id)
    return func.coalesce(last.correlate(t.delivery).scalar_subquery(), 0)


def _ids(*conditions: ColumnElement[bool]) -> Select[int]:
    return select(t.delivery.c.id).where(and_(*conditions)).order_by(t.delivery.c.id)


def _doubles() -> Select[int]:
    """Two deliveries of one account with one post. X gives a repost no id of its own, so that those share some."""
    other, others = t.sent_part.alias(), t.delivery.alias()
    sent = select(t.delivery.c.id).join(t.sent_part, t.sent_part.c.delivery_id == t.delivery.c.id)
    same = sent.join(other, other.c.post_id == t.sent_part.c.post_id).join(others, others.c.id == other.c.delivery_id)
    is_another = or_(other.c.delivery_id != t.sent_part.c.delivery_id, other.c.part != t.sent_part.c.part)
    of_posts = and_(
        t.delivery.c.kind == Kind.POST, others.c.kind == Kind.POST, others.c.account == t.delivery.c.account
    )
    return same.where(is_another, of_posts, t.sent_part.c.post_id != "").order_by(t.delivery.c.id).distinct()


def _fault(tx: Connection, query: Select[int], what: str) -> Iterator[IntegrityFault]:
    ids = [int(number) for number in tx.execute(query).scalars()]
    if ids:
        more = f" and {len(ids) - _MOST} more" if len(ids) > _MOST else ""
        yield IntegrityFault(what.format(ids=", ".join(map(str, ids[:_MOST])) + more), _REPORT)


def _left_behind(opened: OpenedStore, tx: Connection) -> Iterator[IntegrityFault]:
    """Yield what a worker had in its hands when it died; none where a worker is at work on the account just now."""
    begun = t.delivery.c.state.in_(UNDER_WAY)
    for account in tx.execute(select(t.delivery.c.account).where(begun).distinct()).scalars().all():
        with opened.locks.hold(account_lock(account)) as nobody_works:
            if nobody_works:
                for fault in _fault(
                    tx, _ids(begun, t.delivery.c.account == account), "delivery {ids} was left half-way"
                ):
                    yield IntegrityFault(fault.what, _RUN)
