"""Finds every fault in the files people write, in one pass: what would break or mislead, and what deserves a look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from bot.config import survey
from bot.config.campaign import UNKNOWN_DAY
from bot.content import library as libraries
from bot.content.drafts import expand
from bot.content.library import Library
from bot.content.messages import PASSED_OVER
from bot.domain.campaign import Config
from bot.domain.delivery import Draft
from bot.domain.limits import Limits
from bot.errors import Fault, Severity
from bot.services.checking.letters import letter_faults
from bot.services.checking.same_account import twice
from bot.services.checking.times import countdown_faults, crowded, repeated_on_x, twins_on_x
from bot.services.checking.uses import day_counts, too_long, unused
from bot.services.checking.words import media_faults, place_faults, platform_faults, word_faults
from bot.services.limits import known_limits


def check(
    config: Config, library: Library, drafts: Sequence[Draft], faults: Iterable[Fault], limits: Mapping[str, Limits]
) -> list[Fault]:
    """Every fault, by file and line: those of reading (`faults`), and those that only the whole shows."""
    found = list(faults)
    lost = {_folder(fault) for fault in found if fault.cause == PASSED_OVER}  # shorter words may be in that file
    return sorted(
        {
            *found,
            *word_faults(config, library),
            *letter_faults(config, library),
            *media_faults(config, library, limits),
            *place_faults(config, library),
            *platform_faults(config, library),
            *(unused(library, drafts) if _is_whole(found) else ()),
            *(fault for fault in too_long(library, drafts) if _folder(fault) not in lost),
            *day_counts(library, drafts),
            *countdown_faults(config, library, drafts),
            *crowded(drafts),
            *repeated_on_x(drafts),
            *twins_on_x(library, drafts),
        }
    )


def _folder(fault: Fault) -> str:
    return fault.path.rpartition("/")[0]


def _is_whole(faults: Iterable[Fault]) -> bool:
    """Whether every schedule could be read: else what it posts would seem never to be posted."""
    return not any(fault.severity is Severity.ERROR and fault.path.startswith("schedules") for fault in faults)


def every_fault(path: Path, asked: Mapping[str, Limits] | None = None) -> list[Fault]:
    """Every fault of a campaign, also of its messages and schedules when `bot.toml` itself has errors.

    `asked` are the limits of accounts whose servers told them; the others' are assumed.
    """
    config, faults = survey(path)
    if config is None:
        return faults
    faults = [*faults, *twice(config, path)]
    library, found = libraries.load(path.parent, config)
    if config.campaign.day_of_action == UNKNOWN_DAY:
        return sorted({*faults, *found})
    limits = {**known_limits(path, config), **(asked or {})}
    drafts, problems = expand(config, library, limits)
    return check(config, library, drafts, [*faults, *found, *problems], limits)
