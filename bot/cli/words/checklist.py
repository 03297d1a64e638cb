"""The sentences that a person confirms, one by one, before a post that is held for care is approved."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.campaign import Risk
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
"""The checklist, in the order it is asked; a tick says that the sentence is true. Where a state is the risk."""

_WHERE_AN_EMPLOYER_IS_THE_RISK: Mapping[ChecklistItem, str] = {
    ChecklistItem.WORKPLACE: "It shows no workplace, machine, uniform or badge that an employer could know it by",
    ChecklistItem.DOCUMENT: "It shows no rota, document, screen or chat of the workplace, and no readable name",
    ChecklistItem.OUTSIDE: "Its author cannot lose their job for it, or wants to be seen, or is an organisation",
}
_STATEMENTS: Mapping[Risk, Mapping[ChecklistItem, str]] = {
    Risk.STATE: STATEMENTS,
    Risk.EMPLOYER: {**STATEMENTS, **_WHERE_AN_EMPLOYER_IS_THE_RISK},
}

_BOTH = "Its author, and the author of the post it shows,"
_OF_BOTH: Mapping[ChecklistItem, str] = {
    ChecklistItem.FACES: "It, and the post it shows, show no faces, "
    "or only of people who agreed to be seen by everybody",
    ChecklistItem.KNOWS: f"{_BOTH} know that it will spread to people they do not know",
    ChecklistItem.OUTSIDE: f"{_BOTH} are outside the country, or are organisations",
}
_OF_BOTH_AT_WORK = f"{_BOTH} cannot lose their jobs for it, or want to be seen, or are organisations"


def statements(
    *, shows_another: bool, risk: Risk = Risk.STATE, own: Mapping[str, str] | None = None
) -> Mapping[ChecklistItem, str]:
    """Return the checklist for a post: where it shows somebody else's, it asks about that one too.

    `own` are the statements of the campaign, by item, which take the place of the usual ones for its `risk`.
    """
    usual = dict(_STATEMENTS[risk])
    if shows_another:
        usual |= _OF_BOTH
        usual |= {ChecklistItem.OUTSIDE: _OF_BOTH_AT_WORK} if risk is Risk.EMPLOYER else {}
    too = ". So it is with the post it shows" if shows_another else ""
    return {item: f"{own[item]}{too}" if own and item in own else statement for item, statement in usual.items()}
