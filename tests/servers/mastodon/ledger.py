"""What the server accepted, written down before any answer leaves: the judge of every sending test."""

import time
from pathlib import Path
from typing import Any, TextIO

import msgspec

Entry = dict[str, Any]


class Ledger:
    """Lists of plain entries. `at` is the server's clock, `wall` real Unix seconds."""

    def __init__(self, file: Path | None = None) -> None:
        self._file: TextIO | None = file.open("a", encoding="utf-8") if file else None
        self.clear()

    def clear(self) -> None:
        self.statuses: list[Entry] = []
        self.reblogs: list[Entry] = []
        self.edits: list[Entry] = []
        self.deletes: list[Entry] = []
        self.media: list[Entry] = []
        self.requests: list[Entry] = []
        self.streams: list[Entry] = []
        self._write("reset", {})

    def status(self, entry: Entry) -> None:
        self._keep("status", self.statuses, {**entry, "deleted_at": None})

    def reblog(self, entry: Entry) -> None:
        self._keep("reblog", self.reblogs, {**entry, "undone_at": None})

    def edit(self, entry: Entry) -> None:
        self._keep("edit", self.edits, entry)

    def upload(self, entry: Entry) -> None:
        self._keep("media", self.media, entry)

    def stream(self, entry: Entry) -> Entry:
        """A stream that was opened; `closed` is None until it is over."""
        self._keep("stream", self.streams, {**entry, "closed": None})
        return self.streams[-1]

    def delete(self, entry: Entry) -> None:
        self._keep("delete", self.deletes, entry)
        self.mark_deleted(entry["id"], entry["at"])

    def mark_deleted(self, status_id: str, at: str) -> None:
        """It is gone, whoever deleted it, and its boosts with it."""
        for status in self.statuses:
            if status["id"] == status_id:
                status["deleted_at"] = at
        for reblog in self.reblogs:
            if reblog["status_id"] == status_id and reblog["undone_at"] is None:
                reblog["undone_at"] = at

    def undo_reblog(self, account: str, status_id: str, at: str) -> None:
        for reblog in self.reblogs:
            if reblog["account"] == account and reblog["status_id"] == status_id and reblog["undone_at"] is None:
                reblog["undone_at"] = at
                self._write("unreblog", reblog)

    def begin_request(self, entry: Entry) -> Entry:
        """A request as it came in; `status` is filled in by `end_request` and stays None when no answer was given.

        `wall` and `done` say from when to when it was being answered.
        """
        entry["wall"], entry["done"] = time.time(), None
        self.requests.append(entry)
        return entry

    def end_request(self, entry: Entry) -> None:
        entry["done"] = time.time()
        self._write("request", entry)

    def as_dict(self) -> dict[str, list[Entry]]:
        return {
            "statuses": self.statuses,
            "reblogs": self.reblogs,
            "edits": self.edits,
            "deletes": self.deletes,
            "media": self.media,
            "requests": self.requests,
            "streams": self.streams,
        }

    def _keep(self, event: str, entries: list[Entry], entry: Entry) -> None:
        entry["wall"] = time.time()
        entries.append(entry)
        self._write(event, entry)

    def _write(self, event: str, entry: Entry) -> None:
        if self._file is not None:
            self._file.write(msgspec.json.encode({"event": event, **entry}).decode() + "\n")
            self._file.flush()
