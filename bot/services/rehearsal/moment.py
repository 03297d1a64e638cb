"""What can happen in a rehearsal, as people are told of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class What(StrEnum):
    """What happened. The rules refuse a sighting, a person rejects it; a platform turns a delivery down.

    A reshare is called off before it is out, and taken back after; its author is forgotten where they asked for it.
    """

    POSTED = "posted"
    RESHARED = "reshared"
    HELD = "held"
    APPROVED = "approved"
    REFUSED = "refused"
    REJECTED = "rejected"
    CALLED_OFF = "called off"
    UNKNOWN = "unknown"
    FOUND = "found"
    ABSENT = "not there"
    PUT_OFF = "put off"
    TURNED_DOWN = "turned down"
    MISSED = "missed"
    UNREAD = "unread"
    WAITING = "waits"
    ASKED = "asks"
    FILLED_IN = "filled in"
    TAKEN_BACK = "taken back"
    NOT_TAKEN_BACK = "not yet"
    WITHDRAWN = "forgotten"
    GONE = "gone"
    ALARM = "alarm"
    GOES_ON = "goes on"


OURS = frozenset({What.POSTED, What.FILLED_IN})
TROUBLE = frozenset(
    {
        What.UNKNOWN,
        What.FOUND,
        What.ABSENT,
        What.PUT_OFF,
        What.TURNED_DOWN,
        What.MISSED,
        What.UNREAD,
        What.WAITING,
        What.ASKED,
        What.ALARM,
        What.GOES_ON,
        What.NOT_TAKEN_BACK,
    }
)
"""All others are about sightings."""


@dataclass(frozen=True)
class Moment:
    """One thing that happened at `at` (UTC). `subject` is a message or an author, `words` how the text begins."""

    at: datetime
    what: What
    account: str
    language: str = ""
    subject: str = ""
    words: str = ""
    url: str = ""
    why: str = ""
