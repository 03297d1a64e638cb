"""Who does something: a user of the console, whoever sits at the shell, or Groundswell by itself."""

from __future__ import annotations

from enum import StrEnum

from bot.values import dataclass


class Via(StrEnum):
    """Through what somebody does something."""

    SHELL = "shell"
    CONSOLE = "console"
    API = "api"
    GROUNDSWELL = "groundswell"


@dataclass(frozen=True)
class Actor:
    """Somebody who does something. `id` is the number of a user of the console, None for everybody else."""

    id: int | None
    name: str
    via: Via

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        """What tells people apart: a user by their number, whoever is at the shell by the name they have there."""
        return self.name if self.id is None else f"user:{self.id}"

    @property
    def is_user(self) -> bool:
        """Return whether the console knows who it is."""
        return self.id is not None


By = Actor | str
"""Who does something, as services take it: a text is the name of whoever is at the shell."""

GROUNDSWELL = Actor(None, "groundswell", Via.GROUNDSWELL)
"""Who did what nobody did by hand."""


def actor_of(by: By) -> Actor:
    """Return who does something."""
    if isinstance(by, Actor):
        return by
    return GROUNDSWELL if by == GROUNDSWELL.name else Actor(None, by, Via.SHELL)


_USER = "user:"


def is_user_key(key: str) -> bool:
    """Return whether a key (`Actor.key`) is that of a user of the console."""
    return key.startswith(_USER)
