"""Servers of other people are read politely: one request at a time, by their rules, and never more than is new."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from bot.domain.post import Cursor
from bot.errors import Outcome, PlatformError
from bot.platforms.base import Source
from bot.platforms.mastodon.instance import PublicInstance
from tests.harness.mastodon_statuses import TAG
from tests.harness.scripted_server import ScriptedServer, answer
from tests.harness.table import each_of
from tests.servers.mastodon import MastodonServer

AGENT = "Groundswell (Day of Action; https://campaign.example/us)"
TAGS = (TAG, "April19_WorkersRights", "SupportBelarusWorkersRights")
NOW = datetime(2025, 4, 16, 9, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Reading:
    """One server, the time it is there and here, and who reads it."""

    def __init__(self, server: MastodonServer) -> None:
        self.server = server
        self.server.clock(now=NOW)
        self.now = NOW
        self.instance = PublicInstance(server.url, AGENT, lambda: self.now)

    def later(self, wait: timedelta) -> None:
        self.now += wait
        self.server.clock(now=self.now)

    def sources(self, tags: Sequence[str] = TAGS) -> list[Source]:
        return self.instance.sources(tags)

    def requests(self, path: str = "") -> list[dict[str, Any]]:
        return [entry for entry in self.server.ledger().requests if path in entry["path"]]

    def refused(self, source: Source) -> PlatformError:
        with pytest.raises(PlatformError) as raised:
            source.read(Cursor(self.now))
        assert raised.value.answer is Outcome.NOT_SENT
        return raised.value


@pytest.fixture
def reading(mastodon: MastodonServer) -> Iterator[Reading]:
    reading = Reading(mastodon)
    yield reading
    reading.instance.close()


def test_a_host_is_asked_one_thing_at_a_time_and_several_hosts_side_by_side(
    reading: Reading, elsewhere: MastodonServer
) -> None:
    other = Reading(elsewhere)
    for one in (reading, other):
        one.server.fault("delay", seconds=0.1)
    sources = [*reading.sources(), *other.sources()]
    with ThreadPoolExecutor(len(sources)) as pool:
        list(pool.map(lambda source: source.read(Cursor(NOW - MINUTE)), sources))
    other.instance.close()
    ours, theirs = reading.requests(), other.requests()
    assert len(ours) == len(theirs) == 1 + len(TAGS)
    for entries in (ours, theirs):
        assert all(before["done"] <= after["wall"] for before, after in pairwise(entries))
    assert any(one["wall"] < two["done"] and two["wall"] < one["done"] for one in ours for two in theirs)


def test_they_are_told_who_asks(reading: Reading) -> None:
    reading.sources()[0].read(Cursor(NOW))
    assert {entry["agent"] for entry in reading.requests()} == {AGENT}
    assert [entry["path"] for entry in reading.requests()] == ["/robots.txt", f"/api/v1/timelines/tag/{TAG}"]


def test_a_server_that_does_not_want_to_be_read_is_not_read(reading: Reading) -> None:
    reading.server.settings(robots="User-agent: *\nDisallow: /api/")
    refused = [reading.refused(source) for source in reading.sources()]
    assert "asks programs not to read this" in str(refused[0])
    assert refused[0].retry_at == NOW + timedelta(days=1)
    assert len(reading.requests()) == 1
    reading.server.settings(robots="User-agent: *\nAllow: /")
    reading.later(timedelta(days=1))
    for source in reading.sources():
        source.read(Cursor(NOW))
    assert len(reading.requests("/robots.txt")) == 2


def test_a_server_whose_robots_txt_cannot_be_read_is_asked_again_later(reading: Reading) -> None:
    reading.server.fault("status", path="/robots.txt", status=503, count=1)
    refused = reading.refused(reading.sources()[0])
    assert "does not show its robots.txt (503)" in str(refused)
    assert refused.retry_at == NOW + MINUTE
    reading.later(MINUTE)
    reading.sources()[0].read(Cursor(NOW))


@pytest.mark.parametrize("location", ["/robots.txt", "http://10.0.0.1/robots.txt", "http://127.1/robots.txt"])
def test_a_robots_txt_that_leads_nowhere_is_none_that_allows(reading: Reading, location: str) -> None:
    reading.server.fault("redirect", path="/robots.txt", location=location)
    reading.refused(reading.sources()[0])
    assert reading.requests("/api/") == []


def test_the_distance_that_a_server_wants_is_kept(reading: Reading) -> None:
    reading.server.settings(robots="User-agent: *\nCrawl-delay: 0.1")
    for source in reading.sources():
        source.read(Cursor(NOW))
    entries = reading.requests()
    assert all(after["wall"] - before["done"] >= 0.09 for before, after in pairwise(entries[1:]))


def test_a_rate_limit_is_never_run_into(reading: Reading) -> None:
    reading.server.settings(rate_limit=30, rate_limits_enforced=True)
    source, cursor = reading.sources()[0], Cursor(NOW)
    while len(reading.requests()) < 27:
        cursor = source.read(cursor).cursor
    refused = reading.refused(source)
    assert "wants to be left alone until ‹at:2025-04-16T09:05:00Z›" in str(refused)
    assert refused.retry_at == datetime(2025, 4, 16, 9, 5, tzinfo=UTC)
    assert len(reading.requests()) == 27
    assert {entry["status"] for entry in reading.requests("/api/")} == {200}
    reading.later(timedelta(minutes=4))
    source.read(cursor)


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        (503, {"Retry-After": "120"}, 120),
        (503, {"Retry-After": "Wed, 16 Apr 2025 09:03:00 GMT"}, 120),
        (429, {}, 300),
    ],
)
def test_a_server_that_wants_to_be_left_alone_is_left_alone_by_all(
    reading: Reading, status: int, headers: dict[str, str], wait: int
) -> None:
    reading.server.fault("status", path="/timelines/", status=status, headers=headers, count=1)
    first, second, _ = reading.sources()
    until = NOW + timedelta(seconds=wait)
    assert reading.refused(first).retry_at == reading.refused(second).retry_at == until
    assert len(reading.requests("/timelines/")) == 1
    reading.later(timedelta(seconds=wait))
    second.read(Cursor(NOW))


def test_a_question_that_is_repeated_is_answered_only_when_there_is_news(reading: Reading) -> None:
    reading.server.settings(etags=True)
    account = reading.server.add_account("worker")
    old = reading.server.seed_status(account, f"Solidarity! #{TAG}")
    source = reading.sources()[0]
    page = source.read(Cursor(NOW - MINUTE))
    while page.more:
        page = source.read(page.cursor)
    for _ in range(3):  # the newest page, then what follows: each without news
        page = source.read(page.cursor)
    before = len(reading.requests())
    for wait in (0, 60, 0, 60):
        reading.later(timedelta(seconds=wait))
        page = source.read(page.cursor)
        assert page.posts == ()
        assert not page.more
    assert [entry["status"] for entry in reading.requests()[before:]] == [304] * 4
    new = reading.server.seed_status(account, f"Again! #{TAG}")
    reading.server.edit_status(old, text=f"Edited. #{TAG}")
    page = source.read(page.cursor)
    assert [post.uri for post in page.posts] == [new.uri]
    reading.later(MINUTE)
    assert [post.uri for post in source.read(page.cursor).posts] == [old.uri]


def test_what_was_not_stored_is_asked_for_whole_again(reading: Reading) -> None:
    reading.server.settings(etags=True)
    account = reading.server.add_account("worker")
    reading.server.seed_status(account, f"Solidarity! #{TAG}")
    source, cursor = reading.sources()[0], Cursor(NOW - MINUTE)
    for _ in range(3):
        cursor = source.read(cursor).cursor
    reading.later(MINUTE)
    late = reading.server.seed_status(account, f"Late. #{TAG}", created_at=NOW - timedelta(hours=1))
    for _ in range(3):  # the store failed: the cursor stays where it was
        assert [post.uri for post in source.read(cursor).posts] == [late.uri]
        reading.later(MINUTE)


@each_of("etag", ["Ünion", "x" * 10_000, ""])
def test_a_validator_that_cannot_be_sent_back_is_none(etag: str) -> None:
    page = answer("[]", ETag=etag)
    with ScriptedServer(answer("", "404 Not Found"), *[page] * 4) as server:
        instance = PublicInstance(server.url, AGENT, lambda: NOW)
        (source,), cursor = instance.sources([TAG]), Cursor(NOW, newest="1")
        for _ in range(4):
            cursor = source.read(cursor).cursor
        instance.close()
    assert not any("if-none-match" in request.lower() for request in server.requests)


def test_an_answer_of_more_than_sixteen_megabytes_is_given_up() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 17825792\r\n\r\n"
    with ScriptedServer(answer("", "404 Not Found"), [head, *[b" " * 1024 * 1024] * 17]) as server:
        instance = PublicInstance(server.url, AGENT, lambda: NOW)
        with pytest.raises(PlatformError, match="its answer had no end"):
            instance.sources(TAGS)[0].read(Cursor(NOW))
        instance.close()


def test_a_redirect_of_the_api_is_not_followed(reading: Reading) -> None:
    reading.server.fault("redirect", path="/timelines/", location="http://127.0.0.1/api/v1/timelines/tag/x")
    with pytest.raises(PlatformError, match=r"redirects us to http://127\.0\.0\.1"):
        reading.sources()[0].read(Cursor(NOW))
    assert len(reading.requests()) == 2


@each_of("address", ["127.1", "http://127.1", "http://0x7f.1", "http://2130706433", "10.0.0.1"])
def test_an_instance_that_is_really_this_network_is_not_asked(address: str) -> None:
    with ExitStack() as closing:
        instance = PublicInstance(address, AGENT, lambda: NOW)
        closing.callback(instance.close)
        with pytest.raises(PlatformError, match="leads to a private address"):
            instance.sources(TAGS)[0].read(Cursor(NOW))
