"""The strip on every page of a rehearsal: that it is one, how it goes on, and what came about on the way."""

from __future__ import annotations

from collections.abc import Iterator

from bot.services.rehearsal.tempo import COLLEAGUE, Passage, Tempo
from bot.values import dataclass
from bot.web.console import PlayedRehearsal
from bot.web.languages import Speech


@dataclass(frozen=True)
class Playing:
    """How the playback stands, and what is said of it."""

    text: str
    is_going: bool
    is_over: bool
    is_before_the_day: bool


def playing(rehearsal: PlayedRehearsal | None, speech: Speech) -> Playing | None:
    """Return what the strip shows, None where this is no rehearsal."""
    if rehearsal is None:
        return None
    playback = rehearsal.playback
    tempo, passage = playback.tempo, playback.passage
    if tempo is not Tempo.PAUSED:
        text = _going(tempo, speech)
    elif passage is not None:
        text = " ".join(_passed(passage, playback.is_over, speech))
    else:
        text = speech.gettext("The clock stands. Decide what you like, then let it go on and see what follows.")
    if tempo is Tempo.PAUSED and playback.rehearsal.work.config.moderation.two_people and not playback.is_over:
        own = speech.say(
            "The other yes comes from %(name)s, who is made up and always agrees: mostly after yours, now and then "
            "before it.",
            name=COLLEAGUE,
        )
        text = f"{text} {own}"
    return Playing(text, tempo is not Tempo.PAUSED, playback.is_over, playback.is_before_the_day)


def _going(tempo: Tempo, speech: Speech) -> str:
    if tempo is Tempo.HOURLY:
        return speech.gettext("One hour passes each second.")
    if tempo is Tempo.TO_THE_DAY:
        return speech.gettext("On its way to the day of action.")
    if tempo is Tempo.TO_THE_END:
        return speech.gettext("On its way to the end.")
    if tempo is Tempo.TO_NEXT:
        return speech.gettext("On its way to the next event.")
    return speech.gettext("The first weeks pass in some seconds. Nothing leaves this machine.")


def _passed(passage: Passage, is_over: bool, speech: Speech) -> Iterator[str]:
    since, until = speech.when(passage.since, passage.until), speech.when(passage.until, passage.since)
    events = list(_events(passage, speech))
    if events:
        happened = speech.all_of(events)
        yield speech.say("From %(since)s to %(until)s: %(happened)s.", since=since, until=until, happened=happened)
    else:
        yield speech.say("From %(since)s to %(until)s nothing went out.", since=since, until=until)
    if passage.waiting:
        yield speech.spelled(
            "One post of others still waits: nobody has decided.",
            "%(num)s posts of others still wait: nobody has decided.",
            passage.waiting,
        )
    if passage.unanswered:
        yield speech.spelled(
            "Nobody has said yet whether one of ours is out.",
            "Nobody has said yet whether %(num)s of ours are out.",
            passage.unanswered,
        )
    if is_over:
        yield speech.gettext("All is played.")


def _events(passage: Passage, speech: Speech) -> Iterator[str]:
    if passage.second_yeses:
        yield speech.count(
            "%(num)s post got its second yes", "%(num)s posts got their second yes", passage.second_yeses
        )
    if passage.posts:
        yield speech.count("%(num)s post went out", "%(num)s posts went out", passage.posts)
    if passage.reshares:
        yield speech.count("%(num)s post was reshared", "%(num)s posts were reshared", passage.reshares)
    if passage.missed:
        yield speech.count("%(num)s post was missed", "%(num)s posts were missed", passage.missed)
