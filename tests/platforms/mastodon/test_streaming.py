"""Streams on the Mastodon test server: an event is a hint, whatever it says; what is no stream is left alone."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from datetime import UTC, datetime

import msgspec
import pytest

from bot.errors import Outcome, PlatformError
from bot.platforms.mastodon.adapter import MastodonPlatform
from bot.platforms.mastodon.client import Reader
from bot.platforms.mastodon.errors import Explainer
from bot.platforms.mastodon.server import Server, _Instance
from bot.platforms.mastodon.streaming import EventLines, MastodonStream, Streaming, streaming_address
from tests.harness.bot_process import PATIENCE_S, until
from tests.harness.table import each_of
from tests.servers.mastodon import MastodonAccount, MastodonServer

TAG = "FreeBelarusUnionists"


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def union(mastodon: MastodonServer) -> MastodonAccount:
    return mastodon.add_account("union", bot=True)


class Ear:
    """Our account's hands on its streams."""

    def __init__(self, url: str, token: str) -> None:
        explain = Explainer("the server", "mastodon", token, now)
        self._reader = Reader(url, token, explain)
        self._streaming = Streaming(url, token, Server(url, self._reader), explain)

    def on(self, name: str = "hashtag", silence: float = 10.0) -> MastodonStream:
        """A stream that is taken for dead after so many seconds."""
        self._streaming.silence = silence
        if name == "hashtag":
            return self._streaming.of_hashtag("the tag", TAG)
        return self._streaming.of_notifications("mentions")

    def close(self) -> None:
        self._reader.close()
        self._streaming.close()


@pytest.fixture
def ear(mastodon: MastodonServer, union: MastodonAccount) -> Iterator[Ear]:
    with closing(Ear(mastodon.url, union.access_token)) as found:
        yield found


def refusal(opened: MastodonStream) -> PlatformError:
    with pytest.raises(PlatformError) as raised:
        list(opened.listen())
    return raised.value


def test_a_post_under_the_hashtag_is_an_event_and_a_heartbeat_is_none(mastodon: MastodonServer, ear: Ear) -> None:
    mastodon.settings(heartbeat=0.05)
    with closing(ear.on().listen()) as signs:
        assert [next(signs) for _ in range(4)] == [False] * 4
        mastodon.seed_status("a@b.example", f"hi #{TAG.upper()}")
        assert any(next(signs) for _ in range(50))
    assert until(lambda: mastodon.ledger().open_streams == [])


def test_somebody_who_mentions_us_is_an_event(mastodon: MastodonServer, ear: Ear) -> None:
    with closing(ear.on("notifications").listen()) as signs:
        assert next(signs) is False
        mastodon.seed_status("a@b.example", "look @union")
        assert any(next(signs) for _ in range(5))


def test_every_source_of_an_account_has_a_stream_by_its_name(mastodon: MastodonServer, union: MastodonAccount) -> None:
    platform = MastodonPlatform("mastodon", mastodon.url, union.access_token, now)
    tags = (TAG, "#April19_WorkersRights")
    names = [source.name for source in platform.sources(tags)]
    assert [one.source for one in platform.streams(tags)] == names
    platform.close()


@pytest.mark.parametrize("manner", ["missing", "redirect"])
def test_what_is_no_stream_is_left_alone_and_no_redirect_is_followed(
    mastodon: MastodonServer, ear: Ear, manner: str
) -> None:
    mastodon.settings(streams=manner)
    assert refusal(ear.on()).answer is Outcome.REJECTED
    asked = [one["path"] for one in mastodon.ledger().requests if "streaming" in one["path"]]
    assert asked == ["/api/v1/streaming/hashtag"]


def test_without_a_valid_token_there_is_no_stream_and_the_token_is_not_said(
    mastodon: MastodonServer, ear: Ear, union: MastodonAccount
) -> None:
    mastodon.revoke_tokens(union)
    error = refusal(ear.on())
    assert error.answer is Outcome.REJECTED
    assert "(401)" in str(error)
    assert union.access_token not in str(error)


@pytest.mark.parametrize("manner", ["dropping", "mute"])
def test_a_stream_that_ends_or_falls_silent_is_over_and_may_be_tried_again(
    mastodon: MastodonServer, ear: Ear, manner: str
) -> None:
    mastodon.settings(streams=manner)
    assert refusal(ear.on(silence=0.3)).answer is Outcome.NOT_SENT


def test_a_line_of_a_megabyte_holds_nothing_up_and_is_no_event(mastodon: MastodonServer, ear: Ear) -> None:
    mastodon.settings(streams="huge", heartbeat=0.2)
    lines = EventLines()
    assert not any(lines.are_in(b"data: event:" + b"x" * 65536) for _ in range(16))
    assert len(lines._tail) < 16
    with closing(ear.on().listen()) as signs:
        assert not any(next(signs) for _ in range(5))
        mastodon.seed_status("a@b.example", f"hi #{TAG}")
        assert any(next(signs) for _ in range(60))


def test_listening_ends_at_once_when_another_thread_hangs_up(mastodon: MastodonServer, ear: Ear) -> None:
    mastodon.settings(streams="mute")
    assert_ends_at_once(ear.on(), lambda: mastodon.ledger().open_streams)


def test_listening_ends_at_once_while_the_server_has_not_answered_yet() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, ExitStack() as accepted:
        listener.settimeout(5)
        ear = accepted.enter_context(closing(Ear(f"http://127.0.0.1:{listener.getsockname()[1]}", "token")))
        ear._streaming._server._instance = msgspec.json.decode(b"{}", type=_Instance)
        assert_ends_at_once(ear.on(), lambda: accepted.enter_context(listener.accept()[0]).recv(4096))


def assert_ends_at_once(opened: MastodonStream, is_under_way: Callable[[], object]) -> None:
    def listen() -> None:
        with suppress(PlatformError):
            list(opened.listen())

    thread = threading.Thread(target=listen)
    thread.start()
    until(is_under_way)
    opened.hang_up()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()


def test_an_event_is_found_wherever_the_pieces_are_cut_and_once() -> None:
    text = b":thump\r\n\r\nevent: update\r\ndata: event: x\r\rdata:\nevent:y\n"
    for size in range(1, len(text)):
        lines = EventLines()
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        assert sum(lines.are_in(piece) for piece in pieces) in ((1, 2) if size > 7 else (2,))


OWN = "https://union.example"


@each_of(
    ("told", "address"),
    [
        ("", OWN),
        ("wss://union.example", OWN),
        ("ws://union.example:443", OWN),
        ("wss://8.8.8.8", "https://8.8.8.8"),
        ("https://8.8.8.8:4000/", "https://8.8.8.8:4000"),
    ],
)
def test_streams_are_at_our_own_server_or_at_a_public_address_by_https(told: str, address: str) -> None:
    assert streaming_address(OWN, told) == address


@each_of(
    "told",
    [
        "ws://8.8.8.8",
        "http://8.8.8.8",
        "http://127.0.0.1:3000",
        "wss://127.0.0.1",
        "wss://localhost",
        "wss://[::1]",
        "wss://10.0.0.7",
        "wss://169.254.169.254",
        "wss://0x7f000001",
        "wss://user:pass@8.8.8.8",
        "ftp://8.8.8.8",
        "file:///etc/passwd",
        "wss://8.8.8.8:99999",
        "wss://8.8.8.8\nHost: evil",
        "gopher",
        "//8.8.8.8",
        "wss://",
    ],
)
def test_a_token_goes_nowhere_that_is_not_public_and_encrypted(told: str) -> None:
    with pytest.raises(ValueError, match=r"address|port|Port"):
        streaming_address(OWN, told)


def test_an_instance_that_names_an_evil_address_gets_no_connection(mastodon: MastodonServer, ear: Ear) -> None:
    mastodon.settings(streaming_url="wss://169.254.169.254")
    error = refusal(ear.on())
    assert error.answer is Outcome.REJECTED
    assert "where our token must not go" in str(error)
    assert not [one for one in mastodon.ledger().requests if "streaming" in one["path"]]
