"""The swell on top of every page counts our posts by day, and on the day of action by hour."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain.delivery import State
from bot.services import band
from tests.harness.campaign import CampaignHarness, draft
from tests.harness.rehearsal_networks import START

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_the_swell_counts_what_is_out_and_what_is_to_come_of_each_day(harness: CampaignHarness) -> None:
    campaign = replace(harness.work.config.campaign, day_of_action=(START + DAY).date())
    harness.work = replace(harness.work, config=replace(harness.work.config, campaign=campaign))
    dues = (-90 * DAY, -DAY, -DAY + HOUR, DAY, DAY + HOUR, 3 * DAY)
    ids = harness.plan(*(draft(parts=(f"Text {number}",), due=due) for number, due in enumerate(dues))).ids
    harness.force(ids[1], state=State.SENT, sent_at=START)
    harness.force(ids[4], state=State.CANCELLED)
    by_day = band.read_swell(harness.work, START)
    assert (len(by_day.bars), by_day.is_by_hour) == (21, False), "from its last post back, three weeks at the least"
    counted = {(bar.begin.date() - START.date()).days: (bar.total, bar.out) for bar in by_day.bars if bar.total}
    assert counted == {-1: (2, 1), 1: (1, 0), 3: (1, 0)}
    by_hour = band.read_swell(harness.work, START + DAY)
    assert by_hour.is_by_hour
    assert [(bar.begin - START, bar.total) for bar in by_hour.bars if bar.total] == [(DAY, 1)]
