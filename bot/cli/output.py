"""Standard streams for every terminal, whatever its encoding and width, and whether anybody still listens."""

from __future__ import annotations

import errno
import io
import os
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any, BinaryIO, TextIO

import typer

from bot.cli.words.remedies import with_commands
from bot.files.config.credentials import masked
from bot.text_display import printable

NARROWEST = 20
"""No screen is taken to be narrower (columns): words that are broken every few letters cannot be read."""

_GONE = frozenset({errno.EPIPE, errno.EIO})
"""Nobody reads any more: the next program has ended, or the terminal was hung up."""

_INSTEAD = str.maketrans(
    {
        "…": "...",
        **dict.fromkeys("‐‑‒–—―−─╌┄·", "-"),
        **dict.fromkeys("━═", "="),
        **dict.fromkeys("│┃║", "|"),
        **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯", "+"),
        **dict.fromkeys("“”„‟«»", '"'),
        **dict.fromkeys("‘’‚‛‹›", "'"),
        **dict.fromkeys("•●▪■✱", "*"),
        **dict.fromkeys("✗✘×", "x"),
        **dict.fromkeys("✓✔", "+"),
        **dict.fromkeys("▸▶►", ">"),
        **dict.fromkeys("\u00a0\u2007\u2009\u202f", " "),
        "→": "->",
        "←": "<-",
        "↔": "<->",
        "⇒": "=>",
        "≤": "<=",
        "≥": ">=",
        "≠": "!=",
        "№": "No.",
    }
)
"""Signs that structure what is shown, for where they do not exist."""


class Output(io.TextIOWrapper):
    """A standard stream that shows what its encoding cannot in ASCII, and that falls silent once nobody reads it.

    Falling silent keeps a command's exit status: `bot check | head -1` tells the same as `bot check`. `target` is the
    encoding to be kept to; an ASCII stream is written as UTF-8, or libraries would take it for a misconfigured one.
    """

    def __init__(self, buffer: BinaryIO, encoding: str, *, line_buffering: bool) -> None:
        self.target = encoding
        written_as = encoding if _fits("é", encoding) or _fits("ж", encoding) else "utf-8"
        super().__init__(buffer, written_as, "backslashreplace", line_buffering=line_buffering)
        self._is_torn = False

    def write(self, text: str) -> int:
        try:
            super().write(readable(text, self.target))
        except OSError as error:
            self._fall_silent(error)
        return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            self._fall_silent(error)

    def write_line(self, text: str) -> None:
        """Write a line of a log at once. What a full disk does not take of it is lost, and the next line is tried
        again: a log that once fell silent for good would not tell of the next trouble either."""
        rest = f"{readable(text, self.target)}\n".encode(self.encoding, self.errors or "strict")
        rest = b"\n" * self._is_torn + rest
        whole = len(rest)
        try:
            while rest:
                rest = rest[os.write(self.fileno(), rest) :]
            self._is_torn = False
        except OSError as error:
            self._is_torn |= len(rest) < whole
            if error.errno in _GONE:
                self._fall_silent(error)

    def _fall_silent(self, error: OSError) -> None:
        """Discard what is left unsaid. Raise the error where somebody still reads: a full disk, for one."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)
        if error.errno not in _GONE:
            raise error


def prepare() -> None:
    """Make this process's standard streams such streams; one that was closed leads nowhere.

    To be called before any file is opened, which would otherwise take a closed stream's number and be written into.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115
    elif isinstance(sys.stdin, io.TextIOWrapper):
        with suppress(io.UnsupportedOperation):  # something was read from it already
            sys.stdin.reconfigure(errors="surrogateescape")  # what is typed may be anything, and is looked at later
    for name in ("stdout", "stderr"):
        stream = _prepared(getattr(sys, name))
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)  # the one that is asked for its width


def _prepared(stream: TextIO | None) -> TextIO:
    if stream is None:
        stream = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if type(stream) is not io.TextIOWrapper:  # a test's own, or prepared already
        return stream
    encoding, line_buffering = stream.encoding, stream.line_buffering
    return Output(stream.detach(), encoding, line_buffering=line_buffering)


def readable(text: str, encoding: str) -> str:
    """Return a text as it can be shown in an encoding: signs that structure it become ASCII, other letters are written
    out.

    Letters are written out as `\\u0431`, not dropped or guessed: a handle that is shown must not look like another one.
    """
    if text.isascii() or _fits(text, encoding):
        return text
    composed = unicodedata.normalize("NFC", text)
    return "".join(letter if letter.isascii() else _shown(letter, encoding) for letter in composed)


@lru_cache(4096)
def _shown(letter: str, encoding: str) -> str:
    if _fits(letter, encoding):
        return letter
    return letter.translate(_INSTEAD).encode("ascii", "backslashreplace").decode("ascii")


def _fits(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def shown(text: str) -> str:
    """Return a text as standard output will show it, for whoever needs its width."""
    return readable(text, _target(sys.stdout))


def shows_everything(stream: object = None) -> bool:
    """Return whether a stream (standard output, unless told) can show every letter there is."""
    return _fits("ж→😀", _target(stream or sys.stdout))


def _target(stream: object) -> str:
    return getattr(stream, "target", None) or getattr(stream, "encoding", None) or "utf-8"


def screen_width() -> int:
    """Return how many columns there are to write into."""
    return max(NARROWEST, shutil.get_terminal_size().columns)


def plain(cell: Any) -> str:
    """Return what a cell shows, on one line."""
    return shown(masked(printable(with_commands(" ".join(str(cell).split())))))


_GAP = "  "
_UNBROKEN = 200
"""The width where no screen limits it."""

_READABLE = 28
"""The last column is no narrower than this: words that are broken every few letters cannot be read."""

_INDENT = "    "


def print_table(headings: Sequence[str], rows: Sequence[Sequence[Any]], empty: str) -> None:
    """Print rows under headings; the last column takes what room is left, or the lines below where that is too
    little."""
    if not rows:
        typer.echo(empty)
        return
    cells = [[plain(cell) for cell in row] for row in rows]
    width = screen_width() if sys.stdout.isatty() else _UNBROKEN
    *widths, last = (max(map(len, column)) for column in zip(headings, *cells, strict=True))
    room = width - sum(widths) - 2 * len(widths)
    if room < min(last, _READABLE):
        _print_stacked(headings, cells, widths, width)
    else:
        _print_side_by_side(headings, cells, width)


def _print_side_by_side(headings: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> None:
    """Print each row as it comes: Rich's tables take two milliseconds for one, and hold all of it."""
    from rich.cells import cell_len
    from rich.console import Console
    from rich.text import Text

    *widths, _ = (max(map(cell_len, column)) for column in zip(headings, *rows, strict=True))
    console, indent = Console(width=width), " " * (sum(widths) + len(_GAP) * len(widths))
    room = width - len(indent)
    for number, (*first, last) in enumerate([headings, *rows]):
        padded = (cell + " " * (wide - cell_len(cell)) + _GAP for cell, wide in zip(first, widths, strict=True))
        folded = [last] if cell_len(last) <= room else Text(last).wrap(console, room, overflow="fold")
        for part, before in zip(folded, ["".join(padded), *[indent] * len(folded)], strict=False):
            line = f"{before}{part}".rstrip()
            typer.echo(line if number else typer.style(line, bold=True))


def _print_stacked(headings: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int], width: int) -> None:
    """Print the last cell of each row below the others, without headings where not even those fit into a line."""
    fits = sum(widths) + 2 * (len(widths) - 1) <= width
    for row in ([*headings[:-1], ""], *rows) if fits else rows:
        padded = [cell.ljust(room) if fits else cell for cell, room in zip(row, widths, strict=False)]
        typer.echo(textwrap.fill("  ".join(padded).rstrip(), width, subsequent_indent=_INDENT, break_on_hyphens=False))
        if row[-1]:
            typer.echo(textwrap.fill(row[-1], width, initial_indent=_INDENT, subsequent_indent=_INDENT))
