"""A gateway's page is not the platform's no: not of a write, not of a read, and never that something is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.post import Cursor
from bot.errors import Outcome, PlatformError
from bot.platforms.mastodon.adapter import MastodonPlatform
from tests.harness.mastodon_statuses import TAG
from tests.harness.scripted_server import ScriptedServer, answer
from tests.platforms.contract import DAY, image, outgoing
from tests.platforms.gateways import PAGES, Seen
from tests.platforms.mastodon_driver import MastodonDriver
from tests.platforms.x_driver import XDriver
from tests.servers.mastodon import MastodonServer

WELCOME = '{"message": "Welcome", "id": 7}'
every_page = pytest.mark.parametrize("page", PAGES)


@pytest.fixture
def on_mastodon(mastodon: MastodonServer) -> Iterator[MastodonDriver]:
    driver = MastodonDriver(mastodon)
    yield driver
    driver.close()


@pytest.fixture
def on_x(request: pytest.FixtureRequest) -> Iterator[XDriver]:
    driver = XDriver(request.getfixturevalue("x_process"))
    yield driver
    driver.close()


def strike(driver: MastodonDriver | XDriver, method: str, path: str, seen: Seen) -> None:
    if isinstance(driver, MastodonDriver):
        fault = {"status": seen.status, "body": seen.body, "headers": seen.headers}
        driver.server.fault("status", method=method, path=path, **fault)
    else:
        driver.x.fault("status", path, method=method, status=seen.status, body=seen.body, headers=seen.headers)


def failed(call: Callable[[], Any]) -> PlatformError:
    with pytest.raises(PlatformError) as raised:
        call()
    error = raised.value
    assert not error.closes_account
    assert error.answer is not Outcome.REJECTED
    assert error.gateway
    return error


@every_page
def test_mastodon_has_not_refused_a_post(on_mastodon: MastodonDriver, page: str) -> None:
    seen, platform = PAGES[page], on_mastodon.platform()
    strike(on_mastodon, "POST", "/api/v1/statuses$", seen)
    error = failed(lambda: platform.publish(outgoing()))
    assert error.answer is (Outcome.NOT_SENT if seen.is_stopped else Outcome.AMBIGUOUS)
    assert str(seen.status) in str(error)


@every_page
def test_x_has_not_refused_a_post(on_x: XDriver, page: str) -> None:
    seen, platform = PAGES[page], on_x.platform()
    strike(on_x, "POST", "/2/tweets", seen)
    error = failed(lambda: platform.publish(outgoing()))
    assert error.answer is (Outcome.NOT_SENT if seen.is_stopped else Outcome.AMBIGUOUS)
    assert str(seen.status) in str(error)


READS = ["facts", "limits", "own posts", "fetch by search", "fetch by id", "hashtag", "mentions", "media"]


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("page", ["nginx's 404", "a 401 of a staging server", "gone", "nothing", "a login page"])
def test_mastodon_has_said_nothing_to_a_reading(on_mastodon: MastodonDriver, read: str, page: str) -> None:
    platform, uri = on_mastodon.platform(), on_mastodon.somebody_posts(f"Solidarity! #{TAG}")
    sources, cursor = platform.sources([TAG]), Cursor(on_mastodon.now() - DAY)
    calls: dict[str, tuple[str, Callable[[], Any]]] = {
        "facts": ("/verify_credentials$", platform.facts),
        "limits": ("/instance$", platform.limits),
        "own posts": ("/api/v1/accounts/[^/]+/statuses$", lambda: platform.own_posts(on_mastodon.now() - DAY)),
        "fetch by search": ("/api/v2/search$", lambda: platform.fetch(uri)),
        "fetch by id": ("/api/v1/statuses/[^/]+$", lambda: platform.fetch(uri)),
        "hashtag": ("/timelines/tag/", lambda: sources[0].read(cursor)),
        "mentions": ("/notifications$", lambda: sources[-1].read(cursor)),
        "media": ("/api/v1/media/", lambda: platform.is_ready("1")),
    }
    path, call = calls[read]
    strike(on_mastodon, "GET", path, PAGES[page])
    assert failed(call).answer is Outcome.NOT_SENT


@pytest.mark.parametrize("read", ["facts", "own posts", "fetch", "search", "media"])
@pytest.mark.parametrize("page", ["nginx's 404", "a 401 of a staging server", "a CDN's problem"])
def test_x_has_said_nothing_to_a_reading(on_x: XDriver, read: str, page: str) -> None:
    platform, uri = on_x.platform(), on_x.somebody_posts(f"Solidarity! #{TAG}")
    source, cursor = platform.sources([TAG])[0], Cursor(on_x.now() - timedelta(hours=1))
    calls: dict[str, tuple[str, Callable[[], Any]]] = {
        "facts": ("/2/users/me", platform.facts),
        "own posts": ("/2/users/*/tweets", lambda: platform.own_posts(on_x.now() - DAY)),
        "fetch": ("/2/tweets/*", lambda: platform.fetch(uri)),
        "search": ("/2/tweets/search/recent", lambda: source.read(cursor)),
        "media": ("/2/media/upload", lambda: platform.is_ready("1")),
    }
    path, call = calls[read]
    strike(on_x, "GET", path, PAGES[page])
    failed(call)


def test_a_page_that_says_ok_is_no_list_no_file_and_no_deletion(on_mastodon: MastodonDriver) -> None:
    platform = on_mastodon.platform()
    published, uri = platform.publish(outgoing()), on_mastodon.somebody_posts("Solidarity!")
    post = platform.fetch(uri)
    assert post is not None
    platform.reshare(post)
    for method, path in (("GET", "/api/v1/media/"), ("DELETE", "/statuses/"), ("POST", "/unreblog$")):
        strike(on_mastodon, method, path, Seen(200, "<html><title>Access denied</title>"))
    for call in (
        lambda: platform.is_ready("1"),
        lambda: platform.undo_post(published.post_id),
        lambda: platform.undo_reshare(uri),
    ):
        failed(call)
    assert (on_mastodon.published(), on_mastodon.reshared()) == (["Free them all."], [uri])


def test_other_json_than_the_apis_proves_nothing_done(on_mastodon: MastodonDriver) -> None:
    platform = on_mastodon.platform()
    published, uri = platform.publish(outgoing()), on_mastodon.somebody_posts("Solidarity!")
    boosted, other = platform.fetch(uri), platform.fetch(on_mastodon.somebody_posts("More solidarity!"))
    assert boosted is not None
    assert other is not None
    platform.reshare(boosted)
    on_mastodon.server.fault("status", path="/(statuses|media)", method="POST", status=200, body=WELCOME, count=None)
    on_mastodon.server.fault("status", path="/statuses/", method="DELETE", status=200, body=WELCOME, count=None)
    on_mastodon.server.fault("status", path="/api/v1/media/", method="GET", status=200, body=WELCOME, count=None)
    calls: list[Callable[[], object]] = [
        lambda: platform.publish(outgoing("More.")),
        lambda: platform.upload(*image()),
        lambda: platform.is_ready("1"),
        lambda: platform.reshare(other),
        lambda: platform.undo_post(published.post_id),
        lambda: platform.undo_reshare(uri),
    ]
    for call in calls:
        with pytest.raises(PlatformError) as raised:
            call()
        assert raised.value.answer is not Outcome.REJECTED
    assert (on_mastodon.published(), on_mastodon.reshared()) == (["Free them all."], [uri])


@pytest.mark.parametrize("page", ["nginx's 404", "gone"])
def test_what_a_gateway_does_not_find_is_not_taken_back_yet(on_mastodon: MastodonDriver, page: str) -> None:
    platform = on_mastodon.platform()
    published, uri = platform.publish(outgoing()), on_mastodon.somebody_posts("Solidarity!")
    post = platform.fetch(uri)
    assert post is not None
    platform.reshare(post)
    strike(on_mastodon, "DELETE", "/api/v1/statuses/", PAGES[page])
    strike(on_mastodon, "POST", "/unreblog$", PAGES[page])
    failed(lambda: platform.undo_post(published.post_id))
    failed(lambda: platform.undo_reshare(uri))
    on_mastodon.server.delete_status(published.post_id)
    platform.undo_post(published.post_id)  # our own timeline is without it, by the server's own list


@pytest.mark.parametrize("page", ["nginx's 404", "a 401 of a staging server", "nothing"])
def test_x_has_not_taken_anything_back_by_a_gateways_word(on_x: XDriver, page: str) -> None:
    platform = on_x.platform()
    published = platform.publish(outgoing())
    strike(on_x, "DELETE", "/2/tweets/*", PAGES[page])
    failed(lambda: platform.undo_post(published.post_id))
    assert on_x.published() == ["Free them all."]


def test_a_file_that_a_gateway_finds_too_large_is_told_as_such(on_mastodon: MastodonDriver) -> None:
    platform = on_mastodon.platform()
    strike(on_mastodon, "POST", "/api/v2/media$", PAGES["too large for nginx"])
    error = failed(lambda: platform.upload(*image()))
    assert error.answer is Outcome.NOT_SENT
    assert "takes no file of this size" in str(error)


def test_a_gateway_that_asks_for_a_rest_gets_it() -> None:
    now = datetime(2025, 4, 16, 9, 30, tzinfo=UTC)
    with ScriptedServer(answer("<html>Slow down", "429 Too Many Requests", Retry_After="90")) as server:
        platform = MastodonPlatform("mastodon", server.url, "a-token", lambda: now)
        with pytest.raises(PlatformError) as raised:
            platform.publish(outgoing())
        platform.close()
    assert (raised.value.answer, raised.value.retry_at) == (Outcome.NOT_SENT, now + timedelta(seconds=90))


def test_a_server_that_writes_pages_is_believed_unless_a_gateway_has_signed_them(on_mastodon: MastodonDriver) -> None:
    """Takahē refuses in HTML; its software is known by what it says of itself."""
    on_mastodon.server.settings(dialect="takahe")
    platform = on_mastodon.platform()
    with pytest.raises(PlatformError) as raised:
        platform.publish(outgoing("too long " * 500))
    assert raised.value.answer is Outcome.REJECTED
    strike(on_mastodon, "POST", "/api/v1/statuses$", PAGES["nginx's 404"])
    failed(lambda: platform.publish(outgoing()))


def test_what_search_does_not_find_is_asked_for_by_its_id(on_mastodon: MastodonDriver) -> None:
    platform = on_mastodon.platform()
    home = on_mastodon.somebody_posts("Solidarity!")
    away = on_mastodon.server.seed_status("ana@union.example", "Solidarity!", uri="https://union.example/1")
    empty = Seen(200, '{"accounts": [], "statuses": [], "hashtags": []}', {"Content-Type": "application/json"})
    strike(on_mastodon, "GET", "/api/v2/search$", empty)
    assert platform.fetch(home) is not None
    found = platform.fetch(away.uri, away.id)
    assert found is not None
    assert found.uri == away.uri
    with pytest.raises(PlatformError, match="does not find a post"):
        platform.fetch(away.uri)
    on_mastodon.somebody_deletes(home)
    assert platform.fetch(home) is None


@pytest.mark.parametrize("status", [403, 404])
def test_where_the_search_is_switched_off_the_id_is_enough(on_mastodon: MastodonDriver, status: int) -> None:
    platform, uri = on_mastodon.platform(), on_mastodon.somebody_posts("Solidarity!")
    off = Seen(status, '{"error": "This method is switched off"}', {"Content-Type": "application/json"})
    strike(on_mastodon, "GET", "/api/v2/search$", off)
    assert platform.fetch(uri) is not None
    with pytest.raises(PlatformError, match="refused"):
        platform.fetch("https://union.example/1")


def test_a_search_that_wants_a_rest_proves_nothing(on_mastodon: MastodonDriver) -> None:
    platform, uri = on_mastodon.platform(), on_mastodon.somebody_posts("Solidarity!")
    on_mastodon.somebody_deletes(uri)
    strike(on_mastodon, "GET", "/api/v2/search$", Seen(429, "", {"Retry-After": "60"}))
    with pytest.raises(PlatformError) as raised:
        platform.fetch(uri)
    assert raised.value.retry_at is not None


def test_an_instance_that_is_no_server_is_not_remembered(on_mastodon: MastodonDriver) -> None:
    platform = MastodonPlatform("mastodon", on_mastodon.server.url, on_mastodon.ours.access_token, on_mastodon.now)
    fault = on_mastodon.server.fault("status", path="/instance$", status=200, body='{"message": "Forbidden"}')
    with pytest.raises(PlatformError):
        platform.limits()
    assert fault
    on_mastodon.server.clear_faults()
    assert platform.limits().max_characters == 500
    platform.close()
