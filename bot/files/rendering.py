"""Fills the placeholders of a wording: each from a fixed list, in the wording's own language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from functools import lru_cache

from bot.domain.campaign import Campaign
from bot.domain.message import Content, Part, Wording
from bot.errors import Fault
from bot.fault_codes import FaultCode
from bot.files.config.campaign import PLACEHOLDERS
from bot.files.leaks import HEAD, PLACEHOLDER, Leak, leaks, unescaped
from bot.languages import locale

_COUNTED = re.compile(r"\d[\d\s.,]*\D*")
_COUNTED_AS_RELATIVE = frozenset({"be"})
"""Languages in which CLDR counts spans of 24 hours (Belarusian "суткі"), and calendar days only in "in 3 days"."""


def render(wording: Wording, language: str, day: date, campaign: Campaign) -> tuple[Content, str]:
    """Return the content to publish on a day, and the name of the first link it waits for ("" for none).

    A placeholder of a link that is not known yet is left as it stands.
    """
    values = _values(wording, language, day, campaign)
    parts = tuple(
        Part(_filled(part, values), wording.media if place == 0 else ()) for place, part in enumerate(wording.parts)
    )
    warning = _filled(wording.content_warning, values)
    content = Content(parts, language, wording.visibility, warning, wording.sensitive)
    return content, next(iter(waiting(wording, campaign)), "")


def _values(wording: Wording, language: str, day: date, campaign: Campaign) -> dict[str, str]:
    values = {name: url for name, url in campaign.links.items() if url}
    used = set(placeholders(wording))
    if "countdown" in used:
        values["countdown"] = countdown(max((campaign.day_of_action - day).days, 0), language)
    if "day_of_action" in used:
        values["day_of_action"] = long_date(campaign.day_of_action, language)
    return values | {"hashtags": " ".join(f"#{tag}" for tag in campaign.hashtags), "link": wording.link}


def _filled(text: str, values: dict[str, str]) -> str:
    pieces: list[str] = []
    end = 0
    for match in PLACEHOLDER.finditer(text):
        pieces += [unescaped(text[end : match.start()]), values.get(match.group(1), match.group())]
        end = match.end()
    filled = "".join([*pieces, unescaped(text[end:])])
    return unicodedata.normalize("NFC", filled)


def placeholders(wording: Wording) -> tuple[str, ...]:
    """Return the names between braces in a wording, in order, each once."""
    return _names_in((*wording.parts, wording.content_warning))


@lru_cache(maxsize=512)
def _names_in(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Kept, for it is asked for each day on which a wording goes out, and of several sides."""
    return tuple(dict.fromkeys(name for text in texts for name in PLACEHOLDER.findall(text)))


def waiting(wording: Wording, campaign: Campaign) -> tuple[str, ...]:
    """Return the names of the links that a wording uses and nobody knows yet."""
    return tuple(name for name in placeholders(wording) if campaign.links.get(name) == "")


def uses_countdown(wording: Wording) -> bool:
    """Return whether a wording is true on one day only."""
    return "countdown" in placeholders(wording)


NO_HASHTAGS = ("no hashtags",)
"""The group of each {hashtags} that has nothing to be filled with."""


@lru_cache(maxsize=512)
def countdown(days: int, language: str) -> str:
    """Return a number of days in the plural form of a language: "3 days", "3 дні", "5 дзён"."""
    from babel.dates import format_timedelta

    relative = language in _COUNTED_AS_RELATIVE
    # A threshold out of reach keeps Babel from turning 30 days into a month.
    text = format_timedelta(
        timedelta(days=days), granularity="day", threshold=1e9, add_direction=relative, locale=locale(language)
    )
    counted = _COUNTED.search(text) if relative else None
    return counted.group() if counted else text


@lru_cache(maxsize=512)
def long_date(day: date, language: str) -> str:
    """Return a date in words: "16 April 2025"."""
    from babel.dates import format_date

    return format_date(day, "long", locale=locale(language))


@lru_cache(maxsize=32)
def _day_counter(language: str) -> re.Pattern[str]:
    """Return a pattern of a number of days written out in a language, as in "3 days" or "in 3 Tagen"."""
    from babel.dates import format_timedelta

    words = set()
    for days in (1, 2, 3, 5, 11, 21, 100):
        for direction in (False, True):
            text = format_timedelta(
                timedelta(days=days), granularity="day", threshold=1e9, add_direction=direction, locale=locale(language)
            )
            words.update(re.findall(rf"{days}\s*([^\W\d_]+)", text))
    names = "|".join(sorted(map(re.escape, words), key=len, reverse=True)) or r"(?!)"
    return re.compile(rf"(?<![\w.,{{])(\d{{1,4}})[\s\u00a0\u202f]*(?:{names})(?!\w)", re.IGNORECASE)


def counted_days(text: str, language: str) -> Iterator[tuple[int, int]]:
    """Yield every number of days that a text names itself, with its place in the text."""
    for match in _day_counter(language).finditer(text):
        yield int(match.group(1)), match.start()


def text_faults(wording: Wording, campaign: Campaign, language: str = "") -> Iterator[Fault]:
    """Yield what of a wording would be published by mistake, such as placeholders that are none, with the line
    of each."""
    names = frozenset({*PLACEHOLDERS, *campaign.links})
    for number, part in enumerate(wording.parts):
        yield from _told(wording, f"part.{number}", part, leaks(part, names, language))
        yield from _in_vain(wording, f"part.{number}", part, campaign)
    warning = wording.content_warning
    yield from _told(wording, "content_warning", warning, leaks(warning, names, language), is_text=False)
    yield from _in_vain(wording, "content_warning", warning, campaign)
    for number, media in enumerate(wording.media):
        yield from _of_alt(wording, number, media.alt, names)


def _told(
    wording: Wording, key: str, text: str, leaks_found: Iterable[Leak], *, is_text: bool = True
) -> Iterator[Fault]:
    for leak in leaks_found:
        line = wording.line_of(key) + (text.count("\n", 0, leak.start) if is_text else 0)
        group = (HEAD, wording.path) if leak.group == (HEAD,) else leak.group
        yield Fault(
            wording.path,
            line,
            leak.what,
            leak.instead,
            leak.severity,
            group=group,
            is_unwritten=leak.is_unwritten,
            code=leak.code,
            facts=leak.facts,
        )


def _in_vain(wording: Wording, key: str, text: str, campaign: Campaign) -> Iterator[Fault]:
    """Yield placeholders that are known, and have nothing to be filled with."""
    for match in PLACEHOLDER.finditer(text):
        lacks_link = match.group(1) == "link" and not wording.link
        lacks_hashtags = match.group(1) == "hashtags" and not campaign.hashtags
        if not lacks_link and not lacks_hashtags:
            continue
        line = wording.line_of(key) + text.count("\n", 0, match.start())
        if lacks_link:
            instead = 'Write link = "https://…" into the head, between lines of +++.'
            yield Fault(
                wording.path,
                line,
                "{link} is used, but the head names no link",
                instead,
                code=FaultCode.HEAD_NAMES_NO_LINK,
                facts={"write": 'link = "https://…"'},
            )
        else:
            what, instead = "{hashtags} is used, but the campaign has none", 'Write hashtags = ["…"] into [campaign].'
            yield Fault(
                wording.path,
                line,
                what,
                instead,
                group=NO_HASHTAGS,
                code=FaultCode.NO_HASHTAGS,
                facts={"write": 'hashtags = ["…"]'},
            )


@lru_cache(maxsize=512)
def _leaks_of_alt(alt: str, names: frozenset[str]) -> tuple[Leak, ...]:
    """Kept, for a file's text for networks of both kinds has the same pictures with the same words."""
    return tuple(leaks(alt, names))


def _of_alt(wording: Wording, number: int, alt: str, known: frozenset[str]) -> Iterator[Fault]:
    """Yield placeholders in alternative texts, which are never filled in."""
    key = f"media.{number}.alt"
    if any(name in known for name in PLACEHOLDER.findall(alt)):
        what = "alternative text is posted as it stands, braces and all"
        yield Fault(
            wording.path, wording.line_of(key), what, "Write the words themselves.", code=FaultCode.ALT_AS_IT_STANDS
        )
        return
    for leak in _leaks_of_alt(alt, known):
        instead = "Write the words themselves." if leak.what.endswith("placeholder") else leak.instead
        what = f"in the alternative text, {leak.what}"
        yield Fault(
            wording.path,
            wording.line_of(key),
            what,
            instead,
            leak.severity,
            is_unwritten=leak.is_unwritten,
            code=leak.code,
            facts=leak.facts,
        )
