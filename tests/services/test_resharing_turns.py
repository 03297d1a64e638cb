"""The queue says when each reshare goes out and why in that order, with a worker and without."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event

from bot.cli.words.forecast import slot_text, why_text
from bot.cli.words.times import show_in
from bot.domain.campaign import PaceRules, QuietHours
from bot.domain.delivery import Delivery, State
from bot.domain.reshare_queue import Ground, Hold, SlotReason
from bot.platforms.rehearsal.state import Reshared
from bot.services import resharing
from bot.services.forecast import queue
from bot.services.moderation import approval
from bot.services.resharing import SlotInfo
from tests.harness.campaign import TAG, CampaignHarness, config
from tests.harness.rehearsal_networks import START
from tests.harness.table import each_of

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
PACE = PaceRules(min_gap=10 * MINUTE)
BERLIN = ZoneInfo("Europe/Berlin")


def waiting(harness: CampaignHarness) -> list[tuple[Delivery, str]]:
    return [(one.delivery, why_text(one)) for one in queue(harness.work, [State.PLANNED])]


def times(harness: CampaignHarness) -> list[datetime]:
    return [one.at for one in harness.networks["mastodon"].ledger if isinstance(one, Reshared)]


def test_without_a_worker_the_queue_reckons_itself_when_each_will_go_and_why(tmp_path: Path) -> None:
    harness = CampaignHarness(tmp_path, pace=PACE)
    for who, language in (("ana", "de"), ("eva", "de"), ("ion", "fr")):
        harness.solidarity(who, language=language)
    harness.approve_all()
    assert [(one.due_at - START, one.language, why) for one, why in waiting(harness)] == [
        (0 * MINUTE, "de", "its turn by approval time"),
        (10 * MINUTE, "fr", "nobody in French was heard yet; waits for the gap of 10m"),
        (20 * MINUTE, "de", "its turn by approval time; waits for the gap of 10m"),
    ]


def test_what_the_queue_foretells_is_what_happens(tmp_path: Path) -> None:
    harness = CampaignHarness(
        tmp_path, pace=PaceRules(10 * MINUTE, 3, 5, QuietHours(time(22), time(7)), same_author_gap=2 * HOUR)
    )
    for n in range(9):
        harness.solidarity(f"u{n % 4}", language=("de", "fr", "en")[n % 3], text=f"{'word ' * n}number {n}. #{TAG}")
    harness.approve_all()
    foretold = [one.due_at for one, _ in waiting(harness)]
    harness.settle(hours=80)
    assert times(harness) == foretold


def test_an_organisation_of_a_country_that_was_not_heard_yet_goes_first(tmp_path: Path) -> None:
    handles = {"@ver.di@elsewhere.example": "DE", "@DGB@elsewhere.example": "DE", "@cgt@elsewhere.example": "FR"}
    harness = CampaignHarness(tmp_path, pace=PACE, organisations=handles)
    for who in ("ver.di", "dgb", "cgt"):
        harness.solidarity(who)
    harness.approve_all()
    assert [why.split(";")[0] for _, why in waiting(harness)] == [
        "its turn by approval time",
        "first from France",
        "its turn by approval time",
    ]


def test_what_is_out_counts_for_those_who_wait(tmp_path: Path) -> None:
    harness = CampaignHarness(tmp_path, pace=PACE)
    harness.solidarity("ana", text=f"We march at noon. #{TAG}")
    harness.approve_all()
    harness.deliver()
    harness.clock.passes(hours=3)
    harness.solidarity("ana", text=f"Letters from the strike. #{TAG}")
    harness.approve_all()
    ((one, why),) = waiting(harness)
    assert one.due_at == START + 24 * HOUR
    assert why == "its turn by approval time; the same author was heard 3h ago"


def test_on_the_day_of_action_they_go_faster(tmp_path: Path) -> None:
    """The campaign's day is that day, and it is ten in the morning."""
    harness = CampaignHarness(tmp_path, pace=PaceRules(burst=PaceRules(min_gap=MINUTE, per_hour=60, per_day=500)))
    for n in range(12):
        harness.solidarity(f"u{n}")
    harness.approve_all()
    harness.settle(hours=1)
    assert START.astimezone(BERLIN).date() == date(2025, 4, 16)
    assert [at - START for at in times(harness)] == [n * MINUTE for n in range(12)]


def test_each_account_is_fair_by_itself(tmp_path: Path) -> None:
    harness = CampaignHarness(tmp_path, pace=PACE)
    for who in ("ana", "eva"):
        harness.solidarity(who, "x")
    harness.solidarity("ion", "mastodon")
    harness.approve_all()
    by_account = {
        name: [one.due_at for one, _ in waiting(harness) if one.account == name] for name in ("mastodon", "x")
    }
    assert by_account == {"mastodon": [START], "x": [START, START + 10 * MINUTE]}


def test_one_that_is_called_off_leaves_its_turn_to_the_next(tmp_path: Path) -> None:
    harness = CampaignHarness(tmp_path, pace=PACE)
    for n in range(3):
        harness.solidarity(f"u{n}")
    harness.approve_all()
    harness.deliver()
    next_one = waiting(harness)[0][0]
    approval.reject(harness.work, next_one.sighting_id or 0, "ana")
    harness.settle(minutes=15)
    assert times(harness) == [START, START + 10 * MINUTE]


def test_while_nothing_is_due_and_nothing_has_changed_nobody_reckons(tmp_path: Path) -> None:
    """A worker looks every second, and thousands may wait."""
    harness = CampaignHarness(tmp_path, pace=PACE)
    for n in range(3):
        harness.solidarity(f"u{n}")
    harness.approve_all()
    harness.deliver("mastodon")
    asked = counted(harness, lambda: harness.deliver("mastodon"), "JOIN sighting")
    assert asked == 0
    harness.clock.passes(minutes=10)
    assert counted(harness, lambda: harness.deliver("mastodon"), "JOIN sighting") > 0


def counted(harness: CampaignHarness, job: Callable[[], object], words: str) -> int:
    """How many statements with these words a job has the store carry out."""
    said: list[str] = []

    def heard(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    with harness.work.store.read() as tx:
        engine = tx.engine
    event.listen(engine, "before_cursor_execute", heard)
    try:
        job()
    finally:
        event.remove(engine, "before_cursor_execute", heard)
    return sum(words in one for one in said)


def test_only_the_next_turns_are_written_and_all_others_wait_behind_them(
    harness: CampaignHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resharing, "EXACT", 3)
    rules = PaceRules(min_gap=10 * MINUTE, per_day=100)
    work = harness.worker(config(pace=rules))
    for n in range(6):
        harness.solidarity(f"u{n}")
    harness.approve_all()
    with work.store.begin() as tx:
        resharing.write_slots(tx, work, "mastodon", START)
    assert sorted(one.due_at - START for one in harness.all()) == [n * 10 * MINUTE for n in (0, 1, 2, 2, 2, 2)]


WORDS = {
    "its turn by approval time": SlotReason(),
    "its author was not heard yet": SlotReason(Ground.AUTHOR, is_first=True),
    "its author was heard less": SlotReason(Ground.AUTHOR),
    "nobody in Belarusian was heard yet": SlotReason(Ground.LANGUAGE, "be", is_first=True),
    "Belarusian was heard less": SlotReason(Ground.LANGUAGE, "be"),
    "no language was heard less": SlotReason(Ground.LANGUAGE),
    "xx-unknown was heard less": SlotReason(Ground.LANGUAGE, "xx-unknown"),
    "first from Germany": SlotReason(Ground.COUNTRY, "DE", is_first=True),
    "who is of no organisation was heard less": SlotReason(Ground.COUNTRY),
    "first with #OurRights": SlotReason(Ground.HASHTAG, "OurRights", is_first=True),
    "goes while others rest whose author was just heard": SlotReason(Ground.OTHERS_REST),
    "its turn by approval time; 6 an hour are out": SlotReason(hold=Hold.HOUR),
    "its turn by approval time; 40 a day are out": SlotReason(hold=Hold.DAY),
    "its turn by approval time; quiet hours until 07:00": SlotReason(hold=Hold.QUIET),
    "its turn by approval time; waits for the gap of 90m": SlotReason(hold=Hold.GAP),
    "its turn by approval time; the pace of that day begins then": SlotReason(hold=Hold.OTHER_RULES),
    "its turn by approval time; the same author was heard 3h ago": SlotReason(
        hold=Hold.AUTHOR, heard_at=START - 200 * MINUTE
    ),
    "its turn by approval time; the same author goes first, 12:20 CEST (10:20 UTC)": SlotReason(
        hold=Hold.AUTHOR, heard_at=datetime(2025, 4, 16, 12, 20, tzinfo=BERLIN)
    ),
}


@each_of("words", WORDS)
def test_reasons_are_told_in_plain_words(words: str) -> None:
    rules = PaceRules(min_gap=90 * MINUTE, quiet_hours=QuietHours(time(22), time(7)))
    show_in(BERLIN)
    assert slot_text(SlotInfo(START, WORDS[words], rules, BERLIN), START) == words
