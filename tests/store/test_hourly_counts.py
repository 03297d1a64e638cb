"""Hours keep how many posts there were and what became of them, whatever is decided, and once they are gone."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select

from bot.domain.moderation import Judgement, Verdict
from bot.domain.post import Author, MediaKind, SeenPost
from bot.domain.sighting import DECIDABLE, Seen, Sighting, SightingState
from bot.store import hourly_counts, retention, sightings
from bot.store import schema as t
from bot.store.engine import answer
from bot.store.store import Store
from tests.harness.stored_sightings import put_in
from tests.store.hourly_rows import hourly_rows

NINE = datetime(2025, 4, 16, 9, tzinfo=UTC)
SEEN_AT = NINE + timedelta(hours=3, minutes=7)
HOLD = Judgement(Verdict.HOLD, (), ("a small account",))
REJECT = Judgement(Verdict.REJECT, ())


def seen(number: int, *tags: str, language: str = "be", posted: timedelta = timedelta(0)) -> Seen:
    uri = f"https://one.example/{number}"
    kinds = (MediaKind.VIDEO, MediaKind.IMAGE)
    author = Author("@ana@one.example", "1")
    post = SeenPost("mastodon", uri, uri, "1", author, "Text", NINE + posted, language=language, kinds=kinds)
    return Seen(post, tags, HOLD)


def ingested(tx: Connection, *posts: Seen) -> list[Sighting]:
    return put_in(tx, posts, "a source", SEEN_AT)


def outcomes(tx: Connection, *, tag: str | None = None) -> Counter[str]:
    rows = hourly_rows(tx, of_tags=tag is not None)
    return Counter({row.outcome: row.posts for row in rows if tag is None or row.tag == tag})


def test_a_post_counts_in_the_hour_it_was_posted_in_and_under_each_of_its_tags(store: Store) -> None:
    with store.begin() as tx:
        ingested(
            tx,
            seen(1, "one", "two", posted=timedelta(minutes=59)),
            seen(2, "two", language="de", posted=timedelta(hours=1)),
            seen(3, posted=timedelta(days=9)),
        )
        end = NINE + timedelta(days=1)
        assert answer(tx, hourly_counts.hours_question(NINE, end)) == {
            NINE + timedelta(hours=hours): 1 for hours in (0, 1, 3)
        }
        assert answer(tx, hourly_counts.hours_question(NINE + timedelta(hours=1), NINE + timedelta(hours=2))) == {
            NINE + timedelta(hours=1): 1
        }
        assert [(row.language, row.kind, row.tag, row.posts) for row in hourly_rows(tx)] == [
            ("be", "video+image", "", 1),
            ("de", "video+image", "", 1),
            ("be", "video+image", "", 1),
        ]
        assert Counter(row.tag for row in hourly_rows(tx, of_tags=True)) == {"one": 1, "two": 2}


def test_a_post_counts_as_what_became_of_it(store: Store) -> None:
    with store.begin() as tx:
        first, second = ingested(tx, seen(1, "one"), seen(2, "one"))
        assert outcomes(tx) == outcomes(tx, tag="one") == {"held": 2}
        assert sightings.decide(tx, first.id, DECIDABLE, SightingState.REJECTED, REJECT, SEEN_AT, "Ana")
        assert outcomes(tx) == outcomes(tx, tag="one") == {"held": 1, "rejected": 1}
        assert not sightings.decide(tx, first.id, [SightingState.HELD], SightingState.GONE, REJECT, SEEN_AT)
        sightings.put_back(tx, first)
        assert outcomes(tx) == {"held": 2}
        retention.remove(tx, [first.id], str)
        assert outcomes(tx) == {"held": 2}, "figures outlive the post"
        retention.remove(tx, [second.id], str, "forgotten")
        assert outcomes(tx) == outcomes(tx, tag="one") == {"held": 1, "forgotten": 1}
        assert answer(tx, hourly_counts.hours_question(NINE, NINE + timedelta(hours=1))) == {NINE: 2}


def test_what_is_learnt_later_of_a_post_is_counted_instead(store: Store) -> None:
    with store.begin() as tx:
        (sighting,) = ingested(tx, seen(1, "one"))
        sightings.refresh(tx, sighting.id, replace(sighting.post, language="ru"))
        (row,) = hourly_rows(tx)
        assert (row.language, row.posts) == ("ru", 1)
        again = seen(1, "one", "two", "two")
        assert put_in(tx, [again], "another source", SEEN_AT) == []
        assert outcomes(tx, tag="two") == outcomes(tx, tag="one") == {"held": 1}


def test_what_needs_care_stands_in_a_column_of_its_own(store: Store) -> None:
    with store.begin() as tx:
        (sighting,) = ingested(tx, seen(1))
        assert tx.execute(select(t.sighting.c.needs_care)).scalar() is True
        sightings.hold_for_care(tx, sighting.id, ())
        assert tx.execute(select(t.sighting.c.needs_care)).scalar() is False
        sightings.put_back(tx, sighting)
        assert tx.execute(select(t.sighting.c.needs_care)).scalar() is True
