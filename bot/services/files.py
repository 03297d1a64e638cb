"""Everything people wrote, read in one pass, with what is wrong in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot import config as configuration
from bot.content import drafts, library
from bot.content.library import Library
from bot.domain.campaign import Config
from bot.domain.delivery import Draft
from bot.domain.limits import Limits
from bot.errors import Fault, FaultyFiles, Severity
from bot.services.checking.same_account import twice
from bot.services.limits import known_limits


@dataclass(frozen=True)
class Files:
    """The campaign as its files have it."""

    config: Config
    library: Library
    drafts: tuple[Draft, ...]
    faults: tuple[Fault, ...]

    @property
    def errors(self) -> list[Fault]:
        """The faults that must be mended before what they are in is planned."""
        return [fault for fault in self.faults if fault.severity is Severity.ERROR]


def read_files(path: Path, limits: Mapping[str, Limits] | None = None) -> Files:
    """Read `bot.toml`, schedules and messages. Raises FaultyFiles where `bot.toml` itself cannot be used."""
    from bot.services.checking.check import check  # needs Babel and twitter-text, which most commands do without

    config, faults = configuration.load(path)
    if config is None:
        raise FaultyFiles(faults)
    faults = [*faults, *twice(config, path)]
    found, more = library.load(path.parent, config)
    known = {**known_limits(path, config), **(limits or {})}
    made, problems = drafts.expand(config, found, known)
    return Files(config, found, tuple(made), tuple(check(config, found, made, [*faults, *more, *problems], known)))


@dataclass(frozen=True)
class Sound:
    """What can be planned of the files, and what keeps the rest from it.

    The drafts are those of files without an error. What belongs to `messages_at_fault` (their names), or to any
    schedule where `schedules_at_fault`, and is not among the drafts, is to stay as it was planned before.
    """

    drafts: tuple[Draft, ...]
    errors: tuple[Fault, ...] = ()
    messages_at_fault: frozenset[str] = frozenset()
    schedules_at_fault: bool = False


def sound_drafts(path: Path, limits: Mapping[str, Limits]) -> Sound:
    """Return what can be planned of the files; `limits` are those that servers told.

    One file's fault never keeps the others from being planned. Raises FaultyFiles where bot.toml has an error: it
    says what all the others mean.
    """
    files = read_files(path, limits)
    places = [tuple(error.path.split("/")) for error in files.errors]
    if any(folder not in ("messages", "schedules") for folder, *_ in places):
        raise FaultyFiles(files.errors)
    schedules = {"/".join(place) for place in places if place[0] == "schedules"}
    inside = [place[1:] for place in places if place[0] == "messages"]
    messages = {place[0] if place else "" for place in inside}
    languages = {(place[0], place[1].partition(".")[0]) for place in inside if len(place) > 1}
    whole = {place[0] for place in inside if len(place) == 1}
    return Sound(
        tuple(
            draft
            for draft in files.drafts
            if draft.path not in schedules
            and draft.message not in whole
            and (draft.message, draft.language) not in languages
        ),
        tuple(files.errors),
        frozenset(messages),
        bool(schedules) or "" in messages,
    )
