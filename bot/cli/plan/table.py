"""The planned posts as a table for spreadsheets: a row for each part of each post."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import UTC
from pathlib import PurePosixPath

from bot.cli.words import previews, times
from bot.domain.money import MICRO
from bot.files.config.credentials import masked
from bot.services.preview import Preview

COLUMNS = (
    *("id", "state", "account", "day", "local_time", "utc", "language", "message", "part", "text", "media", "alt_text"),
    *("content_warning", "price_usd", "note"),
)
"""The headings, a contract: more may come behind them."""

BEGINS = "\ufeff" + ",".join(COLUMNS[:3])
"""How a table of ours begins: spreadsheets tell by the first sign that it is UTF-8."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes a spreadsheet take a cell for a formula, in its wide forms too."""


def table(listed: Iterable[Preview]) -> str:
    """Return the table as CSV."""
    written = io.StringIO(newline="")
    written.write("\ufeff")
    rows = csv.writer(written)
    rows.writerow(COLUMNS)
    for each in listed:
        rows.writerows([_harmless(cell) for cell in row] for row in _rows(each))
    return written.getvalue()


def _rows(each: Preview) -> Iterable[list[str]]:
    delivery = each.delivery
    at = times.local(delivery.due_at)
    for place, part in enumerate(delivery.content.parts):
        yield [
            str(delivery.id),
            str(delivery.state),
            delivery.account,
            delivery.day,
            f"{at:%Y-%m-%d %H:%M} {times.zone_name(delivery.due_at)}",
            f"{delivery.due_at.astimezone(UTC):%Y-%m-%d %H:%M}",
            delivery.language,
            delivery.message,
            f"{place + 1} of {len(delivery.content.parts)}",
            part.text,
            "\n".join(PurePosixPath(media.path).name for media in part.media),
            "\n".join(media.alt for media in part.media),
            delivery.content.content_warning,
            f"{each.prices[place] / MICRO:.3f}",
            previews.reason_text(delivery),
        ]


def _harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: with an apostrophe before what would begin one."""
    cell = masked(cell)
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell
