"""Who we are is asked once, within the day's money, and told to whoever needs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.money import Prices, micro
from bot.errors import Outcome
from bot.services import own_accounts
from tests.harness.campaign import CampaignHarness
from tests.harness.faulty_platform import FaultyPlatform, platform_error
from tests.services.checks.preflight_steps import spent

USER_READ = micro(Prices().user_read)


def nameless(folder: Path, monkeypatch: pytest.MonkeyPatch, budget: float) -> CampaignHarness:
    """A campaign whose X bills the question, and whose accounts do not know yet who they are."""
    monkeypatch.setattr(FaultyPlatform, "facts_cost", USER_READ)
    harness = CampaignHarness(folder, budget=budget)
    harness.work.memory.handles.clear()
    return harness


def test_who_we_are_is_asked_and_paid_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    harness = nameless(tmp_path, monkeypatch, budget=3.0)
    own_accounts.learn(harness.work, "x")
    own_accounts.learn(harness.work, "x")
    assert (harness.work.memory.handles, harness.x.requests["facts"], spent(harness)) == (
        {"x": harness.x.handle},
        1,
        USER_READ,
    )


def test_a_worker_that_starts_tells_its_account_what_the_last_one_learned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness = nameless(tmp_path, monkeypatch, budget=3.0)
    own_accounts.learn(harness.work, "x")
    harness.work.memory.handles.clear()
    told: list[str] = []
    monkeypatch.setattr(FaultyPlatform, "known_as", lambda _, handle: told.append(handle))
    own_accounts.learn(harness.work, "x")
    assert (told, harness.x.requests["facts"], spent(harness)) == ([harness.x.handle], 1, USER_READ)


def test_without_money_nobody_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    harness = nameless(tmp_path, monkeypatch, budget=0.009)
    own_accounts.learn(harness.work, "x")
    assert (harness.work.memory.handles, harness.x.requests["facts"], spent(harness)) == ({}, 0, 0)


def test_a_refusal_is_not_paid_for_and_an_answer_that_was_lost_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness = nameless(tmp_path, monkeypatch, budget=3.0)
    harness.x.refuse("facts", platform_error(Outcome.REJECTED))
    own_accounts.learn(harness.work, "x")
    assert (harness.work.memory.handles, spent(harness)) == ({}, 0)
    harness.x.lose("facts", platform_error(Outcome.AMBIGUOUS))
    own_accounts.learn(harness.work, "x")
    assert (harness.work.memory.handles, spent(harness)) == ({}, USER_READ)
