"""What stands around an answer: its status, its headers, a robots.txt, a stream; nothing of it may do any harm."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest
from hypothesis import strategies as st

from bot.domain.post import Cursor
from bot.errors import PlatformError
from bot.platforms.mastodon.instance import PublicInstance
from bot.platforms.mastodon.streaming import MastodonStream
from tests.fuzz.forms import in_both_forms, tried
from tests.fuzz.fuzz_harness import NOW, FuzzHarness, assert_plain
from tests.fuzz.hostile import DATES, TEXTS, written
from tests.fuzz.samples import status, x_listing, x_post
from tests.fuzz.told import whole
from tests.harness.mastodon_statuses import TAG

NAMES = (
    *("Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "x-rate-limit-reset"),
    *("x-user-limit-24hour-reset", "x-user-limit-24hour-remaining", "Date", "Location", "ETag", "Last-Modified"),
    *("Content-Type", "Content-Encoding", "Set-Cookie", "Link", "Transfer-Encoding", "Content-Length"),
)
STATUSES = (
    *("200 OK", "206 Partial", "301 Moved", "304 Not Modified", "307 Elsewhere", "400 Bad", "401 Who", "403 No"),
    *("404 Not Found", "408 Timeout", "429 Too Many", "451 Law", "503 Down", "999 \x9b31m", "0 Nothing"),
)
WORDS = (
    *("0", "1", "30", "300", "9" * 5000, "1e9", "inf", "http://[", "//", "http://[::1", "gzip", "chunked", ",", "GMT"),
    *("Wed, 16 Apr 2025 09:33:00 GMT", "Fri, 31 Dec 9999 23:59:59 -1400", "Mon, 01 Jan 0001 00:00:00 +1400"),
    *("Wed, 99 Apr 2025", "\x9b31m", "ÿ" * 200, "http://moved.example\x9b31m/", "1 2 3 4 5 6 7 8 9", "-0000"),
)


def _fits(text: str) -> bool:
    return all(letter < "\u0100" and letter not in "\r\n" for letter in text)


_words = (text.replace("union.example", "moved.example") for text in (*TEXTS, *DATES, *WORDS))
"""Where a redirect leads is told; the names in the posts of others are not."""

values = st.sampled_from([*filter(_fits, _words)])
lines = st.lists(st.tuples(st.sampled_from(NAMES), values), max_size=4)
heads = lines.map(lambda some: "".join(f"{name}: {value}\r\n" for name, value in some))
BODIES = (b"[]", b"", b'{"error": "\\u0000\\u001b[31m\\u202e"}', b'{"errors": [{"message": "\\u009b\\u202e"}]}', b"<p>")
answers = st.tuples(st.sampled_from(BODIES), st.sampled_from(STATUSES), heads)
numbers = count(10**6)


@in_both_forms
@pytest.mark.parametrize("name", [f"127.0.0.1 #{TAG}", f"localhost #{TAG}", "x search x"])
def test_no_head_of_an_answer_stops_a_source(fuzz: FuzzHarness, name: str, examples: int) -> None:
    is_x = name.startswith("x ")
    path = "/2/tweets/search/recent" if is_x else f"/api/v1/timelines/tag/{TAG}"

    def test(answer: tuple[bytes, str, str]) -> None:
        fuzz.read(name, path, whole(*answer))
        fuzz.now += timedelta(days=2)
        number = next(numbers)
        good = x_listing(x_post(number << 22)) if is_x else [status(number)]
        assert fuzz.read(name, path, whole(written(good)))
        assert_plain(fuzz.printed([]))

    tried(4 * examples, answers, test)


LINES = (
    *(
        "User-agent: *",
        "User-agent: groundswell",
        "USER AGENT *",
        "Disallow: /",
        "Disallow:",
        "Allow: /api/",
        "\0",
        "\r",
    ),
    *(
        "Disallow: /" + "*" * 5000,
        "Disallow: /" + "*a" * 2000 + "$",
        "Allow: http://[",
        "Disallow: %zz%ff%",
        "a" * 5000,
    ),
    *("Crawl-delay: nan", "Crawl-delay: -1", "Crawl-delay: 1e999", "Crawl-delay: 0.01", "Crawl-delay: " + "9" * 5000),
    *("Request-rate: 1/0", "Request-rate: 0/1s", "Request-rate: 1/1s 9999-9999", "Request-rate: " + "9" * 5000 + "/1h"),
    *(
        "Visit-time: 0000-2460",
        "Sitemap: http://[",
        "Host: \u202e",
        "Clean-param: &&& /",
        "\ufeffUser-agent: *",
        ":" * 99,
    ),
)


@in_both_forms
def test_no_robots_txt_stops_more_than_it_says(fuzz_on_sqlite: FuzzHarness, examples: int) -> None:
    """Whatever it holds, a server whose robots.txt allows everything again the next day is read again."""

    def test(body: bytes) -> None:
        fuzz_on_sqlite.pages = {"/robots.txt": [whole(body, head="")]}
        address = fuzz_on_sqlite.url.replace("127.0.0.1", "localhost")
        instance = PublicInstance(address, "us", fuzz_on_sqlite.clock, fuzz_on_sqlite.work.stopping)
        (source,) = instance.sources([TAG])
        try:
            source.read(Cursor(NOW))
        except PlatformError as error:
            assert_plain(str(error))
        fuzz_on_sqlite.now += timedelta(days=2)
        assert source.read(Cursor(NOW)).posts == ()
        instance.close()

    bodies = st.lists(st.sampled_from(LINES), max_size=8).map(lambda some: "\n".join(some).encode())
    fuzz_on_sqlite.work.stopping.set()  # nobody waits between two requests
    tried(6 * examples, st.one_of(bodies, st.binary(max_size=60)), test)


PIECES = (
    *(b"event: update\n", b"event:", b"data: {}\n\n", b":thump\n", b"\n", b"\r", b"\0", b"\xff\xfe", b"id: 1\n"),
    *(b"retry: 99999999999999999999\n", "\u202edata\u2028".encode(), b"data: " + b"a" * 100_000 + b"\n", b"e", b"\nev"),
)


@in_both_forms
def test_a_stream_is_a_hint_whatever_it_says(fuzz_on_sqlite: FuzzHarness, examples: int) -> None:
    def test(told: tuple[list[bytes], str]) -> None:
        pieces, head = told
        body = b"".join(pieces)
        fuzz_on_sqlite.pages = {
            "/api/v1/streaming/hashtag": [whole(body, head=f"Content-Type: text/event-stream\r\n{head}")]
        }
        (stream, *_) = fuzz_on_sqlite.ours.streams([TAG])
        assert isinstance(stream, MastodonStream)
        signs: list[bool] = []
        with pytest.raises(PlatformError) as raised:
            signs.extend(stream.listen())
        assert_plain(str(raised.value))
        assert len(signs) <= 1 + len(body)

    tried(6 * examples, st.tuples(st.lists(st.sampled_from(PIECES), max_size=8), heads), test)


@pytest.mark.parametrize(
    "address", ["wss://[", "ws://\u202e", "wss://a\0b", "wss://127.1", "wss://[::1%25]:99999", "//"]
)
def test_a_stream_that_is_nowhere_is_not_listened_to(fuzz_on_sqlite: FuzzHarness, address: str) -> None:
    about = whole(written({"domain": "a", "configuration": {"urls": {"streaming": address}}}))
    fuzz_on_sqlite.pages = {"/api/v2/instance": [about]}
    with pytest.raises(PlatformError) as raised:
        list(fuzz_on_sqlite.ours.streams([TAG])[0].listen())
    assert_plain(str(raised.value))
