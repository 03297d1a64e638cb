"""What would keep a whole account from sending: asked of its platform for real, and seldom enough to be polite."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection

from bot.domain.limits import Limits
from bot.domain.money import Purpose
from bot.errors import Answer, PlatformError
from bot.services import money
from bot.services.checking.foresight import Finding
from bot.services.identity import FACTS
from bot.services.limits import remember, remembered
from bot.services.money import Aside
from bot.services.work import Work
from bot.store import control, marks

FREE_AGAIN = timedelta(minutes=10)
"""How soon a platform is asked again who we are."""

BILLED_AGAIN = timedelta(hours=1)
"""The same where it was billed."""


class _Told(msgspec.Struct):
    """What a platform said of an account, good until an instant (UTC)."""

    until: datetime
    found: list[tuple[str, str]]


def closed(account: str) -> str:
    """How the finding of a closed account begins."""
    return f"{account} is closed"


def of_account(tx: Connection, account: str, until: datetime) -> Iterator[Finding]:
    """The stop switch, an account that is closed, and one that is paused beyond `until`."""
    if control.is_stopped(tx):
        about = "Sending is stopped"
        yield Finding(about, f"{about}. To go on, run: bot resume")
    state = control.account(tx, account)
    if state.closed:
        about = closed(account)
        yield Finding(about, f"{about}: {state.reason} When that is mended, run: bot resume")
    elif state.paused_until is not None and state.paused_until > until:
        about = f"{account} is paused"
        yield Finding(about, f"{about} until {state.paused_until:%d %b %H:%M} UTC: {state.reason}")


def ask(work: Work, account: str, now: datetime, spare: int | None) -> tuple[list[Finding], Limits | None]:
    """Whether the token works and may write, and what the server accepts (None where it does not say).

    `spare` is what the day's posts leave of its budget, in micro-USD, if there are any: no check costs one of them.
    """
    with work.store.read() as tx:
        told = _remembered(marks.read(tx).raw.get(_mark(account), ""), now)
    if told is not None:
        return told, _limits(work, account, fresh=False)
    cost = work.platforms[account].facts_cost
    with work.store.begin() as tx:
        is_covered = not cost or spare is None or cost <= spare
        aside = money.set_aside(tx, work, account, cost, now, Purpose.FACTS, FACTS) if is_covered else None
    found = [] if aside is None else _asked(work, account, aside)
    limits = _limits(work, account, fresh=True)
    if limits is None and not found:
        found = [_silent(account, "its server does not say what it accepts")]
    return found, limits


def _asked(work: Work, account: str, aside: Aside) -> list[Finding]:
    """Ask who we are; what was billed is settled, and the answer is good for a while."""
    found, failure = _facts(work, account)
    is_billed = bool(aside.amount) and (failure is None or failure.answer is Answer.AMBIGUOUS)
    told = _Told(
        aside.at + (BILLED_AGAIN if is_billed else FREE_AGAIN), [(finding.about, finding.text) for finding in found]
    )
    with work.store.begin() as tx:
        if failure is None:
            money.settle(tx, aside, aside.amount)
        else:
            money.settle_failed(tx, aside, failure)
        marks.put(tx, {_mark(account): msgspec.json.encode(told).decode()})
    return found


def _mark(account: str) -> str:
    return f"preflight:{account}"


def _silent(account: str, why: str) -> Finding:
    about = f"{account} does not answer"
    return Finding(about, f"{about}: {why.rstrip('.')}.")


def _remembered(kept: str, now: datetime) -> list[Finding] | None:
    """What was found lately, or None; an answer from the future is of a clock that was set back since."""
    if not kept:
        return None
    told = msgspec.json.decode(kept, type=_Told)
    if not now < told.until <= now + BILLED_AGAIN:
        return None
    return [Finding(about, text) for about, text in told.found]


def _facts(work: Work, account: str) -> tuple[list[Finding], PlatformError | None]:
    """What is wrong with the token, and how its question failed where it did."""
    try:
        facts = work.platforms[account].facts()
    except PlatformError as error:
        if error.answer is Answer.REJECTED or error.closes_account:
            about = f"{account} is refused by its server"
            return [Finding(about, f"{about}: {error}")], error
        return [_silent(account, str(error))], error
    if facts.can_write:
        return [], None
    about = f"{account} may not write"
    why = " ".join(facts.notes) or f"Make a token that may, or run: bot login {account}"
    return [Finding(about, f"{about}: {why}")], None


def _limits(work: Work, account: str, *, fresh: bool) -> Limits | None:
    try:
        limits = work.platforms[account].limits(fresh=fresh)
    except PlatformError:
        with work.store.read() as tx:
            return None if fresh else remembered(tx, work.config).get(account)
    if fresh:
        remember(work, work.config.accounts[account], limits)
    return limits
