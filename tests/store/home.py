"""A campaign's folder whose store may be copied, replaced, moved and looked at."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import insert

from bot.services.database import doubt
from bot.store import attempts, marks, place
from bot.store.marks import Doubt, Why
from bot.store.schema import delivery
from bot.store.store import Store, sqlite_url
from tests.desk import START
from tests.postgresql import postgresql


class Home:
    """A campaign's folder with its store, and what is noticed there."""

    def __init__(self, folder: Path, url: str = "") -> None:
        self.folder = folder
        self.url = url or sqlite_url(folder / "var" / "groundswell.db")

    @property
    def file(self) -> Path:
        return place.file_of(self.url)

    def noticed(self) -> Doubt | None:
        store = Store.open(self.url)
        try:
            return doubt.watch_over(store, self.folder, ["mastodon", "x"], START)
        finally:
            store.close()

    def why(self) -> Why | None:
        noticed = self.noticed()
        return noticed.why if noticed else None

    def sends(self, count: int = 1) -> None:
        """Attempts as a worker records them."""
        store = Store.open(self.url)
        doubt.watch_over(store, self.folder, ["mastodon", "x"], START)
        for _ in range(count):
            with store.begin() as tx:
                made = record_attempt(store, tx)
            assert store.witness is not None
            store.witness.note(made)
        store.close()

    def witnesses(self) -> list[Path]:
        return list((self.folder / "var" / "witness").iterdir())

    def marks(self) -> marks.Marks:
        store = Store.open(self.url)
        with store.read() as tx:
            read = marks.read(tx)
        store.close()
        return read

    def in_doubt(self) -> list[str]:
        store = Store.open(self.url)
        with store.read() as tx:
            found = marks.in_doubt(tx)
        store.close()
        return found


def record_attempt(store: Store, tx: object) -> int:
    values = {"kind": "post", "account": "mastodon", "platform": "mastodon", "state": "planned", "origin": "command"}
    values |= {"due_at": START, "not_before": START, "content": {"parts": [], "language": "en"}, "content_hash": "h"}  # type: ignore[dict-item]
    made = tx.execute(insert(delivery).values(**values, message=f"m{next(_numbers)}"))  # type: ignore[attr-defined]
    one = made.inserted_primary_key[0]
    record = {"delivery_id": one, "part": 0, "number": 1, "revision": 0, "started_at": START, "deadline": START}
    return attempts.record(tx, **record, content_hash="h", idempotency_key="k", newest_own_id="", cost=0).id  # type: ignore[arg-type]


_numbers = iter(range(10**6))


class Served(Home):
    """A campaign whose store is a PostgreSQL database."""

    def __init__(self, folder: Path) -> None:
        self.database = postgresql().create()
        super().__init__(folder, postgresql().url(self.database))
