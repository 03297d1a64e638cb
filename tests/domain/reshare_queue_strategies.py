"""Any pace, any time, and anybody who waits for a turn."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import strategies as st

from bot.domain.campaign import PaceRules, QuietHours
from bot.domain.reshare_queue import Candidate, Pace, PastReshare

NOW = datetime(2025, 4, 16, 8, tzinfo=UTC)
AUTHORS = ["ana", "eva", "ion", "kim"]
LANGUAGES = ["en", "be", "de", ""]
COUNTRIES = ["", "DE", "FR"]
TAGS = ["One", "Two", "Three"]

instants = st.one_of(
    st.integers(0, 3 * 365 * 24 * 60).map(
        lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    st.integers(0, 3000).map(lambda minutes: datetime(2025, 3, 29, tzinfo=UTC) + timedelta(minutes=minutes)),
    st.integers(0, 3000).map(lambda minutes: datetime(2025, 10, 25, tzinfo=UTC) + timedelta(minutes=minutes)),
)
"""Any time, and often one around which clocks are set forward or back."""

zones = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
times = st.times().map(lambda one: one.replace(second=0, microsecond=0))
quiet_hours = st.builds(QuietHours, times, times).filter(lambda one: one.start != one.end)
usual_rules = st.builds(
    PaceRules,
    min_gap=st.integers(0, 90).map(lambda n: timedelta(minutes=n)),
    per_hour=st.integers(1, 6),
    per_day=st.integers(1, 20),
    quiet_hours=st.none() | quiet_hours,
    same_author_gap=st.integers(0, 48).map(lambda n: timedelta(hours=n)),
)
tags = st.lists(st.sampled_from(TAGS), max_size=2, unique=True).map(tuple)


@st.composite
def paces(draw: st.DrawFn, now: datetime) -> Pace:
    """Often with a day of action nearby that has rules of its own."""
    bursting = st.builds(lambda usual, burst: replace(usual, burst=burst), usual_rules, usual_rules)
    rules = draw(bursting | usual_rules)
    zone = draw(zones)
    away = draw(st.integers(-2, 3))
    return Pace(rules, zone, now.astimezone(zone).date() + timedelta(days=away))


someone = st.tuples(st.sampled_from(AUTHORS), st.sampled_from(LANGUAGES), tags, st.sampled_from(COUNTRIES))


@st.composite
def candidates(draw: st.DrawFn) -> list[Candidate]:
    """Up to a dozen who wait, approved at any time before `NOW`."""
    drawn = draw(st.lists(st.tuples(someone, st.integers(0, 500)), max_size=12))
    return [
        Candidate(key, author, language, own, NOW - timedelta(minutes=ago), country)
        for key, ((author, language, own, country), ago) in enumerate(drawn)
    ]


@st.composite
def histories(draw: st.DrawFn, now: datetime) -> list[PastReshare]:
    """What went out before, by whatever pace there was then; a clock that was set back makes some of it future."""
    ago = st.integers(-180, 3 * 24 * 60).map(lambda n: timedelta(minutes=n))
    drawn = draw(st.lists(st.tuples(ago, someone), max_size=8))
    return [PastReshare(now - when, author, language, own, country) for when, (author, language, own, country) in drawn]
