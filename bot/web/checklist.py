"""The sentences that a person confirms before a yes to what is held for care, in the words of the console."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.campaign import ModerationRules, Risk
from bot.domain.moderation import ChecklistItem
from bot.domain.post import MediaKind, SeenPost
from bot.web.languages import Speech

_MOVES = frozenset(
    {
        *(MediaKind.VIDEO, MediaKind.VIDEO_LINK, MediaKind.GIF, MediaKind.AUDIO),
        *(MediaKind.SILENT_VIDEO, MediaKind.UNKNOWN, MediaKind.OTHER),
    }
)


def question(risk: Risk, speech: Speech) -> str:
    """Return what all of it comes to."""
    if risk is Risk.EMPLOYER:
        return speech.gettext(
            "Would this person keep their job if their employer watched this, with our name beside it?"
        )
    return speech.gettext(
        "Would this person be safe if those who want to harm them watched this, with our name beside it?"
    )


def statements(rules: ModerationRules, speech: Speech, *, shows_another: bool) -> Mapping[ChecklistItem, str]:
    """Return the checklist for a post in the order it is asked; where the post shows somebody else's, it asks about
    that one too. The campaign's own statements take the place of the usual ones."""
    usual = _both(speech, rules.risk) if shows_another else _one(speech, rules.risk)
    own = {item: rules.checklist[item] for item in usual if item in rules.checklist}
    if shows_another:
        own = {
            item: speech.say("%(statement)s. So it is with the post it shows", statement=statement)
            for item, statement in own.items()
        }
    return usual | own


def watched(post: SeenPost, speech: Speech) -> str:
    """Return what is confirmed of the files themselves, where they were not played here; "" where there are none."""
    if _MOVES & set(post.kinds):
        return speech.gettext("I watched it to its end, with sound")
    if post.media_ids or MediaKind.IMAGE in post.kinds:
        return speech.gettext("I looked at all its pictures")
    return ""


def _one(speech: Speech, risk: Risk) -> dict[ChecklistItem, str]:
    say = speech.gettext
    of_a_state = {
        ChecklistItem.FACES: say("It shows no faces, or only of people who agreed to be seen by everybody"),
        ChecklistItem.PLATES: say("It shows no number plate"),
        ChecklistItem.WORKPLACE: say("It shows no workplace that could be recognised, no badge and no uniform"),
        ChecklistItem.HOME: say("It shows no home, and no street or view by which one could be found"),
        ChecklistItem.DOCUMENT: say("It shows no document, no screen and no name that could be read"),
        ChecklistItem.KNOWS: say("Its author knows that it will spread to people they do not know"),
        ChecklistItem.OUTSIDE: say("Its author is outside the country, or is an organisation"),
    }
    of_an_employer = {
        ChecklistItem.WORKPLACE: say(
            "It shows no workplace, machine, uniform or badge that an employer could know it by"
        ),
        ChecklistItem.DOCUMENT: say(
            "It shows no rota, document, screen or chat of the workplace, and no readable name"
        ),
        ChecklistItem.OUTSIDE: say(
            "Its author cannot lose their job for it, or wants to be seen, or is an organisation"
        ),
    }
    return of_a_state | (of_an_employer if risk is Risk.EMPLOYER else {})


def _both(speech: Speech, risk: Risk) -> dict[ChecklistItem, str]:
    say = speech.gettext
    of_both = {
        ChecklistItem.FACES: say(
            "It, and the post it shows, show no faces, or only of people who agreed to be seen by everybody"
        ),
        ChecklistItem.KNOWS: say(
            "Its author, and the author of the post it shows, know that it will spread to people they do not know"
        ),
        ChecklistItem.OUTSIDE: say(
            "Its author, and the author of the post it shows, are outside the country, or are organisations"
        ),
    }
    at_work = say(
        "Its author, and the author of the post it shows, cannot lose their jobs for it, or want to be seen, or are "
        "organisations"
    )
    return _one(speech, risk) | of_both | ({ChecklistItem.OUTSIDE: at_work} if risk is Risk.EMPLOYER else {})
