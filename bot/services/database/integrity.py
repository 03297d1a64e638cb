"""Looks a store over: the database's own word on itself, and what must be true of deliveries and attempts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import ColumnElement, Connection, Select, and_, func, inspect, or_, select

from bot.causes import CauseCode, because
from bot.domain.delivery import MAY_BE_OUT, UNDER_WAY, Kind, State
from bot.services.database.open import OpenedStore
from bot.store import identity
from bot.store import schema as t
from bot.store.engine import account_lock
from bot.store.identity import RecoveryNeeded, database_identity, shown_address
from bot.store.migrate import HEAD
from bot.values import dataclass

_MOST = 10
"""How many ids are named for each fault; the others are counted."""

_NEEDS: Mapping[CauseCode, CauseCode] = {
    CauseCode.FILE_DAMAGED: CauseCode.DO_RESTORE,
    CauseCode.COLUMNS_MISSING: CauseCode.DO_RESTORE,
    CauseCode.LEFT_HALF_WAY: CauseCode.DO_RUN,
    CauseCode.STORE_OLDER: CauseCode.DO_UPGRADE,
    CauseCode.STORE_NEWER: CauseCode.DO_USE_NEWER,
}
"""What to do about each fault; the others are to be reported."""


@dataclass(frozen=True)
class IntegrityFault:
    """Something wrong with the store, and what to do about it; both texts are causes, see `bot.causes`."""

    code: CauseCode
    what: str
    do: str


def _fault(code: CauseCode, **facts: object) -> IntegrityFault:
    return IntegrityFault(code, because(code, **facts), because(_NEEDS.get(code, CauseCode.DO_REPORT)))


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
        what = because(CauseCode.STORE_SCHEMA, schema=schema, newest=HEAD)
        code = CauseCode.STORE_OLDER if schema < HEAD else CauseCode.STORE_NEWER
        faults = [IntegrityFault(code, what, because(_NEEDS[code]))]
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
                yield _fault(CauseCode.FILE_DAMAGED, verdict=verdict)
        for row in tx.exec_driver_sql("PRAGMA foreign_key_check").all()[:_MOST]:
            yield _fault(CauseCode.ROW_WITHOUT_PARENT, table=row[0], parent=row[2])
    inspector = inspect(tx)
    for table in t.metadata.sorted_tables:
        columns = (
            {column["name"] for column in inspector.get_columns(table.name)}
            if inspector.has_table(table.name)
            else set()
        )
        missing = sorted({column.name for column in table.c} - columns)
        if missing:
            yield _fault(CauseCode.COLUMNS_MISSING, table=table.name, columns=missing)


def _of_the_rows(tx: Connection) -> Iterator[IntegrityFault]:
    """Yield what no run of Groundswell can have written."""
    is_out = t.delivery.c.state == State.SENT
    is_posted = t.delivery.c.id.in_(select(t.sent_part.c.delivery_id))
    is_attempted = t.delivery.c.id.in_(select(t.attempt.c.delivery_id))
    for ids, code in (
        (_ids(t.delivery.c.state.not_in(list(State))), CauseCode.STATE_UNKNOWN),
        (_ids(t.delivery.c.kind.not_in(list(Kind))), CauseCode.KIND_UNKNOWN),
        (_ids(is_out, t.delivery.c.sent_at.is_(None)), CauseCode.SENT_AT_UNKNOWN),
        (_ids(is_out, ~is_posted), CauseCode.SENT_WITHOUT_POST),
        (_ids(_is_under_way(), ~is_attempted), CauseCode.UNDER_WAY_WITHOUT_ATTEMPT),
        (_ids(t.delivery.c.attempts < _last_number()), CauseCode.BEHIND_ITS_ATTEMPTS),
        (_doubles(), CauseCode.POST_CLAIMED_TWICE),
    ):
        yield from _of_deliveries(tx, ids, code)
    for table in (t.attempt, t.sent_part):
        lonely = select(table.c.delivery_id).where(table.c.delivery_id.not_in(select(t.delivery.c.id)))
        yield from _of_deliveries(tx, lonely, CauseCode.DELIVERY_MISSING, table=table.name)


def _is_under_way() -> ColumnElement[bool]:
    return t.delivery.c.state.in_(MAY_BE_OUT)


def _last_number() -> ColumnElement[int]:
    last = select(func.max(t.attempt.c.number)).where(t.attempt.c.delivery_id == t.delivery.c.id)
    return func.coalesce(last.correlate(t.delivery).scalar_subquery(), 0)


def _ids(*conditions: ColumnElement[bool]) -> Select[int]:
    return select(t.delivery.c.id).where(and_(*conditions)).order_by(t.delivery.c.id)


def _doubles() -> Select[int]:
    """Return the query for two deliveries of one account with one post. X gives a repost no id of its own, so that
    those share some."""
    other, others = t.sent_part.alias(), t.delivery.alias()
    sent = select(t.delivery.c.id).join(t.sent_part, t.sent_part.c.delivery_id == t.delivery.c.id)
    same = sent.join(other, other.c.post_id == t.sent_part.c.post_id).join(others, others.c.id == other.c.delivery_id)
    is_another = or_(other.c.delivery_id != t.sent_part.c.delivery_id, other.c.part != t.sent_part.c.part)
    of_posts = and_(
        t.delivery.c.kind == Kind.POST, others.c.kind == Kind.POST, others.c.account == t.delivery.c.account
    )
    return same.where(is_another, of_posts, t.sent_part.c.post_id != "").order_by(t.delivery.c.id).distinct()


def _of_deliveries(tx: Connection, query: Select[int], code: CauseCode, **facts: object) -> Iterator[IntegrityFault]:
    ids = [int(number) for number in tx.execute(query).scalars()]
    if ids:
        yield _fault(code, ids=ids[:_MOST], more=max(0, len(ids) - _MOST), **facts)


def _left_behind(opened: OpenedStore, tx: Connection) -> Iterator[IntegrityFault]:
    """Yield what a worker had in its hands when it died; none where a worker is at work on the account just now."""
    begun = t.delivery.c.state.in_(UNDER_WAY)
    for account in tx.execute(select(t.delivery.c.account).where(begun).distinct()).scalars().all():
        with opened.locks.hold(account_lock(account)) as nobody_works:
            if nobody_works:
                mine = _ids(begun, t.delivery.c.account == account)
                yield from _of_deliveries(tx, mine, CauseCode.LEFT_HALF_WAY)
