"""The search source: whole tags, each post once, nothing lost between pages, nothing billed for nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.addresses import HOSTS
from bot.domain.campaign import WantedKind
from bot.domain.post import Cursor, SeenPost
from bot.errors import Outcome, PlatformError
from bot.platforms.base import Source
from bot.platforms.x.adapter import XPlatform
from bot.platforms.x.sources import LINKS, OUT_OF_REACH, PAGE_SIZE, SearchQuery, SearchSource, questions
from tests.platforms.x.conftest import Account, HandClock
from tests.servers.x.handle import XSimulator, XUser
from tests.servers.x.query import parse

TAGS = ("FreeBelarusUnionists", "April19")
VIDEO = [{"type": "video"}]
MINUTE = timedelta(minutes=1)
SEARCH = "/2/tweets/search/recent"


@pytest.fixture
def source(account: XPlatform) -> Source:
    search, _ = account.sources(TAGS)
    return search


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


@pytest.mark.parametrize("pages", [0, 1, 2])
def test_a_horizon_that_moves_on_during_a_walk_ends_it_there_and_nothing_older_is_billed(
    x: XSimulator, clock: HandClock, source: Source, start: Cursor, pages: int
) -> None:
    posts = {number: post(x, clock, number * MINUTE + MINUTE) for number in range(PAGE_SIZE * 4)}
    found: list[SeenPost] = []
    cursor = start
    for _ in range(pages):
        page = source.read(cursor)
        found, cursor = [*found, *page.posts], page.cursor
    purged = clock.now - (PAGE_SIZE + 5) * MINUTE
    rest, cursor, _ = read_all(source, replace(cursor, horizon=purged))
    reached = max(PAGE_SIZE * pages, PAGE_SIZE + 5)
    assert {one.native_id for one in (*found, *rest)} == {posts[number] for number in range(reached)}
    assert x.ledger()["spent"] == pytest.approx(reached * 0.005)
    assert cursor.newest == posts[0]


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


YOUTUBE = "look https://youtu.be/dQw4w9WgXcQ #April19"
SHOWN = {
    "film": ("#April19", VIDEO),
    "gif": ("#April19", [{"type": "animated_gif"}]),
    "photo": ("#April19", [{"type": "photo"}]),
    "link": (YOUTUBE, []),
    "words": ("#April19 https://example.org/", []),
}


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ((WantedKind.VIDEO,), {"film", "link"}),
        ((WantedKind.IMAGE,), {"photo"}),
        ((WantedKind.VIDEO, WantedKind.IMAGE), {"film", "photo", "link"}),
        ((WantedKind.GIF,), {"film", "gif", "photo"}),
        ((WantedKind.GIF, WantedKind.VIDEO), {"film", "gif", "photo", "link"}),
        ((WantedKind.ANY, WantedKind.VIDEO), set(SHOWN)),
        ((), set(SHOWN)),
    ],
)
def test_the_question_is_as_narrow_as_what_is_wanted(
    x: XSimulator,
    us: XUser,
    clock: HandClock,
    open_account: Account,
    start: Cursor,
    kinds: tuple[WantedKind, ...],
    expected: set[str],
) -> None:
    names = {post(x, clock, 3 * MINUTE, text, media): name for name, (text, media) in SHOWN.items()}
    source = open_account(kinds=kinds).sources(["#FreeBelarusUnionists", "April19"])[0]
    assert source.name == "x search x"
    assert {names[one.native_id] for one in source.read(start).posts} == expected
    assert set(x.ledger()["billed_reads"][us.id]) == {number for number, name in names.items() if name in expected}


def test_the_question_in_full(us: XUser, open_account: Account) -> None:
    account = open_account(mentions=False)
    (source,) = account.sources(["April19"])
    assert isinstance(source, SearchSource)
    assert source.query == f"(#April19) (has:video_link OR {' OR '.join(LINKS)}) -is:retweet -from:{us.id}"
    (source,) = open_account(kinds=(), mentions=False).sources(["April19", "May1"])
    assert isinstance(source, SearchSource)
    assert source.query == f"(#April19 OR #May1) -is:retweet -from:{us.id}"


def test_posts_that_mention_us_are_left_to_the_mentions_once_our_name_is_known(account: XPlatform) -> None:
    search, mentions = account.sources(TAGS)
    assert isinstance(search, SearchSource)
    assert mentions.name == "x mentions x"
    assert "-@" not in search.query
    account.known_as("x:GroundswellBot")
    assert search.query.endswith(" -@GroundswellBot")
    assert isinstance(asked := account.sources(TAGS)[0], SearchSource)
    assert asked.query == search.query


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    tags=st.lists(st.integers(1, 60).map(lambda length: "T" * length), max_size=60),
    kinds=st.lists(st.sampled_from(list(WantedKind)), max_size=4),
    without_mentions=st.booleans(),
)
def test_a_question_always_fits_and_no_hashtag_is_left_out(
    tags: list[str], kinds: list[WantedKind], without_mentions: bool
) -> None:
    groups = questions(tags, kinds, without_mentions=without_mentions)
    assert [tag for group in groups for tag in group] == tags
    for group in groups:
        question = SearchQuery(group, kinds, without_mentions=without_mentions)
        for text in (question.text("1", ""), question.text("9" * 19, "W" * 15)):
            assert len(text) <= 512
            assert parse(text).stands_alone
    assert questions(tags, kinds, without_mentions=without_mentions) == groups


def test_links_give_way_to_hashtags_the_least_important_first() -> None:
    tags = [f"Solidarity{number:03}WithBelarusTradeUnionists" for number in range(7)]
    assert len(questions(tags, (WantedKind.VIDEO,), without_mentions=True)) == 1
    text = SearchQuery(tags, (WantedKind.VIDEO,), without_mentions=True).text("9" * 19, "")
    there = [link in text for link in LINKS]
    assert there == sorted(there, reverse=True)
    assert 0 < sum(there) < len(LINKS)


def test_every_service_whose_videos_are_known_is_asked_for() -> None:
    assert [host for host in HOSTS if not any(host in link for link in LINKS)] == []
    assert any("peertube" in link for link in LINKS)


def test_tags_that_do_not_fit_one_question_make_several(open_account: Account) -> None:
    tags = [f"Solidarity{number:03}WithBelarusTradeUnionists" for number in range(40)]
    several = open_account(mentions=False).sources(tags)
    assert [source.name for source in several[:2]] == ["x search x", "x search x 2"]
    assert open_account(mentions=False).sources([]) == []


def test_a_page_never_costs_more_than_it_says(x: XSimulator, clock: HandClock, source: Source, start: Cursor) -> None:
    for number in range(PAGE_SIZE + 1):
        post(x, clock, number * timedelta(seconds=1) + MINUTE)
    assert source.read(start).cost == source.page_cost == 100_000


def test_after_a_long_sleep_the_search_begins_where_x_lets_it_and_says_what_is_lost(
    x: XSimulator, clock: HandClock, source: Source
) -> None:
    old, kept = post(x, clock, timedelta(days=8)), post(x, clock, timedelta(days=6))
    for cursor in (Cursor(clock.now - timedelta(days=30), newest=old), Cursor(clock.now - timedelta(days=30))):
        page = source.read(cursor)
        assert [one.native_id for one in page.posts] == [kept]
        assert page.gap == OUT_OF_REACH
        assert source.read(page.cursor).gap == ""


def test_a_tag_that_is_quiet_for_weeks_is_no_gap(x: XSimulator, clock: HandClock, source: Source) -> None:
    cursor, begin = Cursor(clock.now - timedelta(hours=24)), clock.now
    for hour in range(0, 30 * 24, 12):
        clock.now = begin + timedelta(hours=hour)
        x.set_clock(clock.now)
        page = source.read(cursor)
        assert page.gap == ""
        cursor = page.cursor
    late = post(x, clock, timedelta(minutes=20))
    assert [one.native_id for one in source.read(cursor).posts] == [late]


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
    assert unknown.value.answer is Outcome.AMBIGUOUS


def test_one_odd_post_does_not_hide_the_others(x: XSimulator, source: Source, start: Cursor) -> None:
    tag = {"entities": {"hashtags": [{"tag": "April19"}]}, "author_id": "7"}
    data = [{"id": "1900000000000000002", **tag}, {"id": 3, "text": 4}, {"id": "1900000000000000001", **tag}]
    x.fault("status", SEARCH, status=200, body={"data": data, "meta": {"newest_id": "1900000000000000002"}})
    page = source.read(start)
    assert [one.native_id for one in page.posts] == ["1900000000000000001", "1900000000000000002"]
    assert page.posts[0].author.handle == "x:7"
    assert page.cost == 15_000
