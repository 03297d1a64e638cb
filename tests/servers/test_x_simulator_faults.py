"""The X simulator fails on demand: answers wrong, late, cut or absent, and a ledger of what was accepted."""

from datetime import UTC, datetime
from threading import Thread
from typing import Any

import httpx
import pytest

from tests.servers.x.clients import signed_client
from tests.servers.x.handle import XSimulator, XUser

NOON = datetime(2025, 4, 16, 12, 0, tzinfo=UTC)


@pytest.fixture
def x(x: XSimulator) -> XSimulator:
    """The simulator at noon."""
    x.set_clock(NOON)
    return x


def send(api: httpx.Client, text: str = "hello") -> httpx.Response:
    return api.post("/2/tweets", json={"text": text})


def accepted(x: XSimulator) -> list[str]:
    return [post["text"] for post in x.ledger()["posts"]]


def test_a_status_fault_accepts_nothing_and_ends_after_its_count(x: XSimulator, api: httpx.Client) -> None:
    x.fault("status", "/2/tweets", method="POST", count=2, after=1, status=503)
    assert [send(api, f"post {n}").status_code for n in range(4)] == [201, 503, 503, 201]
    assert accepted(x) == ["post 0", "post 3"]


def test_a_fault_may_say_what_it_answers(x: XSimulator, api: httpx.Client) -> None:
    x.fault("status", status=429, body={"title": "Busy"}, headers={"x-rate-limit-reset": "1"})
    answer = send(api)
    assert (answer.json(), answer.headers["x-rate-limit-reset"]) == ({"title": "Busy"}, "1")
    x.fault("status", "^/2/users/\\d+/tweets$", status=500, body="<h1>Oops</h1>")
    assert send(api).status_code == 201
    assert api.get("/2/users/12/tweets").text == "<h1>Oops</h1>"


def test_a_dropped_answer_leaves_an_accepted_post_and_its_repeat_a_duplicate(x: XSimulator, api: httpx.Client) -> None:
    x.fault("accept_then_close")
    with pytest.raises(httpx.RemoteProtocolError):
        send(api)
    again = send(api)
    assert (again.status_code, accepted(x)) == (403, ["hello"])
    first, second = x.ledger()["requests"]
    assert (first["status"], first["processed"], first["fault"]) == (None, 201, "accept_then_close")
    assert (second["status"], second["processed"], second["fault"]) == (403, 403, None)


def test_an_accepted_post_can_be_answered_wrongly(x: XSimulator, api: httpx.Client) -> None:
    x.fault("accept_then_status", status=502)
    x.fault("accept_then_html")
    assert send(api, "one").status_code == 502
    page = send(api, "two")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert accepted(x) == ["one", "two"]


def test_an_answer_can_break_in_the_middle(x: XSimulator, api: httpx.Client) -> None:
    x.fault("accept_then_half")
    with pytest.raises(httpx.RemoteProtocolError):
        send(api)
    assert accepted(x) == ["hello"]


def test_a_closed_connection_accepts_nothing(x: XSimulator, api: httpx.Client) -> None:
    x.fault("close")
    with pytest.raises(httpx.RemoteProtocolError):
        send(api)
    assert accepted(x) == []


def test_a_silent_server_accepts_nothing_and_a_slow_answer_comes_too_late(x: XSimulator, api: httpx.Client) -> None:
    x.fault("hang")
    x.fault("accept_then_delay", seconds=5)
    for text in ("never", "accepted"):
        with pytest.raises(httpx.ReadTimeout):
            api.post("/2/tweets", json={"text": text}, timeout=0.05)
    assert accepted(x) == ["accepted"]


def test_a_delayed_request_is_processed_though_its_client_left(x: XSimulator, api: httpx.Client) -> None:
    x.fault("delay", seconds=0.1)
    with pytest.raises(httpx.ReadTimeout):
        api.post("/2/tweets", json={"text": "hello"}, timeout=0.02)
    assert accepted(x) == []
    x.wait_until(lambda ledger: len(ledger["posts"]) == 1)


def test_a_late_accept_waits_for_its_time_or_for_release(x: XSimulator, api: httpx.Client) -> None:
    x.fault("late_accept", seconds=600)
    with pytest.raises(httpx.RemoteProtocolError):
        send(api)
    assert accepted(x) == []
    assert x.release_late() == 1
    assert accepted(x) == ["hello"]
    x.fault("late_accept", seconds=0.01)
    with pytest.raises(httpx.RemoteProtocolError):
        send(api, "again")
    x.wait_until(lambda ledger: len(ledger["posts"]) == 2)


def test_reset_forgets_everything_late_or_not(x: XSimulator, api: httpx.Client) -> None:
    x.fault("late_accept", seconds=600)
    with pytest.raises(httpx.RemoteProtocolError):
        send(api)
    x.reset()
    assert x.release_late() == 0
    assert send(api).status_code == 401
    assert accepted(x) == []


def test_two_senders_at_once_make_one_post(x: XSimulator, user: XUser) -> None:
    def post() -> None:
        with signed_client(x, user) as client:
            send(client)

    threads = [Thread(target=post) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert accepted(x) == ["hello"]


def test_a_setting_with_a_typing_error_is_refused(x: XSimulator) -> None:
    mistakes: tuple[dict[str, Any], ...] = (
        {"timeline_lags": 1},
        {"limits": {"creation": []}},
        {"search_window_s": "soon"},
    )
    for wrong in mistakes:
        with pytest.raises(ValueError, match="refused POST settings"):
            x.settings(**wrong)
