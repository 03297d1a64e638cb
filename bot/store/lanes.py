"""What there is for the lanes of accounts to look at: one query for all of them, for mostly there is nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import CTE, ColumnElement, Connection, Select, String, bindparam, literal, or_, select, union_all

from bot.domain.delivery import UNDER_WAY, Kind, State
from bot.store import control
from bot.store import schema as t
from bot.store.control import AccountState
from bot.store.deliveries import HELD_BY_FILES
from bot.store.engine import all_rows
from bot.store.identity import GAP
from bot.store.store import Store
from bot.values import dataclass


@dataclass(frozen=True)
class LaneNeeds:
    """What there may be of an account to look at, and how it stands.

    `under_way` was begun by somebody; `due` may be claimed, `overdue` has its turns to be written, `too_late` is missed
    by its own rule, `unready` waits for a link or to be read; `to_undo` is to be taken back, `to_edit` changed,
    `to_reshare` waits for its turn, `unknown` to be looked for. `gap` is a time of which more may turn up. `asked` says
    that anybody ever asked to be left alone, or may have: until then no post has to be read for their names.
    """

    state: AccountState
    under_way: bool
    due: bool
    overdue: bool
    too_late: bool
    unready: bool
    to_undo: bool
    to_edit: bool
    to_reshare: bool
    unknown: bool
    gap: bool
    asked: bool

    @property
    def posts(self) -> bool:
        """Return whether there are posts to do something with."""
        return self.due or self.overdue or self.too_late or self.unready


def needs(
    tx: Connection, accounts: Sequence[str], now: datetime, due_by: datetime, overdue: datetime
) -> dict[str, LaneNeeds]:
    """Return what there is of each account: due or too late now, to be warned of where it is due by `due_by`, and
    overdue since then (UTC)."""
    rows = all_rows(tx, _needs(len(accounts)), _asked(accounts, now, due_by, overdue)) if accounts else []
    return {row.name: _needs_of_row(row) for row in rows}


def needs_of(store: Store, account: str, now: datetime, due_by: datetime, overdue: datetime) -> LaneNeeds:
    """Return what `needs` returns of one account, asked for in a transaction of its own."""
    return _needs_of_row(store.read_row(_needs(1), _asked([account], now, due_by, overdue)))


def _asked(accounts: Sequence[str], now: datetime, due_by: datetime, overdue: datetime) -> dict[str, Any]:
    names = {f"account_{place}": name for place, name in enumerate(accounts)}
    return {"now": now, "due_by": due_by, "overdue": overdue, **names}


def _needs_of_row(row: Any) -> LaneNeeds:
    return LaneNeeds(control.account_state(row), **{name: bool(getattr(row, name)) for name in _FLAGS})


_FLAGS = tuple(name for name in LaneNeeds.__dataclass_fields__ if name != "state")


@cache
def _needs(count: int) -> Select[Any]:
    """Made once for so many accounts: it is asked every second, of all of them and of each, and to make it takes longer
    than to have it answered."""
    names = (bindparam(f"account_{place}", type_=String) for place in range(count))
    each = union_all(*(select(name.label("name")) for name in names)).cte("each_account")
    flags = (_flag(name, each) for name in _FLAGS)
    joined = each.outerjoin(t.account_state, t.account_state.c.account == each.c.name)
    return select(each.c.name, *control.STANDING, *flags).select_from(joined)


def _flag(name: str, accounts: CTE) -> ColumnElement[bool]:
    account = accounts.c.name
    if name == "gap":
        return select(t.meta.c.key).where(t.meta.c.key == literal(f"{GAP}:").concat(account)).exists().label(name)
    if name == "asked":
        keys = t.forgotten.c.key, t.stop_request.c.key
        return or_(*(select(key).where(key > "").exists() for key in keys)).label(name)  # the first of an index
    mine = select(t.delivery.c.id).where(t.delivery.c.account == account)
    if name == "to_edit":
        is_mine = mine.where(t.delivery.c.id == t.edit.c.delivery_id, t.delivery.c.undo_asked_at.is_(None))
        of_account = is_mine.correlate(t.edit, accounts).exists()
        return (
            select(t.edit.c.delivery_id).where(t.edit.c.not_before <= _instant("now"), of_account).exists().label(name)
        )
    return or_(*(mine.where(*each).exists() for each in _conditions()[name])).label(name)


def _instant(name: str) -> ColumnElement[datetime]:
    return bindparam(name, type_=t.delivery.c.due_at.type)


@cache
def _conditions() -> dict[str, tuple[tuple[ColumnElement[bool], ...], ...]]:
    """Return by what deliveries each flag is raised: any of these, each of which has an index."""
    of, now = t.delivery.c, _instant("now")
    is_planned, is_post, is_kept = of.state == State.PLANNED, of.kind == Kind.POST, of.undo_asked_at.is_(None)
    has_link, is_soon = of.waiting_for == "", of.due_at <= _instant("due_by")
    return {
        "under_way": tuple((of.state == state,) for state in sorted(UNDER_WAY)),
        "due": ((is_planned, of.not_before <= now, is_post, has_link, is_kept),),
        "overdue": ((is_planned, of.due_at < _instant("overdue"), is_post, has_link, is_kept),),
        "too_late": ((is_planned, of.expires_at < now, of.due_at < now),),
        "unready": (
            (is_planned, is_soon, of.waiting_for != "", of.error == ""),
            (of.state == State.HELD, is_soon, of.error == HELD_BY_FILES),
        ),
        "to_undo": ((of.undo_asked_at.is_not(None), of.undone_at.is_(None)),),
        "to_reshare": ((is_planned, of.kind == Kind.RESHARE),),
        "unknown": ((of.state == State.UNKNOWN,),),
    }
