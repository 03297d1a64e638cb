"""What keeps sending back at this moment, in words: the stop switch, and how each account stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.services.database import doubt
from bot.services.work import Work
from bot.store import control
from bot.store.control import AccountState


class Condition(StrEnum):
    """Whether an account may send: yes, not for a while, or not until a person has mended it."""

    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


@dataclass(frozen=True)
class Standing:
    """How an account stands. Times are UTC; `next_try` is None where it is tried as soon as something is due."""

    condition: Condition
    since: datetime | None = None
    reason: str = ""
    next_try: datetime | None = None
    way_back: str = ""


def standings(work: Work) -> dict[str, Standing]:
    """How each account of the campaign stands."""
    with work.store.read() as tx:
        states = {name: control.account(tx, name) for name in work.config.accounts}
    return {name: _standing(name, state, work.clock()) for name, state in states.items()}


def _standing(name: str, state: AccountState, now: datetime) -> Standing:
    if state.closed:
        way_back = f"When that is mended, run: bot resume {name}"
        return Standing(Condition.CLOSED, state.failing_since, _sentence(state.reason), None, way_back)
    if state.in_doubt:
        reason = "this store does not know all that was sent on it."
        return Standing(Condition.PAUSED, None, reason, None, "Its timeline is read first; see bot db check")
    next_try = state.paused_until if state.paused_until is not None and state.paused_until > now else None
    if state.is_out_of_reach:
        reason = f"{state.failures} requests in a row have failed, the last because: {_sentence(state.reason)}"
        return Standing(Condition.PAUSED, state.failing_since, reason, next_try, _by_itself(name, next_try, now))
    if next_try is not None:
        way_back = f"It goes on by itself at {at_words(next_try, now)}"
        return Standing(Condition.PAUSED, state.failing_since, _sentence(state.reason), next_try, way_back)
    return Standing(Condition.OPEN)


def _by_itself(name: str, next_try: datetime | None, now: datetime) -> str:
    when = f"next at {at_words(next_try, now)}" if next_try else "with whatever is due next"
    return (
        f"It is tried again by itself, {when}; what is due waits, and is missed by its own late rule alone. "
        f"If it lasts, see to the network, to its server and to its address in bot.toml. To try at once: "
        f"bot resume {name}"
    )


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


def obstacles(work: Work) -> list[str]:
    """The stop switch, a store in doubt, and the accounts that are closed or paused: why, and the way back."""
    with work.store.read() as tx:
        found = ["Sending is stopped. To go on, run: bot resume"] if control.is_stopped(tx) else []
    now = work.clock()
    held_up = ((name, one) for name, one in standings(work).items() if one.condition is not Condition.OPEN)
    return (
        found + doubt.standing(work) + list(work.barred.values()) + [in_words(name, one, now) for name, one in held_up]
    )


def in_words(name: str, one: Standing, now: datetime) -> str:
    """How an account stands, as one line for people."""
    if one.condition is Condition.OPEN:
        return f"{name} is open"
    since = f" since {at_words(one.since, now)}" if one.since else ""
    return f"{name} is {one.condition}{since}: {one.reason} {one.way_back}"


def at_words(at: datetime, now: datetime) -> str:
    """An instant (UTC) as people say it: without the day where it is today."""
    return f"{at:%H:%M:%S} UTC" if at.date() == now.date() else f"{at:%d %B %Y %H:%M:%S} UTC"
