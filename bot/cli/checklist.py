"""The safety checklist: what a person at the terminal confirms, sentence by sentence, of a post held for care."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from bot.cli.asking import said_yes
from bot.cli.common import say
from bot.domain.care import Tick
from bot.errors import Refused
from bot.hints import printable

if TYPE_CHECKING:
    from bot.services.work import Work


def named(words: Sequence[str]) -> tuple[Tick, ...]:
    """The ticks that were given on the command line."""
    try:
        return tuple(dict.fromkeys(Tick(word) for word in words))
    except ValueError as error:
        raise typer.BadParameter(f"{error}; the ticks are {', '.join(Tick)}") from None


def gone_through(work: Work, sighting_id: int) -> tuple[Tick, ...]:
    """Every tick, once the person has said yes to each sentence; none where the post is not held for care.

    Raises Refused at the first no: nothing is approved then.
    """
    from bot.services.moderation import moderate

    care, statements = moderate.care_needed(work, sighting_id), moderate.checklist(work, sighting_id)
    if not care:
        return ()
    say(f"Sighting {sighting_id} is held for care: {printable('; '.join(care))}.")
    say("Look at the post. Then say of each sentence whether it is true.\n")
    for number, (tick, statement) in enumerate(statements.items(), 1):
        if not said_yes(f"{number} of {len(statements)}. {statement}. True? y/n: ", "Nothing is approved."):
            raise Refused(
                f'Not approved: "{tick}" is not so, or not known. Ask its author first and approve it then, '
                f"or run: bot reject {sighting_id}"
            )
    return tuple(statements)
