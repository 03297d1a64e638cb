"""Everything the server holds: the mock and its database, and what the mock has no place for."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from mastodon_mock import app as mock_app
from mastodon_mock import content_filters, services
from mastodon_mock.config import DatabaseConfig, FaultConfig, MastodonMockConfig, SeedConfig, StreamingConfig
from mastodon_mock.db import models
from mastodon_mock.db.base import Base
from mastodon_mock.db.models import Status
from mastodon_mock.routers import statuses as mock_statuses
from sqlalchemy.orm import Session

from tests.servers.mastodon.clock import Clock, IdMint, from_ulid, to_ulid
from tests.servers.mastodon.faults import Faults
from tests.servers.mastodon.hashtags import normalised, renderer, tags_in
from tests.servers.mastodon.ledger import Ledger
from tests.servers.mastodon.limits import Limits
from tests.servers.mastodon.settings import Settings, changed


@dataclass(slots=True)
class Facts:
    """What the mock's row of a status has no column for. `order` counts arrivals on this server; `quotes` is the row
    of the status it quotes."""

    tags: list[str]
    order: int
    arrived_at: datetime
    uri: str = ""
    url: str = ""
    quotes: int = 0
    more: dict[str, Any] = field(default_factory=dict)  # fields of the status entity that override


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whose token it is; an application's own token has no account."""

    account_id: int | None
    username: str
    scopes: tuple[str, ...]


@dataclass(slots=True)
class Upload:
    """An upload on its way through processing."""

    looks_left: int
    fails: bool

    @property
    def is_ready(self) -> bool:
        return self.looks_left == 0 and not self.fails


@dataclass(slots=True)
class Memory:
    """All that `reset` forgets beside the database."""

    settings: Settings = field(default_factory=Settings)
    facts: dict[int, Facts] = field(default_factory=dict)
    by_address: dict[str, int] = field(default_factory=dict)
    accounts: dict[int, dict[str, Any]] = field(default_factory=dict)  # fields of the account entity that override
    viewers: dict[str, Viewer] = field(default_factory=dict)
    replays: dict[tuple[int, str], tuple[int, datetime]] = field(default_factory=dict)
    uploads: dict[int, Upload] = field(default_factory=dict)
    elsewhere: dict[str, dict[str, Any]] = field(default_factory=dict)  # posts not fetched yet, by uri and url
    codes: dict[str, Any] = field(default_factory=dict)
    frozen_at: int | None = None


class World:
    def __init__(self, address: str, folder: Path, ledger_file: Path | None = None) -> None:
        self.address = address
        self.clock = Clock()
        self.mint = IdMint(self.clock)
        self.ledger = Ledger(ledger_file)
        self._begin()
        self.rendered = renderer(lambda: self.base)
        self.app = _bent_mock(self, folder)
        self.config: MastodonMockConfig = self.app.state.config
        self.session: Callable[[], Session] = self.app.state.session_factory

    def _begin(self) -> None:
        self.memory = Memory()
        self.faults = Faults()
        self.limits = Limits()
        self._arrivals = itertools.count(1)

    def reset(self) -> None:
        """An empty server with the default settings, on real time."""
        with self.session() as db:
            for table in reversed(Base.metadata.sorted_tables):
                db.execute(table.delete())
            db.commit()
        self.clock.run_in_real_time()
        self._begin()
        self.ledger.clear()

    @property
    def settings(self) -> Settings:
        return self.memory.settings

    def change_settings(self, wishes: dict[str, Any]) -> None:
        self.memory.settings = changed(self.settings, wishes)
        if "timeline_frozen" in wishes:
            self.memory.frozen_at = next(self._arrivals) if wishes["timeline_frozen"] else None

    @property
    def base(self) -> str:
        return f"https://{self.settings.domain}" if self.settings.domain else self.address

    @property
    def now_text(self) -> str:
        return self.clock.now().strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"

    def public_id(self, number: int) -> str:
        return to_ulid(number) if self.settings.ulid_ids else str(number)

    def number(self, public_id: Any) -> int | None:
        """The row a public id stands for, in either notation; None for what is no id."""
        text = str(public_id or "")
        if text.isdecimal() and len(text) < 19:
            return int(text)
        try:
            return from_ulid(text) if len(text) == 26 else None
        except ValueError:
            return None

    def remember(self, status: Status, uri: str = "", url: str = "") -> None:
        """Writes down that a status has arrived."""
        facts = Facts(tags_in(status.text), next(self._arrivals), self.clock.now(), uri, url or uri)
        self.memory.facts[status.id] = facts
        for address in filter(None, (facts.uri, facts.url)):
            self.memory.by_address[address] = status.id

    def forget(self, status_id: int) -> None:
        facts = self.memory.facts.pop(status_id, None)
        if facts is not None:
            self.memory.by_address.pop(facts.uri, None)
            self.memory.by_address.pop(facts.url, None)


def _bent_mock(world: World, folder: Path) -> Any:
    """The mock, with our clock, ids, hashtags and HTML, and without the middleware that makes it slow."""
    config = MastodonMockConfig(
        database=DatabaseConfig(path=str(folder / "server.sqlite")),
        media_storage_path=str(folder / "media"),
        faults=FaultConfig(enabled=False),
        streaming=StreamingConfig(heartbeat_seconds=1.0),
        seed=SeedConfig(),
        domain=world.address.removeprefix("http://"),
        url_scheme="http",
    )
    setattr(models, "datetime", world.clock)  # noqa: B010  (utcnow() asks it for now)
    setattr(models, "next_id", world.mint.next)  # noqa: B010
    setattr(services, "parse_hashtags", lambda text: [normalised(tag) for tag in tags_in(text)])  # noqa: B010
    setattr(mock_statuses, "render_status_html", world.rendered)  # noqa: B010
    setattr(mock_statuses, "MAX_STATUS_CHARACTERS", 1_000_000)  # noqa: B010  (we count as Mastodon counts)
    setattr(content_filters, "matches_for_status", lambda *_: [])  # noqa: B010  (three queries a status, for nobody)
    app = mock_app.create_app(config)
    app.user_middleware.clear()
    return app
