"""The campaign's own prices: a changed table is what the next call is reckoned by."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app import open_app
from bot.cli.plan.run_up import calendar_lines
from bot.domain.campaign import MonitorRules
from bot.domain.money import Prices
from bot.domain.post import Outgoing
from bot.services.plan import scheduled
from bot.services.preview import previews
from tests.harness.campaign import CampaignHarness, draft
from tests.harness.table import each_of

BOT = """\
[campaign]
name = "Day of Action"
day_of_action = 2025-04-16
timezone = "Europe/Berlin"
hashtags = ["FreeBelarusUnionists"]

[accounts.x]
platform = "x"
"""
SECRETS = {"X_API_KEY": "a", "X_API_SECRET": "b", "X_ACCESS_TOKEN": "1-c", "X_ACCESS_TOKEN_SECRET": "d"}
DEAR = Prices(post=0.100)
HELLO = Outgoing("hello", "en")


def test_a_changed_price_or_wish_makes_a_new_adapter_and_nothing_else_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bot.toml").write_text(
        BOT + "".join(f'{name.removeprefix("X_").lower()}_env = "{name}"\n' for name in SECRETS)
    )
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    app = open_app(tmp_path / "bot.toml", lambda: datetime(2025, 4, 16, tzinfo=UTC), lambda _: None)
    app.connect()
    config, cheap = app.work.config, app.work.platforms["x"]
    assert cheap.post_cost(HELLO) == 15_000
    app.take_up(replace(config, prices=Prices()))
    assert app.work.platforms["x"] is cheap
    app.take_up(replace(config, prices=DEAR))
    assert app.work.platforms["x"].post_cost(HELLO) == 100_000
    assert len(app.work.platforms["x"].sources(("One",))) == 2
    app.take_up(replace(config, prices=DEAR, monitor=MonitorRules(mentions=False)))
    assert len(app.work.platforms["x"].sources(("One",))) == 1
    app.close()


@each_of(("prices", "shown"), [(Prices(), "$0.015"), (DEAR, "$0.100")])
def test_the_calendar_shows_what_a_post_costs(tmp_path: Path, prices: Prices, shown: str) -> None:
    harness = CampaignHarness(tmp_path, prices=prices)
    harness.plan(draft(account="x", parts=("hello",)))
    alone = replace(harness.work, platforms={})
    assert shown in "\n".join(calendar_lines(alone.config.campaign, previews(alone, scheduled(alone.store)), 80))
