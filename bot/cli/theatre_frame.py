"""One picture of a rehearsal, composed for any size of terminal: header, our posts, hashtags, trouble."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rich.text import Text

from bot.cli.theatre_words import BAD, GOOD, GUARDED, NEWS, QUIET, STYLES, WAITS, day_of, full_day
from bot.domain.campaign import Campaign
from bot.domain.moderation import Reason
from bot.services.rehearsal.moment import OURS, TROUBLE, Moment, What

KEPT = 100
"""How many moments of each pane are kept: more than the rows of any terminal that people read."""


ROOMY = 30
"""From this many rows on, panes are set apart by an empty line."""

WIDE = 100
"""From this many columns on, there is room for what posters say, beside what became of it."""


@dataclass
class Scene:
    """All that a picture shows. Times are UTC; `planned` is how many posts there are to come in all."""

    campaign: Campaign
    accounts: Sequence[str]
    begins: datetime
    ends: datetime
    planned: int
    now: datetime
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
    """The picture as lines: exactly `height` of them, where there is room for one, and none wider than `width`."""
    gap = [Text()] if height >= ROOMY else []
    ours, seen, trouble = _shares(height - 8 - 2 * len(gap))
    wide = width >= WIDE
    lines = [
        *_header(scene, width),
        _heading("Our posts", _our_counts(scene), width),
        *_rows((_our_row(scene, one) for one in scene.ours), ours, "None yet."),
        *gap,
        _heading("Under the hashtags", _seen_counts(scene), width),
        *_rows((_seen_row(scene, one, wide) for one in scene.seen), seen, "Nothing seen yet."),
        *gap,
        _heading("Trouble", _trouble_counts(scene), width),
        *_rows((_trouble_row(scene, one) for one in scene.trouble), trouble, "None so far."),
        Text("Simulated: nothing leaves this machine. Ctrl-C ends it.", QUIET),
    ]
    for line in lines:
        line.truncate(width, overflow="ellipsis")
    return lines[:height]


def _shares(rows: int) -> tuple[int, int, int]:
    """How many rows each pane has."""
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
    return [name, day, _bar(scene, width), Text()]


def _bar(scene: Scene, width: int) -> Text:
    """How far the campaign has come, the day of action marked."""
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
    """The counts that are not nought, as "12 held · 3 approved"."""
    told = [Text.assemble((str(number), f"bold {style}"), f" {word}") for number, word, style in counts if number]
    return Text(" · ", QUIET).join(told) if told else Text()


def _our_counts(scene: Scene) -> Text:
    each = _counted((scene.posts[name], name, GOOD) for name in scene.accounts)
    total = Text(f"{sum(scene.posts.values())} of {scene.planned}", "bold")
    return Text.assemble(each, (" · ", QUIET), total) if each else total


def _seen_counts(scene: Scene) -> Text:
    counts = scene.counts
    refused = counts[What.REFUSED] + counts[What.REJECTED] + counts[What.CALLED_OFF]
    held, out, back = len(scene.held), counts[What.RESHARED], counts[What.TAKEN_BACK]
    told = ((held, "held", WAITS), (refused, "refused", QUIET), (out, "reshared", GOOD), (back, "taken back", GUARDED))
    return _counted(told)


def _trouble_counts(scene: Scene) -> Text:
    counts = scene.counts
    missed = counts[What.MISSED] + counts[What.TURNED_DOWN]
    settled = counts[What.FOUND] + counts[What.ABSENT]
    return _counted(((counts[What.UNKNOWN], "unknown", BAD), (settled, "settled", GOOD), (missed, "missed", BAD)))


def _rows(rows: Iterable[Text], count: int, empty: str) -> list[Text]:
    """The newest rows, the last at the bottom, and empty lines up to `count`."""
    found = list(rows)[-count:] or [Text(empty, QUIET)]
    return [*found, *(Text() for _ in range(count - len(found)))]


def _start(scene: Scene, moment: Moment) -> Text:
    local = moment.at.astimezone(scene.campaign.timezone)
    return Text.assemble((f"{day_of(moment.at, scene.campaign):<5}{local:%H:%M}  ", QUIET))


def _where(scene: Scene, moment: Moment) -> str:
    width = min(12, max([8, *map(len, scene.accounts)]))
    return f"{moment.account[:width]:<{width}} {moment.language:<3}"


def _our_row(scene: Scene, moment: Moment) -> Text:
    row = _start(scene, moment)
    if moment.what is What.FILLED_IN:
        return row.append(f"{moment.subject}: ", STYLES[moment.what]).append(moment.url)
    row.append(_where(scene, moment), STYLES[moment.what])
    return row.append(f"{moment.subject:<20} ").append(moment.words, QUIET)


def _seen_row(scene: Scene, moment: Moment, wide: bool) -> Text:
    row = _start(scene, moment).append(f"{moment.what:<11}", STYLES[moment.what])
    if not moment.subject:
        return row.append(moment.why)
    row.append(f"{moment.language:<3}")
    author = Text(moment.subject)
    author.truncate(28 if wide else 22, overflow="ellipsis", pad=True)
    row.append(author).append(" ").append(moment.why)
    if wide or not moment.why:
        row.append("  " if moment.why else "").append(moment.words, QUIET)
    return row


def _trouble_row(scene: Scene, moment: Moment) -> Text:
    row = _start(scene, moment).append(f"{moment.what:<11}", STYLES[moment.what])
    if not moment.subject:
        return row.append(moment.why)
    row.append(_where(scene, moment))
    about = Text(moment.subject)
    about.truncate(20, overflow="ellipsis", pad=True)
    return row.append(about).append(" ").append(moment.why, QUIET)
