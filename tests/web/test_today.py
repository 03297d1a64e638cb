"""The sentence that Today begins with: true whatever became of the day's posts, and never better than it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from bot.app import App
from bot.domain.delivery import State
from bot.domain.users import Role
from bot.services import stop
from bot.services.heartbeat import Heart
from bot.store import control
from bot.store import schema as t
from bot.store.workers import WorkerKind
from bot.web.languages import Speech
from tests.harness.campaign_folder import CampaignFolder
from tests.harness.console_server import Browser, ConsoleServer, GivenClock, served
from tests.harness.seen_posts import bring, post_of

BERLIN = ZoneInfo("Europe/Berlin")
MORNING = datetime(2025, 4, 13, 6, tzinfo=UTC)
"""Of the day on which the campaign's four posts are due."""

OUT, PLANNED, UNKNOWN, MISSED, HELD = State.SENT, State.PLANNED, State.NEEDS_DECISION, State.MISSED, State.HELD
REJECTED, CANCELLED = State.REJECTED, State.CANCELLED


@pytest.fixture
def planned(folder: CampaignFolder) -> Iterator[ConsoleServer]:
    clock = GivenClock(MORNING - timedelta(days=2))
    with served(folder.bot, clock, lambda app: app.plan()) as server:
        clock.now = MORNING
        yield server


def are(server: ConsoleServer, *states: State) -> None:
    """Have these become of the posts, all of which are due today."""
    due = server.clock.now.replace(hour=12)
    with server.store.begin() as tx:
        for number, state in enumerate(states, 1):
            tx.execute(
                update(t.delivery).where(t.delivery.c.id == number).values(state=state, due_at=due, not_before=due)
            )


def sentence(visitor: Browser, **headers: str) -> str:
    (heading,) = re.findall(r"<h1[^>]*>(.*?)</h1>", visitor.get("/", **headers).text)
    return unescape(heading)


def test_what_goes_within_the_hour_is_counted_down_and_what_is_late_is_said(planned: ConsoleServer) -> None:
    are(planned, PLANNED, PLANNED, PLANNED, PLANNED)
    for passed, said in ((0, None), (352, "in 8 minutes"), (4, "in 4 minutes"), (14, "overdue")):
        planned.clock.passes(timedelta(minutes=passed))
        page = planned.signed_in(f"Vera {passed}").get("/").text
        chips = re.findall(r'<span class="chip wait">(.*?)</span>', page.partition('id="rail"')[2])
        assert chips[:1] == ([said] if said else []), passed
    assert Speech("de", BERLIN).ahead(MORNING + timedelta(minutes=8), MORNING) == "in 8 Minuten"


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ((OUT, OUT, OUT, OUT), "All of today’s four posts are out."),
        ((OUT, OUT, OUT, UNKNOWN), "Three of today’s four posts are out. One is in doubt."),
        (
            (OUT, REJECTED, MISSED, HELD),
            "One of today’s four posts is out. One was refused. One was missed. One is held.",
        ),
        ((OUT, OUT, PLANNED, PLANNED), "Two of today’s four posts are out. Two are to go, the next at 14:00."),
        ((PLANNED,) * 4, "None of today’s four posts is out yet. Four are to go, the next at 14:00."),
        ((OUT, CANCELLED, CANCELLED, CANCELLED), "Today’s post is out."),
        ((UNKNOWN, CANCELLED, CANCELLED, CANCELLED), "Today’s post is not out yet. One is in doubt."),
    ],
)
def test_it_counts_what_became_of_the_day_s_posts(planned: ConsoleServer, states: tuple[State, ...], said: str) -> None:
    visitor = planned.signed_in("Vera")
    are(planned, *states)
    assert sentence(visitor) == said


def test_a_mistake_in_the_files_and_a_missing_login_are_told_in_the_reader_s_language(
    planned: ConsoleServer, folder: CampaignFolder
) -> None:
    app, visitor = planned.console.app, planned.signed_in("Vera")
    assert isinstance(app, App)
    folder.change("bot.toml", "hashtags =", 'hashtag = ["Not"]\nhashtags =')
    app.follow()
    app.take_up(app.work.config)
    Heart(WorkerKind.RUN).beat(app.work, app.accounts(), app.files_fault, faults=app.faults)
    told = {
        "en": (
            "In bot.toml, line 6: “hashtag” is not known here. Probably meant:",
            "Its login is missing (access_token)",
        ),
        "de": ("In bot.toml, Zeile 6: „hashtag“ ist hier nicht bekannt. Gemeint ist wohl:", "Anmeldung fehlt"),
    }
    for language, words in told.items():
        shown = re.sub(r"<bdi[^>]*>|</bdi>", "", unescape(visitor.get("/", **{"accept-language": language}).text))
        assert all(each in shown for each in words), shown


def test_it_says_it_in_whole_sentences_of_each_language(planned: ConsoleServer) -> None:
    visitor = planned.signed_in("Vera")
    are(planned, OUT, OUT, UNKNOWN, UNKNOWN)
    for language, said in {"ru": "2 из", "de": "2 der 4", "fr": "2 des 4", "es": "2 de las 4", "be": "2 з"}.items():
        assert said in sentence(visitor, **{"accept-language": language}), language


def test_what_waits_while_all_is_stopped_is_not_said_to_go(planned: ConsoleServer) -> None:
    visitor = planned.signed_in("Mira", *Role)
    are(planned, *(PLANNED,) * 4)
    stop.throw(planned.store, "Kasia", planned.clock())
    assert sentence(visitor) == "None of today’s four posts is out yet. Four wait."


def test_what_there_is_no_room_for_is_named_and_one_press_away(planned: ConsoleServer) -> None:
    visitor = planned.signed_in("Mira", *Role)
    are(planned, *(UNKNOWN,) * 4)
    bring(planned, post_of("ana", planned.clock()))
    with planned.store.begin() as tx:
        for account in ("mastodon", "x"):
            control.set_account(tx, account, closed=True, reason="suspended")
    stop.throw(planned.store, "Kasia", planned.clock())
    page = visitor.get("/").text
    assert page.count('<li class="need') == 7
    more = page[page.index("And more:") :].partition("</ul>")[0]
    assert re.findall(r"<li>(.*?)</li>", more) == [
        "X sends nothing",
        '<a href="/moderation">A post waits for a yes</a>',
    ]


def test_the_next_post_is_never_one_whose_time_is_past(planned: ConsoleServer) -> None:
    planned.clock.now = MORNING - timedelta(days=1)
    are(planned, *(PLANNED,) * 4)
    planned.clock.now = MORNING
    visitor = planned.signed_in("Vera")
    assert sentence(visitor) == "Nothing goes out today. What was due since Saturday 12 April at 14:00 is not out."
    assert '<span class="chip wait">overdue</span>' in visitor.get("/").text
    planned.clock.now = MORNING - timedelta(days=2)
    assert sentence(visitor) == "Nothing goes out today. The next post goes on Saturday 12 April at 14:00."


def test_once_the_last_post_is_past_it_says_what_went_out_in_all_and_what_is_left_to_do(planned: ConsoleServer) -> None:
    are(planned, OUT, OUT, MISSED, CANCELLED)
    planned.clock.now = datetime(2025, 4, 20, 6, tzinfo=UTC)
    visitor = planned.signed_in("Vera")
    assert sentence(visitor) == "The campaign’s time is over. Two of its three posts and reshares are out."
    assert "bot purge --after-campaign" in visitor.get("/").text


def test_before_anything_is_planned_it_says_so_and_how_to_begin(folder: CampaignFolder) -> None:
    with served(folder.bot) as server:
        visitor = server.signed_in("Vera")
        assert sentence(visitor) == "Nothing is planned yet."
        assert "None read yet" in visitor.get("/").text


def test_whoever_reads_without_end_keeps_no_open_page_from_what_is_new(planned: ConsoleServer) -> None:
    """Pages that are refreshed by themselves are made two at a time; what is made is sent beside that."""
    visitor, asked = planned.signed_in("Vera"), {"hx-request": "true"}
    with ExitStack() as reading:
        for _ in range(3):
            reading.enter_context(visitor.http.stream("GET", "/events", headers=asked))
        assert visitor.http.get("/", headers=asked, timeout=10).status_code == 200


def test_who_stops_may_say_why_and_need_not(planned: ConsoleServer) -> None:
    vera = planned.signed_in("Vera")
    assert "Somebody may be in danger." in vera.get("/stop").text
    for why, said in (("danger", "Somebody may be in danger."), ("", ""), ("no reason at all", "")):
        assert vera.send("/stops", "/stop", why=why).status_code == 303
        shown = vera.get("/stop").text
        assert "Sending is stopped." in shown
        assert ("Somebody may be in danger." in shown) is bool(said)
        stop.resume(planned.console.work, "Kasia")
    with planned.store.read() as tx:
        details = [
            row.detail for row in tx.execute(select(t.audit).where(t.audit.c.action == control.AuditAction.STOP))
        ]
    assert details == ["danger", "", ""]
