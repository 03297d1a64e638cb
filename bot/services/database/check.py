"""Looks a store over: the database's own word on itself, and what must be true of deliveries and attempts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, and_, func, inspect, or_, select

from bot.domain.delivery import Kind, State
from bot.services.database import doubt
from bot.services.database.at_rest import AtRest
from bot.services.work import account_lock
from bot.store import marks
from bot.store.migrate import HEAD
from bot.store.place import place_of, shown_address
from bot.store.schema import attempt, delivery, metadata, sent_part

_MOST = 10
"""So many ids are named for each fault; the others are counted."""

_RESTORE = "Stop the workers and restore a backup: bot db restore FILE"
_RUN = "Start a worker, which picks it up: bot run"
_REPORT = "Nothing you did can cause this: keep a copy (bot db backup), and report it."


@dataclass(frozen=True)
class Fault:
    """Something wrong with the store, and what to do about it."""

    what: str
    do: str


@dataclass(frozen=True)
class Checked:
    """What was looked at and found. `in_doubt` are accounts that send nothing until their timelines were read."""

    address: str
    schema: str
    newest_schema: str
    name: str
    epoch: int
    place: str
    moved_to: str
    doubt: str
    in_doubt: list[str]
    deliveries: dict[str, int]
    faults: list[Fault]


def check(one: AtRest) -> Checked:
    """Look the store over; nothing is changed. Raises StoreError when it cannot be read at all."""
    schema, address = one.schema, shown_address(one.store.url)
    if schema != HEAD:
        do = "Run: bot db upgrade" if schema < HEAD else "Use the newer Groundswell that made it."
        faults = [Fault(f"the store has schema {schema or 'none'}, this version needs {HEAD}", do)]
        return Checked(address, schema, HEAD, "", 0, "", "", "", [], {}, faults)
    with one.store.read() as tx:
        known = marks.read(tx)
        faults = [*_of_the_database(one, tx), *_of_the_rows(tx), *_left_behind(one, tx)]
        counted = select(delivery.c.state, func.count()).group_by(delivery.c.state).order_by(delivery.c.state)
        return Checked(
            address,
            schema,
            HEAD,
            known.name,
            known.epoch,
            place_of(one.store.url, tx),
            known.moved_to,
            doubt.in_words(known.doubt) if known.doubt else "",
            marks.in_doubt(tx),
            {row[0]: row[1] for row in tx.execute(counted)},
            faults,
        )


def _of_the_database(one: AtRest, tx: Connection) -> Iterator[Fault]:
    if one.store.is_sqlite:
        for (verdict,) in tx.exec_driver_sql(f"PRAGMA integrity_check({_MOST})").all():
            if verdict != "ok":
                yield Fault(f"the file is damaged: {verdict}", _RESTORE)
        for row in tx.exec_driver_sql("PRAGMA foreign_key_check").all()[:_MOST]:
            yield Fault(f"a row of {row[0]} belongs to a row of {row[2]} that is not there", _REPORT)
    inspector = inspect(tx)
    for table in metadata.sorted_tables:
        there = (
            {column["name"] for column in inspector.get_columns(table.name)}
            if inspector.has_table(table.name)
            else set()
        )
        missing = sorted({column.name for column in table.c} - there)
        if missing:
            yield Fault(f"table {table.name} lacks {', '.join(missing)}", _RESTORE)


def _of_the_rows(tx: Connection) -> Iterator[Fault]:
    """What no run of Groundswell can have written."""
    is_out = delivery.c.state == State.SENT
    for ids, what in (
        (_ids(delivery.c.state.not_in(list(State))), "in a state that this version does not know"),
        (_ids(delivery.c.kind.not_in(list(Kind))), "of a kind that this version does not know"),
        (_ids(is_out, delivery.c.sent_at.is_(None)), "sent, but nobody knows when"),
        (
            _ids(delivery.c.state == State.SENT, delivery.c.id.not_in(select(sent_part.c.delivery_id))),
            "sent without a post",
        ),
        (_ids(_is_under_way(), delivery.c.id.not_in(select(attempt.c.delivery_id))), "under way without an attempt"),
        (_ids(delivery.c.attempts < _last_number()), "behind its own attempts"),
    ):
        yield from _fault(tx, ids, f"delivery {{ids}} is {what}")
    yield from _fault(tx, _doubles(), "delivery {ids} claims a post that is another delivery's too")
    for table in (attempt, sent_part):
        lonely = select(table.c.delivery_id).where(table.c.delivery_id.not_in(select(delivery.c.id)))
        yield from _fault(tx, lonely, f"a row of {table.name} belongs to delivery {{ids}}, which is not there")


def _is_under_way() -> ColumnElement[bool]:
    return delivery.c.state.in_([State.SENDING, State.UNKNOWN, State.NEEDS_DECISION])


def _last_number() -> ColumnElement[int]:
    mine = select(func.max(attempt.c.number)).where(attempt.c.delivery_id == delivery.c.id)
    return func.coalesce(mine.correlate(delivery).scalar_subquery(), 0)


def _ids(*conditions: ColumnElement[bool]) -> Select[int]:
    return select(delivery.c.id).where(and_(*conditions)).order_by(delivery.c.id)


def _doubles() -> Select[int]:
    """Two deliveries of one account with one post. X gives a repost no id of its own, so that those share some."""
    other, others = sent_part.alias(), delivery.alias()
    mine = select(delivery.c.id).join(sent_part, sent_part.c.delivery_id == delivery.c.id)
    same = mine.join(other, other.c.post_id == sent_part.c.post_id).join(others, others.c.id == other.c.delivery_id)
    is_another = or_(other.c.delivery_id != sent_part.c.delivery_id, other.c.part != sent_part.c.part)
    of_posts = and_(delivery.c.kind == Kind.POST, others.c.kind == Kind.POST, others.c.account == delivery.c.account)
    return same.where(is_another, of_posts, sent_part.c.post_id != "").order_by(delivery.c.id).distinct()


def _fault(tx: Connection, query: Select[int], what: str) -> Iterator[Fault]:
    found = [int(one) for one in tx.execute(query).scalars()]
    if found:
        more = f" and {len(found) - _MOST} more" if len(found) > _MOST else ""
        yield Fault(what.format(ids=", ".join(map(str, found[:_MOST])) + more), _REPORT)


def _left_behind(one: AtRest, tx: Connection) -> Iterator[Fault]:
    """What a worker had in its hands when it died; none where a worker is at work on the account just now."""
    begun = delivery.c.state.in_([State.CLAIMED, State.SENDING])
    for account in tx.execute(select(delivery.c.account).where(begun).distinct()).scalars().all():
        with one.locks.hold(account_lock(account)) as nobody_works:
            if nobody_works:
                for fault in _fault(tx, _ids(begun, delivery.c.account == account), "delivery {ids} was left half-way"):
                    yield Fault(fault.what, _RUN)
