"""A campaign's folder whose store may be copied, replaced, moved and looked at."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import insert

from bot.services.database import restore_guard
from bot.store import deliveries, identity
from bot.store import schema as t
from bot.store.identity import RecoveryNeeded, RestoreReason
from bot.store.store import Store, sqlite_url
from tests.harness.postgresql import postgresql
from tests.harness.rehearsal_networks import START


class Home:
    """A campaign's folder with its store, and what is noticed there."""

    def __init__(self, folder: Path, url: str = "") -> None:
        self.folder = folder
        self.url = url or sqlite_url(folder / "var" / "groundswell.db")

    @property
    def file(self) -> Path:
        return identity.file_of(self.url)

    def noticed(self) -> RecoveryNeeded | None:
        store = Store.open(self.url)
        try:
            return restore_guard.watch_over(store, self.folder, ["mastodon", "x"], START)
        finally:
            store.close()

    def why(self) -> RestoreReason | None:
        noticed = self.noticed()
        return noticed.why if noticed else None

    def sends(self, count: int = 1) -> None:
        """Attempts as a worker records them."""
        store = Store.open(self.url)
        restore_guard.watch_over(store, self.folder, ["mastodon", "x"], START)
        for _ in range(count):
            with store.begin() as tx:
                made = record_attempt(store, tx)
            assert store.high_water_mark is not None
            store.high_water_mark.note(made)
        store.close()

    def witnesses(self) -> list[Path]:
        return list((self.folder / "var" / "witness").iterdir())

    def witnessed(self) -> int:
        """The newest attempt that the witness knows of."""
        record = identity.HighWaterMark(self.folder / "var" / "witness").read()
        assert record is not None
        return record.attempt

    def marks(self) -> identity.StoreMetadata:
        store = Store.open(self.url)
        with store.read() as tx:
            read = identity.read_metadata(tx)
        store.close()
        return read

    def in_doubt(self) -> list[str]:
        store = Store.open(self.url)
        with store.read() as tx:
            found = identity.needs_recovery(tx)
        store.close()
        return found


def record_attempt(store: Store, tx: object) -> int:
    values = {"kind": "post", "account": "mastodon", "platform": "mastodon", "state": "planned", "origin": "command"}
    values |= {"due_at": START, "not_before": START, "content": {"parts": [], "language": "en"}, "content_hash": "h"}  # type: ignore[dict-item]
    made = tx.execute(insert(t.delivery).values(**values, message=f"m{next(_numbers)}"))  # type: ignore[attr-defined]
    one = made.inserted_primary_key[0]
    record = {"delivery_id": one, "part": 0, "number": 1, "revision": 0, "started_at": START, "deadline": START}
    return deliveries.record_attempt(tx, **record, content_hash="h", idempotency_key="k", newest_own_id="", cost=0).id  # type: ignore[arg-type]


_numbers = iter(range(10**6))


class Served(Home):
    """A campaign whose store is a PostgreSQL database."""

    def __init__(self, folder: Path) -> None:
        self.database = postgresql().create()
        super().__init__(folder, postgresql().url(self.database))
