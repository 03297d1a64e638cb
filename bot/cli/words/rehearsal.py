"""What happens in a rehearsal, in words."""

from __future__ import annotations

from bot.cli.words.events import event_text
from bot.cli.words.remedies import with_commands
from bot.services.events import Event
from bot.services.rehearsal.actors import MODERATORS
from bot.services.rehearsal.story import ASKED_FOR_IT, Moment, What


def subject_text(moment: Moment) -> str:
    """Return what it is about."""
    return f"{moment.subject} in [links] of bot.toml" if moment.what is What.FILLED_IN else moment.subject


def why_text(moment: Moment) -> str:
    """Return why it happened."""
    if moment.event is not None:
        return first_sentence(moment.event)
    if moment.what is What.FOUND:
        return "it is on our timeline after all"
    if moment.by:
        return f"by the {moment.by}" if moment.by in MODERATORS else f"by {moment.by}"
    return reason_text(moment.why)


def reason_text(why: str) -> str:
    """Return a reason in words."""
    return "its author asked for it" if why == ASKED_FOR_IT else with_commands(why)


def first_sentence(event: Event) -> str:
    """Return what happened, without what to do about it: there is nobody in a rehearsal who could."""
    return event_text(event).partition(". ")[0]
