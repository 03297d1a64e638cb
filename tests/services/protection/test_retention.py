"""What is stored of posters expires by itself; figures stay, and nobody is in them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.cli.words.events import event_text
from bot.domain.campaign import MonitorRules, RetentionRules
from bot.domain.delivery import State
from bot.services import decisions, report
from bot.services.database import backup as database_backup
from bot.services.protection import forget, retention
from bot.services.sending import undo
from bot.store import deliveries, sightings
from bot.store.store import Store, sqlite_url
from tests.harness.campaign import CampaignHarness, config
from tests.services.traces import everything_stored, taken_back

ANA = "@ana@elsewhere.example"


def purge(harness: CampaignHarness, days: float, undecided_days: float) -> int:
    return retention.purge(harness.work, timedelta(days=days), timedelta(days=undecided_days), "ben")


def figures(harness: CampaignHarness) -> dict[str, dict[str, int]]:
    return report.report(harness.work)


def test_what_was_decided_goes_after_its_days_and_what_is_waited_for_stays(harness: CampaignHarness) -> None:
    harness.approved("sent")
    harness.deliver()
    harness.solidarity("held")
    harness.read()
    harness.clock.passes(days=31)
    assert purge(harness, 30, 90) == 1
    assert [seen.post.author.handle for seen in harness.seen()] == ["@held@elsewhere.example"]
    harness.clock.passes(days=60)
    assert purge(harness, 30, 90) == 1
    assert harness.seen() == []


def test_a_worker_lets_them_go_by_the_rules_of_the_campaign(harness: CampaignHarness) -> None:
    rules = RetentionRules(decided=timedelta(days=2), undecided=timedelta(days=5))
    harness.work = harness.worker(config(retention=rules))
    harness.approved()
    harness.deliver()
    harness.solidarity("eva")
    harness.read()
    expired = []
    for _ in range(6):
        harness.clock.passes(days=1)
        expired.append(retention.expire(harness.work))
    assert expired == [0, 1, 0, 0, 1, 0]


def test_an_approved_post_is_not_purged_before_its_turn(harness: CampaignHarness) -> None:
    harness.approved()
    decisions.hold(harness.work, harness.one().id, "ben")
    harness.clock.passes(days=200)
    assert purge(harness, 30, 90) == 0


def test_of_a_reshare_that_is_out_only_what_it_takes_to_take_it_back_stays(harness: CampaignHarness) -> None:
    uri = harness.approved()
    harness.deliver()
    harness.clock.passes(days=8)
    assert retention.expire(harness.work) == 1
    assert harness.one().post_uri == uri
    assert "elsewhere" not in everything_stored(harness).replace(uri, "")
    undo.undo(harness.work, harness.one().id, "ben")
    assert taken_back(harness) == 1
    assert "elsewhere" not in everything_stored(harness)


def test_figures_do_not_drop_when_what_they_counted_goes(harness: CampaignHarness) -> None:
    for who in ("ana", "eva"):
        harness.approved(who)
    harness.deliver()
    harness.solidarity("ira", language="be")
    harness.read()
    before = figures(harness)
    harness.clock.passes(days=31)
    assert retention.expire(harness.work) == 3
    assert figures(harness) == before
    assert before["sightings_by_language"] == {"en": 2, "be": 1}
    harness.approved("olga")
    harness.clock.passes(days=31)
    retention.expire(harness.work)
    assert sum(figures(harness)["sightings"].values()) == 4


def test_who_was_forgotten_counts_as_such(harness: CampaignHarness) -> None:
    harness.approved()
    forget.forget(harness.work, ANA, "ben")
    assert figures(harness)["sightings"] == {"forgotten": 1}


def test_what_was_purged_is_not_taken_in_again(harness: CampaignHarness) -> None:
    harness.solidarity()
    harness.read()
    harness.clock.passes(days=31)
    retention.expire(harness.work)
    from_the_start(harness)
    harness.read()
    assert harness.seen() == []


def from_the_start(harness: CampaignHarness) -> None:
    """Sources are read anew from long ago, as after a change of hashtags."""
    with harness.work.store.begin() as tx:
        for table in ("cursor", "heard"):
            tx.exec_driver_sql(f"DELETE FROM {table}")
    harness.work = harness.worker(config(monitor=MonitorRules(mentions=False, backfill=timedelta(days=60))))


def test_thousands_go_in_pages(file_harness: CampaignHarness) -> None:
    harness = file_harness
    for number in range(30):
        harness.solidarity(f"ana{number}")
    harness.read()
    harness.clock.passes(days=31)
    assert retention.expire(harness.work) == 30


def on_disk(harness: CampaignHarness) -> bytes:
    return harness.store_pool.dump()


def test_the_file_forgets_what_the_store_forgets(file_harness: CampaignHarness) -> None:
    harness = file_harness
    harness.approved()
    assert b"ana@elsewhere" in on_disk(harness)
    forget.forget(harness.work, ANA, "ben")
    harness.work.store.scrub()
    assert b"elsewhere" not in on_disk(harness)
    assert b"Solidarity from" not in on_disk(harness)


def test_scrubbing_works_while_others_work(file_harness: CampaignHarness) -> None:
    harness = file_harness
    harness.approved()
    other = harness.worker().store
    with other.read() as tx:
        assert sightings.listed(tx)
        forget.forget(harness.work, ANA, "ben")
        assert not harness.work.store.scrub(), "somebody reads what is in the log"
        assert len(sightings.listed(tx)) == 1
    assert harness.work.store.scrub(whole=True)
    assert b"elsewhere" not in on_disk(harness)


@pytest.fixture
def kept(file_harness: CampaignHarness) -> Path:
    """A backup that knows of two people; one of them asks to be forgotten afterwards."""
    harness = file_harness
    harness.approved()
    harness.approved("eva")
    harness.deliver()
    file = database_backup.backup(harness.work.store, harness.work.root, None, harness.clock())
    forget.forget(harness.work, ANA, "ben")
    return file


def test_what_goes_from_the_store_goes_from_its_backups_within_a_day(file_harness: CampaignHarness, kept: Path) -> None:
    assert b"@ana@elsewhere" in kept.read_bytes()
    assert retention.expire_backups(file_harness.work) == 1
    assert b"@ana@elsewhere" not in kept.read_bytes()
    assert b"@eva@elsewhere" in kept.read_bytes()
    file_harness.clock.passes(days=8)
    assert retention.expire_backups(file_harness.work) == 1
    assert b"@eva@elsewhere" not in kept.read_bytes()
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def test_backups_are_gone_through_once_a_day(file_harness: CampaignHarness, kept: Path) -> None:
    assert retention.expire_backups(file_harness.work) == 1
    later = database_backup.backup(file_harness.work.store, kept, kept.with_name("later.db"), file_harness.clock())
    forget.forget(file_harness.work, "@eva@elsewhere.example", "ben")
    assert retention.expire_backups(file_harness.work) == 0
    file_harness.clock.passes(days=1)
    assert retention.expire_backups(file_harness.work) == 2
    assert b"@eva@elsewhere" not in later.read_bytes()


def test_a_backup_that_is_none_is_told_and_left(file_harness: CampaignHarness, kept: Path) -> None:
    (kept.parent / "broken.db").write_bytes(b"no database at all, and long enough to be sure of that" * 100)
    assert retention.expire_backups(file_harness.work) == 1
    (told,) = file_harness.told("backup_unread")
    assert "broken.db" in event_text(told)


def test_a_restored_backup_takes_back_what_was_out_of_whom_it_forgot(file_harness: CampaignHarness, kept: Path) -> None:
    retention.expire_backups(file_harness.work)
    store = Store.open(sqlite_url(kept))
    try:
        with store.read() as tx:
            states = [(one.state, one.undo_asked_at is not None) for one in deliveries.listed(tx)]
    finally:
        store.close()
    assert sorted(states) == [(State.SENT, False), (State.SENT, True)]
