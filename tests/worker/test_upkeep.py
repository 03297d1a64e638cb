"""What a worker does for posters beside sending and reading."""

from __future__ import annotations

from pathlib import Path

from bot.worker import upkeep
from tests.harness.campaign import CampaignHarness
from tests.services.traces import taken_back


def test_every_account_is_looked_after_and_what_is_stored_expires(tmp_path: Path) -> None:
    desk = CampaignHarness(tmp_path)
    uri = desk.solidarity("ana")
    desk.approve_all()
    desk.deliver()
    desk.networks["mastodon"].edit(uri, "something else")
    desk.solidarity("eva")
    desk.read()
    desk.clock.passes(days=31)
    jobs = upkeep.jobs(lambda: desk.work)
    assert set(jobs) == {"expire", "out of reach", "recheck mastodon", "recheck x"}
    for job, _ in jobs.values():
        job()
    desk.deliver()
    assert (taken_back(desk), desk.seen()) == (1, [])
