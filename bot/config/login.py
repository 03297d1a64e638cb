"""Where `bot login` keeps an account's tokens: outside the campaign's folder, for its owner alone."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

from bot.domain.campaign import Campaign


def login_file(campaign: Campaign, account: str) -> Path:
    """The file of one account's tokens, under `$XDG_CONFIG_HOME` (or `~/.config`)."""
    written = os.environ.get("XDG_CONFIG_HOME", "")
    home = Path(written) if written.startswith("/") else Path.home() / ".config"
    return home / "groundswell" / _slug(campaign.name) / f"{account}.toml"


def _slug(name: str) -> str:
    """A folder's name for a campaign's name; where the name cannot be kept whole, a digest tells it from others."""
    words = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")
    if name.isascii() and 0 < len(words) <= 80:
        return words
    return f"{words[:60].strip('-')}-{hashlib.sha256(name.encode()).hexdigest()[:8]}".lstrip("-")


def load_login(path: Path, read_private: Callable[[Path], str]) -> Mapping[str, str]:
    """What `bot login` kept for an account, or nothing. `read_private` refuses a file that others may read."""
    if not path.is_file():
        return {}
    try:
        values = tomllib.loads(read_private(path))
    except (ValueError, RecursionError):
        return {}
    return {key: value for key, value in values.items() if isinstance(value, str) and value}


def save_login(path: Path, secrets: Mapping[str, str]) -> None:
    """Keep an account's tokens; the file is its owner's from the first byte, and replaced as a whole."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = path.with_suffix(".tmp")
    unfinished.unlink(missing_ok=True)
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.writelines(f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in secrets.items())
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
