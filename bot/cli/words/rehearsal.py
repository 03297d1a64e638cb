"""What happens in a rehearsal, in words."""

from __future__ import annotations

from bot.cli.words.remedies import with_commands
from bot.services.rehearsal.story import Moment, What


def subject_text(moment: Moment) -> str:
    """Return what it is about."""
    return f"{moment.subject} in [links] of bot.toml" if moment.what is What.FILLED_IN else moment.subject


def why_text(moment: Moment) -> str:
    """Return why it happened."""
    return with_commands(moment.why)
