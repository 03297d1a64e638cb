"""Fetching several posts one by one: what one of them ails is not held against the others."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.domain.post import Author, SeenPost
from bot.errors import Outcome, PlatformError
from bot.platforms.base import ENOUGH, fetch_each

AWAY = PlatformError("the server of this post does not answer", Outcome.NOT_SENT, unreachable=True)
CLOSED = PlatformError("the account is closed", Outcome.REJECTED, closes_account=True)


class Posts:
    """Gives what it is told to, in this order."""

    def __init__(self, *outcomes: str | PlatformError) -> None:
        self._outcomes = list(outcomes)

    def fetch(self, uri: str) -> SeenPost | None:
        outcome = self._outcomes.pop(0)
        if isinstance(outcome, PlatformError):
            raise outcome
        author = Author("@a@b.example", "1")
        return SeenPost("mastodon", uri, uri, "1", author, "text", datetime.now(UTC)) if outcome == "there" else None


def test_one_that_cannot_be_read_is_left_out() -> None:
    found = fetch_each(Posts(AWAY, "there", AWAY, "gone").fetch, ["a", "b", "c", "d"])
    assert {uri: post is not None for uri, post in found.items()} == {"b": True, "d": False}


def test_a_server_that_never_answers_is_left_alone() -> None:
    found = fetch_each(Posts("gone", *[AWAY] * ENOUGH).fetch, list("abcdefgh"))
    assert found == {"a": None}
    with pytest.raises(PlatformError, match="does not answer"):
        fetch_each(Posts(*[AWAY] * ENOUGH).fetch, list("abcdefgh"))


def test_an_account_that_is_closed_asks_nothing_more() -> None:
    with pytest.raises(PlatformError, match="closed"):
        fetch_each(Posts(CLOSED).fetch, list("abc"))


def test_nothing_asked_is_nothing_known() -> None:
    assert fetch_each(Posts().fetch, []) == {}
