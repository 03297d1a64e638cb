"""How each source stands: how far behind it is, what it gives, and what its server does not show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from bot.domain import polling
from bot.domain.polling import KnownStream
from bot.domain.post import Unread
from bot.domain.text import instant
from bot.services import money
from bot.services.watching import poll
from bot.services.watching.poll import SourcePoll
from bot.services.work import Work
from bot.store import control, sources
from bot.store.sources import Gap, GivenUp, PollState

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
class SourceStanding:
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


def standings(work: Work) -> list[SourceStanding]:
    """Every source that is watched, and those that were until lately, by their names."""
    now = work.clock()
    watched = {watch.source.name: watch for watch in poll.source_polls(work)}
    with work.store.read() as tx:
        known, told, given_up = sources.all_poll_states(tx), sources.all_gaps(tx), sources.all_unreadable(tx)
        listening = {one.source: one for one in sources.streams(tx)}
        names = [*watched, *(name for name, one in known.items() if name not in watched and _is_recent(one, now))]
        found = [
            _standing(tx, work, watched.get(name), known.get(name) or PollState(name, now), told, listening.get(name))
            for name in sorted(names)
        ]
    return [_with_silence(replace(one, given_up=given_up.get(one.name)), list(known.values()), now) for one in found]


def has_ended(work: Work) -> bool:
    """Whether the campaign was purged after its end, so that nothing is watched any more."""
    with work.store.read() as tx:
        return control.has_ended(tx)


def _with_silence(one: SourceStanding, others: list[PollState], now: datetime) -> SourceStanding:
    is_silent = one.condition is SourceCondition.OK and poll.is_feed_silent(one.known, others, now)
    return replace(one, condition=SourceCondition.SILENT) if is_silent else one


def _is_recent(one: PollState, now: datetime) -> bool:
    return one.read_at is not None and now - one.read_at < SHOWN_AFTERWARDS


def _standing(
    tx: Connection,
    work: Work,
    watch: SourcePoll | None,
    known: PollState,
    told: Mapping[str, Sequence[Gap]],
    stream: KnownStream | None,
) -> SourceStanding:
    now = work.clock()
    recent = sources.posts_since(tx, known.source, polling.hour_of(now) - polling.LOOK_BACK)
    return SourceStanding(
        known,
        watch.account if watch else "",
        _condition(tx, work, watch, known) if watch else SourceCondition.LEFT,
        round(polling.rate(recent, now), 1),
        now - known.caught_up_at if known.caught_up_at else None,
        told.get(known.source, ()),
        stream if watch else None,
    )


def _condition(tx: Connection, work: Work, watch: SourcePoll, known: PollState) -> SourceCondition:
    now = work.clock()
    expected = known.next_at or known.read_at
    if expected is None:
        return SourceCondition.NEW
    if watch.source.page_cost:
        purse = money.budget_status(tx, work, watch.account, now)
        if purse.budget is not None and purse.left < watch.source.page_cost:
            return SourceCondition.STOPPED
    if known.failing_since:
        return SourceCondition.FAILING
    if now - expected > work.config.monitor.poll_max:
        return SourceCondition.WAITING
    if watch.source.page_cost and purse.is_slow:
        return SourceCondition.SLOWED
    if known.blind:
        return SourceCondition.OFF if known.blind.is_whole else SourceCondition.PARTIAL
    is_through = known.caught_up_at and known.read_at and known.caught_up_at >= known.read_at
    return SourceCondition.OK if is_through else SourceCondition.BEHIND


def advice(one: SourceStanding, *, is_read: bool = True) -> str:
    """What is wrong with a source and what to do about it; "" where nothing is to be done.

    `is_read` says that a worker runs: only then does anything go on by itself.
    """
    blind = (
        poll.feeds_text(one.known.blind, poll.host_of(one.name)) if one.condition is not SourceCondition.LEFT else ""
    )
    return " ".join(dict.fromkeys(filter(None, (_advice(one, is_read=is_read), blind))))


def _advice(one: SourceStanding, *, is_read: bool) -> str:
    match one.condition:
        case SourceCondition.FAILING:
            again = "It is tried again by itself." if is_read else "A worker tries it again once one runs."
            return one.known.error or f"It could not be read. {again}"
        case SourceCondition.STOPPED:
            return (
                f"The day's budget of {one.account} is spent, or needed for posts planned today. It goes on where it "
                "was at midnight (UTC). To go on now, raise budget_usd_per_day; see: bot budget"
            )
        case SourceCondition.SLOWED:
            return f"The day's budget of {one.account} is nearly spent; the rest comes bit by bit. See: bot budget"
        case SourceCondition.NEW:
            return "It was not read yet; the worker is about to." if is_read else "It was not read yet. Start: bot run"
        case SourceCondition.WAITING:
            if is_read:
                return "The worker that runs does not read it, or is late: see what it says in its log."
            return "No worker reads it. Start: bot run"
        case SourceCondition.BEHIND:
            return f"There is more to read; {'it goes on by itself' if is_read else 'a worker goes on once one runs'}."
        case SourceCondition.OFF | SourceCondition.PARTIAL:
            return poll.feeds_text(one.known.blind, poll.host_of(one.name))
        case SourceCondition.SILENT:
            return (
                "It has never shown anything, though others show posts under the same hashtag: its server may not "
                "show hashtags to programs, or know nobody who posts them. Look at it with a browser."
            )
        case SourceCondition.LEFT:
            return "It is not watched any more: it is not in bot.toml, or its account cannot be used. See: bot check"
    return ""


_UNREAD = {
    Unread.SHAPE: "of no known shape",
    Unread.ID: "without an id",
    Unread.AUTHOR: "without an author who can be named",
    Unread.ADDRESS: "without an address",
    Unread.VISIBILITY: "without a word on who may see it",
}


def unreadable_in_words(given_up: GivenUp) -> str:
    """How many entries of a source could not be read, and what of them was at fault."""
    why = ", ".join(f"{count} {_UNREAD[part]}" for part, count in given_up.parts.most_common())
    what = "1 entry" if given_up.count == 1 else f"{given_up.count} entries"
    return f"{what} of the last 30 days could not be read: {why}. Look at the source in a browser."


def source_json(one: SourceStanding, *, is_read: bool = True) -> dict[str, Any]:
    """A source with the fields that scripts may rely on."""
    known = one.known
    return {
        "source": known.source,
        "account": one.account or None,
        "state": str(one.condition),
        "worker_running": is_read,
        "last_success": instant(known.read_at),
        "lag_s": None if one.lag is None else max(0, round(one.lag.total_seconds())),
        "posts_per_hour": one.posts_per_hour,
        "next_at": instant(known.next_at),
        "interval_s": round(known.interval.total_seconds()) or None,
        "error": known.error,
        "failing_since": instant(known.failing_since),
        "watched_since": instant(known.horizon) if known.read_at else None,
        "stream": _stream_json(one.stream) if one.stream else None,
        "gaps": [gap_json(gap) for gap in one.gaps],
        "cannot_see": str(one.known.blind) or None,
        "unreadable": _unreadable_json(one.given_up),
    }


def _unreadable_json(given_up: GivenUp | None) -> dict[str, Any]:
    """How many entries could not be read in the last 30 days, what of them was at fault, and when the last one came."""
    if given_up is None:
        return {"count": 0, "reasons": {}, "last_at": None}
    reasons = {str(part): count for part, count in sorted(given_up.parts.items())}
    return {"count": given_up.count, "reasons": reasons, "last_at": instant(given_up.last_at)}


def gap_json(gap: Gap) -> dict[str, Any]:
    """A time that was not covered when it was, and whether what was posted in it has been read since."""
    return {
        "began_at": instant(gap.began_at),
        "ended_at": instant(gap.ended_at),
        "reason": gap.reason,
        "filled": gap.filled,
    }


def _stream_json(stream: KnownStream) -> dict[str, Any]:
    return {
        "state": str(stream.state),
        "since": instant(stream.since),
        "last_event": instant(stream.event_at),
        "reason": stream.reason,
    }
