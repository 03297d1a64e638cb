"""The commands that carry out what a text says can be done."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.causes import CAUSE_BEGINS
from bot.cli.words.times import time_text
from bot.errors import AT_BEGINS, MARK_BEGINS, MARK_ENDS, Remedy

COMMANDS: Mapping[Remedy, str] = {
    Remedy.ADOPT_STORE: "bot db adopt",
    Remedy.BACK_UP_STORE: "bot db backup",
    Remedy.BEGIN_CAMPAIGN: "bot init",
    Remedy.CANCEL: "bot cancel",
    Remedy.CHECK_FILES: "bot check",
    Remedy.CHECK_ONLINE: "bot check --online",
    Remedy.CHECK_STORE: "bot db check",
    Remedy.EDIT: "bot edit",
    Remedy.LOG_IN: "bot login",
    Remedy.PLAN: "bot plan",
    Remedy.RELEASE: "bot release",
    Remedy.REPORT: "bot report",
    Remedy.RESTORE_STORE: "bot db restore",
    Remedy.RESUME: "bot resume",
    Remedy.RETRY: "bot retry",
    Remedy.RUN: "bot run",
    Remedy.SHOW: "bot show",
    Remedy.UPGRADE_STORE: "bot db upgrade",
}

_MARK = re.compile(f"{MARK_BEGINS}([a-z_]+)((?: [^{MARK_ENDS}]*)?){MARK_ENDS}")


_AT = re.compile(rf"{AT_BEGINS}(\d{{4}}-\d\d-\d\dT\d\d:[0-5]\d:[0-5]\dZ){MARK_ENDS}")


def command(remedy: Remedy, *about: object) -> str:
    """Return the command that does it, for an account or a delivery where it is about one."""
    return " ".join([COMMANDS[remedy], *map(str, about)])


def with_commands(text: str) -> str:
    """Return a text of the rooms below with words in place of each cause and instant, and the command in place of each
    mark.

    See `bot.causes.because`, `bot.errors.at_time` and `bot.errors.to_do`.
    """
    if CAUSE_BEGINS in text:
        from bot.cli.words.causes import cause_text  # with all that its words need: most commands show no cause

        text = cause_text(text)
    if AT_BEGINS in text:
        text = _AT.sub(_said, text)
    return _MARK.sub(_written, text) if MARK_BEGINS in text else text


def _said(mark: re.Match[str]) -> str:
    try:
        return time_text(datetime.fromisoformat(mark[1]))
    except (ValueError, OverflowError):  # somebody else's words, which only look like a mark
        return mark[0]


def _written(mark: re.Match[str]) -> str:
    try:
        return COMMANDS[Remedy(mark[1])] + mark[2]
    except ValueError:  # a newer version knows it
        return mark[0]


def spelled_out(value: Any) -> Any:
    """Return what is to be printed as JSON, with commands in all its texts."""
    match value:
        case str():
            return with_commands(value)
        case dict():
            return {key: spelled_out(item) for key, item in value.items()}
        case list() | tuple():
            return [spelled_out(item) for item in value]
    return value
