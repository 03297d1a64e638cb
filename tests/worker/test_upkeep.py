"""What a worker does for posters beside sending and reading."""

from __future__ import annotations

from pathlib import Path

from bot.worker import upkeep
from tests.harness.campaign import CampaignHarness
from tests.services.traces import taken_back


def test_every_account_is_looked_after_and_what_is_stored_expires(tmp_path: Path) -> None:
    harness = CampaignHarness(tmp_path)
    uri = harness.solidarity("ana")
    harness.approve_all()
    harness.deliver()
    harness.networks["mastodon"].edit(uri, "something else")
    harness.solidarity("eva")
    harness.read()
    harness.clock.passes(days=31)
    jobs = upkeep.jobs(lambda: harness.work)
    assert set(jobs) == {"expire", "out of reach", "recheck mastodon", "recheck x"}
    for job, _ in jobs.values():
        job()
    harness.deliver()
    assert (taken_back(harness), harness.seen()) == (1, [])
