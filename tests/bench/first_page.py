"""What a browser fetches that opens Today for the first time: the page, its style, scripts, and the fonts it needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser as Chromium

from tests.bench.figures import Figure
from tests.harness.chromium import chromium
from tests.harness.console_server import Browser

_LATIN_KB, _CYRILLIC_KB = 120, 165
MOST_KB = {"en": _LATIN_KB, "de": _LATIN_KB, "fr": _LATIN_KB, "es": _LATIN_KB, "be": _CYRILLIC_KB, "ru": _CYRILLIC_KB}
"""What it may be for each language of the console, in 1,000 bytes, headers among them."""


def measured(visitor: Browser) -> Iterator[Figure]:
    """The bytes that go over the wire, as Chromium counts them, of somebody who is signed in."""
    with chromium() as browser:
        for language, most in MOST_KB.items():
            fetched = _fetched(browser, visitor, language)
            total = sum(fetched.values())
            parts = ", ".join(f"{kind} {size / 1000:.0f}" for kind, size in fetched.items())
            value = f"{total / 1000:.0f} kB"
            yield Figure(f"first page in {language}, transferred", value, f"<= {most} kB", parts, total <= most * 1000)


def _fetched(browser: Chromium, visitor: Browser, language: str) -> Mapping[str, int]:
    """How many bytes of each kind a browser without anything in its cache was sent."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale=language)
    context.add_cookies([{"name": "gs", "value": visitor.http.cookies["gs"], "url": visitor.address}])
    page = context.new_page()
    paths, sizes = dict[str, str](), dict[str, int]()
    wire = context.new_cdp_session(page)
    wire.on("Network.requestWillBeSent", lambda sent: paths.update({sent["requestId"]: _asked(sent)}))
    wire.on("Network.loadingFinished", lambda done: sizes.update({done["requestId"]: done["encodedDataLength"]}))
    wire.send("Network.enable")
    page.goto(visitor.address, wait_until="load")
    page.evaluate("document.fonts.ready.then(() => true)")
    assert page.evaluate("document.documentElement.lang") == language
    page.wait_for_timeout(500)  # what was fetched last is counted a moment later
    by_kind: dict[str, int] = defaultdict(int)
    for request, size in sizes.items():
        by_kind[_kind_of(paths[request])] += int(size)
    by_kind.pop("", None)
    context.close()
    return by_kind


def _asked(sent: Mapping[str, Any]) -> str:
    """What a request was for, "" for what the open page asks for again because something has changed meanwhile."""
    return "" if sent["type"] == "Fetch" else str(sent["request"]["url"])


def _kind_of(url: str) -> str:
    path = urlsplit(url).path
    return path.rpartition(".")[2] if "." in path else "page" if url else ""
