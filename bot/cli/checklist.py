"""The safety checklist: what a person at the terminal confirms, sentence by sentence, of a post held for care."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from bot.cli.asking import TRIES, asked
from bot.cli.common import say
from bot.domain.care import STATEMENTS, Tick
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


def can_be_asked() -> bool:
    """Whether somebody sits at the terminal."""
    return sys.stdin is not None and sys.stdin.isatty()


def gone_through(work: Work, sighting_id: int) -> tuple[Tick, ...]:
    """Every tick, once the person has said yes to each sentence; none where the post is not held for care.

    Raises Refused at the first no: nothing is approved then.
    """
    from bot.services.moderation import moderate

    care = moderate.care_needed(work, sighting_id)
    if not care:
        return ()
    say(f"Sighting {sighting_id} is held for care: {printable('; '.join(care))}.")
    say("Look at the post. Then say of each sentence whether it is true.\n")
    for number, (tick, statement) in enumerate(STATEMENTS.items(), 1):
        if not _is_true(f"{number} of {len(STATEMENTS)}. {statement}. True? y/n: "):
            raise Refused(
                f'Not approved: "{tick}" is not so, or not known. Ask its author first and approve it then, '
                f"or run: bot reject {sighting_id}"
            )
    return tuple(STATEMENTS)


def _is_true(question: str) -> bool:
    for _ in range(TRIES):
        answer = asked(question).casefold()
        if answer in {"y", "yes", "n", "no"}:
            return answer.startswith("y")
        say("Type y or n.")
    raise Refused("That was neither y nor n, so nothing is approved.")
