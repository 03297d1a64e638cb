"""Checks that what the messages rely on is still true on the day of action."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.domain.campaign import Config
from bot.domain.facts import Fact
from bot.errors import Fault, Severity
from bot.files.config.campaign import UNKNOWN_DAY
from bot.files.facts import FILE
from bot.files.library import Library
from bot.text_display import quoted, shortened

_NAMED = 5
"""How many messages a fault names."""


def outdated(config: Config, library: Library) -> list[Fact]:
    """Return the facts that messages rely on and whose date the day of action lies past."""
    used = messages_by_fact(library)
    day = config.campaign.day_of_action
    return [fact for fact in library.facts.values() if fact.name in used and UNKNOWN_DAY != fact.until < day]


def messages_by_fact(library: Library) -> Mapping[str, list[str]]:
    """Return the names of the messages that rely on each fact."""
    by_fact: dict[str, list[str]] = {}
    for message in library.messages.values():
        for name in dict.fromkeys(fact for wording in message.wordings.values() for fact in wording.facts):
            by_fact.setdefault(name, []).append(message.name)
    return by_fact


def fact_faults(config: Config, library: Library) -> Iterator[Fault]:
    """Yield a warning for each fact that is not good for the day of action, and a note for each that nobody uses."""
    used = messages_by_fact(library)
    for fact in outdated(config, library):
        what = (
            f"{quoted(fact.name)} is good until {fact.until}, and the day of action is "
            f"{config.campaign.day_of_action}: {_listed(used[fact.name])} would say it"
        )
        ask = f"{fact.note}{'' if fact.note.endswith(('.', '?', '!')) else '.'} " if fact.note else ""
        instead = f"{ask}Ask its source again, correct the words or leave them out, and write checked and until."
        yield Fault(FILE, fact.line, what, instead, Severity.WARNING)
    for fact in library.facts.values():
        if fact.name not in used:
            what = f"no message names {quoted(fact.name)}"
            instead = f'Write facts = ["{fact.name}"] into the head of what relies on it, or take it out.'
            yield Fault(FILE, fact.line, what, instead, Severity.NOTE)


def _listed(names: list[str]) -> str:
    more = len(names) - _NAMED
    shown = [shortened(name) for name in sorted(names)]
    return ", ".join(shown[:_NAMED]) + (f" and {more} more" if more > 0 else "")
