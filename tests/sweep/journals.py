"""Embedded networks, one for each case; the journal is the ledger, and the test that reads it is the judge."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.domain.post import MediaKind
from bot.platforms.rehearsal import rules
from bot.platforms.rehearsal.state import Posted, Reshared, decoded
from tests.sweep.places import THEIRS, Accepted, Access, Book, network


class Rehearsal:
    """A place of journals in a folder."""

    def __init__(self, folder: Path, *, honours_keys: bool = True) -> None:
        self._folder = folder
        folder.mkdir()
        self._access = {"platform": "rehearsal", "no_key": "" if honours_keys else "yes"}
        self._count = 0
        self._start = b""

    def newcomer(self) -> Access:
        self._count += 1
        journal = self._folder / f"journal-{self._count}.jsonl"
        journal.write_bytes(self._start)
        return {**self._access, "journal": str(journal)}

    def theirs(self) -> str:
        access = self.newcomer()
        its = network(access, lambda: datetime.now(UTC) - timedelta(hours=2))
        uri = its.post("@somebody@union.example", THEIRS, kinds=[MediaKind.VIDEO])
        its.close()
        self._start = Path(access["journal"]).read_bytes()
        return uri

    def books(self, ours: Iterable[Access]) -> list[Book]:
        return [self._book(Path(access["journal"])) for access in ours]

    def _book(self, journal: Path) -> Book:
        whole = journal.read_bytes().rpartition(b"\n")[0]
        entries = [decoded(line) for line in whole.splitlines()]
        known = {one.post_id: one for one in entries if isinstance(one, Posted)}
        speech = rules.mastodon()
        posts = tuple(
            Accepted(str(one.post_id), one.text, one.reply_to, len(one.media))
            for one in known.values()
            if one.text != THEIRS
        )
        reshared = [known[one.of] for one in entries if isinstance(one, Reshared)]
        return Book(posts, tuple(speech.uri(one.handle, one.post_id) for one in reshared))
