"""Questions to our own server: connections that are kept for a while, and why one got no answer."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest

from bot.errors import Outcome, PlatformError
from bot.platforms.mastodon import client
from bot.platforms.mastodon.client import Reader
from bot.platforms.mastodon.errors import Explainer
from tests.harness.scripted_server import ScriptedServer, answer
from tests.harness.table import each_of

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"


class PatientServer(ScriptedServer):
    """Answers whatever comes over a connection, until the other side closes it."""

    def serve(self, connection: socket.socket) -> None:
        self.connections += 1
        with connection:
            while request := connection.recv(65536):
                self.requests.append(request.decode())
                connection.sendall(answer("[]")[0])


def reader_of(url: str) -> Reader:
    return Reader(url, "token", Explainer("the server", "union", "token", lambda: datetime.now(UTC)))


@pytest.fixture
def patient() -> Iterator[PatientServer]:
    with PatientServer() as server:
        yield server


def test_questions_share_a_connection(patient: PatientServer) -> None:
    with closing(reader_of(patient.url)) as reader:
        for _ in range(3):
            assert reader.get("/api/v1/markers", "say", since="1").body == b"[]"
    assert patient.connections == 1
    assert patient.requests[2].startswith("GET /api/v1/markers?since=1 HTTP/1.1\r\n")
    assert "authorization: bearer token\r\n" in patient.requests[2].lower()


def test_a_connection_that_rested_for_long_is_not_trusted(
    patient: PatientServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_KEPT_SECONDS", 0.0)
    with closing(reader_of(patient.url)) as reader:
        for _ in range(3):
            reader.get("/api/v1/markers", "say")
    assert patient.connections == 3


def test_no_cookie_is_sent_back() -> None:
    cookie = answer("[]", Set_Cookie="session=1; Path=/", Connection="close")
    with ScriptedServer(cookie, cookie) as server, closing(reader_of(server.url)) as reader:
        for _ in range(2):
            reader.get("/api/v1/markers", "say")
    assert not any("cookie" in request.lower() for request in server.requests)


@each_of(
    ("script", "why"),
    [
        ([HEAD, *[b"x"] * 1000], "had no end"),
        ([HEAD.replace(b"1000", b"17825792"), *[b" " * 1024 * 1024] * 17], "had no end"),
        ([], "took too long"),
        ([b"no answer of HTTP\r\n\r\n"], "the connection broke"),
        ([HEAD.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n"), b"x" * 1000], "the connection broke"),
    ],
)
def test_an_answer_that_is_none_was_a_question_that_changed_nothing(
    script: list[bytes], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "READ_TIMEOUT", 0.5)
    pause = 0.02 if len(script) > 100 else 0.0
    with ScriptedServer(script, pause=pause) as server, closing(reader_of(server.url)) as reader:
        with pytest.raises(PlatformError, match=why) as raised:
            reader.get("/api/v1/markers", "say")
        assert raised.value.answer is Outcome.NOT_SENT
        assert not raised.value.unreachable
        assert raised.value.__context__ is None, "the library's own error holds our token"


def test_an_answer_that_is_cut_off_is_none() -> None:
    with ScriptedServer() as server, closing(reader_of(server.url)) as reader:

        def cut(connection: socket.socket) -> None:
            with connection:
                connection.recv(65536)
                connection.sendall(HEAD + b"[]")

        server.serve = cut  # type: ignore[method-assign]
        with pytest.raises(PlatformError, match="the connection broke"):
            reader.get("/api/v1/markers", "say")


@each_of(
    ("url", "why"),
    [
        ("http://127.0.0.1:9", "connection refused"),
        ("https://127.0.0.1:9", "connection refused"),
        ("http://no-such-host.invalid", "its name is not known"),
    ],
)
def test_nobody_there_is_out_of_reach(url: str, why: str) -> None:
    with closing(reader_of(url)) as reader, pytest.raises(PlatformError, match=why) as raised:
        reader.get("/api/v1/markers", "say")
    assert raised.value.unreachable
    assert raised.value.answer is Outcome.NOT_SENT


def test_a_failed_tls_handshake_is_out_of_reach() -> None:
    with ScriptedServer(answer("no TLS here")) as server:
        url = server.url.replace("http:", "https:")
        with closing(reader_of(url)) as reader, pytest.raises(PlatformError, match="TLS") as raised:
            reader.get("/api/v1/markers", "say")
    assert raised.value.unreachable
    assert "token" not in str(server.requests)


def test_answers_that_break_off_leave_the_connections_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_MOST_CONNECTIONS", 2)
    monkeypatch.setattr(client, "MAX_BODY", 500)
    endless = [HEAD, b" " * 700]
    with ScriptedServer(*[endless] * 5, answer("[]")) as server, closing(reader_of(server.url)) as reader:
        for _ in range(5):
            with pytest.raises(PlatformError, match="had no end"):
                reader.get("/api/v1/markers", "say")
        assert reader.get("/api/v1/markers", "say").body == b"[]"


def test_an_answer_may_be_packed() -> None:
    packed = gzip.compress(b"[1]")
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n".encode()
    with ScriptedServer([head, packed]) as server, closing(reader_of(server.url)) as reader:
        assert reader.get("/api/v1/markers", "say").body == b"[1]"
    assert "accept-encoding: gzip" in server.requests[0].lower()


def test_a_proxy_is_told_the_whole_address(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(answer("[]")) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url.replace("http://", "http://ana:secret@"))
        with closing(reader_of("http://union.example")) as reader:
            assert reader.get("/api/v1/markers", "say", since="1").body == b"[]"
    assert proxy.requests[0].startswith("GET http://union.example/api/v1/markers?since=1 HTTP/1.1\r\n")
    assert "proxy-authorization: basic " in proxy.requests[0].lower()


def test_a_proxy_lets_a_safe_connection_through_and_sees_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(answer("[]", "403 Forbidden")) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        with closing(reader_of("https://union.example")) as reader, pytest.raises(PlatformError) as raised:
            reader.get("/api/v1/markers", "say")
    assert proxy.requests[0].startswith("CONNECT union.example:443 HTTP/1.")
    assert "token" not in str(proxy.requests)
    assert raised.value.answer is Outcome.NOT_SENT
