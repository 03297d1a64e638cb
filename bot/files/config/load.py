"""Reads `bot.toml` whole: either a configuration that holds, or every fault in it with its line."""

from __future__ import annotations

from pathlib import Path

from bot.domain.campaign import Config
from bot.errors import Fault, FaultyFiles, Severity
from bot.files.config.accounts import accounts
from bot.files.config.campaign import campaign
from bot.files.config.moderation import moderation, organisations, withdrawal
from bot.files.config.rules import monitor, pace, prices, recheck, reconcile, retention
from bot.files.toml.document import read as read_toml
from bot.files.toml.table import Table
from bot.text_display import printable

_TABLES = (
    "campaign",
    "accounts",
    "links",
    "monitor",
    "moderation",
    "organisations",
    "withdrawal",
    "pace",
    "recheck",
    "retention",
    "reconcile",
    "prices",
    "media",
)


_HOMES = {
    **dict.fromkeys(("name", "day_of_action", "timezone", "languages", "hashtags", "contact"), "campaign"),
    **dict.fromkeys(("instances", "mentions", "streams", "kinds", "poll_min", "poll_max", "backfill"), "monitor"),
    **dict.fromkeys(("trusted", "blocked", "two_people"), "moderation"),
    **dict.fromkeys(("min_gap", "per_hour", "per_day", "quiet_hours", "same_author_gap"), "pace"),
    **dict.fromkeys(("on_the_day", "later"), "recheck"),
    **dict.fromkeys(("decided", "undecided"), "retention"),
    **dict.fromkeys(("reads", "every"), "reconcile"),
    "https://": "links",
}
"""The table of each key that is in one alone."""


def read(path: Path) -> Config:
    """Return the configuration in this file. Raise FaultyFiles with every fault when it has an error."""
    config, faults = load(path)
    if config is None:
        raise FaultyFiles(faults)
    return config


def load(path: Path) -> tuple[Config | None, list[Fault]]:
    """Return the configuration in this file, or None when it has an error; and its faults, by line."""
    config, faults = survey(path)
    broken = any(fault.severity is Severity.ERROR for fault in faults)
    return None if broken else config, faults


def survey(path: Path) -> tuple[Config | None, list[Fault]]:
    """Return the configuration as far as it can be understood, so that the files beside it can be checked in the same
    pass.

    Nothing but a check may use it when there are errors among the faults. None when the file is no TOML at all.
    """
    shown = printable(path.name)
    document = read_toml(path, shown, _HOMES)
    if isinstance(document, list):
        return None, document
    faults: list[Fault] = []
    root = Table(document, faults)
    root.refuse_unknown(_TABLES)
    the_campaign = campaign(root)
    config = Config(
        campaign=the_campaign,
        accounts=accounts(root, the_campaign.languages),
        monitor=monitor(root.table("monitor")),
        moderation=moderation(root.table("moderation")),
        pace=pace(root.table("pace")),
        reconcile=reconcile(root.table("reconcile")),
        organisations=organisations(root.table("organisations")),
        withdrawal=withdrawal(root.table("withdrawal")),
        retention=retention(root.table("retention")),
        recheck=recheck(root.table("recheck")),
        prices=prices(root.table("prices")),
        strip_location=_strip_location(root.table("media")),
        path=shown,
        lines={".".join(map(str, keys)): line for keys, line in document.lines.items()},
    )
    return config, sorted(set(faults))


def _strip_location(table: Table) -> bool:
    """Return whether files go out without the place where they were taken."""
    table.refuse_unknown(("strip_location",))
    return table.flag("strip_location", True)
