"""All that says how the campaign stands, read in one query that does not grow with what is stored."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Label, ScalarSelect, SelectBase, Text, cast, func, select, true

from bot.domain.sighting import SightingState
from bot.store import authors, control, due, identity, sources, typed_addresses, workers
from bot.store import schema as t
from bot.store.batch import StoreAnswers, answers
from bot.store.control import AccountState, AutomaticApproval, StopStanding
from bot.store.engine import Question, Rows, answer
from bot.store.identity import RecoveryNeeded
from bot.store.sources import Gap, PollState
from bot.store.typed_addresses import TypedAddress
from bot.store.workers import Heartbeat
from bot.values import dataclass

MOST_COUNTED = 1_000
"""Where more than this wait they are counted no further: "a thousand or more" is all that a person needs."""


@dataclass(frozen=True)
class ApprovalsWaiting:
    """How many sightings wait for a person, with care and without, at most `MOST_COUNTED` of each; `oldest` (UTC) is
    since when the first has waited, None where none does."""

    with_care: int
    others: int
    oldest: datetime | None

    @property
    def count(self) -> int:
        """How many they are together."""
        return self.with_care + self.others


@dataclass(frozen=True)
class AccountMoney:
    """How an account stands, and what it has spent, or set aside, today (UTC), in micro-USD."""

    state: AccountState
    spent: int


@dataclass(frozen=True)
class PolledSource:
    """A source that was ever read, and how many of its entries could not be read lately."""

    state: PollState
    unreadable: int


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What every page says of the campaign. `at` is by the clock that heartbeats are written by (UTC).

    `stop` and `doubt` are None where nobody has stopped, and nothing is doubtful; `ended` says that it was purged after
    its end. `typed` has the addresses that people typed in the console, by their links.
    """

    at: datetime
    stop: StopStanding | None
    doubt: RecoveryNeeded | None
    ended: bool
    typed: Mapping[str, TypedAddress]
    automatic: AutomaticApproval
    heartbeats: tuple[Heartbeat, ...]
    approvals: ApprovalsWaiting


@dataclass(frozen=True, kw_only=True)
class Overview(Standing):
    """How the campaign stands as one moment's store has it.

    `stop_requests` counts the authors who may be asking to be left alone, with no answer yet. `first_due` and
    `last_due` (UTC) are when the first and the last delivery are due.
    """

    accounts: Mapping[str, AccountMoney]
    sources: Mapping[str, PolledSource]
    stop_requests: int
    last_gap: Gap | None
    first_due: datetime | None
    last_due: datetime | None


_GAP = tuple(t.gap.c[name] for name in ("source", "began_at", "ended_at", "reason", "filled"))


def approvals_waiting(tx: Connection) -> ApprovalsWaiting:
    """Return what waits for a person's yes or no."""
    row = tx.execute(select(*_approval_counts())).one()
    return ApprovalsWaiting(row[0], row[1], row[2])


def _approval_counts() -> tuple[ScalarSelect[Any], ScalarSelect[Any], ScalarSelect[Any]]:
    """Return, as parts of a query, the fields of `ApprovalsWaiting`."""
    held = t.sighting.c.state == SightingState.HELD
    with_care, others = (
        select(func.count())
        .select_from(select(t.sighting.c.id).where(held, is_so).limit(MOST_COUNTED).subquery())
        .scalar_subquery()
        for is_so in (t.sighting.c.needs_care.is_(True), t.sighting.c.needs_care.is_(False))
    )
    oldest = select(t.sighting.c.seen_at).where(held).order_by(t.sighting.c.seen_at).limit(1).scalar_subquery()
    return with_care, others, oldest


def standing(tx: Connection, now: datetime) -> Standing:
    """Return what every page says of the campaign: one query."""
    return answer(tx, standing_question(tx, now))


def standing_question(tx: Connection, now: datetime) -> Question[Standing]:
    """Return the question whose answer `standing` returns, to be asked with others."""
    query = _standing_query(tx.dialect.name, workers.clock_part(tx.dialect.name))
    return Question(query, lambda found: Standing(**_standing(found)), {"now": now})


@lru_cache(maxsize=4)
def _standing_query(dialect: str, clock: ColumnElement[datetime]) -> SelectBase:
    summed = select(*_summed(dialect, clock)).subquery()
    query = select(summed, t.worker).select_from(summed.outerjoin(t.worker, true()))
    return query.order_by(t.worker.c.beat_at.desc(), t.worker.c.key)


def _summed(dialect: str, clock: ColumnElement[datetime]) -> Iterator[Label[Any]]:
    gathered = func.json_object_agg if dialect == "postgresql" else func.json_group_object
    yield from (part.label(f"part_{place}") for place, part in enumerate(_approval_counts()))
    yield clock.label("clock")
    yield select(cast(gathered(t.meta.c.key, t.meta.c.value), Text)).scalar_subquery().label("marks")


def _standing(found: Rows) -> dict[str, Any]:
    """Return the fields of `Standing`, of rows that have what was summed up, and a worker each."""
    sums = found[0]
    marks = identity.metadata_of(msgspec.json.decode(sums.marks or "{}", type=dict[str, str]))
    return {
        "at": sums.clock,
        "stop": control.stop_of(marks.raw),
        "doubt": marks.doubt,
        "ended": control.end_of(marks.raw),
        "typed": typed_addresses.typed_of(marks.raw),
        "automatic": control.automatic_approval_of(marks.raw),
        "heartbeats": tuple(workers.heartbeat_of(row) for row in found if row.key is not None),
        "approvals": ApprovalsWaiting(sums.part_0, sums.part_1, sums.part_2),
    }


@dataclass(frozen=True)
class OverviewAsked:
    """The questions by which it is told how the campaign stands, to be asked with others."""

    summed: Question[dict[str, Any]]
    accounts: Question[dict[str, tuple[AccountState, int]]]
    polled: Question[dict[str, PolledSource]]

    @property
    def questions(self) -> tuple[Question[Any], ...]:
        """Return all of them."""
        return self.summed, self.accounts, self.polled

    def among(self, found: StoreAnswers) -> Overview:
        """Return how it stands, of what was answered."""
        states = {name: AccountMoney(*state) for name, state in found[self.accounts].items()}
        return Overview(**found[self.summed], accounts=states, sources=found[self.polled])


def asked(tx: Connection, now: datetime, names: Collection[str]) -> OverviewAsked:
    """Ask how the campaign stands, with these accounts."""
    query = _summed_up(tx.dialect.name, workers.clock_part(tx.dialect.name))
    accounts = control.accounts_question(names, now)
    return OverviewAsked(Question(query, _whole, {"now": now}), accounts, Question(_POLLED, _sources))


def read(tx: Connection, now: datetime, names: Collection[str]) -> Overview:
    """Return how the campaign stands, with these accounts: one query."""
    wanted = asked(tx, now, names)
    return wanted.among(answers(tx, *wanted.questions))


@lru_cache(maxsize=4)
def _summed_up(dialect: str, clock: ColumnElement[datetime]) -> SelectBase:
    summed = select(
        *_summed(dialect, clock),
        *(end.label(name) for name, end in zip(("first_due", "last_due"), due.due_ends(), strict=True)),
        authors.stop_requests_open().label("stop_requests"),
    ).subquery()
    gap = select(*(column.label(f"gap_{column.name}") for column in _GAP)).order_by(t.gap.c.id.desc()).limit(1)
    latest = gap.subquery()
    joined = summed.outerjoin(latest, true()).outerjoin(t.worker, true())
    return select(summed, latest, t.worker).select_from(joined).order_by(t.worker.c.beat_at.desc(), t.worker.c.key)


def _whole(found: Rows) -> dict[str, Any]:
    sums = found[0]
    own = {name: getattr(sums, name) for name in ("stop_requests", "first_due", "last_due")}
    return {**_standing(found), **own, "last_gap": _last_gap(sums)}


def _last_gap(row: Any) -> Gap | None:
    if row.gap_source is None:
        return None
    return Gap(*(getattr(row, f"gap_{column.name}") for column in _GAP))


_given_up = select(t.unreadable.c.source, func.count().label("entries")).group_by(t.unreadable.c.source).subquery()
_POLLED = (
    select(t.cursor, _given_up.c.entries)
    .select_from(t.cursor.outerjoin(_given_up, _given_up.c.source == t.cursor.c.source))
    .order_by(t.cursor.c.source)
)


def _sources(found: Rows) -> dict[str, PolledSource]:
    return {row.source: PolledSource(sources.poll_state_of(row), row.entries or 0) for row in found}
