"""What is left of people: everything that is stored, and what the platforms' ledgers say was taken back."""

from __future__ import annotations

from bot.domain.moderation import ChecklistItem
from bot.domain.sighting import Sighting
from bot.platforms.rehearsal.state import Unreshared
from bot.services.moderation import approval
from bot.store import schema as t
from tests.harness.campaign import CampaignHarness


def approve(harness: CampaignHarness, seen: Sighting) -> None:
    """Say yes with all it takes, if it waits for that."""
    if str(seen.state) == "held":
        approval.approve(harness.work, seen.id, "ben", ticks=frozenset(ChecklistItem))


def taken_back(harness: CampaignHarness, account: str = "mastodon") -> int:
    return sum(isinstance(one, Unreshared) for one in harness.networks[account].ledger)


def everything_stored(harness: CampaignHarness) -> str:
    """Every column of every row, as text."""
    with harness.work.store.read() as tx:
        rows = [row for table in t.metadata.sorted_tables for row in tx.execute(table.select())]
    return "\n".join(str(tuple(row)) for row in rows)  # a row by itself leaves out the middle of what is long
