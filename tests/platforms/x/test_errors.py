"""What each answer, silence and broken line proves."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import requests

from bot.domain.post import Outgoing
from bot.errors import Outcome, PlatformError, Remedy, to_do
from bot.platforms.x.adapter import XPlatform
from tests.platforms.x.conftest import Account, HandClock
from tests.servers.x.handle import XSimulator

POST = Outgoing("Trade unions are not extremism. #FreeBelarusUnionists", "en")
WRITE = "/2/tweets"


def refused(account: XPlatform) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        account.publish(POST)
    return caught.value


@pytest.mark.parametrize("status", [400, 403, 404, 410, 422])
def test_a_refusal_is_for_good_and_concerns_this_post_only(x: XSimulator, account: XPlatform, status: int) -> None:
    x.fault("status", WRITE, status=status)
    error = refused(account)
    assert (error.answer, error.closes_account, error.retry_at) == (Outcome.REJECTED, False, None)
    assert x.ledger()["posts"] == []


def test_credits_that_are_gone_close_the_account_in_plain_words(x: XSimulator, account: XPlatform) -> None:
    x.edit_user("GroundswellBot", credits=0)
    error = refused(account)
    assert (error.answer, error.closes_account) == (Outcome.REJECTED, True)
    assert "buy credits" in str(error)
    assert to_do(Remedy.RESUME) in str(error)


def test_a_wrong_token_closes_the_account(x: XSimulator, open_account: Account) -> None:
    error = refused(open_account(token="1-wrong"))
    assert (error.answer, error.closes_account) == (Outcome.REJECTED, True)
    assert to_do(Remedy.LOG_IN, "x") in str(error)


@pytest.mark.parametrize("hours", [-24, -1, 1, 24])
def test_a_wrong_clock_closes_nothing_and_is_asked_to_be_set_right(
    x: XSimulator, open_account: Account, clock: HandClock, hours: int
) -> None:
    account = open_account(token="1-wrong")  # refused with the 401 that X has for what was signed at another time
    clock.now += timedelta(hours=hours)
    error = refused(account)
    assert (error.answer, error.closes_account) == (Outcome.NOT_SENT, False)
    assert "this computer's clock is wrong" in str(error)
    clock.now -= timedelta(hours=hours)
    assert refused(account).closes_account


@pytest.mark.parametrize(
    "body",
    [
        {"title": "Forbidden", "detail": "Your account is suspended and is not permitted to access this feature."},
        {"title": "Forbidden", "detail": "Your account has been permanently suspended."},
        {"title": "Unsupported Authentication", "type": "https://api.x.com/2/problems/unsupported-authentication"},
        {"errors": [{"code": 326, "message": "To protect our users, this account is temporarily locked."}]},
        {"title": "Forbidden", "type": "https://api.twitter.com/2/problems/oauth1-permissions", "detail": "no"},
    ],
)
def test_a_suspended_or_locked_account_is_closed(x: XSimulator, account: XPlatform, body: object) -> None:
    x.fault("status", WRITE, status=403, body=body)
    assert refused(account).closes_account


def test_somebody_elses_suspension_does_not_close_our_account(x: XSimulator, account: XPlatform) -> None:
    x.fault("status", WRITE, status=403, body={"detail": "User has been suspended: [123]."})
    assert not refused(account).closes_account


def test_a_duplicate_is_a_refusal_that_says_so(x: XSimulator, account: XPlatform) -> None:
    account.publish(POST)
    error = refused(account)
    assert (error.answer, error.duplicate, error.closes_account) == (Outcome.REJECTED, True, False)
    assert len(x.ledger()["posts"]) == 1


def test_a_rate_limit_says_when_to_come_back_and_nothing_was_sent(
    x: XSimulator, account: XPlatform, clock: HandClock
) -> None:
    x.settings(limits={"create": [[1, 900]]})
    account.publish(Outgoing("first", "en"))
    error = refused(account)
    assert (error.answer, error.pauses_account) == (Outcome.NOT_SENT, True)
    assert error.retry_at is not None
    assert timedelta(minutes=14) < error.retry_at - clock.now < timedelta(minutes=16)


@pytest.mark.parametrize("reset", ["", "soon", "0", "99999999999", "²"])
def test_a_rate_limit_that_does_not_say_is_waited_out_for_a_quarter_of_an_hour(
    x: XSimulator, account: XPlatform, clock: HandClock, reset: str
) -> None:
    x.fault("status", WRITE, status=429, headers={"x-rate-limit-reset": reset})
    assert refused(account).retry_at == clock.now + timedelta(minutes=15)


def test_a_daily_limit_that_is_used_up_outlasts_the_short_one(
    x: XSimulator, account: XPlatform, clock: HandClock
) -> None:
    soon, late = (int((clock.now + timedelta(hours=hours)).timestamp()) for hours in (0.1, 9))
    daily = {"x-user-limit-24hour-remaining": "0", "x-user-limit-24hour-reset": str(late)}
    x.fault("status", WRITE, status=429, headers={"x-rate-limit-reset": str(soon), **daily})
    retry_at = refused(account).retry_at
    assert retry_at is not None
    assert retry_at.timestamp() == late


def test_a_rate_limit_on_reading_does_not_pause_posting(x: XSimulator, account: XPlatform) -> None:
    x.fault("status", "/2/users/me", status=429)
    with pytest.raises(PlatformError) as caught:
        account.facts()
    assert not caught.value.pauses_account


@pytest.mark.parametrize("status", [301, 307, 408, 500, 502, 503, 504])
def test_these_answers_do_not_say_what_became_of_a_post(x: XSimulator, account: XPlatform, status: int) -> None:
    x.fault("accept_then_status", WRITE, status=status, headers={"location": "/2/tweets"})
    assert refused(account).answer is Outcome.AMBIGUOUS
    assert len(x.ledger()["posts"]) == 1


@pytest.mark.parametrize("effect", ["accept_then_close", "accept_then_half", "accept_then_html"])
def test_an_accepted_post_without_a_readable_answer_is_ambiguous(
    x: XSimulator, account: XPlatform, effect: str
) -> None:
    x.fault(effect, WRITE)  # type: ignore[arg-type]
    assert refused(account).answer is Outcome.AMBIGUOUS
    assert len(x.ledger()["posts"]) == 1


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "[[" * 5000, "null", '{"data": null}', '{"data": []}', '{"data": "x"}']
)
def test_odd_bodies_are_ambiguous_and_nothing_else_escapes(x: XSimulator, account: XPlatform, body: str) -> None:
    for status in (200, 201):
        x.fault("status", WRITE, status=status, body=body)
        assert refused(account).answer is Outcome.AMBIGUOUS


@pytest.mark.parametrize("body", ['{"errors": {"a": 1}}', '{"errors": ["no", 7], "detail": 5}', '{"title": "No"}'])
def test_odd_refusals_are_refusals_still(x: XSimulator, account: XPlatform, body: str) -> None:
    x.fault("status", WRITE, status=400, body=body)
    assert refused(account).answer is Outcome.REJECTED


def test_data_counts_though_errors_came_with_it(x: XSimulator, account: XPlatform) -> None:
    body = {"data": {"id": "7", "text": "…"}, "errors": [{"title": "Partial", "detail": "something else"}]}
    x.fault("status", WRITE, status=200, body=body)
    assert account.publish(POST).post_id == "7"


@pytest.mark.parametrize("effect", ["hang", "accept_then_delay"])
def test_silence_is_ambiguous(x: XSimulator, open_account: Account, effect: str) -> None:
    x.fault(effect, WRITE, seconds=1.0)  # type: ignore[arg-type]
    assert refused(open_account(read_timeout=0.2)).answer is Outcome.AMBIGUOUS


def test_a_post_accepted_after_we_gave_up_was_ambiguous(x: XSimulator, account: XPlatform) -> None:
    x.fault("late_accept", WRITE, seconds=30.0)
    assert refused(account).answer is Outcome.AMBIGUOUS
    assert x.ledger()["posts"] == []
    x.release_late()
    assert len(x.ledger()["posts"]) == 1


def test_nothing_is_ever_sent_twice_by_itself(x: XSimulator, account: XPlatform) -> None:
    for effect in ("close", "status", "accept_then_close", "accept_then_half"):
        x.fault(effect, WRITE)
        refused(account)
    assert len(x.ledger()["requests"]) == 4


def test_a_kept_connection_that_has_died_is_ambiguous_not_repeated(x: XSimulator, account: XPlatform) -> None:
    account.facts()
    x.fault("close", WRITE)
    assert refused(account).answer is Outcome.AMBIGUOUS
    assert account.publish(POST).post_id


def answering(reply: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that is not the simulator: it takes one connection and does what it likes."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            reply(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"127.0.0.1:{listener.getsockname()[1]}"
    thread.join(5)
    listener.close()


listening = contextmanager(answering)


def test_an_answer_that_trickles_in_does_not_outlive_the_deadline(
    open_account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.platforms.x.client.CONNECT_TIMEOUT", 0.1)
    finished = threading.Event()

    def trickle(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 201 Created\r\ncontent-length: 1000\r\n\r\n")
        while not finished.wait(0.05):
            connection.sendall(b" ")

    with listening(trickle) as address:
        error = refused(open_account(url=f"http://{address}", read_timeout=0.2))
        finished.set()
    assert error.answer is Outcome.AMBIGUOUS


def test_a_tls_handshake_that_fails_means_nothing_was_sent(open_account: Account) -> None:
    with listening(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as address:
        error = refused(open_account(url=f"https://{address}"))
    assert error.answer is Outcome.NOT_SENT
    assert "nothing was sent" in str(error)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "https://127.0.0.1:1", "http://nowhere.invalid", "http://", "x"])
def test_a_server_that_cannot_be_reached_was_sent_nothing(open_account: Account, url: str) -> None:
    error = refused(open_account(url=url))
    assert error.answer is Outcome.NOT_SENT


def test_a_connection_that_takes_too_long_was_sent_nothing(
    open_account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.platforms.x.client.CONNECT_TIMEOUT", 0.1)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.create_connection(full.getsockname()):
        error = refused(open_account(url=f"http://127.0.0.1:{full.getsockname()[1]}"))
    assert error.answer is Outcome.NOT_SENT


def test_trouble_of_the_callers_own_does_not_make_a_silence_look_unsent(x: XSimulator, account: XPlatform) -> None:
    x.fault("accept_then_close", WRITE)
    try:
        raise requests.exceptions.ConnectTimeout("of something else")
    except requests.exceptions.ConnectTimeout:
        assert refused(account).answer is Outcome.AMBIGUOUS


def test_a_gateway_that_says_when_to_come_back_is_believed(x: XSimulator, account: XPlatform, clock: HandClock) -> None:
    x.fault("status", WRITE, status=429, body="<html>Slow down", headers={"retry-after": "90"})
    assert refused(account).retry_at == clock.now + timedelta(seconds=90)
