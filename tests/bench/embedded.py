"""A campaign at work on embedded accounts that answer at once, so that nothing but our own work takes time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.clock import system_clock
from bot.domain.campaign import Account, Campaign, Config, PlatformName
from bot.domain.post import Outgoing, Published
from bot.platforms.rehearsal import rules
from bot.platforms.rehearsal.adapter import RehearsalPlatform
from bot.platforms.rehearsal.network import Network
from bot.services import plan
from bot.services.database import restore_guard
from bot.services.work import ProcessMemory, Work
from bot.store.store import Store, locks_of
from tests.bench.journal import Journal
from tests.harness.campaign import LATE, draft


class AtOnce(RehearsalPlatform):
    """Takes every post at once, and writes its text into the journal."""

    def __init__(self, network: Network, account: str, journal: Journal) -> None:
        super().__init__(network, account, mentions=False)
        self._journal = journal

    def publish(self, post: Outgoing) -> Published:
        """The journal's line is its id."""
        self._journal.write(post.text)
        return Published(post.text, f"https://social.example/{post.text}")


def work_on(store: Store, folder: Path, accounts: Sequence[str]) -> Work:
    """A worker on a store; those with the same folder exclude each other, and share one journal."""
    campaign = Campaign("The benchmark", date(2030, 4, 16), ZoneInfo("UTC"), ("en",), ("FreeThem",))
    known = {name: Account(name, PlatformName.REHEARSAL, "") for name in accounts}
    network, journal = Network(rules.mastodon(), system_clock), Journal(folder / "journal")
    platforms = {name: AtOnce(network, name, journal) for name in accounts}
    locks = locks_of(store, folder / "locks")
    restore_guard.watch_over(store, folder, accounts, system_clock())
    return Work(Config(campaign, known), store, platforms, locks, system_clock, folder, lambda _: None, ProcessMemory())


def planned(work: Work, accounts: Sequence[str], each: int) -> list[str]:
    """So many posts due now on each of these accounts; gives their texts, each of which is another one."""
    now = work.clock()
    texts = {account: [f"{account}-{number}" for number in range(each)] for account in accounts}
    drafts = [
        replace(draft(text, account=account, parts=(text,)), due_at=now, expires_at=now + LATE)
        for account, those in texts.items()
        for text in those
    ]
    plan.plan(work.store, drafts, now)
    return [text for those in texts.values() for text in those]
