"""The console of a real campaign folder, served over loopback HTTP, with a given clock and browsers that visit it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from types import TracebackType

import httpx
import pyotp

from bot.app import App, open_app
from bot.domain.users import Role, needs_second_factor
from bot.services import users
from bot.services.events import Event
from bot.store.store import Store
from bot.web.console import LOOPBACK_NAMES, Console
from bot.web.server import Listen, serve
from tests.harness.bot_process import until

PASSWORD = "korrekt pferd batterie klammer"
_INPUT = re.compile(r'name="(\w+)" value="([^"]*)"')


@dataclass
class GivenClock:
    """A clock that stands still until a test moves it (UTC)."""

    now: datetime = datetime(2025, 4, 9, 12, 32, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, time: timedelta) -> None:
        self.now += time


@dataclass
class Browser:
    """Somebody's browser: cookies of its own, forms sent as the pages have them."""

    address: str
    http: httpx.Client
    seed: str = ""

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.http.close()

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.http.get(path, headers=headers)

    def send(self, path: str, page: str | None = None, **fields: str) -> httpx.Response:
        """Send a form that stands on `page` (its hidden fields too), as a browser does."""
        hidden = self.hidden(page) if page is not None else {}
        came_from = {"referer": f"{self.address}{page}"} if page else {}
        return self.http.post(path, data=hidden | fields, headers=self.own | came_from)

    @property
    def own(self) -> dict[str, str]:
        return {"origin": self.address, "sec-fetch-site": "same-origin"}

    def hidden(self, page: str) -> dict[str, str]:
        shown = self.http.get(page, follow_redirects=True).text
        return {name: unescape(value) for name, value in _INPUT.findall(shown)}


@dataclass
class ConsoleServer:
    """A console that is served; `events` are what it has told."""

    address: str
    console: Console
    clock: GivenClock
    events: list[Event]
    _browsers: list[Browser] = field(default_factory=list)

    @property
    def store(self) -> Store:
        return self.console.app.work.store

    @property
    def named(self) -> str:
        """Its address by a name: passkeys are made for names alone."""
        return self.address.replace("127.0.0.1", "localhost")

    def browser(self, address: str = "", **headers: str) -> Browser:
        """Return a new browser, of nobody yet."""
        address = address or self.address
        self._browsers.append(Browser(address, httpx.Client(base_url=address, headers=headers, timeout=30)))
        return self._browsers[-1]

    def invite(self, name: str, roles: Collection[Role] = ()) -> str:
        """Return the path of a new invitation."""
        return f"/invitations/{users.invite(self.store, name, roles, 'root', self.clock())}"

    def signed_in(self, name: str = "Mira", *roles: Role) -> Browser:
        """Return the browser of a new user, who has set up a second factor where their roles need one."""
        browser, link = self.browser(), self.invite(name, roles)
        assert browser.send(link, link, password=PASSWORD).status_code == 303
        if needs_second_factor(roles):
            hidden = browser.hidden("/me/factor")
            browser.seed = hidden["seed"]
            done = browser.http.post("/me/factor", data={**hidden, "code": self.code(browser)}, headers=browser.own)
            assert done.status_code == 200, done.text
        return browser

    def code(self, browser: Browser) -> str:
        """Return the code that a user's app shows now."""
        return pyotp.TOTP(browser.seed).at(int(self.clock().timestamp()))

    def close(self) -> None:
        for browser in self._browsers:
            browser.http.close()


@contextmanager
def served(
    bot: Path, clock: GivenClock | None = None, change: Callable[[App], object] = lambda app: None
) -> Iterator[ConsoleServer]:
    """Serve the console of this bot.toml until the test is over."""
    given, events = clock or GivenClock(), list[Event]()
    app = open_app(bot, given, events.append)
    change(app)
    console, stopping, addresses = Console(app, given, LOOPBACK_NAMES), threading.Event(), list[str]()
    thread = threading.Thread(target=serve, args=(console, Listen("127.0.0.1", 0), (), stopping, addresses.append))
    thread.start()
    try:
        until(lambda: addresses)
        server = ConsoleServer(addresses[0], console, given, events)
        yield server
        server.close()
    finally:
        stopping.set()
        thread.join()
        app.close()
