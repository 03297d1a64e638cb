"""Nothing that a post holds takes longer than its length: ten times as much takes about ten times as long."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from functools import partial

from bot.domain import fingerprint
from bot.domain.campaign import ModerationRules
from bot.domain.moderation import ModerationContext, judge, opted_out
from bot.domain.stop_phrases import USUAL_WORDS
from bot.domain.stop_requests import hear
from bot.domain.text import composed, normalised, tracked, words
from bot.platforms.html_text import plain_text
from bot.platforms.http_client import repaired
from bot.platforms.mastodon.entities import list_in, status_in
from bot.platforms.mastodon.parse import seen_post
from bot.platforms.web.robots import Fetched, Robots
from bot.services.watching.language import language_of
from bot.text_display import printable
from tests.fuzz.fuzz_harness import NOW
from tests.fuzz.hostile import written
from tests.fuzz.samples import status
from tests.harness.mastodon_statuses import TAG
from tests.harness.table import each_of

TIMES = 4
MOST = 12
"""How often longer four times as much may take; what grows by the square takes sixteen times."""

SHORT = 0.005
"""Seconds; what takes less is not measured well enough to say anything, and stalls nobody."""

PHRASES = [phrase for phrases in USUAL_WORDS.values() for phrase in phrases]
FILLINGS = {
    "letters": "слово ",
    "signs": "<",
    "open tags": "<a ",
    "quotes": "<a \"'",
    "ends": '<a "' + ">",
    "links": '<a href="https://x.example/">',
    "unended": " href='",
    "named letters": "&aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "numbered letters": "&#9",
    "blocks": "</p><br>",
    "hashtags": "#",
    "mentions": "@a.",
    "addresses": "https://a",
    "brackets": "https://x.example/)))",
    "marks": "\u0315\u0300",
    "long ligatures": "ﷺ",
    "half letters": "\\ud83d",
    "sentences": "stop. ",
}
READERS: dict[str, Callable[[str], object]] = {
    "plain text": plain_text,
    "normal form": normalised,
    "compatible form": lambda text: composed(text, "NFKC"),
    "words": words,
    "language": language_of,
    "stop": lambda text: hear(text, PHRASES),
    "opting out": opted_out,
    "hashtag": lambda text: tracked([text], [TAG]),
    "shown": printable,
    "mended": lambda text: repaired(text.encode()),
}


def seconds(task: Callable[[], object]) -> float:
    """What a task takes, of three tries the best, or the first that is short: other work on the machine shows in it."""
    taken: list[float] = []
    gc.disable()
    while len(taken) < 3 and min(taken, default=SHORT) >= SHORT:
        begin = time.process_time()
        task()
        taken.append(time.process_time() - begin)
    gc.enable()
    return min(taken)


def assert_about_linear(task: Callable[[int], Callable[[], object]], size: int) -> None:
    longer = seconds(task(size * TIMES))
    assert longer < SHORT or longer < MOST * max(seconds(task(size)), SHORT / TIMES)


@each_of("filling", FILLINGS)
def test_reading_a_text_takes_as_long_as_the_text(filling: str) -> None:
    piece = FILLINGS[filling]
    for reader in READERS.values():
        assert_about_linear(partial(_reading, reader, piece), 4_000)


def _reading(reader: Callable[[str], object], piece: str, size: int) -> Callable[[], object]:
    return partial(reader, "a" + piece * (size // len(piece)))


def _one(**fields: object) -> bytes:
    return b"[" + written(status(1) | fields) + b"]"


def _by(**fields: object) -> bytes:
    return _one(account=status(1)["account"] | fields)


DOCUMENTS: dict[str, Callable[[int], bytes]] = {
    "hashtags": lambda size: _one(tags=[{"name": f"й{number}"} for number in range(size)]),
    "one long hashtag": lambda size: _one(tags=[{"name": "й" * size}]),
    "files": lambda size: _one(media_attachments=status(1)["media_attachments"] * (size // 10)),
    "mentions": lambda size: _one(mentions=[{"acct": "a"}] * (size // 10)),
    "fields": lambda size: _by(fields=[{"name": "a", "value": "<b>#"}] * (size // 10)),
    "biography": lambda size: _by(note="<p>#no" * size),
    "preview": lambda size: _one(card={"url": "https://" * size}),
    "text": lambda size: _one(content="<p>слово &amp; " * size),
    "warning": lambda size: _one(spoiler_text="слово \u0301" * size),
    "address": lambda size: _one(uri="https://x.example/" + "a" * size),
}


@each_of("document", DOCUMENTS)
def test_judging_a_post_takes_as_long_as_the_post(document: str) -> None:
    house = ModerationContext(ModerationRules((), ()), now=NOW)

    def judged(body: bytes) -> None:
        for raw in list_in(body) or ():
            found = status_in(raw)
            post = seen_post(found, "a.example") if found else None
            if post:
                judge(post, house)
                assert fingerprint.of(post)

    def task(size: int) -> Callable[[], object]:
        body = DOCUMENTS[document](size)
        return lambda: judged(body)

    assert_about_linear(task, 4_000)


def test_a_robots_txt_of_half_a_megabyte_is_read_in_time() -> None:
    def task(size: int) -> Callable[[], object]:
        body = b"User-agent: *\n" + b"Disallow: /*a*b*c$\n" * size
        return lambda: Robots(lambda: Fetched(200, body), lambda: NOW).refusal("/api/v1/timelines/tag/abcabcabc")

    assert_about_linear(task, 500)
