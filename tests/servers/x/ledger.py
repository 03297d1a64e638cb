"""The judge's book: what the simulator accepted, in the order it did, kept in memory and as JSON lines."""

import time
from pathlib import Path
from typing import Any, TextIO

import msgspec

Entry = dict[str, Any]
KINDS = ("posts", "reposts", "deletes", "requests", "violations", "seeded")


class Ledger:
    """Lists of plain entries; each is also written to `path` at once, so that it outlives the process."""

    def __init__(self, path: Path | None = None) -> None:
        self._file: TextIO | None = path.open("a", encoding="utf-8") if path else None
        self.entries: dict[str, list[Entry]] = {}

    def clear(self) -> None:
        """Forget all entries; the file keeps them, with a line that says where the new book begins."""
        self.entries = {kind: [] for kind in KINDS}
        self.write("reset", {})

    def add(self, kind: str, entry: Entry) -> Entry:
        """Enter `entry` under `kind` with the real time beside its own, and give it back to be marked later."""
        entry["wall"] = time.time()
        self.entries[kind].append(entry)
        if kind != "requests":
            self.write(kind, entry)
        return entry

    def write(self, kind: str, entry: Entry) -> None:
        """Append one line to the file, flushed."""
        if self._file is not None:
            self._file.write(msgspec.json.encode({"kind": kind, **entry}).decode() + "\n")
            self._file.flush()

    def mark_post(self, post_id: int, deleted_at: str) -> None:
        """Note that an accepted post is gone again."""
        for entry in self.entries["posts"]:
            if entry["id"] == str(post_id):
                entry["deleted_at"] = deleted_at

    def mark_repost(self, user_id: str, post_id: int, undone_at: str) -> None:
        """Note that an accepted repost was undone."""
        for entry in self.entries["reposts"]:
            if entry["user"] == user_id and entry["post"] == str(post_id) and entry["undone_at"] is None:
                entry["undone_at"] = undone_at
