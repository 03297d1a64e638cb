"""Whatever X answers: one odd post hides no other one, and no answer stops a source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import strategies as st

from bot.errors import PlatformError
from bot.platforms.x.entities import first_id_at
from tests.fuzz.forms import in_both_forms, tried
from tests.fuzz.fuzz_harness import NOW, FuzzHarness, assert_plain
from tests.fuzz.hostile import Change, changed, changes, written
from tests.fuzz.samples import Sample, x_listing, x_post
from tests.fuzz.told import whole

ODD_ONES = 10
PLACES = {"search": ("x search x", "/2/tweets/search/recent"), "mentions": ("x mentions x", "/2/users/1/mentions")}
at_every_place = pytest.mark.parametrize("place", PLACES)
numbers = count(int(first_id_at(NOW)), 1 << 22)


def uri_of(post: Sample) -> str:
    return f"https://x.com/i/status/{post['id']}"


def found(fuzz: FuzzHarness, place: str, *answers: bytes) -> set[str]:
    return {one.post.uri for one in fuzz.read(*PLACES[place], *answers)}


@in_both_forms
@at_every_place
def test_one_odd_post_hides_no_other_one(fuzz: FuzzHarness, place: str, examples: int) -> None:
    def test(odd_ones: Sequence[Sequence[Change]]) -> None:
        goods = [x_post(next(numbers)) for _ in odd_ones]
        odds = [changed(x_post(next(numbers)), odd) for odd in odd_ones]
        listing = x_listing(*goods)
        listing["data"] = [post for pair in zip(goods, odds, strict=True) for post in pair]
        seen = fuzz.read(*PLACES[place], whole(written(listing)))
        assert set(map(uri_of, goods)) <= {one.post.uri for one in seen}
        assert_plain(fuzz.printed(seen))

    tried(4 * examples, st.lists(changes(x_post(1)), min_size=4, max_size=ODD_ONES), test)


@in_both_forms
def test_an_odd_author_or_film_hides_nobody_else(fuzz_on_sqlite: FuzzHarness, examples: int) -> None:
    beside = x_listing()["includes"]

    def test(done: Sequence[Change]) -> None:
        good = x_post(next(numbers))
        listing = x_listing(good)
        listing["includes"]["users"].append(changed(beside["users"][1], done))
        listing["includes"]["media"].append(changed(beside["media"][0], done))
        assert uri_of(good) in found(fuzz_on_sqlite, "search", whole(written(listing)))

    tried(10 * examples, changes(beside["users"][1]), test)


@in_both_forms
@at_every_place
def test_no_answer_stops_a_source(fuzz: FuzzHarness, place: str, examples: int) -> None:
    document = x_listing(x_post(int(first_id_at(NOW))), errors=[{"title": "Not Found", "resource_id": "5"}])

    def test(odd: bytes) -> None:
        found(fuzz, place, whole(odd))
        good = x_post(next(numbers))
        assert uri_of(good) in found(fuzz, place, whole(written(x_listing(good))))
        assert_plain(fuzz.printed([]))

    bodies = st.one_of(changes(document).map(lambda done: written(changed(document, done))), st.binary(max_size=40))
    tried(3 * examples, bodies, test)


@in_both_forms
def test_what_is_looked_up_is_there_gone_or_in_doubt(fuzz_on_sqlite: FuzzHarness, examples: int) -> None:
    """Of a hundred posts, an odd answer about one says nothing of the others."""
    one = {key: value for key, value in x_listing().items() if key == "includes"} | {"data": x_post(1)}
    odd, good = x_post(20), x_post(21)

    def test(done: tuple[Sequence[Change], Sequence[Change]]) -> None:
        listing = x_listing(good, changed(odd, done[0]))
        alone = whole(written(changed(one, done[1])))
        fuzz_on_sqlite.pages = {"/2/tweets": [whole(written(listing))] * 2, "/2/tweets/1": [alone, alone]}
        uris = [uri_of(good), uri_of(odd)]
        assert fuzz_on_sqlite.x.fetch_all(uris)[uri_of(good)] is not None
        _only_platform_errors(lambda: fuzz_on_sqlite.x.fetch(uri_of(one["data"])))
        fuzz_on_sqlite.pages = {"/2/users/1/tweets": [whole(written(listing))]}
        _only_platform_errors(lambda: fuzz_on_sqlite.x.own_posts(NOW - timedelta(days=365 * 20)))

    tried(10 * examples, st.tuples(changes(odd), changes(one)), test)


def _only_platform_errors(ask: Callable[[], object]) -> None:
    try:
        ask()
    except PlatformError as error:
        assert_plain(str(error))
