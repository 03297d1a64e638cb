"""Moderation as somebody does it for a day: by keys alone, on a phone, and without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect

from bot.domain.sighting import SightingState
from bot.domain.users import Role
from bot.services.moderation import approval, blocking
from bot.store import sightings
from tests.harness.campaign_folder import sound
from tests.harness.chromium import chromium, hidden_with_focus, page_of
from tests.harness.console_server import Browser, ConsoleServer, served
from tests.harness.seen_posts import bring, post_of


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleServer]:
    with served(sound(tmp_path_factory.mktemp("console")).bot) as server:
        yield server


@pytest.fixture(scope="module")
def mira(server: ConsoleServer) -> Browser:
    return server.signed_in("Mira", Role.MODERATOR)


def queue_of(server: ConsoleServer, *names: str, careful: str = "") -> list[int]:
    """Posts of these people alone, that of `careful` held for care."""
    with server.store.begin() as tx:
        for stored in sightings.listed(tx, [SightingState.HELD]):
            sightings.decide(tx, stored.id, [stored.state], SightingState.GONE, stored.judgement, server.clock())
    posts = [post_of(name, server.clock(), f"Only {name} says {name * 3}") for name in names]
    return bring(
        server,
        *(
            replace(post, author=replace(post.author, followers=12)) if name == careful else post
            for name, post in zip(names, posts, strict=True)
        ),
    )


def states(server: ConsoleServer, numbers: list[int]) -> list[str]:
    with server.store.read() as tx:
        by_id = {stored.id: str(stored.state) for stored in sightings.of_ids(tx, numbers)}
    return [by_id[number] for number in numbers]


def at(page: Page, number: int) -> None:
    """Wait until a post is the one in focus."""
    expect(page.locator(".queue [aria-current=true]")).to_have_attribute("href", f"/moderation?card={number}")
    page.wait_for_function("document.readyState === 'complete'")


def test_decisions_by_keys_alone(server: ConsoleServer, mira: Browser, browser: Chromium) -> None:
    numbers = queue_of(server, "ana", "ben", "cleo", "dora", careful="cleo")
    page = page_of(browser, mira)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{server.address}/moderation")
    at(page, numbers[0])
    page.keyboard.press("j")
    at(page, numbers[1])
    page.keyboard.press("k")
    at(page, numbers[0])
    page.keyboard.press("y")
    at(page, numbers[1])
    page.keyboard.press("z")
    at(page, numbers[0])
    assert states(server, numbers) == ["held"] * 4, "taken back"
    page.keyboard.press("y")
    at(page, numbers[1])
    page.keyboard.press("x")
    expect(page.get_by_role("button", name="Not safe for somebody")).to_be_visible()
    page.keyboard.press("2")
    at(page, numbers[2])
    page.keyboard.press("x")
    expect(page.get_by_role("button", name="Not safe for somebody")).to_be_visible()
    page.keyboard.press("Escape")
    for key in "1234567":
        page.keyboard.press(key)
    page.keyboard.press("y")
    expect(page.get_by_role("alert")).to_contain_text("One sentence is not ticked.")
    page.keyboard.press("8")
    page.keyboard.press("y")
    at(page, numbers[3])
    page.evaluate("document.dispatchEvent(new KeyboardEvent('keydown', {key: 'н', bubbles: true}))")  # Y in Russian
    expect(page.get_by_role("heading", name="Nobody waits for you")).to_be_visible()
    assert states(server, numbers) == ["approved", "rejected", "approved", "approved"]
    assert faults == []


FEW = 12
"""So many presses of Tab lead to a decision from the top of a page, however many posts wait."""


def test_without_javascript_few_presses_of_tab_lead_past_the_queue_to_a_decision(
    server: ConsoleServer, mira: Browser, browser: Chromium
) -> None:
    numbers = queue_of(server, *(f"{name}a" for name in "bcdfghjklmnpqrstvwz"))
    page = page_of(browser, mira, script=False)
    page.goto(f"{server.address}/moderation")
    for number, following in pairwise(numbers[:3]):
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        for _ in range(FEW):
            page.keyboard.press("Tab")
            if page.locator(":focus").inner_text().startswith("Yes"):
                break
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/moderation?card={following}&done={number}")
    assert states(server, numbers[:3]) == ["approved", "approved", "held"]
    page.context.close()


def test_a_phone_of_320_pixels_without_javascript(server: ConsoleServer, mira: Browser, browser: Chromium) -> None:
    numbers = queue_of(server, "eva", "finn" * 50, careful="eva")
    page = page_of(browser, mira, width=320, script=False)
    for path in ("/moderation", f"/moderation?card={numbers[1]}", f"/sightings/{numbers[1]}", "/sightings"):
        page.goto(f"{server.address}{path}")
        assert page.locator("html").evaluate("root => root.scrollWidth") <= 320, path
    page.goto(f"{server.address}/moderation")
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Yes, with care").click()
    page.get_by_role("button", name="No", exact=True).click()
    expect(page.get_by_role("heading", name="Nobody waits for you")).to_be_visible()
    assert states(server, numbers) == ["approved", "rejected"]


def test_what_others_do_meanwhile_is_said_and_moves_nothing(
    server: ConsoleServer, mira: Browser, browser: Chromium
) -> None:
    (first,) = queue_of(server, "gil")
    page = page_of(browser, mira)
    page.goto(f"{server.address}/moderation")
    at(page, first)
    (second,) = bring(server, post_of("hana", server.clock(), "Only Hana says this, just now"))
    expect(page.locator(f'.queue a[href="/moderation?card={second}"]')).to_be_visible(timeout=20_000)
    at(page, first)
    approval.reject(server.console.app.work, first, "Jan")
    expect(page.get_by_text("Jan said no").first).to_be_visible(timeout=20_000)
    expect(page.get_by_role("button", name="Yes")).to_be_visible()
    page.keyboard.press("y")
    expect(page.get_by_role("alert")).to_contain_text("Jan said no")
    assert states(server, [first, second]) == ["rejected", "held"]


def swipe(page: Page, begin: int, end: int) -> None:
    """Draw a finger over the post, between two places from the left."""
    screen = page.context.new_cdp_session(page)
    for kind, places in (("touchStart", [begin]), ("touchMove", [end]), ("touchEnd", [])):
        points = [{"x": x, "y": 420} for x in places]
        screen.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    screen.detach()


def test_on_a_phone_one_sentence_is_asked_at_a_time(server: ConsoleServer, mira: Browser, browser: Chromium) -> None:
    numbers = queue_of(server, "kim", "lea", careful="kim")
    page = page_of(browser, mira, width=360)
    page.goto(f"{server.address}/moderation")
    is_so = page.get_by_role("button", name="True")
    for place in range(1, 9):
        expect(page.get_by_text(f"{place} / 8")).to_be_visible()
        expect(page.get_by_role("button", name="Yes, with care")).to_be_hidden()
        is_so.click()
    page.get_by_role("button", name="Yes, with care").click()
    at(page, numbers[1])
    expect(page.get_by_role("button", name="Undo")).to_be_in_viewport()
    assert states(server, numbers) == ["approved", "held"]
    swipe(page, 80, 300)
    expect(page.locator(".uncovered").get_by_role("button", name="Yes")).to_be_focused()
    swipe(page, 300, 80)
    uncovered = page.locator(".uncovered")
    expect(uncovered.get_by_role("button")).to_have_text(["No", "Back"])
    assert states(server, numbers) == ["approved", "held"], "nothing is decided by a swipe"
    uncovered.get_by_role("button", name="Back").click()
    expect(uncovered).to_have_count(0)
    swipe(page, 80, 120)
    expect(uncovered).to_have_count(0)
    swipe(page, 80, 300)
    uncovered.get_by_role("button", name="Yes").click()
    expect(page.get_by_role("heading", name="Nobody waits for you")).to_be_visible()
    assert states(server, numbers) == ["approved", "approved"]
    numbers = queue_of(server, "max", careful="max")
    page.goto(f"{server.address}/moderation")
    swipe(page, 80, 300)
    expect(uncovered).to_have_count(0)
    page.get_by_text("Ask the author in private").click()
    expect(page.get_by_role("link", name="Open their page")).to_have_attribute("href", "https://elsewhere.example/@max")
    page.get_by_role("button", name="Not so, or not sure").click()
    page.get_by_role("button", name="Not safe for somebody").click()
    expect(page.get_by_role("heading", name="Nobody waits for you")).to_be_visible()
    assert states(server, numbers) == ["rejected"]


def test_many_are_refused_and_somebody_is_let_go_of_by_keys(
    server: ConsoleServer, mira: Browser, browser: Chromium
) -> None:
    numbers = queue_of(server, "nan", "oli", "pia", "quin")
    page = page_of(browser, mira)
    page.goto(f"{server.address}/moderation?card={numbers[3]}")
    at(page, numbers[3])
    page.keyboard.press("w")
    expect(page.get_by_role("button", name="They asked to stop")).to_be_focused()
    assert states(server, numbers)[3] == "held", "its key alone lets go of nobody"
    page.keyboard.press("Enter")
    expect(page.get_by_text("One post was taken back and forgotten.")).to_be_visible()
    page.keyboard.press("b")
    expect(page.get_by_role("button", name="No to all that are ticked")).to_be_visible()
    page.wait_for_function("document.readyState === 'complete'")
    for key in ("j", "Space", "j", "j", "Shift+K"):
        page.keyboard.press(key)
    boxes = page.locator("[name=chosen]")
    assert [box.is_checked() for box in boxes.all()] == [True, True, True]
    expect(boxes.nth(1)).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("x")
    expect(page.get_by_text("You said no to 2 posts.")).to_be_visible()
    assert states(server, numbers[:3]) == ["rejected", "held", "rejected"]


def test_where_the_system_chooses_the_colours_shapes_say_what_ours_do(
    server: ConsoleServer, mira: Browser, browser: Chromium
) -> None:
    (number,) = queue_of(server, "sue", careful="sue")
    context = browser.new_context(forced_colors="active")
    context.add_cookies([{"name": "gs", "value": mira.http.cookies["gs"], "url": mira.address}])
    page = context.new_page()
    page.goto(f"{server.address}/moderation?card={number}")
    at(page, number)
    page.keyboard.press("2")
    boxes, marks = page.locator(".ticks input"), page.locator(".ticks .box .icon")
    assert [mark.is_visible() for mark in marks.all()] == [box.is_checked() for box in boxes.all()]
    assert [box.is_checked() for box in boxes.all()].count(True) == 1
    boxes.nth(0).focus()
    outline = "([box]) => getComputedStyle(box).outlineStyle"
    assert page.locator(".ticks .box").evaluate_all(outline) == "solid"
    edge = "each => getComputedStyle(each).borderInlineStartWidth"
    assert page.locator(".queue [aria-current=true]").evaluate(edge) == "4px"
    page.goto(f"{server.address}/calendar/2025-04")
    how = "({ backgroundColor, backgroundImage, borderStyle, borderRadius, outlineStyle })"
    drawn = page.locator(".key i").evaluate_all(
        f"all => all.map((each) => (({how.strip('()')}) => JSON.stringify({how}))(getComputedStyle(each)))"
    )
    assert len(set(drawn)) == len(drawn) == 6, "no two of the legend look alike"
    context.close()


def test_what_has_the_focus_is_seen_where_a_desks_screen_is_at_400_percent(
    server: ConsoleServer, mira: Browser, browser: Chromium
) -> None:
    (number,) = queue_of(server, "uma", careful="uma")
    page, hidden = page_of(browser, mira, width=320), list[str]()
    for height, paths in ((256, ("/", f"/moderation?card={number}", "/moderation?many=1", "/stop")), (844, ("/",))):
        page.set_viewport_size({"width": 320, "height": height})
        for path in paths:
            page.goto(f"{server.address}{path}")
            hidden += [f"{path}: {each}" for each in hidden_with_focus(page)]
    page.context.close()
    assert not hidden, "\n".join(hidden)


CARD = """
- banner:
  - link "Groundswell"
  - navigation "Pages"
  - 'link "Your settings: Mira"'
  - link "Stop sending"
- main:
  - region "What waits":
    - heading "One waits" [level=1]
  - region "@vic@elsewhere.example":
    - heading "@vic@elsewhere.example" [level=2]
    - paragraph:
      - link "Open the post"
    - paragraph:
      - button "Watch it here"
    - blockquote: Only vic says vicvicvic
  - region /Would this person be safe/:
    - heading /Would this person be safe/ [level=2]
    - list:
      - listitem:
        - checkbox /agreed to be seen by everybody$/
    - button "Yes, with care"
    - button "No"
    - group: /No, and say why/
    - list:
      - listitem:
        - 'button "They asked to stop: take back and forget"'
- contentinfo
"""
"""What a screen reader makes of a card: no key stands in a name."""


def test_a_listener_finds_the_way_by_names_and_headings(
    server: ConsoleServer, mira: Browser, browser: Chromium
) -> None:
    (number,) = queue_of(server, "vic", careful="vic")
    page = page_of(browser, mira)
    page.goto(f"{server.address}/moderation?card={number}")
    expect(page.locator("body")).to_match_aria_snapshot(CARD)
    page.goto(f"{server.address}/")
    levels = "all => all.map(({ tagName }) => Number(tagName[1]))"
    heard = page.locator("h1, h2, h3, h4").evaluate_all(levels)
    assert heard[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(heard)), heard
    page.goto(f"{server.address}/stop")
    expect(page.get_by_role("main")).to_match_aria_snapshot(
        '- heading "Stop all sending?" [level=1]\n- button "Stop now"\n- link "Go on sending"'
    )
    page.set_viewport_size({"width": 360, "height": 844})
    page.goto(f"{server.address}/moderation?card={number}")
    page.get_by_role("button", name="True").click()
    expect(page.get_by_role("status").filter(has_text="2 / 8")).to_have_text("2 / 8 It shows no number plate")
    page.context.close()


@pytest.mark.parametrize("scheme", [pytest.param("light", marks=pytest.mark.long), "dark"])
def test_every_state_is_for_everyone(server: ConsoleServer, mira: Browser, browser: Chromium, scheme: str) -> None:
    numbers = queue_of(server, f"ida{scheme}", f"jo{scheme}", careful=f"ida{scheme}")
    approval.approve(server.console.app.work, numbers[1], "Jan")
    context = browser.new_context(bypass_csp=True, color_scheme="dark" if scheme == "dark" else "light")
    context.add_cookies([{"name": "gs", "value": mira.http.cookies["gs"], "url": mira.address}])
    page, troubles = context.new_page(), list[str]()

    def look(what: str) -> None:
        found = Axe().run(page, options={"resultTypes": ["violations"]})
        troubles.extend(f"{what}: {each['id']} {each['nodes'][0]['target']}" for each in found.response["violations"])

    page.goto(f"{server.address}/moderation")
    page.get_by_text("No, and say why").click()
    look("care")
    page.get_by_role("button", name="Yes, with care").click()
    expect(page.get_by_role("alert")).to_be_visible()
    look("sentences missing")
    (rob,) = bring(server, post_of(f"rob{scheme}", server.clock(), "Go away"))
    blocking.block(server.console.app.work, rob, "Jan")
    many, blocks = "/moderation?many=1", "/sightings/blocks"
    for path in (f"/moderation?card={numbers[1]}", f"/sightings/{numbers[1]}", "/sightings?state=held", many, blocks):
        page.goto(f"{server.address}{path}")
        look(path)
    approval.reject(server.console.app.work, numbers[0], "Jan")
    page.goto(f"{server.address}/moderation")
    look("nobody waits")
    context.close()
    assert not troubles, "\n".join(troubles)
