"""The run-up at the terminal: a line for each post, or each post in full as it will go out."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from datetime import UTC, date
from itertools import groupby

from bot.cli.output import plain, shown
from bot.cli.words import previews, times
from bot.domain.campaign import Campaign
from bot.domain.money import dollars
from bot.domain.schedule import day_label
from bot.files.config.credentials import masked
from bot.languages import language_name
from bot.services.preview import Preview, totals
from bot.text_display import is_hidden

_GAP = "  "
_INDENT = "    "
_SEEN = str.maketrans({"\t": "    ", "\u00a0": " ", "\u2009": " ", "\u202f": " "})
"""What a terminal shows as blanks."""

_JOINS = "\u200d"
"""Makes one emoji of several; between letters it is as hidden as others of its kind."""


def days_of(campaign: Campaign, listed: Sequence[Preview]) -> Iterator[tuple[date, str, list[Preview]]]:
    """Yield each day that has posts, with how it is counted ("T-3"), and its posts by time."""
    for day, group in groupby(listed, key=lambda each: times.local(each.delivery.due_at).date()):
        yield day, day_label((day - campaign.day_of_action).days), list(group)


def calendar_lines(campaign: Campaign, listed: Sequence[Preview], width: int) -> list[str]:
    """Return the calendar, a line for each day and below it a line for each post."""
    is_utc_shown = any(times.can_be_misread(each.delivery.due_at) for each in listed)
    rows = {each.delivery.id: _cells(each, is_utc_shown=is_utc_shown) for each in listed}
    widths = [max(map(len, column)) for column in zip(*rows.values(), strict=True)]
    printed = _title(campaign, width)
    for day, count, group in days_of(campaign, listed):
        printed += ["", *_heading(day, count, group, width)]
        for each in group:
            printed += _row(rows[each.delivery.id], widths, plain(previews.short_notes(each)), width)
    return [*printed, *_sums(listed, width)]


def words_lines(campaign: Campaign, listed: Sequence[Preview], width: int) -> list[str]:
    """Return every post in full, as it will go out."""
    printed = _title(campaign, width)
    for day, count, group in days_of(campaign, listed):
        printed += ["", *_heading(day, count, group, width)]
        for each in group:
            printed += ["", *_post(each, width)]
    return [*printed, *_sums(listed, width)]


def _title(campaign: Campaign, width: int) -> list[str]:
    return textwrap.wrap(plain(f"{campaign.name}, times in {campaign.timezone.key}"), width)


def _heading(day: date, count: str, group: Sequence[Preview], width: int) -> list[str]:
    zones = " and ".join(dict.fromkeys(times.zone_name(each.delivery.due_at) for each in group))
    return textwrap.wrap(f"{count:>5}  {day:%A} {day.day} {day:%B %Y}, {zones}", width, drop_whitespace=False)


def _sums(listed: Sequence[Preview], width: int) -> list[str]:
    sums = totals(listed)
    lines = [previews.counts_text(sums) + ".", f"{bill}." if (bill := previews.bill_text(sums)) else ""]
    return ["", *(piece for line in lines if line for piece in textwrap.wrap(line, width))]


def _cells(each: Preview, *, is_utc_shown: bool) -> list[str]:
    delivery = each.delivery
    clock = times.clock_text(times.local(delivery.due_at), seconds=False)
    utc = [f"{delivery.due_at.astimezone(UTC):%H:%MZ}"] if is_utc_shown else []
    names = (delivery.account, delivery.language, delivery.message)
    return [str(delivery.id), clock, *utc, *map(plain, names), previews.length_text(delivery)]


def _row(cells: Sequence[str], widths: Sequence[int], notes: str, width: int) -> list[str]:
    """Return the line of a post; notes for which there is no room stand below it, and so do names that are too long."""
    number, *others, length = cells
    first = [number.rjust(widths[0]), *(cell.ljust(room) for cell, room in zip(others, widths[1:-1], strict=True))]
    line = _GAP.join([*first, length.rjust(widths[-1])])
    indent = " " * (widths[0] + len(_GAP))
    if len(line) > width:
        *head, message = others
        below = ", ".join(filter(None, (message, length, notes)))
        return [
            *_wrapped(_GAP.join([number.rjust(widths[0]), *head]), width, "", indent),
            *_wrapped(below, width, indent, indent),
        ]
    if not notes:
        return [line]
    if len(line) + len(_GAP) + len(notes) <= width:
        return [f"{line}{_GAP}{notes}"]
    return [line, *_wrapped(notes, width, indent, indent)]


def _wrapped(text: str, width: int, first: str, others: str) -> list[str]:
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=others, break_on_hyphens=False)


def _post(each: Preview, width: int) -> list[str]:
    """Return one post in full: when and where, how it stands, and below that its words."""
    delivery = each.delivery
    when = times.time_text(delivery.due_at, delivery.due_at, seconds=False)
    names = (delivery.account, language_name(delivery.language), delivery.message)
    head = _GAP.join((str(delivery.id), when, *map(plain, names)))
    facts = [
        f"{previews.length_text(delivery)} characters",
        previews.visibility_text(delivery),
        previews.price_text(each),
    ]
    lines = [*_wrapped(head, width, "", _INDENT)]
    lines += _wrapped(plain(", ".join(filter(None, facts))), width, _INDENT, _INDENT)
    if standing := previews.standing_text(delivery):
        lines += _wrapped(plain(f"! {standing}"), width, _INDENT, _INDENT + _GAP)
    return [*lines, *content_lines(each, width, _INDENT)]


def content_lines(each: Preview, width: int, indent: str = "") -> list[str]:
    """Return all that is published, part by part: warning, words, files with their alternative texts."""
    delivery, lines = each.delivery, list[str]()
    content = delivery.content
    if content.content_warning and previews.warns(delivery):
        lines += ["", *_wrapped(plain(f"Content warning: {content.content_warning}"), width, indent, indent + _GAP)]
    elif sensitive := previews.sensitive_text(delivery):
        lines += ["", *_wrapped(f"{sensitive}.", width, indent, indent)]
    for place, part in enumerate(content.parts):
        if len(content.parts) > 1:
            price = f", {dollars(each.prices[place])}" if each.prices[place] else ""
            lines += ["", *_wrapped(f"Part {place + 1} of {len(content.parts)}{price}", width, indent, indent)]
        lines += ["", *text_lines(part.text, width, indent + _GAP)]
        for media in part.media:
            alt = f"Alternative text: {media.alt}" if media.alt else previews.NO_ALT.upper()
            lines += ["", *_wrapped(plain(previews.media_text(media)), width, indent + _GAP, indent + _INDENT)]
            lines += _wrapped(plain(alt), width, indent + _INDENT, indent + _INDENT)
    return lines


def text_lines(text: str, width: int, indent: str) -> list[str]:
    """Return a text with its own line breaks, and more where a line is wider than the screen."""
    from rich.console import Console
    from rich.text import Text

    room = max(1, width - len(indent))
    console = Console(width=room, highlight=False, markup=False)
    lines: list[str] = []
    for line in text.split("\n"):
        pieces = Text(shown(masked(_visible(line)))).wrap(console, room, overflow="fold")
        lines += [f"{indent}{piece.plain}".rstrip() for piece in pieces] or [""]
    return lines


def _visible(line: str) -> str:
    """Return a line of a post as a terminal may show it: blanks as blanks, what is hidden written out."""
    if line.isprintable() and line.isascii():
        return line
    line = line.translate(_SEEN)
    return "".join(
        letter if not is_hidden(letter) or _joins_emoji(line, place) else f"\\u{ord(letter):04x}"
        for place, letter in enumerate(line)
    )


def _joins_emoji(line: str, place: int) -> bool:
    before = line[place - 1] if place else ""
    return line[place] == _JOINS and before > "\u2000" and not before.isalpha()
