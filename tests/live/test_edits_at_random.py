"""The same random edits under the real `bot` on both servers: by their ledgers no words go out again."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.campaign import Config
from bot.domain.delivery import Delivery, Draft
from bot.files.config.load import read
from bot.store import deliveries as deliveries_store
from bot.store.store import Store, sqlite_url
from tests.harness.live_campaign import LiveCampaign, campaign, now
from tests.harness.posted_once import without_limits
from tests.harness.postgresql import postgresql
from tests.harness.preloaded import Preloaded
from tests.harness.random_edits import EDITS, LEAD, PERSONS, ROUND, EditedCampaign, EditedFolder, Out, Round
from tests.servers.mastodon import MastodonServer
from tests.servers.x.handle import XSimulator


def zone_at_noon(moment: datetime) -> str:
    """A zone in which it is about noon, so that no hour that the edits name is on another day."""
    ahead = (12 - moment.hour + 12) % 24 - 12
    return f"Etc/GMT{-ahead:+d}"


class OnServers(EditedCampaign):
    """On the two servers. The clock is the world's: what is due was due some hours ago, or comes tomorrow."""

    def __init__(self, live: LiveCampaign) -> None:
        self.live = live
        without_limits(live)
        live.x.settings(duplicate_window_s=0)
        zone = zone_at_noon(now())
        there = (now() - timedelta(hours=int(zone.removeprefix("Etc/GMT")))).replace(microsecond=0)
        folder = EditedFolder(
            live.root, day=there.date() + timedelta(days=LEAD), at=time(there.hour, there.minute), zones=(zone, zone)
        )
        live.change("bot.toml", 'timezone = "UTC"', f'timezone = "{zone}"')
        live.change("bot.toml", 'languages = ["en"]', 'languages = ["en", "de"]')
        self.bot_toml = (live.root / "bot.toml").read_text(encoding="utf-8")
        super().__init__(folder)

    def rules(self) -> Config:
        folder, text = self.folder, self.bot_toml
        text = re.sub("^name = .*", f'name = "{folder.name}"', text, flags=re.MULTILINE)
        text = re.sub("^day_of_action = .*", f"day_of_action = {folder.day}", text, flags=re.MULTILINE)
        for account, name in folder.accounts.items():
            text = text.replace(f"[accounts.{account}]", f"[accounts.{name}]")
        self.live.write("bot.toml", text)
        return read(self.live.root / "bot.toml")

    def deliveries(self) -> list[Delivery]:
        file = self.live.root / "var" / "groundswell.db"
        if not self.live.database and not file.exists():
            return []
        with closing(Store.open(self.live.database or sqlite_url(file))) as store, store.read() as tx:
            return sorted(deliveries_store.listed(tx), key=lambda one: one.id)

    def out(self, account: str) -> Sequence[Out]:
        return [Out(one.text, datetime.fromtimestamp(one.wall, UTC)) for one in self.live.accepted(account)]

    def work(self, drafts: Sequence[Draft], at_fault: set[str]) -> bool:
        said = self.live.bot("run", "--once")
        assert "Traceback" not in said.err
        has_faults = "faulty_files" in said.err
        assert said.status == has_faults, said.err
        return not has_faults

    def say(self, name: str, one: Delivery) -> bool:
        return self.live.bot(name, str(one.id), *(["--yes"] if name == "undo" else [])).status == 0

    def pass_time(self, hours: int) -> None:
        """Nobody makes the world's clock go on."""


Servers = tuple[Preloaded, MastodonServer, XSimulator]


@pytest.fixture(scope="session")
def servers(nursery: Preloaded, mastodon_process: MastodonServer, x_process: XSimulator) -> Servers:
    return nursery, mastodon_process, x_process


def play(servers: Servers, rounds: list[Round]) -> None:
    """One campaign, on servers, in a folder and on a store that know of no other one."""
    root = Path(tempfile.mkdtemp(prefix="edits-"))
    try:
        with campaign(*servers, root) as live:
            OnServers(live).play(rounds)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def play_on_postgresql(servers: Servers, rounds: list[Round]) -> None:
    server, root = postgresql(), Path(tempfile.mkdtemp(prefix="edits-"))
    name = server.create()
    try:
        with campaign(*servers, root) as live:
            live.database = server.url(name)
            OnServers(live).play(rounds)
    finally:
        server.drop(name)
        shutil.rmtree(root, ignore_errors=True)


COMMON = settings(deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long)])
def test_edits_between_runs_send_no_words_again(servers: Servers, seed: int) -> None:
    dice = Random(seed)
    rounds: list[Round] = [
        (
            [(dice.choice(PERSONS), dice.randrange(40))],
            [(dice.choice(EDITS), dice.randrange(40), dice.randrange(40)) for _ in range(3)],
            0,
        )
        for _ in range(3)
    ]
    play(servers, rounds)


@pytest.mark.long
@settings(COMMON, max_examples=150)
@given(st.lists(ROUND, min_size=3, max_size=12))
def test_many_edits_between_runs_send_no_words_again(servers: Servers, rounds: list[Round]) -> None:
    play(servers, rounds)


@pytest.mark.long
@settings(COMMON, max_examples=50)
@given(st.lists(ROUND, min_size=3, max_size=12))
def test_many_edits_between_runs_on_postgresql_send_no_words_again(servers: Servers, rounds: list[Round]) -> None:
    play_on_postgresql(servers, rounds)
