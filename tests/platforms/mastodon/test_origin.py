"""A post is only gone when its own server says so: one that cannot be reached proves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bot.errors import Outcome, PlatformError
from bot.platforms.mastodon.origin import OriginServer
from tests.harness.mastodon_statuses import TAG
from tests.harness.scripted_server import ScriptedServer, answer
from tests.platforms.mastodon_driver import MastodonDriver
from tests.servers.mastodon import MastodonPost, MastodonServer

PATH = "/users/"


@pytest.fixture
def driver(mastodon: MastodonServer) -> Iterator[MastodonDriver]:
    driver = MastodonDriver(mastodon)
    yield driver
    driver.close()


def posted_at(elsewhere: MastodonServer) -> MastodonPost:
    return elsewhere.seed_status(elsewhere.add_account("worker"), f"Solidarity! #{TAG}")


def doubted(driver: MastodonDriver, uri: str) -> PlatformError:
    with pytest.raises(PlatformError, match="does not say that it is gone") as raised:
        driver.platform().fetch(uri)
    assert raised.value.answer is Outcome.NOT_SENT
    assert not raised.value.closes_account
    return raised.value


def test_a_post_that_its_own_server_deleted_is_gone(driver: MastodonDriver, elsewhere: MastodonServer) -> None:
    post = posted_at(elsewhere)
    elsewhere.delete_status(post)
    assert driver.platform().fetch(post.uri) is None
    (asked,) = [entry for entry in elsewhere.ledger().requests if entry["path"].startswith(PATH)]
    assert asked["account"] is None


def test_a_post_that_its_own_server_hides_is_gone(driver: MastodonDriver, elsewhere: MastodonServer) -> None:
    post = posted_at(elsewhere)
    elsewhere.set_visibility(post, "private")
    assert driver.platform().fetch(post.uri) is None


def test_a_post_that_is_there_is_not_gone_because_ours_does_not_find_it(
    driver: MastodonDriver, elsewhere: MastodonServer
) -> None:
    post = posted_at(elsewhere)
    words = str(doubted(driver, post.uri))
    assert elsewhere.url.removeprefix("http://") not in words
    assert "worker" not in words


@pytest.mark.parametrize(
    "fault",
    [
        {"effect": "status", "status": 500},
        {"effect": "status", "status": 503},
        {"effect": "status", "status": 401},
        {"effect": "status", "status": 403},
        {"effect": "status", "status": 429},
        {"effect": "close"},
        {"effect": "accept_then_half"},
        {"effect": "redirect", "location": "/users/worker/statuses/1"},
        {"effect": "redirect", "location": "http://10.0.0.1/"},
        {"effect": "redirect", "location": "http://169.254.169.254/latest"},
    ],
)
def test_a_server_that_cannot_say_proves_nothing(
    driver: MastodonDriver, elsewhere: MastodonServer, fault: dict[str, Any]
) -> None:
    post = posted_at(elsewhere)
    elsewhere.fault(path=PATH, **fault)
    doubted(driver, post.uri)


def test_a_server_that_is_down_proves_nothing(driver: MastodonDriver) -> None:
    doubted(driver, "http://127.0.0.1:9/users/worker/statuses/1")


@pytest.mark.parametrize("status", [404, 410])
def test_gone_is_gone_in_either_word(driver: MastodonDriver, elsewhere: MastodonServer, status: int) -> None:
    post = posted_at(elsewhere)
    elsewhere.fault("status", path=PATH, status=status)
    assert driver.platform().fetch(post.uri) is None


@pytest.mark.parametrize(
    ("body", "is_gone"),
    [('{"type": "Tombstone"}', True), ('{"type": "Note"}', False), ("<html>", False), ("[]", False), ("\xff", False)],
)
def test_a_tombstone_is_gone(driver: MastodonDriver, body: str, is_gone: bool) -> None:
    with ScriptedServer(answer(body)) as server:
        assert OriginServer(driver.server.url, "Groundswell").has_gone(f"{server.url}/post") is is_gone
    assert "accept: application/activity+json" in server.requests[0].lower()


def test_no_origin_on_this_machine_is_asked_for_a_server_elsewhere(elsewhere: MastodonServer) -> None:
    post = posted_at(elsewhere)
    elsewhere.delete_status(post)
    asker = OriginServer("https://mastodon.example", "Groundswell")
    assert not asker.has_gone(post.uri)
    assert not asker.has_gone(post.uri.replace("127.0.0.1", "127.1"))
    asker.close()
    assert elsewhere.ledger().requests == []


def test_a_reshare_is_taken_back_though_the_origin_is_down(driver: MastodonDriver) -> None:
    uri = driver.somebody_posts(f"Solidarity! #{TAG}")
    platform = driver.platform()
    post = platform.fetch(uri)
    assert post is not None
    platform.reshare(post)
    platform.undo_reshare("http://127.0.0.1:9/users/worker/statuses/1")
    assert driver.reshared() == [uri]
    platform.undo_reshare(uri)
    assert driver.reshared() == []
