"""Draws the post that is decided about: all of it that a moderator needs, on a screen of any size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.text import Text

from bot.cli import confirm
from bot.cli.output import shown
from bot.cli.review.desk import HELP, KEYS, Mode, ReviewDesk, reason_lines
from bot.cli.words.causes import cause_text
from bot.cli.words.posts import alike_text, carries_text, when_text, who_text
from bot.domain.moderation import Reason
from bot.files.config.credentials import masked
from bot.text_display import printable

GOOD, ASKS, QUIET, BAD = "color(28)", "color(166)", "color(244)", "color(160)"
"""Middle tones, which have about the same contrast on a white and on a black ground; each comes with a word."""

_LABEL = 8
"""Columns of the labels, where there is room for them beside the words."""

_NARROW = 60


def plainly(text: str) -> str:
    """Return a text of somebody's that can do nothing to a terminal; its line breaks stay."""
    lines = cause_text(text).replace("\t", " ").split("\n")
    return "\n".join(shown(masked(printable(line.rstrip("\r")))) for line in lines)


def frame(desk: ReviewDesk, console: Console, width: int, height: int) -> list[Text]:
    """Return the picture as lines, none wider than `width`, and `height` of them at most; notes whether the post is
    shown to its end."""
    top = [_header(desk, width)]
    bottom = list(_footer(desk, console, width))
    room = max(1, height - len(top) - len(bottom) - 1)
    body = _body(desk, console, width)
    pages = max(1, -(-len(body) // room))
    desk.page = min(desk.page, pages - 1)
    first = desk.page * room
    if desk.mode is not Mode.HELP:
        desk.is_read = desk.is_read or desk.page == pages - 1
    lines_shown = body[first : first + room]
    more = Text()
    if pages > 1:
        left = len(body) - first - len(lines_shown)
        more = Text(f"Space: {left} more lines; b: back" if left else "The end; b: back", ASKS if left else QUIET)
    lines = [*top, *lines_shown, *(Text() for _ in range(room - len(lines_shown))), more, *bottom]
    for line in lines:
        line.truncate(width, overflow="ellipsis")
    return lines[-height:] if len(lines) > height else lines


def _header(desk: ReviewDesk, width: int) -> Text:
    title = f"Sighting {desk.card.sighting.id}" if desk.card else "Review"
    counts = desk.counts()
    gap = max(1, width - len(title) - len(counts))
    return Text.assemble((title, "bold"), " " * gap, (counts, QUIET))


def _body(desk: ReviewDesk, console: Console, width: int) -> list[Text]:
    if desk.mode is Mode.HELP:
        return _rows(HELP, console, width)
    if desk.card is None:
        left = f" {len(desk.skipped)} are left to others: s shows them again." if desk.skipped else ""
        return _wrapped(Text(f"Nothing waits for you.{left} New posts appear here by themselves."), console, width)
    return _rows(_about(desk), console, width)


def _about(desk: ReviewDesk) -> Iterator[tuple[str, str]]:
    """Yield what is known of the post, labels beside words."""
    card = desk.card
    if card is None:
        return
    sighting, now = card.sighting, desk.work.clock()
    post = sighting.post
    yield "", ""
    yield "words", post.text or "no words"
    yield "", ""
    yield "who", who_text(post.author, now)
    yield "posted", when_text(post.created_at, now)
    yield "with", f"{carries_text(post)}{f'; language: {post.language}' if post.language else ''}"
    for alt in post.alts:
        yield "alt", alt
    for answer in post.poll:
        yield "poll", answer
    for words in confirm.of_post(post):
        yield "shows", words
    yield "link", post.url
    yield "alike", alike_text(sighting, card.same_text)
    yield "yes of", ", ".join(approval.by for approval in card.approvals)
    for reason in card.forbidden:
        yield "never", reason
    if card.asks:
        answers = f"bot withdraw {sighting.id}, or bot dismiss {sighting.id}"
        yield "asks", f"Somebody may be asking to be left alone. Answer first: {answers}"
    for reason in sighting.judgement.reasons:
        if reason not in {Reason.NOBODY_DECIDED, *card.forbidden, *card.care}:
            yield "warns", reason
    for reason in card.care:
        yield "care", reason


_STYLES = {"never": BAD, "asks": BAD, "warns": ASKS, "care": ASKS, "words": "bold"}


def _rows(rows: Iterable[tuple[str, str]], console: Console, width: int) -> list[Text]:
    """Return the rows with their labels beside them, or above them where the screen is narrow."""
    lines: list[Text] = []
    before = ""
    for label, words in rows:
        if not words:
            if not label:
                lines.append(Text())
            continue
        style = _STYLES.get(label, "")
        indent = 0 if width < _NARROW else _LABEL
        name = "" if label == before else label
        before = label
        if not indent:
            text = Text.assemble((f"{name}: " if name and name != "words" else "", QUIET), (plainly(words), style))
            lines += _wrapped(text, console, width)
            continue
        for place, line in enumerate(_wrapped(Text(plainly(words), style), console, width - indent)):
            lines.append(Text.assemble((name.ljust(indent) if place == 0 else " " * indent, QUIET), line))
    return lines


def _wrapped(text: Text, console: Console, width: int) -> list[Text]:
    return list(text.wrap(console, max(1, width))) or [Text()]


def _footer(desk: ReviewDesk, console: Console, width: int) -> Iterator[Text]:
    """Yield what the next key is taken for."""
    if desk.notice:
        yield from _wrapped(Text(plainly(desk.notice), ASKS), console, width)
    match desk.mode:
        case Mode.CHECKLIST if desk.item is not None:
            place, whole = len(desk.ticks) + 1, len(desk.sentences)
            yield from _wrapped(Text(f"{place} of {whole}. {desk.sentences[desk.item]}.", "bold"), console, width)
            yield from _wrapped(Text("y it is so   n it is not so, or not known   Esc stop", QUIET), console, width)
        case Mode.REASON:
            reasons = "   ".join(f"{key} {words}" for key, words in reason_lines())
            yield from _wrapped(Text(f"No. Why?   {reasons}"), console, width)
            yield from _wrapped(Text("1-6 the reason   Enter none   Esc stop", QUIET), console, width)
        case Mode.HELP:
            yield Text("Any key goes back.", QUIET)
        case Mode.END:
            yield from _wrapped(Text("s skipped ones   u undo   q quit   ? help", QUIET), console, width)
        case _:
            keys = Text("   ").join(Text.assemble((key, "bold"), f" {words}") for key, words in KEYS)
            yield from _wrapped(keys, console, width)
