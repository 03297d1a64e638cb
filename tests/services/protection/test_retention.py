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


def purge(desk: CampaignHarness, days: float, undecided_days: float) -> int:
    return retention.purge(desk.work, timedelta(days=days), timedelta(days=undecided_days), "ben")


def figures(desk: CampaignHarness) -> dict[str, dict[str, int]]:
    return report.report(desk.work)


def test_what_was_decided_goes_after_its_days_and_what_is_waited_for_stays(desk: CampaignHarness) -> None:
    desk.approved("sent")
    desk.deliver()
    desk.solidarity("held")
    desk.read()
    desk.clock.passes(days=31)
    assert purge(desk, 30, 90) == 1
    assert [seen.post.author.handle for seen in desk.seen()] == ["@held@elsewhere.example"]
    desk.clock.passes(days=60)
    assert purge(desk, 30, 90) == 1
    assert desk.seen() == []


def test_a_worker_lets_them_go_by_the_rules_of_the_campaign(desk: CampaignHarness) -> None:
    rules = RetentionRules(decided=timedelta(days=2), undecided=timedelta(days=5))
    desk.work = desk.worker(config(retention=rules))
    desk.approved()
    desk.deliver()
    desk.solidarity("eva")
    desk.read()
    expired = []
    for _ in range(6):
        desk.clock.passes(days=1)
        expired.append(retention.expire(desk.work))
    assert expired == [0, 1, 0, 0, 1, 0]


def test_an_approved_post_is_not_purged_before_its_turn(desk: CampaignHarness) -> None:
    desk.approved()
    decisions.hold(desk.work, desk.one().id, "ben")
    desk.clock.passes(days=200)
    assert purge(desk, 30, 90) == 0


def test_of_a_reshare_that_is_out_only_what_it_takes_to_take_it_back_stays(desk: CampaignHarness) -> None:
    uri = desk.approved()
    desk.deliver()
    desk.clock.passes(days=8)
    assert retention.expire(desk.work) == 1
    assert desk.one().post_uri == uri
    assert "elsewhere" not in everything_stored(desk).replace(uri, "")
    undo.undo(desk.work, desk.one().id, "ben")
    assert taken_back(desk) == 1
    assert "elsewhere" not in everything_stored(desk)


def test_figures_do_not_drop_when_what_they_counted_goes(desk: CampaignHarness) -> None:
    for who in ("ana", "eva"):
        desk.approved(who)
    desk.deliver()
    desk.solidarity("ira", language="be")
    desk.read()
    before = figures(desk)
    desk.clock.passes(days=31)
    assert retention.expire(desk.work) == 3
    assert figures(desk) == before
    assert before["sightings_by_language"] == {"en": 2, "be": 1}
    desk.approved("olga")
    desk.clock.passes(days=31)
    retention.expire(desk.work)
    assert sum(figures(desk)["sightings"].values()) == 4


def test_who_was_forgotten_counts_as_such(desk: CampaignHarness) -> None:
    desk.approved()
    forget.forget(desk.work, ANA, "ben")
    assert figures(desk)["sightings"] == {"forgotten": 1}


def test_what_was_purged_is_not_taken_in_again(desk: CampaignHarness) -> None:
    desk.solidarity()
    desk.read()
    desk.clock.passes(days=31)
    retention.expire(desk.work)
    from_the_start(desk)
    desk.read()
    assert desk.seen() == []


def from_the_start(desk: CampaignHarness) -> None:
    """Sources are read anew from long ago, as after a change of hashtags."""
    with desk.work.store.begin() as tx:
        for table in ("cursor", "heard"):
            tx.exec_driver_sql(f"DELETE FROM {table}")
    desk.work = desk.worker(config(monitor=MonitorRules(mentions=False, backfill=timedelta(days=60))))


def test_thousands_go_in_pages(file_desk: CampaignHarness) -> None:
    desk = file_desk
    for number in range(30):
        desk.solidarity(f"ana{number}")
    desk.read()
    desk.clock.passes(days=31)
    assert retention.expire(desk.work) == 30


def on_disk(desk: CampaignHarness) -> bytes:
    return desk.store_pool.dump()


def test_the_file_forgets_what_the_store_forgets(file_desk: CampaignHarness) -> None:
    desk = file_desk
    desk.approved()
    assert b"ana@elsewhere" in on_disk(desk)
    forget.forget(desk.work, ANA, "ben")
    desk.work.store.scrub()
    assert b"elsewhere" not in on_disk(desk)
    assert b"Solidarity from" not in on_disk(desk)


def test_scrubbing_works_while_others_work(file_desk: CampaignHarness) -> None:
    desk = file_desk
    desk.approved()
    other = desk.worker().store
    with other.read() as tx:
        assert sightings.listed(tx)
        forget.forget(desk.work, ANA, "ben")
        assert not desk.work.store.scrub(), "somebody reads what is in the log"
        assert len(sightings.listed(tx)) == 1
    assert desk.work.store.scrub(whole=True)
    assert b"elsewhere" not in on_disk(desk)


@pytest.fixture
def kept(file_desk: CampaignHarness) -> Path:
    """A backup that knows of two people; one of them asks to be forgotten afterwards."""
    desk = file_desk
    desk.approved()
    desk.approved("eva")
    desk.deliver()
    file = database_backup.backup(desk.work.store, desk.work.root, None, desk.clock())
    forget.forget(desk.work, ANA, "ben")
    return file


def test_what_goes_from_the_store_goes_from_its_backups_within_a_day(file_desk: CampaignHarness, kept: Path) -> None:
    assert b"@ana@elsewhere" in kept.read_bytes()
    assert retention.expire_backups(file_desk.work) == 1
    assert b"@ana@elsewhere" not in kept.read_bytes()
    assert b"@eva@elsewhere" in kept.read_bytes()
    file_desk.clock.passes(days=8)
    assert retention.expire_backups(file_desk.work) == 1
    assert b"@eva@elsewhere" not in kept.read_bytes()
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def test_backups_are_gone_through_once_a_day(file_desk: CampaignHarness, kept: Path) -> None:
    assert retention.expire_backups(file_desk.work) == 1
    later = database_backup.backup(file_desk.work.store, kept, kept.with_name("later.db"), file_desk.clock())
    forget.forget(file_desk.work, "@eva@elsewhere.example", "ben")
    assert retention.expire_backups(file_desk.work) == 0
    file_desk.clock.passes(days=1)
    assert retention.expire_backups(file_desk.work) == 2
    assert b"@eva@elsewhere" not in later.read_bytes()


def test_a_backup_that_is_none_is_told_and_left(file_desk: CampaignHarness, kept: Path) -> None:
    (kept.parent / "broken.db").write_bytes(b"no database at all, and long enough to be sure of that" * 100)
    assert retention.expire_backups(file_desk.work) == 1
    (told,) = file_desk.told("backup_unread")
    assert "broken.db" in event_text(told)


def test_a_restored_backup_takes_back_what_was_out_of_whom_it_forgot(file_desk: CampaignHarness, kept: Path) -> None:
    retention.expire_backups(file_desk.work)
    store = Store.open(sqlite_url(kept))
    try:
        with store.read() as tx:
            states = [(one.state, one.undo_asked_at is not None) for one in deliveries.listed(tx)]
    finally:
        store.close()
    assert sorted(states) == [(State.SENT, False), (State.SENT, True)]
