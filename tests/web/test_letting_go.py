"""What protects somebody is one press: many refused at once, authors blocked, and whoever asks let go of."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from bot.domain.actor import Actor, Via
from bot.domain.moderation import Reason
from bot.domain.sighting import SightingState
from bot.domain.users import Role
from bot.services import presence
from bot.services.moderation import approval
from bot.services.protection import forget, retention
from bot.services.work import Work, author_key
from bot.store import authors, deliveries, sightings
from bot.store import schema as t
from bot.store.engine import answer
from bot.web import pages
from bot.web.routes import ROUTES
from tests.harness.console_server import Browser, ConsoleServer
from tests.harness.seen_posts import bring, post_of

pages.load()

JAN = Actor(99, "Jan", Via.CONSOLE)


@pytest.fixture
def mira(server: ConsoleServer) -> Browser:
    return server.signed_in("Mira", Role.MODERATOR)


def three(server: ConsoleServer) -> list[int]:
    """Posts of Ana, Ben, and Ana again."""
    first, second = (post_of(who, server.clock(), f"Only {who} says {who * 3}") for who in ("ana", "ben"))
    again = post_of("ana", server.clock(), "Something else of Ana", uri="https://elsewhere.example/@ana/2")
    return [number for post in (first, second, again) for number in bring(server, post)]


def states(server: ConsoleServer) -> dict[int, SightingState]:
    with server.store.read() as tx:
        return {each.id: each.state for each in sightings.listed(tx)}


def send(browser: Browser, path: str, **fields: object) -> httpx.Response:
    csrf = browser.hidden("/me")["csrf"]
    return browser.http.post(path, data={"csrf": csrf} | fields, headers=browser.own)


def test_many_are_refused_and_what_others_decided_stays(server: ConsoleServer, mira: Browser) -> None:
    first, second, third = three(server)
    approval.approve(server.console.work, second, JAN)
    page = mira.get("/moderation?many=1").text
    assert page.count('name="chosen"') == 2
    assert "approval" not in page, "nothing is approved in bulk"
    done = send(mira, "/sightings/rejections", chosen=[first, second, third], why="spam")
    assert states(server) == {
        first: SightingState.REJECTED,
        second: SightingState.APPROVED,
        third: SightingState.REJECTED,
    }
    said = mira.get(done.headers["location"]).text
    assert "You said no to 2 posts." in said
    assert "One was decided by others before" in said
    with server.store.read() as tx:
        stored = sightings.get(tx, first)
    assert stored is not None
    assert stored.judgement.reasons[0] == Reason.SPAM
    assert send(mira, "/sightings/rejections").status_code == 422, "nothing was chosen"


def test_a_block_is_listed_without_a_name_and_can_be_lifted(server: ConsoleServer, mira: Browser) -> None:
    first, second, third = three(server)
    done = send(mira, f"/sightings/{first}/block")
    assert done.headers["location"].startswith(f"/moderation?card={second}&notice=blocked")
    assert "Its author is blocked" in mira.get(done.headers["location"]).text
    assert states(server)[third] is SightingState.REJECTED
    jan = server.signed_in("Jan", Role.MODERATOR)
    assert "blocked already, by Mira" in send(jan, f"/sightings/{third}/block").text
    page = mira.get("/sightings/blocks").text
    assert "An author, 2 posts, blocked by <b>Mira</b>" in page
    assert "ana" not in page.split("<main")[1]
    assert send(mira, "/sightings/blocks/end", key=mira.hidden("/sightings/blocks")["key"]).status_code == 303
    assert "Nobody is blocked." in mira.get("/sightings/blocks").text
    send(mira, "/sightings/rejections", chosen=[second], block_authors="1")
    assert "One author is blocked" in mira.get("/sightings/blocks").text


def test_who_asked_to_stop_is_let_go_of_at_one_press(server: ConsoleServer, mira: Browser) -> None:
    first, second, third = three(server)
    approval.approve(server.console.work, third, JAN)
    done = send(mira, f"/sightings/{first}/withdrawal")
    said = mira.get(done.headers["location"]).text
    assert "2 posts were taken back and forgotten" in said
    assert "Posts of ours that name them are held: Today says which." in said
    assert set(states(server)) == {second}
    with server.store.read() as tx:
        assert deliveries.of_sighting(tx, third) == []
        assert b"@ana" not in str(tx.execute(select(t.audit)).all()).encode()
    assert bring(server, post_of("ana", server.clock(), "Ana once more")) == [], "never seen again"
    assert send(mira, f"/sightings/{first}/withdrawal").headers["location"].endswith("notice=gone")
    listed = mira.get("/sightings")
    assert (listed.status_code, "3 posts of others were seen." in listed.text) == (200, True)
    assert re.search(r"forgotten <span class=\"num\">2<", listed.text)


def test_a_card_that_may_ask_for_a_stop_says_how_a_slogan_is_answered(server: ConsoleServer, mira: Browser) -> None:
    first, *_ = three(server)
    with server.store.begin() as tx:
        authors.add_stop_request(
            tx, "a post", author_key(server.console.work, "@ana@elsewhere.example"), first, server.clock()
        )
    assert f"the person who runs the bot says so: bot dismiss {first}" in mira.get(f"/sightings/{first}").text


def test_who_else_looks_at_a_card_is_shown(server: ConsoleServer, mira: Browser) -> None:
    first, second, _ = three(server)
    assert "Also looking" not in mira.get(f"/moderation?card={first}").text
    presence.look(server.console.work, first, JAN)
    assert "Also looking at it: Jan." in mira.get(f"/moderation?card={first}").text
    assert "Jan is looking at it" in mira.get(f"/moderation?card={second}").text, "in the queue"
    assert send(mira, f"/sightings/{second}/presence").status_code == 204
    own = Actor(mira_id(server), "Mira", Via.CONSOLE)
    assert others(server, JAN) == {second: ("Mira",)}
    assert others(server, own) == {first: ("Jan",)}
    send(mira, f"/sightings/{second}/presence", leaves="1")
    assert others(server, JAN) == {}


def others(server: ConsoleServer, by: Actor) -> Mapping[int, tuple[str, ...]]:
    with server.store.read() as tx:
        return answer(tx, presence.others_question(by, server.clock()))


def mira_id(server: ConsoleServer) -> int:
    with server.store.read() as tx:
        return int(tx.execute(select(t.user.c.id).where(t.user.c.name == "Mira")).scalar_one())


GONE: Mapping[str, Callable[[Work], object]] = {
    "one author asked for it": lambda work: forget.forget(work, "@ana@elsewhere.example", "root"),
    "what was decided is old": lambda work: retention.purge(work, timedelta(), timedelta(), "root"),
    "the campaign is over": lambda work: retention.purge_after_campaign(work, "root"),
}


@pytest.mark.parametrize("why", GONE)
def test_every_page_is_shown_when_people_are_gone(server: ConsoleServer, why: str) -> None:
    first, second, third = three(server)
    approval.approve(server.console.work, third, JAN)
    approval.reject(server.console.work, second, JAN)
    server.clock.passes(timedelta(days=10))
    olga, nina = server.signed_in("Olga", *Role), server.signed_in("Nina", Role.VIEWER)
    GONE[why](server.console.work)
    for route in (route for route in ROUTES if route.method == "GET" and route.path != "/events"):
        for visitor in (olga, nina):
            path = re.sub(r"\{\w+(?::\w+)?\}", str(first), route.path)
            assert visitor.get(path).status_code < 500, path
