"""What kind of source there is, and what it is called: its name is its key in every store, so it is made and read here.

The names stay as they are: a source under another name would be read from its beginning.
"""

from __future__ import annotations

import re
from enum import StrEnum

from bot.values import dataclass

X, REHEARSAL = "x", "rehearsal"
"""What stands in the place of a server where there is only one."""


class SourceKind(StrEnum):
    """What a source shows. What mentions us may ask for something: no purge ends reading it."""

    HASHTAG = "hashtag"
    SEARCH = "search"
    MENTIONS = "mentions"


_REHEARSED = re.compile(rf"{REHEARSAL} (?P<account>.+?) (?:(?P<kind>search|mentions)|#(?P<tag>.+))")
_OWN = re.compile(r"(?P<place>\S+) (?P<kind>search|mentions) (?P<account>.+?)(?: (?P<number>[0-9]+))?")
_HASHTAG = re.compile(r"(?P<place>.+?) #(?P<tag>.+)")


@dataclass(frozen=True)
class SourceName:
    """`place` is a server's host, `X` or `REHEARSAL`; `account` is ours, "" for a server's hashtag, which is anybody's.

    `number` counts the searches into which too many hashtags for one are divided.
    """

    kind: SourceKind
    place: str
    account: str = ""
    tag: str = ""
    number: int = 1

    def __str__(self) -> str:
        """Return the name as it stands in the store."""
        if self.kind is SourceKind.HASHTAG:
            return f"{self.place} {self.account} #{self.tag}" if self.account else f"{self.place} #{self.tag}"
        if self.place == REHEARSAL:
            return f"{self.place} {self.account} {self.kind}"
        return f"{self.place} {self.kind} {self.account}" + (f" {self.number}" if self.number > 1 else "")

    @classmethod
    def parse(cls, name: str) -> SourceName | None:
        """Return what a name says; None for one that no Groundswell has made."""
        if match := _REHEARSED.fullmatch(name):
            kind = SourceKind(match["kind"] or SourceKind.HASHTAG)
            return cls(kind, REHEARSAL, match["account"], match["tag"] or "")
        if match := _OWN.fullmatch(name):
            return cls(SourceKind(match["kind"]), match["place"], match["account"], number=int(match["number"] or 1))
        if match := _HASHTAG.fullmatch(name):
            return cls(SourceKind.HASHTAG, match["place"], tag=match["tag"])
        return None
