"""Events: what happens, by name and facts; the words are made where people read them, see `bot.cli.words.events`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.errors import GroundswellError, PlatformError, Refused
from bot.values import dataclass


class EventName(StrEnum):
    """What happened. `docs/logs.md` says what each means; scripts that read logs know these names."""

    SENT = "sent"
    POSTPONED = "postponed"
    REJECTED = "rejected"
    GATEWAY = "gateway"
    UNKNOWN = "unknown"
    FOUND = "found"
    ABSENT = "absent"
    NEEDS_DECISION = "needs_decision"
    SETTLED = "settled"
    MISSED = "missed"
    WAITING = "waiting"
    UNREAD = "unread"
    NAMES_SOMEBODY = "names_somebody"
    HELD_NO_MORE = "held_no_more"
    TROUBLE_AHEAD = "trouble_ahead"
    TROUBLE_OVER = "trouble_over"
    NO_MONEY = "no_money"
    UPLOADED = "uploaded"
    UPLOAD_FAILED = "upload_failed"
    CALLED_OFF = "called_off"
    EDITED = "edited"
    EDIT_FAILED = "edit_failed"
    UNDONE = "undone"
    UNDO_FAILED = "undo_failed"
    CATCHING_UP = "catching_up"

    ACCOUNT_FAILED = "account_failed"
    ACCOUNT_BACK = "account_back"
    RATE_LIMITED = "rate_limited"
    MONEY_BACK = "money_back"
    ACCOUNT_CLOSED = "account_closed"
    OUT_OF_REACH = "out_of_reach"
    IN_REACH = "in_reach"
    STILL_IN_DOUBT = "still_in_doubt"
    RECKONED = "reckoned"

    SEEN = "seen"
    APPROVED = "approved"
    REJECTED_BY_PERSON = "rejected_by_person"
    SOURCE_FAILED = "source_failed"
    FEEDS_OFF = "feeds_off"
    FEEDS_ON = "feeds_on"
    UNREADABLE = "unreadable"
    SOURCE_BACK = "source_back"
    SLOWED = "slowed"
    STREAM_OFF = "stream_off"
    STREAM_SILENT = "stream_silent"
    GONE = "gone"
    HIJACK = "hijack"
    FLAGGED = "flagged"
    AUTOMATIC_SWITCHED = "automatic_switched"
    WITHDRAWN = "withdrawn"
    ASKS_PERHAPS = "asks_perhaps"
    DISMISSED = "dismissed"
    REMEMBERED = "remembered"
    RECHECK = "recheck"
    RECHECK_FAILED = "recheck_failed"

    WORKING = "working"
    ENDING = "ending"
    PLANNED = "planned"
    ASKED = "asked"
    CONTINUED = "continued"
    OUT_OTHERWISE = "out_otherwise"
    FAULTY_FILES = "faulty_files"
    FILES_FINE = "files_fine"
    FILES_BEING_SAVED = "files_being_saved"
    LINK_KNOWN = "link_known"
    ADDRESS_WRITTEN = "address_written"
    ADDRESS_CORRECTED = "address_corrected"
    RESUMED = "resumed"
    WORKS_AGAIN = "works_again"
    HELD_BACK = "held_back"
    PAST_DAY = "past_day"
    ACCOUNT_BARRED = "account_barred"
    ACCOUNT_KNOWN = "account_known"
    DOUBT = "doubt"
    CLOCK_SET_FORWARD = "clock_set_forward"
    CLOCK_SET_BACK = "clock_set_back"
    BACKUP_UNREAD = "backup_unread"
    FAILED = "failed"
    PASSKEY_COPIED = "passkey_copied"
    LIBRARY_WARNED = "library_warned"
    SAID = "said"

    FILLED_IN = "filled_in"
    NOT_DECIDED = "not_decided"
    """These two, in a rehearsal alone."""


class StillPlanned(StrEnum):
    """What a planning that met mistakes in the files has done all the same."""

    NOTHING_NEW = "nothing_new"
    NOTHING_CHANGED = "nothing_changed"
    ALL_OTHER_FILES = "all_other_files"


LASTING = frozenset(
    {
        EventName.ACCOUNT_BARRED,
        EventName.ACCOUNT_CLOSED,
        EventName.ACCOUNT_FAILED,
        EventName.DOUBT,
        EventName.FAILED,
        EventName.FAULTY_FILES,
        EventName.HELD_BACK,
        EventName.NO_MONEY,
        EventName.OUT_OF_REACH,
        EventName.POSTPONED,
        EventName.SOURCE_FAILED,
        EventName.STILL_IN_DOUBT,
        EventName.UNDO_FAILED,
        EventName.UPLOAD_FAILED,
    }
)
"""Events of troubles that last: a worker, which remembers, tells each once when it begins."""


ALL_CLEAR: Mapping[EventName, tuple[EventName, ...]] = {
    EventName.ACCOUNT_BARRED: (EventName.ACCOUNT_KNOWN,),
    EventName.ACCOUNT_CLOSED: (EventName.ACCOUNT_BACK,),
    EventName.ACCOUNT_FAILED: (EventName.ACCOUNT_BACK,),
    EventName.ASKED: (EventName.SENT,),
    EventName.ASKS_PERHAPS: (EventName.DISMISSED, EventName.REJECTED_BY_PERSON, EventName.WITHDRAWN),
    EventName.CATCHING_UP: (EventName.SENT, EventName.MISSED),
    EventName.CLOCK_SET_BACK: (EventName.CLOCK_SET_FORWARD,),
    EventName.DOUBT: (EventName.RECKONED,),
    EventName.EDIT_FAILED: (EventName.EDITED, EventName.UNDONE),
    EventName.FAILED: (EventName.WORKS_AGAIN,),
    EventName.FEEDS_OFF: (EventName.FEEDS_ON,),
    EventName.GATEWAY: (EventName.SENT, EventName.MISSED, EventName.NEEDS_DECISION, EventName.REJECTED),
    EventName.FAULTY_FILES: (EventName.FILES_FINE,),
    EventName.HELD_BACK: (
        EventName.RESUMED,
        EventName.ACCOUNT_BACK,
        EventName.IN_REACH,
        EventName.RECKONED,
        EventName.MONEY_BACK,
    ),
    EventName.HIJACK: (EventName.AUTOMATIC_SWITCHED,),
    EventName.MISSED: (EventName.SENT,),
    EventName.NAMES_SOMEBODY: (EventName.EDITED, EventName.HELD_NO_MORE, EventName.SENT, EventName.UNDONE),
    EventName.NEEDS_DECISION: (EventName.SETTLED,),
    EventName.NO_MONEY: (EventName.MONEY_BACK, EventName.SOURCE_BACK, EventName.SENT),
    EventName.OUT_OF_REACH: (EventName.IN_REACH,),
    EventName.POSTPONED: (EventName.UPLOADED, EventName.SENT, EventName.MISSED),
    EventName.RECHECK: (EventName.UNDONE,),
    EventName.RECKONED: (EventName.SETTLED, EventName.SENT),
    EventName.REJECTED: (EventName.SENT,),
    EventName.SOURCE_FAILED: (EventName.SOURCE_BACK,),
    EventName.STILL_IN_DOUBT: (EventName.RECKONED,),
    EventName.TROUBLE_AHEAD: (EventName.TROUBLE_OVER,),
    EventName.UNDO_FAILED: (EventName.UNDONE,),
    EventName.UNKNOWN: (EventName.FOUND, EventName.ABSENT, EventName.NEEDS_DECISION),
    EventName.UNREADABLE: (),
    EventName.UPLOAD_FAILED: (EventName.UPLOADED,),
    EventName.UNREAD: (EventName.SENT,),
    EventName.WAITING: (EventName.LINK_KNOWN, EventName.MISSED),
    EventName.WITHDRAWN: (EventName.UNDONE,),
}
"""Each event that can alarm, and the events of which one comes when it is over. `docs/logs.md` shows the same.

An entry that could not be read stays so: nothing comes after that alarm.
"""

TOLD_TO_PEOPLE = ALL_CLEAR.keys() | {
    EventName.ADDRESS_CORRECTED,
    EventName.ADDRESS_WRITTEN,
    EventName.AUTOMATIC_SWITCHED,
    EventName.CALLED_OFF,
    EventName.CLOCK_SET_FORWARD,
    EventName.FLAGGED,
    EventName.GONE,
    EventName.PASSKEY_COPIED,
    EventName.RATE_LIMITED,
    EventName.RESUMED,
    EventName.STREAM_SILENT,
    EventName.UNDONE,
}
"""Events that are kept as notifications for whoever was not there."""


@dataclass(frozen=True)
class Event:
    """Something that happened at `at` (UTC). `fields` hold ids and facts, never secrets, and never who posted."""

    at: datetime
    name: EventName
    fields: Mapping[str, Any] = field(default_factory=dict)
    alarming: bool = False


def failure_facts(error: Exception) -> dict[str, Any]:
    """Return what an event tells of an error: its words, or the code of a refusal and what it is `about`.

    Of a fault that no one thought of its kind and place, and nothing of its text, which may hold anything.
    """
    if isinstance(error, Refused):
        return {"code": str(error.code), "about": dict(error.facts)}
    if isinstance(error, PlatformError):
        return {"error": error.cause}
    if isinstance(error, GroundswellError):
        return {"error": str(error)}
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}" if trace else ""
    return {"fault": type(error).__name__, "place": place}
