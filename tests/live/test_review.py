"""`bot review` on a real terminal: thirty decisions, judged by the store and by what the server has taken in."""

from __future__ import annotations

import re
import time
from pathlib import Path

from tests.harness.bot_process import PATIENCE_S
from tests.harness.live_campaign import TAG, LiveCampaign, in_seconds
from tests.harness.screen import ScreenSession, at_a_screen

RULES = """
[moderation.care]
followers = 0
age = "0s"
languages = ["be"]
"""
FREE = 'min_gap = "0s"\nper_hour = 100\nper_day = 100'


def seen(live: LiveCampaign, *texts: str, languages: dict[int, str] | None = None) -> None:
    """Somebody's video for each text, each by an author of its own, seen by a worker."""
    live.change("bot.toml", 'min_gap = "0s"', FREE)
    live.write("bot.toml", (live.root / "bot.toml").read_text() + RULES)
    live.message("later", "Some day.")
    live.schedule({"later": in_seconds(86_400)})
    posts = []
    for number, text in enumerate(texts):
        author = f"author{number}"
        live.mastodon.add_account(author)
        video = {"type": "video", "description": f"Alt {number}."}
        language = (languages or {}).get(number, "en")
        posts.append({"account": author, "text": f"{text} #{TAG}", "media": [video], "language": language})
    live.mastodon.seed_statuses(posts)
    assert live.bot("run", "--once").status == 0


def states(live: LiveCampaign) -> dict[int, str]:
    return {row["id"]: row["state"] for row in live.done("sightings", "--json").document}


def number_shown(screen: ScreenSession) -> int:
    match = re.search(r"Sighting (\d+) ", screen.frame)
    assert match, screen.frame
    return int(match[1])


def test_fifteen_decisions_are_what_the_store_and_the_server_say(live: LiveCampaign) -> None:
    words = [f"Voice {n} of the harbour {n * 7} says {n * 31} things {n * 101} of its own" for n in range(15)]
    seen(live, *words, languages={4: "be", 9: "be"})
    decided: dict[int, str] = {}
    with at_a_screen(live.root, live.own({}), "review") as screen:
        for count in range(15):
            screen.until_shown(f"{15 - count} waiting, {count} decided")
            number = number_shown(screen)
            if count % 3 == 2:
                screen.press("n")
                screen.until_shown("No. Why?")
                screen.press("2" if count % 2 else "\r")
                decided[number] = "rejected"
                continue
            is_held_for_care = "care " in screen.frame
            screen.press("y")
            for place in range(1, 8 if is_held_for_care else 1):
                screen.until_shown(f"{place} of 7.")
                screen.press("y")
            decided[number] = "approved"
        screen.until_shown("Nothing waits for you.")
        screen.press("u")
        screen.until_shown("Taken back: no. It waits again.")
        assert states(live)[number] == "held"
        screen.press("n")
        screen.until_shown("No. Why?")
        screen.press_until_shown("n", "Nothing waits for you.")
        screen.press("q")
        assert screen.ends() == 0
        assert screen.said.rstrip().endswith("15 decisions made; 0 still waiting.")
    assert states(live) == decided
    assert live.bot("run", "--once").status == 0
    out = [number for number, state in states(live).items() if state == "reshared"]
    assert sorted(out) == sorted(number for number, state in decided.items() if state == "approved")
    assert len(live.mastodon.ledger().reblogs) == len(out) == 10


def test_a_post_is_opened_in_the_browser_or_its_address_is_shown(live: LiveCampaign, tmp_path: Path) -> None:
    seen(live, "One voice of the harbour")
    (address,) = [row["url"] for row in live.done("sightings", "--json").document]
    browser, opened = tmp_path / "browser", tmp_path / "opened"
    browser.write_text(
        f'#!/bin/sh\necho CHATTER\necho CHATTER >&2\nprintf %s "$1" > {opened}.new\nmv {opened}.new {opened}\n'
    )
    browser.chmod(0o755)
    with at_a_screen(live.root, live.own({"BROWSER": str(browser)}), "review") as screen:
        screen.until_shown("1 waiting, 0 decided")
        screen.press("o")
        screen.until_shown("It is opened in the browser.")
        deadline = time.monotonic() + PATIENCE_S
        while not opened.exists():  # a browser that takes its time is not waited for
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert opened.read_text() == address
        screen.press("q")
        assert screen.ends() == 0
        assert "CHATTER" not in screen.said
    with at_a_screen(live.root, live.own({}), "review") as screen:
        screen.until_shown("1 waiting, 0 decided")
        screen.press("o")
        screen.until_shown(f"Open this address: {address[:30]}")
    assert states(live) == {1: "held"}


def test_what_others_decide_meanwhile_is_said_and_a_screen_of_any_size_is_left_whole(live: LiveCampaign) -> None:
    evil = "First \x1b[2J line\u202e turned " + "very long words of a speech " * 15
    seen(live, evil, "Second one has quite other words than all the rest", "Third speaks of the old shipyard alone")
    with at_a_screen(live.root, live.own({"NO_COLOR": "1"}), "review", columns=40, rows=16) as screen:
        screen.until_shown("3 waiting, 0 decided")
        assert "\\u001b[2J line\\u202e" in screen.frame
        assert "\x1b[2J line" not in screen.said
        assert not re.search(r"\x1b\[[0-9;]*3[0-9]", screen.said), "no colours"
        assert all(len(line.rstrip()) <= 40 for line in screen.frame.split("\n"))
        screen.press("y")
        screen.until_shown("There is more of it.")
        screen.resize(80, 24)
        assert live.done("reject", "1", "--yes").status == 0
        screen.until_shown("Sighting 2 ")
        assert "said no" in screen.frame
        assert live.done("approve", "2", "--yes").status == 0
        screen.press("\x03")
        assert screen.ends() == 0
        assert "\x1b[?1049l" in screen.said
        assert "\x1b[?25h" in screen.said.rpartition("\x1b[?1049h")[2]
    assert states(live) == {1: "rejected", 2: "approved", 3: "held"}
