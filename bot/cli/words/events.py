"""Events in words, for the log and for everybody else who is told what happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.cli.words.remedies import with_commands
from bot.cli.words.sources import feeds
from bot.domain.delivery import Kind
from bot.domain.money import dollars
from bot.domain.text import duration_text
from bot.services.events import Event, EventName

Facts = Mapping[str, Any]


def event_text(event: Event) -> str:
    """Return what an event says to people, in English."""
    if event.text:
        return with_commands(event.text)
    words, facts = EVENTS[event.name], event.fields
    return with_commands(words.format(**{"of": _of(facts), **facts}) if isinstance(words, str) else words(facts))


def _of(facts: Facts) -> str:
    """Return the delivery it is about as people speak of it, "" where it is about none.

    Of somebody's post the number of its sighting, for who they are is not said.
    """
    kind, account = facts.get("kind"), facts.get("account")
    if kind is Kind.RESHARE:
        seen = f"sighting {facts['sighting']}" if "sighting" in facts else "a sighting that is not kept any more"
        return f"the reshare of {seen} on {account}"
    return f"{facts['message']} ({facts['day']}, {facts['language']}) on {account}" if kind is Kind.POST else ""


def _url(facts: Facts) -> str:
    return "the post" if facts["kind"] is Kind.RESHARE else str(facts["url"])


def _sent(facts: Facts) -> str:
    return f"{_of(facts)}: {_url(facts)}"


def _found(facts: Facts) -> str:
    how = "is out already" if facts.get("after_restore") else "is there after all"
    return f"{_of(facts)} {how}: {_url(facts)}"


def _needs_decision(facts: Facts) -> str:
    why = str(facts["error"]).rstrip(".")
    return f"{_of(facts)}: nobody knows whether it is out: {why}. Look at it: bot show {facts['delivery']}"


def _settled(facts: Facts) -> str:
    return f"{_of(facts)} is {'out' if facts['is_out'] else 'not out'}: {facts['by']} has said so"


def _no_money(facts: Facts) -> str:
    return f"{facts['source']} is not read: {facts['error']}" if "source" in facts else str(facts["error"])


def _undone(facts: Facts) -> str:
    return f"taken back: {_url(facts) if facts['has_url'] else _of(facts)}"


def _undo_failed(facts: Facts) -> str:
    if "error" in facts:
        return str(facts["error"])
    account, where = facts["account"], f": {facts['url']}" if facts.get("url") else ""
    return (
        f"{_of(facts)}: {account} is not in bot.toml, so nothing can be taken back there. Delete it there by hand"
        f"{where}, or put the account back into bot.toml with its token; a worker does it then"
    )


def _catching_up(facts: Facts) -> str:
    times = f"the next at {facts['next_at']:%H:%M:%S} UTC, the last at {facts['last_at']:%H:%M:%S} UTC"
    apart = facts["apart"].seconds
    text = f"{facts['overdue']} overdue posts wait on {facts['account']}: they leave {apart} seconds apart, {times}"
    if facts["too_late"]:
        text += f"; {facts['too_late']} of them will be too late by then. To send one late all the same: bot retry ID"
    return text


def _source_back(facts: Facts) -> str:
    return f"{facts['source']} can be read again, after {duration_text(facts['after'])}"


def _slowed(facts: Facts) -> str:
    return (
        f"{facts['source']} gets what is left of today's money bit by bit until midnight (UTC): most of the budget of "
        f"{facts['account']} ({dollars(facts['budget_micro_usd'])}) is spent, or needed for posts planned today"
    )


def _in_reach(facts: Facts) -> str:
    return f"{facts['account']} answers again, after {duration_text(facts['after'])}"


def _reckoned(facts: Facts) -> str:
    account, held = facts["account"], facts["held"]
    text = f"{account} is known again: of what was sent meanwhile, {facts['found']} were found on its timeline"
    if held:
        ids = ", ".join(map(str, held))
        text += f"; it shows others that nobody here remembers, so {len(held)} deliveries are held for you: {ids}"
    return text


def _clock_set_back(facts: Facts) -> str:
    text = f"this computer's clock was set back by {duration_text(facts['length'])}"
    planned = facts["planned_again"]
    return f"{text}: {planned} posts that had been missed by it are planned again" if planned else text


def _clock_set_forward(facts: Facts) -> str:
    return f"this computer's clock went forward by {duration_text(facts['length'])}: it was set, or it slept"


EVENTS: Mapping[EventName, str | Callable[[Facts], str]] = {
    EventName.SENT: _sent,
    EventName.POSTPONED: "{of}: {error}",
    EventName.REJECTED: "{of}: {error}",
    EventName.GATEWAY: "{of}: {error}",
    EventName.UNKNOWN: "{of}: {error}",
    EventName.FOUND: _found,
    EventName.ABSENT: "{of}: proved absent from our own timeline ({looks} readings); it will be sent again",
    EventName.NEEDS_DECISION: _needs_decision,
    EventName.SETTLED: _settled,
    EventName.MISSED: "{of} was missed: too late",
    EventName.WAITING: "{of}: {{{link}}} is not known: fill it in under [links]",
    EventName.NO_MONEY: _no_money,
    EventName.UPLOADED: "{file} is at {platform}",
    EventName.UPLOAD_FAILED: "{error}",
    EventName.CALLED_OFF: "{of}: {reason}",
    EventName.EDITED: "{of} says now: “{words}”",
    EventName.EDIT_FAILED: "{of}: {error}",
    EventName.UNDONE: _undone,
    EventName.UNDO_FAILED: _undo_failed,
    EventName.CATCHING_UP: _catching_up,
    EventName.SOURCE_FAILED: "{source}: {error}",
    EventName.SOURCE_BACK: _source_back,
    EventName.FEEDS_OFF: lambda facts: feeds(facts["blind"], facts["host"]),
    EventName.FEEDS_ON: "{host} shows all of its hashtags again",
    EventName.SLOWED: _slowed,
    EventName.FILLED_IN: "{link} in [links] of bot.toml",
    EventName.ACCOUNT_CLOSED: "{account} is closed, and what is due there waits: {error}",
    EventName.OUT_OF_REACH: (
        "{account} is out of reach: {error} What is due there waits, and it is tried again by itself"
    ),
    EventName.IN_REACH: _in_reach,
    EventName.STILL_IN_DOUBT: (
        "{account} stays in doubt, nothing is sent on it, until its timeline can be read: {error}"
    ),
    EventName.RECKONED: _reckoned,
    EventName.CLOCK_SET_BACK: _clock_set_back,
    EventName.CLOCK_SET_FORWARD: _clock_set_forward,
}
