"""The planned posts as one page for people without a terminal: it needs no script and nothing from elsewhere."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

from markupsafe import Markup, escape

from bot.cli.plan.run_up import days_of
from bot.cli.words import previews, times
from bot.cli.words.amounts import counted
from bot.domain.message import Media, Part
from bot.domain.money import dollars
from bot.files.config.credentials import masked
from bot.languages import language_name
from bot.services.preview import PictureProblem, Preview, picture, totals
from bot.services.work import Work

GENERATOR = '<meta name="generator" content="groundswell plan">'
"""Stands near the beginning of each page of ours, so that it is known again."""

_STYLE = Path(__file__).with_name("page.css")
_TOKEN = re.compile(r"(?P<link>https?://[^\s<>\"]+)|(?P<tag>(?<![\w&/])[#＃]\w+)|(?P<waits>\{[\w-]+\})")
_MOST_LINKS = 24
"""How many posts that stand alike are led to; each says of itself how it stands."""

_ENDS = ".,;:!?)]»”“’"
"""What stands behind a link and is no part of it."""


def page(work: Work, listed: Sequence[Preview], now: datetime) -> str:
    """Return the page as HTML; every word from files is escaped."""
    pictures = _Pictures(work)
    days = [_day(day, count, group, pictures) for day, count, group in days_of(work.config.campaign, listed)]
    name = masked(work.config.campaign.name)
    return str(
        Markup(
            "<!doctype html>\n"
            '<html lang="en">\n<head>\n<meta charset="utf-8">\n{generator}\n'
            '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
            "style-src 'unsafe-inline'\">\n"
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="color-scheme" content="light dark">\n<meta name="robots" content="noindex">\n'
            "<title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n{defs}"
            "<main>\n{header}{open}{days}<footer><p>Made by <code>bot plan --html</code>, {made}. "
            "What is edited afterwards is not on this page.</p></footer>\n</main>\n</body>\n</html>\n"
        ).format(
            generator=Markup(GENERATOR),  # noqa: S704 - our own
            title=f"Plan: {name}",
            style=Markup(_STYLE.read_text(encoding="utf-8")),  # noqa: S704 - our own
            defs=pictures.definitions(),
            header=_header(work, name, listed, now),
            open=_open(listed),
            days=Markup("").join(days) if days else Markup("<p>Nothing is planned.</p>\n"),
            made=_when(now),
        )
    )


def _when(at: datetime) -> str:
    return f"{times.day_and_clock(at, seconds=False)} {times.zone_name(at)}"


def _header(work: Work, name: str, listed: Sequence[Preview], now: datetime) -> Markup:
    day, sums = work.config.campaign.day_of_action, totals(listed)
    facts = {
        "Day of action": f"{day:%A}, {day.day} {day:%B %Y}",
        "Posts": previews.counts_text(sums),
        "Price": previews.bill_text(sums) or "nothing",
        "Times": f"{work.config.campaign.timezone.key}, with UTC beside",
        "Made": _when(now),
    }
    rows = (Markup("<div><dt>{}</dt><dd>{}</dd></div>\n").format(label, words) for label, words in facts.items())
    return Markup(
        '<header>\n<p class="kind">Plan for sign-off</p>\n<h1 dir="auto">{}</h1>\n<dl>\n{}</dl>\n</header>\n'
    ).format(name, Markup("").join(rows))


def _open(listed: Sequence[Preview]) -> Markup:
    """Return what does not simply go out, with the way there: posts that stand so for one reason are one line."""
    by_standing: dict[str, list[Preview]] = {}
    for each in listed:
        if each.is_open:
            by_standing.setdefault(previews.standing_text(each.delivery), []).append(each)
    if not by_standing:
        return Markup("")
    rows = (
        Markup('<li><p><strong>{}</strong> {}</p>\n<p class="ids">{}</p></li>\n').format(
            f"{counted(len(group), 'post')}:", masked(standing), _links(group)
        )
        for standing, group in by_standing.items()
    )
    return Markup('<section class="open">\n<h2>Before you sign</h2>\n<ul>\n{}</ul>\n</section>\n').format(
        Markup("").join(rows)
    )


def _links(group: Sequence[Preview]) -> Markup:
    ids = [each.delivery.id for each in group]
    links = [Markup('<a href="#post-{0}">{0}</a>').format(number) for number in ids[:_MOST_LINKS]]
    more = [escape(f"and {len(ids) - _MOST_LINKS} more")] if len(ids) > _MOST_LINKS else []
    return Markup(" ").join([*links, *more])


def _day(day: date, count: str, group: Sequence[Preview], pictures: _Pictures) -> Markup:
    return Markup(
        '<section class="day">\n<h2><span class="count">{}</span> {} <small>{}</small></h2>\n{}</section>\n'
    ).format(
        count,
        f"{day:%A}, {day.day} {day:%B %Y}",
        counted(len(group), "post"),
        Markup("").join(_post(each, pictures) for each in group),
    )


def _post(each: Preview, pictures: _Pictures) -> Markup:
    delivery = each.delivery
    state, standing = previews.state_text(delivery), previews.standing_text(delivery)
    is_open = each.is_open
    notes = (
        previews.price_text(each),
        previews.visibility_text(delivery),
        f"{previews.length_text(delivery)} characters",
    )
    return Markup(
        '<article id="post-{id}" class="post{is_open}">\n'
        '<div class="when"><time datetime="{instant}">{clock}</time> <span class="zone">{zone}</span> '
        '<span class="utc">{utc}</span></div>\n'
        '<div class="card">\n<div class="meta"><b>{account}</b> <span>{language}</span>{state}</div>\n'
        "{reason}{warning}{parts}"
        '<div class="foot"><span class="message">{message}</span> <span>no. {id}</span>{notes}</div>\n'
        "</div>\n</article>\n"
    ).format(
        id=delivery.id,
        is_open=" is-open" if is_open else "",
        instant=delivery.due_at.isoformat(),
        clock=times.clock_text(times.local(delivery.due_at), seconds=False),
        zone=times.zone_name(delivery.due_at),
        utc=times.utc_text(delivery.due_at, seconds=False),
        account=delivery.account,
        language=_languages(each),
        state=Markup(' <span class="state">{}</span>').format(state) if state else "",
        reason=Markup('<p class="reason">{}</p>\n').format(masked(standing)) if standing and is_open else "",
        warning=_warning(each),
        parts=_parts(each, pictures),
        message=delivery.message,
        notes=Markup("").join(Markup(" <span>{}</span>").format(note) for note in notes if note),
    )


def _languages(each: Preview) -> str:
    return "several languages" if each.is_translated else language_name(each.delivery.language)


def _warning(each: Preview) -> Markup:
    content = each.delivery.content
    if content.content_warning and previews.warns(each.delivery):
        label, words = "Content warning", masked(content.content_warning)
    elif sensitive := previews.sensitive_text(each.delivery):
        label, words = sensitive, "Pictures are covered until somebody asks for them."
    else:
        return Markup("")
    return Markup('<p class="warning" dir="auto"><span>{}</span> {}</p>\n').format(label, words)


def _parts(each: Preview, pictures: _Pictures) -> Markup:
    parts = each.delivery.content.parts
    language = "" if each.is_translated else Markup(' lang="{}"').format(each.delivery.content.language)
    if len(parts) == 1:
        return _part(parts[0], language, pictures)
    rows = (
        Markup('<li><p class="number">{}</p>\n{}</li>\n').format(
            " · ".join(filter(None, (f"{place} of {len(parts)}", dollars(price) if price else ""))),
            _part(part, language, pictures),
        )
        for place, (part, price) in enumerate(zip(parts, each.prices, strict=True), start=1)
    )
    return Markup('<ol class="thread">\n{}</ol>\n').format(Markup("").join(rows))


def _part(part: Part, language: Markup | str, pictures: _Pictures) -> Markup:
    text = Markup('<div class="text" dir="auto"{}>{}</div>\n').format(language, Markup("").join(_words(part.text)))
    return text + Markup("").join(pictures.shown(media, language) for media in part.media)


def _words(text: str) -> Iterator[Markup]:
    """Yield a text, escaped, with links and hashtags set off, and marks around what is not known yet."""
    text, end = masked(text), 0
    for match in _TOKEN.finditer(text):
        yield escape(text[end : match.start()])
        written = match.group()
        if match["link"]:
            written = written.rstrip(_ENDS)
            yield Markup('<a href="{0}" rel="noreferrer">{0}</a>').format(written)
        elif match["tag"]:
            yield Markup('<span class="tag">{}</span>').format(written)
        else:
            yield Markup('<mark title="not known yet">{}</mark>').format(written)
        end = match.start() + len(written)
    yield escape(text[end:])


_NEVER_TURNED = frozenset({"image/png", "image/gif"})
"""Pictures that are as wide as their header says: a photo may be turned when it is shown."""


_ROOM = 16_000_000
"""Bytes of pictures on a page: as text they are a third more, and few mail servers take 25 MB."""


class _Pictures:
    """The pictures of a page, each held once: cards are drawn again wherever they are shown, photos are led to."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._known: dict[str, Markup] = {}
        self._photos: set[str] = set()
        self._room = _ROOM

    def shown(self, media: Media, language: Markup | str) -> Markup:
        """Return a file as it will look, with its alternative text below."""
        alt = (
            Markup('<span class="label">Alternative text</span> <span dir="auto"{}>{}</span>').format(
                language, masked(media.alt)
            )
            if media.alt
            else Markup('<span class="missing">{}</span>').format(previews.NO_ALT)
        )
        return Markup("<figure>{}<figcaption>{}</figcaption></figure>\n").format(self._looks(media), alt)

    def definitions(self) -> Markup:
        """Return the pictures themselves: to be asked for when all of them have been shown."""
        if not self._known:
            return Markup("")
        return Markup('<svg class="held" width="0" height="0" aria-hidden="true"><defs>\n{}</defs></svg>\n').format(
            Markup("").join(self._known.values())
        )

    def _looks(self, media: Media) -> Markup:
        if not media.mime_type.startswith("image/"):
            return self._named(previews.media_text(media))
        width, height = media.facts.width, media.facts.height
        name = f"picture-{media.sha256[:16]}"
        if name in self._photos:
            return Markup('<p class="file"><a href="#{}">{}</a>: shown above</p>').format(
                name, masked(previews.media_text(media))
            )
        if name not in self._known:
            data = picture(self._work, media) if media.size <= self._room else PictureProblem.TOO_LARGE
            if isinstance(data, PictureProblem):
                return self._named(f"{previews.media_text(media)}: {previews.problem_text(data)}")
            self._room -= len(data)
            url = f"data:{media.mime_type};base64,{base64.b64encode(data).decode('ascii')}"
            if media.mime_type not in _NEVER_TURNED or not (width and height):
                self._photos.add(name)
                return Markup('<img id="{}" src="{}" alt="{}">').format(name, url, masked(media.alt))
            self._known[name] = Markup('<image id="{}" width="{}" height="{}" href="{}"/>\n').format(
                name, width, height, url
            )
        return Markup('<svg role="img" viewBox="0 0 {} {}" aria-label="{}"><use href="#{}"/></svg>').format(
            width, height, masked(media.alt) or previews.NO_ALT, name
        )

    @staticmethod
    def _named(what: str) -> Markup:
        return Markup('<p class="file">{}</p>').format(masked(what))
