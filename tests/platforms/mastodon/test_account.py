"""Our own account on Mastodon: who it is, what its server accepts, what it posted, and what it looks up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.post import Outgoing
from bot.errors import Outcome, PlatformError
from bot.hosts import host_of
from bot.platforms.mastodon import account
from bot.platforms.mastodon.adapter import MastodonPlatform
from bot.platforms.mastodon.server import full_address
from tests.harness.scripted_server import ScriptedServer, answer
from tests.harness.table import each_of
from tests.platforms.mastodon_driver import MastodonDriver
from tests.servers.mastodon import MastodonServer

NOW = datetime(2025, 4, 16, 9, 30, tzinfo=UTC)


@pytest.fixture
def driver(mastodon: MastodonServer) -> Iterator[MastodonDriver]:
    driver = MastodonDriver(mastodon)
    yield driver
    driver.close()


def asked(driver: MastodonDriver, path: str) -> int:
    return sum(path in entry["path"] for entry in driver.server.ledger().requests)


def replace_answer(driver: MastodonDriver, path: str, body: str, status: int = 200) -> None:
    driver.server.fault("status", method="GET", path=path, status=status, body=body)


def test_an_account_is_named_by_its_servers_domain_not_by_the_host_that_answers(driver: MastodonDriver) -> None:
    driver.server.settings(domain="union.example")
    facts = driver.platform().facts()
    assert (facts.handle, facts.is_bot, facts.notes) == ("@campaign@union.example", True, ())


def test_what_a_person_should_mend_is_noted(driver: MastodonDriver) -> None:
    driver.server.set_account(driver.ours, bot=False)
    replace_answer(driver, "/apps/verify_credentials", '{"name": "Web", "scopes": ["read", "write:media"]}')
    facts = driver.platform().facts()
    assert not facts.is_bot
    assert not facts.can_write
    assert len(facts.notes) == 2
    replace_answer(
        driver, "/accounts/verify_credentials", '{"id": "1", "acct": "us", "bot": true, "moved": {"id": "2"}}'
    )
    assert not driver.platform().facts().can_write


def test_limits_are_the_servers_own_and_asked_for_once(driver: MastodonDriver) -> None:
    driver.server.settings(max_characters=5000, characters_reserved_per_url=30, description_limit=900)
    platform = driver.platform()
    for _ in range(2):
        limits = platform.limits()
    assert (limits.max_characters, limits.characters_per_url, limits.alt_characters) == (5000, 30, 900)
    assert (limits.image_bytes, limits.video_bytes, limits.max_media) == (16 * 1024**2, 99 * 1024**2, 4)
    assert "video/mp4" in limits.mime_types
    assert asked(driver, "/instance") == 1


@pytest.mark.parametrize(
    ("instance", "expected"),
    [
        ('{"uri": "https://p.example", "max_toot_chars": 5000, "upload_limit": 1000}', (5000, 0, 1000)),
        (
            '{"uri": "p.example", "configuration": {"statuses": {"characters_reserved_per_url": 23}}}',
            (500, 23, 8388608),
        ),
        ("{}", (500, 0, 8388608)),
    ],
)
@pytest.mark.parametrize("second", [(404, '{"error": "Not found"}'), (200, "<html>Welcome</html>")])
def test_older_servers_are_asked_in_the_older_way(
    driver: MastodonDriver, instance: str, expected: tuple[int, ...], second: tuple[int, str]
) -> None:
    replace_answer(driver, "/api/v2/instance", second[1], second[0])
    replace_answer(driver, "/api/v1/instance", instance)
    limits = driver.platform().limits()
    assert (limits.max_characters, limits.characters_per_url, limits.image_bytes) == expected
    assert "image/png" in limits.mime_types


def test_a_server_that_says_nothing_of_itself_is_an_error_now_and_asked_again(driver: MastodonDriver) -> None:
    driver.server.fault("status", path="/instance", count=1)
    platform = driver.platform()
    with pytest.raises(PlatformError) as raised:
        platform.limits()
    assert raised.value.answer is Outcome.NOT_SENT
    assert platform.limits().max_characters == 500


def test_a_mention_is_given_back_as_it_was_typed(driver: MastodonDriver) -> None:
    driver.server.add_account("union@union.example")
    text = "Thanks to @union@union.example and @worker for https://campaign.example/"
    platform = driver.platform()
    platform.publish(Outgoing(text, "en"))
    assert platform.own_posts(driver.now())[0].text == text
    assert asked(driver, "/source") == 1
    platform.own_posts(driver.now() + timedelta(hours=1))
    assert asked(driver, "/source") == 1
    replace_answer(driver, "/source", '{"error": "Not found"}', 404)
    assert platform.own_posts(driver.now())[0].text == "Thanks to @union and @worker for https://campaign.example/"


@pytest.mark.parametrize("body", ["{}", "[{}]", '[{"id": "1"}, null]', "<html>"])
def test_a_timeline_of_ours_that_cannot_be_read_whole_proves_nothing(driver: MastodonDriver, body: str) -> None:
    replace_answer(driver, "/accounts/[^/]+/statuses", body)
    with pytest.raises(PlatformError):
        driver.platform().own_posts(driver.now())


def test_a_timeline_of_ours_that_does_not_end_in_time_proves_nothing(
    driver: MastodonDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "MOST_PAGES", 1)
    platform, began = driver.platform(), driver.now()
    published = platform.publish(Outgoing("Ours.", "en"))
    with pytest.raises(PlatformError, match="too long"):
        platform.own_posts(began)
    assert [post.text for post in platform.own_posts(began, published.post_id)] == ["Ours."]


def test_a_post_from_elsewhere_is_looked_up_at_its_origin(driver: MastodonDriver) -> None:
    uri = "https://union.example/users/worker/statuses/1"
    wishes: dict[str, Any] = {"uri": uri, "url": "https://union.example/@worker/1", "known": False}
    driver.server.seed_status("worker@union.example", "Solidarity!", **wishes)
    for address in (uri, wishes["url"]):
        post = driver.platform().fetch(address)
        assert post is not None
        assert (post.uri, post.author.handle) == (uri, "@worker@union.example")


def test_a_post_that_merely_quotes_the_address_is_not_taken_for_it() -> None:
    status = '{"id": "1", "created_at": "2025-04-16T09:00:00Z", "uri": "https://a.example/2", "account": %s}'
    found = '{"statuses": [' + status % '{"id": "1", "acct": "a"}' + "]}"
    gone = answer('{"error": "Record not found"}', "404 Not Found")
    with ScriptedServer(answer(found, Connection="close"), gone) as server:
        platform = MastodonPlatform("mastodon", server.url, "token", lambda: NOW)
        assert platform.fetch(f"{server.url}/1") is None
        platform.close()


@each_of("found", ["{}", '{"statuses": null}', '{"statuses": [{"id": "1"}]}'])
def test_a_search_that_cannot_be_read_does_not_mean_gone(found: str) -> None:
    with ScriptedServer(answer(found)) as server:
        platform = MastodonPlatform("mastodon", server.url, "token", lambda: NOW)
        with pytest.raises(PlatformError, match="unreadable"):
            platform.fetch("https://a.example/1")
        platform.close()


def test_a_boost_is_taken_back_though_search_does_not_find_the_post(driver: MastodonDriver) -> None:
    platform = driver.platform()
    uri = driver.somebody_posts("Solidarity!")
    post = platform.fetch(uri)
    assert post is not None
    platform.reshare(post)
    replace_answer(driver, "/api/v2/search", '{"accounts": [], "statuses": [], "hashtags": []}')
    platform.undo_reshare(uri)
    assert driver.reshared() == []


def test_a_redirected_reading_is_an_error_that_leaves_the_account_open(driver: MastodonDriver) -> None:
    driver.server.fault("redirect", method="GET", location="https://status.example/maintenance")
    with pytest.raises(PlatformError, match=r"https://status\.example") as raised:
        driver.platform().facts()
    assert not raised.value.closes_account


def test_an_address_may_be_written_as_a_host_or_in_full() -> None:
    assert full_address("mastodon.example") == full_address("https://mastodon.example/") == "https://mastodon.example"
    assert host_of("http://127.0.0.1:3000/") == host_of("127.0.0.1:3000") == "127.0.0.1:3000"


@pytest.mark.parametrize(
    ("told", "hides"),
    [
        ("", None),
        (', "hide_collections": true', True),
        (', "hide_collections": null', False),
        (', "source": {"hide_collections": true}', True),
        (', "source": {"hide_collections": false}', False),
        (', "source": {"note": "plain"}', None),
    ],
)
def test_the_profile_is_told_as_people_read_it(driver: MastodonDriver, told: str, hides: bool | None) -> None:
    note = '"<p>A campaign.<br>Run by <a href=\\"https://union.example/\\">the union</a> &amp; friends</p>"'
    body = f'{{"id": "1", "acct": "us", "display_name": "The Day", "bot": true, "note": {note}{told}}}'
    replace_answer(driver, "/accounts/verify_credentials", body)
    facts = driver.platform().facts()
    assert facts.bio == "A campaign.\nRun by the union (https://union.example/) & friends"
    assert (facts.name, facts.hides_follows) == ("The Day", hides)
