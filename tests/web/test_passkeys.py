"""Passkeys: set up, asked for, removed in a real browser; and what is no answer to our challenge opens nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from playwright.sync_api import CDPSession

from bot.domain.users import Role
from bot.services import users
from bot.services.events import EventName
from bot.store import control
from bot.store import users as stored
from bot.store.engine import answer
from tests.harness.chromium import chromium
from tests.harness.console_server import PASSWORD, Browser, ConsoleServer
from tests.harness.security_key import SecurityKey


def asked(browser: Browser, path: str, page: str) -> dict[str, Any]:
    """What a browser is asked to sign."""
    answer = browser.send(path, page)
    assert answer.status_code == 200, answer.text
    options: dict[str, Any] = answer.json()
    return options


def add(browser: Browser, key: SecurityKey, page: str, origin: str = "") -> httpx.Response:
    options = asked(browser, "/me/passkeys/challenge", page)
    return browser.send("/me/passkeys", page, passkey=key.made(options, origin or browser.address), name="A key")


def with_passkey(server: ConsoleServer, name: str, *roles: Role) -> tuple[Browser, SecurityKey]:
    """Somebody whose only second factor is a passkey."""
    link, browser, key = server.invite(name, roles), server.browser(server.named), SecurityKey()
    browser.send(link, link, password=PASSWORD)
    shown = add(browser, key, "/me/factor")
    assert shown.text.count("<li>") == 10, shown.text
    return browser, key


def sign_in(server: ConsoleServer, name: str) -> Browser:
    """Somebody who has typed the right password, no more."""
    browser = server.browser(server.named)
    browser.send("/sessions", name=name, password=PASSWORD)
    return browser


def prove(browser: Browser, answer: str) -> httpx.Response:
    return browser.send("/session/proof", "/session/proof", passkey=answer, back="/me")


def test_a_passkey_answers_for_its_user_to_one_challenge_at_our_own_address(server: ConsoleServer) -> None:
    mira, key = with_passkey(server, "Mira", Role.MODERATOR)
    assert mira.get("/me").status_code == 200
    again = sign_in(server, "Mira")
    half = again.http.cookies["gs"]
    wrong: list[Callable[[dict[str, Any]], str]] = [
        lambda options: key.signed(options, "https://evil.example"),
        lambda options: key.signed(options | {"challenge": "A" * 43}, server.named),
        lambda options: key.signed(options | {"rpId": "evil.example"}, server.named),
        lambda options: SecurityKey().signed(options, server.named),
        lambda options: "[]",
        lambda options: '{"rawId": 7}',
    ]
    for answered in wrong:
        options = asked(again, "/session/proof/challenge", "/session/proof")
        assert prove(again, answered(options)).status_code == 403
    options = asked(again, "/session/proof/challenge", "/session/proof")
    assert prove(again, right := key.signed(options, server.named)).headers["location"] == "/me"
    assert again.http.cookies["gs"] != half
    other = sign_in(server, "Mira")
    assert prove(other, right).status_code == 403, "another session was never asked for that"
    assert prove(again, right).status_code == 403, "nor does it count twice"
    options = asked(other, "/session/proof/challenge", "/session/proof")
    server.clock.passes(timedelta(minutes=5))
    assert prove(other, key.signed(options, server.named)).status_code == 403, "it is five minutes old"
    assert other.get("/me").status_code == 303


def test_nobody_comes_in_with_somebody_elses_passkey_nor_takes_it_over(server: ConsoleServer) -> None:
    _, key = with_passkey(server, "Mira", Role.MODERATOR)
    nora, _ = with_passkey(server, "Nora", Role.ADMIN)
    half = sign_in(server, "Nora")
    options = asked(half, "/session/proof/challenge", "/session/proof")
    assert prove(half, key.signed(options, server.named)).status_code == 403
    taken = add(nora, key, "/me")
    assert taken.status_code == 403
    assert "somebody’s passkey already" in taken.text
    assert half.send("/me/passkeys/challenge", "/session/proof").status_code == 303, "the password alone adds none"
    users.reset(server.store, "Mira", "root", server.clock())
    assert add(nora, key, "/me").headers["location"] == "/me", "a reset takes passkeys away"


def test_a_passkey_that_counts_backwards_is_refused_and_told(server: ConsoleServer) -> None:
    _, key = with_passkey(server, "Mira")
    for counter, status in ((5, 303), (3, 403), (6, 303)):
        key.counter, half = counter, sign_in(server, "Mira")
        answer = key.signed(asked(half, "/session/proof/challenge", "/session/proof"), server.named)
        assert prove(half, answer).status_code == status
    told = [event.fields for event in server.events if event.name is EventName.PASSKEY_COPIED]
    assert told == [{"user": "Mira"}]


def passkey_ids(server: ConsoleServer, name: str) -> list[int]:
    with server.store.read() as tx:
        user = stored.user_by_name(tx, name.lower())
        return [each.id for each in stored.passkeys(tx, user.id)] if user else []


@pytest.mark.parametrize(("roles", "status"), [([Role.MODERATOR], 403), ([Role.EDITOR], 303)])
def test_the_last_factor_stays_with_whoever_needs_one(server: ConsoleServer, roles: list[Role], status: int) -> None:
    mira, key = with_passkey(server, "Mira", *roles)
    (number,) = passkey_ids(server, "Mira")
    nora, _ = with_passkey(server, "Nora", Role.ADMIN)
    assert nora.send(f"/me/passkeys/{number}/remove", "/me").status_code == 303
    assert passkey_ids(server, "Mira") == [number], "somebody else’s is none of theirs"
    server.clock.passes(timedelta(minutes=6))
    assert mira.send(f"/me/passkeys/{number}/remove", "/me").headers["location"] == "/session/proof?back=/me&undone=1"
    prove(mira, key.signed(asked(mira, "/session/proof/challenge", "/session/proof"), server.named))
    assert mira.send(f"/me/passkeys/{number}/remove", "/me").status_code == status
    assert len(passkey_ids(server, "Mira")) == (status == 403)
    assert mira.get("/me").status_code == 200


def test_an_app_goes_where_a_passkey_is_left_and_its_codes_open_nothing_more(server: ConsoleServer) -> None:
    mira = server.signed_in("Mira", Role.MODERATOR)
    only = mira.send("/me/factor/remove", "/me")
    assert (only.status_code, "It is your only second factor" in only.text) == (403, True)
    named = server.browser(server.named, cookie=f"gs={mira.http.cookies['gs']}")
    add(named, SecurityKey(), "/me")
    server.clock.passes(timedelta(minutes=6))
    late = named.send("/me/factor/remove", "/me")
    assert late.headers["location"].startswith("/session/proof"), "proved again first"
    server.clock.passes(timedelta(minutes=-6))
    assert named.send("/me/factor/remove", "/me").headers["location"] == "/me"
    page = named.get("/me").text
    assert "No app that shows codes" in page
    assert "/me/factor/remove" not in page
    again = sign_in(server, "Mira")
    code = server.code(mira)
    assert again.send("/session/proof", "/session/proof", code=code, back="/me").status_code == 403
    with server.store.read() as tx:
        assert [act.action for act in answer(tx, control.audit_question("user Mira"))][-1] == "remove app"


def test_where_passkeys_cannot_work_the_page_says_so(server: ConsoleServer) -> None:
    link, mira = server.invite("Mira", [Role.MODERATOR]), server.browser()
    mira.send(link, link, password=PASSWORD)
    page = mira.get("/me/factor").text
    assert "Passkeys work over https" in page
    assert "<script" not in page
    assert mira.send("/me/passkeys/challenge", "/me/factor").status_code == 403
    _, key = with_passkey(server, "Nora", Role.MODERATOR)
    nora = server.browser()
    nora.send("/sessions", name="Nora", password=PASSWORD)
    assert "Your passkeys work at localhost alone" in nora.get("/session/proof").text
    assert (
        nora.send(
            "/session/proof",
            "/session/proof",
            passkey=key.signed({"rpId": "127.0.0.1", "challenge": "A" * 43}, nora.address),
        ).status_code
        == 403
    )


def test_a_moderator_needs_a_passkey_and_no_phone(server: ConsoleServer) -> None:
    with chromium() as browser:
        context = browser.new_context()
        page = context.new_page()
        devices = context.new_cdp_session(page)
        laptop = plug_in(devices)
        page.goto(server.named + server.invite("Mira", [Role.MODERATOR]))
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Go on").click()
        page.get_by_label("A name").fill("Laptop")
        page.get_by_role("button", name="Add a passkey").click()
        page.get_by_role("heading", name="Keep these codes").wait_for()
        page.goto(f"{server.named}/me")
        assert page.get_by_text("not used yet").is_visible()
        page.get_by_role("button", name="Sign out", exact=True).click()

        page.get_by_label("Name").fill("Mira")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Use your passkey").click()
        page.wait_for_url(f"{server.named}/")

        server.clock.passes(timedelta(minutes=6))
        page.goto(f"{server.named}/me")
        page.get_by_role("button", name="Add a passkey").click()
        page.get_by_role("button", name="Use your passkey").click()
        page.wait_for_url(f"{server.named}/me")
        page.get_by_role("button", name="Add a passkey").click()
        page.get_by_text("one of your passkeys already").wait_for()
        page.get_by_role("button", name="Remove Laptop").click()
        page.get_by_text("It is your only second factor").wait_for()
        devices.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": laptop})
        plug_in(devices)
        page.get_by_label("A name").fill("Key in the drawer")
        page.get_by_role("button", name="Add a passkey").click()
        page.get_by_role("button", name="Remove Key in the drawer").wait_for()
        page.get_by_role("button", name="Remove Laptop").click()
        page.get_by_role("button", name="Remove Laptop").wait_for(state="detached")
        context.close()

        without = browser.new_context(java_script_enabled=False)
        page = without.new_page()
        half = sign_in(server, "Mira")
        without.add_cookies([{"name": "gs", "value": half.http.cookies["gs"], "url": server.named}])
        page.goto(f"{server.named}/session/proof")
        assert page.locator("noscript p").is_visible()
        assert page.get_by_label("A recovery code").is_visible()
        without.close()


def plug_in(devices: CDPSession) -> str:
    """Give a window a device that makes passkeys, and always says yes. Return its number."""
    devices.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    number: str = devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
    return number
