"""Looking ahead as a worker does, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.cli.words.events import event_text
from bot.domain.delivery import Draft
from bot.errors import Outcome, PlatformError
from bot.services.checks import preflight
from bot.store import control
from tests.harness.campaign import CampaignHarness, draft

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
TOKEN = PlatformError("the token is not accepted any more", Outcome.REJECTED, closes_account=True)


def important(message: str = "call", **some: Any) -> Draft:
    return replace(draft(message, **some), important=True)


def look(desk: CampaignHarness, account: str = "mastodon") -> int:
    return preflight.look_ahead(desk.work, account)


def spent(desk: CampaignHarness) -> int:
    with desk.work.store.read() as tx:
        return control.spent(tx, "x", desk.clock())


def told(desk: CampaignHarness, name: str = "trouble_ahead") -> list[str]:
    return [event_text(event) for event in desk.told(name)]


def until(desk: CampaignHarness, ahead: timedelta, account: str = "mastodon") -> None:
    """What the worker's lane does, minute by minute, until so long before the only post is due."""
    while desk.clock() < desk.one().due_at - ahead:
        desk.clock.passes(minutes=1)
        look(desk, account)
