"""What a write to Mastodon proves, whatever the server and the library make of it."""

from __future__ import annotations

import logging
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.message import Media, Visibility
from bot.domain.post import Outgoing
from bot.errors import Outcome, PlatformError, Remedy, to_do
from bot.files.media import OutgoingFile
from bot.platforms.http_client import HttpAnswer, proved_by, retry_at
from bot.platforms.mastodon import client
from bot.platforms.mastodon.adapter import MastodonPlatform
from bot.platforms.mastodon.errors import speaks
from tests.harness.media_files import opened
from tests.harness.scripted_server import ScriptedServer, answer
from tests.harness.table import each_of
from tests.platforms.mastodon_driver import MastodonDriver
from tests.servers.mastodon import MastodonServer

NOW = datetime(2025, 4, 16, 9, 30, tzinfo=UTC)
POST = Outgoing(text="Free them all.", language="en", idempotency_key="a key")
ACCEPTED = '{"id": "7", "url": "https://mastodon.example/@us/7", "account": {"id": "1"}}'
TOKEN = "planted-token"


@pytest.fixture
def driver(mastodon: MastodonServer) -> Iterator[MastodonDriver]:
    driver = MastodonDriver(mastodon)
    yield driver
    driver.close()


def platform_at(url: str, token: str = TOKEN) -> MastodonPlatform:
    return MastodonPlatform("mastodon", url, token, lambda: NOW)


def error_of(url: str) -> PlatformError:
    platform = platform_at(url)
    with pytest.raises(PlatformError) as raised:
        platform.publish(POST)
    platform.close()
    assert TOKEN not in str(raised.value)
    return raised.value


def refused(driver: MastodonDriver, status: int, body: str) -> PlatformError:
    driver.server.fault("status", method="POST", path="/statuses$", status=status, body=body)
    with pytest.raises(PlatformError) as raised:
        driver.platform().publish(POST)
    return raised.value


def test_a_rate_limit_on_posts_keeps_the_whole_account_waiting_and_one_on_uploads_does_not(
    driver: MastodonDriver, tmp_path: Path
) -> None:
    assert refused(driver, 429, "{}").pauses_account
    picture = tmp_path / "a.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n")
    driver.server.fault("status", method="POST", path="/media$", status=429)
    with pytest.raises(PlatformError) as raised:
        driver.platform().upload(opened(picture), Media("a.png", "A picture.", "image/png"))
    assert raised.value.retry_at is not None
    assert not raised.value.pauses_account


def test_a_post_says_all_that_the_account_would_otherwise_decide(driver: MastodonDriver) -> None:
    driver.server.set_account(driver.ours, default_privacy="private", default_sensitive=True)
    driver.platform().publish(POST)
    unlisted = Outgoing("Quietly.", "be", Visibility.UNLISTED, "prison", sensitive=True, idempotency_key="another")
    driver.platform().publish(unlisted)
    first, second = driver.server.ledger().statuses
    told = ("visibility", "language", "spoiler_text", "sensitive", "idempotency_key")
    assert [first[name] for name in told] == ["public", "en", "", False, "a key"]
    assert [second[name] for name in told] == ["unlisted", "be", "prison", True, "another"]


def test_the_same_key_again_gives_the_first_post_back(driver: MastodonDriver) -> None:
    platform = driver.platform()
    assert platform.publish(POST) == platform.publish(POST)
    assert driver.published() == [POST.text]


def test_a_replay_that_fails_although_the_post_exists_is_ambiguous(driver: MastodonDriver) -> None:
    driver.server.settings(idempotency="replay_500")
    driver.platform().publish(POST)
    with pytest.raises(PlatformError) as raised:
        driver.platform().publish(POST)
    assert raised.value.answer is Outcome.AMBIGUOUS


def test_a_boost_is_public_whatever_the_account_prefers(driver: MastodonDriver) -> None:
    driver.server.set_account(driver.ours, default_privacy="private")
    platform = driver.platform()
    post = platform.fetch(driver.somebody_posts("Solidarity!"))
    assert post is not None
    platform.reshare(post)
    assert [entry["visibility"] for entry in driver.server.ledger().reblogs] == ["public"]


def test_what_is_boosted_already_is_not_asked_for_again(driver: MastodonDriver) -> None:
    driver.server.settings(dialect="gotosocial")
    platform = driver.platform()
    uri = driver.somebody_posts("Solidarity!")
    for _ in range(2):
        post = platform.fetch(uri)
        assert post is not None
        platform.reshare(post)
    assert driver.reshared() == [uri]


@each_of(
    "headers",
    [{"x-ratelimit-reset": "soon"}, {"deprecation": "true"}, {"x-ratelimit-remaining": "?", "date": "yesterday"}],
)
def test_an_odd_header_does_not_turn_a_success_into_a_failure(headers: dict[str, str]) -> None:
    with ScriptedServer(answer(ACCEPTED, **headers)) as server:
        assert platform_at(server.url).publish(POST).post_id == "7"


@each_of("body", ['{"id": ""}', "[]", '{"uri": "x"}', "null", '"7"', "", "<p>Done.</p>", '{"id": "7"', '{"id": 7}'])
def test_a_success_without_an_id_is_ambiguous(body: str) -> None:
    with ScriptedServer(answer(body)) as server:
        assert error_of(server.url).answer is Outcome.AMBIGUOUS


def test_a_post_that_lost_its_media_counts_as_published_and_the_log_says_so(caplog: pytest.LogCaptureFixture) -> None:
    body = '{"id": 7, "uri": "https://mastodon.example/7", "media_attachments": [], "account": {"id": 1}}'
    with ScriptedServer(answer(body)) as server:
        published = platform_at(server.url).publish(Outgoing("Look.", "en", media_ids=("1",)))
    assert (published.post_id, published.url) == ("7", "https://mastodon.example/7")
    assert "without its media" in caplog.text


def test_every_write_has_a_connection_of_its_own() -> None:
    with ScriptedServer(answer(ACCEPTED), answer(ACCEPTED)) as server:
        platform = platform_at(server.url)
        platform.publish(POST)
        platform.publish(POST)
    assert server.connections == 2


def test_a_write_is_sent_once_though_it_failed() -> None:
    with ScriptedServer([], pause=0) as server:
        server._answer = lambda connection, script: connection.close()  # type: ignore[method-assign]
        assert error_of(server.url).answer is Outcome.AMBIGUOUS
    assert server.connections == 1


def test_silence_is_ambiguous(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "READ_TIMEOUT", 0.1)
    with ScriptedServer([]) as server:
        error = error_of(server.url)
    assert error.answer is Outcome.AMBIGUOUS
    assert "took too long" in str(error)


def test_an_answer_without_end_is_ambiguous(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "READ_TIMEOUT", 0.3)
    endless = [b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", *[b"x"] * 1000]
    with ScriptedServer(endless, pause=0.05) as server:
        assert error_of(server.url).answer is Outcome.AMBIGUOUS


@each_of("url", ["http://127.0.0.1:9", "https://127.0.0.1:9", "http://no-such-host.invalid"])
def test_nobody_there_means_not_sent(url: str) -> None:
    assert error_of(url).answer is Outcome.NOT_SENT


def test_a_failed_tls_handshake_means_not_sent() -> None:
    with ScriptedServer(answer("no TLS here")) as server:
        assert error_of(server.url.replace("http:", "https:")).answer is Outcome.NOT_SENT
    assert POST.text not in str(server.requests)


def test_a_redirect_is_followed_nowhere_and_closes_the_account(driver: MastodonDriver) -> None:
    with ScriptedServer(answer(ACCEPTED)) as elsewhere:
        driver.server.fault("redirect", method="POST", status=307, location=f"{elsewhere.url}/api/v1/statuses")
        with pytest.raises(PlatformError) as raised:
            driver.platform().publish(POST)
    assert raised.value.answer is Outcome.REJECTED
    assert raised.value.closes_account
    assert "bot.toml" in str(raised.value)
    assert elsewhere.connections == 0


def test_a_token_nobody_issued_closes_the_account_in_every_dialect(driver: MastodonDriver) -> None:
    for dialect in ("mastodon", "gotosocial", "takahe"):
        driver.server.settings(dialect=dialect)
        with pytest.raises(PlatformError) as raised:
            platform_at(driver.server.url).publish(POST)
        assert raised.value.closes_account
        assert f"Run: {to_do(Remedy.LOG_IN, 'mastodon')}" in str(raised.value)


@pytest.mark.parametrize(
    ("status", "body", "closes"),
    [
        (403, '{"error": "Your login is currently disabled"}', True),
        (403, '{"error": "This action is outside the authorized scopes"}', True),
        (403, '{"error": "Your account has been deactivated"}', True),
        (403, '{"error": "Your account is awaiting approval."}', True),
        (403, '{"error": "Forbidden: user is not approved"}', True),
        (403, '{"error": "This method requires an authenticated user"}', True),
        (422, '{"error": "This method requires an authenticated user"}', True),
        (403, '{"error": "This action is not allowed"}', False),
        (403, '{"error": "This user has blocked you"}', False),
        (403, '{"error": "The post of a locked account cannot be boosted"}', False),
        (400, '{"error": "Bad Request"}', False),
        (422, '{"error": "Validation failed: Text character limit of 500 exceeded"}', False),
        (410, '{"error": "Gone"}', False),
    ],
)
def test_a_refusal_closes_the_account_only_where_a_person_must_act(
    driver: MastodonDriver, status: int, body: str, closes: bool
) -> None:
    error = refused(driver, status, body)
    assert error.answer is Outcome.REJECTED
    assert error.closes_account is closes


def test_media_that_is_too_early_is_known_in_any_language(driver: MastodonDriver, tmp_path: Path) -> None:
    file = tmp_path / "banner.png"
    file.write_bytes(b"\x89PNG")
    platform = driver.platform()
    driver.processes_uploads(looks=3)
    upload = platform.upload(opened(file), Media("banner.png", "Five portraits.", "image/png"))
    driver.server.fault("status", method="POST", path="/statuses$", status=422, body='{"error": "Bitte warten!"}')
    with pytest.raises(PlatformError) as raised:
        platform.publish(Outgoing("Look.", "en", media_ids=(upload.media_id,)))
    assert raised.value.answer is Outcome.NOT_SENT
    assert raised.value.retry_at is not None


def test_an_upload_is_never_ambiguous_since_it_publishes_nothing(driver: MastodonDriver, tmp_path: Path) -> None:
    media = Media("banner.png", "Five portraits.", "image/png")
    (tmp_path / "banner.png").write_bytes(b"\x89PNG" * 40_000)
    driver.server.fault("accept_then_close", path="/media$", count=1)
    with pytest.raises(PlatformError) as lost:
        driver.platform().upload(opened(tmp_path / "banner.png"), media)
    assert lost.value.answer is Outcome.NOT_SENT
    assert driver.platform().upload(opened(tmp_path / "banner.png"), media).ready
    assert [entry["size"] for entry in driver.server.ledger().media] == [160_000, 160_000]


def test_a_large_file_goes_out_in_pieces_and_may_take_longer_than_connecting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(client, "CONNECT_TIMEOUT", 1.5)
    file, size = tmp_path / "film.mp4", 8_000_000
    with file.open("wb") as made:
        made.truncate(size)
    server = ScriptedServer(answer('{"id": "5", "type": "video"}'), takes=size, bytes_a_second=4_000_000)
    with server, OutgoingFile(file) as outgoing:
        tracemalloc.start()
        upload = platform_at(server.url).upload(outgoing, Media("film.mp4", "A march.", "video/mp4"))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert upload.media_id == "5"
    assert most < size / 2, "the file was in memory"


@each_of(
    ("headers", "wait"),
    [
        ({"x-ratelimit-reset": "2025-04-16T09:32:00.000000Z"}, 120),
        ({"x-ratelimit-reset": str(int(NOW.timestamp()) + 120)}, 120),
        ({"x-ratelimit-reset": "2025-04-16T10:32:00Z", "date": "Wed, 16 Apr 2025 10:30:00 GMT"}, 120),
        ({"retry-after": "120"}, 120),
        ({"x-ratelimit-reset": "soon", "date": "today"}, 300),
        ({}, 300),
        ({"x-ratelimit-reset": "2025-04-16T09:29:00Z"}, 1),
        ({"x-ratelimit-reset": "9" * 30}, 300),
        ({"x-ratelimit-reset": "2099-01-01T00:00:00Z"}, 86400),
    ],
)
def test_the_end_of_a_rate_limit_is_read_however_it_is_written(headers: dict[str, str], wait: int) -> None:
    assert retry_at(HttpAnswer(429, headers), NOW) == NOW + timedelta(seconds=wait)


def test_what_a_gateway_may_have_said_proves_nothing() -> None:
    def proved(status: int) -> Outcome:
        answer = HttpAnswer(status, {}, b'{"error": "No"}')
        return proved_by(answer, is_own=speaks(answer))

    assert {proved(status) for status in (301, 408, 409, 425, 500, 502, 503, 504, 520, 599)} == {Outcome.AMBIGUOUS}
    assert {proved(status) for status in (400, 401, 403, 404, 410, 413, 422)} == {Outcome.REJECTED}


@each_of("token", ["two words", "line\nbreak", "t\u00f6ken"])
def test_a_token_that_cannot_be_one_is_refused_without_being_told(token: str) -> None:
    with pytest.raises(PlatformError, match="‹do:log_in") as raised:
        platform_at("http://127.0.0.1:9", token)
    assert token not in str(raised.value)


def test_a_server_that_repeats_our_token_does_not_get_it_into_messages_or_logs(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = f'{{"error": "Bearer {TOKEN} may not do that"}}'
    with ScriptedServer(*(answer(echo, f"{status} No") for status in (400, 401, 403, 422, 500))) as server:
        for _ in range(5):
            error_of(server.url)
        assert all(f"Authorization: Bearer {TOKEN}" in request for request in server.requests)
    assert TOKEN not in caplog.text


def test_an_adapter_that_was_closed_raises_nothing_but_its_own_error() -> None:
    platform = platform_at("http://127.0.0.1:9")
    platform.close()
    with pytest.raises(PlatformError):
        platform.limits()
