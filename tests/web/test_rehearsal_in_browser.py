"""The rehearsal in the console, as a person follows the address that the terminal prints: real processes, a real
browser."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.harness.bot_process import BotProcess, preloaded_bot, until
from tests.harness.campaign_folder import CampaignFolder, sound
from tests.harness.chromium import chromium
from tests.harness.terminal import Terminal

SCHEDULE = """\
[times]
en = 12:45:00

[[post]]
message = "call"
days = ["T-7", "T-6"]
accounts = ["mastodon"]

[[post]]
message = "today"
days = ["T"]
accounts = ["mastodon"]
"""


CARE = """
[moderation]
two_people = true

[moderation.care]
languages = ["ru", "de"]
"""


def campaign(root: Path) -> CampaignFolder:
    """One post on the day of the first rest, one on the day after, one on the day of action; two people for care."""
    folder = sound(root).write("messages/today/en.md", "Today is the day. {hashtags}\n")
    folder.write("bot.toml", folder.bot.read_text() + CARE)
    return folder.write("schedules/run-up.toml", SCHEDULE)


@pytest.fixture
def rehearsal(tmp_path: Path) -> Iterator[BotProcess]:
    folder = campaign(tmp_path / "campaign")
    terminal = Terminal(folder.root, tmp_path / "home")
    terminal.home.mkdir()
    words = ["rehearse", "--web", "--speed", "0"]
    process = BotProcess(preloaded_bot(), words, folder.root, tmp_path / "logs", terminal.surroundings)
    yield process
    process.killed()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_a_person_comes_in_by_the_key_decides_and_sees_what_comes_of_it(rehearsal: BotProcess, tmp_path: Path) -> None:
    (address,) = until(lambda: re.findall(r"The rehearsal is at (http\S+)", rehearsal.out))
    store = until(lambda: _open_files(rehearsal.pid, "rehearsal.db"))[0]
    own, _, key = address.rpartition("/rehearsal/")
    with httpx.Client(base_url=own) as neighbour:
        assert neighbour.get("/").headers["location"].startswith("/session/new")
        assert "password" not in neighbour.get("/session/new").text
        assert neighbour.get(f"/rehearsal/{key[:-1]}").status_code == 404
        assert neighbour.post("/rehearsal/tempo", data={"tempo": "again"}).status_code == 403
    with chromium() as browser:
        page = browser.new_context(base_url=own, viewport={"width": 1280, "height": 900}).new_page()
        expect.set_options(timeout=60_000)
        page.goto(address)
        expect(page.get_by_text("The clock stands.")).to_be_visible()
        page.reload()
        expect(page.locator("header")).to_contain_text("14:32")
        expect(page.get_by_role("heading", level=1)).to_contain_text("in doubt")
        expect(page.get_by_role("heading", name="Four posts wait for a yes")).to_be_visible()
        _say_yes(page, "The weavers")
        press(page, "Next event")
        expect(page.get_by_label("Rehearsal")).to_contain_text("1 post was reshared")
        press(page, "Next event")
        page.goto("/deliveries")
        page.get_by_role("row", name="reshare English Mastodon cancelled").get_by_role("link").click()
        expect(page.get_by_role("main")).to_contain_text("Taken back")

        page.goto("/")
        _watch_and_say_yes(page, "Мы на смене")
        expect(page.get_by_label("Rehearsal")).to_contain_text("The other yes comes from Robin, who is made up")
        press(page, "Next event")
        expect(page.get_by_label("Rehearsal")).to_contain_text("1 post got its second yes")
        _say_the_second_yes(page, "Die Spätschicht")

        page.goto("/stop")
        press(page, "Stop now")
        press(page, "Go to the day of action")
        expect(page.get_by_role("button", name="Play to the end")).to_be_visible()
        expect(page.get_by_label("Rehearsal")).to_contain_text("1 post was missed")
        expect(page.get_by_label("Rehearsal")).to_contain_text("nobody has decided")
        press(page, "Let it go on")
        expect(page.get_by_role("main")).to_contain_text("Wednesday 16 April 2025")
        press(page, "One hour a second")
        expect(page.get_by_role("heading", level=1)).to_have_text("Today’s post is out.")
        press(page, "Pause")

        press(page, "Begin again")
        expect(page.get_by_text("The clock stands.")).to_be_visible()
    rehearsal.asked(signal.SIGINT)
    assert rehearsal.ends() == 0, rehearsal.err
    assert not rehearsal.err
    assert not Path(store).parent.exists()
    assert not (tmp_path / "campaign" / "var").exists()


def _say_yes(page: Page, text: str) -> None:
    page.get_by_role("link", name="Look at them").click()
    page.get_by_role("link").filter(has_text=text).click()
    page.get_by_role("button", name="Yes", exact=False).first.click()
    expect(page.get_by_role("main")).not_to_contain_text(text)


def _watch_and_say_yes(page: Page, text: str) -> None:
    page.get_by_role("link", name="Look at").click()
    page.get_by_role("link").filter(has_text=text).click()
    page.get_by_role("button", name="Watch it here").click()
    page.locator("video").evaluate("film => { film.playbackRate = 2; }")
    for box in page.get_by_role("main").get_by_role("checkbox").all()[:7]:
        box.check()
    expect(page.get_by_text("I watched it to its end")).to_be_hidden()
    expect(page.locator("[data-watched]")).to_be_checked()
    page.get_by_role("button", name="Yes, with care").click()
    expect(page.get_by_text("Your yes is kept; another one is needed.")).to_be_visible()


def _say_the_second_yes(page: Page, text: str) -> None:
    """To a card that Robin has said yes to first."""
    page.goto("/moderation")
    waiting = page.get_by_role("link").filter(has_text=text)
    expect(waiting.get_by_text("2nd yes")).to_be_visible()
    waiting.click()
    expect(page.get_by_role("main")).to_contain_text("Robin has said yes. Decide for yourself")
    for box in page.get_by_role("main").get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Yes, with care").click()
    expect(page.get_by_text("You said yes. It rests for 15 seconds.")).to_be_visible()


def _open_files(pid: int, name: str) -> list[str]:
    files = [os.readlink(file) for file in Path(f"/proc/{pid}/fd").iterdir() if file.exists()]
    return [file for file in files if file.endswith(f"/{name}")]


def test_a_rehearsal_is_shown_to_this_machine_alone(tmp_path: Path) -> None:
    folder = campaign(tmp_path / "campaign")
    (tmp_path / "home").mkdir()
    refused = Terminal(folder.root, tmp_path / "home").bot("rehearse", "--web", "--listen", "0.0.0.0:8399")
    assert refused.status == 2
    assert "shown to this machine alone" in " ".join(refused.err.split())
