"""Behind a real nginx with TLS: what the README has somebody write for it, and into bot.toml, is all that it takes."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.harness.bot_process import BotProcess, preloaded_bot, until
from tests.harness.campaign_folder import sound
from tests.harness.chromium import chromium
from tests.harness.console_server import PASSWORD, Browser
from tests.harness.nginx import nginx
from tests.harness.relay import CERTIFICATE
from tests.harness.terminal import Terminal

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
NAME = "console.union.example"
UNNAMED = "127.0.0.2"
"""Another machine, as the console sees it: whatever comes from here comes from no proxy that bot.toml names."""


@dataclass(frozen=True)
class Proxied:
    """A console behind three proxies: at `port` the one that bot.toml names, at `other_port` one that it does not, at
    `gathering_port` one that keeps streams back until there is much of them, whatever is asked of it.

    `own` is where the console itself listens.
    """

    terminal: Terminal
    port: int
    other_port: int
    gathering_port: int
    own: str
    opened: ExitStack

    def visitor(self, machine: str = "127.0.0.3", *, port: int = 0, name: str = NAME, **headers: str) -> Browser:
        """Return a new browser on this machine, that goes through a proxy."""
        address = f"https://{name}:{port or self.port}"
        context = ssl.create_default_context(cafile=str(CERTIFICATE))
        context.check_hostname = False  # it was made for 127.0.0.1
        web = httpx.Client(
            base_url=f"https://127.0.0.1:{port or self.port}",
            headers={"host": address.removeprefix("https://"), **headers},
            transport=httpx.HTTPTransport(verify=context, local_address=machine),
        )
        return Browser(address, self.opened.enter_context(web))

    def invite(self, name: str) -> str:
        """Return the path of a new invitation."""
        told = self.terminal.bot("user", "add", name, "--address", f"https://{NAME}", "--json")
        return str(told.document["link"]).removeprefix(f"https://{NAME}")


def written(language: str, word: str) -> str:
    """Return the README's example in this language that has this word."""
    return next(str(each) for each in re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL) if word in each)


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    root = tmp_path_factory.mktemp("proxied")
    folder = sound(root / "campaign")
    folder.write("bot.toml", f"{folder.bot.read_text()}\n{written('toml', 'trusted_proxies')}")
    terminal = Terminal(folder.root, root / "home")
    terminal.home.mkdir()
    words = ["web", "--listen", "127.0.0.1:0", "--json"]
    console = BotProcess(preloaded_bot(), words, folder.root, root / "logs", terminal.surroundings)
    try:
        until(lambda: console.out.endswith("}\n"))
        own = json.loads(console.out)["address"]
        server = written("nginx", "proxy_pass").replace("http://127.0.0.1:8377", own)
        unnamed = server.replace("location / {", f"location / {{ proxy_bind {UNNAMED};")
        gathering = server.replace("location / {", "location / { proxy_ignore_headers X-Accel-Buffering;")
        with nginx(root, [server, unnamed, gathering]) as ports, ExitStack() as opened:
            port, other_port, gathering_port = ports
            yield Proxied(terminal, port, other_port, gathering_port, own, opened)
    finally:
        assert console.stopped() == 0, console.err


def sign_in(browser: Browser, password: str = PASSWORD) -> httpx.Response:
    return browser.send("/sessions", name="Mira", password=password, back="/me")


def test_who_is_invited_comes_in_through_the_named_proxy_and_is_told_apart_by_their_own_machine(
    proxied: Proxied,
) -> None:
    mira, link = proxied.visitor(), proxied.invite("Mira")
    entered = mira.send(link, link, password=PASSWORD)
    assert (entered.status_code, entered.headers["location"]) == (303, "/")
    cookies = entered.headers.get_list("set-cookie")
    assert sorted(cookie.partition("=")[0] for cookie in cookies) == ["__Host-gs", "__Host-gs-device"]
    for cookie in cookies:
        assert {"Path=/", "Secure", "HttpOnly", "SameSite=lax"} <= set(cookie.split("; "))
        assert "domain" not in cookie.lower()
    assert entered.headers["strict-transport-security"] == "max-age=31536000"
    assert mira.get("/me").status_code == 200

    claiming = proxied.visitor(machine="127.0.0.4")
    for place in range(6):
        claiming.http.headers["x-forwarded-for"] = f"198.51.100.{place}"
        refused = sign_in(claiming, "nothing of the kind at all")
    assert (refused.status_code, "too many wrong tries" in refused.text) == (403, True), "whoever it says it is"
    assert sign_in(proxied.visitor(machine="127.0.0.5")).status_code == 303, "another machine is not kept waiting"


def test_who_is_not_named_is_believed_nothing(proxied: Proxied) -> None:
    unsafe = proxied.visitor(port=proxied.other_port)
    page = unsafe.get("/session/new")
    assert "strict-transport-security" not in page.headers
    assert "a connection that others can read" in page.text
    refused = sign_in(unsafe)
    assert (refused.status_code, refused.headers.get_list("set-cookie")) == (403, [])
    web = httpx.Client(base_url=proxied.own, transport=httpx.HTTPTransport(local_address=UNNAMED))
    with Browser(proxied.own, web) as direct:
        direct.http.headers["x-forwarded-proto"] = "https"
        for place in range(6):
            direct.http.headers["x-forwarded-for"] = f"198.51.100.{place}"
            refused = sign_in(direct, "nothing of the kind at all")
        assert "too many wrong tries" in refused.text
        assert "strict-transport-security" not in refused.headers


def test_a_name_that_is_not_the_consoles_is_misdirected(proxied: Proxied) -> None:
    answer = proxied.visitor(name="somebody.else.example").get("/session/new")
    assert (answer.status_code, "not reached by that name" in answer.text) == (421, True)


def enter(proxied: Proxied, page: Page, name: str, port: int) -> None:
    """Come in through the proxy at this port, as somebody who was just invited."""
    page.goto(f"https://{NAME}:{port}{proxied.invite(name)}")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("link", name="Stop sending")).to_be_visible()


def test_a_page_whose_stream_is_kept_back_asks_by_itself_what_has_changed(proxied: Proxied) -> None:
    with chromium(f"--host-resolver-rules=MAP {NAME} 127.0.0.1") as browser:
        page = browser.new_context(ignore_https_errors=True).new_page()
        page.clock.install()
        enter(proxied, page, "Ana", proxied.gathering_port)
        proxied.terminal.bot("stop")
        try:
            page.clock.run_for(40_000)
            expect(page.get_by_text("Stopped by")).to_be_visible(timeout=20_000)
            page.clock.run_for(5_000)
            expect(page.get_by_text("Not connected")).to_be_hidden()
        finally:
            proxied.terminal.bot("resume")


def test_a_browser_keeps_the_cookie_and_hears_at_once_what_has_changed(proxied: Proxied) -> None:
    with chromium(f"--host-resolver-rules=MAP {NAME} 127.0.0.1") as browser:
        context = browser.new_context(ignore_https_errors=True)
        page = context.new_page()
        enter(proxied, page, "Kasia", proxied.port)
        kept = {cookie["name"]: cookie["secure"] for cookie in context.cookies()}
        assert kept == {"__Host-gs": True, "__Host-gs-device": True}
        proxied.terminal.bot("stop")
        expect(page.get_by_text("Stopped by")).to_be_visible(timeout=20_000)
        proxied.terminal.bot("resume")
