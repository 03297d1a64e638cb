"""A look fetches a post anew on a press, and passes its films on: to who looked alone, and until it is decided."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from threading import Thread

import httpx
import pytest

from bot.domain.moderation import ChecklistItem
from bot.domain.sighting import SightingState
from bot.domain.users import Role
from bot.platforms.x.entities import uri_of
from bot.store import control, sightings
from bot.store.engine import answer
from bot.web import relay
from tests.harness.bot_process import until
from tests.harness.console_server import Browser, ConsoleServer, GivenClock, served
from tests.harness.film_server import FILM, FilmServer
from tests.harness.live_campaign import LiveCampaign, now
from tests.harness.seen_posts import TAG, bring, post_of
from tests.harness.watched_posts import posted, seen, with_captions
from tests.servers.mastodon import MastodonServer

SRC = re.compile(r'src="(/sightings/\d+/look/[\w-]+)"')
SEVEN = [str(item) for item in ChecklistItem]


@pytest.fixture
def mira(watched: ConsoleServer) -> Browser:
    return watched.signed_in("Mira", Role.MODERATOR)


def press(browser: Browser, number: int, what: str = "look", **more: object) -> httpx.Response:
    """Send a card's form as it stands there now."""
    hidden = browser.hidden(f"/moderation?card={number}")
    form = {name: hidden[name] for name in ("csrf", "seen", "at", "before")}
    return browser.http.post(f"/sightings/{number}/{what}", data=form | more, headers=browser.own)


def films_on(browser: Browser, number: int) -> list[str]:
    """The addresses of ours under which a card has its films."""
    return SRC.findall(browser.get(f"/moderation?card={number}").text)


def test_a_film_is_fetched_after_a_press_alone_and_passed_on_bare(
    watched: ConsoleServer, mastodon: MastodonServer, films: FilmServer, mira: Browser
) -> None:
    films.asked.clear()
    number = seen(watched, posted(watched, mastodon, "ana", f"{films.url}/film.webm", f"{films.url}/picture.png")).id
    page = mira.get(f"/moderation?card={number}").text
    assert (films_on(mira, number), films.asked) == ([], [])
    assert "Its host does not see you" in page
    pressed = press(mira, number, ticks=["faces", "home"])
    assert pressed.headers["location"] == f"/moderation?card={number}#files"
    page = mira.get(pressed.headers["location"]).text
    assert page.count(" checked") == 2, "what was ticked stays ticked"
    assert films.url not in page
    film, picture = films_on(mira, number)
    whole = mira.get(film)
    assert whole.content == FILM
    wanted = {"content-type": "video/webm", "content-disposition": "inline", "x-content-type-options": "nosniff"}
    wanted["x-accel-buffering"] = "no"  # no proxy puts it on its disk
    assert wanted.items() <= dict(whole.headers).items()
    assert whole.headers["content-security-policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert whole.headers["cache-control"] == "no-store"
    assert "set-cookie" not in whole.headers
    part = mira.get(film, range="bytes=10-19")
    assert (part.status_code, part.content) == (206, FILM[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(FILM)}"
    assert mira.get(picture).headers["content-type"] == "image/png", "by its bytes, not by what its server says"
    assert "cookie" not in films.asked[0][1]
    with watched.store.read() as tx:
        assert "watch" in [act.action for act in answer(tx, control.audit_question(f"sighting {number}"))]


def test_captions_come_along_written_anew_and_say_in_which_language(
    watched: ConsoleServer, mastodon: MastodonServer, films: FilmServer, mira: Browser
) -> None:
    number = seen(watched, posted(watched, mastodon, "ana", f"{films.url}/film.webm")).id
    with_captions(watched, mira, number, films)
    page = mira.get(f"/moderation?card={number}").text
    assert "Captions: Français, Deutsch (by a machine), and Odd “&lt;b&gt;”" in page
    tracks = re.findall(r"<track [^>]*>", page)
    labels = [re.search(r'label="([^"]*)"', track)[1] for track in tracks]  # type: ignore[index]
    assert labels == ["Français", "Deutsch (by a machine)", "Odd “&lt;b&gt;”"]
    assert [" default" in track for track in tracks] == [True, False, False]
    good, *bad = (SRC.search(track)[1] for track in tracks)  # type: ignore[index]
    answer = mira.get(good)
    assert answer.text == "WEBVTT\n\n00:00:00.000 --> 00:01:00.000\nBonjour à tous\n"
    assert answer.headers["content-type"] == "text/vtt; charset=utf-8"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert [mira.get(each).status_code for each in bad] == [502, 502]
    assert watched.signed_in("Jan", Role.MODERATOR).get(good).status_code == 404


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/page.mp4", "do not play this kind of file"),
        ("/huge", "larger than 200 MB"),
        ("/nothing", "does not give this file"),
        ("http://169.254.169.254/latest", "not public"),
    ],
)
def test_what_is_not_passed_on_is_said(
    watched: ConsoleServer, mastodon: MastodonServer, films: FilmServer, mira: Browser, path: str, said: str
) -> None:
    address = path if path.startswith("http") else f"{films.url}{path}"
    number = seen(watched, posted(watched, mastodon, "ana", address)).id
    press(mira, number)
    refused = mira.get(films_on(mira, number)[0])
    assert (refused.status_code, refused.headers["content-type"]) == (502, "text/plain; charset=utf-8")
    assert said in refused.text


def test_a_link_is_its_sessions_alone_and_dies_with_it_or_with_the_decision(
    watched: ConsoleServer, mastodon: MastodonServer, films: FilmServer, mira: Browser
) -> None:
    number = seen(watched, posted(watched, mastodon, "ana", f"{films.url}/film.webm")).id
    press(mira, number)
    (film,) = films_on(mira, number)
    jan = watched.signed_in("Jan", Role.MODERATOR)
    assert [each.get(film).status_code for each in (mira, jan)] == [200, 404]
    assert mira.get(film.replace(f"/{number}/", f"/{number + 1}/")).status_code == 404
    press(mira, number)
    assert mira.get(film).status_code == 404, "another look, other names"
    (film,) = films_on(mira, number)
    press(jan, number, "approval", ticks=[*SEVEN, "watched"])
    assert mira.get(film).status_code == 404, "decided"
    press(jan, number, "reconsideration")
    assert mira.get(film).status_code == 200
    watched.clock.passes(timedelta(hours=1))
    assert mira.get(film).status_code == 404, "an hour later"


def test_a_film_under_way_ends_with_its_session(
    watched: ConsoleServer, mastodon: MastodonServer, films: FilmServer, mira: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "_ASKS_EVERY_S", 0.0)
    films.hold.clear()
    number = seen(watched, posted(watched, mastodon, "ana", f"{films.url}/held")).id
    press(mira, number)
    (film,), csrf = films_on(mira, number), mira.hidden("/me")["csrf"]
    with httpx.stream("GET", f"{watched.address}{film}", cookies=dict(mira.http.cookies)) as answer:
        pieces = answer.iter_raw()
        given = next(pieces)
        assert mira.http.post("/session/end", data={"csrf": csrf}, headers=mira.own).status_code == 303
        films.hold.set()
        with pytest.raises(httpx.RemoteProtocolError):
            given += b"".join(pieces)
    assert len(given) < len(FILM)


def test_four_go_through_at_a_time_and_the_fifth_is_told_so(
    watched: ConsoleServer, mastodon: MastodonServer, films: FilmServer, mira: Browser
) -> None:
    films.hold.clear()
    number = seen(watched, posted(watched, mastodon, "ana", *[f"{films.url}/held?{n}" for n in range(4)])).id
    quick = posted(watched, mastodon, "ben", f"{films.url}/film.webm", text=f"Another #{TAG}")
    other = seen(watched, quick).id
    answers: list[bytes] = []
    for each in (number, other):
        press(mira, each)
    cookies = dict(mira.http.cookies)
    threads = [
        Thread(target=lambda path=path: answers.append(httpx.get(f"{watched.address}{path}", cookies=cookies).content))
        for path in films_on(mira, number)
    ]
    for thread in threads:
        thread.start()
    (film,) = films_on(mira, other)
    until(lambda: len(watched.console.relay._turns) == 4)
    full = mira.get(film)
    assert (full.status_code, "Four files are being watched" in full.text) == (503, True)
    films.hold.set()
    for thread in threads:
        thread.join()
    assert answers == [FILM] * 4
    until(lambda: not watched.console.relay._turns)
    assert mira.get(film).status_code == 200


def test_a_look_that_finds_another_post_shows_both_and_a_yes_is_to_what_is_there(
    watched: ConsoleServer, mastodon: MastodonServer, films: FilmServer, mira: Browser
) -> None:
    post = posted(watched, mastodon, "ana", f"{films.url}/film.webm")
    number = seen(watched, post).id
    before = mira.hidden(f"/moderation?card={number}")
    mastodon.edit_status(post, text="Buy this!")
    page = mira.get(press(mira, number, ticks=SEVEN).headers["location"]).text
    assert "It has changed since it was seen" in page
    assert "Solidarity from ana!" in page
    assert "Buy this!" in page
    assert " checked" not in page, "what was ticked was ticked for another post"
    old = {name: before[name] for name in ("csrf", "seen", "at", "before")} | {"ticks": [*SEVEN, "watched"]}
    assert mira.http.post(f"/sightings/{number}/approval", data=old, headers=mira.own).status_code == 409
    mastodon.delete_status(post)
    page = mira.get(press(mira, number).headers["location"]).text
    assert "Its author deleted or hid it." in page
    assert 'id="yes"' not in page
    assert "Nothing waits" in page


def test_what_was_played_here_counts_once_its_last_byte_went_through(
    watched: ConsoleServer, mastodon: MastodonServer, films: FilmServer, mira: Browser
) -> None:
    number = seen(watched, posted(watched, mastodon, "ana", f"{films.url}/film.webm")).id
    with watched.store.begin() as tx:
        sightings.hold_for_care(tx, number, ["flagged"])
    press(mira, number, "flag")
    played = [*SEVEN, "played"]
    assert press(mira, number, "approval", ticks=played).status_code == 422, "no look at all"
    press(mira, number)
    (film,) = films_on(mira, number)
    mira.get(film, range="bytes=0-99")
    assert press(mira, number, "approval", ticks=played).status_code == 422
    mira.get(film, range="bytes=100-")
    assert press(mira, number, "approval", ticks=played).status_code == 303


def test_a_look_on_x_names_its_price_first_and_is_billed_once_a_press(
    live: LiveCampaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.many(1, now() - timedelta(days=1))
    live.change("bot.toml", f'"{live.x.url}"', f'"{live.x.url}"\nbudget_usd_per_day = 0.02')
    for name, value in live.own({}).items():
        monkeypatch.setenv(name, value)
    with served(live.root / "bot.toml", GivenClock(now())) as console:
        uri = uri_of(live.x.seed_post("who", f"From the works #{TAG}", media=[{"type": "video"}]))
        platform, mira = console.console.connected.platforms["x"], console.signed_in("Mira", Role.MODERATOR)
        (number,) = bring(console, *filter(None, [platform.fetch(uri)]))

        def spent() -> tuple[int, int]:
            """What is booked, and what X has billed, in micro-USD."""
            with console.store.read() as tx:
                return control.spent(tx, "x", console.clock()), len(live.x.ledger()["requests"])

        before = spent()
        page = mira.get(f"/moderation?card={number}").text
        assert "Watch it here" in page
        assert f"(${platform.fetch_cost / 1_000_000:.3f})" in page
        assert spent() == before, "a page that says a price costs nothing"
        assert press(mira, number).status_code == 303
        assert spent() == (before[0] + platform.fetch_cost, before[1] + 1)
        mira.get(f"/moderation?card={number}")
        assert spent() == (before[0] + platform.fetch_cost, before[1] + 1), (
            "what was fetched is shown again for nothing"
        )
        refused = press(mira, number)
        assert (refused.status_code, "over the budget of X" in refused.text) == (409, True)
        assert spent() == (before[0] + platform.fetch_cost, before[1] + 1), "no money, no request"


def test_on_x_without_an_account_the_place_is_left(watched: ConsoleServer, mira: Browser) -> None:
    post = replace(post_of("ana", watched.clock()), platform="x", uri="x:1", url="https://x.com/ana/status/1")
    (number,) = bring(watched, post)
    refused = press(mira, number)
    assert refused.status_code == 409
    assert "No account of the campaign is there to look through" in refused.text
    with watched.store.read() as tx:
        stored = sightings.get(tx, number)
    assert stored is not None
    assert stored.state is SightingState.HELD
