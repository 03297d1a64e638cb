"""Draws the campaign's swell: a bar a day, or an hour on the day of action, with where each leads and what it says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from bot.services.band import Swell, SwellBar
from bot.values import dataclass
from bot.web.languages import Speech


@dataclass(frozen=True)
class DrawnBar:
    """A bar in the units of its picture, which is `WIDE` wide; y counts from the top."""

    bar: SwellBar
    href: str
    when: str
    counts: str
    left: float
    pitch: float
    x: float
    width: float
    top: float
    high: float
    out_top: float
    out_high: float
    theirs_high: float
    label: str
    label_x: float
    anchor: str
    is_now: bool
    is_the_day: bool

    @property
    def title(self) -> str:
        """Return what it says when it is pointed at."""
        return f"{self.when}: {self.counts}"

    @property
    def middle(self) -> float:
        """Return where its middle is."""
        return round(self.x + self.width / 2, 1)


WIDE = 1000
_SLENDER = 0.46
"""How much of its place a bar takes."""

_LABELS = 6


@dataclass(frozen=True)
class Picture:
    """A swell as it is drawn; `height` and `ground` (the line between ours and theirs) are in its units."""

    bars: tuple[DrawnBar, ...]
    height: int
    ground: int
    is_by_hour: bool
    caption: str


def drawn(swell: Swell, speech: Speech, now: datetime, day_of_action: date, *, slim: bool = False) -> Picture:
    """Return the picture of a swell; a `slim` one has no words."""
    height, ground = (44, 30) if slim else (134, 90)
    bars = tuple(_bars(swell, speech, now.astimezone(speech.zone), day_of_action, ground, slim=slim))
    return Picture(bars, height, ground, swell.is_by_hour, _caption(swell, speech))


def _caption(swell: Swell, speech: Speech) -> str:
    if swell.is_by_hour:
        return speech.gettext("Our posts an hour today; below the line what other people posted")
    first, last = (speech.short_day(bar.begin.date()) for bar in (swell.bars[0], swell.bars[-1]))
    return speech.say(
        "Our posts a day from %(first)s to %(last)s; below the line what other people posted", first=first, last=last
    )


def _bars(
    swell: Swell, speech: Speech, now: datetime, day_of_action: date, ground: int, *, slim: bool
) -> Iterator[DrawnBar]:
    pitch = WIDE / len(swell.bars)
    width = min(pitch * _SLENDER, 30)
    tallest = max((bar.total for bar in swell.bars), default=0) or 1
    most_seen = max((bar.theirs for bar in swell.bars), default=0) or 1
    room = ground - (4 if slim else 26)
    every = max(1, len(swell.bars) // _LABELS)
    now_at = next((place for place, bar in enumerate(swell.bars) if _is_now(bar, now, swell)), None)
    day_at = next((place for place, bar in enumerate(swell.bars) if _is_day(bar, day_of_action, swell)), None)
    for place, bar in enumerate(swell.bars):
        high = _root(bar.total, tallest) * room
        out_high = high * bar.out / bar.total if bar.total else 0
        x = pitch * place + (pitch - width) / 2
        near_now, near_day = (at is not None and abs(place - at) < every * 0.7 for at in (now_at, day_at))
        is_day = place == day_at
        has_label = place == now_at or (not near_now and (is_day or (place % every == 0 and not near_day)))
        label = (f"{bar.begin:%H}" if swell.is_by_hour else speech.tiny_day(bar.begin.date())) if has_label else ""
        is_first, is_last = place == 0, place == len(swell.bars) - 1
        yield DrawnBar(
            bar,
            f"/calendar/{bar.begin.date()}",
            f"{bar.begin:%H:%M}" if swell.is_by_hour else speech.short_day(bar.begin.date()),
            _counts(bar, speech),
            round(pitch * place, 1),
            round(pitch, 1),
            round(x, 1),
            round(width, 1),
            round(ground - high, 1),
            round(high, 1),
            round(ground - out_high, 1),
            round(out_high, 1),
            round(_root(bar.theirs, most_seen) * (10 if slim else 18), 1),
            label,
            round(x if is_first else x + width if is_last else x + width / 2, 1),
            "start" if is_first else "end" if is_last else "middle",
            place == now_at,
            is_day,
        )


def _counts(bar: SwellBar, speech: Speech) -> str:
    ours = speech.count("one post of ours", "%(num)s posts of ours", bar.total)
    theirs = speech.count("one post seen", "%(num)s posts seen", bar.theirs)
    return f"{ours}, {theirs}"


def _is_day(bar: SwellBar, day_of_action: date, swell: Swell) -> bool:
    return not swell.is_by_hour and bar.begin.date() == day_of_action


def _is_now(bar: SwellBar, now: datetime, swell: Swell) -> bool:
    if bar.begin.date() != now.date():
        return False
    return not swell.is_by_hour or bar.begin.hour == now.hour


def _root(count: int, most: int) -> float:
    """Return how high a bar is, 0 to 1: by the square root, so that a day of 84 leaves a day of 12 to be seen."""
    return float((count / most) ** 0.5) if count else 0.0
