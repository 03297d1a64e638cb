"""What the messages rely on: each claim with its source, and until when it may be said."""

from __future__ import annotations

from datetime import date

from bot.values import dataclass


@dataclass(frozen=True)
class Fact:
    """One claim of `facts.toml`. `checked` is the day on which somebody last read the source, `until` the last day of
    action for which it is good; `note` says what to ask before it is used again. `line` is where it is written."""

    name: str
    claim: str
    source: str
    checked: date
    until: date
    note: str = ""
    line: int = 1
