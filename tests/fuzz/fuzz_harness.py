"""The real way of a post: over HTTP into an adapter, through the rules into a store, and out to people and scripts."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from contextlib import redirect_stdout
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.cli import queued, sources
from bot.cli.app import print_json, print_labelled
from bot.cli.documents import forecast_json, sighting_json, source_json
from bot.cli.logs import Form, line
from bot.cli.output import print_table
from bot.cli.sightings import lines, together
from bot.domain.campaign import Account, Campaign, Config, ModerationRules, MonitorRules, PlatformName, WantedKind
from bot.domain.delivery import State
from bot.domain.sighting import Sighting
from bot.platforms.base import Source
from bot.platforms.mastodon.adapter import MastodonPlatform
from bot.platforms.mastodon.instance import PublicInstance
from bot.platforms.x.adapter import XPlatform
from bot.services import forecast
from bot.services.events import Event
from bot.services.watching import poll, source_status
from bot.services.work import ProcessMemory, Work
from bot.store import schema as t
from bot.store import sightings
from bot.text_display import is_hidden
from tests.fuzz.told import ToldServer, whole
from tests.harness.mastodon_statuses import TAG
from tests.harness.stores import store_pool

NOW = datetime(2025, 4, 16, 9, 30, tzinfo=UTC)


class FuzzHarness:
    """A worker that reads one hashtag from our server, from a stranger's and from X, and mentions of us.

    `pages` are what is answered next, by the beginning of a path; afterwards there is nothing more.
    """

    def __init__(self, kind: str, server: ToldServer, folder: Path) -> None:
        self.now = NOW
        self.pages: dict[str, list[bytes]] = {}
        self.events: list[Event] = []
        self.store_pool = store_pool(kind)
        self.store_pool.clear()
        server.answers = self._answer
        self.url = server.url
        store = self.store_pool.take()
        self.ours = MastodonPlatform("ours", server.url, "token", self.clock)
        self.x = XPlatform("x", server.url, "key", "secret", "1-token", "secret", self.clock)
        self.instance = PublicInstance(server.url.replace("127.0.0.1", "localhost"), "us", self.clock)
        config = _config(server.url)
        self.work = Work(
            config,
            store,
            {"ours": self.ours, "x": self.x},
            self.store_pool.locks(store, folder),
            self.clock,
            folder,
            self.events.append,
            instances=(self.instance,),
            memory=ProcessMemory(handles={"ours": "@campaign@mastodon.example", "x": "x:campaign"}),
        )
        self.watches = {_without_port(watch.source.name): watch for watch in poll.source_polls(self.work)}
        self._known = 0

    def clock(self) -> datetime:
        return self.now

    def close(self) -> None:
        for one in (self.ours, self.x, self.instance):
            one.close()

    def source(self, name: str) -> Source:
        return self.watches[name].source

    def read(self, name: str, path: str, *answers: bytes) -> list[Sighting]:
        """What a source brings from these answers, until it has nothing more."""
        self.pages = {path: list(answers)}
        self.now += timedelta(seconds=40)  # now the newest page is read, now what follows
        watch = self.watches[name]
        poll.read_all(self.work, watch)
        with self.work.store.read() as tx:
            new = tx.execute(select(t.sighting.c.id).where(t.sighting.c.id > self._known)).scalars().all()
            found = sightings.of_ids(tx, new)
        self._known = max([self._known, *new])
        return found

    def printed(self, found: Sequence[Sighting]) -> str:
        """All that people and scripts are shown of sightings and sources, and what is in the log."""
        out = io.StringIO()
        with redirect_stdout(out):
            for one in together(found):
                print_labelled(lines(one, (), self.now))
            print_json([sighting_json(one) for one in found])
            standings = source_status.source_statuses(self.work)
            print_table(
                ("STATE", "READ", "BEHIND", "POSTS/H", "SOURCE"),
                [sources._row(one, self.now) for one in standings],
                "",
            )
            print_labelled(sources._advice(standings) or [("", "")])
            print_json([source_json(one) for one in standings])
        return out.getvalue() + self._log()

    def queued(self) -> str:
        """What people and scripts are shown of what waits."""
        found = list(forecast.queue(self.work, list(State)))
        out = io.StringIO()
        with redirect_stdout(out):
            print_table("ABCDEF", [queued._row(one) for one in found], "")
            print_json([forecast_json(one) for one in found])
        return out.getvalue()

    def _log(self) -> str:
        """The log, in both forms; nobody's words or names are in it."""
        text = "".join(f"{line(event, Form.PEOPLE)}\n{line(event, Form.JSON)}\n" for event in self.events)
        self.events.clear()
        assert "union.example" not in text
        assert "olidarity" not in text
        return text

    def _answer(self, target: str) -> bytes:
        path = urlsplit(target).path
        waiting = self.pages.get(path, [])
        if waiting:
            return waiting.pop(0)
        if path == "/robots.txt":
            return whole(b"", "404 Not Found")
        if path.startswith("/2/"):
            return whole(b'{"meta": {"result_count": 0}}')
        return whole(b'{"domain": "mastodon.example"}' if path.endswith("/instance") else b"[]")


def _config(url: str) -> Config:
    campaign = Campaign("The fuzz", date(2025, 4, 16), ZoneInfo("UTC"), ("en",), (TAG,))
    accounts = {
        "ours": Account("ours", PlatformName.MASTODON, url),
        "x": Account("x", PlatformName.X, url),
    }
    monitored = MonitorRules(kinds=(WantedKind.ANY,))
    return Config(campaign, accounts, monitor=monitored, moderation=ModerationRules(("@trusted@union.example",), ()))


def _without_port(name: str) -> str:
    return re.sub(r":[0-9]+", "", name)


def assert_plain(text: str) -> None:
    """Nothing in it can upset a terminal or mislead who reads it, and it names no poster where none belongs."""
    assert {letter for letter in text if is_hidden(letter)} <= {"\n"}, ascii(text)
