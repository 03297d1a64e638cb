"""How a rehearsal's moments are put into words and colours."""

from __future__ import annotations

from datetime import datetime

from bot.domain.campaign import Campaign
from bot.domain.schedule import counted
from bot.services.rehearsal.moment import What

GOOD, NEWS, WAITS, GUARDED, QUIET, BAD = (
    "color(28)",
    "color(32)",
    "color(166)",
    "color(133)",
    "color(244)",
    "color(160)",
)
"""Middle tones, which have about the same contrast on a white and on a black ground; each comes with a word."""

STYLES = {
    What.POSTED: GOOD,
    What.RESHARED: f"bold {GOOD}",
    What.FOUND: GOOD,
    What.APPROVED: NEWS,
    What.FILLED_IN: NEWS,
    What.ABSENT: NEWS,
    What.HELD: WAITS,
    What.PUT_OFF: WAITS,
    What.UNREAD: WAITS,
    What.WAITING: WAITS,
    What.CALLED_OFF: GUARDED,
    What.REFUSED: QUIET,
    What.REJECTED: QUIET,
    What.UNKNOWN: BAD,
    What.TURNED_DOWN: BAD,
    What.MISSED: BAD,
    What.ASKED: BAD,
    What.TAKEN_BACK: GUARDED,
    What.NOT_TAKEN_BACK: BAD,
    What.WITHDRAWN: GUARDED,
    What.GONE: GUARDED,
    What.ALARM: BAD,
    What.GOES_ON: NEWS,
}


def day_of(at: datetime, campaign: Campaign) -> str:
    """The day as counted from the day of action: "T-12"."""
    return counted((at.astimezone(campaign.timezone).date() - campaign.day_of_action).days)


def full_day(at: datetime, campaign: Campaign) -> str:
    """A day in words: "Friday 4 April 2025"."""
    local = at.astimezone(campaign.timezone)
    return f"{local:%A} {local.day} {local:%B %Y}"


def short_day(at: datetime, campaign: Campaign) -> str:
    """A day in few words: "16 April"."""
    local = at.astimezone(campaign.timezone)
    return f"{local.day} {local:%B}"
