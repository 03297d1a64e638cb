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


def look(harness: CampaignHarness, account: str = "mastodon") -> int:
    return preflight.look_ahead(harness.work, account)


def spent(harness: CampaignHarness) -> int:
    with harness.work.store.read() as tx:
        return control.spent(tx, "x", harness.clock())


def told(harness: CampaignHarness, name: str = "trouble_ahead") -> list[str]:
    return [event_text(event) for event in harness.told(name)]


def until(harness: CampaignHarness, ahead: timedelta, account: str = "mastodon") -> None:
    """What the worker's lane does, minute by minute, until so long before the only post is due."""
    while harness.clock() < harness.one().due_at - ahead:
        harness.clock.passes(minutes=1)
        look(harness, account)
