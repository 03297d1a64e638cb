"""What holds sending back: the stop switch, accounts that are paused, the day's money, whether rules approve; and the
audit log."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import (
    Connection,
    Row,
    SelectBase,
    Table,
    Text,
    bindparam,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    union_all,
    update,
)
from sqlalchemy.exc import IntegrityError

from bot.domain.actor import GROUNDSWELL, By, Via, actor_of
from bot.domain.delivery import LONGEST_WAIT, OPENS_AFTER
from bot.domain.identity import RealAccount
from bot.domain.money import Purpose, day_of
from bot.shapes import resolve_shapes
from bot.store import schema as t
from bot.store.engine import (
    Question,
    Rows,
    all_rows,
    answer,
    changed_rows,
    first_row,
    insert_row,
    notify_workers,
    update_row,
)
from bot.values import dataclass

_STOPPED, _ENDED, _PURGED_BEFORE = "stopped", "ended", "purged_before"
_STOPPED_BY, _STOPPED_FOR = "stopped_by", "stopped_for"
_RESHARES_REST = "reshares_rest:"
SWITCH = select(t.meta.c.value).where(t.meta.c.key == _STOPPED)
_REST = select(t.meta.c.value).where(t.meta.c.key == bindparam("rest"))
PURGES = select(
    *(
        select(t.meta.c.value).where(t.meta.c.key == key).scalar_subquery().label(key)
        for key in (_ENDED, _PURGED_BEFORE)
    )
)
"""Each page of each source asks, and nothing else with it."""

_PAUSE_END = select(func.min(t.account_state.c.paused_until)).where(t.account_state.c.paused_until > bindparam("after"))
_MORE = t.spending.c.amount + bindparam("more")
_SPEND = (
    update(t.spending)
    .where(
        t.spending.c.account == bindparam("name"), t.spending.c.day == bindparam("today"), bindparam("limit") >= _MORE
    )
    .values(amount=_MORE)
)
UNLIMITED = 2**63 - 1
OURSELVES = GROUNDSWELL.name
"""Who did what nobody did by hand, in the audit."""
_OPEN: dict[str, Any] = {"closed": False, "paused_until": None, "reason": "", "failures": 0, "failing_since": None}


class AuditAction(StrEnum):
    """What somebody did, as it stands in the audit."""

    ADD_PASSKEY = "add passkey"
    ADOPT = "adopt"
    ADOPT_WITHOUT_READING = "adopt without reading"
    APPROVE = "approve"
    AUTOMATIC_OFF = "automatic off"
    AUTOMATIC_ON = "automatic on"
    BLOCK = "block"
    CANCEL = "cancel"
    CHANGE_PASSWORD = "change password"  # noqa: S105
    CORRECT_ADDRESS = "correct address"
    DISABLE_USER = "disable user"
    DISMISS = "dismiss"
    EDIT = "edit"
    END_TOKEN = "end token"  # noqa: S105
    FLAG = "flag"
    RECONSIDER = "reconsider"
    FORGET = "forget"
    HOLD = "hold"
    INVITE = "invite"
    WITHDRAW_INVITATION = "withdraw invitation"
    GIVE_ROLES = "give roles"
    JOIN = "join"
    LOOK = "look"
    MAKE_TOKEN = "make token"  # noqa: S105
    MOVE = "move"
    POST = "post"
    PURGE = "purge"
    REJECT = "reject"
    RELEASE = "release"
    REMEMBER = "remember"
    REMOVE_APP = "remove app"
    REMOVE_PASSKEY = "remove passkey"
    RESET_USER = "reset user"
    RESOLVE_AS_NOT_SENT = "resolve as not sent"
    RESOLVE_AS_SENT = "resolve as sent"
    RESUME = "resume"
    RETRY = "retry"
    SECOND_FACTOR = "second factor"
    STOP = "stop"
    UNBLOCK = "unblock"
    UNDO = "undo"
    WATCH = "watch"
    WRITE_ADDRESS = "write address"


@dataclass(frozen=True)
class AccountState:
    """What is known of an account: `closed` until a person fixes it, or paused until an instant (UTC).

    `failures` counts the requests in a row that never got a connection; `failing_since` (UTC) is when the first of
    them failed, or when the account was closed or paused. `stopped` is the one switch, which is every account's.
    """

    handle: str = ""
    newest_own_id: str = ""
    paused_until: datetime | None = None
    closed: bool = False
    reason: str = ""
    fencing_token: int = 0
    failures: int = 0
    failing_since: datetime | None = None
    in_doubt: bool = False
    stopped: bool = False
    platform: str = ""
    server: str = ""
    account_id: str = ""
    credentials: str = ""

    @property
    def who(self) -> RealAccount | None:
        """Which real account its name stands for today; None where that was never written down."""
        if not self.platform:
            return None
        return RealAccount(self.platform, self.server, self.handle, self.account_id, self.credentials)

    @property
    def is_out_of_reach(self) -> bool:
        """Return whether the last requests in a row got no connection, so that only one is let through now and then."""
        return self.failures >= OPENS_AFTER

    def may_send(self, now: datetime) -> bool:
        """Return whether anything may leave."""
        return not self.stopped and not self.in_doubt and self._is_free(now)

    def _is_free(self, now: datetime) -> bool:
        """Return whether it is neither closed nor paused; a clock that was set back must not make a short pause a long
        one."""
        if self.closed or self.paused_until is None or self.paused_until <= now:
            return not self.closed
        return self.is_out_of_reach and self.paused_until > now + LONGEST_WAIT

    def resting(self, now: datetime) -> datetime | None:
        """Return until when (UTC) nothing may leave by itself; None where the account does not rest."""
        return None if self.closed or self._is_free(now) else self.paused_until

    def may_be_asked(self, now: datetime) -> bool:
        """Return whether it may be read from: a rate limit on posting keeps nobody from that."""
        return not self.closed and (not self.is_out_of_reach or self._is_free(now))


_KNOWN = tuple(AccountState.__dataclass_fields__)
STANDING = (
    t.account_state.c.account,
    *(t.account_state.c[name] for name in _KNOWN if name in t.account_state.c),
    t.account_state.c.turn.label("fencing_token"),
    exists(SWITCH).label("stopped"),
)
"""The columns of which `account_state` makes how an account stands, the stop switch among them."""

_ACCOUNT = select(*STANDING).where(t.account_state.c.account == bindparam("name"))


def is_stopped(tx: Connection) -> bool:
    """Return whether the one switch is off."""
    return tx.execute(SWITCH).scalar() is not None


class StopReason(StrEnum):
    """Why somebody stopped all sending, where they say so."""

    DANGER = "danger"
    WRONG_POST = "wrong_post"
    TAKEN_OVER = "taken_over"
    NO_DAY_FOR_IT = "no_day_for_it"
    OTHER = "other"


def stop(tx: Connection, now: datetime, by: By, reason: StopReason | None = None) -> None:
    """Turn the switch off; stopping twice is stopping."""
    if not is_stopped(tx):
        _inserted(tx, t.meta, {"key": _STOPPED, "value": f"{now.isoformat()} {by}"})
        _upsert(tx, t.meta, {"key": _STOPPED_BY}, {"value": actor_of(by).key})
        _upsert(tx, t.meta, {"key": _STOPPED_FOR}, {"value": reason or ""})


@dataclass(frozen=True)
class StopStanding:
    """Who threw the one switch, when (UTC) and why, None where nobody says. `key` tells who they are
    (`bot.domain.actor.Actor.key`), "" where an earlier version stopped."""

    at: datetime
    by: str
    key: str = ""
    reason: StopReason | None = None


def stop_of(metadata: Mapping[str, str]) -> StopStanding | None:
    """Return who stopped all sending, from metadata that was read already; None where nobody has."""
    if (written := metadata.get(_STOPPED)) is None:
        return None
    at, _, by = written.partition(" ")
    reason = next((each for each in StopReason if each == metadata.get(_STOPPED_FOR)), None)
    return StopStanding(datetime.fromisoformat(at), by, metadata.get(_STOPPED_BY, ""), reason)


def resume(tx: Connection) -> None:
    """Turn the switch on, watch again, and open every closed account: a person says it is fixed."""
    tx.execute(delete(t.meta).where(t.meta.c.key.in_((_STOPPED, _STOPPED_BY, _STOPPED_FOR, _ENDED))))
    tx.execute(update(t.account_state).values(**_OPEN))


def end_of(metadata: Mapping[str, str]) -> bool:
    """Return what `has_ended` returns, from metadata that was read already."""
    return _ENDED in metadata


def has_ended(tx: Connection) -> bool:
    """Return whether the campaign was purged after it was over, so that nothing is watched any more."""
    return purges(tx)[0]


def end(tx: Connection, now: datetime, by: By) -> None:
    """Watch nothing any more, until somebody lets it go on; nothing from before this is ever read again."""
    if not has_ended(tx):
        _inserted(tx, t.meta, {"key": _ENDED, "value": f"{now.isoformat()} {by}"})


def purge_before(tx: Connection, at: datetime) -> None:
    """Let nothing that others posted before then (UTC) be read any more; a later purge may only move that on."""
    before = purged_before(tx)
    if before is None or before < at:
        _upsert(tx, t.meta, {"key": _PURGED_BEFORE}, {"value": at.isoformat()})


def purged_before(tx: Connection) -> datetime | None:
    """Return the instant (UTC) before which nothing that others posted is read any more; None where nobody has
    purged."""
    return purges(tx)[1]


def purges(tx: Connection) -> tuple[bool, datetime | None]:
    """Return both `has_ended` and `purged_before`."""
    return purges_of(first_row(tx, PURGES, {}))


def purges_of(marks: Any) -> tuple[bool, datetime | None]:
    """Return what `purges` does, of the answer to `PURGES`."""
    before = marks.purged_before
    return marks.ended is not None, datetime.fromisoformat(before) if before else None


def rest_reshares(tx: Connection, name: str, until: datetime) -> None:
    """Let no reshare of an account be looked at or sent before then (UTC): its platform has said so of one."""
    _upsert(tx, t.meta, {"key": f"{_RESHARES_REST}{name}"}, {"value": until.isoformat()})


def reshares_rest(tx: Connection, name: str, now: datetime) -> datetime | None:
    """Return until when (UTC) no reshare of an account goes; None where they may. A day is the longest of windows."""
    return answer(tx, reshares_rest_question(name, now))


def reshares_rest_question(name: str, now: datetime) -> Question[datetime | None]:
    """Return the question whose answer `reshares_rest` returns, to be asked with others."""

    def read(rows: Rows) -> datetime | None:
        until = datetime.fromisoformat(rows[0].value) if rows else None
        return until if until is not None and now < until <= now + timedelta(hours=25) else None

    return Question(_REST, read, {"rest": f"{_RESHARES_REST}{name}"})


def open_account(tx: Connection, name: str) -> None:
    """Open one account, whatever held it up."""
    set_account(tx, name, **_OPEN)


def account(tx: Connection, name: str) -> AccountState:
    """Return the state of an account; an unknown one is open."""
    row = first_row(tx, _ACCOUNT, {"name": name})
    return AccountState(stopped=is_stopped(tx)) if row is None else account_state(row)


def accounts_question(names: Collection[str], now: datetime) -> Question[dict[str, tuple[AccountState, int]]]:
    """Ask for the state of each of these accounts, and what it has spent or set aside today (UTC), in micro-USD."""
    return Question(_accounts(tuple(names)), _states, {"today": _day(now)})


@cache
def _accounts(names: tuple[str, ...]) -> SelectBase:
    """An account of which nothing is stored yet has a row, too."""
    each = union_all(*(select(literal(name).label("name")) for name in names or ("",))).cte("each_account")
    of_today = (t.spending.c.account == each.c.name) & (t.spending.c.day == bindparam("today"))
    joined = each.outerjoin(t.account_state, t.account_state.c.account == each.c.name).outerjoin(t.spending, of_today)
    return select(each.c.name, *STANDING, t.spending.c.amount).select_from(joined).where(each.c.name != "")


def _states(rows: Rows) -> dict[str, tuple[AccountState, int]]:
    return {row.name: (account_state(row), int(row.amount or 0)) for row in rows}


def account_state(row: Row[Any]) -> AccountState:
    """Return how an account stands, of a row with the columns of `STANDING`; an unknown one is open."""
    if row.account is None:
        return AccountState(stopped=row.stopped)
    return AccountState(**{name: getattr(row, name) for name in _KNOWN})


def take_fencing_token(tx: Connection, name: str, token: int) -> None:
    """Record `token` as the account's fencing token: an earlier holder of its lock records no attempt any more."""
    if account(tx, name).fencing_token != token:
        set_account(tx, name, turn=token)


def account_names(tx: Connection) -> list[str]:
    """Return the names of all accounts that anything is known of, or planned for."""
    names = set(tx.execute(select(t.account_state.c.account)).scalars()) | set(
        tx.execute(select(t.delivery.c.account).distinct()).scalars()
    )
    return sorted(names)


def set_account(tx: Connection, name: str, **values: Any) -> None:
    """Change an account's state."""
    _upsert(tx, t.account_state, {"account": name}, values)


def remembered_limits(tx: Connection, name: str) -> Any:
    """Return what an account's server said last that it accepts, as it was stored; None where that is not known."""
    return tx.execute(select(t.account_state.c.limits).where(t.account_state.c.account == name)).scalar()


def spent(tx: Connection, name: str, now: datetime) -> int:
    """Return what an account has spent, or set aside, on this UTC day, in micro-USD."""
    query = select(t.spending.c.amount).where(t.spending.c.account == name, t.spending.c.day == _day(now))
    return int(tx.execute(query).scalar() or 0)


def spend(tx: Connection, name: str, amount: int, now: datetime, limit: int | None = None) -> bool:
    """Add to the day's spending (micro-USD); a negative amount gives back what was set aside.

    False, and nothing is added, where the day's limit would be passed: looked at and added in one statement, so
    that two workers never both take the last of it.
    """
    if not amount:
        return True
    more = {"name": name, "today": _day(now), "more": amount, "limit": UNLIMITED if limit is None else limit}
    if changed_rows(tx, _SPEND, more):
        return True
    _inserted(tx, t.spending, {"account": name, "day": _day(now), "amount": 0})
    return changed_rows(tx, _SPEND, more) == 1


def next_pause_end(tx: Connection, after: datetime) -> datetime | None:
    """Return when the next pause of an account ends after an instant (UTC)."""
    return tx.execute(_PAUSE_END, {"after": after}).scalar()


def next_budget(now: datetime) -> datetime:
    """Return when the next day's budget begins (UTC midnight)."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=1)


def write_audit(tx: Connection, now: datetime, by: By, action: str, subject: str, detail: str = "") -> None:
    """Record what one of our people did (an `AuditAction`), and have the workers look at it. Never who a poster is."""
    notify_workers(tx)
    actor = actor_of(by)
    who = {"actor": actor.name, "actor_id": "" if actor.id is None else str(actor.id), "via": actor.via}
    values = {"at": now, **who, "action": action, "subject": subject, "detail": detail}
    tx.execute(insert(t.audit), values)


def write_look_audit(tx: Connection, now: datetime, subject: str, showed: str) -> None:
    """Record what a reading of our own timeline showed, for the person who may have to decide."""
    who = {"actor": OURSELVES, "via": Via.GROUNDSWELL}
    values = {"at": now, **who, "action": AuditAction.LOOK, "subject": subject, "detail": showed}
    tx.execute(insert(t.audit), values)


@dataclass(frozen=True)
class AuditEntry:
    """Something that was written down; `at` is in UTC, `action` an `AuditAction`, or one with an address behind it.

    `via` is "" where an earlier version wrote it down.
    """

    at: datetime
    actor: str
    action: str
    detail: str
    via: str = ""

    @property
    def code(self) -> str:
        """Return the action without the address."""
        return self.action.partition(": ")[0]


def audit_question(subject: str) -> Question[list[AuditEntry]]:
    """Ask what was written down of a subject, the earliest first."""
    return Question(_AUDIT, _entries, {"subject": subject})


def audit_of_post_question(delivery_id: int) -> Question[list[AuditEntry]]:
    """Ask what was written down of the sighting that a delivery reshares, the earliest first."""
    return Question(_AUDIT_OF_POST, _entries, {"which": delivery_id})


_SIGHTING_OF = select(literal("sighting ").concat(cast(t.delivery.c.sighting_id, Text)))
_AUDIT_OF_POST = (
    select(t.audit)
    .where(t.audit.c.subject == _SIGHTING_OF.where(t.delivery.c.id == bindparam("which")).scalar_subquery())
    .order_by(t.audit.c.id)
)
_AUDIT = select(t.audit).where(t.audit.c.subject == bindparam("subject")).order_by(t.audit.c.id)


def _entries(rows: Rows) -> list[AuditEntry]:
    return [AuditEntry(row.at, row.actor, row.action, row.detail, row.via) for row in rows]


def _day(now: datetime) -> str:
    return now.astimezone(UTC).date().isoformat()


def _upsert(tx: Connection, table: Table, key: dict[str, Any], values: dict[str, Any]) -> None:
    if not update_row(tx, table, key, values) and not _inserted(tx, table, key | values):
        update_row(tx, table, key, values)


def _inserted(tx: Connection, table: Table, row: dict[str, Any]) -> bool:
    """Return whether the row is new; False when another worker was first."""
    try:
        with tx.begin_nested():
            tx.execute(insert(table).values(**row))
    except IntegrityError:
        return False
    return True


_CHARGE_KEY = (
    t.charge.c.account == bindparam("name"),
    t.charge.c.day == bindparam("today"),
    t.charge.c.purpose == bindparam("why"),
)
_MORE_CHARGED = (
    update(t.charge)
    .where(*_CHARGE_KEY)
    .values(calls=t.charge.c.calls + bindparam("more_calls"), amount=t.charge.c.amount + bindparam("more"))
)
_SINCE = select(t.charge).where(t.charge.c.account == bindparam("name"), t.charge.c.day >= bindparam("first"))
_SINCE = _SINCE.order_by(t.charge.c.day, t.charge.c.purpose)


@dataclass(frozen=True)
class Charge:
    """The billed calls of one UTC day for one purpose, and what they came to (micro-USD)."""

    day: str
    purpose: Purpose
    calls: int
    amount: int


def add_charge(tx: Connection, account: str, at: datetime, purpose: Purpose, amount: int, calls: int = 0) -> None:
    """Add to what a day (of `at`, UTC) was billed for a purpose; negative numbers give back."""
    if not amount and not calls:
        return
    key = {"name": account, "today": day_of(at), "why": purpose}
    more = key | {"more": amount, "more_calls": calls}
    if changed_rows(tx, _MORE_CHARGED, more):
        return
    try:
        with tx.begin_nested():
            row = {"account": account, "day": day_of(at), "purpose": purpose, "calls": calls, "amount": amount}
            tx.execute(insert(t.charge), row)
    except IntegrityError:  # another worker was first
        changed_rows(tx, _MORE_CHARGED, more)


def charges_since(tx: Connection, account: str, first: datetime) -> list[Charge]:
    """Return every charge of an account from a day (of `first`, UTC) on."""
    rows = all_rows(tx, _SINCE, {"name": account, "first": day_of(first)})
    return [Charge(row.day, Purpose(row.purpose), row.calls, row.amount) for row in rows]


_ABOUT = [t.reservation.c[name] == bindparam(name) for name in ("account", "purpose", "about")]
_RESERVED = select(t.reservation.c.amount).where(*_ABOUT, t.reservation.c.day == bindparam("day"))
_DROP = delete(t.reservation).where(*_ABOUT)


def reserved_amount(tx: Connection, account: str, purpose: Purpose, about: str, day: str) -> int:
    """Return what is set aside on a day (UTC) for requests about the same, in micro-USD; 0 for nothing."""
    row = first_row(tx, _RESERVED, {"account": account, "purpose": purpose, "about": about, "day": day})
    return row.amount if row else 0


def keep_reservation(tx: Connection, account: str, purpose: Purpose, about: str, day: str, amount: int) -> None:
    """Write down what is set aside; one request about the same takes over what the one before has left."""
    drop_reservation(tx, account, purpose, about)
    row = {"account": account, "purpose": purpose, "about": about, "day": day, "amount": amount}
    insert_row(tx, t.reservation, row)


def drop_reservation(tx: Connection, account: str, purpose: Purpose, about: str) -> None:
    """Forget what was set aside: it is settled."""
    changed_rows(tx, _DROP, {"account": account, "purpose": purpose, "about": about})


_AUTOMATIC = "automatic"
_APPROVAL = select(t.meta.c.value).where(t.meta.c.key == _AUTOMATIC)


@dataclass(frozen=True)
class AutomaticApproval:
    """How automatic approval stands; `since` is in UTC, and None where it was never touched.

    `by` is who switched it, "" for the alarm, and `why` in words.
    """

    is_on: bool = True
    since: datetime | None = None
    by: str = ""
    why: str = ""


def automatic_approval(tx: Connection) -> AutomaticApproval:
    """Return how automatic approval stands."""
    row = first_row(tx, _APPROVAL, {})
    return automatic_approval_of({_AUTOMATIC: row.value} if row else {})


def automatic_approval_of(metadata: Mapping[str, str]) -> AutomaticApproval:
    """Return how it stands, from the store's marks."""
    value = metadata.get(_AUTOMATIC)
    return msgspec.json.decode(value, type=AutomaticApproval) if value else AutomaticApproval()


def set_automatic_approval(tx: Connection, now: AutomaticApproval) -> None:
    """Write down how automatic approval stands; only in a transaction that is serialized by `Serialize.SIGHTINGS`."""
    _upsert(tx, t.meta, {"key": _AUTOMATIC}, {"value": msgspec.json.encode(now).decode()})


resolve_shapes(AutomaticApproval)
