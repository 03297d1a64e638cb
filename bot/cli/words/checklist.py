"""The sentences that a person confirms, one by one, before a post that is held for care is approved."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.moderation import ChecklistItem

STATEMENTS: Mapping[ChecklistItem, str] = {
    ChecklistItem.FACES: "It shows no faces, or only of people who agreed to be seen by everybody",
    ChecklistItem.PLATES: "It shows no number plate",
    ChecklistItem.WORKPLACE: "It shows no workplace that could be recognised, no badge and no uniform",
    ChecklistItem.HOME: "It shows no home, and no street or view by which one could be found",
    ChecklistItem.DOCUMENT: "It shows no document, no screen and no name that could be read",
    ChecklistItem.KNOWS: "Its author knows that it will spread to people they do not know",
    ChecklistItem.OUTSIDE: "Its author is outside the country, or is an organisation",
}
"""The checklist, in the order it is asked; a tick says that the sentence is true."""

_BOTH = "Its author, and the author of the post it shows,"
_OF_BOTH: Mapping[ChecklistItem, str] = {
    ChecklistItem.FACES: "It, and the post it shows, show no faces, "
    "or only of people who agreed to be seen by everybody",
    ChecklistItem.KNOWS: f"{_BOTH} know that it will spread to people they do not know",
    ChecklistItem.OUTSIDE: f"{_BOTH} are outside the country, or are organisations",
}


def statements(*, shows_another: bool) -> Mapping[ChecklistItem, str]:
    """Return the checklist for a post: where it shows somebody else's, it asks about that one too."""
    if not shows_another:
        return STATEMENTS
    return {item: _OF_BOTH.get(item, statement) for item, statement in STATEMENTS.items()}
