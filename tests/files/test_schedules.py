"""Schedules: which message goes out when."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.domain.campaign import Campaign
from bot.domain.schedule import Day, ScheduledPost
from bot.errors import Fault
from bot.files.messages import load_messages
from bot.files.schedules import load_schedules
from tests.harness.campaign_folder import CampaignFolder, sound
from tests.harness.table import each_of

BERLIN = ZoneInfo("Europe/Berlin")
CAMPAIGN = Campaign("Day", date(2025, 4, 16), BERLIN)
SOUND = '[[post]]\nmessage = "call"\ndays = ["T-3"]\nat = 09:30:00\n'


def schedule(root: Path, text: str) -> tuple[tuple[ScheduledPost, ...], list[Fault]]:
    CampaignFolder(root).write("schedules/a.toml", text)
    return load_schedules(root, CAMPAIGN)


def test_everything_that_can_be_written_is_read(tmp_path: Path) -> None:
    text = SOUND + (
        '\n[[post]]\nmessage = "thanks"\ndays = ["T", "T+1",\n  2025-03-17, "2025-03-18"]\nat = "18:05"\n'
        'timezone = "Europe/Minsk"\naccounts = ["x"]\nlanguages = ["en"]\nlate = "0s"\nimportant = true\n'
    )
    posts, faults = schedule(tmp_path, text)
    assert faults == []
    first, second = posts
    assert (first.late, first.zone, first.accounts, first.line) == (timedelta(hours=6), BERLIN, (), 1)
    assert second.days == (Day(0), Day(1), Day(fixed=date(2025, 3, 17)), Day(fixed=date(2025, 3, 18)))
    assert (second.at, second.zone.key, second.late) == (time(18, 5), "Europe/Minsk", timedelta())
    assert (first.important, second.important) == (None, True)
    assert (second.line, second.lines["days.2"], second.lines["at"]) == (6, 9, 10)


@each_of(
    ("old", "new", "line", "what", "instead"),
    [
        ("days", "dais", 3, '"dais" is not a key', 'Write "days"'),
        ("days", "dais", 3, '"dais" is not a key of [[post]]', '"days"'),
        ('"T-3"', '"T-three"', 3, '"T-three" is not a day', '"T-3"'),
        ('"T-3"', "2025-03-17T10:00:00", 3, "is not a day", "2025-03-17"),
        ('"T-3"', '"T-9999", "T+9999"', 3, None, None),
        ('"T-3"', '"0001-01-01"', 3, "in the year 1", "dates"),
        ('["T-3"]', '"T-3"', 3, "has no list of days", "days ="),
        ("09:30:00", "25:00:00", 4, '"25:00:00" is no time of day', "at = 09:30:00"),
        ("09:30:00", '"half past nine"', 4, "at is not a time of day", "09:30:00"),
        ("09:30:00", "2025-03-17T09:30:00", 4, "at is not a time of day", "09:30:00"),
        ("at =", "# at =", 1, "this post has no time", "09:30:00"),
        ('"call"', '""', 2, "names no message", "messages/"),
        ("09:30:00", '09:30:00\ntimezone = "Minsk"', 5, '"Minsk" is not a time zone', '"Europe/Minsk"'),
        ("09:30:00", '09:30:00\nlate = "6 h"', 5, 'late is "6 h"', '"6h"'),
        ("09:30:00", "09:30:00\nlanguages = []", 5, "languages is empty", "for all"),
        ("09:30:00", '09:30:00\nimportant = "yes"', 5, "important must be true or false", "important = true"),
        ("[[post]]", "[post]", 1, "post must be a list of tables", "[[post]]"),
        ("[[post]]", "[[posts]]", 1, '"posts" is not a key', '"post"'),
    ],
)
def test_a_mistake_names_its_line(
    tmp_path: Path, old: str, new: str, line: int, what: str | None, instead: str | None
) -> None:
    _, faults = schedule(tmp_path, SOUND.replace(old, new))
    if what is None or instead is None:
        assert faults == []
        return
    assert any(fault.line == line and what in fault.what and instead in fault.instead for fault in faults), faults


def test_a_missing_folder_is_an_error_and_an_empty_one_a_warning(tmp_path: Path) -> None:
    assert "there is no folder schedules/" in str(load_schedules(tmp_path, CAMPAIGN)[1][0])
    CampaignFolder(tmp_path).write("schedules/README.md", "how we plan")
    assert "warning: nothing is scheduled" in str(load_schedules(tmp_path, CAMPAIGN)[1][0])


@each_of(
    ("message", "what"),
    [
        ('"cal"', 'there is no message "cal". Write "call"'),
        ('"call"\naccounts = ["mastdon"]', '"mastdon" is not an account in bot.toml. Write "mastodon".'),
        ('"call"\nlanguages = ["de"]', '"de" is not a language of call. Known are "en".'),
    ],
)
def test_a_name_that_is_not_there_names_the_nearest_that_is(tmp_path: Path, message: str, what: str) -> None:
    folder = sound(tmp_path).change("schedules/run-up.toml", '"call"', message)
    line = 2 + message.count("\n")
    assert any(told.startswith(f"schedules/run-up.toml:{line}: error: {what}") for told in folder.told())


@each_of(
    ("day", "what"),
    [
        ("2025-03-30", "does not exist: the clock skips it. Give this day a [[post]] of its own at 01:30"),
        ("2025-10-26", "happens twice: the clock is set back. It can mean 2025-10-26 00:30 UTC or 2025-10-26 01:30"),
    ],
)
def test_a_time_that_daylight_saving_skips_or_repeats_names_both_instants(tmp_path: Path, day: str, what: str) -> None:
    folder = sound(tmp_path).write("messages/call/en.md", "Hi")
    folder.write("schedules/run-up.toml", SOUND.replace('"T-3"', f'"T-3", {day}').replace("09:30", "02:30"))
    (fault,) = folder.told()
    assert fault.startswith(f"schedules/run-up.toml:4: error: in Europe/Berlin {day} 02:30 {what}")
    assert [draft.due_at for draft in folder.drafts()] == [datetime(2025, 4, 13, 0, 30, tzinfo=UTC)] * 2


def test_a_folder_that_is_named_like_a_file_is_said(tmp_path: Path) -> None:
    root = sound(tmp_path).root
    (root / "schedules" / "late.toml").mkdir()
    (root / "messages" / "call" / "be.md").mkdir()
    folder = "this is a folder"
    assert [(fault.path, fault.what[:16]) for fault in load_schedules(root, CAMPAIGN)[1]] == [
        ("schedules/late.toml", folder)
    ]
    faults = [fault for fault in load_messages(root)[1] if fault.path == "messages/call/be.md"]
    assert [fault.what[:16] for fault in faults] == [folder]
