"""The console's pages as a browser has them: for everyone (axe), from 320 px, dark, and without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect

from bot.domain.delivery import State
from bot.domain.users import Role
from bot.services import stop
from bot.store import deliveries
from bot.web.languages import LANGUAGES
from bot.web.pages import events
from tests.harness.campaign_folder import sound
from tests.harness.chromium import chromium, page_of
from tests.harness.console_server import PASSWORD, ConsoleServer, GivenClock, served

PAGES = (
    *("/", "/calendar/2025-04", "/calendar/2025-W16", "/calendar/2025-04-13", "/calendar/agenda"),
    *(
        "/deliveries",
        "/deliveries?state=rejected",
        "/deliveries?state=planned",
        "/calendar/2025-W99",
        "/deliveries/1",
        "/deliveries/999",
        "/stop",
        "/me",
        "/help",
    ),
    *("/nothing", "/links/live", "/links/live?address=video.example/a/long/path", "/links/live?address=none"),
)
BERLIN = ZoneInfo("Europe/Berlin")
DOOR = ("/session/new?undone=1", "/invitations/nothing")
LOOKS = {"desk": (1280, "light"), "dark": (1280, "dark"), "phone": (320, "light"), "zoomed": (360, "dark")}
"""The last is a campaign of 1440 px at 400 %."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleServer]:
    """A console whose campaign has a post today, one that nobody knows of, and all its roles in one person."""
    clock = GivenClock(datetime(2025, 4, 1, 8, tzinfo=UTC))
    with served(sound(tmp_path_factory.mktemp("console")).bot, clock, lambda app: app.plan()) as server:
        clock.now = datetime(2025, 4, 9, 6, tzinfo=UTC)
        with server.store.begin() as tx:
            for number, ends in ((1, State.NEEDS_DECISION), (2, State.REJECTED)):
                way = [State.PLANNED, State.CLAIMED, State.SENDING]
                way += [State.UNKNOWN, ends] if ends is State.NEEDS_DECISION else [ends]
                for start, to in pairwise(way):
                    deliveries.step(tx, number, start, to)
        yield server


@pytest.mark.parametrize(
    ("look", "stands"),
    [
        ("phone", "no worker"),
        ("dark", "stopped"),
        *(pytest.param(look, stands, marks=pytest.mark.long) for look in LOOKS for stands in ("no worker", "stopped")),
    ],
)
def test_every_page_is_for_everyone(browser: Chromium, server: ConsoleServer, look: str, stands: str) -> None:
    width, scheme = LOOKS[look]
    mira = server.signed_in(f"Mira {look} {stands}", *Role)
    if stands == "stopped":
        stop.throw(server.store, "Kasia", server.clock() - timedelta(minutes=2))
    context = browser.new_context(
        bypass_csp=True,  # for axe, which is put into the page
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page, troubles = context.new_page(), list[str]()
    page.on("pageerror", lambda error: troubles.append(str(error)))
    for path in (*DOOR, *PAGES):
        if path == PAGES[0]:
            context.add_cookies([{"name": "gs", "value": mira.http.cookies["gs"], "url": server.address}])
        page.goto(server.address + path)
        found = Axe().run(page, options={"resultTypes": ["violations"]})
        troubles += [f"{path}: {each['id']} {each['nodes'][0]['target']}" for each in found.response["violations"]]
        reaches = page.evaluate("document.documentElement.scrollWidth")
        troubles += [f"{path} is {reaches} px wide"] if reaches > width else []
    context.close()
    if stands == "stopped":
        stop.resume(server.console.work, "Kasia")
    assert not troubles, "\n".join(troubles)


WIDEST = ("be", "de")
"""Languages whose words are the longest on some page."""


@pytest.mark.parametrize(
    "language",
    [*WIDEST, *(pytest.param(each, marks=pytest.mark.long) for each in LANGUAGES if each not in ("en", *WIDEST))],
)
def test_no_language_needs_sideways_scrolling(browser: Chromium, server: ConsoleServer, language: str) -> None:
    """At 320 pixels, as a desk's screen has at 400 %."""
    mira, troubles = server.signed_in(f"Mira in {language}", *Role), list[str]()
    context = browser.new_context(viewport={"width": 320, "height": 800})
    context.set_extra_http_headers({"accept-language": language})
    page = context.new_page()
    for path in (*DOOR, *PAGES):
        if path == PAGES[0]:
            context.add_cookies([{"name": "gs", "value": mira.http.cookies["gs"], "url": server.address}])
        page.goto(server.address + path, wait_until="domcontentloaded")
        reaches, said = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.lang]")
        troubles += [f"{path} is {reaches} px wide"] if reaches > 320 else []
        troubles += [f"{path} is in {said}, and not in {language}"] if said != language else []
    context.close()
    assert not troubles, "\n".join(troubles)


def test_everything_that_matters_works_without_javascript(browser: Chromium, server: ConsoleServer) -> None:
    link = server.invite("Nora", [Role.EDITOR])
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(server.address + link)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.goto(f"{server.address}/deliveries/3")
    page.get_by_role("button", name="Hold it").click()
    assert page.get_by_text("Nora held it").is_visible()
    page.get_by_role("link", name="Stop sending").click()
    page.get_by_role("button", name="Stop now").click()
    assert page.get_by_role("heading", name="Sending is stopped.").is_visible()
    page.get_by_role("button", name="Let it go on").click()
    assert page.get_by_role("link", name="Stop sending").is_visible()
    context.close()


def test_a_link_to_ones_calendar_is_made_copied_and_ended(browser: Chromium, server: ConsoleServer) -> None:
    mira = server.signed_in("Mira with a phone")
    context = browser.new_context(bypass_csp=True, viewport={"width": 320, "height": 800})  # for axe
    context.add_cookies([{"name": "gs", "value": mira.http.cookies["gs"], "url": server.address}])
    page = context.new_page()
    page.goto(f"{server.address}/me")
    page.get_by_label("Which device it is for").fill("A phone with a name that is long")
    page.get_by_role("button", name="Make a link").click()
    link = page.get_by_label("Copy this link").input_value()
    assert httpx.get(link).headers["content-type"].startswith("text/calendar")
    opens = page.get_by_role("link", name="Open it in the app").get_attribute("href")
    assert opens == f"webcal{link.removeprefix('http')}"
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    assert found.response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    stop.throw(server.store, "Kasia", server.clock())
    page.get_by_text("Stopped by Kasia").wait_for(timeout=20_000)
    assert page.get_by_label("Copy this link").input_value() == link, "it stays whatever happens meanwhile"
    stop.resume(server.console.work, "Kasia")
    page.get_by_role("button", name="End it").click()
    page.wait_for_url("**/me")
    expect(page.get_by_text("A phone with a name that is long")).to_have_count(0)
    assert httpx.get(link).status_code == 404
    context.close()


def test_an_open_page_follows_what_others_do(browser: Chromium, server: ConsoleServer) -> None:
    mira = server.signed_in("Mira the watcher", Role.EDITOR)
    context = browser.new_context()
    context.add_cookies([{"name": "gs", "value": mira.http.cookies["gs"], "url": server.address}])
    page = context.new_page()
    refused = list[str]()
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    page.goto(server.address)
    page.get_by_role("link", name="Deliveries").first.focus()
    stop.throw(server.store, "Kasia", server.clock())
    page.get_by_text("Stopped by Kasia").wait_for(timeout=20_000)
    assert page.evaluate("document.activeElement.textContent.trim()") == "Deliveries", "focus stays where it was"
    page.locator(".notice").evaluate("each => { each.isTheSame = true; }")
    server.clock.passes(timedelta(minutes=1))
    with server.store.begin() as tx:
        deliveries.change(tx, 4, [State.PLANNED], important=True)
    expect(page.locator(".clock")).to_contain_text(f"{server.clock.now.astimezone(BERLIN):%H:%M}", timeout=20_000)
    assert page.locator(".notice").evaluate("each => each.isTheSame"), "what is the same is not said again"
    stop.resume(server.console.work, "Kasia")
    page.get_by_text("Stopped by Kasia").wait_for(state="detached", timeout=20_000)
    context.close()
    assert not [text for text in refused if "Content Security Policy" in text], refused


def test_an_open_page_says_that_its_session_ends_and_a_press_keeps_it(
    browser: Chromium, server: ConsoleServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "_ALIVE_EVERY_S", 0.5)
    page = page_of(browser, server.signed_in("Mira the patient", Role.EDITOR))
    page.goto(server.address)
    warned = page.get_by_text("You are signed out in two minutes")
    assert warned.is_hidden()
    server.clock.passes(timedelta(hours=1, minutes=59))
    warned.wait_for(timeout=20_000)
    page.get_by_role("button", name="Stay signed in").click()
    warned.wait_for(state="hidden", timeout=20_000)
    server.clock.passes(timedelta(minutes=5))
    assert page.goto(f"{server.address}/deliveries")
    page.get_by_role("heading", name="Deliveries").wait_for()
    page.context.close()


def test_keys_lead_everywhere_and_can_be_switched_off(browser: Chromium, server: ConsoleServer) -> None:
    page = page_of(browser, server.signed_in("Mira of the keys", *Role))
    page.goto(server.address)
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/calendar/2025-04")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys of this page")
    expect(dialog.get_by_text("Stop sending")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.goto(f"{server.address}/deliveries")
    page.keyboard.press("/")
    page.keyboard.type("g call!")
    assert page.get_by_label("Message").input_value() == "g call!", "in a field a key is a letter"
    page.keyboard.press("Enter")
    page.wait_for_url("**message=g+call**")
    page.keyboard.press("!")
    page.wait_for_url("**/stop")
    expect(page.get_by_role("button", name="Stop now")).to_be_focused()
    page.goto(f"{server.address}/me")
    page.get_by_role("button", name="Switch keys off").click()
    page.get_by_text("No single key does anything.").wait_for()
    page.keyboard.press("!")
    page.keyboard.press("?")
    page.wait_for_timeout(300)
    assert page.url.endswith("/me")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Switch keys on").click()
    page.get_by_text("The key ? lists them.").wait_for()
    page.keyboard.press("!")
    page.wait_for_url("**/stop")
    page.context.close()


def test_on_a_phone_a_day_is_a_list_of_posts_that_a_finger_hits(browser: Chromium, server: ConsoleServer) -> None:
    page = page_of(browser, server.signed_in("Mira of the phone"))
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(f"{server.address}/calendar/2025-04-13")
    assert page.locator(".score").is_hidden()
    posts = page.locator(".posts a")
    assert posts.count() == 2
    assert all(box["height"] >= 44 for box in (post.bounding_box() for post in posts.all()) if box)
    posts.first.click()
    page.wait_for_url("**/deliveries/*")
    page.goto(f"{server.address}/calendar/2025-04")
    region = page.get_by_role("region", name="April 2025")
    assert region.evaluate("each => each.scrollWidth <= each.clientWidth"), "a whole month is before one's eyes"
    expect(region.get_by_role("link", name="call")).not_to_have_count(0)
    page.context.close()


def test_a_page_that_answers_a_form_stands_at_the_page_of_the_form(browser: Chromium, server: ConsoleServer) -> None:
    """It follows what happens, and to load it again sends nothing once more."""
    page = page_of(browser, server.signed_in("Mira of the forms", *Role))
    page.goto(f"{server.address}/deliveries/1")
    page.get_by_label("It is there, at").fill("https://nowhere")
    page.get_by_role("button", name="It is there", exact=True).click()
    page.get_by_role("alert").wait_for()
    assert page.url == f"{server.address}/deliveries/1"
    assert page.get_by_label("It is there, at").input_value() == "https://nowhere"
    page.reload()
    assert page.get_by_role("alert").count() == 0
    page.context.close()


def test_a_stream_that_something_else_has_answered_is_asked_for_again(browser: Chromium, server: ConsoleServer) -> None:
    """As a proxy answers while the console begins anew; a browser gives such a stream up for good."""
    page = page_of(browser, server.signed_in("Mira behind a proxy"))
    page.route("**/events", lambda route: route.fulfill(status=502, body="Bad Gateway"), times=1)
    statuses: list[int] = []
    page.on("response", lambda answer: statuses.append(answer.status) if answer.url.endswith("/events") else None)
    with page.expect_response(lambda answer: answer.url.endswith("/events") and answer.ok, timeout=20_000):
        page.goto(f"{server.address}/deliveries")
    assert statuses == [502, 200]
    page.context.close()


def test_an_open_page_leads_to_the_door_once_its_session_is_over(
    browser: Chromium, server: ConsoleServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "_ALIVE_EVERY_S", 0.5)
    mira = server.signed_in("Mira signed out elsewhere")
    page = page_of(browser, mira)
    page.goto(f"{server.address}/deliveries")
    mira.send("/session/end", "/me")
    page.wait_for_url("**/session/new?back=/deliveries", timeout=20_000)
    page.context.close()
