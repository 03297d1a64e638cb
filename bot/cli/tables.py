"""Rows of facts as a table, on a screen of any width."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Sequence
from typing import Any

import typer

from bot.cli.common import plain
from bot.cli.output import screen_width

_UNBROKEN = 200
"""The width where no screen limits it."""

_READABLE = 28
"""The last column is no narrower than this: words that are broken every few letters cannot be read."""

_INDENT = "    "


def print_table(headings: Sequence[str], rows: Sequence[Sequence[Any]], empty: str) -> None:
    """Rows under headings; the last column takes what room is left, or the lines below where that is too little."""
    if not rows:
        typer.echo(empty)
        return
    cells = [[plain(cell) for cell in row] for row in rows]
    width = screen_width() if sys.stdout.isatty() else _UNBROKEN
    *taken, last = (max(map(len, column)) for column in zip(headings, *cells, strict=True))
    room = width - sum(taken) - 2 * len(taken)
    if room < min(last, _READABLE):
        _print_stacked(headings, cells, taken, width)
    else:
        _print_side_by_side(headings, cells, width)


def _print_side_by_side(headings: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for heading in headings:
        is_last = heading == headings[-1]
        table.add_column(heading, no_wrap=not is_last, overflow="fold" if is_last else "ellipsis")
    for row in rows:
        table.add_row(*row)
    console = Console(width=width, highlight=False, markup=False, soft_wrap=False)
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        typer.echo(line.rstrip())


def _print_stacked(headings: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int], width: int) -> None:
    """The last cell of each row below the others; without headings where not even those fit into a line."""
    fits = sum(widths) + 2 * (len(widths) - 1) <= width
    for row in ([*headings[:-1], ""], *rows) if fits else rows:
        padded = [cell.ljust(room) if fits else cell for cell, room in zip(row, widths, strict=False)]
        typer.echo(textwrap.fill("  ".join(padded).rstrip(), width, subsequent_indent=_INDENT))
        if row[-1]:
            typer.echo(textwrap.fill(row[-1], width, initial_indent=_INDENT, subsequent_indent=_INDENT))
