"""The campaign in calendar apps: links that are made and ended, and what whoever has one is given."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from icalendar import Calendar
from sqlalchemy import insert, select, update

from bot.domain.delivery import Kind, State
from bot.domain.users import MOST_TOKENS, Role, token_lasts_until
from bot.services import calendar_feed, stop, users
from bot.services.moderation import approval
from bot.store import schema as t
from tests.harness.campaign_folder import CampaignFolder
from tests.harness.console_server import Browser, ConsoleServer, served
from tests.harness.seen_posts import bring, post_of

LINK = re.compile(r'id="calendar-link" class="num" value="([^"]+)"')


@pytest.fixture
def planned(kind_of_store: str, folder: CampaignFolder) -> Iterator[ConsoleServer]:
    """A console with a planned campaign, on either database."""
    with served(folder.bot, change=lambda app: app.plan()) as console:
        yield console


def link_of(browser: Browser, **fields: str) -> str:
    """Make a link on one's page, and return its address."""
    made = browser.send("/me/calendars", "/me", **fields)
    assert made.status_code == 200, made.text
    found = LINK.search(made.text)
    assert found is not None
    return found[1]


def fetched(address: str, **headers: str) -> httpx.Response:
    """What a calendar app is given: it is nobody who is signed in."""
    return httpx.get(address, headers=headers, timeout=30)


def events_of(answer: httpx.Response) -> dict[str, Any]:
    """The events of a calendar, by how their names begin."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    events = Calendar.from_ical(answer.content).walk("VEVENT")
    by_uid = {str(event["uid"]).partition(".")[0]: event for event in events}
    assert len(by_uid) == len(events)
    return by_uid


def test_a_calendar_app_is_given_what_goes_and_what_went(planned: ConsoleServer) -> None:
    address = link_of(planned.signed_in(), name="Phone")
    now = planned.clock()
    with planned.store.begin() as tx:
        sent, held, off, *_ = tx.execute(select(t.delivery.c.id).order_by(t.delivery.c.due_at)).scalars()
        went = now - timedelta(minutes=3)
        for number, values in (
            (sent, {"state": State.SENT, "due_at": went - timedelta(minutes=1), "sent_at": went}),
            (held, {"state": State.HELD}),
            (off, {"state": State.CANCELLED}),
        ):
            tx.execute(update(t.delivery).where(t.delivery.c.id == number).values(**values))
        rows = {row.id: row for row in tx.execute(select(t.delivery))}
    answer = fetched(address)
    events = events_of(answer)
    assert set(events) == {f"delivery-{number}" for number in rows if number != off} | {"day-of-action"}
    out = events[f"delivery-{sent}"]
    assert out["dtstart"].dt == went
    assert str(out["summary"]).endswith(f" · {rows[sent].message} ({rows[sent].language}) · out")
    assert str(out["url"]) == f"{planned.address}/deliveries/{sent}"
    assert out["dtstamp"].dt == out["last-modified"].dt == now
    assert str(events[f"delivery-{held}"]["summary"]).endswith(" · held")
    starts = re.findall(r"DTSTART(?:;VALUE=DATE)?:(.*)\r", answer.text)
    assert sorted(map(len, starts)) == [len("20250416"), *[len("20250409T093000Z")] * (len(events) - 1)]
    assert all(start.endswith("Z") for start in starts if "T" in start)
    campaign = planned.console.work.config.campaign
    assert events["day-of-action"]["dtstart"].dt == campaign.day_of_action
    texts = [part["text"] for row in rows.values() for part in row.content["parts"]]
    assert texts
    assert not any(text[:20] in answer.text for text in texts), "names and times, none of the words"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_a_head_says_as_much_and_what_is_known_is_not_sent_again(planned: ConsoleServer) -> None:
    address = link_of(planned.signed_in())
    first, head = fetched(address), httpx.head(address)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == first.headers["etag"]
    planned.clock.passes(timedelta(minutes=1))
    again = fetched(address, **{"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    with planned.store.begin() as tx:
        tx.execute(update(t.delivery).where(t.delivery.c.id == 1).values(state=State.MISSED))
    changed = fetched(address, **{"if-none-match": first.headers["etag"]})
    uids = [{str(event["uid"]) for event in events_of(answer).values()} for answer in (first, changed)]
    assert uids[0] == uids[1], "apps know each event again"


def test_it_speaks_its_readers_language(planned: ConsoleServer) -> None:
    mira, zoe = planned.signed_in("Mira"), planned.browser(**{"accept-language": "de"})
    link = planned.invite("Zoe")
    zoe.send(link, link, password="korrekt pferd batterie klammer")
    german = link_of(zoe)
    assert "Aktionstag: " in fetched(german).text, "an app does not say which language its owner reads"
    english = link_of(mira)
    assert "Day of action: " in fetched(english).text
    mira.send("/me/language", "/me", language="fr")
    assert "Jour d’action : " in fetched(english).text


def test_stopped_in_doubt_and_without_a_worker_it_says_what_is_planned(planned: ConsoleServer) -> None:
    address = link_of(planned.signed_in())
    before = len(events_of(fetched(address)))
    stop.throw(planned.store, "jan", planned.clock())
    with planned.store.begin() as tx:
        tx.execute(update(t.account_state).values(in_doubt=True))
    assert len(events_of(fetched(address))) == before


def test_of_other_peoples_posts_only_how_many(planned: ConsoleServer) -> None:
    now = planned.clock()
    ana, ben = post_of("ana", now), post_of("ben", now, "Other words")
    work = planned.console.work
    for number in bring(planned, ana, ben):
        approval.approve(work, number, "jan")
    with planned.store.begin() as tx:
        first, *_ = tx.execute(select(t.delivery.c.id).where(t.delivery.c.kind == Kind.RESHARE)).scalars()
        tx.execute(update(t.delivery).where(t.delivery.c.id == first).values(state=State.SENT, due_at=now, sent_at=now))
        tx.execute(update(t.delivery).where(t.delivery.c.kind == Kind.RESHARE).values(due_at=now))
    answer = fetched(link_of(planned.signed_in()))
    event = events_of(answer)["reshares-2025-04-09"]
    with planned.store.read() as tx:
        count = len(tx.execute(select(t.delivery.c.id).where(t.delivery.c.kind == Kind.RESHARE)).all())
    assert str(event["summary"]) == f"{count} reshares, 1 out"
    assert event["dtstart"].dt == date(2025, 4, 9)
    for post in (ana, ben):
        for told in (post.author.handle, "ana", "ben", post.uri, post.text[:12]):
            assert told not in answer.text.replace("calendar", ""), told


HOSTILE = "x\nEND:VEVENT\r\nBEGIN:VEVENT\nSUMMARY:no; a,b\\n 🏳️‍🌈\u202egnp" + "ü" * 400


def test_hostile_names_stay_names(planned: ConsoleServer) -> None:
    with planned.store.begin() as tx:
        tx.execute(
            update(t.delivery).where(t.delivery.c.id == 1).values(message=HOSTILE, language="e:n\n", account=HOSTILE)
        )
    answer = fetched(link_of(planned.signed_in()))
    events = events_of(answer)
    named = str(events["delivery-1"]["summary"])
    assert "BEGIN:VEVENT SUMMARY:no; a,b\\n" in named
    assert "\u202e" not in named
    assert len(named) < 450
    assert answer.content.split(b"\r\n").count(b"BEGIN:VEVENT") == len(events)
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    assert b"\n" not in answer.content.replace(b"\r\n", b"")


def test_of_very_many_only_the_nearest_are_given(planned: ConsoleServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar_feed, "MOST_AHEAD", 5)
    monkeypatch.setattr(calendar_feed, "MOST_BEHIND", 2)
    now = planned.clock()
    with planned.store.begin() as tx:
        row = dict(tx.execute(select(t.delivery).where(t.delivery.c.id == 1)).one()._mapping)
        times = [now + timedelta(minutes=10 * number) for number in range(-10, 10)]
        times += [now - timedelta(days=40)] * 3
        more = [{**row, "id": 1000 + place, "due_at": at} for place, at in enumerate(times)]
        tx.execute(insert(t.delivery), more)
    answer = fetched(link_of(planned.signed_in()))
    given = {name for name in events_of(answer) if name.startswith("delivery-")}
    assert given == {f"delivery-{number}" for number in range(1008, 1015)}
    calendar = Calendar.from_ical(answer.content)
    assert "only the 7 that are nearest to now" in str(calendar["x-wr-caldesc"])


def test_a_link_is_shown_once_listed_and_ended(planned: ConsoleServer) -> None:
    mira = planned.signed_in()
    address = link_of(mira, name="  My \n phone ")
    token = address.split("/")[4]
    page = mira.get("/me").text
    assert token not in page
    assert "My phone" in page
    assert "not fetched yet" in page
    assert "until 9 May" in page
    assert fetched(address).status_code == 200
    assert "last fetched 9 April" in mira.get("/me").text
    assert planned.signed_in("Nora").send("/me/calendars/1/end", "/me").status_code == 303
    assert fetched(address).status_code == 200, "nobody ends somebody else's"
    assert mira.send("/me/calendars/1/end", "/me").headers["location"] == "/me"
    assert fetched(address).status_code == 404
    assert "My phone" not in mira.get("/me").text


def test_the_last_use_is_written_once_a_day(planned: ConsoleServer) -> None:
    address = link_of(planned.signed_in())
    days = []
    for _ in range(3):
        fetched(address)
        with planned.store.read() as tx:
            days.append(tx.execute(select(t.token.c.last_used_day)).scalar_one())
        planned.clock.passes(timedelta(hours=12))
    assert days == ["2025-04-09", "2025-04-10", "2025-04-10"]


def test_it_is_over_after_the_campaign(planned: ConsoleServer) -> None:
    address = link_of(planned.signed_in())
    planned.clock.now = token_lasts_until(planned.console.work.config.campaign.day_of_action, planned.clock())
    assert fetched(address).status_code == 404


@pytest.mark.parametrize(
    ("day", "over"),
    [
        (date(2025, 6, 1), datetime(2025, 6, 9, tzinfo=UTC)),
        (date(2025, 4, 12), datetime(2025, 5, 9, tzinfo=UTC)),
        (date(2028, 4, 12), datetime(2026, 4, 9, tzinfo=UTC)),
    ],
)
def test_a_link_lasts_until_a_week_after_the_day_a_month_at_least_and_a_year_at_most(day: date, over: datetime) -> None:
    assert token_lasts_until(day, datetime(2025, 4, 9, tzinfo=UTC)) == over


def test_who_is_disabled_or_reset_has_no_links_any_more(planned: ConsoleServer) -> None:
    store, now = planned.store, planned.clock()
    addresses = [link_of(planned.signed_in(name)) for name in ("Mira", "Nora", "Jan")]
    users.disable(store, "Mira", "root", now)
    users.reset(store, "Nora", "root", now)
    assert [fetched(address).status_code for address in addresses] == [404, 404, 200]
    users.reset(store, "Mira", "root", now)
    assert fetched(addresses[0]).status_code == 404, "nor once they are let in again"


def test_every_wrong_address_gets_the_same_answer_and_too_many_wait(planned: ConsoleServer) -> None:
    mira = planned.signed_in()
    good, ended = link_of(mira), link_of(mira)
    mira.send("/me/calendars/2/end", "/me")
    wrong = f"{planned.address}/feeds/{'A' * 43}/calendar.ics"
    answers = [
        fetched(address) for address in (ended, wrong, wrong.replace("A" * 43, "%00%0a"), wrong + "?language=de")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert len({tuple(name for name in answer.headers if name != "date") for answer in answers}) == 1
    for _ in range(30):
        last = fetched(wrong)
    assert last.status_code == 429
    assert int(last.headers["retry-after"]) >= 1
    assert fetched(good).status_code == 200, "who has a right one is kept out by nobody"
    planned.clock.passes(timedelta(hours=1, minutes=1))
    assert fetched(wrong).status_code == 404


def test_nobody_has_more_than_a_few(planned: ConsoleServer) -> None:
    mira = planned.signed_in()
    for _ in range(MOST_TOKENS):
        link_of(mira)
    refused = mira.send("/me/calendars", "/me")
    assert refused.status_code == 409
    assert "You have 10 already" in refused.text
    mira.send("/me/calendars/1/end", "/me")
    link_of(mira)


def test_a_link_is_made_by_who_has_proved_lately_who_they_are(planned: ConsoleServer) -> None:
    mira = planned.signed_in()
    planned.clock.passes(timedelta(minutes=6))
    asked = mira.send("/me/calendars", "/me")
    assert (asked.status_code, asked.headers["location"]) == (303, "/session/proof?back=/me&undone=1")


def test_no_secret_lies_in_the_store_or_is_told(planned: ConsoleServer, capfd: pytest.CaptureFixture[str]) -> None:
    address = link_of(planned.signed_in("Mira", Role.ADMIN))
    token = address.split("/")[4]
    fetched(address)
    fetched(address.replace(token, token[::-1]))
    with planned.store.read() as tx:
        stored = [str(row) for table in t.metadata.sorted_tables for row in tx.execute(select(table))]
        acts = [row.detail for row in tx.execute(select(t.audit).where(t.audit.c.action == "make token"))]
    told = capfd.readouterr()
    for secret in (token, token[::-1]):
        assert not any(secret in row for row in stored)
        assert secret not in f"{planned.events} {told.out} {told.err}"
    assert acts == ["token 1: feed"]


def test_what_writes_calendars_is_loaded_when_one_is_asked_for() -> None:
    """The console has it once it has written one; whoever sends never has it."""
    for module in ("bot.web.server", "bot.worker.worker", "bot.cli.run", "bot.web.pages.feeds"):
        script = f"import sys, {module}; from bot.web import pages; pages.load(); assert 'icalendar' not in sys.modules"
        subprocess.run([sys.executable, "-c", script], check=True)
