"""A missing address is typed on Today, shown once more, and put into bot.toml as that was seen, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import pytest
from playwright.sync_api import expect

from bot.app import App
from bot.domain.delivery import State
from bot.domain.users import Role
from bot.services import stop
from bot.services.heartbeat import Heart
from bot.store import control, deliveries
from bot.store import schema as t
from bot.store.engine import answer
from bot.store.workers import WorkerKind
from tests.harness.campaign_folder import CampaignFolder
from tests.harness.chromium import chromium, page_of
from tests.harness.console_server import Browser, ConsoleServer, served
from tests.harness.full_disk import full_disk

SCHEDULE = '[[post]]\nmessage = "air"\ndays = ["T-7"]\nat = 15:00:00\n'
LIVE = "https://video.example/w/abc?start=1"


@pytest.fixture
def waiting(folder: CampaignFolder) -> Iterator[ConsoleServer]:
    """Two posts of today wait for {live}, each a thread, in which X takes nothing twice."""
    folder.write("messages/air/en.md", "Watch it here: {live}\n---\nWatch it here: {website}\n")
    folder.write("schedules/run-up.toml", SCHEDULE)
    folder.change("bot.toml", 'live = ""', 'live    = ""         # comes on the day')
    with served(folder.bot, change=lambda app: app.plan()) as server:
        yield server


def typed(admin: Browser, address: str) -> dict[str, str]:
    """The form that asks whether this is the right one."""
    shown = admin.http.get("/links/live", params={"address": address})
    assert shown.status_code == 200, shown.text
    return admin.hidden(f"/links/live?address={address}")


def test_it_is_typed_on_today_shown_again_and_changes_one_line(waiting: ConsoleServer, folder: CampaignFolder) -> None:
    admin, before = waiting.signed_in("Ada", Role.ADMIN), folder.bot.read_bytes()
    folder.bot.rename(folder.root / "campaign.toml")
    folder.bot.symlink_to("campaign.toml")
    today = admin.get("/").text
    assert 'action="/links/live"' in today
    form = typed(admin, "video.example/w/abc?start=1")
    assert form["address"] == LIVE
    shown = admin.http.get("/links/live", params={"address": LIVE}).text
    assert "It leads to video.example." in shown
    assert "Two posts wait for it, the first on" in shown
    assert folder.bot.read_bytes() == before, "a page that is read changes nothing"
    assert admin.http.post("/links/live", data=form, headers=admin.own).headers["location"] == "/"
    assert folder.bot.read_bytes() == before.replace(b'live    = ""  ', f'live    = "{LIVE}"  '.encode())
    assert f"It is known now: {LIVE}" in admin.get("/").text
    with waiting.store.read() as tx:
        (act,) = answer(tx, control.audit_question("link live"))
    assert (act.actor, act.action, len(act.detail.split())) == ("Ada", "write address", 2)
    assert [event.fields for event in waiting.events if event.name == "address_written"] == [
        {"link": "live", "address": LIVE, "by": "Ada"}
    ]
    assert admin.http.post("/links/live", data=form, headers=admin.own).status_code == 303, "pressed twice"
    assert [str(event.name) for event in waiting.events].count("address_written") == 1
    again = admin.http.post("/links/live", data=form | {"address": "https://else.example"}, headers=admin.own)
    assert (again.status_code, "Somebody else has put in an address meanwhile" in again.text) == (409, True)
    app = waiting.console.app
    assert isinstance(app, App)
    app.follow()
    with waiting.store.read() as tx:
        posts = deliveries.listed(tx, t.delivery.c.message == "air")
    assert {(post.waiting_for, post.content.text) for post in posts} == {
        ("", f"Watch it here: {LIVE}\n---\nWatch it here: https://campaign.example/")
    }
    assert 'action="/links/live"' not in admin.get("/").text
    assert folder.bot.is_symlink()
    assert not list(folder.root.glob(".*.toml*"))


def test_what_cannot_be_written_down_is_not_put_in(waiting: ConsoleServer, folder: CampaignFolder) -> None:
    admin, before = waiting.signed_in("Ada", Role.ADMIN), folder.bot.read_bytes()
    form = typed(admin, LIVE)
    with full_disk(4000):
        assert len(before) < 3000, "there is room for the file, and none for the store"
        answered = admin.http.post("/links/live", data=form, headers=admin.own)
    assert (answered.status_code, "Nothing was changed" in answered.text) == (503, True)
    assert folder.bot.read_bytes() == before
    assert admin.http.post("/links/live", data=form, headers=admin.own).status_code == 303
    assert LIVE.encode() in folder.bot.read_bytes()


def test_what_was_changed_meanwhile_what_is_no_address_and_what_breaks_the_files_is_refused(
    waiting: ConsoleServer, folder: CampaignFolder
) -> None:
    admin = waiting.signed_in("Ada", Role.ADMIN)
    here = (
        "localhost",
        "https://127.0.0.1/w",
        "https://10.0.0.7/w",
        "https://localhost/a.b",
        "../..",
        "https://.example",
    )
    for wrong in ("on the day", "https://video.exаmple/w", "https://ada:word@video.example/", *here):
        refused = admin.http.get("/links/live", params={"address": wrong})
        assert (refused.status_code, "no address that readers can follow" in refused.text) == (409, True), wrong
        assert 'name="seen"' not in refused.text
    form = typed(admin, LIVE)
    before = folder.change("bot.toml", "# comes on the day", "# comes at noon").bot.read_bytes()
    refused = admin.http.post("/links/live", data=form, headers=admin.own)
    assert (refused.status_code, "bot.toml was changed meanwhile" in refused.text) == (409, True)
    assert f'value="{LIVE}"' in refused.text
    german = admin.own | {"accept-language": "de"}
    twice = admin.http.post("/links/live", data=typed(admin, "https://campaign.example/"), headers=german)
    assert twice.status_code == 409
    assert (
        "hätten die Dateien einen Fehler, daher wurde sie nicht eingetragen: In schedules/run-up.toml, Zeile 1: "
        "air (en) hat zwei Teile mit demselben Text, was X ablehnt." in twice.text
    )
    assert folder.bot.read_bytes() == before
    folder.write("messages/call/en.md", "A mistake that is there already: {nobody}\n")
    assert admin.http.post("/links/live", data=typed(admin, LIVE), headers=admin.own).status_code == 303


def test_what_was_typed_wrong_is_corrected_with_what_follows_for_each_post(
    waiting: ConsoleServer, folder: CampaignFolder
) -> None:
    admin, before = waiting.signed_in("Ada", Role.ADMIN), folder.bot.read_bytes()
    right = "https://video.example/w/right"
    app = waiting.console.app
    assert isinstance(app, App)
    assert admin.http.post("/links/live", data=typed(admin, LIVE), headers=admin.own).status_code == 303
    app.follow()
    with waiting.store.begin() as tx:
        for start, to in pairwise((State.PLANNED, State.CLAIMED, State.SENDING, State.SENT)):
            deliveries.step(tx, 1, start, to)
    today = admin.get("/").text
    assert LIVE in today
    assert "Ada put it in, 14:32." in today
    assert '<a href="/links/live">Correct it…</a>' in today
    waiting.clock.passes(timedelta(minutes=6))
    address = f"/links/live?address={right}"
    shown = admin.get(address).text
    assert f"It takes the place of {LIVE}." in shown
    assert "One post is out with this one, or may be, and stays as it is" in shown
    assert "One post that is still to go takes up the new address." in shown
    proof = admin.send("/links/live/correction", address, address=right)
    back = "/links/live%3Faddress%3Dhttps%3A//video.example/w/right"
    assert proof.headers["location"] == f"/session/proof?back={back}&undone=1"
    waiting.clock.passes(timedelta(seconds=31))
    admin.send("/session/proof", "/session/proof", code=waiting.code(admin))
    form = admin.hidden(address)
    folder.change("bot.toml", "# comes on the day", "# comes at noon")
    refused = admin.http.post("/links/live/correction", data=form, headers=admin.own)
    assert (refused.status_code, "bot.toml was changed meanwhile" in refused.text) == (409, True)
    folder.change("bot.toml", "# comes at noon", "# comes on the day")
    for _ in range(2):
        assert admin.http.post("/links/live/correction", data=form, headers=admin.own).headers["location"] == "/"
    assert folder.bot.read_bytes() == before.replace(b'live    = ""  ', f'live    = "{right}"  '.encode())
    with waiting.store.read() as tx:
        acts = [act.action for act in answer(tx, control.audit_question("link live"))]
    assert acts == ["write address", "correct address"]
    assert [event.fields for event in waiting.events if event.name == "address_corrected"] == [
        {"link": "live", "address": right, "before": LIVE, "by": "Ada"}
    ]
    app.follow()
    with waiting.store.read() as tx:
        posts = deliveries.listed(tx, t.delivery.c.message == "air")
    assert [LIVE in post.content.text for post in posts] == [post.id == 1 for post in posts], "what is out stays"
    assert right in next(post for post in posts if post.id != 1).content.text
    folder.change("bot.toml", right, "https://video.example/w/by-hand")
    waiting.clock.passes(timedelta(seconds=3))
    page = admin.get("/links/live").text
    assert "To change it, change it in bot.toml." in page, "what was written with an editor is corrected with one"
    assert "Correct it" not in admin.get("/").text
    refused = admin.http.post("/links/live/correction", data=form | {"address": LIVE}, headers=admin.own)
    assert (refused.status_code, "put in an address meanwhile" in refused.text) == (409, True)


def test_who_may_not_is_told_who_may_and_where_the_worker_reads_other_files_nobody_may(
    waiting: ConsoleServer, folder: CampaignFolder
) -> None:
    editor, admin = waiting.signed_in("Edi", Role.EDITOR), waiting.signed_in("Ada", Role.ADMIN)
    assert "An admin can write it here, or in bot.toml." in editor.get("/").text
    assert editor.get("/links/live").status_code == 404
    app = waiting.console.app
    assert isinstance(app, App)
    Heart(WorkerKind.RUN).beat(app.work, {}, "")
    assert 'action="/links/live"' in admin.get("/").text
    form, before = typed(admin, LIVE), folder.bot.read_bytes()
    (app.root / "var" / "mark").write_text("another folder's")
    today = admin.get("/").text
    assert 'action="/links/live"' not in today
    assert "the worker there reads another folder" in today
    assert "It reads another folder than this console" in today
    assert "the worker there reads another folder" in admin.get("/links/live").text
    refused = admin.http.post("/links/live", data=form, headers=admin.own)  # a page of before
    assert (refused.status_code, "the worker there reads another folder" in refused.text) == (409, True)
    assert folder.bot.read_bytes() == before


def test_what_is_typed_stays_while_the_page_around_it_follows(waiting: ConsoleServer) -> None:
    admin = waiting.signed_in("Ada", Role.ADMIN)
    with chromium() as browser:
        page = page_of(browser, admin)
        page.goto(waiting.address)
        field = page.get_by_role("textbox", name="The address “live”")
        field.fill("video.exam")
        page.get_by_role("heading", level=1).click()
        with waiting.store.begin() as tx:
            deliveries.change(tx, 1, [State.PLANNED], waiting_for="elsewhere")
        stop.throw(waiting.store, "Kasia", waiting.clock())
        expect(page.get_by_text("Stopped by Kasia")).to_be_visible(timeout=20_000)
        expect(field).to_have_value("video.exam")
