"""`bot rehearse`: plays the campaign for a person, a pipe, or a script."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from datetime import time as wall_time
from pathlib import Path
from types import FrameType

import typer
from rich.console import Console

from bot.cli.app import print_json, say
from bot.cli.documents import delivery_json, sighting_json
from bot.cli.output import shows_everything
from bot.cli.rehearse.screen import Face, PlainLines, Screen, Silent
from bot.cli.rehearse.summary import print_summary
from bot.cli.words import times
from bot.domain.campaign import Campaign, Config
from bot.domain.schedule import Day
from bot.errors import FaultyFiles
from bot.services.campaign_files import Files, read_files
from bot.services.rehearsal.playback import PlaybackPace
from bot.services.rehearsal.rehearse import Rehearsal, rehearsing, result

FOLLOWABLE = 14.0
"""How many seconds the whole campaign takes on a terminal, unless somebody asks for another speed."""

UNBROKEN = 200
"""The width of the summary where no terminal limits it."""

INTERRUPTED = 130
"""The exit status of a program that Ctrl-C ended, as shells count it."""


def play(path: Path, speed: float | None, until: str | None, as_json: bool) -> None:
    """Play the campaign of this `bot.toml`. Raise FaultyFiles, and BadParameter for an `until` that is no day."""
    day = day_of(until)
    files, unwritten = playable(path)
    campaign = files.config.campaign
    last = midnight(day, campaign) if day else None
    console = terminal()
    face = face_on(console, files.config, as_json=as_json)
    began = time.monotonic()
    with rehearsing(files.config, files.library, path.resolve().parent, face.show) as rehearsal:
        pace = PlaybackPace(rehearsal, speed, FOLLOWABLE if isinstance(face, Screen) and speed is None else None)
        with interruptible() as interrupted, face.on(rehearsal):
            _run(rehearsal, face, pace, last, interrupted)
        if as_json:
            _print_ledger(rehearsal)
        else:
            seconds = time.monotonic() - began
            print_summary(console, rehearsal, result(rehearsal), seconds, interrupted())
    say_unwritten(unwritten)
    if interrupted():
        raise typer.Exit(INTERRUPTED)


def playable(path: Path) -> tuple[Files, int]:
    """Return the files of a campaign, and how many places in them wait for words. Raise FaultyFiles for all other
    faults."""
    files = read_files(path)
    unwritten = sum(fault.is_unwritten for fault in files.errors)
    if unwritten < len(files.errors):
        raise FaultyFiles(files.errors)
    times.show_in(files.config.campaign.timezone)
    return files, unwritten


def terminal() -> Console:
    """Return what a person looks at, or a pipe."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else UNBROKEN)


def face_on(console: Console, config: Config, *, as_json: bool = False) -> Face:
    """Return what shows a rehearsal there."""
    if as_json:
        return Silent()
    can_draw = console.is_terminal and not console.is_dumb_terminal and shows_everything()
    accounts = list(config.accounts)
    return Screen(console, config.campaign, accounts) if can_draw else PlainLines(config.campaign, accounts)


def say_unwritten(places: int) -> None:
    """Say how many places wait for words, where there are any."""
    if places:
        say(
            f"\n{places} places still wait for your words, and are shown here with their braces. They never go "
            "out so: `bot check` names each."
        )


def day_of(until: str | None) -> Day | None:
    """Return the day that `--until` names. Raise BadParameter where it is none."""
    if until is None:
        return None
    try:
        return Day.parse(until)
    except ValueError as error:
        what = f'"{until}" is no day. Write T, T-7, T+1, or a date such as 2025-04-16.'
        raise typer.BadParameter(what, param_hint="--until") from error


def midnight(day: Day, campaign: Campaign) -> datetime:
    """Return when a day begins (UTC). Raise BadParameter where it lies outside the calendar."""
    try:
        return datetime.combine(day.on(campaign.day_of_action), wall_time.min, campaign.timezone).astimezone(UTC)
    except OverflowError as error:
        raise typer.BadParameter(f"{day} lies outside the calendar.", param_hint="--until") from error


class Ending:
    """A flag that somebody wants the play to end. It ends between two steps, so that nothing is cut in half."""

    is_asked = False

    def __call__(self) -> bool:
        return self.is_asked

    def ask(self, _number: int, _frame: FrameType | None) -> None:
        """Set a flag and nothing more: a handler runs in the midst of anything, and a lock could be held there."""
        self.is_asked = True


@contextmanager
def interruptible() -> Iterator[Ending]:
    """Let Ctrl-C, SIGTERM and a terminal that is closed ask for the end."""
    ending = Ending()
    if threading.current_thread() is not threading.main_thread():
        yield ending
        return
    before = {number: signal.signal(number, ending.ask) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield ending
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _run(rehearsal: Rehearsal, face: Face, pace: PlaybackPace, last: datetime | None, interrupted: Ending) -> None:
    while not interrupted():
        at = rehearsal.next_at()
        if at is None or (last is not None and at >= last):
            break
        for moment in pace.wait(rehearsal.now, at, interrupted):
            face.tick(moment)
        if not interrupted():
            rehearsal.step(at)
            face.tick(at)


def _print_ledger(rehearsal: Rehearsal) -> None:
    deliveries, sightings = rehearsal.ledger()
    sys.stdout.flush()
    print_json({"deliveries": [*map(delivery_json, deliveries)], "sightings": [*map(sighting_json, sightings)]})
