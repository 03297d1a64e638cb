"""Debian's Chromium, driven as a person would: by keys and by what buttons are called."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, sync_playwright

from tests.harness.console_server import Browser

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


_SEEN = """focused => {
    const shown = focused.matches("[type=checkbox]") ? focused.closest("label") : focused;
    const { left, top, width, height } = shown.getBoundingClientRect();
    const parts = [.1, .3, .5, .7, .9];
    const places = parts.flatMap((x) => parts.map((y) => [left + x * width, top + y * height]));
    return places.some(([x, y]) => shown.contains(document.elementFromPoint(x, y)));
}"""


def hidden_with_focus(page: Page) -> list[str]:
    """Go through a page by Tab; return what had the focus and could not be seen at all (WCAG 2.2, 2.4.11)."""
    hidden = list[str]()
    page.evaluate("document.activeElement.blur()")
    while True:
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if not focused.count() or focused.evaluate("each => each === document.body"):
            return hidden
        if not focused.evaluate(_SEEN):
            hidden.append(focused.evaluate("each => each.outerHTML.slice(0, 90)"))


@contextmanager
def chromium(*more: str) -> Iterator[Chromium]:
    """Lend a Chromium that asks nobody for anything by itself, started with `more` arguments."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *more])
        yield browser
        browser.close()


def page_of(browser: Chromium, visitor: Browser, *, width: int = 1280, script: bool = True) -> Page:
    """Return a window of somebody who is signed in."""
    context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=script)
    context.add_cookies([{"name": "gs", "value": visitor.http.cookies["gs"], "url": visitor.address}])
    return context.new_page()
