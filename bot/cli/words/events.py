"""Events in words, for the log and for everybody else who is told what happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.cli.words.amounts import duration_text, exact_duration_text
from bot.cli.words.causes import cause_text
from bot.cli.words.deliveries import delivery_name
from bot.cli.words.plan import PLANNED, past_day_text, plan_lines
from bot.cli.words.refusals import out_of_reach, refusal_words
from bot.cli.words.remedies import with_commands
from bot.cli.words.restore import doubt_text
from bot.cli.words.sources import feeds
from bot.cli.words.status import hindrance_text
from bot.cli.words.stop_requests import answers
from bot.cli.words.times import time_text
from bot.domain.delivery import DeliveryLabel, Kind
from bot.domain.money import dollars
from bot.errors import RefusedCode, merged
from bot.services.events import Event, EventName, StillPlanned
from bot.services.status import Hindrance
from bot.store.identity import RecoveryNeeded

Facts = Mapping[str, Any]


def event_text(event: Event) -> str:
    """Return what an event says to people, in English."""
    words, facts = EVENTS[event.name], {**event.fields, "at": event.at}
    return with_commands(words.format(**{"of": _of(facts), **facts}) if isinstance(words, str) else words(facts))


def _of(facts: Facts) -> str:
    """Return the delivery it is about as people speak of it, "" where it is about none."""
    if "kind" not in facts:
        return ""
    message, day, language = (str(facts.get(name, "")) for name in ("message", "day", "language"))
    return delivery_name(DeliveryLabel(facts["kind"], facts["account"], message, day, language, facts.get("sighting")))


def _url(facts: Facts) -> str:
    return "the post" if facts["kind"] is Kind.RESHARE else str(facts["url"])


def _sent(facts: Facts) -> str:
    return f"{_of(facts)}: {_url(facts)}"


def _found(facts: Facts) -> str:
    how = "is out already" if facts.get("after_restore") else "is there after all"
    return f"{_of(facts)} {how}: {_url(facts)}"


def _needs_decision(facts: Facts) -> str:
    why = cause_text(str(facts["error"])).rstrip(".")
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
    return f"{_of(facts)}: {out_of_reach(facts['account'], facts.get('url', ''))}"


def _catching_up(facts: Facts) -> str:
    first_at, last_at = (time_text(facts[name], facts["at"]) for name in ("next_at", "last_at"))
    times = f"the next at {first_at}, the last at {last_at}"
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


def _trouble_ahead(facts: Facts) -> str:
    return f"{_first_of(facts)}, due {time_text(facts['due_at'], facts['at'])}: {facts['error']}"


def _trouble_over(facts: Facts) -> str:
    return f"{_first_of(facts)}, what stood in its way is mended: {facts['error']}"


def _first_of(facts: Facts) -> str:
    return _of(facts) + (f" and {len(facts['also'])} more" if "also" in facts else "")


def _account_back(facts: Facts) -> str:
    return f"{facts['account']} {'can be used again' if 'obstacle' in facts else 'says who we are'}"


def _hijack(facts: Facts) -> str:
    return (
        f"one text from {facts['authors']} accounts within {exact_duration_text(facts['within'])} looks like "
        "somebody taking over the hashtag: automatic approval is paused. Look at: bot sightings --state held. "
        "To go on: bot automatic on"
    )


def _automatic_switched(facts: Facts) -> str:
    return f"automatic approval was switched {'on' if facts['is_on'] else 'off'} by {facts['by']}"


def _seen(facts: Facts) -> str:
    return f"sighting {facts['sighting']}: {facts['verdict']} ({', '.join(facts['reasons'])})"


def _approved(facts: Facts) -> str:
    then = "; a second person has to approve it too" if facts["needs_another"] else ""
    return f"sighting {facts['sighting']} was approved by {facts['by']}{then}"


def _unreadable(facts: Facts) -> str:
    count = facts["count"]
    what = "1 entry" if count == 1 else f"{count} entries"
    text = f"{facts['source']}: {what} could not be read ({', '.join(facts['parts'])})"
    if facts["may_ask_us"]:
        text += (
            ". Somebody may be asking for a post to be taken down: log in there with a browser and read the newest "
            "mentions and notifications; then, if they do, run: bot forget AUTHOR"
        )
    return text


def _withdrawn(facts: Facts) -> str:
    if "by" in facts:
        return f"an author was forgotten by {facts['by']}: {facts['sightings']} sightings are removed"
    return (
        f"an author asked us to stop: {len(facts['deliveries'])} reshares are taken back, {facts['sightings']} "
        "sightings are removed, and they are never seen again"
    )


def _asks_perhaps(facts: Facts) -> str:
    sighting, is_shown = facts.get("sighting"), facts["is_shown"]
    what = f"sighting {sighting}" if sighting else f"delivery {facts['delivery']}"
    out = " A reshare of theirs is out, and stays out until you answer." if facts["is_theirs_out"] else ""
    who = "somebody whose post it shows" if is_shown else "its author"
    return f"{who} may be asking to be left alone: {what}.{out} {answers(sighting, is_shown=is_shown)}"


def _names_somebody(facts: Facts) -> str:
    what = f"{_of(facts)} names, or links to, somebody who asked to be left alone"
    if facts["is_out"]:
        number = facts["delivery"]
        return f"{what}, and is out. Look at it, then run: bot undo {number}, or bot edit {number} with other words"
    return f"{what}: it is held. Take them out of its words, then run: bot release {facts['delivery']}"


def _working(facts: Facts) -> str:
    return f"on {', '.join(facts['accounts'])}, until it is stopped"


def _failed(facts: Facts) -> str:
    if "number" in facts:
        return f"a page of the console, number {facts['number']}: {_went_wrong(facts)}"
    return _went_wrong(facts)


def _went_wrong(facts: Facts) -> str:
    if "code" in facts:
        return refusal_words(RefusedCode(facts["code"]), facts["about"])
    if "fault" in facts:
        place = facts["place"] or "an unknown place"
        return f"a fault in Groundswell itself: {facts['fault']} at {place}. It is tried again; please report it"
    return str(facts["error"])


def _works_again(facts: Facts) -> str:
    return f"it works again, after this: {_failed(facts)}"


def _faulty_files(facts: Facts) -> str:
    faults = "\n".join(map(str, merged(facts["faults"])))
    return f"{_STILL_PLANNED[facts['planned']]}:\n{faults}"


_STILL_PLANNED: Mapping[StillPlanned, str] = {
    StillPlanned.NOTHING_NEW: "Nothing new is planned; mend this first",
    StillPlanned.NOTHING_CHANGED: "Nothing was changed; mend this first",
    StillPlanned.ALL_OTHER_FILES: (
        "All other files are planned, and what these ask for stays as it was planned before; mend this"
    ),
}


def _plan_notes(facts: Facts) -> str:
    return "\n".join(plan_lines(facts["notes"]))


def _held_back(facts: Facts) -> str:
    if "needs_yes" in facts:
        return _doubt(facts)
    hindrance = Hindrance(facts["code"], facts["account"], facts["reason"], facts["since"], facts["until"])
    return " ".join(filter(None, hindrance_text(hindrance, facts["at"])))


def _doubt(facts: Facts) -> str:
    return doubt_text(RecoveryNeeded(facts["why"], facts["since"], facts["known_until"], facts["needs_yes"]))


def _past_day(facts: Facts) -> str:
    return past_day_text(facts["day_of_action"], facts["days"], is_anything_left=facts["is_anything_left"])


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
    EventName.UNREAD: "{of} waits until somebody has read it: bot show {delivery}, then bot release {delivery}",
    EventName.NAMES_SOMEBODY: _names_somebody,
    EventName.HELD_NO_MORE: "{of} is held no more: whom it names asks for nothing, as a person has said",
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
    EventName.TROUBLE_AHEAD: _trouble_ahead,
    EventName.TROUBLE_OVER: _trouble_over,
    EventName.ACCOUNT_FAILED: "{account}: {error}",
    EventName.ACCOUNT_BACK: _account_back,
    EventName.RATE_LIMITED: "{account} waits: {error}",
    EventName.MONEY_BACK: "{account} has money again",
    EventName.SEEN: _seen,
    EventName.APPROVED: _approved,
    EventName.REJECTED_BY_PERSON: "sighting {sighting} was rejected by {by}",
    EventName.UNREADABLE: _unreadable,
    EventName.STREAM_OFF: "{error} What is posted is found by looking, as often as without streams",
    EventName.STREAM_SILENT: "the stream of {source} is opened anew: {error}",
    EventName.GONE: "sighting {sighting} was deleted or hidden by its author",
    EventName.HIJACK: _hijack,
    EventName.FLAGGED: "sighting {sighting} was flagged by {by}",
    EventName.AUTOMATIC_SWITCHED: _automatic_switched,
    EventName.WITHDRAWN: _withdrawn,
    EventName.ASKS_PERHAPS: _asks_perhaps,
    EventName.DISMISSED: "what the author of sighting {sighting} wrote is no wish, says {by}",
    EventName.REMEMBERED: "an author who was forgotten in error is seen again, says {by}",
    EventName.RECHECK: "{of} is taken back: {reason}",
    EventName.RECHECK_FAILED: "{reshares} reshares could not be looked at again; they are tried again",
    EventName.WORKING: _working,
    EventName.ENDING: "what is under way may end, nothing else begins",
    EventName.PLANNED: PLANNED,
    EventName.ASKED: _plan_notes,
    EventName.CONTINUED: _plan_notes,
    EventName.OUT_OTHERWISE: _plan_notes,
    EventName.FAULTY_FILES: _faulty_files,
    EventName.FILES_FINE: "the files have no mistake any more, and the queue follows them",
    EventName.FILES_BEING_SAVED: "somebody is saving the files: the queue follows them once they rest",
    EventName.ADDRESS_WRITTEN: "{by} wrote the address of {{{link}}} into bot.toml: {address}",
    EventName.ADDRESS_CORRECTED: "{by} corrected the address of {{{link}}} in bot.toml: {address}, which was {before}",
    EventName.LINK_KNOWN: "{{{link}}} is known now: what waited for it goes out",
    EventName.RESUMED: "sending goes on: somebody has let it",
    EventName.WORKS_AGAIN: _works_again,
    EventName.HELD_BACK: _held_back,
    EventName.PAST_DAY: _past_day,
    EventName.ACCOUNT_BARRED: "{error}",
    EventName.ACCOUNT_KNOWN: "it is known again which account {account} is; sending goes on",
    EventName.DOUBT: _doubt,
    EventName.BACKUP_UNREAD: "{file} cannot be opened, so nothing expires in it: remove it. {error}",
    EventName.FAILED: _failed,
    EventName.PASSKEY_COPIED: "a passkey of {user} was refused: somebody may have a copy. Ask {user} to remove it",
    EventName.LIBRARY_WARNED: "{text}",
    EventName.SAID: "{text}",
    EventName.NOT_DECIDED: _failed,
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
