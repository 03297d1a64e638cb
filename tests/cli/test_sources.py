"""`bot sources` and `bot budget`: what scripts may rely on, and what a tired person can read on a small screen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cli.app import print_labelled
from bot.domain.money import Purpose, micro
from bot.services import money
from bot.store import sources
from bot.store.store import Store, sqlite_url
from tests.harness import rehearsal_campaign
from tests.harness.terminal import Terminal

SOURCE = {
    "worker_running",
    "source",
    "account",
    "state",
    "last_success",
    "lag_s",
    "posts_per_hour",
    "next_at",
    "interval_s",
    "error",
    "error_code",
}
SOURCE |= {"failing_since", "watched_since", "stream", "gaps", "unreadable", "cannot_see"}
BUDGET = {"account", "day", "budget_usd", "spent_usd", "reserved_usd", "left_usd", "foreseen_usd", "by_purpose"}
BUDGET |= {"state", "until", "ahead"}
ON_X = """
[accounts.x]
platform = "x"
api_base_url = "http://127.0.0.1:9"
api_key_env = "X_KEY"
api_secret_env = "X_KEY"
access_token_env = "X_TOKEN"
access_token_secret_env = "X_KEY"
budget_usd_per_day = 3.00
"""
HOUR = timedelta(hours=1)
HASHTAG = "rehearsal stage #FreeBelarusUnionists"


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    root = rehearsal_campaign.make(tmp_path / "campaign")
    (tmp_path / "home").mkdir()
    return Terminal(root, tmp_path / "home", {"X_KEY": "key", "X_TOKEN": "1234567-token"})


def store_of(terminal: Terminal) -> Store:
    return Store.open(sqlite_url(terminal.root / "var" / "groundswell.db"))


def test_sources_say_how_they_stand_what_to_do_and_where_their_gaps_are(terminal: Terminal) -> None:
    now, error = datetime.now(UTC), "a.example does not show it without an account (401). Take it out of bot.toml."
    store = store_of(terminal)
    with store.begin() as tx:
        sources.save_cursor(tx, HASHTAG, sources.cursor_of(tx, HASHTAG, now - 40 * HOUR), now - 2 * HOUR)
        sources.begin_gap(tx, HASHTAG, now - 30 * HOUR, "no worker was running")
        sources.mark_gaps_filled(tx, HASHTAG, now - 29 * HOUR)
        sources.mark_gaps_lost(tx, HASHTAG, now - 20 * HOUR, "7-day window passed", now - 19 * HOUR)
        sources.begin_gap(tx, HASHTAG, now - 2 * HOUR, "a.example does not show it without an account (401)")
        sources.note_failure(tx, HASHTAG, error, now - 2 * HOUR, 9, now + HOUR)
    store.close()
    said = terminal.bot("sources")
    _table, _, advice = said.out.partition("\n\n")  # a row is never broken in a pipe, and names the day after midnight
    assert max(map(len, advice.splitlines())) <= 80
    words = " ".join(said.out.split())
    assert "Take it out of bot.toml" in words
    assert "no worker was running; all of it was read afterwards" in words
    assert "7-day window passed; posts of this time were missed for good" in words
    found = {one["source"]: one for one in terminal.bot("sources", "--json").document}
    assert {frozenset(one) ^ SOURCE for one in found.values()} == {frozenset()}
    assert all(one["account"] == "stage" for one in found.values())
    assert {one["state"] for name, one in found.items() if name != HASHTAG} == {"new"}
    failing = found[HASHTAG]
    assert (failing["state"], failing["error"]) == ("failing", error)
    assert [gap["filled"] for gap in failing["gaps"]] == [False, False, True]
    assert failing["gaps"][0]["ended_at"] is None


def test_the_budget_says_what_was_spent_on_what(terminal: Terminal) -> None:
    bot_toml = terminal.root / "bot.toml"
    bot_toml.write_text(bot_toml.read_text() + ON_X)
    store = store_of(terminal)
    with store.begin() as tx:
        now = datetime.now(UTC)
        money.book(tx, "x", micro(0.2), now, Purpose.POST)
        money.book(tx, "x", micro(0.03), now, Purpose.SEARCH)
    store.close()
    (found,) = terminal.bot("budget", "--json").document
    assert set(found) == BUDGET
    assert (found["budget_usd"], found["spent_usd"], found["left_usd"], found["state"]) == (3.0, 0.23, 2.77, "ok")
    assert found["by_purpose"] == {"posts": {"calls": 1, "usd": 0.2}, "search": {"calls": 1, "usd": 0.03}}
    said = terminal.bot("budget")
    assert max(map(len, said.out.splitlines())) <= 80
    assert "spent $0.230: posts $0.200 (1 call), search $0.030 (1 call)" in " ".join(said.out.split())


def test_what_has_no_money_before_it_is_too_late_is_shown_without_a_time_at_which_it_would_go(
    terminal: Terminal,
) -> None:
    bot_toml = terminal.root / "bot.toml"
    bot_toml.write_text(bot_toml.read_text() + ON_X.replace("3.00", "0.001"))
    assert terminal.bot("post", "Hallo", "--account", "x", "--at", "now", "--late", "1s").status == 0
    (one,) = terminal.bot("queue", "--json").document
    words = " ".join(terminal.bot("queue").out.split())
    assert one["not_before"] is None
    assert words.count("does not cover it") == 1
    assert "goes at" not in words


def test_what_stands_beside_nothing_is_as_narrow_as_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    """Between two days of two zones a gap's times are longer than a line: at some hours of a day alone."""
    times = "Sat 28 Nov 2026 23:03:27 CET (Sat 28 Nov 22:03:27 UTC) - Sun 29 Nov 00:03:27 CET (Sat 28 Nov 23:03:27 UTC)"
    print_labelled([(times, "stage: no worker was running; all of it was read afterwards")])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert times in " ".join(lines)
