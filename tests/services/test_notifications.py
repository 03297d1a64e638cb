"""What events tell is kept for whoever was not there, once each, and ends when it is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.causes import CauseCode, because
from bot.domain.delivery import Kind, State
from bot.errors import Fault, StoreError
from bot.services import decisions
from bot.services.events import ALL_CLEAR, TOLD_TO_PEOPLE, Event, EventName
from bot.services.heartbeat import Heart, folder_mark
from bot.services.notifications import Notifier
from bot.services.protection import retention
from bot.services.status import status
from bot.store import notifications
from bot.store.notifications import KEPT, KeptNotification
from bot.store.workers import WorkerKind
from tests.harness.campaign import CampaignHarness, draft
from tests.harness.full_disk import full_disk

NOON = datetime(2025, 4, 16, 12, tzinfo=UTC)


class Told:
    """A notifier on a campaign's store, and what it has kept."""

    def __init__(self, harness: CampaignHarness) -> None:
        self.harness, self.handed_on = harness, list[Event]()
        self.notifier = Notifier(harness.work.store, self.handed_on.append)

    def tell(self, name: EventName, minutes: int = 0, *, alarming: bool = True, **facts: Any) -> None:
        self.notifier.report(Event(NOON + timedelta(minutes=minutes), name, facts, alarming))
        self.notifier.flush()

    @property
    def kept(self) -> list[KeptNotification]:
        with self.harness.work.store.read() as tx:
            return notifications.newest(tx)[::-1]

    @property
    def names(self) -> list[tuple[str, bool]]:
        return [(told.name, told.over_at is not None) for told in self.kept]


@pytest.fixture
def told(harness: CampaignHarness) -> Told:
    return Told(harness)


def test_what_was_told_is_kept_with_its_plain_facts(told: Told) -> None:
    why = because(CauseCode.NO_MONEY, account="x", budget=3)
    told.tell(EventName.MISSED, delivery=7, account="x", kind=Kind.POST, error=why, late=timedelta(minutes=5), at_=NOON)
    told.tell(EventName.SEEN, sighting=1)
    fault = Fault("bot.toml", 7, "no such key", "Write another.")
    told.tell(EventName.FAULTY_FILES, faults=[fault], planned=object())
    missed, faulty = told.kept
    assert (missed.at, missed.name, missed.code, missed.alarming) == (NOON, "missed", "no_money", True)
    assert (missed.delivery, missed.sighting, missed.account, missed.over_at) == (7, None, "x", None)
    assert missed.facts == {
        "delivery": 7,
        "account": "x",
        "kind": "post",
        "error": why,
        "late": 300.0,
        "at_": "2025-04-16T12:00:00Z",
    }
    assert faulty.facts == {"faults": [fault.as_cause]}
    assert [event.name for event in told.handed_on] == [EventName.MISSED, EventName.SEEN, EventName.FAULTY_FILES]


def test_what_goes_on_is_told_once_until_it_is_over(told: Told) -> None:
    told.tell(EventName.SOURCE_FAILED, source="one", error="no answer")
    told.tell(EventName.SOURCE_FAILED, 1, source="one", error="no answer")
    told.tell(EventName.SOURCE_FAILED, 2, source="two", error="no answer")
    assert told.names == [("source_failed", False)] * 2
    told.tell(EventName.SOURCE_BACK, 3, alarming=False, source="one", after=timedelta(minutes=3))
    assert [(each.facts["source"], each.over_at) for each in told.kept] == [
        ("one", NOON + timedelta(minutes=3)),
        ("two", None),
    ]
    told.tell(EventName.SOURCE_FAILED, 4, source="one", error="no answer")
    assert told.names == [("source_failed", True), ("source_failed", False), ("source_failed", False)]


def test_an_account_that_is_back_ends_its_own_troubles_alone(told: Told) -> None:
    told.tell(EventName.ACCOUNT_CLOSED, account="x", error="suspended")
    told.tell(EventName.ACCOUNT_CLOSED, account="mastodon", error="revoked")
    told.tell(EventName.ACCOUNT_BACK, 1, alarming=False, account="x")
    assert [(each.account, each.over_at is None) for each in told.kept] == [("x", False), ("mastodon", True)]


def test_a_failure_ends_when_that_very_one_does(told: Told) -> None:
    told.tell(EventName.FAILED, fault="KeyError", place="bot.app:7")
    told.tell(EventName.FAILED, fault="KeyError", place="bot.app:9")
    told.tell(EventName.WORKS_AGAIN, 1, alarming=False, fault="KeyError", place="bot.app:9")
    assert [(each.facts["place"], each.over_at is None) for each in told.kept] == [
        ("bot.app:7", True),
        ("bot.app:9", False),
    ]


def test_an_alarm_ends_when_automatic_approval_is_on_again(told: Told) -> None:
    told.tell(EventName.HIJACK, authors=7, within=timedelta(hours=1))
    told.tell(EventName.AUTOMATIC_SWITCHED, 1, alarming=False, is_on=False, by="Ana")
    assert told.names[0] == ("hijack", False)
    told.tell(EventName.AUTOMATIC_SWITCHED, 2, alarming=False, is_on=True, by="Ana")
    assert told.names[0] == ("hijack", True)


def test_what_a_person_settles_is_over(harness: CampaignHarness, told: Told) -> None:
    delivery = harness.planned()
    harness.force(delivery, state=State.NEEDS_DECISION)
    told.tell(EventName.NEEDS_DECISION, delivery=delivery, account="mastodon", kind=Kind.POST, error="no answer")
    harness.force(delivery, state=State.CANCELLED)
    decisions.retry(harness.work, delivery, "Ana")
    told.tell(EventName.SETTLED, 1, alarming=False, delivery=delivery + 1, account="mastodon")
    assert told.names == [("needs_decision", False)]
    told.tell(EventName.SETTLED, 1, alarming=False, delivery=delivery, account="mastodon")
    assert told.names == [("needs_decision", True)]


def test_what_cannot_be_written_is_written_the_next_time(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object) -> None:
        raise StoreError(CauseCode.STORE_BUSY)

    with monkeypatch.context() as patched:
        patched.setattr(notifications, "add", broken)
        told.tell(EventName.MISSED, delivery=1)
        told.tell(EventName.MISSED, 1, delivery=2)
    assert told.kept == []
    told.notifier.flush()
    assert [each.delivery for each in told.kept] == [1, 2]


def test_notifications_go_after_a_month_and_with_the_campaign(harness: CampaignHarness, told: Told) -> None:
    told.tell(EventName.MISSED, delivery=1)
    told.tell(EventName.MISSED, 60, delivery=2)
    harness.move_to(NOON + KEPT + timedelta(minutes=30))
    retention.expire(harness.work)
    assert [each.delivery for each in told.kept] == [2]
    retention.purge_after_campaign(harness.work, "Ana")
    assert told.kept == []


def test_pages_go_back_in_time(told: Told) -> None:
    for number in range(5):
        told.tell(EventName.GONE, number, sighting=number)
    with told.harness.work.store.read() as tx:
        first = notifications.newest(tx, limit=3)
        second = notifications.newest(tx, first[-1].id, 3)
    assert [each.sighting for each in (*first, *second)] == [4, 3, 2, 1, 0]


def test_whatever_alarms_is_told_to_people() -> None:
    assert ALL_CLEAR.keys() <= TOLD_TO_PEOPLE


def test_a_heartbeat_says_which_folder_it_reads_and_what_is_wrong_in_it(
    harness: CampaignHarness, tmp_path: Path
) -> None:
    harness.plan(draft())
    Heart(WorkerKind.RUN).beat(harness.work, {"mastodon": ""}, "bot.toml:7: error", faults=3, files_seen_at=NOON)
    (worker,) = status(harness.work).workers
    assert (worker.beat.mark, worker.beat.faults, worker.beat.files_seen_at) == (folder_mark(tmp_path), 3, NOON)
    assert len(worker.beat.mark) == 32
    other = tmp_path / "other"
    assert folder_mark(other) != worker.beat.mark
    assert folder_mark(other) == folder_mark(other)
    (tmp_path / "no folder").write_text("")
    assert folder_mark(tmp_path / "no folder") == ""


def test_a_folders_mark_that_found_no_room_is_made_once_there_is(tmp_path: Path) -> None:
    with full_disk(0):
        without_room = folder_mark(tmp_path)
    assert (without_room, len(folder_mark(tmp_path))) == ("", 32)
