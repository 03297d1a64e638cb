"""The calendar counts each day of the campaign's zone, and shows one day with all its posts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.delivery import State
from bot.services import agenda
from bot.services.agenda import DayScore
from bot.services.today import Dot
from tests.harness.campaign import CampaignHarness, draft
from tests.harness.rehearsal_networks import START

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def test_days_are_those_of_the_campaigns_zone_and_tell_each_message(harness: CampaignHarness) -> None:
    today = START.date()
    report = harness.plan(
        draft("before", parts=("The day before.",), due=-DAY),
        *(draft(account=account, due=HOUR, waiting_for="live") for account in ("mastodon", "x")),
        draft(language="de", parts=("Frei!",), due=2 * HOUR),
        draft("after", parts=("The day after.",), due=DAY),
    )
    harness.force(report.ids[0], state=State.SENT, sent_at=START)
    harness.force(report.ids[-1], state=State.CANCELLED)
    calendar = agenda.read(harness.work, today - DAY, today + 2 * DAY)
    assert [(day.day - today, day.days, day.is_today, day.count) for day in calendar.days] == [
        (-DAY, -1, False, 1),
        (0 * DAY, 0, True, 3),
        (DAY, 1, False, 0),
        (2 * DAY, 2, False, 0),
    ]
    before, now, after, _ = calendar.days
    assert (before.posts, after.posts, after.messages) == ({Dot.OUT: 1}, {Dot.CANCELLED: 1}, ())
    (call,) = now.messages
    assert (call.message, call.at, call.last_at) == ("call", START + HOUR, START + 2 * HOUR)
    assert [(each.language, [dot.dot for dot in each.dots]) for each in call.languages] == [
        ("en", [Dot.DUE, Dot.DUE]),
        ("de", [Dot.DUE]),
    ]
    assert (now.waits, calendar.first_due, calendar.last_due) == (2, START - DAY, START + DAY)
    filtered = agenda.read(harness.work, today, today, account="mastodon", language="en")
    assert filtered.days[0].count == 1
    assert agenda.read(harness.work, today, today, states=[State.SENT]).days[0].count == 0
    (counted,) = agenda.read(harness.work, today, today, first_messages=0).days
    assert (counted.messages, counted.posts, counted.waits) == ((), now.posts, now.waits)
    assert len(agenda.read(harness.work, today, today + 999 * DAY).days) == agenda.LONGEST


def test_a_day_in_which_the_clock_is_set_forward_is_an_hour_shorter(harness: CampaignHarness) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    campaign = replace(harness.work.config.campaign, timezone=berlin)
    harness.work = replace(harness.work, config=replace(harness.work.config, campaign=campaign))
    instants = [
        datetime(2025, 3, day, hour, minute, tzinfo=UTC)
        for day, hour, minute in ((29, 22, 59), (29, 23, 0), (30, 21, 59), (30, 22, 0))
    ]
    harness.plan(*(draft(parts=(f"Text {number}",), due=at - START) for number, at in enumerate(instants)))
    days = agenda.read(harness.work, date(2025, 3, 29), date(2025, 3, 31)).days
    assert [day.count for day in days] == [1, 2, 1]


def _score(harness: CampaignHarness, day: date, account: str = "") -> DayScore:
    (shown,) = agenda.read(harness.work, day, day, account=account).days
    return agenda.read_day(harness.work, shown, account=account)


def test_a_day_says_what_is_crowded_and_where_there_is_room(harness: CampaignHarness) -> None:
    report = harness.plan(
        *(draft(parts=(f"Text {minutes}",), due=minutes * MINUTE) for minutes in (10, 14, 19, 90)),
        draft(account="x", parts=("On X",), due=11 * MINUTE),
    )
    first, second, third, last, _ = report.ids
    score = _score(harness, START.date())
    assert [row.due_at - START for row in score.posts] == [minutes * MINUTE for minutes in (10, 11, 14, 19, 90)]
    assert [(before.id, after.id) for before, after in score.crowded] == [(first, second)]
    assert score.widest_gap is not None
    assert (score.widest_gap.begin - START, score.widest_gap.end - START) == (19 * MINUTE, 90 * MINUTE)
    assert (score.day.count, score.is_cut) == (5, False)
    harness.force(first, state=State.SENT)
    assert _score(harness, START.date()).crowded == ()
    harness.force(last, state=State.CANCELLED)
    assert third in [row.id for row in _score(harness, START.date(), account="mastodon").posts]
    assert _score(harness, START.date() + DAY).widest_gap is None


def test_where_all_go_at_once_there_is_no_gap(harness: CampaignHarness) -> None:
    harness.plan(*(draft(account=account, due=HOUR) for account in ("mastodon", "x")))
    assert _score(harness, START.date()).widest_gap is None
