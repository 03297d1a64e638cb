"""Reads `bot.toml` whole: either a configuration that holds, or every fault in it with its line."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from bot.domain.campaign import Config
from bot.errors import Fault, FaultyFiles, Severity
from bot.files.config.accounts import ACCOUNT, accounts
from bot.files.config.campaign import CAMPAIGN, campaign, is_link
from bot.files.config.console import CONSOLE, console
from bot.files.config.moderation import (
    ALARM,
    CARE,
    CHECKLIST,
    MODERATION,
    RULE,
    is_handle,
    is_withdrawal,
    moderation,
    organisations,
    withdrawal,
)
from bot.files.config.rules import (
    MONITOR,
    PACE,
    PRICES,
    RECHECK,
    RECONCILE,
    RETENTION,
    monitor,
    pace,
    prices,
    recheck,
    reconcile,
    retention,
)
from bot.files.toml.document import LinesByKey, parse, read_text
from bot.files.toml.headers import TableKind
from bot.files.toml.table import Table
from bot.text_display import printable

_NAMES = (
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
    "console",
)
_MEDIA = ("strip_location",)
_TABLES = (
    TableKind("", frozenset(_NAMES)),
    TableKind("campaign", frozenset(CAMPAIGN)),
    TableKind("accounts.*", ACCOUNT),
    TableKind("links", takes=is_link),
    TableKind("monitor", frozenset(MONITOR)),
    TableKind("moderation", frozenset(MODERATION)),
    TableKind("moderation.care", frozenset(CARE)),
    TableKind("moderation.checklist", frozenset(CHECKLIST), is_listed=True),
    TableKind("moderation.alarm", frozenset(ALARM)),
    TableKind("moderation.rule", frozenset(RULE), is_listed=True),
    TableKind("organisations", takes=lambda key, _: is_handle(key)),
    TableKind("withdrawal", takes=is_withdrawal),
    TableKind("pace", frozenset((*PACE, "burst"))),
    TableKind("pace.burst", frozenset(PACE)),
    TableKind("recheck", frozenset(RECHECK)),
    TableKind("retention", frozenset(RETENTION)),
    TableKind("reconcile", frozenset(RECONCILE)),
    TableKind("prices", frozenset(PRICES)),
    TableKind("media", frozenset(_MEDIA)),
    TableKind("console", frozenset(CONSOLE)),
)


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
    text = read_text(path, shown)
    if isinstance(text, Fault):
        return None, [text]
    config, faults = _understood(text, shown)
    return config, list(faults)


@lru_cache(maxsize=1)
def _understood(text: str, shown: str) -> tuple[Config | None, tuple[Fault, ...]]:
    """Kept, for whoever plans asks three times: to open the campaign, for its limits, and with all that it reads."""
    document = parse(text, shown, kinds=_TABLES)
    if isinstance(document, list):
        return None, tuple(document)
    faults = list(document.faults)
    root = Table(document, faults)
    root.refuse_unknown(_NAMES)
    the_campaign = campaign(root)
    config = Config(
        campaign=the_campaign,
        accounts=accounts(root, the_campaign.languages),
        monitor=monitor(root.table("monitor"), the_campaign.hashtags),
        moderation=moderation(root.table("moderation")),
        pace=pace(root.table("pace")),
        reconcile=reconcile(root.table("reconcile")),
        organisations=organisations(root.table("organisations")),
        withdrawal=withdrawal(root.table("withdrawal")),
        retention=retention(root.table("retention")),
        recheck=recheck(root.table("recheck")),
        prices=prices(root.table("prices")),
        console=console(root.table("console")),
        strip_location=_strip_location(root.table("media")),
        path=shown,
        lines=LinesByKey(lambda: {".".join(map(str, keys)): line for keys, line in document.lines.items()}),
    )
    return config, tuple(sorted(set(faults)))


def _strip_location(table: Table) -> bool:
    """Return whether files go out without the place where they were taken."""
    table.refuse_unknown(_MEDIA)
    return table.flag("strip_location", True)
