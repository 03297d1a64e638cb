"""What a robots.txt says is done, and a missing or broken one is taken as RFC 9309 says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.platforms.web.robots import KEPT, LONGEST_DISTANCE, LONGEST_WAIT, Fetched, Robots
from tests.harness.table import each_of

NOW = datetime(2025, 4, 16, 9, 0, tzinfo=UTC)
API = "/api/v1/timelines/tag/FreeBelarusUnionists"


class Site:
    """A site's answers to the question for robots.txt, and the time it is."""

    def __init__(self, *answers: Fetched) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.now = NOW
        self.robots = Robots(self._fetch, lambda: self.now)

    def _fetch(self) -> Fetched:
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def allows(self, path: str = API) -> bool:
        return self.robots.refusal(path) is None


def told(text: str) -> Fetched:
    return Fetched(200, text.encode())


@each_of(
    ("text", "allowed"),
    [
        ("", True),
        ("User-agent: *\nDisallow: /media_proxy/\nDisallow: /interact/", True),
        ("User-agent: *\nDisallow: /", False),
        ("User-agent: *\nDisallow: /api/", False),
        ("User-agent: GPTBot\nDisallow: /", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: groundswell\nAllow: /", True),
        ("User-agent: Groundswell\nDisallow: /\n\nUser-agent: *\nAllow: /", False),
        ("User-agent: *\nDisallow: /\nAllow: /api/v1/timelines/", True),
        ("User-agent: *\nDisallow: /*/timelines", False),
        ("User-agent: GPTBot\nUser-agent: *\nDisallow: /", False),
        ("User-agent: *\nDisallow: /none\n\nUser-agent: GPTBot\nDisallow: /", True),
        ("useragent : GroundSwell/2.0 # us\nDisallow: /", False),
        ("User-agent: Ground\nDisallow: /", True),
        ("User-agent: Groundswell-Two\nDisallow: /", True),
        ("User-agent:\nDisallow: /", True),
        ("<!doctype html><title>Not a robots.txt</title>", True),
        ("\x00\ufffd" * 100, True),
    ],
)
def test_what_it_asks_of_us_is_done(text: str, allowed: bool) -> None:
    assert Site(told(text)).allows() is allowed


def test_a_hostile_one_costs_little() -> None:
    agents = "".join(f"User-agent: a{number}\n" for number in range(10_000))
    stars = "".join(f"Disallow: /{'*a' * 20}{number}\n" for number in range(3_000))
    assert Site(told(f"{agents}{stars}User-agent: *\n{stars}")).allows()


@each_of("status", [400, 401, 403, 404, 410, 451])
def test_where_there_is_none_everything_may_be_read(status: int) -> None:
    assert Site(Fetched(status)).allows()


@each_of("broken", [Fetched(500), Fetched(503), Fetched(429), Fetched(0, why="connection refused")])
def test_where_it_cannot_be_read_nothing_is_read_for_now(broken: Fetched) -> None:
    site = Site(broken)
    waits: list[timedelta] = []
    for _ in range(9):
        refusal = site.robots.refusal(API)
        assert refusal is not None
        waits.append(refusal.until - site.now)
        assert site.robots.refusal(API) is not None
        site.now = refusal.until
    assert site.asked == 9
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT


def test_it_is_asked_for_once_a_day() -> None:
    site = Site(told(""), told("User-agent: *\nDisallow: /"))
    assert site.allows()
    site.now += KEPT - timedelta(seconds=1)
    assert site.allows()
    assert site.asked == 1
    site.now += timedelta(seconds=1)
    assert not site.allows()
    assert site.asked == 2


def test_what_was_known_counts_while_it_cannot_be_read() -> None:
    site = Site(told("User-agent: *\nDisallow: /private"), Fetched(503))
    assert site.allows()
    site.now += KEPT
    assert site.allows()
    assert not site.allows("/private")


@each_of(
    ("text", "seconds"),
    [
        ("User-agent: *\nDisallow:", 0),
        ("User-agent: *\nCrawl-delay: 10", 10),
        ("User-agent: *\nRequest-rate: 1/30", 30),
        ("User-agent: other\nCrawl-delay: 10", 0),
        ("User-agent: *\nCrawl-delay: 1e9", LONGEST_DISTANCE),
        ("User-agent: *\nCrawl-delay: inf", 0),
        ("User-agent: *\nCrawl-delay: -5", 0),
        ("User-agent: *\nCrawl-delay: soon", 0),
    ],
)
def test_the_distance_it_wants_is_kept_within_reason(text: str, seconds: float) -> None:
    site = Site(told(text))
    site.allows()
    assert site.robots.distance == pytest.approx(seconds)
