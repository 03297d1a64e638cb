"""`bot review`: takes the terminal over, reads keys, and leaves it as it was whatever happens."""

from __future__ import annotations

import codecs
import os
import select
import signal
import subprocess
import sys
import termios
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live

from bot.cli.app import ConfigPath, actor, opened, print_json, say
from bot.cli.confirm import somebody_is_there
from bot.cli.review.desk import ReviewDesk
from bot.cli.review.screen import frame
from bot.cli.words.amounts import counted
from bot.errors import Refused, RefusedCode

REPEAT_S = 0.1
"""The same key within this many seconds of what it brought up is held down: it decides nothing, and ticks nothing."""

LOOK_S = 1.0
"""Seconds after which it is seen what others have decided, and how large the screen is."""

_ESCAPE = "\x1b"


class ReviewScreen:
    """The desk as Rich draws it, as large as the terminal is at that moment."""

    def __init__(self, desk: ReviewDesk) -> None:
        self.desk = desk

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = frame(self.desk, console, options.max_width, options.height or console.height)
        for place, line in enumerate(lines):
            line.end = "" if place == len(lines) - 1 else "\n"
            yield line


def review(config: ConfigPath, *, as_json: bool) -> None:
    """Go through what waits until the person has had enough, and say what was decided."""
    stream = sys.stderr if as_json else sys.stdout
    if not (somebody_is_there() and stream.isatty()):
        raise Refused(RefusedCode.NO_TERMINAL)
    with opened(config) as campaign:
        desk = ReviewDesk(campaign.work, actor(), open_address)
        desk.begin()
        try:
            _go_through(desk, Console(file=stream, highlight=False, markup=False))
        except KeyboardInterrupt:
            desk.ended = True
    if as_json:
        decisions = ((made.before.id, made.what, str(made.after.state)) for made in desk.made)
        print_json([{"id": number, "decision": what, "state": state} for number, what, state in decisions])
    else:
        say(f"{counted(len(desk.made), 'decision')} made; {len(desk.waiting)} still waiting.")


def _go_through(desk: ReviewDesk, console: Console) -> None:
    last_key, last_at = "", 0.0
    with _keys() as keys, Live(ReviewScreen(desk), console=console, screen=True, auto_refresh=False) as live:
        while not desk.ended:
            live.refresh()
            typed = keys.pressed(LOOK_S)
            if not typed:
                desk.look_again()
            for key in typed:
                if key == last_key and time.monotonic() - last_at < REPEAT_S:
                    last_at = time.monotonic()
                    continue
                before = desk.card and desk.card.sighting.id
                desk.press(key)
                if desk.ended:
                    break
                is_another = before != (desk.card and desk.card.sighting.id)
                if is_another:
                    keys.forget()  # what was typed for one post is not meant for the next
                live.refresh()  # what was not shown is not read
                last_key, last_at = key, time.monotonic()
                if is_another:
                    break


class _Keys:
    """Keys as they are pressed, one letter each; what arrow and function keys send is passed over."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._decoder = codecs.getincrementaldecoder("utf-8")("ignore")

    def forget(self) -> None:
        """Pass over what was typed and not read yet."""
        termios.tcflush(self._descriptor, termios.TCIFLUSH)

    def pressed(self, wait: float) -> str:
        """Return what was pressed within `wait` seconds, "" for nothing. Raise KeyboardInterrupt where input ends."""
        if not select.select([self._descriptor], [], [], wait)[0]:
            return ""
        typed = os.read(self._descriptor, 256)
        if not typed:
            raise KeyboardInterrupt
        letters = self._decoder.decode(typed)
        return letters if not letters.startswith(_ESCAPE) or letters == _ESCAPE else ""


@contextmanager
def _keys() -> Iterator[_Keys]:
    """Read keys without Enter and without echo; a hang-up and a polite kill end it like Ctrl-C, so that the terminal is
    left whole."""
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    asking = (signal.SIGTERM, signal.SIGHUP)
    handlers = {number: signal.signal(number, _break_off) for number in asking}
    try:
        tty.setcbreak(descriptor, termios.TCSAFLUSH)  # what was typed before anything was shown is not meant
        unsuspended = termios.tcgetattr(descriptor)
        unsuspended[6][termios.VSUSP] = b"\x00"  # Ctrl-Z would leave the screen to the shell as it is
        termios.tcsetattr(descriptor, termios.TCSADRAIN, unsuspended)
        yield _Keys(descriptor)
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _break_off(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def open_address(address: str) -> bool:
    """Open an address in a browser with a window of its own. Return False where there is none: a browser in the
    terminal would take the screen."""
    has_windows = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
    if not address.startswith(("https://", "http://")) or not (has_windows or sys.platform == "darwin"):
        return False
    opening = [sys.executable, "-c", _OPEN, address]
    silent = subprocess.DEVNULL  # what a browser says would stand on the screen
    try:
        process = subprocess.Popen(  # noqa: S603  the address is one word, and no shell reads it
            opening, stdin=silent, stdout=silent, stderr=silent, start_new_session=True
        )
    except OSError:
        return False
    try:
        return process.wait(_BROWSER_S) == 0
    except subprocess.TimeoutExpired:
        return True  # a browser that is there as long as its window


_OPEN = "import sys, webbrowser; sys.exit(not webbrowser.open(sys.argv[1]))"
_BROWSER_S = 5.0
"""Seconds that a browser may take to say that it cannot."""
