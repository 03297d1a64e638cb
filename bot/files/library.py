"""All that a campaign's people wrote, read whole; and whether it has changed since."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.domain.campaign import Config
from bot.domain.message import Message
from bot.domain.schedule import ScheduledPost
from bot.errors import Fault, Severity
from bot.files.messages import load_messages
from bot.files.rendering import text_faults
from bot.files.schedules import load_schedules

_DEPTH = 5
"""How deep folders are looked into: deeper than any message needs, and an end to links that lead in circles."""


@dataclass(frozen=True)
class Library:
    """The messages by name, and when they go out."""

    messages: Mapping[str, Message] = field(default_factory=dict)
    schedule: tuple[ScheduledPost, ...] = ()
    at_fault: frozenset[tuple[str, str]] = frozenset()
    """Message and language of each file of words that has an error: its words are there, and cannot be used."""


def load(root: Path, config: Config) -> tuple[Library, list[Fault]]:
    """Return what can be used of the files under `root`, and every fault in them, by file and line."""
    messages, faults = load_messages(root)
    for message in messages.values():
        for (language, _), wording in message.wordings.items():
            faults.extend(text_faults(wording, config.campaign, language))
    schedule, all_faults = load_schedules(root, config.campaign)
    return Library(messages, schedule, frozenset(_at_fault(faults))), sorted({*faults, *all_faults})


def _at_fault(faults: Iterable[Fault]) -> Iterator[tuple[str, str]]:
    for fault in faults:
        if fault.severity is Severity.ERROR and fault.path.count("/") == 2:
            _, message, name = fault.path.split("/")
            yield message, name.split(".")[0]


def fingerprint(root: Path, config_name: str = "bot.toml") -> str:
    """Return a digest that changes when a file of the campaign is written, added, renamed or removed.

    Reads names, sizes and times only. A file put back with its old time (`cp -p`, `rsync -t`) has a new ctime.
    """
    digest = hashlib.sha256()
    for fact in _facts(root / config_name):
        digest.update(fact)
    for folder in ("messages", "schedules"):
        for fact in _facts(root / folder):
            digest.update(fact)
    return digest.hexdigest()


def _facts(path: Path, depth: int = _DEPTH) -> Iterator[bytes]:
    try:
        facts = path.stat()
        times = f"{facts.st_mtime_ns}\x00{facts.st_ctime_ns}"
        yield os.fsencode(f"{path}\x00{facts.st_size}\x00{times}\x00{facts.st_mode}\x01")
        inner = sorted(path.iterdir()) if depth and path.is_dir() else []
    except OSError as error:
        yield os.fsencode(f"{path}\x00{error.errno}\x01")
        return
    for entry in inner:
        yield from _facts(entry, depth - 1)
