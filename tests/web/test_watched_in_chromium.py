"""A film is watched in the console by keys, and what is held for care takes a film that was heard to its end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect

from bot.domain.users import Role
from bot.store import sightings
from tests.harness.bot_process import until
from tests.harness.chromium import chromium, page_of
from tests.harness.console_server import ConsoleServer
from tests.harness.film_server import FilmServer
from tests.harness.seen_posts import TAG
from tests.harness.watched_posts import posted, seen, with_captions
from tests.servers.mastodon import MastodonServer


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with chromium() as browser:
        yield browser


BUSY = """film => film.addEventListener("play", () => {
    const end = performance.now() + 1000;
    while (performance.now() < end);
}, { once: true })"""
"""A machine that tells the page nothing for a second as the film begins."""


def held_for_care(server: ConsoleServer, mastodon: MastodonServer, who: str, film: str) -> int:
    number = seen(server, posted(server, mastodon, who, film, text=f"Only {who} says {who * 3} #{TAG}")).id
    with server.store.begin() as tx:
        sightings.hold_for_care(tx, number, ["flagged"])
    return number


def test_a_film_is_heard_to_its_end_before_a_yes_with_care(
    watched: ConsoleServer, mastodon: MastodonServer, films: FilmServer, browser: Chromium
) -> None:
    first = held_for_care(watched, mastodon, "ana", f"{films.url}/film.webm")
    second = held_for_care(watched, mastodon, "ben", f"{films.url}/nothing")
    mira = watched.signed_in("Mira", Role.MODERATOR)
    page, faults = page_of(browser, mira), list[str]()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{watched.address}/moderation?card={first}")
    for key in ("1", "2", "3", " "):
        page.keyboard.press(key)
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.get_by_text("I watched it to its end")).to_be_hidden()
    page.keyboard.press("s")
    expect(page.get_by_role("button", name="Sound on")).to_be_visible()
    until(lambda: page.locator("video").evaluate("film => film.currentTime > 1.5"))
    page.keyboard.press("s")
    for key in "4567":
        page.keyboard.press(key)
    expect(page.locator("[data-watched]")).to_be_checked(checked=False)
    expect(page.locator("video")).to_have_js_property("ended", True, timeout=20_000)
    expect(page.locator("[data-watched]")).to_be_checked(checked=False)
    page.locator("video").evaluate(BUSY)  # what was muted for a moment is heard again
    page.keyboard.press(" ")
    expect(page.locator("[data-watched]")).to_be_checked(timeout=20_000)
    page.keyboard.press("y")
    expect(page).to_have_url(f"{watched.address}/moderation?card={second}&done={first}")
    page.keyboard.press(" ")
    expect(page.get_by_text("Its server does not give this file.")).to_be_visible()
    expect(page.get_by_text("I watched it to its end")).to_be_visible()
    for key in "12345678y":
        page.keyboard.press(key)
    expect(page.get_by_role("heading", name="Nobody waits for you")).to_be_visible()
    assert faults == []


def test_captions_stand_over_the_film_in_the_language_that_is_chosen(
    watched: ConsoleServer, mastodon: MastodonServer, films: FilmServer, browser: Chromium
) -> None:
    number = seen(watched, posted(watched, mastodon, "ana", f"{films.url}/film.webm")).id
    mira = watched.signed_in("Mira", Role.MODERATOR)
    with_captions(watched, mira, number, films)
    page = page_of(browser, mira)
    page.goto(f"{watched.address}/moderation?card={number}")
    expect(page.get_by_role("button", name="Captions: Français")).to_be_visible()
    words = "film => [...film.textTracks].find(({ mode }) => mode === 'showing')?.cues?.[0]?.text"
    until(lambda: page.locator("video").evaluate(words) == "Bonjour à tous")
    page.keyboard.press("c")
    expect(page.get_by_role("button", name="Captions: Deutsch (by a machine)")).to_be_visible()
    expect(page.get_by_text("They cannot be shown here.")).to_be_visible()
    for _ in range(2):
        page.keyboard.press("c")
    expect(page.get_by_role("button", name="Captions: none")).to_be_visible()
    assert page.locator("video").evaluate(words) is None
