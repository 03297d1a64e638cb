"""What the handle gives a test: accounts, posts and the ledger, as plain values."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class MastodonAccount:
    """An account on the server. A remote one (`acct` with a host) has no token."""

    id: str
    username: str
    acct: str
    access_token: str


@dataclass(frozen=True, slots=True)
class MastodonPost:
    id: str
    uri: str
    url: str


@dataclass(frozen=True, slots=True)
class MastodonLedger:
    """What the server accepted, in order. Entries are plain; see `ledger.py`."""

    statuses: list[dict[str, Any]]
    reblogs: list[dict[str, Any]]
    edits: list[dict[str, Any]]
    deletes: list[dict[str, Any]]
    media: list[dict[str, Any]]
    requests: list[dict[str, Any]]
    streams: list[dict[str, Any]]

    @property
    def open_streams(self) -> list[str]:
        """The paths and queries of the streams that somebody listens to."""
        return sorted(f"{one['path']}?{one['query']}" for one in self.streams if one["closed"] is None)

    def texts(self, account: MastodonAccount | None = None) -> list[str]:
        return [entry["text"] for entry in self.statuses if account is None or entry["account"] == account.username]
