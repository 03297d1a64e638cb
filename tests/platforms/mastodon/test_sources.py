"""Reading from Mastodon and from the servers that speak its API, whatever they leave out or get wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.post import Cursor, Outgoing, SeenPost
from bot.errors import Outcome, PlatformError
from bot.platforms.base import Source
from bot.platforms.http_client import HttpAnswer
from bot.platforms.mastodon import instance
from bot.platforms.mastodon.adapter import MastodonPlatform
from bot.platforms.mastodon.client import PLAINLY, Reader
from bot.platforms.mastodon.errors import Explainer
from bot.platforms.mastodon.instance import PublicInstance
from bot.platforms.mastodon.server import Server
from bot.platforms.mastodon.sources import Timeline, hashtag_timeline
from tests.harness.mastodon_statuses import TAG, status
from tests.harness.scripted_server import ScriptedServer, answer
from tests.harness.table import each_of
from tests.platforms.mastodon_driver import MastodonDriver
from tests.servers.mastodon import MastodonServer

MINUTE = timedelta(minutes=1)
NOW = datetime(2025, 4, 16, 9, 30, tzinfo=UTC)


class HandClock:
    """Real time, plus what a test adds."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def driver(mastodon: MastodonServer) -> Iterator[MastodonDriver]:
    driver = MastodonDriver(mastodon)
    yield driver
    driver.close()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def source(driver: MastodonDriver, clock: HandClock) -> Iterator[Source]:
    platform = MastodonPlatform("mastodon", driver.server.url, driver.ours.access_token, clock)
    yield platform.sources([f"#{TAG}"])[0]
    platform.close()


def caught_up(source: Source, cursor: Cursor) -> tuple[list[SeenPost], Cursor]:
    posts: list[SeenPost] = []
    more = True
    while more:
        page = source.read(cursor)
        posts, cursor, more = [*posts, *page.posts], page.cursor, page.more
    return posts, cursor


def uris(posts: list[SeenPost]) -> list[str]:
    return [post.uri for post in posts]


class OnePage(Reader):
    """A server whose every answer is this page."""

    def __init__(self, *statuses: object) -> None:
        super().__init__("http://127.0.0.1:9", "", Explainer("127.0.0.1:9", "", "", lambda: NOW))
        self._page = HttpAnswer(200, {}, json.dumps(statuses).encode())

    def ask(
        self, path: str, doing: str, headers: Mapping[str, str] = PLAINLY, **query: str | Sequence[str]
    ) -> HttpAnswer:
        return self._page


def page_of(*statuses: object) -> Source:
    """A source whose every answer is this page."""
    reader = OnePage(*statuses)
    return hashtag_timeline(reader, Server("http://127.0.0.1:9", reader), TAG, lambda: NOW)


@contextmanager
def scripted(*script: Iterable[bytes], pause: float = 0.0) -> Iterator[tuple[ScriptedServer, Source]]:
    """A server without a robots.txt that then says what it is told to, and the source of a hashtag there."""
    with ScriptedServer(answer("", "404 Not Found"), *script, pause=pause) as server:
        public = PublicInstance(server.url, "Groundswell", lambda: NOW)
        yield server, public.sources(["#СвабодаПрафсаюзам"])[0]
        public.close()


def test_every_reading_is_one_request_of_forty(driver: MastodonDriver, source: Source) -> None:
    driver.server.seed_statuses([{"account": "worker@union.example", "text": f"#{TAG} {n}"} for n in range(50)])
    cursor = Cursor(datetime.now(UTC) - timedelta(days=1))
    for expected in (40, 10, 0, 0):
        page = source.read(cursor)
        assert len(page.posts) == expected
        cursor = page.cursor
    paths = [entry["path"] for entry in driver.server.ledger().requests]
    assert paths == [f"/api/v1/timelines/tag/{TAG}"] * 4


def test_a_post_that_reaches_the_server_late_is_seen_within_a_minute(
    driver: MastodonDriver, source: Source, clock: HandClock
) -> None:
    _, cursor = caught_up(source, Cursor(clock() - timedelta(days=1)))
    prompt = driver.somebody_posts(f"Prompt. #{TAG}")
    posts, cursor = caught_up(source, cursor)
    assert uris(posts) == [prompt]
    late = driver.somebody_posts(f"Late. #{TAG}", at=clock() - timedelta(hours=1))
    clock.ahead += MINUTE
    posts, cursor = caught_up(source, cursor)
    assert uris(posts) == [late]
    clock.ahead += MINUTE
    assert caught_up(source, cursor)[0] == []


def test_under_a_busy_hashtag_a_post_that_is_hours_late_is_seen_within_the_hour(
    driver: MastodonDriver, source: Source, clock: HandClock
) -> None:
    busy = [{"account": "worker@union.example", "text": f"#{TAG} {n}"} for n in range(90)]
    driver.server.seed_statuses(busy)
    _, cursor = caught_up(source, Cursor(clock() - timedelta(days=1)))
    late = driver.somebody_posts(f"Late. #{TAG}", at=clock() - timedelta(hours=5))
    clock.ahead += MINUTE
    posts, cursor = caught_up(source, cursor)
    assert late not in uris(posts)
    clock.ahead += timedelta(hours=1)
    posts, cursor = caught_up(source, cursor)
    assert late in uris(posts)
    before = len(driver.server.ledger().requests)
    assert caught_up(source, cursor)[0] == []
    assert len(driver.server.ledger().requests) <= before + 2, "the whole day is read once an hour, not each time"


def test_an_edited_post_is_given_again(driver: MastodonDriver, source: Source, clock: HandClock) -> None:
    uri = driver.somebody_posts(f"Solidarity! #{TAG}")
    _, cursor = caught_up(source, Cursor(clock() - timedelta(days=1)))
    clock.ahead += MINUTE
    _, cursor = caught_up(source, cursor)
    driver.somebody_edits(uri, f"Solidarity with all! #{TAG}")
    clock.ahead += MINUTE
    [post] = caught_up(source, cursor)[0]
    assert post.text.startswith("Solidarity with all!")


def test_a_late_post_is_given_again_where_it_was_not_stored(
    driver: MastodonDriver, source: Source, clock: HandClock
) -> None:
    driver.somebody_posts(f"Prompt. #{TAG}")
    _, cursor = caught_up(source, Cursor(clock() - timedelta(days=1)))
    clock.ahead += MINUTE
    _, cursor = caught_up(source, cursor)
    late = driver.somebody_posts(f"Late. #{TAG}", at=clock() - timedelta(hours=1))
    for _ in range(2):
        clock.ahead += MINUTE
        assert uris(list(source.read(cursor).posts)) == [late]


def test_more_than_a_page_of_news_is_read_in_order(driver: MastodonDriver, source: Source, clock: HandClock) -> None:
    driver.somebody_posts(f"First. #{TAG}")
    _, cursor = caught_up(source, Cursor(clock() - timedelta(days=1)))
    wanted = driver.server.seed_statuses([{"account": "worker", "text": f"#{TAG} {n}"} for n in range(95)])
    clock.ahead += MINUTE
    assert uris(caught_up(source, cursor)[0]) == [post.uri for post in wanted]


def test_the_newest_post_may_be_deleted_and_nothing_is_missed(
    driver: MastodonDriver, source: Source, clock: HandClock
) -> None:
    driver.somebody_posts(f"Stays. #{TAG}")
    gone = driver.somebody_posts(f"Goes. #{TAG}")
    _, cursor = caught_up(source, Cursor(clock() - timedelta(days=1)))
    driver.somebody_deletes(gone)
    clock.ahead += MINUTE
    posts, cursor = caught_up(source, cursor)
    assert [post.text for post in posts] in ([], [f"Stays. #{TAG}"])
    after = driver.somebody_posts(f"After. #{TAG}")
    assert uris(caught_up(source, cursor)[0]) == [after]


@pytest.mark.parametrize("dialect", ["gotosocial", "takahe"])
def test_other_servers_are_read_and_written_just_as_well(driver: MastodonDriver, dialect: str) -> None:
    driver.server.settings(dialect=dialect, unknown_tag_is_404=True)
    platform = driver.platform()
    source, cursor = platform.sources([TAG])[0], Cursor(driver.now() - timedelta(days=1))
    assert source.read(cursor).posts == ()
    uri = driver.somebody_posts(f"Solidarity! #{TAG}")
    posts, cursor = caught_up(source, cursor)
    assert uris(posts) == [uri]
    platform.reshare(posts[0])
    published = platform.publish(Outgoing(f"Ours. #{TAG}", "en"))
    assert [own.post_id for own in platform.own_posts(driver.now())][:1] == [published.post_id]
    assert uris(caught_up(source, cursor)[0]) == [published.url.replace("/@campaign/", "/users/campaign/statuses/")]
    platform.undo_reshare(uri)
    platform.undo_post(published.post_id)
    assert driver.published() == driver.reshared() == []


def test_a_server_that_ignores_the_cursor_gives_nothing_twice() -> None:
    newest, older = status(id="b", uri="https://union.example/b"), status(id="a", uri="https://union.example/a")
    posts, cursor = caught_up(page_of(newest, older), Cursor(NOW - timedelta(days=1)))
    assert uris(posts)[:2] == ["https://union.example/a", "https://union.example/b"]
    again = page_of(newest, older)
    assert isinstance(again, Timeline)
    again._looked_back = NOW
    assert caught_up(again, cursor) == ([], cursor)


def test_what_cannot_be_read_is_left_out_and_the_rest_is_taken() -> None:
    odd = [None, 7, {}, status(account={"id": "9"}), status(uri="tag:no address")]
    page = page_of(*odd, status(id=5, tags=[{"name": TAG.lower()}], language=None)).read(Cursor(NOW - MINUTE * 60))
    assert [post.native_id for post in page.posts] == ["5"]


def test_parts_of_tags_boosts_and_other_tags_are_left_out() -> None:
    boost = status(reblog=status())
    others = [status(tags=[{"name": f"{TAG}2025"}]), status(tags=[]), status(tags=None), status(tags=[{}])]
    assert page_of(boost, *others).read(Cursor(NOW - MINUTE * 60)).posts == ()


def test_a_tag_in_any_script_is_asked_for_without_its_sign() -> None:
    with scripted(answer("[]")) as (server, source):
        source.read(Cursor(NOW))
    assert "/tag/%D0%A1%D0%B2%D0%B0%D0%B1" in server.requests[1]
    assert "authorization" not in server.requests[1].lower()


def test_a_server_without_an_account_may_answer_refuse_or_be_empty(driver: MastodonDriver) -> None:
    uri = driver.somebody_posts(f"Solidarity! #{TAG}")
    public = PublicInstance(driver.server.url, "Groundswell", driver.now)
    source, cursor = public.sources([TAG])[0], Cursor(driver.now() - MINUTE)
    assert uris(list(source.read(cursor).posts)) == [uri]
    driver.server.settings(anonymous_timelines="empty")
    assert source.read(cursor).posts == ()
    driver.server.settings(anonymous_timelines="401")
    with pytest.raises(PlatformError, match="without an account") as raised:
        source.read(cursor)
    assert not raised.value.closes_account


@each_of("body", ["{}", "<html>", "[", '{"error": "no"}'])
def test_a_page_that_is_no_list_is_an_error_and_not_an_empty_page(body: str) -> None:
    with scripted(answer(body)) as (_, source), pytest.raises(PlatformError, match="unreadable") as raised:
        source.read(Cursor(NOW))
    assert raised.value.answer is Outcome.NOT_SENT


def test_a_page_that_trickles_in_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instance, "READ_TIMEOUT", 0.2)
    endless = [b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", *[b"x"] * 1000]
    with scripted(endless, pause=0.05) as (_, source), pytest.raises(PlatformError, match="had no end"):
        source.read(Cursor(NOW))
