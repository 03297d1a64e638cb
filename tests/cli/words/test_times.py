"""When something is, as every command says it: local time with its zone, and UTC where it could be misread."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.cli.words.remedies import with_commands
from bot.cli.words.times import show_in, time_text, times_text
from bot.errors import Remedy, at_time, to_do

NOON = datetime(2025, 4, 16, 10, 0, tzinfo=UTC)
SET_FORWARD = datetime(2025, 3, 30, 1, 0, tzinfo=UTC)

Reader = Callable[[str], None]


@pytest.fixture
def reader_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """The zone of whoever reads."""

    def go_to(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield go_to
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("campaign", "reader", "text"),
    [
        ("Europe/Berlin", "Europe/Berlin", "Wed 16 Apr 2025 12:00 CEST"),
        ("Europe/Berlin", "Europe/Paris", "Wed 16 Apr 2025 12:00 CEST"),
        ("Europe/Berlin", "UTC", "Wed 16 Apr 2025 12:00 CEST (10:00 UTC)"),
        ("Europe/Minsk", "Europe/Berlin", "Wed 16 Apr 2025 13:00 UTC+3 (10:00 UTC)"),
        ("Asia/Kolkata", "UTC", "Wed 16 Apr 2025 15:30 IST (10:00 UTC)"),
        ("Asia/Kathmandu", "UTC", "Wed 16 Apr 2025 15:45 UTC+5:45 (10:00 UTC)"),
        ("Pacific/Auckland", "UTC", "Wed 16 Apr 2025 22:00 NZST (10:00 UTC)"),
        ("UTC", "Europe/Berlin", "Wed 16 Apr 2025 10:00 UTC"),
        ("Europe/London", "Europe/London", "Wed 16 Apr 2025 11:00 BST"),
    ],
)
def test_utc_stands_beside_where_the_reader_lives_by_another_clock(
    campaign: str, reader: str, text: str, reader_in: Reader
) -> None:
    reader_in(reader)
    show_in(ZoneInfo(campaign))
    assert time_text(NOON) == text


def test_utc_stands_beside_around_a_clock_change_for_everybody(reader_in: Reader) -> None:
    reader_in("Europe/Berlin")
    show_in(ZoneInfo("Europe/Berlin"))
    hour = timedelta(hours=1)
    assert time_text(SET_FORWARD - hour, SET_FORWARD) == "01:00 CET (00:00 UTC)"
    assert time_text(SET_FORWARD, SET_FORWARD) == "03:00 CEST (01:00 UTC)"
    assert time_text(SET_FORWARD + 25 * hour, SET_FORWARD) == "Mon 31 Mar 04:00 CEST"


def test_the_utc_day_is_said_where_it_is_another(reader_in: Reader) -> None:
    reader_in("UTC")
    show_in(ZoneInfo("Europe/Berlin"))
    late = datetime(2025, 4, 15, 22, 30, 7, tzinfo=UTC)
    assert time_text(late) == "Wed 16 Apr 2025 00:30:07 CEST (Tue 15 Apr 22:30:07 UTC)"
    assert time_text(late, NOON, seconds=False) == "00:30 CEST (Tue 15 Apr 22:30 UTC)"


def test_instants_in_a_row_name_their_zone_once(reader_in: Reader) -> None:
    reader_in("Europe/Berlin")
    show_in(ZoneInfo("Europe/Berlin"))
    looks = [NOON + timedelta(seconds=10 * place) for place in range(3)]
    assert times_text(looks, NOON) == "12:00, 12:00:10, 12:00:20 CEST"
    reader_in("UTC")
    assert times_text(looks, NOON) == "12:00, 12:00:10, 12:00:20 CEST (10:00:20 UTC)"


def test_an_instant_in_a_kept_text_is_said_in_the_readers_terms(reader_in: Reader) -> None:
    reader_in("UTC")
    show_in(ZoneInfo("Europe/Berlin"))
    kept = f"Wait until {at_time(NOON)}, then: {to_do(Remedy.RETRY, 7)}"
    assert with_commands(kept) == "Wait until Wed 16 Apr 2025 12:00 CEST (10:00 UTC), then: bot retry 7"
    for foreign in ("‹at:2025-13-99T00:00:00Z›", "‹at:0001-01-01T00:00:00Z›", "‹at:now›"):
        assert with_commands(foreign) == foreign
