"""Whatever a Mastodon server answers: one odd post hides no other one, and no answer stops a source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count

import pytest
from hypothesis import strategies as st

from bot.domain import fingerprint
from bot.errors import PlatformError
from bot.platforms.mastodon.server import Server
from tests.fuzz.forms import in_both_forms, tried
from tests.fuzz.fuzz_harness import FuzzHarness, assert_plain
from tests.fuzz.hostile import Change, changed, changes, written
from tests.fuzz.samples import INSTANCE, Sample, notification, status
from tests.fuzz.told import whole
from tests.harness.mastodon_statuses import TAG

ODD_ONES = 9
"""Odd posts in one page, between as many good ones: fewer than a page that may have more behind it."""

TIMELINE, NOTIFICATIONS = f"/api/v1/timelines/tag/{TAG}", "/api/v1/notifications"
Make = Callable[[int, str], Sample]
PLACES: dict[str, tuple[str, str, Make]] = {
    "our server": (f"127.0.0.1 #{TAG}", TIMELINE, status),
    "another server": (f"localhost #{TAG}", TIMELINE, status),
    "mentions": ("127.0.0.1 mentions ours", NOTIFICATIONS, notification),
}
at_every_place = pytest.mark.parametrize("place", PLACES)
numbers = count(10**6)


class Place:
    """One source of the harness, and how its entries look."""

    def __init__(self, fuzz: FuzzHarness, place: str) -> None:
        self.name, self.path, self.make = PLACES[place]
        self.fuzz = fuzz

    def found(self, *answers: bytes) -> set[str]:
        return {one.post.uri for one in self.fuzz.read(self.name, self.path, *answers)}

    def good(self) -> tuple[Sample, str]:
        """A post that has nothing odd, and its uri."""
        number = next(numbers)
        return self.make(number, "good"), f"https://union.example/good/{number}"


@in_both_forms
@at_every_place
def test_one_odd_post_hides_no_other_one(fuzz: FuzzHarness, place: str, examples: int) -> None:
    at = Place(fuzz, place)

    def test(odd_ones: Sequence[Sequence[Change]]) -> None:
        goods = [at.good() for _ in odd_ones]
        page = [
            entry
            for (good, _), odd in zip(goods, odd_ones, strict=True)
            for entry in (good, changed(at.make(next(numbers), "odd"), odd))
        ]
        found = fuzz.read(at.name, at.path, whole(written(page)))
        assert {uri for _, uri in goods} <= {one.post.uri for one in found}
        assert_plain(fuzz.printed(found))

    odd_ones = st.lists(changes(at.make(0, "odd")), min_size=4, max_size=ODD_ONES)
    tried(4 * examples, odd_ones, test)


@in_both_forms
@at_every_place
def test_no_answer_stops_a_source(fuzz: FuzzHarness, place: str, examples: int) -> None:
    at = Place(fuzz, place)
    document = [at.make(1, "odd"), at.make(2, "odd")]

    def test(odd: bytes) -> None:
        at.found(whole(odd))
        good, uri = at.good()
        assert uri in at.found(whole(written([good])))
        assert_plain(fuzz.printed([]))

    bodies = st.one_of(
        changes(document).map(lambda done: written(changed(document, done))),
        st.binary(max_size=40),
        st.tuples(st.integers(0, 2000), st.binary(max_size=3)).map(lambda cut: _spoiled(written(document), *cut)),
        st.sampled_from([b"[" * 100_000, b"[{}," * 5_000, b'[{"a":' * 5_000, b"[" + b"9" * 10_000 + b"]", b"null"]),
    )
    tried(2 * examples, bodies, test)


def _spoiled(body: bytes, at: int, piece: bytes) -> bytes:
    return body[:at] + piece + body[at + len(piece) :]


@in_both_forms
def test_whatever_a_server_says_of_itself_its_posts_are_read(fuzz_on_sqlite: FuzzHarness, examples: int) -> None:
    at = Place(fuzz_on_sqlite, "our server")

    def test(done: Sequence[Change]) -> None:
        fuzz_on_sqlite.ours._server = server = Server(fuzz_on_sqlite.url, fuzz_on_sqlite.ours._reader)
        about = whole(written(changed(INSTANCE, done)))
        good, _ = at.good()
        good["account"]["acct"] = "local"
        fuzz_on_sqlite.pages = {"/api/v2/instance": [about] * 3, "/api/v1/instance": [about] * 3}
        for ask in (server.limits, server.streaming, server.domain):
            try:
                ask()
            except PlatformError as error:
                assert_plain(str(error))
        assert len(fuzz_on_sqlite.read(at.name, at.path, whole(written([good])))) == 1

    tried(10 * examples, changes(INSTANCE), test)


@in_both_forms
def test_a_post_that_is_looked_up_is_there_gone_or_in_doubt(fuzz_on_sqlite: FuzzHarness, examples: int) -> None:
    uri = "https://union.example/odd/1"

    def test(answers: tuple[Sequence[Change], Sequence[Change]]) -> None:
        search, shown = answers
        odd = written(changed({"statuses": [status(1, "odd"), status(2, "odd")]}, search))
        fuzz_on_sqlite.pages = {
            "/api/v2/search": [whole(odd)],
            "/api/v1/statuses/1": [whole(written(changed(status(1), shown)))],
        }
        try:
            post = fuzz_on_sqlite.ours.fetch(uri)
        except PlatformError as error:
            assert_plain(str(error))
        else:
            assert post is None or fingerprint.of(post)

    found = {"statuses": [status(1, "odd"), status(2, "odd")]}
    tried(10 * examples, st.tuples(changes(found), changes(status(1, "odd"))), test)
