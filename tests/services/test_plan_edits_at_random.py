"""Random edits of a campaign folder between runs: by the ledgers no words are out more often than the files state."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.domain.campaign import Account, Config
from bot.domain.delivery import Delivery, Draft
from bot.domain.identity import RealAccount
from bot.errors import Refused
from bot.services import decisions, own_accounts, plan
from bot.services.sending import undo
from bot.services.work import ProcessMemory
from tests.harness.campaign import CampaignHarness
from tests.harness.random_edits import ROUND, EditedCampaign, EditedFolder, Out, Round


class Embedded(EditedCampaign):
    """On the campaign's own networks, whose clock goes as we like."""

    def __init__(self, root: Path, store: str) -> None:
        self.harness = CampaignHarness(root, store)
        self.known: Mapping[str, Account] = self.harness.work.config.accounts
        super().__init__(EditedFolder(root))

    def rules(self) -> Config:
        work, names = self.harness.work, self.folder.accounts
        accounts = {name: replace(self.known[account], name=name) for account, name in names.items()}
        handles = {"mastodon": self.harness.mastodon, "x": self.harness.x}
        asked = {
            name: RealAccount(accounts[name].platform, accounts[name].server, handles[account].handle)
            for account, name in names.items()
        }
        own_accounts.line_up(work.store, work.locks, asked)
        self.harness.work = replace(
            work,
            config=replace(work.config, accounts=accounts),
            platforms={name: handles[account] for account, name in names.items()},
            memory=ProcessMemory(handles={name: handles[account].handle for account, name in names.items()}),
        )
        return self.harness.work.config

    def deliveries(self) -> list[Delivery]:
        return self.harness.all()

    def out(self, account: str) -> Sequence[Out]:
        return [Out(one.text, one.at) for one in self.harness.accepted(account)]

    def work(self, drafts: Sequence[Draft], at_fault: set[str]) -> bool:
        accounts = self.harness.work.config.accounts
        plan.plan(self.harness.work.store, drafts, self.harness.clock(), accounts=accounts, messages_at_fault=at_fault)
        self.harness.deliver(*accounts)
        return not at_fault

    def say(self, name: str, one: Delivery) -> bool:
        try:
            if name == "undo":
                undo.undo(self.harness.work, one.id, "ana")
            else:
                getattr(decisions, name)(self.harness.work, one.id, "ana")
        except Refused:
            return False
        return True

    def pass_time(self, hours: int) -> None:
        self.harness.clock.passes(hours=hours)


def _play(rounds: list[Round], store: str = "sqlite") -> None:
    root = Path(tempfile.mkdtemp(prefix="edits-"))
    try:
        Embedded(root, store).play(rounds)
    finally:
        shutil.rmtree(root, ignore_errors=True)


COMMON = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)


NOTHING = ("another order", 0, 0)
EXCHANGED: list[Round] = [([], [("exchange words", 0, 1)], 24), ([], [NOTHING], 0)]
MOVED: list[Round] = [([], [("move a day", 0, 2)], 24), ([], [NOTHING], 0)]
HELD_AND_RENAMED: list[Round] = [([("hold", 8)], [("rename message", 1, 5)], 24), ([], [NOTHING], 0)]

_NO_EDIT = ("mend the schedule", 0, 0)
MISSED_AND_NEAR: list[Round] = [
    ([], [("copy a message", 1, 7), ("change words slightly", 2, 3)], 0),
    ([], [("take out or put back", 5, 0)], 48),
    ([], [_NO_EDIT], 0),
    ([], [("take out or put back", 4, 0), ("take out or put back", 5, 0)], 0),
]
"""What says nearly the same as a post that was missed comes back as that goes."""


@example(MISSED_AND_NEAR)
@example(EXCHANGED)
@example(MOVED)
@example(HELD_AND_RENAMED)
@settings(COMMON, max_examples=10)
@given(st.lists(ROUND, min_size=3, max_size=8))
def test_edits_between_runs_send_no_words_again(rounds: list[Round]) -> None:
    _play(rounds)


@pytest.mark.long
@pytest.mark.parametrize(("store", "examples"), [("sqlite", 1500), ("postgresql", 300)])
def test_many_edits_between_runs_send_no_words_again(store: str, examples: int) -> None:
    @settings(COMMON, max_examples=examples)
    @given(st.lists(ROUND, min_size=3, max_size=25))
    def played(rounds: list[Round]) -> None:
        _play(rounds, store)

    played()
