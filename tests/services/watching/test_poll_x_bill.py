"""A day of watching X: nothing is missed, and X's own bill says what it cost."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.money import micro
from bot.domain.post import MediaKind
from tests.harness.stores import store_pool
from tests.harness.x_day import XDay
from tests.servers.x.handle import XSimulator

MANY, SELDOM = 40, timedelta(minutes=14)
OF_USE = {"video", "both", "mention"}


@pytest.mark.parametrize("once_a_day", [False, pytest.param(True, marks=pytest.mark.long)])
def test_each_post_of_use_is_seen_and_billed_exactly_once_and_no_other_at_all(
    x_process: XSimulator, tmp_path: Path, once_a_day: bool
) -> None:
    books = store_pool()
    books.clear()
    with closing(XDay(x_process, tmp_path, books.take(), MANY, SELDOM, reads_once_a_day=once_a_day)) as day:
        day.play()
        _holds(day)
        assert x_process.ledger()["violations"] == []


def _holds(day: XDay) -> None:
    assert Counter(day.posts.values()) == {"video": 12, "noise": 16, "both": 4, "own": 4, "mention": 4}
    assert day.billed() == dict.fromkeys(day.of(*OF_USE), 1)
    found = day.found()
    assert {one.post.native_id for one in found} == day.of(*OF_USE)
    shown = {one.post.native_id for one in found if {MediaKind.VIDEO, MediaKind.VIDEO_LINK} & set(one.post.kinds)}
    assert shown == day.of("video", "both")
    billed = len(day.of(*OF_USE)) * micro(0.005) + micro(0.010)
    assert day.reckoned() == billed
    assert day.x.ledger()["spent"] * 1_000_000 == pytest.approx(billed)
