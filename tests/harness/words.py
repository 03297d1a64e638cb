"""The words of a text that is kept, as the command line shows them."""

from __future__ import annotations

from bot.cli.words.remedies import with_commands


def worded(text: str) -> str:
    """Return what people read where this text is kept."""
    return with_commands(text)
