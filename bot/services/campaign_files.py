"""Everything people wrote, read in one pass with what is wrong in it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from bot.domain.campaign import Config
from bot.domain.delivery import Draft
from bot.domain.limits import Limits, default_limits
from bot.errors import Fault, FaultyFiles, Severity
from bot.files import drafts, library
from bot.files.config import load as configuration
from bot.files.config.same_accounts import account_faults
from bot.files.facts import FILE as FACTS
from bot.files.library import Library
from bot.files.translations import in_threads, languages_in
from bot.services.database.where import has_store
from bot.services.drafting import FoundDrafts, Sound
from bot.values import dataclass


@dataclass(frozen=True)
class Files:
    """The campaign as its files have it."""

    config: Config
    library: Library
    drafts: tuple[Draft, ...]
    faults: tuple[Fault, ...]

    @property
    def errors(self) -> list[Fault]:
        """The faults that must be fixed before what they are in is planned."""
        return [fault for fault in self.faults if fault.severity is Severity.ERROR]


def read_files(path: Path, limits: Mapping[str, Limits] | None = None) -> Files:
    """Read `bot.toml`, schedules and messages. Raise FaultyFiles where `bot.toml` itself cannot be used.

    `limits` are all that servers told; where they are not given, those that the store remembers.
    """
    config, faults = configuration.load(path)
    if config is None:
        raise FaultyFiles(faults)
    accepted = limits_without_asking(path, config) if limits is None else {**default_limits(config), **limits}
    return _files_of(path, config, [*faults, *account_faults(config, path)], accepted)


def limits_without_asking(path: Path, config: Config) -> Mapping[str, Limits]:
    """Return what each account accepts: what its server told once, where there is a store, else what is usual."""
    if not has_store(path.parent):
        return default_limits(config)
    from bot.services.database.known_limits import known_limits  # loads what opens a store

    return known_limits(path, config)


def _files_of(path: Path, config: Config, faults: Sequence[Fault], limits: Mapping[str, Limits]) -> Files:
    """Return what the campaign's files have; `faults` are those of `bot.toml`, and `limits` those of every account."""
    from bot.services.checks.lint import check  # needs Babel and twitter-text, which most commands do without

    read_library, more = library.load(path.parent, config)
    made, problems = drafts.expand(config, read_library, limits)
    all_faults = check(config, read_library, made, [*faults, *more, *problems], limits)
    return Files(config, read_library, tuple(in_threads(config, made)), tuple(all_faults))


def sound_drafts(path: Path, limits: Mapping[str, Limits] | None = None) -> Sound:
    """Return what can be planned of the files, by these limits as `read_files` takes them.

    One file's fault never keeps the others from being planned, and a fault of facts.toml none: it posts nothing. Raise
    FaultyFiles where bot.toml has an error: it says what all the others mean.
    """
    return sound_of(read_files(path, limits))


def sound_of(files: Files) -> Sound:
    """Return what `sound_drafts` gives, of files that were read. Raise FaultyFiles as it does."""
    places = [tuple(fault.path.split("/")) for fault in files.errors]
    if any(folder not in ("messages", "schedules", FACTS) for folder, *_ in places):
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
            and not any((draft.message, language) in languages for language in _languages(files, draft))
        ),
        tuple(files.errors),
        frozenset(messages),
        bool(schedules) or "" in messages,
    )


def _languages(files: Files, draft: Draft) -> frozenset[str]:
    return languages_in(files.config.accounts[draft.account], draft, files.library.messages.get(draft.message))


def _main() -> None:
    """Answer for `drafts_in_subprocess`, which knows what neither this process is told: secrets, and the store."""
    path, limits = Path(sys.argv[1]), msgspec.json.decode(sys.stdin.buffer.read(), type=dict[str, Limits])
    try:
        config = configuration.read(path)
        answer = FoundDrafts(sound_of(_files_of(path, config, (), {**default_limits(config), **limits})))
    except FaultyFiles as error:
        answer = FoundDrafts(faults=tuple(error.faults))
    sys.stdout.buffer.write(msgspec.json.encode(answer))


if __name__ == "__main__":
    _main()
