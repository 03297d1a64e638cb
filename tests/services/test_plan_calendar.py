"""The run-up as people read it: the right instants on odd days, in odd zones, and where the clock is changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.cli.plan.run_up import calendar_lines
from bot.cli.words.times import show_in
from bot.services.plan import scheduled
from bot.services.preview import previews
from bot.services.work import Work
from tests.harness.campaign import CampaignHarness
from tests.harness.campaign_folder import CampaignFolder, sound
from tests.harness.table import each_of


def campaign(root: Path, zone: str, day_of_action: str, *times: tuple[str, str]) -> CampaignFolder:
    """A campaign in a zone whose one message goes out on these days at these wall times."""
    posts = (f'[[post]]\nmessage = "call"\ndays = ["{day}"]\nat = {at}\naccounts = ["mastodon"]\n' for day, at in times)
    folder = sound(root).write("messages/call/en.md", "Free them all.").write("schedules/run-up.toml", "\n".join(posts))
    folder.change("bot.toml", 'timezone = "Europe/Berlin"', f'timezone = "{zone}"')
    return folder.change("bot.toml", "2025-04-16", day_of_action)


def planned(harness: CampaignHarness, folder: CampaignFolder) -> tuple[list[str], list[str]]:
    """When each post is due (UTC), and the calendar's lines on days and times, without the blanks."""
    harness.plan(*folder.drafts())
    work = replace(harness.work, config=folder.config())
    _, *shown = (" ".join(line.split()) for line in _calendar(work) if line)
    return [f"{one.due_at:%Y-%m-%d %H:%M}" for one in harness.all()], [
        line.partition(" mastodon ")[0] for line in shown
    ]


def _calendar(work: Work) -> list[str]:
    """The calendar without its sums."""
    show_in(work.config.campaign.timezone)
    return calendar_lines(work.config.campaign, previews(work, scheduled(work.store)), 80)[:-1]


def errors(folder: CampaignFolder) -> list[str]:
    """What `bot check` says must be mended."""
    return [told for told in folder.told() if ": error: " in told]


ODD: dict[str, tuple[str, str, list[tuple[str, str]], list[str], list[str]]] = {
    "a day of action on 29 February": (
        "Europe/Berlin",
        "2028-02-29",
        [("T-366", "09:30:00"), ("T-1", "09:30:00"), ("T", "09:30:00")],
        ["2027-02-28 08:30", "2028-02-28 08:30", "2028-02-29 08:30"],
        ["T-366 Sunday 28 February 2027", "T-1 Monday 28 February 2028", "T Tuesday 29 February 2028"],
    ),
    "the day before 1 March of a leap year": (
        "Europe/Berlin",
        "2028-03-01",
        [("T-1", "09:30:00"), ("T", "09:30:00")],
        ["2028-02-29 08:30", "2028-03-01 08:30"],
        ["T-1 Tuesday 29 February 2028", "T Wednesday 1 March 2028"],
    ),
    "the day before 1 March of another year": (
        "Europe/Berlin",
        "2100-03-01",
        [("T-1", "09:30:00"), ("T", "09:30:00")],
        ["2100-02-28 08:30", "2100-03-01 08:30"],
        ["T-1 Sunday 28 February 2100", "T Monday 1 March 2100"],
    ),
    "the end of the year": (
        "Europe/Berlin",
        "2026-01-01",
        [("T-1", "23:59:00"), ("T", "00:00:00")],
        ["2025-12-31 22:59", "2025-12-31 23:00"],
        ["T-1 Wednesday 31 December 2025", "T Thursday 1 January 2026"],
    ),
    "east of the date line, where it is tomorrow already": (
        "Pacific/Kiritimati",
        "2025-04-16",
        [("T-1", "23:30:00"), ("T", "00:30:00")],
        ["2025-04-15 09:30", "2025-04-15 10:30"],
        ["T-1 Tuesday 15 April 2025", "T Wednesday 16 April 2025"],
    ),
    "west of the date line, where it is yesterday still": (
        "Pacific/Pago_Pago",
        "2025-04-16",
        [("T", "00:30:00"), ("T+1", "00:30:00")],
        ["2025-04-16 11:30", "2025-04-17 11:30"],
        ["T Wednesday 16 April 2025", "T+1 Thursday 17 April 2025"],
    ),
    "a zone that is off by a quarter of an hour": (
        "Asia/Kathmandu",
        "2025-04-16",
        [("T", "05:44:00"), ("T+1", "05:45:00")],
        ["2025-04-15 23:59", "2025-04-17 00:00"],
        ["T Wednesday 16 April 2025", "T+1 Thursday 17 April 2025"],
    ),
    "a zone whose clock is set back by half an hour": (
        "Australia/Lord_Howe",
        "2025-04-06",
        [("T", "01:29:00"), ("T+1", "02:00:00")],
        ["2025-04-05 14:29", "2025-04-06 15:30"],
        ["T Sunday 6 April 2025", "T+1 Monday 7 April 2025"],
    ),
    "a zone whose clock is set on by half an hour": (
        "Australia/Lord_Howe",
        "2025-10-05",
        [("T-1", "02:15:00"), ("T", "02:30:00")],
        ["2025-10-03 15:45", "2025-10-04 15:30"],
        ["T-1 Saturday 4 October 2025", "T Sunday 5 October 2025"],
    ),
    "the same wall time on both sides of a change": (
        "Europe/Berlin",
        "2025-03-30",
        [("T-1", "12:00:00"), ("T", "12:00:00")],
        ["2025-03-29 11:00", "2025-03-30 10:00"],
        ["T-1 Saturday 29 March 2025", "T Sunday 30 March 2025"],
    ),
}


@pytest.mark.parametrize("case", ODD)
def test_posts_are_due_and_shown_at_the_wall_time_that_was_written(
    harness: CampaignHarness, tmp_path: Path, case: str
) -> None:
    zone, day, times, due, days = ODD[case]
    folder = campaign(tmp_path / "campaign", zone, day, *times)
    found, shown = planned(harness, folder)
    assert found == due
    assert [line.partition(",")[0] for line in shown[::2]] == days
    walls = [f"{n} {at[:5]} {instant[-5:]}Z" for n, ((_, at), instant) in enumerate(zip(times, due, strict=True), 1)]
    assert shown[1::2] == walls


@each_of(
    ("zone", "day", "at", "told"),
    [
        ("Europe/Berlin", "2025-03-30", "02:30:00", ("does not exist", "00:30", "01:30")),
        ("Europe/Berlin", "2025-10-26", "02:30:00", ("happens twice", "00:30", "01:30")),
        ("Australia/Lord_Howe", "2025-10-05", "02:15:00", ("does not exist", "15:15", "15:45")),
        ("Australia/Lord_Howe", "2025-04-06", "01:45:00", ("happens twice", "14:45", "15:15")),
    ],
)
def test_a_wall_time_that_a_change_of_the_clock_skips_or_repeats_is_an_error_that_names_both_instants(
    tmp_path: Path, zone: str, day: str, at: str, told: tuple[str, ...]
) -> None:
    (fault,) = errors(campaign(tmp_path, zone, day, ("T", at)))
    assert fault.startswith("schedules/run-up.toml:4: error:")
    for words in told:
        assert words in fault


def test_29_february_of_a_year_that_has_none_is_an_error(tmp_path: Path) -> None:
    (fault,) = errors(campaign(tmp_path, "Europe/Berlin", "2027-02-29", ("T", "09:30:00")))
    assert fault.startswith("bot.toml:3: error:")
