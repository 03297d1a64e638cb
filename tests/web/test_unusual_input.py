"""Every route of the console with input that no page of ours sends: each answers with a page that says what to do."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import select

from bot.app import App
from bot.domain.delivery import State
from bot.domain.sighting import SightingState
from bot.domain.users import Role
from bot.services.events import EventName
from bot.store import deliveries
from bot.store import schema as t
from bot.web import pages
from bot.web.routes import ROUTES, Route
from tests.harness.console_server import Browser, ConsoleServer
from tests.harness.seen_posts import bring, post_of
from tests.harness.table import each_of

pages.load()

IDS = ("0", "-1", "999", "9" * 30, str(2**63), str(2**63 - 1), "abc", "1.5", "１２", "%00", "%ff%fe", "a" * 3000)
WHENS = (
    "2025-13",
    "2025-00",
    "2025-W54",
    "2025-W00",
    "2025-02-30",
    "0000-00-00",
    "9999-12-31",
    "0001-01",
    "agend",
    "%F0",
)
VALUES = ("", "0", "-1", "9" * 30, "abc", "%00", "%ff%fe", "a" * 5000, "%E2%80%AE%3Cb%3E", "null", "en_XX", "../..")
TO_A_DATABASE = ("", "%00", "9" * 30)
"""Those of `VALUES` that the two databases might take differently."""

HX = {"hx-request": "true"}
FOR_PROGRAMS = "/feeds/"
"""What is below is asked for by calendar apps, which show a sentence and no page."""


@dataclass
class Walk:
    """Somebody who goes through all routes; `troubles` are the answers that nobody should see."""

    visitor: Browser
    is_sqlite: bool
    troubles: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str, **about: object) -> httpx.Response | None:
        """Ask for something, and judge the answer."""
        what = f"{method} {path[:90]} {str(about)[:120]}"
        try:
            with self.visitor.http.stream(method, path, **about) as answer:  # type: ignore[arg-type]
                is_endless = "event-stream" in answer.headers.get("content-type", "")
                if not is_endless:
                    answer.read()
        except httpx.RemoteProtocolError as error:
            self.troubles.append(f"{what}: {error}")
            return None
        if trouble := None if is_endless else trouble_of(answer, method):
            self.troubles.append(f"{answer.status_code} {what}: {trouble}")
        return answer


def trouble_of(answer: httpx.Response, method: str) -> str:
    """Return what is wrong with an answer: it shows where to go on, Stop among it to who is signed in."""
    if answer.status_code >= 500:
        return "an error of ours"
    if answer.status_code in {204, 303, 307}:
        return ""
    kind = answer.headers.get("content-type", "")
    if answer.url.path.startswith(FOR_PROGRAMS) and kind.startswith("text/plain"):
        return ""
    if kind.startswith("application/json") and answer.status_code == 200:
        return ""
    if not kind.startswith("text/html"):
        return f"no page: {answer.text[:80]!r}"
    if method == "HEAD":
        return ""
    if not re.search(r"<h1[^>]*>\s*[^<\s]", answer.text):
        return "no heading"
    if not re.search(r'<(a class="(btn|stop)|form)', answer.text):
        return "no way on"
    return ""


@pytest.fixture
def walk(on_both: ConsoleServer) -> Iterator[Walk]:
    """Somebody in all roles, at a console on which a post is in doubt and another waits for a yes."""
    app = on_both.console.app
    assert isinstance(app, App)
    app.plan()
    bring(on_both, post_of("ada", on_both.clock()))
    in_doubt(on_both, 1)
    walk = Walk(on_both.signed_in("Mira", *Role), on_both.store.is_sqlite)
    before = states_of(on_both)
    yield walk
    told = [f"{event.name}: {event.fields}" for event in on_both.events if event.name is EventName.FAILED]
    assert not walk.troubles + told, "\n".join([*walk.troubles, *told][:60])
    assert states_of(on_both) == before, "nothing of ours goes out, or back, by input that nobody can mean"
    with on_both.store.read() as tx:
        assert not tx.execute(select(t.sighting.c.id).where(t.sighting.c.state == SightingState.APPROVED)).all()


def in_doubt(server: ConsoleServer, number: int) -> None:
    """Let nobody know whether this delivery is out."""
    way = (State.PLANNED, State.CLAIMED, State.SENDING, State.UNKNOWN, State.NEEDS_DECISION)
    with server.store.begin() as tx:
        for start, to in pairwise(way):
            deliveries.step(tx, number, start, to)


def states_of(server: ConsoleServer) -> dict[int, str]:
    with server.store.read() as tx:
        return {row.id: row.state for row in tx.execute(select(t.delivery.c.id, t.delivery.c.state))}


def paths_of(route: Route) -> Iterator[str]:
    places = re.findall(r"\{(\w+)(?::\w+)?\}", route.path)
    if not places:
        yield route.path
        return
    for value in IDS + WHENS:
        yield re.sub(r"\{\w+(?::\w+)?\}", value, route.path)


def fields_of(route: Route) -> list[str]:
    names = [name for name in inspect.signature(route.endpoint).parameters if name != "visit"]
    return [name for name in names if f"{{{name}" not in route.path]


SAFE = [route for route in ROUTES if route.path not in {"/session/end", "/me/sessions/end"}]


def test_every_reading(walk: Walk) -> None:
    for route in (route for route in SAFE if route.method == "GET"):
        for path in paths_of(route):
            walk.ask("GET", path)
            walk.ask("GET", path, headers=HX)
        path = next(paths_of(route)).replace("/0", "/1")
        for name in fields_of(route):
            for value in VALUES:
                walk.ask("GET", f"{path}?{name}={value}")
                walk.ask("GET", f"{path}?{name}={value}&{name}=2")


def test_every_form(walk: Walk) -> None:
    own = walk.visitor.own
    token = walk.visitor.hidden("/me")["csrf"]
    form = own | {"content-type": "application/x-www-form-urlencoded"}
    for route in (route for route in SAFE if route.method == "POST"):
        for path in paths_of(route):
            walk.ask("POST", path, data={"csrf": token}, headers=own)
        path = re.sub(r"\{\w+(?::\w+)?\}", "1", route.path)
        if walk.is_sqlite:
            send_junk(walk, path, token, form)
        for name in fields_of(route):
            for value in VALUES if walk.is_sqlite else TO_A_DATABASE:
                walk.ask("POST", path, content=f"csrf={quote(token)}&{name}={value}".encode(), headers=form)
            walk.ask("POST", path, data={"csrf": token}, files={name: ("a.txt", b"\xff")}, headers=own)


def send_junk(walk: Walk, path: str, token: str, form: dict[str, str]) -> None:
    """Send what is no form, or none of ours."""
    own = walk.visitor.own
    walk.ask("POST", path, headers=own)
    walk.ask("POST", path, content=b"\x00\xff\xfe", headers=form)
    walk.ask("POST", path, content=b"csrf=" + quote(token).encode() + b"&\xff=\xff&=&&a", headers=form)
    walk.ask("POST", path, content=b"&".join([b"a=b"] * 1200), headers=form)
    walk.ask("POST", path, json={"csrf": token}, headers=own)
    walk.ask("POST", path, content=b"x" * 300_000, headers=form)
    walk.ask("POST", path, content=b"junk", headers=own | {"content-type": "multipart/form-data"})
    walk.ask("POST", path, content=b"junk", headers=own | {"content-type": "multipart/form-data; boundary=x"})
    walk.ask("POST", path, files={"csrf": ("a.txt", b"x")}, headers=own)


ON_SQLITE = pytest.mark.parametrize("kind_of_store", ["sqlite"], indirect=True)
"""What no database is asked about."""


@ON_SQLITE
def test_every_method(walk: Walk) -> None:
    for route in SAFE:
        path = re.sub(r"\{\w+(?::\w+)?\}", "1", route.path)
        for method in ("GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"):
            walk.ask(method, path, headers=walk.visitor.own)
    for path in (
        "/nothing",
        "/deliveries/",
        "//",
        "/%00",
        "/static/x/y",
        "/static/x/../../etc/passwd",
        "/favicon.ico",
        "/deliveries/1/nothing",
    ):
        for method in ("GET", "POST", "HEAD"):
            walk.ask(method, path, headers=walk.visitor.own)


@ON_SQLITE
def test_every_cookie(walk: Walk) -> None:
    for cookie in (
        "gs",
        "gs=",
        "gs=;gs=;;",
        "gs=" + "a" * 4000,
        "gs=\xff\x80",
        'gs="a\\"b',
        "=;=",
        "gs=a; gs-device=\xe9.x",
        "\x01",
    ):
        for path in ("/", "/session/new", "/nothing", "/deliveries/abc"):
            walk.ask("GET", path, headers={"cookie": cookie.encode("latin-1")})


@pytest.fixture
def planned(server: ConsoleServer) -> ConsoleServer:
    app = server.console.app
    assert isinstance(app, App)
    app.plan()
    return server


@pytest.fixture
def mira(planned: ConsoleServer) -> Browser:
    """The browser of somebody in all roles."""
    return planned.signed_in("Mira", *Role)


@pytest.mark.parametrize("answer", ["", "nonsense", "ABSENT"])
def test_a_post_goes_out_again_by_no_empty_answer(planned: ConsoleServer, answer: str) -> None:
    in_doubt(planned, 1)
    editor = planned.signed_in("Edo", Role.EDITOR)
    form = {"csrf": editor.hidden("/me")["csrf"], "answer": answer}
    assert editor.http.post("/deliveries/1/resolution", data=form, headers=editor.own).status_code == 403
    assert states_of(planned)[1] == State.NEEDS_DECISION


def test_what_was_typed_is_kept_where_it_is_refused(planned: ConsoleServer) -> None:
    in_doubt(planned, 1)
    mira = planned.signed_in("Mira", *Role)
    shown = mira.send("/deliveries/1/resolution", "/deliveries/1", answer="there", address="https://nowhere")
    assert shown.status_code == 409
    assert 'value="https://nowhere"' in shown.text
    bring(planned, post_of("ada", planned.clock()))
    form = {"csrf": mira.hidden("/me")["csrf"], "why": "spam", "block_authors": "1"}
    shown = mira.http.post("/sightings/rejections", data=form, headers=mira.own)
    assert "Nothing was ticked, so nothing was refused." in shown.text
    assert '<option value="spam" selected>' in shown.text
    assert 'value="1" checked' in shown.text


def test_a_page_that_answers_a_form_says_where_that_stands_and_guesses_nothing(mira: Browser) -> None:
    form = mira.hidden("/deliveries/1") | {"answer": "there", "address": "https://nowhere"}
    for more, said in (({"referer": f"{mira.address}/deliveries/1"}, '"/deliveries/1"'), ({}, None)):
        shown = mira.http.post("/deliveries/1/resolution", data=form, headers=mira.own | more).text
        assert ("data-stands-at=" in shown, f"data-stands-at={said}" in shown) == (bool(said), bool(said))


def test_who_was_signed_out_meanwhile_is_told_that_it_is_not_done(planned: ConsoleServer) -> None:
    editor = planned.signed_in("Edo", Role.EDITOR)
    form = editor.hidden("/deliveries/1")
    planned.clock.passes(timedelta(days=2))
    came_from = {"referer": f"{planned.address}/deliveries/1"}
    answer = editor.http.post("/deliveries/1/hold", data=form, headers=editor.own | came_from)
    assert answer.headers["location"] == "/session/new?back=/deliveries/1&undone=1"
    assert "What you pressed is not done yet." in editor.get(answer.headers["location"]).text
    assert "What you pressed" not in editor.get("/session/new").text


def test_a_password_that_is_to_be_proved_first_is_not_believed_changed(planned: ConsoleServer) -> None:
    vera = planned.signed_in("Vera")
    form = vera.hidden("/me")
    planned.clock.passes(timedelta(minutes=30))
    answer = vera.http.post("/me/password", data=form | {"password": "another horse battery staple"}, headers=vera.own)
    assert "What you pressed is not done yet." in vera.get(answer.headers["location"]).text


def test_an_old_form_leads_back_to_its_page_loaded_anew(planned: ConsoleServer) -> None:
    editor = planned.signed_in("Edo", Role.EDITOR)
    came_from = {"referer": f"{planned.address}/stop"}
    answer = editor.http.post("/stops", data={"csrf": "of before"}, headers=editor.own | came_from)
    assert answer.status_code == 403
    assert '<a class="btn main" href="/stop">Load the page anew</a>' in answer.text
    assert 'class="stop" href="/stop"' in answer.text, "Stop stands on top of every page"


@each_of(
    ("path", "above"),
    [
        ("/deliveries/1/hold", "/deliveries/1"),
        ("/sightings/7/approval", "/sightings/7"),
        ("/sightings/rejections", "/sightings"),
        ("/sightings/blocks/end", "/sightings/blocks"),
        ("/links/live/correction", "/links/live"),
        ("/me/passkeys/1/remove", "/me"),
        ("/session/proof/challenge", "/session/proof"),
        ("/stops", "/stop"),
        ("/resumptions", "/stop"),
        ("/sessions", "/"),
    ],
)
def test_an_address_that_forms_are_sent_to_leads_to_their_page(server: ConsoleServer, path: str, above: str) -> None:
    """As after loading a page again that answered a form, or following it after signing in."""
    assert server.browser().get(path).headers["location"] == above


@each_of(
    ("path", "said"),
    [
        ("/calendar/2025-W54", "The calendar has no such day, week or month"),
        ("/deliveries/999", "There is no delivery 999"),
        ("/deliveries?state=nonsense", "No delivery has all that was asked for."),
        ("/sightings?state=nonsense", "None of these."),
        ("/moderation?card=999", "There is no such page"),
    ],
)
def test_what_is_not_there_is_said_in_words(mira: Browser, path: str, said: str) -> None:
    assert said in mira.get(path).text


@pytest.mark.parametrize("act", ["hold", "release", "cancellation", "retry"])
def test_a_form_about_a_delivery_that_is_sent_twice_is_done_once(planned: ConsoleServer, act: str) -> None:
    editor = planned.signed_in("Edo", Role.EDITOR)
    for before in {"release": ("hold",), "retry": ("cancellation",)}.get(act, ()):
        editor.send(f"/deliveries/1/{before}", "/deliveries/1")
    form = editor.hidden("/deliveries/1")
    for _ in range(2):
        assert editor.http.post(f"/deliveries/1/{act}", data=form, headers=editor.own).status_code == 303


@pytest.mark.parametrize("act", ["approval", "rejection", "flag", "reconsideration", "block", "withdrawal"])
def test_a_form_about_a_post_that_is_sent_twice_is_done_once(server: ConsoleServer, act: str) -> None:
    number, _ = bring(server, post_of("ada", server.clock()), post_of("ben", server.clock(), "Another one altogether."))
    mira = server.signed_in("Mira", *Role)
    form = mira.hidden(f"/moderation?card={number}")
    for _ in range(2):
        assert mira.http.post(f"/sightings/{number}/{act}", data=form, headers=mira.own).status_code == 303


def test_many_that_are_refused_twice_by_one_press_were_decided_by_nobody_else(server: ConsoleServer) -> None:
    numbers = bring(server, post_of("ada", server.clock()), post_of("ben", server.clock(), "Another one altogether."))
    mira = server.signed_in("Mira", *Role)
    form = {"csrf": mira.hidden("/me")["csrf"], "chosen": [str(number) for number in numbers]}
    for _ in range(2):
        answer = mira.http.post("/sightings/rejections", data=form, headers=mira.own)
        assert answer.headers["location"] == "/moderation?notice=many&count=2&many=1"


def test_sending_that_goes_on_already_is_let_go_on_without_a_word(server: ConsoleServer) -> None:
    mira = server.signed_in("Mira", *Role)
    mira.send("/stops", "/stop")
    form = mira.hidden("/stop")
    for _ in range(2):
        assert mira.http.post("/resumptions", data=form, headers=mira.own).headers["location"] == "/"
