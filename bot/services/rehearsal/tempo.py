"""How a playback goes on, and what came about meanwhile: what a page says of it, without all that plays it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from bot.values import dataclass


class Tempo(StrEnum):
    """How a playback goes on."""

    OPENING = "opening"
    """The weeks before a person is needed, in some seconds."""

    PAUSED = "paused"
    HOURLY = "hourly"
    """One hour a second."""

    TO_NEXT = "to_next"
    """At once to the next thing that happens."""

    TO_THE_DAY = "to_the_day"
    """As fast as can be to the morning of the day of action."""

    TO_THE_END = "to_the_end"
    AGAIN = "again"
    """All of it once more, from the beginning."""


COLLEAGUE = "Robin"
"""Who says the other yes where the campaign asks for two: after a person's, or now and then before it."""


@dataclass(frozen=True)
class Passage:
    """What came about between two instants (UTC). Of what waits at its end, `waiting` are posts of others, for a yes,
    and `unanswered` are posts of ours of which nobody has said whether they are out; `second_yeses` are those of the
    colleague who is made up."""

    since: datetime
    until: datetime
    posts: int
    reshares: int
    missed: int
    waiting: int
    unanswered: int
    second_yeses: int
