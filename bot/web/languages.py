"""The languages of the console: catalogues of its words, and how each writes times, dates, numbers and lists."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError, localedata
from babel.core import get_global
from babel.dates import format_date, format_skeleton, format_timedelta, get_timezone_location
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal

from bot.values import dataclass

LANGUAGES = ("en", "be", "ru", "de", "fr", "es")
"""Those that the console speaks: what its code is written in, and each that has a whole catalogue."""

OWN_NAMES = {
    "en": "English",
    "be": "Беларуская",
    "ru": "Русский",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
}
"""What each of them calls itself, as Babel has it: to ask for that loads all it knows of a language, a megabyte."""

_FOLDER = Path(__file__).parent / "catalogues"
_WEIGHT = re.compile(r"\s*([A-Za-z]{1,3})(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q=([01](?:\.\d{1,3})?))?\s*\Z")


@cache
def catalogue(language: str) -> NullTranslations:
    """Return the words of a language, compiled when it is first asked for."""
    if language == LANGUAGES[0]:
        return NullTranslations()
    with (_FOLDER / f"{language}.po").open("rb") as written:
        compiled = io.BytesIO()
        write_mo(compiled, read_po(written, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def chosen(own: str, accepted: str) -> str:
    """Return the language to speak: a user's own, else the first that their browser asks for and we speak."""
    if own in LANGUAGES:
        return own
    wanted = []
    for place, part in enumerate(accepted[:400].split(",")):
        if match := _WEIGHT.match(part):
            wanted.append((-float(match.group(2) or 1), place, match.group(1).lower()))
    return next((language for _, _, language in sorted(wanted) if language in LANGUAGES), LANGUAGES[0])


_FIRST_GROUPED = 1000
_UNKNOWN = (UnknownLocaleError, ValueError, LookupError)
"""What Babel raises of a code of a language that it knows nothing of: posts of others may name any."""


@dataclass(frozen=True)
class Speech:
    """How everything is said to one reader: in this language, with times in this zone."""

    language: str
    zone: ZoneInfo

    @property
    def locale(self) -> Locale:
        """Return what Babel knows of the language."""
        return _locale(self.language)

    def gettext(self, text: str) -> str:
        """Return a text in this language."""
        return catalogue(self.language).gettext(text)

    def ngettext(self, one: str, many: str, count: int) -> str:
        """Return a text in this language, in the form for `count`."""
        return catalogue(self.language).ngettext(one, many, count)

    def say(self, text: str, **values: object) -> str:
        """Return a text in this language, with values in its places."""
        return self.gettext(text) % values

    def count(self, one: str, many: str, count: int, **values: object) -> str:
        """Return a text in the form for `count`, with values in its places; `%(num)s` is the number."""
        return self.ngettext(one, many, count) % {"num": self.number(count), **values}

    def in_words(self, number: int) -> str:
        """Return a number within a sentence: English spells those up to twelve."""
        return _ENGLISH[number] if self.language == LANGUAGES[0] and number < len(_ENGLISH) else self.number(number)

    def spelled(self, one: str, many: str, count: int, **values: object) -> str:
        """Return a sentence in the form for `count`, its number in words where the language writes them so."""
        text = self.ngettext(one, many, count) % {"num": self.in_words(count), **values}
        return text[:1].upper() + text[1:]

    def number(self, number: float) -> str:
        """Return a number."""
        if isinstance(number, int) and 0 <= number < _FIRST_GROUPED:  # most are, and all our languages write them so
            return str(number)
        return format_decimal(number, locale=self.locale)

    def dollars(self, micro: int) -> str:
        """Return an amount of micro-USD, to the tenth of a cent where it has one."""
        thousandths = round(micro / 1000)
        pattern = "¤0.000" if thousandths % 10 else "¤0.00"
        if self.language != LANGUAGES[0]:
            pattern = f"{pattern[1:]}\N{NO-BREAK SPACE}¤"
        return format_currency(thousandths / 1000, "USD", pattern, locale=self.locale, currency_digits=False)

    def clock(self, instant: datetime) -> str:
        """Return the time of day, "15:00"."""
        return f"{instant.astimezone(self.zone):%H:%M}"

    def clock_to_second(self, instant: datetime) -> str:
        """Return the time of day to the second, "15:00:07"."""
        return f"{instant.astimezone(self.zone):%H:%M:%S}"

    def day(self, day: date) -> str:
        """Return a day in full, as it stands alone: "Wednesday 9 April 2025"."""
        text = format_date(day, _FULL[self.language], locale=self.locale)
        return text[:1].upper() + text[1:]

    def short_day(self, day: date) -> str:
        """Return a day within the year, "9 April"."""
        return format_date(day, _SHORT.get(self.language, "d MMMM"), locale=self.locale)

    def tiny_day(self, day: date) -> str:
        """Return a day in little space, "9 Apr"."""
        return format_skeleton("MMMd", day, locale=self.locale) if self.language != "en" else f"{day.day} {day:%b}"

    def weekday(self, day: date) -> str:
        """Return a day of this or the next week, "Thursday 10 April"."""
        comma = "" if self.language in ("en", "fr") else ","
        return format_date(day, f"EEEE{comma} {_SHORT.get(self.language, 'd MMMM')}", locale=self.locale)

    def is_today(self, instant: datetime, now: datetime) -> bool:
        """Return whether an instant is on the day that it is now, in this zone."""
        return instant.astimezone(self.zone).date() == now.astimezone(self.zone).date()

    def month(self, day: date) -> str:
        """Return the month of a day, "April 2025"."""
        name = format_skeleton("yMMMM", day, locale=self.locale)
        return name[:1].upper() + name[1:]

    def short_weekday(self, day: date) -> str:
        """Return the name of a day of the week in little space, "Wed"."""
        return format_date(day, "ccc", locale=self.locale)

    def when(self, instant: datetime, now: datetime) -> str:
        """Return an instant as briefly as it is clear: "15:00" today, else with the day."""
        if self.is_today(instant, now):
            return self.clock(instant)
        return f"{self.short_day(instant.astimezone(self.zone).date())}, {self.clock(instant)}"

    def ago(self, instant: datetime, now: datetime) -> str:
        """Return how long ago something was, "4 seconds ago"."""
        past = min(instant - now, timedelta(seconds=-1))
        return format_timedelta(past, add_direction=True, threshold=1.5, locale=self.locale)

    def ahead(self, instant: datetime, now: datetime) -> str:
        """Return in how long something will be, "in 8 minutes"."""
        ahead = max(instant - now, timedelta(minutes=1))
        return format_timedelta(ahead, granularity="minute", add_direction=True, threshold=1.5, locale=self.locale)

    def length(self, length: timedelta) -> str:
        """Return a length of time in its largest unit, "3 years"."""
        return format_timedelta(length, threshold=1.5, locale=self.locale)

    def name_of_language(self, code: str) -> str:
        """Return what this language calls another one, "Russian", or the code where nobody knows it."""
        try:
            return Locale.parse(code.replace("-", "_")).get_display_name(self.locale) or code
        except _UNKNOWN:
            return code

    def city(self) -> str:
        """Return the city by which the zone is known, "Berlin"."""
        return get_timezone_location(self.zone, locale=self.locale, return_city=True)

    def all_of(self, parts: Sequence[str] | Iterable[str]) -> str:
        """Return several things as one phrase: "a, b, and c"."""
        return format_list(list(parts), locale=self.locale)

    def any_of(self, parts: Iterable[str]) -> str:
        """Return several things of which one is enough, as one phrase: "a or b"."""
        return format_list(list(parts), style="or", locale=self.locale)

    def language_name(self, code: str) -> str:
        """Return a language's own name, "Русский", or the code where nobody knows it."""
        return OWN_NAMES.get(code) or _own_name(code)


_ENGLISH = (*("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),)
_SHORT = {"de": "d. MMMM", "es": "d 'de' MMMM"}
"""How a day within the year is written, where it is not "d MMMM"."""

_FULL = {
    "en": "EEEE d MMMM y",
    "be": "EEEE, d MMMM y",
    "ru": "EEEE, d MMMM y",
    "de": "EEEE, d. MMMM y",
    "fr": "EEEE d MMMM y",
    "es": "EEEE, d 'de' MMMM 'de' y",
}


@lru_cache(maxsize=256)
def _own_name(code: str) -> str:
    try:
        name = Locale.parse(code).get_display_name(code)
    except _UNKNOWN:
        return code
    return name[:1].upper() + name[1:] if name else code


@cache
def _locale(language: str) -> Locale:
    _forget_unused(language)
    return Locale.parse(language)


def _forget_unused(language: str) -> None:
    """Drop what Babel has loaded of a language, and of all, for uses that the console has not: names of currencies and
    units, and 7,000 languages of which it knows nothing else. It is a third of what it holds."""
    known = localedata.load(language)
    known.update({name: {} for name in _UNUSED & known.keys()})
    lengths_of_time = [name for name in known["unit_patterns"] if name.startswith(_LENGTH_OF_TIME)]
    known["unit_patterns"] = {name: known["unit_patterns"][name] for name in lengths_of_time}
    _forget_languages_without_data()


@cache
def _forget_languages_without_data() -> None:
    """Drop which script and country go with languages of which there is no data: a search for theirs ends the same."""
    have_data = {name.partition("_")[0] for name in localedata.locale_identifiers()}
    scripts = get_global("likely_subtags")
    for code in [code for code, whole in scripts.items() if whole.partition("_")[0] not in have_data]:
        del scripts[code]  # type: ignore[attr-defined]  # it is the very dictionary that Babel looks into
    get_global("territory_languages").clear()  # type: ignore[attr-defined]


_LENGTH_OF_TIME = "duration-"
_UNUSED = frozenset(
    {
        *("compact_currency_formats", "compact_decimal_formats", "compound_unit_patterns", "currency_names"),
        *("currency_names_plural", "interval_formats", "unit_display_names"),
    }
)


Words = Callable[..., str]
"""Says something to a reader: called with how to speak to them, and facts."""


def N_(text: str) -> str:  # noqa: N802 - the name by which translators' tools find it
    """Mark a text that is put into a language where it is used."""
    return text


def said(english: str) -> Words:
    """Return what says a text (marked by `N_`) in the reader's language, with facts in its places."""

    def say(speech: Speech, **facts: object) -> str:
        return speech.gettext(english) % facts

    return say
