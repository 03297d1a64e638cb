"""The calendar: each way to show it, and addresses that mean no time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.domain.delivery import State
from bot.store import schema as t
from tests.harness.campaign_folder import sound
from tests.harness.console_server import Browser, served


@pytest.fixture(scope="module")
def viewer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Somebody who reads a campaign with two messages, on 9 and 13 April, on two accounts."""
    with served(sound(tmp_path_factory.mktemp("console")).bot, change=lambda app: app.plan()) as server:
        yield server.signed_in("Vera")


@pytest.mark.parametrize("when", ["2025-04", "2025-W15", "2025-04-13", "agenda"])
def test_each_way_to_show_it_has_the_message_of_the_day(viewer: Browser, when: str) -> None:
    shown = viewer.get(f"/calendar/{when}")
    assert shown.status_code == 200
    assert ">call</" in shown.text


def test_it_narrows_to_one_account(viewer: Browser) -> None:
    assert viewer.get("/calendar/2025-04-13").text.count('class="note') == 1, "what goes to two accounts is one note"
    assert 'aria-label="call"' in viewer.get("/calendar/2025-04-13?account=x").text
    assert "No post on this day" in viewer.get("/calendar/2025-04-13?account=nobody").text


def test_it_narrows_to_one_state(viewer: Browser) -> None:
    assert 'aria-label="call"' in viewer.get("/calendar/2025-04-13?state=planned").text
    shown = viewer.get("/calendar/2025-04-13?state=sent").text
    assert "No post on this day" in shown
    assert '<option value="sent" selected>out</option>' in shown


def test_another_way_to_show_it_stays_at_its_time(viewer: Browser) -> None:
    """The campaign's today is 9 April 2025; its day of action is a week later."""
    week = viewer.get("/calendar/2025-W20?account=x").text
    for there in ("2025-05", "2025-W20", "2025-05-12"):
        assert f'href="/calendar/{there}?account=x&amp;language=&amp;state="' in week
    assert ">Today</a>" in week.split('class="pg"')[1].split("</div>")[0], "and from there back to today"
    assert 'href="/calendar/2025-04-09"' in viewer.get("/calendar/2025-04").text


def test_what_is_in_doubt_on_one_account_is_not_hidden_behind_what_is_out_on_another(tmp_path: Path) -> None:
    with served(sound(tmp_path).bot, change=lambda app: app.plan()) as server:
        with server.store.begin() as tx:
            of_the_day = t.delivery.c.due_at > datetime(2025, 4, 13, tzinfo=UTC)
            day = select(t.delivery.c.id).where(of_the_day).order_by(t.delivery.c.id)
            first, second = tx.execute(day).scalars()
            for number, state in ((first, State.SENT), (second, State.NEEDS_DECISION)):
                tx.execute(update(t.delivery).where(t.delivery.c.id == number).values(state=state))
        shown = server.signed_in("Vera").get("/calendar/2025-04-13").text
    assert f'<a href="/deliveries/{second}" class="note unknown"' in shown


def test_a_page_is_compressed_for_whoever_takes_it_so(viewer: Browser) -> None:
    shown, plain = (viewer.get("/calendar/2025-04", **{"accept-encoding": how}) for how in ("br, gzip", "identity"))
    assert (shown.headers.get("content-encoding"), plain.headers.get("content-encoding")) == ("gzip", None)
    assert ">call</" in shown.text
    assert ">call</" in plain.text


@pytest.mark.parametrize("when", ["2025-13", "2025-W60", "2025-02-30", "0000-01", "tomorrow", "9999-12", "0001-01"])
def test_what_is_no_time_is_not_there(viewer: Browser, when: str) -> None:
    assert viewer.get(f"/calendar/{when}").status_code == 404
