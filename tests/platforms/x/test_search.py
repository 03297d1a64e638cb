"""The search source: whole tags, each post once, nothing lost between pages, nothing billed for nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.campaign import Wanted
from bot.domain.post import Cursor, SeenPost
from bot.errors import Answer, PlatformError
from bot.platforms.base import Source
from bot.platforms.x import XPlatform
from bot.platforms.x.search import PAGE_SIZE, SearchSource, sources
from tests.platforms.x.conftest import Account, HandClock
from tests.servers.x.handle import XSimulator

TAGS = ("FreeBelarusUnionists", "April19")
VIDEO = [{"type": "video"}]
MINUTE = timedelta(minutes=1)
SEARCH = "/2/tweets/search/recent"


@pytest.fixture
def source(account: XPlatform) -> Source:
    (only,) = account.sources(TAGS)
    return only


@pytest.fixture
def start(clock: HandClock) -> Cursor:
    return Cursor(horizon=clock.now - timedelta(hours=24))


def post(x: XSimulator, clock: HandClock, ago: timedelta, text: str = "#April19", media: Any = VIDEO) -> str:
    return x.seed_post("Union", text, media=media, created_at=clock.now - ago)


def read_all(source: Source, cursor: Cursor) -> tuple[list[SeenPost], Cursor, int]:
    found: list[SeenPost] = []
    cost = 0
    for _ in range(50):
        page = source.read(cursor)
        assert [one.created_at for one in page.posts] == sorted(one.created_at for one in page.posts)
        found += page.posts
        cursor, cost = page.cursor, cost + page.cost
        if not page.more:
            return found, cursor, cost
    raise AssertionError("the source never ends")


def test_every_post_is_taken_in_once_over_several_pages(
    x: XSimulator, clock: HandClock, source: Source, start: Cursor
) -> None:
    expected = {post(x, clock, number * MINUTE + MINUTE) for number in range(PAGE_SIZE * 2 + 3)}
    found, cursor, cost = read_all(source, start)
    assert sorted(one.native_id for one in found) == sorted(expected)
    assert (cursor.newest, cursor.pending, cursor.resume) == (max(expected, key=int), "", "")
    assert cost == len(expected) * 5_000
    assert x.ledger()["spent"] == pytest.approx(cost / 1_000_000)
    again, after, cost = read_all(source, cursor)
    assert (again, after, cost) == ([], cursor, 0)


def test_a_reading_cut_short_goes_on_where_it_was_and_new_posts_come_after(
    x: XSimulator, clock: HandClock, source: Source, start: Cursor
) -> None:
    expected = {post(x, clock, number * MINUTE + 10 * MINUTE) for number in range(PAGE_SIZE + 5)}
    first = source.read(start)
    assert first.more
    assert first.cursor.newest == ""
    late = post(x, clock, 2 * MINUTE)
    rest, cursor, _ = read_all(source, first.cursor)
    assert {one.native_id for one in (*first.posts, *rest)} == expected
    newer, _, _ = read_all(source, cursor)
    assert [one.native_id for one in newer] == [late]


def test_only_whole_tags_count(x: XSimulator, clock: HandClock, source: Source, start: Cursor) -> None:
    post(x, clock, 5 * MINUTE, "#April19_WorkersRights")
    wanted = post(x, clock, 4 * MINUTE, "#APRIL19 and #freebelarusunionists")
    found, _, _ = read_all(source, start)
    assert [one.native_id for one in found] == [wanted]
    body = {"data": [{"id": "1900000000000000000", "text": "April19", "author_id": "1"}], "meta": {"newest_id": "9"}}
    x.fault("status", SEARCH, status=200, body=body)
    page = source.read(start)
    assert (page.posts, page.cost) == ((), 5_000)


def test_posts_without_the_wanted_media_are_not_paid_for(
    x: XSimulator, clock: HandClock, source: Source, start: Cursor
) -> None:
    post(x, clock, 3 * MINUTE, media=[])
    post(x, clock, 3 * MINUTE, media=[{"type": "photo"}])
    assert source.read(start).cost == 0
    assert x.ledger()["spent"] == 0


@pytest.mark.parametrize(
    ("kinds", "narrowed", "count"),
    [
        ((Wanted.VIDEO,), " has:video_link", 1),
        ((Wanted.IMAGE,), " has:images", 1),
        ((Wanted.VIDEO, Wanted.IMAGE), " (has:video_link OR has:images)", 2),
        ((Wanted.ANY, Wanted.VIDEO), "", 3),
        ((), "", 3),
    ],
)
def test_the_question_is_as_narrow_as_what_is_wanted(
    x: XSimulator,
    clock: HandClock,
    open_account: Account,
    start: Cursor,
    kinds: tuple[Wanted, ...],
    narrowed: str,
    count: int,
) -> None:
    for media in (VIDEO, [{"type": "photo"}], []):
        post(x, clock, 3 * MINUTE, media=media)
    (source,) = open_account(kinds=kinds).sources(["#FreeBelarusUnionists", "April19"])
    assert isinstance(source, SearchSource)
    assert source.query == f"(#FreeBelarusUnionists OR #April19){narrowed} -is:retweet"
    assert source.name == "x search x"
    assert len(source.read(start).posts) == count


def test_tags_that_do_not_fit_one_question_make_several(clock: HandClock) -> None:
    tags = [f"Solidarity{number:03}WithBelarusTradeUnionists" for number in range(40)]
    several = sources("x", tags, (Wanted.VIDEO,), lambda _: pytest.fail("nothing is asked"), clock)
    assert all(len(source.query) <= 512 for source in several)
    assert [source.name for source in several[:2]] == ["x search x", "x search x 2"]
    assert all(any(f"#{tag} " in source.query or f"#{tag})" in source.query for source in several) for tag in tags)
    assert sources("x", [], (), lambda _: pytest.fail("nothing is asked"), clock) == []


def test_a_page_never_costs_more_than_it_says(x: XSimulator, clock: HandClock, source: Source, start: Cursor) -> None:
    for number in range(PAGE_SIZE + 1):
        post(x, clock, number * timedelta(seconds=1) + MINUTE)
    assert source.read(start).cost == source.page_cost == 100_000


def test_after_a_long_sleep_the_search_begins_where_x_lets_it(x: XSimulator, clock: HandClock, source: Source) -> None:
    old, kept = post(x, clock, timedelta(days=8)), post(x, clock, timedelta(days=6))
    found, _, _ = read_all(source, Cursor(clock.now - timedelta(days=30), newest=old))
    assert [one.native_id for one in found] == [kept]
    found, _, _ = read_all(source, Cursor(clock.now - timedelta(days=30)))
    assert [one.native_id for one in found] == [kept]


def test_a_source_that_begins_now_does_not_ask_about_the_future(
    x: XSimulator, clock: HandClock, source: Source
) -> None:
    assert source.read(Cursor(clock.now + MINUTE)).posts == ()
    assert x.ledger()["requests"][-1]["status"] == 200


def test_a_page_token_that_x_no_longer_knows_begins_the_reading_anew(
    x: XSimulator, clock: HandClock, source: Source, start: Cursor
) -> None:
    expected = {post(x, clock, number * MINUTE + MINUTE) for number in range(PAGE_SIZE + 5)}
    cursor = source.read(start).cursor
    x.fault("status", SEARCH, status=400)
    page = source.read(cursor)
    assert (page.posts, page.more, page.cost) == ((), False, 0)
    assert page.cursor == start
    found, _, _ = read_all(source, page.cursor)
    assert {one.native_id for one in found} == expected


@pytest.mark.parametrize("status", [400, 429, 503])
def test_a_search_that_fails_moves_nothing(x: XSimulator, source: Source, start: Cursor, status: int) -> None:
    x.fault("status", SEARCH, status=status)
    with pytest.raises(PlatformError):
        source.read(start)


@pytest.mark.parametrize("body", [{}, {"errors": [{"title": "Unavailable"}]}, "<html>", []])
def test_an_answer_that_is_no_page_moves_nothing(x: XSimulator, source: Source, start: Cursor, body: Any) -> None:
    x.fault("status", SEARCH, status=200, body=body)
    with pytest.raises(PlatformError) as unknown:
        source.read(start)
    assert unknown.value.answer is Answer.AMBIGUOUS


def test_one_odd_post_does_not_hide_the_others(x: XSimulator, source: Source, start: Cursor) -> None:
    tag = {"entities": {"hashtags": [{"tag": "April19"}]}, "author_id": "7"}
    data = [{"id": "1900000000000000002", **tag}, {"id": 3, "text": 4}, {"id": "1900000000000000001", **tag}]
    x.fault("status", SEARCH, status=200, body={"data": data, "meta": {"newest_id": "1900000000000000002"}})
    page = source.read(start)
    assert [one.native_id for one in page.posts] == ["1900000000000000001", "1900000000000000002"]
    assert page.posts[0].author.handle == "x:7"
    assert page.cost == 15_000
