"""The `bot.toml` that `bot init` writes, for tests of accounts on test servers: so that they keep to its format."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from bot.files.starter import starter

TAG = "FreeBelarusUnionists"


def bot_toml(servers: str, day: date, *changes: tuple[str, str], tag: str = TAG, zone: str = "Europe/Berlin") -> str:
    """Return the text for accounts on `servers`, which are written as for `bot init`, with something else in some
    places."""
    accounts = starter.accounts_of(servers)
    answers = starter.Answers("Day of Action", day, ZoneInfo(zone), ("en",), (tag,), accounts)
    text = starter.files_of(answers, day)["bot.toml"]
    for old, new in changes:
        assert old in text, f"{old!r} is not in bot.toml"
        text = text.replace(old, new)
    return text
