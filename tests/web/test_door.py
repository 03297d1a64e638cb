"""Signing in: who gets in, who waits, and what is worth nothing to whoever steals it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import httpx
import pytest

from bot.domain.users import Role
from bot.errors import Refused, RefusedCode
from bot.services import users
from tests.harness.console_server import PASSWORD, Browser, ConsoleServer

WRONG = "nothing of the kind at all"


def sign_in(browser: Browser, name: str = "Mira", password: str = PASSWORD, back: str = "/me") -> httpx.Response:
    return browser.send("/sessions", name=name, password=password, back=back)


def leads_to(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_who_is_invited_chooses_a_password_and_is_in(on_both: ConsoleServer) -> None:
    link, browser = on_both.invite("Mira"), on_both.browser()
    page = browser.get(link)
    assert "Welcome, Mira" in page.text
    assert "root has invited you" in page.text
    weak = browser.send(link, link, password="password1234")
    assert weak.status_code == 422
    assert "easily guessed" in weak.text
    assert leads_to(browser.send(link, link, password=PASSWORD)) == "/"
    assert browser.get("/me").status_code == 200
    again = on_both.browser().get(link)
    assert again.status_code == 410
    assert "used already" in again.text


def test_a_link_is_over_after_three_days(server: ConsoleServer) -> None:
    link = server.invite("Mira")
    server.clock.passes(timedelta(hours=72))
    assert server.browser().get(link).status_code == 410


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.ADMIN])
def test_who_decides_sets_up_a_second_factor_first(server: ConsoleServer, role: Role) -> None:
    link, browser = server.invite("Mira", [role]), server.browser()
    assert leads_to(browser.send(link, link, password=PASSWORD)) == "/me/factor"
    for path in ("/me", "/stop"):
        assert leads_to(browser.get(path)) == "/me/factor"
    hidden = browser.hidden("/me/factor")
    browser.seed = hidden["seed"]
    wrong = browser.http.post("/me/factor", data={**hidden, "code": "000000"}, headers=browser.own)
    assert wrong.status_code == 403
    before = browser.http.cookies["gs"]
    codes = browser.http.post("/me/factor", data={**hidden, "code": server.code(browser)}, headers=browser.own)
    assert codes.text.count("<li>") == 10
    assert browser.http.cookies["gs"] != before
    assert browser.get("/me").status_code == 200


def test_a_second_factor_is_asked_for_at_every_sign_in_and_each_code_works_once(on_both: ConsoleServer) -> None:
    mira = on_both.signed_in("Mira", Role.MODERATOR)
    used, browser = on_both.code(mira), on_both.browser()
    assert leads_to(sign_in(browser)) == "/session/proof?back=/me"
    assert leads_to(browser.get("/me")) == "/session/proof?back=/me", "the password alone opens nothing"
    half = browser.http.cookies["gs"]
    assert browser.send("/session/proof", "/session/proof", code=used).status_code == 403, "it was used to set it up"
    on_both.clock.passes(timedelta(seconds=31))
    assert leads_to(browser.send("/session/proof", "/session/proof", code=on_both.code(mira), back="/me")) == "/me"
    assert browser.http.cookies["gs"] != half, "what was seen before the proof is worth nothing after it"
    thief = on_both.browser()
    thief.http.cookies.set("gs", half)
    assert leads_to(thief.get("/me")).startswith("/session/new")


def test_a_recovery_code_lets_in_once(server: ConsoleServer) -> None:
    link, browser = server.invite("Mira", [Role.ADMIN]), server.browser()
    browser.send(link, link, password=PASSWORD)
    hidden = browser.hidden("/me/factor")
    browser.seed = hidden["seed"]
    shown = browser.http.post("/me/factor", data={**hidden, "code": server.code(browser)}, headers=browser.own).text
    code = shown.partition("<li>")[2].partition("</li>")[0]
    for status in (303, 403):
        other = server.browser()
        sign_in(other)
        assert other.send("/session/proof", "/session/proof", code=code.upper()).status_code == status


def test_an_unknown_name_and_a_wrong_password_get_the_same_answer(server: ConsoleServer) -> None:
    server.signed_in("Mira")
    wrong, unknown = sign_in(server.browser(), "Mira", WRONG), sign_in(server.browser(), "Nora", WRONG)
    assert wrong.status_code == unknown.status_code == 403
    assert wrong.text == unknown.text.replace("Nora", "Mira")


def test_wrong_tries_wait_longer_each_time_but_for_a_device_that_is_known(on_both: ConsoleServer) -> None:
    mira = on_both.signed_in("Mira")
    attacker = on_both.browser()
    answers = [sign_in(attacker, password=WRONG) for _ in range(6)]
    assert "too many wrong tries" in answers[-1].text
    assert "too many wrong tries" in sign_in(attacker).text, "nor does the right one get through before its time"
    assert leads_to(sign_in(mira)) == "/me", "who has signed in from a device before is counted for herself"
    on_both.clock.passes(timedelta(seconds=2))
    assert leads_to(sign_in(attacker)) == "/me"


def test_wrong_tries_in_another_name_do_not_count_against_a_person(server: ConsoleServer) -> None:
    server.signed_in("Mira")
    for place in range(8):
        sign_in(server.browser(), f"Nobody {place}", WRONG)
    assert leads_to(sign_in(server.browser())) == "/me"


def test_who_signs_out_or_is_away_for_long_is_out(server: ConsoleServer) -> None:
    mira = server.signed_in("Mira")
    stolen = mira.http.cookies["gs"]
    server.clock.passes(timedelta(hours=1, minutes=59))
    assert mira.get("/me").status_code == 200
    server.clock.passes(timedelta(hours=2, minutes=1))
    assert leads_to(mira.get("/me")).startswith("/session/new")
    assert leads_to(sign_in(mira)) == "/me"
    stolen = mira.http.cookies["gs"]
    assert leads_to(mira.send("/session/end", "/me")) == "/session/new"
    thief = server.browser()
    thief.http.cookies.set("gs", stolen)
    assert leads_to(thief.get("/me")).startswith("/session/new")


def test_nobody_stays_signed_in_for_more_than_twelve_hours(server: ConsoleServer) -> None:
    mira = server.signed_in("Mira")
    for _ in range(11):
        server.clock.passes(timedelta(hours=1))
        assert mira.get("/me").status_code == 200
    server.clock.passes(timedelta(hours=1))
    assert leads_to(mira.get("/me")).startswith("/session/new")


def test_who_is_disabled_is_out_at_once(server: ConsoleServer) -> None:
    mira = server.signed_in("Mira")
    users.disable(server.store, "mira", "root", server.clock())
    assert leads_to(mira.get("/me")).startswith("/session/new")
    assert sign_in(server.browser()).status_code == 403


def test_a_link_in_the_wrong_hands_can_be_ended(on_both: ConsoleServer) -> None:
    link = on_both.invite("Mira")
    users.disable(on_both.store, "MIRA", "root", on_both.clock())
    assert on_both.browser().send(link, link, password=PASSWORD).status_code == 410
    on_both.signed_in("Jan")
    anew = f"/invitations/{users.reset(on_both.store, 'Jan', 'root', on_both.clock())}"
    users.disable(on_both.store, "Jan", "root", on_both.clock())
    assert on_both.browser().get(anew).status_code == 410


def test_the_last_admin_cannot_be_disabled(server: ConsoleServer) -> None:
    server.signed_in("Mira", Role.ADMIN)
    for take_away in (users.disable, partial(users.give_roles, roles=[Role.EDITOR])):
        with pytest.raises(Refused) as refused:
            take_away(server.store, "Mira", by="root", now=server.clock())
        assert refused.value.code is RefusedCode.LAST_ADMIN


def test_other_roles_hold_from_the_next_sign_in_on(on_both: ConsoleServer) -> None:
    mira, server = on_both.signed_in("Mira"), on_both
    assert mira.get("/moderation").status_code == 404
    users.give_roles(server.store, "mira", [Role.MODERATOR], "root", server.clock())
    assert leads_to(mira.get("/me")).startswith("/session/new")
    again = server.browser()
    assert leads_to(sign_in(again)) == "/me/factor"
    users.give_roles(server.store, "mira", [Role.VIEWER], "root", server.clock())
    again = server.browser()
    assert leads_to(sign_in(again)) == "/me"
    assert again.get("/moderation").status_code == 404


def test_another_password_ends_all_other_sessions(server: ConsoleServer) -> None:
    mira, elsewhere = server.signed_in("Mira"), server.browser()
    sign_in(elsewhere)
    server.clock.passes(timedelta(minutes=6))
    asked = mira.send("/me/password", "/me", password="ganz andere worte stehen hier")
    assert leads_to(asked) == "/session/proof?back=/me&undone=1", "it is dangerous: the old one is asked for first"
    assert leads_to(mira.send("/session/proof", "/session/proof", code=PASSWORD, back="/me")) == "/me"
    assert leads_to(mira.send("/me/password", "/me", password="ganz andere worte stehen hier")) == "/me"
    assert mira.get("/me").status_code == 200
    assert leads_to(elsewhere.get("/me")).startswith("/session/new")


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_leads_to_pages_of_ours_only(server: ConsoleServer, back: str) -> None:
    server.signed_in("Mira")
    assert leads_to(sign_in(server.browser(), back=back)) == "/"


def test_a_form_counts_only_from_our_own_pages(server: ConsoleServer) -> None:
    mira = server.signed_in("Mira")
    token = mira.hidden("/me")["csrf"]
    for headers, field in (
        ({"origin": "https://evil.example", "sec-fetch-site": "cross-site"}, token),
        ({"origin": "null"}, token),
        ({"sec-fetch-site": "same-site"}, token),
        ({}, token),
        (mira.own, ""),
        (mira.own, "a.b"),
        (mira.own, server.signed_in("Nora").hidden("/me")["csrf"]),
    ):
        answer = mira.http.post("/me/sessions/end", data={"csrf": field}, headers=headers)
        assert answer.status_code == 403, headers
    assert mira.get("/me").status_code == 200
    assert mira.get("/me").text != mira.get("/me").text, "the token is another one on each page"


def test_nothing_that_opens_a_door_lies_in_the_store(server: ConsoleServer) -> None:
    link = server.invite("Nora")
    mira = server.signed_in("Mira", Role.ADMIN)
    with server.store.read() as tx:
        assert tx.connection.driver_connection is not None
        stored = "\n".join(tx.connection.driver_connection.iterdump())
    for secret in (PASSWORD, mira.http.cookies["gs"], link.rpartition("/")[2], mira.hidden("/me")["csrf"]):
        assert secret not in stored


def test_every_answer_carries_the_policy(server: ConsoleServer) -> None:
    mira = server.signed_in("Mira")
    for answer in (mira.get("/me"), mira.get("/nowhere"), server.browser().get("/session/new"), mira.get("/stop")):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert "server" not in answer.headers
        assert " style=" not in answer.text
        assert " onclick" not in answer.text
    cookie = server.browser().send("/sessions", name="Mira", password=PASSWORD).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "domain" not in cookie


def test_another_host_name_is_not_answered(server: ConsoleServer) -> None:
    assert server.browser().get("/session/new", host="evil.example").status_code == 421


def test_a_form_without_end_is_not_read(server: ConsoleServer) -> None:
    answer = server.browser().http.post("/sessions", content=b"name=" + b"a" * 300_000)
    assert answer.status_code == 413
