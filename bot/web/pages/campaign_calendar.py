"""The calendar, to be read: a month or a week of messages, a day as a score, and the agenda that phones begin with."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta

from fastapi import Response
from starlette.status import HTTP_404_NOT_FOUND

from bot.domain.delivery import State
from bot.services import agenda
from bot.services.agenda import CalendarDay, CampaignCalendar, DayScore
from bot.services.today import Dot, MessageOfDay, dot_of
from bot.store.rows import DeliveryRow
from bot.values import dataclass
from bot.web import delivery_words
from bot.web.languages import Speech
from bot.web.pages.today import dot_names
from bot.web.rendering import show, speech_of, to
from bot.web.routes import Asked, AVisit, Visit, page

_MONTH, _WEEK, _DAY = (
    re.compile(r"(\d{4})-(\d{2})\Z"),
    re.compile(r"(\d{4})-W(\d{2})\Z"),
    re.compile(r"\d{4}-\d{2}-\d{2}\Z"),
)
_AGENDA_DAYS = 28
_MOST_IN_CELL = 7


@page("/calendar")
def this_month(visit: AVisit) -> Response:
    """Go to the month that is now."""
    return to(f"/calendar/{_today(visit):%Y-%m}")


def _today(visit: Visit) -> date:
    return visit.console.clock().astimezone(visit.console.work.config.campaign.timezone).date()


@page("/calendar/{when}")
def shown(visit: AVisit, when: str, account: Asked = "", language: Asked = "", state: Asked = "") -> Response:
    """Show a month ("2025-04"), a week ("2025-W16"), a day ("2025-04-16"), or the agenda."""
    work, speech = visit.console.work, speech_of(visit)
    span = None
    with suppress(ValueError, OverflowError):
        span = _span_of(when, _today(visit))
    if span is None or not 1970 < span.first.year < 2970:
        problem = speech.gettext("The calendar has no such day, week or month")
        return show(visit, "missing.html", HTTP_404_NOT_FOUND, place="calendar", problem=problem, back="/calendar")
    states = [each for each in State if each == state]
    found = agenda.read(
        work,
        span.first,
        span.last,
        account=account,
        language=language,
        states=states,
        first_messages=_MOST_IN_CELL if span.kind == "month" else None,
    )
    in_focus = _day_in_focus(span, found)
    score = agenda.read_day(work, in_focus, account=account, language=language, states=states) if in_focus else None
    return show(
        visit,
        "calendar.html",
        place="calendar",
        span=span,
        days=found.days,
        weeks=[found.days[place : place + 7] for place in range(0, len(found.days), 7)],
        today=found.today,
        day_of_action=found.day_of_action,
        title=_title(span, speech),
        t_minus=t_minus,
        score=score,
        how_many=speech.spelled("One post", "%(num)s posts", score.day.count) if score else "",
        staves=list(_staves(score, speech)) if score else [],
        hours=_hours(_hours_of(score, speech)) if score else [],
        week=list(_week_scores(found.days, speech)) if span.kind == "week" else [],
        accounts=found.accounts,
        languages=found.languages,
        states=[(each.value, delivery_words.state_name(each, speech)) for each in State],
        chosen={"account": account, "language": language, "state": states[0].value if states else ""},
        anchor=_anchor(span, found),
        state_name=lambda each: delivery_words.state_name(each, speech),
        tone=lambda each: delivery_words.TONES.get(each, ""),
        dot_names=dot_names(speech),
        weekdays=[speech.short_weekday(day.day) for day in found.days[:7]],
        most=_MOST_IN_CELL,
        Dot=Dot,
    )


@dataclass(frozen=True)
class CalendarSpan:
    """Which days are shown, how, and where the ones before and after them are."""

    kind: str
    first: date
    last: date
    month: int
    before: str
    after: str


def _span_of(when: str, today: date) -> CalendarSpan:
    """Raise ValueError for what is no time that anybody could mean."""
    if when == "agenda":
        last = today + timedelta(days=_AGENDA_DAYS - 1)
        return CalendarSpan("agenda", today, last, 0, "", "")
    if match := _MONTH.match(when):
        return _month(int(match[1]), int(match[2]))
    if match := _WEEK.match(when):
        first = date.fromisocalendar(int(match[1]), int(match[2]), 1)
        return CalendarSpan(
            "week",
            first,
            first + timedelta(days=6),
            0,
            _week_of(first - timedelta(days=7)),
            _week_of(first + timedelta(days=7)),
        )
    if not _DAY.match(when):
        raise ValueError(when)
    day = date.fromisoformat(when)
    return CalendarSpan("day", day, day, 0, str(day - timedelta(days=1)), str(day + timedelta(days=1)))


def _month(year: int, month: int) -> CalendarSpan:
    first = date(year, month, 1)
    last = first.replace(day=calendar.monthrange(year, month)[1])
    before, after = first - timedelta(days=1), last + timedelta(days=1)
    begins, ends = first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday())
    return CalendarSpan("month", begins, ends, month, f"{before:%Y-%m}", f"{after:%Y-%m}")


def _week_of(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def _title(span: CalendarSpan, speech: Speech) -> str:
    match span.kind:
        case "month":
            return speech.month(span.first + timedelta(days=10))
        case "week":
            return f"{speech.tiny_day(span.first)} – {speech.tiny_day(span.last)}"
        case "day":
            return speech.day(span.first)
    return speech.gettext("Agenda")


def _anchor(span: CalendarSpan, found: CampaignCalendar) -> date:
    """Return the day that another way to show the calendar begins with: today, the day of action, or the first of
    what is shown."""
    days = [day.day for day in found.days if not span.month or day.day.month == span.month]
    return next((day for day in (found.today, found.day_of_action) if day in days), days[0])


def _day_in_focus(span: CalendarSpan, found: CampaignCalendar) -> CalendarDay | None:
    """Return the day that is shown as a score: the one that was asked for, else today, else the day of action."""
    if span.kind == "day":
        return found.days[0]
    if span.kind != "month":
        return None
    by_date = {day.day: day for day in found.days if day.day.month == span.month}
    return next((by_date[day] for day in (found.today, found.day_of_action) if day in by_date), None)


def t_minus(days: int) -> str:
    """Return how far a day is from the day of action: "T−7", "T", "T+1"."""
    return "T" if not days else f"T−{-days}" if days < 0 else f"T+{days}"


@dataclass(frozen=True)
class Note:
    """What goes out in one language at `at` (UTC), in a score at `x` of its stave's 1,000 units; `delivery` is the one
    that it leads to."""

    delivery: int
    language: str
    at: datetime
    x: float
    y: int
    dot: Dot


@dataclass(frozen=True)
class Stave:
    """A message of a day with its posts, from left to right in time."""

    message: str
    time: str
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class WeekdayScore:
    """A day of a week with its score, whose hours are those of the whole week."""

    day: CalendarDay
    staves: tuple[Stave, ...]
    hours: list[tuple[str, float]]


def _staves(score: DayScore, speech: Speech) -> Iterator[Stave]:
    hours = _hours_of(score, speech)
    by_message: dict[str, list[DeliveryRow]] = {}
    for post in score.posts:
        by_message.setdefault(post.message, []).append(post)
    for message, posts in by_message.items():
        by_wording: dict[tuple[datetime, str], list[DeliveryRow]] = {}
        for post in posts:
            by_wording.setdefault((post.due_at, post.language), []).append(post)
        notes = []
        for place, ((at, language), wording) in enumerate(sorted(by_wording.items())):
            dots = [(dot, post.id) for post in wording if (dot := dot_of(post.state, is_today=score.day.is_today))]
            if dots:
                dot, delivery = min(dots, key=lambda each: _TELLING.index(each[0]))
                notes.append(_note(place, delivery, language, at, hours, dot, speech))
        yield Stave(message, _times(posts[0].due_at, posts[-1].due_at, speech), tuple(notes))


def _week_scores(days: Sequence[CalendarDay], speech: Speech) -> Iterator[WeekdayScore]:
    """Yield a week's days, each of their languages a note."""
    languages = [language for day in days for message in day.messages for language in message.languages]
    hours = _hours_among((language.at for language in languages), speech)
    for day in days:
        yield WeekdayScore(day, tuple(_stave(message, hours, speech) for message in day.messages), _hours(hours))


def _stave(message: MessageOfDay, hours: tuple[int, int], speech: Speech) -> Stave:
    notes = []
    for place, language in enumerate(sorted(message.languages, key=lambda language: language.at)):
        dot = min(language.dots, key=lambda dot: _TELLING.index(dot.dot))
        notes.append(_note(place, dot.delivery, language.language, language.at, hours, dot.dot, speech))
    return Stave(message.message, _times(message.at, message.last_at, speech), tuple(notes))


_TELLING = (
    *(Dot.UNKNOWN, Dot.REJECTED, Dot.MISSED, Dot.HELD),
    *(Dot.DUE, Dot.PLANNED, Dot.OUT, Dot.CANCELLED),
)
"""Which of several dots one note has: what a person must know of comes first."""


def _note(
    place: int, delivery: int, language: str, at: datetime, hours: tuple[int, int], dot: Dot, speech: Speech
) -> Note:
    return Note(delivery, language, at, _x(at, *hours, speech), 13 + 17 * (place % 3), dot)


def _times(begin: datetime, end: datetime, speech: Speech) -> str:
    begins, ends = speech.clock(begin), speech.clock(end)
    return begins if begins == ends else f"{begins}–{ends}"


def _x(at: datetime, first: int, last: int, speech: Speech) -> float:
    local = at.astimezone(speech.zone)
    return round(1000 * ((local.hour + local.minute / 60) - first + 0.5) / (last - first + 1), 1)


def _hours_of(score: DayScore, speech: Speech) -> tuple[int, int]:
    return _hours_among((post.due_at for post in score.posts), speech)


def _hours_among(instants: Iterable[datetime], speech: Speech) -> tuple[int, int]:
    """Return the first and last hour of a score; where there is little the working day's."""
    hours = [at.astimezone(speech.zone).hour for at in instants]
    return min([8, *hours]), max([18, *hours])


def _hours(hours: tuple[int, int]) -> list[tuple[str, float]]:
    first, last = hours
    return [
        (f"{hour:02}", round(1000 * (hour - first + 0.5) / (last - first + 1), 1)) for hour in range(first, last + 1)
    ]
