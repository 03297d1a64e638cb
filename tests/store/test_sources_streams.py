"""What is written down of streams, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.domain.polling import KnownStream, StreamState
from bot.domain.post import Cursor
from bot.store import sources
from bot.store.store import Store

NOON = datetime(2025, 4, 16, 12, tzinfo=UTC)
OPEN = KnownStream("social.example #Tag", StreamState.OPEN, NOON, heard_at=NOON)


def test_each_stream_is_known_once_as_it_was_written_last(store: Store) -> None:
    off = replace(OPEN, source="another #Tag", state=StreamState.OFF, heard_at=None, reason="404")
    later = replace(OPEN, event_at=NOON + timedelta(minutes=1))
    for one in (OPEN, off, later):
        with store.begin() as tx:
            sources.save_stream(tx, one)
    with store.read() as tx:
        assert sources.streams(tx) == [off, later]


def test_a_reason_with_letters_that_no_database_takes_is_written_all_the_same(store: Store) -> None:
    with store.begin() as tx:
        sources.save_stream(tx, replace(OPEN, reason="a\0b"))
    with store.read() as tx:
        assert [one.reason for one in sources.streams(tx)] == ["ab"]


def test_a_reading_that_has_brought_something_shows_in_how_far_its_source_was_read(store: Store) -> None:
    with store.begin() as tx:
        assert sources.position_of(tx, "a #Tag") == ("", "")
        sources.cursor_of(tx, "a #Tag", NOON)
        before = sources.position_of(tx, "a #Tag")
        sources.save_cursor(tx, "a #Tag", Cursor(NOON, newest="7"), NOON)
        assert sources.position_of(tx, "a #Tag") != before
