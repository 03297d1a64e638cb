"""What shows a rehearsal: a full screen for a terminal, plain lines for a pipe, nothing for a script."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import typer
from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.text import Text

from bot.cli.words.rehearsal import subject_text, why_text
from bot.domain.campaign import Campaign
from bot.domain.moderation import Reason
from bot.domain.schedule import day_label
from bot.services.rehearsal.playback import FRAME, Spectator
from bot.services.rehearsal.rehearse import Rehearsal
from bot.services.rehearsal.story import OURS, TROUBLE, Moment, What

GOOD, NEWS, WAITS, GUARDED, QUIET, BAD = (
    "color(28)",
    "color(32)",
    "color(166)",
    "color(133)",
    "color(244)",
    "color(160)",
)
"""Middle tones, which have about the same contrast on a white and on a black ground; each comes with a word."""

STYLES = {
    What.POSTED: GOOD,
    What.RESHARED: f"bold {GOOD}",
    What.FOUND: GOOD,
    What.APPROVED: NEWS,
    What.FILLED_IN: NEWS,
    What.ABSENT: NEWS,
    What.HELD: WAITS,
    What.ONE_YES: WAITS,
    What.PUT_OFF: WAITS,
    What.UNREAD: WAITS,
    What.WAITING: WAITS,
    What.CALLED_OFF: GUARDED,
    What.REFUSED: QUIET,
    What.REJECTED: QUIET,
    What.UNKNOWN: BAD,
    What.TURNED_DOWN: BAD,
    What.MISSED: BAD,
    What.ASKED: BAD,
    What.TAKEN_BACK: GUARDED,
    What.NOT_TAKEN_BACK: BAD,
    What.WITHDRAWN: GUARDED,
    What.GONE: GUARDED,
    What.ALARM: BAD,
    What.GOES_ON: NEWS,
}


def day_of(at: datetime, campaign: Campaign) -> str:
    """Return the day as counted from the day of action: "T-12"."""
    return day_label((at.astimezone(campaign.timezone).date() - campaign.day_of_action).days)


def full_day(at: datetime, campaign: Campaign) -> str:
    """Return a day in words: "Friday 4 April 2025"."""
    local = at.astimezone(campaign.timezone)
    return f"{local:%A} {local.day} {local:%B %Y}"


def short_day(at: datetime, campaign: Campaign) -> str:
    """Return a day in few words: "16 April"."""
    local = at.astimezone(campaign.timezone)
    return f"{local.day} {local:%B}"


class Face(Spectator, Protocol):
    """Somewhere a rehearsal can be seen."""

    def on(self, rehearsal: Rehearsal) -> AbstractContextManager[object]:
        """Open for the time of the play."""
        ...


class Silent:
    """Shows nothing."""

    def on(self, rehearsal: Rehearsal) -> AbstractContextManager[object]:
        return nullcontext()

    def begin(self, rehearsal: Rehearsal) -> None:
        pass

    def show(self, moment: Moment) -> None:
        pass

    def tick(self, now: datetime) -> None:
        pass


class PlainLines(Silent):
    """One line for each moment: day, time, what, where, language, message or author, address, why."""

    def __init__(self, campaign: Campaign, accounts: Sequence[str]) -> None:
        self._campaign = campaign
        self._width = max([8, *map(len, accounts)])

    def show(self, moment: Moment) -> None:
        typer.echo(self.line(moment))

    def line(self, moment: Moment) -> str:
        """Return a moment on one line."""
        local = moment.at.astimezone(self._campaign.timezone)
        start = f"{day_of(moment.at, self._campaign):<5} {local:%a %d %b %H:%M}  {moment.what:<11}"
        where = f"{moment.account or '-':<{self._width}}  {moment.language or '-':<3}"
        cells = (start, where, f"{subject_text(moment):<20}", moment.url, why_text(moment))
        return "  ".join(filter(None, cells)).rstrip()


KEPT = 100
"""How many moments of each pane are kept: more than the rows of any terminal that people read."""


ROOMY = 30
"""From this many rows on, panes are set apart by an empty line."""

WIDE = 100
"""From this many columns on, there is room for what posters say, beside what became of it."""


@dataclass
class Scene:
    """All that a picture shows. Times are UTC; `planned` is how many posts there are to come in all, `address` where a
    browser shows the same."""

    campaign: Campaign
    accounts: Sequence[str]
    begins: datetime
    ends: datetime
    planned: int
    now: datetime
    address: str = ""
    ours: deque[Moment] = field(default_factory=lambda: deque(maxlen=KEPT))
    seen: deque[Moment] = field(default_factory=lambda: deque(maxlen=KEPT))
    trouble: deque[Moment] = field(default_factory=lambda: deque(maxlen=KEPT))
    posts: Counter[str] = field(default_factory=Counter)
    counts: Counter[What] = field(default_factory=Counter)
    held: set[str] = field(default_factory=set)

    def add(self, moment: Moment) -> None:
        """Take a moment in."""
        self.counts[moment.what] += 1
        if moment.what is What.POSTED:
            self.posts[moment.account] += 1
        is_held = moment.what is What.HELD or moment.why == Reason.EDITED
        (self.held.add if is_held else self.held.discard)(moment.url)
        pane = self.ours if moment.what in OURS else self.trouble if moment.what in TROUBLE else self.seen
        pane.append(moment)


def frame(scene: Scene, width: int, height: int) -> list[Text]:
    """Return the picture as lines: exactly `height` of them, where there is room for one, and none wider than
    `width`."""
    gap = [Text()] if height >= ROOMY else []
    ours, seen, trouble = _shares(height - 8 - 2 * len(gap))
    wide = width >= WIDE
    lines = [
        *_header(scene, width),
        _heading("Our posts", _our_counts(scene), width),
        *_rows((_our_row(scene, moment) for moment in scene.ours), ours, "None yet."),
        *gap,
        _heading("Under the hashtags", _seen_counts(scene), width),
        *_rows((_seen_row(scene, moment, wide) for moment in scene.seen), seen, "Nothing seen yet."),
        *gap,
        _heading("Trouble", _trouble_counts(scene), width),
        *_rows((_trouble_row(scene, moment) for moment in scene.trouble), trouble, "None so far."),
        Text("Simulated: nothing leaves this machine. Ctrl-C ends it.", QUIET),
    ]
    for line in lines:
        line.truncate(width, overflow="ellipsis")
    return lines[:height]


def _shares(rows: int) -> tuple[int, int, int]:
    """Return how many rows each pane has."""
    trouble = max(1, min(5, rows // 5))
    ours = max(1, (rows - trouble + 1) // 2)
    return ours, max(1, rows - trouble - ours), trouble


def _header(scene: Scene, width: int) -> list[Text]:
    local = scene.now.astimezone(scene.campaign.timezone)
    day = Text.assemble((day_of(scene.now, scene.campaign), f"bold {NEWS}"), (" · ", QUIET))
    day.append(full_day(scene.now, scene.campaign)).append(" · ", QUIET)
    day.append(f"{local:%H:%M}", "bold").append(f" {scene.campaign.timezone.key}")
    if local.date() == scene.campaign.day_of_action:
        day.append(" · ", QUIET).append("the day of action", f"bold {GOOD}")
    name = Text.assemble(("Rehearsal", "bold"), (" · ", QUIET), scene.campaign.name)
    address = Text.assemble(("In a browser: ", QUIET), scene.address) if scene.address else Text()
    return [name, day, _bar(scene, width), address]


def _bar(scene: Scene, width: int) -> Text:
    """Return how far the campaign has come, the day of action marked."""
    first, last = (day_of(at, scene.campaign) for at in (scene.begins, scene.ends))
    cells = max(1, width - len(first) - len(last) - 2)
    length = scene.ends - scene.begins
    done = round(cells * min(1.0, (scene.now - scene.begins) / length)) if length else cells
    noon = datetime.combine(scene.campaign.day_of_action, datetime.min.time(), scene.campaign.timezone)
    mark = int(cells * ((noon - scene.begins) / length)) if length else 0
    bar = Text(f"{first} ", QUIET)
    for cell in range(cells):
        if cell == mark:
            bar.append("T", f"bold {GOOD}" if done > cell else f"bold {NEWS}")
        else:
            bar.append("━" if cell < done else "─", GOOD if cell < done else QUIET)
    return bar.append(f" {last}", QUIET)


def _heading(title: str, counts: Text, width: int) -> Text:
    rule = max(1, width - len(title) - counts.cell_len - 2)
    return Text.assemble((title, "bold"), " ", ("─" * rule, QUIET), " ", counts)


def _counted(counts: Iterable[tuple[int, str, str]]) -> Text:
    """Return the counts that are not nought, as "12 held · 3 approved"."""
    parts = [Text.assemble((str(number), f"bold {style}"), f" {word}") for number, word, style in counts if number]
    return Text(" · ", QUIET).join(parts) if parts else Text()


def _our_counts(scene: Scene) -> Text:
    each = _counted((scene.posts[name], name, GOOD) for name in scene.accounts)
    total = Text(f"{sum(scene.posts.values())} of {scene.planned}", "bold")
    return Text.assemble(each, (" · ", QUIET), total) if each else total


def _seen_counts(scene: Scene) -> Text:
    counts = scene.counts
    refused = counts[What.REFUSED] + counts[What.REJECTED] + counts[What.CALLED_OFF]
    held, out, back = len(scene.held), counts[What.RESHARED], counts[What.TAKEN_BACK]
    shown = ((held, "held", WAITS), (refused, "refused", QUIET), (out, "reshared", GOOD), (back, "taken back", GUARDED))
    return _counted(shown)


def _trouble_counts(scene: Scene) -> Text:
    counts = scene.counts
    missed = counts[What.MISSED] + counts[What.TURNED_DOWN]
    settled = counts[What.FOUND] + counts[What.ABSENT]
    return _counted(((counts[What.UNKNOWN], "unknown", BAD), (settled, "settled", GOOD), (missed, "missed", BAD)))


def _rows(rows: Iterable[Text], count: int, empty: str) -> list[Text]:
    """Return the newest rows, the last at the bottom, and empty lines up to `count`."""
    newest = list(rows)[-count:] or [Text(empty, QUIET)]
    return [*newest, *(Text() for _ in range(count - len(newest)))]


def _start(scene: Scene, moment: Moment) -> Text:
    local = moment.at.astimezone(scene.campaign.timezone)
    return Text.assemble((f"{day_of(moment.at, scene.campaign):<5}{local:%H:%M}  ", QUIET))


def _where(scene: Scene, moment: Moment) -> str:
    width = min(12, max([8, *map(len, scene.accounts)]))
    return f"{moment.account[:width]:<{width}} {moment.language:<3}"


def _our_row(scene: Scene, moment: Moment) -> Text:
    row = _start(scene, moment)
    if moment.what is What.FILLED_IN:
        return row.append(f"{subject_text(moment)}: ", STYLES[moment.what]).append(moment.url)
    row.append(_where(scene, moment), STYLES[moment.what])
    return row.append(f"{moment.subject:<20} ").append(moment.words, QUIET)


def _seen_row(scene: Scene, moment: Moment, wide: bool) -> Text:
    row = _start(scene, moment).append(f"{moment.what:<11}", STYLES[moment.what])
    if not moment.subject:
        return row.append(why_text(moment))
    row.append(f"{moment.language:<3}")
    author = Text(moment.subject)
    author.truncate(28 if wide else 22, overflow="ellipsis", pad=True)
    why = why_text(moment)
    row.append(author).append(" ").append(why)
    if wide or not why:
        row.append("  " if why else "").append(moment.words, QUIET)
    return row


def _trouble_row(scene: Scene, moment: Moment) -> Text:
    row = _start(scene, moment).append(f"{moment.what:<11}", STYLES[moment.what])
    if not moment.subject:
        return row.append(why_text(moment))
    row.append(_where(scene, moment))
    about = Text(moment.subject)
    about.truncate(20, overflow="ellipsis", pad=True)
    return row.append(about).append(" ").append(why_text(moment), QUIET)


LAST_LOOK = 0.8
"""Seconds for which the last picture stands."""


class Screen:
    """Shows the play on the whole terminal."""

    def __init__(self, console: Console, campaign: Campaign, accounts: Sequence[str]) -> None:
        self._console = console
        self._campaign, self._accounts = campaign, accounts
        self._last = 0.0
        self.address = ""
        """Where a browser shows the same."""

    @contextmanager
    def on(self, rehearsal: Rehearsal) -> Iterator[None]:
        """Take the terminal over until the play is over."""
        self.begin(rehearsal)
        with Live(self, console=self._console, screen=True, auto_refresh=False) as self._live:
            yield
            self._live.refresh()
            time.sleep(LAST_LOOK)

    def begin(self, rehearsal: Rehearsal) -> None:
        """Show this rehearsal, from its beginning."""
        planned = len(rehearsal.ledger()[0])
        times = (rehearsal.begins, rehearsal.ends)
        self._scene = Scene(self._campaign, self._accounts, *times, planned, rehearsal.begins, self.address)

    def show(self, moment: Moment) -> None:
        """Put something that happened into the next picture."""
        self._scene.add(moment)

    def tick(self, now: datetime) -> None:
        """Draw a picture, unless the last one is very young."""
        self._scene.now = now
        if time.monotonic() - self._last >= FRAME:
            self._live.refresh()
            self._last = time.monotonic()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = frame(self._scene, options.max_width, options.height or console.height)
        for number, line in enumerate(lines):
            line.end = "" if number == len(lines) - 1 else "\n"
            yield line
