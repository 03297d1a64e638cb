"""Today: one sentence, what waits for a person, what goes out next, what went out, and how everything stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import cache, partial

from fastapi import Response

from bot.domain.users import Role
from bot.services import today as services
from bot.services.band import Swell
from bot.services.today import AccountToday, Dot, NeedCode, Today, UpcomingMessage
from bot.services.typed_address import FolderUse
from bot.web import delivery_words, needs
from bot.web.languages import Speech
from bot.web.needs import ShownNeed
from bot.web.pages import links
from bot.web.pages.deliveries import address_of
from bot.web.rendering import show, speech_of
from bot.web.routes import AVisit, page

_MOST_SHOWN = 7
_SOON, _LATE = timedelta(hours=1), timedelta(minutes=5)
"""Within what time it is said in how many minutes the next goes; and after what time one is said to be overdue."""

_MOST_UPCOMING, _OF_ONE = 7, 3
"""How many wordings of what is to go are shown, and of one message on a day."""


@page("/")
def today(visit: AVisit) -> Response:
    """Show the day."""
    speech, console = speech_of(visit), visit.console
    read = partial(services.read, console.work)
    stands = console.watcher.read_for_all("today", read) if visit.is_refresh else read()
    waits = [needs.need(each, speech) for each in stands.waits if _is_for(each.code, visit.may(Role.MODERATOR))]
    shown, more = waits[:_MOST_SHOWN], waits[_MOST_SHOWN:]
    return show(
        visit,
        "today.html",
        place="today",
        top=stands.band,
        today=stands,
        sentence=sentence(stands, visit.console.swell, speech),
        needs=shown,
        more=[(count, next(each for each in more if each.title == title)) for title, count in _titles(more)],
        how_many_wait=_how_many_wait(len(waits), stands, speech),
        upcoming=_first(stands.upcoming),
        soon=_soon(stands, speech),
        overdue_before=stands.now - _LATE,
        accounts=[(account, _account(account, speech)) for account in stands.accounts],
        workers=[worker for worker in stands.status.workers if worker.is_running],
        dot_names=dot_names(speech),
        address_of=lambda account: address_of(visit.console.work, account),
        Dot=Dot,
        NeedCode=NeedCode,
        is_moderator=visit.may(Role.MODERATOR),
        is_editor=visit.may(Role.EDITOR),
        entry=links.entry(visit, stands.status) if stands.typed or any(each.of.link for each in waits) else None,
        known=visit.console.work.config.campaign.links,
        reads_elsewhere=links.folder_use(visit, stands.status) is FolderUse.ELSEWHERE,
    )


def _titles(needs: Sequence[ShownNeed]) -> list[tuple[str, int]]:
    """Return how many things there are of each kind, the most pressing kind first."""
    return list(Counter(each.title for each in needs).items())


def _first(upcoming: Sequence[UpcomingMessage]) -> list[UpcomingMessage]:
    """Return the messages whose wordings there is room for."""
    shown, room = [], _MOST_UPCOMING
    for message in upcoming:
        if room <= 0:
            break
        shown.append(message)
        room -= min(len(message.wordings), _OF_ONE)
    return shown


def _soon(stands: Today, speech: Speech) -> str:
    """Return in how many minutes the next goes, "" where that is not within the hour."""
    at = stands.upcoming[0].at if stands.upcoming else stands.now
    return speech.ahead(at, stands.now) if stands.stop is None and stands.now < at <= stands.now + _SOON else ""


def _is_for(code: NeedCode, is_moderator: bool) -> bool:
    """Return whether a need is told to the visitor: whoever cannot answer for posts of others is not told of them one
    by one; the band counts them for everybody."""
    return is_moderator or code is not NeedCode.MAY_WANT_OUT


@cache
def dot_names(speech: Speech) -> Mapping[Dot, str]:
    """Return what each dot says."""
    return {
        Dot.OUT: speech.gettext("out"),
        Dot.UNKNOWN: speech.gettext("not known"),
        Dot.DUE: speech.gettext("due today"),
        Dot.PLANNED: speech.gettext("planned"),
        Dot.MISSED: speech.gettext("missed"),
        Dot.HELD: speech.gettext("held"),
        Dot.REJECTED: speech.gettext("refused"),
        Dot.CANCELLED: speech.gettext("cancelled"),
    }


def sentence(stands: Today, swell: Callable[[], Swell], speech: Speech) -> str:
    """Return how the day stands: what is out never counts more than it is, and what is in doubt is not out.

    `swell` is asked for once the campaign's last post is past.
    """
    if stands.has_ended:
        return speech.gettext("The campaign is over.")
    if stands.is_empty:
        return speech.gettext("Nothing is planned yet.")
    posts: dict[Dot, int] = {dot: count for dot, count in stands.posts.items() if dot is not Dot.CANCELLED}
    total = sum(posts.values())
    if not total:
        return _all_in_all(swell(), speech) if stands.is_over else _nothing_today(stands, speech)
    return " ".join([_out(posts.get(Dot.OUT, 0), total, speech), *_rest(posts, stands, speech)])


def _all_in_all(swell: Swell, speech: Speech) -> str:
    """Return what went out in all."""
    out, total = sum(bar.out for bar in swell.bars), sum(bar.total for bar in swell.bars)
    counted = speech.spelled(
        "One of its %(total)s posts and reshares is out.",
        "%(num)s of its %(total)s posts and reshares are out.",
        out,
        total=speech.in_words(total),
    )
    return " ".join([speech.gettext("The campaign’s time is over."), counted])


def _how_many_wait(waits: int, stands: Today, speech: Speech) -> str:
    if waits:
        return speech.spelled("One thing waits for a person.", "%(num)s things wait for a person.", waits)
    return "" if stands.is_empty else speech.gettext("Nobody waits for you.")


def _nothing_today(stands: Today, speech: Speech) -> str:
    overdue = _overdue(stands, speech)
    following = next((message for message in stands.upcoming if message.at > stands.now), None)
    if overdue or following is None:
        return " ".join([speech.gettext("Nothing goes out today."), *overdue])
    return speech.say(
        "Nothing goes out today. The next post goes on %(day)s at %(time)s.",
        day=speech.weekday(following.day),
        time=speech.clock(following.at),
    )


def _overdue(stands: Today, speech: Speech) -> list[str]:
    """Return that posts of earlier days have not gone out; none of them is said to go at a time that is past."""
    first = min((message.at for message in stands.upcoming if message.day < stands.day), default=None)
    if first is None:
        return []
    day = speech.weekday(first.astimezone(speech.zone).date())
    return [speech.say("What was due since %(day)s at %(time)s is not out.", day=day, time=speech.clock(first))]


def _out(out: int, total: int, speech: Speech) -> str:
    if total == 1:
        return speech.gettext("Today’s post is out.") if out else speech.gettext("Today’s post is not out yet.")
    if out == total:
        return speech.spelled("Today’s one post is out.", "All of today’s %(num)s posts are out.", total)
    if not out:
        return speech.spelled("Today’s one post is not out yet.", "None of today’s %(num)s posts is out yet.", total)
    return speech.spelled(
        "One of today’s %(total)s posts is out.",
        "%(num)s of today’s %(total)s posts are out.",
        out,
        total=speech.in_words(total),
    )


def _rest(posts: Mapping[Dot, int], stands: Today, speech: Speech) -> list[str]:
    said = []
    if unknown := posts.get(Dot.UNKNOWN, 0):
        said.append(speech.spelled("One is in doubt.", "%(num)s are in doubt.", unknown))
    if refused := posts.get(Dot.REJECTED, 0):
        said.append(speech.spelled("One was refused.", "%(num)s were refused.", refused))
    if missed := posts.get(Dot.MISSED, 0):
        said.append(speech.spelled("One was missed.", "%(num)s were missed.", missed))
    if held := posts.get(Dot.HELD, 0):
        said.append(speech.spelled("One is held.", "%(num)s are held.", held))
    if due := posts.get(Dot.DUE, 0):
        said.append(_due(due, stands, speech))
    return [*said, *_overdue(stands, speech)]


def _due(due: int, stands: Today, speech: Speech) -> str:
    is_today = stands.next_at is not None and stands.next_at.astimezone(speech.zone).date() == stands.day
    if stands.stop is not None or not is_today or stands.next_at is None:
        return speech.spelled("One waits.", "%(num)s wait.", due)
    time = speech.clock(stands.next_at)
    if stands.next_at <= stands.now:
        return speech.spelled("One goes now.", "%(num)s are to go, the next now.", due)
    return speech.spelled("One goes at %(time)s.", "%(num)s are to go, the next at %(time)s.", due, time=time)


def _account(account: AccountToday, speech: Speech) -> str:
    """Return what keeps an account from sending, "" where nothing does."""
    return " ".join(delivery_words.hindrance_text(each, speech) for each in account.status.hindrances[:1])
