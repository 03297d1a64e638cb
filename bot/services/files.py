"""Everything people wrote, read in one pass, with what is wrong in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot import config as configuration
from bot.content import drafts, library
from bot.content.library import Library
from bot.domain.campaign import Config
from bot.domain.delivery import Draft
from bot.domain.limits import Limits, default_limits
from bot.errors import Fault, FaultyFiles, Severity
from bot.services.checking.same_account import twice


@dataclass(frozen=True)
class Files:
    """The campaign as its files have it."""

    config: Config
    library: Library
    drafts: tuple[Draft, ...]
    faults: tuple[Fault, ...]

    @property
    def errors(self) -> list[Fault]:
        """The faults that must be mended before anything is planned."""
        return [fault for fault in self.faults if fault.severity is Severity.ERROR]


def read_files(path: Path, limits: Mapping[str, Limits] | None = None) -> Files:
    """Read `bot.toml`, schedules and messages. Raises FaultyFiles where `bot.toml` itself cannot be used."""
    from bot.services.checking.check import check  # needs Babel and twitter-text, which most commands do without

    config, faults = configuration.load(path)
    if config is None:
        raise FaultyFiles(faults)
    faults = [*faults, *twice(config, path)]
    found, more = library.load(path.parent, config)
    known = {**default_limits(config), **(limits or {})}
    made, problems = drafts.expand(config, found, known)
    return Files(config, found, tuple(made), tuple(check(config, found, made, [*faults, *more, *problems], known)))


def sound_drafts(path: Path, limits: Mapping[str, Limits]) -> Sequence[Draft]:
    """What the files ask for; `limits` are those that servers told. Raises FaultyFiles for any error in them."""
    files = read_files(path, limits)
    if files.errors:
        raise FaultyFiles(files.errors)
    return files.drafts
