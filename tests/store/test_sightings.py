"""What sightings are known by is found by value and by time, on both databases."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text, update

from bot.domain.moderation import Judgement, Verdict
from bot.domain.post import Author, SeenPost
from bot.domain.sighting import Seen, SightingState
from bot.store import authors, engine, lanes, retention, sightings
from bot.store import schema as t
from bot.store.store import Store
from tests.harness.stored_sightings import put_in

NOW = datetime(2025, 4, 16, 9, tzinfo=UTC)
HOLD = Judgement(Verdict.HOLD, ())


def seen_at(tx: Connection, hours: int, *known_by: str, same_as: int = 0) -> int:
    """A sighting of so many hours after `NOW`; gives its number."""
    uri = f"https://one.example/{hours}"
    post = SeenPost("mastodon", uri, uri, "1", Author("@ana@one.example", "1"), f"Text {hours}", NOW, videos=("v:1",))
    (made,) = put_in(tx, [Seen(post, (), HOLD, same_as=same_as)], "a source", NOW + timedelta(hours=hours))
    sightings.add_fingerprints(tx, [(value, made.id) for value in known_by])
    return made.id


def test_sightings_are_found_by_what_they_are_known_by(store: Store) -> None:
    with store.begin() as tx:
        first, second, third = (seen_at(tx, hours, "youtube:1", f"name:{hours}") for hours in range(3))
        assert sightings.sightings_known_by(tx, ({"youtube:1", "unknown"}, 0), ({"name:1"}, 0), (set(), 0)) == {
            "youtube:1": [first, second, third],
            "name:1": [second],
        }
        since = sightings.first_since(tx, *(NOW + timedelta(hours=hours) for hours in (1, 3)))
        assert since[0] == second
        assert sightings.sightings_known_by(tx, ({"youtube:1"}, since[0])) == {"youtube:1": [second, third]}
        assert sightings.sightings_known_by(tx, ({"youtube:1"}, since[1])) == {}
        sightings.drop_fingerprints(tx, {("youtube:1", first)})
        assert sightings.sightings_known_by(tx, ({"youtube:1", "name:0"}, 0)) == {
            "youtube:1": [second, third],
            "name:0": [first],
        }


def test_of_a_page_that_was_seen_at_once_the_first_is_found_whatever_was_decided_of_it(store: Store) -> None:
    """PostgreSQL writes a changed row behind the others: of those with one instant it would come last."""
    posts = [
        SeenPost("mastodon", uri, uri, "1", Author("@ana@one.example", "1"), "Text", NOW)
        for uri in (f"https://one.example/{number}" for number in range(3))
    ]
    with store.begin() as tx:
        first, *_ = put_in(tx, [Seen(post, (), HOLD) for post in posts], "a source", NOW)
    with store.begin() as tx:
        tx.execute(update(t.sighting).where(t.sighting.c.id == first.id).values(state=SightingState.APPROVED))
        assert sightings.first_since(tx, NOW, NOW - timedelta(days=1)) == [first.id, first.id]


def test_a_group_is_the_first_of_those_that_show_the_same(store: Store) -> None:
    with store.begin() as tx:
        first = seen_at(tx, 0)
        second = seen_at(tx, 1, same_as=first)
        alone = seen_at(tx, 2)
        ana = "mastodon", "@ana@one.example"
        expected = {first: (*ana, first), second: (*ana, first), alone: (*ana, alone)}
        assert sightings.authors_and_groups(tx, {first, second, alone}) == expected
        assert sightings.authors_and_groups(tx, set()) == {}
        found = sightings.post_features(tx, {second})[second]
        assert (found.platform, found.author, found.text, found.videos) == (*ana, "Text 1", ("v:1",))
        assert found.created_at == NOW
        among = sightings.stored_among(tx, ["https://one.example/1", "https://one.example/9"])
        assert set(among) == {"https://one.example/1"}


def test_one_post_that_was_purged_is_known_of(store: Store) -> None:
    with store.begin() as tx:
        assert not sightings.is_any_gone(tx)
        retention.remember(tx, ["a post"])
        assert sightings.is_any_gone(tx)
        assert sightings.gone_among(tx, {"an author"}, {"a post", "another"}) == {"a post"}


def test_one_author_who_is_forgotten_is_known_of(store: Store) -> None:
    with store.begin() as tx:
        authors.forget_author(tx, ["an author"])
        assert sightings.is_any_gone(tx)
        assert sightings.gone_among(tx, {"an author"}, {"a post"}) == {"an author"}


def test_what_is_looked_for_may_have_any_letters(store: Store) -> None:
    odd = {'"', "\\", '\\"', ",", "{", "}", "{}", "NULL", "", " ", "\n", "'", "%s", "ў", "🍕"}
    with store.begin() as tx:
        authors.forget_author(tx, sorted(odd))
        assert sightings.forgotten_among(tx, odd | {"null", "n"}) == odd


KEYS = {"keys": ["a", "b"], "post_keys": ["a"]}
LOOKUPS: tuple[tuple[Any, dict[str, Any]], ...] = (
    (sightings._KNOWN, {"uris": ["a", "b"]}),
    (sightings._WHO, {"ids": [1, 2]}),
    (sightings._POSTS, {"ids": [1, 2]}),
    (sightings._GONE, KEYS),
    (sightings._ASKING, KEYS),
    (sightings._firsts(2), {"since_0": NOW, "since_1": NOW}),
    (sightings._known_by(2), {"values_0": ["a"], "from_0": 5, "values_1": ["b"], "from_1": 7}),
    (lanes._needs(2), {"now": NOW, "due_by": NOW, "overdue": NOW, "account_0": "a", "account_1": "b"}),
)
"""What is asked for every page, and every second, with some values."""


@pytest.mark.parametrize("number", range(len(LOOKUPS)))
def test_no_lookup_reads_more_than_it_finds(store: Store, number: int) -> None:
    """A million sightings must not make the next one slower."""
    statement, values = LOOKUPS[number]
    with store.begin() as tx:
        if tx.dialect.name == "postgresql":
            tx.execute(text("SET LOCAL enable_seqscan = off"))  # it reads a small table whole, whatever there is
        explained = "EXPLAIN QUERY PLAN" if tx.dialect.name == "sqlite" else "EXPLAIN"
        prepared, cursor = engine._prepared(tx.dialect, statement), tx.connection.cursor()
        cursor.execute(f"{explained} {prepared.statement}", prepared.parameters(values))
        plan = "\n".join(str(row) for row in cursor.fetchall())
    assert "Seq Scan" not in plan, plan
    assert re.search(r"SCAN (?!json_each|CONSTANT|each_account|edit)", plan) is None, plan
