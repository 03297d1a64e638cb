"""All that a campaign's people wrote, read whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path

from bot.domain.campaign import Config
from bot.domain.facts import Fact
from bot.domain.message import Message
from bot.domain.schedule import ScheduledPost
from bot.errors import Fault, Severity
from bot.fault_codes import FaultCode
from bot.files.facts import load_facts
from bot.files.leaks import UNKNOWN
from bot.files.messages import load_messages
from bot.files.profiles import Profile, load_profiles
from bot.files.rendering import text_faults
from bot.files.schedules import load_schedules
from bot.files.starter.record import PackRecord, taken_over
from bot.values import dataclass


@dataclass(frozen=True)
class Library:
    """The messages by name, when they go out, and the facts that they rely on."""

    messages: Mapping[str, Message] = field(default_factory=dict)
    schedule: tuple[ScheduledPost, ...] = ()
    at_fault: frozenset[tuple[str, str]] = frozenset()
    """Message and language of each file of words that has an error: its words are there, and cannot be used."""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    profiles: tuple[Profile, ...] = ()
    """What the accounts' profiles are to say, by language."""
    taken_over: PackRecord = field(default_factory=PackRecord)
    """What the campaign was whose pack this one began with."""


def load(root: Path, config: Config) -> tuple[Library, list[Fault]]:
    """Return what can be used of the files under `root`, and every fault in them, by file and line."""
    messages, faults = load_messages(root)
    for message in messages.values():
        for (language, _), wording in message.wordings.items():
            faults.extend(text_faults(wording, config.campaign, language))
    facts, fact_faults = load_facts(root, messages)
    profiles, profile_faults = load_profiles(root, config)
    faults.extend([*fact_faults, *profile_faults])
    schedule, all_faults = load_schedules(root, config.campaign, tuple(config.accounts))
    library = Library(messages, schedule, frozenset(_at_fault(faults)), facts, profiles, taken_over(root))
    return library, sorted({*_without_links(config, faults), *all_faults})


def _without_links(config: Config, faults: Sequence[Fault]) -> Sequence[Fault]:
    """Return the faults; those of all the links that there are not are one, where no link is named at all."""
    unknown = [fault for fault in faults if fault.group[:1] == (UNKNOWN,)]
    names = sorted({fault.group[1] for fault in unknown})
    if config.campaign.links or len(names) < _LEAST_LINKS:
        return faults
    shown = ", ".join(f"{{{name}}}" for name in names[:_SHOWN])
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    what = f"[links] names no address, and messages use {shown}{more}"
    instead = f'Write [links], and below it {names[0]} = "https://…" and so on, or "" for what is not known yet.'
    places = tuple(fault.place for fault in unknown)
    line = config.lines.get("links", 1)
    return [
        *(fault for fault in faults if fault not in unknown),
        Fault(
            config.path,
            line,
            what,
            instead,
            places=places,
            code=FaultCode.LINKS_MISSING,
            facts={"names": shown, "write": f'[links] {names[0]} = "https://…"'},
        ),
    ]


_LEAST_LINKS = 2
_SHOWN = 3


def _at_fault(faults: Iterable[Fault]) -> Iterator[tuple[str, str]]:
    for fault in faults:
        if fault.severity is Severity.ERROR and fault.path.count("/") == 2:
            _, message, name = fault.path.split("/")
            yield message, name.split(".")[0]
