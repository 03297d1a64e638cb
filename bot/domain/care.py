"""Whose posts are held for care, and the checklist that a person goes through before saying yes to one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from bot.domain.campaign import CareRules
from bot.domain.post import MediaKind, SeenPost, ShownState, all_shown
from bot.domain.verdict import House, Reason, same_handle_among


class Tick(StrEnum):
    """What a person confirms of a post that is held for care, one by one."""

    FACES = "faces"
    PLATES = "plates"
    WORKPLACE = "workplace"
    HOME = "home"
    DOCUMENT = "document"
    KNOWS = "knows"
    OUTSIDE = "outside"


STATEMENTS: Mapping[Tick, str] = {
    Tick.FACES: "It shows no faces, or only of people who agreed to be seen by everybody",
    Tick.PLATES: "It shows no number plate",
    Tick.WORKPLACE: "It shows no workplace that could be recognised, no badge and no uniform",
    Tick.HOME: "It shows no home, and no street or view by which one could be found",
    Tick.DOCUMENT: "It shows no document, no screen and no name that could be read",
    Tick.KNOWS: "Its author knows that it will spread to people they do not know",
    Tick.OUTSIDE: "Its author is outside the country, or is an organisation",
}
"""The checklist, in the order it is asked; a tick says that the sentence is true."""

_BOTH = "Its author, and the author of the post it shows,"
_OF_BOTH: Mapping[Tick, str] = {
    Tick.FACES: "It, and the post it shows, show no faces, or only of people who agreed to be seen by everybody",
    Tick.KNOWS: f"{_BOTH} know that it will spread to people they do not know",
    Tick.OUTSIDE: f"{_BOTH} are outside the country, or are organisations",
}
_THEIRS = "the post it shows: "

_IN_WORDS = {"be": "Belarusian", "ru": "Russian"}
_CYRILLIC = frozenset({"be", "ru"})


def missing(ticks: Iterable[Tick]) -> tuple[Tick, ...]:
    """What nobody has confirmed yet."""
    given = set(ticks)
    return tuple(tick for tick in Tick if tick not in given)


_STATES: Mapping[ShownState, Reason] = {
    ShownState.READ: Reason.SHOWN,
    ShownState.PENDING: Reason.SHOWN_PENDING,
    ShownState.UNREAD: Reason.SHOWN_UNREAD,
    ShownState.GONE: Reason.SHOWN_GONE,
}


def statements(post: SeenPost) -> Mapping[Tick, str]:
    """The checklist for a post: where it shows somebody else's, it asks about that one too."""
    if not post.shows:
        return STATEMENTS
    return {tick: _OF_BOTH.get(tick, statement) for tick, statement in STATEMENTS.items()}


def reasons_for_care(post: SeenPost, house: House) -> Iterator[str]:
    """Why no rule may approve a post: it could hurt whoever made it, or whom it shows, and they may not know.

    What is not known of an account counts against spreading its posts. An organisation that somebody of us wrote down
    is neither small nor new: a person knows it. What nobody can vouch for is what a post in its language may bring.
    What shows somebody else's post is for a person to judge, whoever that is; a post of ours, or one more of the same
    author, is nobody else's.
    """
    yield from dict.fromkeys((*_of_post(post, house), *_of_files(post), *_of_shown(post, house)))


def _of_files(post: SeenPost) -> Iterator[str]:
    if MediaKind.UNKNOWN in post.kinds:
        yield Reason.NOT_FETCHED
    if MediaKind.SILENT_VIDEO in post.kinds:
        yield Reason.SILENT


def _of_shown(post: SeenPost, house: House) -> Iterator[str]:
    for shown in all_shown(post):
        if shown.handle and same_handle_among(shown.handle, (post.author.handle, *house.own_handles)):
            if shown.state in {ShownState.PENDING, ShownState.GONE}:
                yield _STATES[shown.state]
            continue
        yield _STATES[shown.state]
        if shown.post is not None:
            yield from (f"{_THEIRS}{why}" for why in (*_of_post(shown.post, house), *_of_files(shown.post)))


def _of_post(post: SeenPost, house: House) -> Iterator[str]:
    care = house.rules.care
    if not same_handle_among(post.author.handle, house.organisations):
        yield from _of_account(post, house)
    if post.author.shy:
        yield "its author asks not to be found"
    if post.unclear:
        yield "a part of it could not be read"
    yield from _of_language(post, care)


def _of_account(post: SeenPost, house: House) -> Iterator[str]:
    care, author = house.rules.care, post.author
    if care.followers and author.followers is None:
        yield "not known how many follow the account"
    elif author.followers is not None and author.followers < care.followers:
        yield f"small account: fewer than {care.followers} followers"
    if care.age and author.joined_at is None:
        yield "not known how old the account is"
    elif author.joined_at is not None and house.now - author.joined_at < care.age:
        yield f"new account: younger than {care.age.days} days" if care.age.days else "new account"


def _of_language(post: SeenPost, care: CareRules) -> Iterator[str]:
    asked = {primary(code) for code in care.languages}
    code = primary(post.language)
    if code in asked:
        yield f"written in {_IN_WORDS.get(code, code)}"
    elif not code and asked & _CYRILLIC and _has_cyrillic(post.text):
        yield "written in Cyrillic letters, in a language that is not known"


def primary(code: str) -> str:
    """The language of a code: "be-tarask" and "be_BY" are "be"."""
    return code.replace("_", "-").partition("-")[0].strip().casefold()


def _has_cyrillic(text: str) -> bool:
    return any("\u0400" <= letter <= "\u052f" for letter in text)
