"""How each source stands: how far behind it is, what it gives, and what its server does not show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection

from bot.domain import polling
from bot.domain.polling import KnownStream
from bot.services import money
from bot.services.watching import poll
from bot.services.watching.poll import SourcePoll
from bot.services.watching.watched import is_feed_silent
from bot.services.work import Work
from bot.store import control, sources
from bot.store.sources import Gap, GivenUp, PollState
from bot.values import dataclass

SHOWN_AFTERWARDS = timedelta(days=30)
"""For how long a source is still shown that is not watched any more."""


class SourceCondition(StrEnum):
    """How a source stands.

    `behind` has more to read than it has shown yet, `slowed` and `stopped` lack money, `waiting` is read by no worker
    at the moment, and `left` is in the store but not watched any more. Of `off` its server shows nothing by its own
    settings, of `partial` only a part; `silent` has never shown anything though others have.
    """

    OK = "ok"
    NEW = "new"
    BEHIND = "behind"
    SLOWED = "slowed"
    STOPPED = "stopped"
    FAILING = "failing"
    WAITING = "waiting"
    LEFT = "left"
    OFF = "off"
    PARTIAL = "partial"
    SILENT = "silent"


@dataclass(frozen=True)
class SourceStatus:
    """One source. `account` is "" where it is read without one; `lag` is how long ago it was last read to its end."""

    known: PollState
    account: str
    condition: SourceCondition
    posts_per_hour: float
    lag: timedelta | None
    gaps: Sequence[Gap] = ()
    stream: KnownStream | None = None
    given_up: GivenUp | None = None

    @property
    def name(self) -> str:
        return self.known.source


def source_statuses(work: Work) -> list[SourceStatus]:
    """Return every source that is watched, and those that were until lately, by their names."""
    now = work.clock()
    watched = {source_poll.source.name: source_poll for source_poll in poll.source_polls(work)}
    with work.store.read() as tx:
        states, gaps, given_up = sources.all_poll_states(tx), sources.all_gaps(tx), sources.all_unreadable(tx)
        listening = {stream.source: stream for stream in sources.streams(tx)}
        names = [*watched, *(name for name, state in states.items() if name not in watched and _is_recent(state, now))]
        statuses = [
            _status(tx, work, watched.get(name), states.get(name) or PollState(name, now), gaps, listening.get(name))
            for name in sorted(names)
        ]
    return [
        _with_silence(replace(standing, given_up=given_up.get(standing.name)), list(states.values()), now)
        for standing in statuses
    ]


def has_ended(work: Work) -> bool:
    """Return whether the campaign was purged after its end, so that nothing is watched any more."""
    with work.store.read() as tx:
        return control.has_ended(tx)


def _with_silence(standing: SourceStatus, states: list[PollState], now: datetime) -> SourceStatus:
    is_silent = standing.condition is SourceCondition.OK and is_feed_silent(standing.known, states, now)
    return replace(standing, condition=SourceCondition.SILENT) if is_silent else standing


def _is_recent(state: PollState, now: datetime) -> bool:
    return state.read_at is not None and now - state.read_at < SHOWN_AFTERWARDS


def _status(
    tx: Connection,
    work: Work,
    source_poll: SourcePoll | None,
    state: PollState,
    gaps: Mapping[str, Sequence[Gap]],
    stream: KnownStream | None,
) -> SourceStatus:
    now = work.clock()
    recent = sources.posts_since(tx, state.source, polling.hour_of(now) - polling.LOOK_BACK)
    return SourceStatus(
        state,
        source_poll.account if source_poll else "",
        _condition(tx, work, source_poll, state) if source_poll else SourceCondition.LEFT,
        round(polling.rate(recent, now), 1),
        now - state.caught_up_at if state.caught_up_at else None,
        gaps.get(state.source, ()),
        stream if source_poll else None,
    )


def _condition(tx: Connection, work: Work, source_poll: SourcePoll, state: PollState) -> SourceCondition:
    now = work.clock()
    expected = state.next_at or state.read_at
    if expected is None:
        return SourceCondition.NEW
    if source_poll.source.page_cost:
        today = money.budget_status(tx, work, source_poll.account, now)
        if today.budget is not None and today.left < source_poll.source.page_cost:
            return SourceCondition.STOPPED
    if state.failing_since:
        return SourceCondition.FAILING
    if now - expected > work.config.monitor.poll_max:
        return SourceCondition.WAITING
    if source_poll.source.page_cost and today.is_slow:
        return SourceCondition.SLOWED
    if state.blind:
        return SourceCondition.OFF if state.blind.is_whole else SourceCondition.PARTIAL
    is_through = state.caught_up_at and state.read_at and state.caught_up_at >= state.read_at
    return SourceCondition.OK if is_through else SourceCondition.BEHIND
