"""The campaign's files as people edit them: three messages, each with wordings that tell themselves apart."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from bot.domain.delivery import Draft
from bot.domain.message import Media
from tests.harness.campaign import ACCOUNTS, draft

BANNER = b"\x89PNG\r\n\x1a\n a banner that no server looks at twice"
PARTS = {"call": 1, "thread": 3, "banner": 1}
"""The messages there are, and into how many parts each is split."""

WORDINGS = 3
"""So many each has at the most, so that people come back to earlier ones too."""

_DUE = (timedelta(), timedelta(minutes=5), timedelta(minutes=50))
_IMAGE = Media("banner.png", "", "image/png", hashlib.sha256(BANNER).hexdigest(), len(BANNER))


@dataclass(frozen=True)
class Wording:
    """What a message says: its text and the alternative text of its picture, by their numbers."""

    message: str
    text: int = 0
    alt: int = 0

    @property
    def parts(self) -> tuple[str, ...]:
        count = PARTS[self.message]
        return tuple(f"{self.message}: wording {self.text}, part {part + 1} of {count}." for part in range(count))

    @property
    def alts(self) -> tuple[str, ...]:
        return (f"{self.message}: picture {self.alt}.",) if self.message == "banner" else ()


@dataclass
class Files:
    """What the files say now; `asked` holds the messages that are in the schedule."""

    wordings: dict[str, Wording] = field(default_factory=lambda: {name: Wording(name) for name in PARTS})
    due: dict[str, timedelta] = field(default_factory=lambda: dict(zip(PARTS, _DUE, strict=True)))
    asked: set[str] = field(default_factory=lambda: set(PARTS))
    accounts: tuple[str, ...] = ACCOUNTS

    def drafts(self) -> Iterator[Draft]:
        for name, wording in self.wordings.items():
            media = [replace(_IMAGE, alt=alt) for alt in wording.alts]
            for account in self.accounts if name in self.asked else ():
                yield draft(name, account=account, parts=wording.parts, media=media, due=self.due[name])

    def reword(self, name: str, text: int) -> None:
        self.wordings[name] = replace(self.wordings[name], text=text % WORDINGS)

    def describe(self, name: str, alt: int) -> None:
        self.wordings[name] = replace(self.wordings[name], alt=alt % WORDINGS)


def lay_out(folder: Path) -> None:
    """What the messages attach."""
    (folder / "banner.png").write_bytes(BANNER)


def texts() -> dict[str, tuple[str, int, int]]:
    """Each text that the files can have: the message, the number of its wording, and the part."""
    return {
        text: (name, number, part)
        for name in PARTS
        for number in range(WORDINGS)
        for part, text in enumerate(Wording(name, number).parts)
    }
