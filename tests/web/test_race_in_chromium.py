"""Two people decide on one queue, each in a browser of their own, by keys: each post is decided once, and the servers'
ledgers say what came of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from playwright.async_api import Page, async_playwright
from playwright.sync_api import expect

from bot.domain.sighting import DECIDABLE, SightingState
from bot.domain.users import Role
from bot.platforms.x.entities import uri_of
from bot.services.protection import recheck
from bot.store import sightings
from tests.harness.chromium import ARGUMENTS, CHROMIUM, chromium, page_of
from tests.harness.console_server import Browser, ConsoleServer, GivenClock, served
from tests.harness.live_campaign import NO_CARE, TAG, LiveCampaign, now
from tests.harness.seen_posts import bring
from tests.harness.stores import store_pool

FILM = [{"type": "video", "description": "People in a hall."}]
POSTS = {"sqlite": (40, 10), "postgresql": (4, 1)}
"""How many wait on Mastodon, and on X."""


@dataclass
class Person:
    """Somebody at the keys: what they `decided` on, and what they were `told` where somebody else was faster."""

    name: str
    keys: str
    decided: set[int] = field(default_factory=set)
    told: dict[int, str] = field(default_factory=dict)


@pytest.fixture(params=[pytest.param("sqlite", marks=pytest.mark.long), "postgresql"])
def console(
    request: pytest.FixtureRequest, live: LiveCampaign, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ConsoleServer]:
    """A console on a campaign that is live on both test servers; a yes of now has rested when a worker looks."""
    if request.param == "postgresql":
        pool = store_pool("postgresql")
        pool.clear()
        live.database = pool.url
    live.many(1, now() - timedelta(days=1))
    live.change("bot.toml", "[pace]", '[pace]\nper_hour = 60\nper_day = 100\nsame_author_gap = "0s"')
    live.change("bot.toml", f'"{live.x.url}"', f'"{live.x.url}"\nbudget_usd_per_day = 100000.0')
    live.write("bot.toml", f"{(live.root / 'bot.toml').read_text()}\n{NO_CARE}")
    for name, value in live.own({}).items():
        monkeypatch.setenv(name, value)
    with served(live.root / "bot.toml", GivenClock(now() - timedelta(minutes=1))) as server:
        yield server


def fill(live: LiveCampaign, console: ConsoleServer, on_mastodon: int, on_x: int) -> list[int]:
    """Have so many posts wait."""
    texts = [f"{n} {'abcdefghij'[n % 10] * 5} says {n * 7919} #{TAG}" for n in range(on_mastodon + on_x)]
    for n in range(on_mastodon):
        live.mastodon.add_account(f"who{n}")
    posts = [{"account": f"who{n}", "text": texts[n], "media": FILM} for n in range(on_mastodon)]
    uris = {"mastodon": [post.uri for post in live.mastodon.seed_statuses(posts)] if posts else []}
    films = [{"type": "video"}]
    numbers = [live.x.seed_post(f"who{n}", texts[on_mastodon + n], media=films) for n in range(on_x)]
    uris["x"] = [uri_of(number) for number in numbers]
    found = []
    for account, wanted in uris.items():
        shown = console.console.connected.platforms[account].fetch_all(wanted) if wanted else {}
        found += bring(console, *(post for post in shown.values() if post is not None))
    return found


async def decides(person: Person, page: Page, address: str) -> None:
    """Go through the queue by one's keys until nothing waits; who was not first reads by whom, and goes on."""
    await page.goto(f"{address}/moderation")
    while match := re.search(r"card=(\d+)", page.url):
        is_open = await page.locator("#yes").count()  # else somebody was faster than the page
        async with page.expect_navigation():
            for key in person.keys if is_open else "l":
                await page.keyboard.press(key)
        if not is_open:
            continue
        if await page.get_by_role("alert").count():
            person.told[int(match[1])] = await page.get_by_role("alert").inner_text()
            async with page.expect_navigation():
                await page.keyboard.press("l")
        else:
            person.decided.add(int(match[1]))


async def race(people: dict[str, tuple[Person, Browser]]) -> None:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        pages = {}
        for name, (_, browser) in people.items():
            context = await launched.new_context()
            await context.add_cookies([{"name": "gs", "value": browser.http.cookies["gs"], "url": browser.address}])
            pages[name] = await context.new_page()
        await asyncio.gather(
            *(decides(person, pages[name], browser.address) for name, (person, browser) in people.items())
        )
        await launched.close()


def test_each_post_is_decided_once_and_the_loser_is_told_by_whom(
    request: pytest.FixtureRequest, live: LiveCampaign, console: ConsoleServer
) -> None:
    numbers = fill(live, console, *POSTS[request.node.callspec.params["console"]])
    mira, jan = Person("Mira", "12345678y"), Person("Jan", "xx")
    asyncio.run(race({each.name: (each, console.signed_in(each.name, Role.MODERATOR)) for each in (mira, jan)}))
    assert mira.decided.isdisjoint(jan.decided)
    assert mira.decided | jan.decided == set(numbers)
    assert mira.told or jan.told, "they met"
    assert all("Jan said no" in said for said in mira.told.values())
    assert all("Mira said yes" in said for said in jan.told.values())
    with console.store.read() as tx:
        stored = {each.id: each for each in sightings.listed(tx, DECIDABLE)}
    assert {each.id for each in stored.values() if each.decided_by == "Mira"} == mira.decided
    live.done("run", "--once")
    wanted = {stored[number].post.native_id for number in mira.decided}
    reblogs = [entry["status_id"] for entry in live.mastodon.ledger().reblogs]
    reposts = [entry["post"] for entry in live.x.ledger()["reposts"]]
    assert sorted(reblogs + reposts) == sorted(wanted), "what Mira said yes to, once each, and nothing of Jan's"


def test_a_yes_by_keys_while_its_author_edits_is_refused_with_both_versions(
    live: LiveCampaign, console: ConsoleServer
) -> None:
    (number,) = fill(live, console, 1, 0)
    mira = console.signed_in("Mira", Role.MODERATOR)
    with console.store.read() as tx:
        stored = sightings.get(tx, number)
    assert stored is not None
    with chromium() as browser:
        page = page_of(browser, mira)
        page.goto(f"{console.address}/moderation?card={number}")
        expect(page.get_by_role("main")).to_contain_text("aaaaa says")
        live.mastodon.edit_status(stored.post.native_id, text=f"Buy this! #{TAG}")
        recheck.recheck_stored(console.console.connected, "mastodon")
        page.keyboard.press("y")
        expect(page.get_by_role("alert")).to_contain_text("It has changed since you saw it, and nothing was decided.")
        expect(page.get_by_role("region", name="safe")).to_contain_text(re.compile("aaaaa says.*Buy this!"))
        for key in "12345678":
            page.keyboard.press(key)
        live.mastodon.edit_status(stored.post.native_id, text=f"Buy that! #{TAG}")
        page.keyboard.press("y")
        expect(page.get_by_role("heading", name="Nobody waits for you")).to_be_visible()
        live.done("run", "--once")
        assert live.mastodon.ledger().reblogs == [], "edited after the yes, before its turn"
        with console.store.read() as tx:
            held = sightings.get(tx, number)
        assert held is not None
        assert held.state is SightingState.HELD
        page.goto(f"{console.address}/moderation?card={number}")
        expect(page.get_by_role("main")).to_contain_text("Buy that!")
