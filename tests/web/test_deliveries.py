"""Deliveries in the console: the list, one's story, and what editors do about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from bot.cli.logs import people_line
from bot.domain.delivery import State
from bot.domain.users import Role
from bot.store import deliveries
from bot.store import schema as t
from tests.harness.campaign_folder import CampaignFolder
from tests.harness.console_server import ConsoleServer, served
from tests.harness.full_disk import full_disk


@pytest.fixture
def planned(folder: CampaignFolder) -> Iterator[ConsoleServer]:
    """A console whose campaign has four posts, planned days before."""
    with served(folder.bot, change=lambda app: app.plan()) as server:
        yield server


def state_of(server: ConsoleServer, number: int) -> State:
    with server.store.read() as tx:
        delivery = deliveries.get(tx, number)
    assert delivery is not None
    return delivery.state


def test_the_list_has_each_delivery_and_narrows_to_what_is_asked_for(planned: ConsoleServer) -> None:
    viewer = planned.signed_in("Vera")
    shown = viewer.get("/deliveries?when=all").text
    assert shown.count('href="/deliveries/') >= 4
    only_x = viewer.get("/deliveries?when=all&account=x").text
    assert '<td data-label="Account">X</td>' in only_x
    assert '<td data-label="Account">Mastodon</td>' not in only_x
    assert "Nothing like that" in viewer.get("/deliveries?state=rejected").text


@pytest.mark.parametrize(
    "filters", ["?after=x", "?state=nonsense", "?account=%00", "?after=20250101T000000000000-99999999999999999999"]
)
def test_odd_filters_are_no_error(planned: ConsoleServer, filters: str) -> None:
    assert planned.signed_in("Vera").get(f"/deliveries{filters}").status_code == 200


def test_an_editor_holds_lets_go_and_cancels(planned: ConsoleServer) -> None:
    editor = planned.signed_in("Edo", Role.EDITOR)
    for act, state, said in (
        ("hold", State.HELD, "Edo held it"),
        ("release", State.PLANNED, "Edo let it go"),
        ("cancellation", State.CANCELLED, "Edo cancelled it"),
        ("retry", State.PLANNED, "Edo asked to try it again"),
    ):
        answer = editor.send(f"/deliveries/1/{act}", "/deliveries/1")
        assert answer.status_code == 303
        assert answer.headers["location"] == "/deliveries/1"
        assert state_of(planned, 1) is state
        assert said in editor.get("/deliveries/1").text


def test_a_lost_race_says_how_it_stands_now(planned: ConsoleServer) -> None:
    first, second = planned.signed_in("Edo", Role.EDITOR), planned.signed_in("Ena", Role.EDITOR)
    seen = second.hidden("/deliveries/1")
    assert first.send("/deliveries/1/cancellation", "/deliveries/1").status_code == 303
    late = second.http.post("/deliveries/1/hold", data=seen, headers=second.own)
    assert late.status_code == 409
    assert "it is cancelled by now" in late.text
    assert "Edo cancelled it" in late.text


def test_a_fault_nobody_foresaw_is_found_by_its_number_and_tells_nothing_of_what_was_written(
    planned: ConsoleServer,
) -> None:
    viewer = planned.signed_in("Vera")
    with planned.store.begin() as tx:
        tx.execute(update(t.delivery).where(t.delivery.c.id == 1).values(content={"parts": "words of somebody"}))
    page = viewer.get("/deliveries/1")
    (event,) = (event for event in planned.events if event.name == "failed")
    assert page.status_code == 500
    assert event.fields["number"] in page.text
    assert event.fields["number"] in people_line(event)
    assert "somebody" not in str(event.fields)


def test_on_a_full_disk_a_press_says_so_and_is_good_again_once_there_is_room(planned: ConsoleServer) -> None:
    editor = planned.signed_in("Edo", Role.EDITOR)
    form = editor.hidden("/deliveries/1")
    with full_disk(1):
        pressed = editor.http.post("/deliveries/1/hold", data=form, headers=editor.own)
        assert editor.get("/deliveries/1").status_code == 200
    assert (pressed.status_code, "The disk is full" in pressed.text) == (503, True)
    assert state_of(planned, 1) is State.PLANNED
    assert editor.send("/deliveries/1/hold", "/deliveries/1").status_code == 303


def test_who_only_reads_has_no_buttons_and_no_way_around(planned: ConsoleServer) -> None:
    viewer = planned.signed_in("Vera")
    assert "/deliveries/1/hold" not in viewer.get("/deliveries/1").text
    assert viewer.send("/deliveries/1/hold", "/me").status_code == 404
    assert state_of(planned, 1) is State.PLANNED


def test_the_deliveries_of_some_days_are_listed_by_the_campaign_s_clock(planned: ConsoleServer) -> None:
    viewer, zone = planned.signed_in("Vera"), planned.console.work.config.campaign.timezone
    with planned.store.begin() as tx:
        tx.execute(
            update(t.delivery).where(t.delivery.c.id == 1).values(due_at=datetime(2027, 3, 1, 0, 5, tzinfo=zone))
        )

    def listed(query: str) -> bool:
        return 'href="/deliveries/1"' in viewer.get(f"/deliveries?{query}").text

    assert listed("from=2027-03-01&to=2027-03-01")
    assert not listed("from=2027-03-02")
    assert not listed("to=2027-02-28")
    assert 'name="from" value="2027-03-01"' in viewer.get("/deliveries?from=2027-03-01").text
    for odd in ("2027-02-30", "yesterday", "0001-01-01", "9999-12-31", "2027-03-01T00:00"):
        for side in ("from", "to"):
            assert "No delivery has all that was asked for." in viewer.get(f"/deliveries?{side}={odd}").text


def test_all_that_were_refused_for_one_cause_are_tried_again_by_one_press(planned: ConsoleServer) -> None:
    """Of those, one is out by the time of the press: it stays so."""
    rejected(planned, {1: "the token was revoked", 2: "the token was revoked", 3: "too long"})
    editor = planned.signed_in("Edo", Role.EDITOR)
    assert '<a class="btn " href="/deliveries?like=1">Look at them</a>' in editor.get("/").text
    shown = editor.get("/deliveries?like=1").text
    assert "The token was revoked." in shown
    assert "Try these 2 again" in shown
    assert '<td data-label="Account">' in shown
    assert "too long" not in shown.casefold()
    chosen = re.findall(r'name="chosen" value="(\d+)"', shown)
    assert chosen == ["1", "2"]
    with planned.store.begin() as tx:
        tx.execute(update(t.delivery).where(t.delivery.c.id == 2).values(state=State.SENT))
    form = {"csrf": editor.hidden("/me")["csrf"], "chosen": chosen}
    done = editor.http.post("/deliveries/retries", data=form, headers=editor.own)
    assert [state_of(planned, number) for number in (1, 2, 3)] == [State.PLANNED, State.SENT, State.REJECTED]
    said = editor.get(done.headers["location"]).text
    assert "One delivery is changed. One was in another state by then, and stands as it is." in said


def test_many_are_held_and_let_go_by_whoever_may(planned: ConsoleServer) -> None:
    editor, viewer = planned.signed_in("Edo", Role.EDITOR), planned.signed_in("Vera")
    shown = editor.get("/deliveries?state=planned").text
    chosen = re.findall(r'name="chosen" value="(\d+)"', shown)
    assert f"Hold these {len(chosen)}" in shown
    for visitor, path, state in (
        (viewer, "holds", State.PLANNED),
        (editor, "holds", State.HELD),
        (viewer, "releases", State.HELD),
        (editor, "releases", State.PLANNED),
    ):
        form = {"csrf": visitor.hidden("/me")["csrf"], "chosen": chosen}
        status = visitor.http.post(f"/deliveries/{path}", data=form, headers=visitor.own).status_code
        assert status == (303 if visitor is editor else 404)
        assert {state_of(planned, int(number)) for number in chosen} == {state}
    assert "Hold these" not in viewer.get("/deliveries?state=planned").text
    assert "Hold these" not in editor.get("/deliveries?when=all").text, "what is done to many is asked for by a state"


def test_what_needs_a_look_of_its_own_is_none_of_many(planned: ConsoleServer) -> None:
    """What was held for it comes near to what is out, and a reshare."""
    with planned.store.begin() as tx:
        tx.execute(update(t.delivery).values(state=State.HELD))
        tx.execute(update(t.delivery).where(t.delivery.c.id == 1).values(held_for="near_words"))
        tx.execute(update(t.delivery).where(t.delivery.c.id == 2).values(kind="reshare"))
    mira = planned.signed_in("Mira", *Role)
    shown = mira.get("/deliveries?state=held").text
    assert not {"1", "2"} & set(re.findall(r'name="chosen" value="(\d+)"', shown))
    form = {"csrf": mira.hidden("/me")["csrf"], "chosen": ["1", "2", "3"]}
    mira.http.post("/deliveries/releases", data=form, headers=mira.own)
    assert [state_of(planned, number) for number in (1, 2, 3)] == [State.HELD, State.HELD, State.PLANNED]
    assert "No delivery has all that was asked for." in mira.get("/deliveries?like=999").text


def rejected(server: ConsoleServer, errors: dict[int, str]) -> None:
    """Have these deliveries be refused, on one account, with what its platform has said."""
    with server.store.begin() as tx:
        for number, error in errors.items():
            values = {"state": State.REJECTED, "error": error, "account": "mastodon"}
            tx.execute(update(t.delivery).where(t.delivery.c.id == number).values(values))


def test_what_is_overdue_is_not_said_to_wait_for_its_time(planned: ConsoleServer) -> None:
    viewer = planned.signed_in("Vera")
    assert "Nothing yet: it waits for its time." in viewer.get("/deliveries/3").text
    planned.clock.passes(timedelta(days=5))
    shown = planned.signed_in("Nora").get("/deliveries/3").text
    assert "Nothing was sent." in shown
    assert "Nothing yet" not in shown


def test_a_delivery_that_is_not_there_is_said(planned: ConsoleServer) -> None:
    answer = planned.signed_in("Vera").get("/deliveries/999")
    assert answer.status_code == 404
    assert "There is no delivery 999" in answer.text
