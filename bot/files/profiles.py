"""Reads `messages/_profile/`: what the profile of an account says, a file for each language."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot import languages
from bot.domain.campaign import Campaign, Config, PlatformName
from bot.domain.text import composed
from bot.errors import Fault, Severity
from bot.fault_codes import FaultCode
from bot.files.leaks import PLACEHOLDER
from bot.files.toml.document import read_text
from bot.text_display import choice, printable, quoted, shortened, write_one_of
from bot.values import dataclass

FOLDER = "_profile"
"""The folder of `messages/` that holds no message."""

OPERATOR = "operator"
LONGEST = {PlatformName.X: 160, PlatformName.MASTODON: 500}
"""How many characters a profile takes; servers of Mastodon may take more."""


@dataclass(frozen=True)
class Profile:
    """What a profile is to say in one language, with its placeholders filled in; `path` is relative to the campaign."""

    language: str
    text: str
    path: str


def load_profiles(root: Path, config: Config) -> tuple[tuple[Profile, ...], list[Fault]]:
    """Return the profiles' texts by language, and every fault in them."""
    home = root / "messages" / FOLDER
    faults: list[Fault] = []
    profiles = []
    for file in sorted(home.glob("*.md")) if os.path.isdir(home) else ():  # where none can be read, messages/ says so
        shown = f"messages/{FOLDER}/{printable(file.name)}"
        text = read_text(file, shown)
        if isinstance(text, Fault):
            faults.append(text)
        elif not languages.is_known(file.stem):
            instead = f"{languages.write_instead(file.stem)} and .md, as in en.md."
            faults.append(
                Fault(
                    shown,
                    1,
                    f"{quoted(file.stem)} in this file's name is not a language code",
                    instead,
                    code=FaultCode.NOT_A_LANGUAGE,
                    facts={"language": shortened(file.stem), "near": languages.meant(file.stem)},
                )
            )
        else:
            profile = Profile(file.stem, _filled(text, config.campaign), shown)
            faults.extend(_faults(profile, text, config))
            profiles.append(profile)
    return tuple(profiles), faults


def _values(campaign: Campaign) -> Mapping[str, str]:
    return {**campaign.links, OPERATOR: campaign.operator}


def _filled(text: str, campaign: Campaign) -> str:
    values = _values(campaign)
    filled = PLACEHOLDER.sub(lambda match: values.get(match.group(1)) or match.group(), text)
    return composed(" ".join(filled.split()))


def _faults(profile: Profile, text: str, config: Config) -> Iterator[Fault]:
    if not profile.text:
        yield Fault(
            profile.path,
            1,
            "there is no text here",
            "Write what the profile is to say, or take this file away.",
            code=FaultCode.NO_TEXT,
        )
    values = _values(config.campaign)
    for match in PLACEHOLDER.finditer(text):
        if match.group(1) not in values:
            line = 1 + text.count("\n", 0, match.start())
            names = [f"{{{name}}}" for name in values]
            what, instead = f"{match.group()} is no placeholder of a profile", write_one_of(match.group(), names)
            yield Fault(
                profile.path,
                line,
                what,
                f"{instead}.",
                code=FaultCode.NO_PLACEHOLDER,
                facts={"shown": shortened(match.group()), **choice(match.group(), names)},
            )
    for platform in dict.fromkeys(account.platform for account in config.accounts.values()):
        most = LONGEST.get(platform)
        if most is not None and len(profile.text) > most:
            what = f"a profile on {platform} takes {most} characters, and this is {len(profile.text)}"
            yield Fault(profile.path, 1, what, f"Take out {len(profile.text) - most}.", Severity.WARNING)
