"""The likeliest slips in schedules and in the heads of messages: each is one line, and says what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import merged
from tests.harness.campaign_folder import CampaignFolder, sound

PLAIN = """[times]
en = 08:15:00

[[post]]
message = "call"
days = ["T"]
gap = "5m"
accounts = ["x"]
late = "1d"

[[post]]
message = "call"
days = ["T-3"]
at = { en = 09:30:00 }
"""


@pytest.fixture
def folder(tmp_path: Path) -> CampaignFolder:
    folder = sound(tmp_path).write("schedules/run-up.toml", PLAIN).write("messages/call/en.md", "Words {hashtags}")
    assert folder.told() == []
    return folder


def lines(folder: CampaignFolder) -> list[str]:
    return [str(fault) for fault in merged(folder.faults())]


SLIPS = {
    "a header of two that are one": (("[times]", "[[timse]]"), "", "Write [times]."),
    "a header without brackets": (("[times]", "times"), "", "Write [times]."),
    "a post without brackets": (("[[post]]\nmessage", "post\nmessage"), "", "Write [[post]]."),
    "a post with a comma": (("[[post]]", "[post],"), "", "Write [[post]]."),
    "a post half closed": (("[[post]]", "[post]]"), "", "Write [[post]]."),
    "a post in German": (("[[post]]", "[[Beiträge]]"), "", "Write [[post]]."),
    "a language misspelt": (("en = 08:15:00", "enn = 08:15:00"), "", 'Write "en".'),
    "a time that is none": (("08:15:00", '"noon"'), "en is not a time of day", "Write en = 09:30:00"),
    "a time with a dot": (("08:15:00", "8.15"), "en is not a time of day", "Write en = 08:15:00."),
    "a time in a list": (("08:15:00", "[08:15:00]"), "en is not a time of day", "Write en = 08:15:00."),
    "a day of no month": (('["T"]', "2026-02-30"), "", "Write for example days = [2025-04-16]."),
    "a day of no month in a list": (('["T"]', "[2025-04-31]"), "", "Write for example days = [2025-04-16]."),
    "a day in curly marks": (('["T"]', "“T”"), "", 'Write days = ["T"].'),
    "a day and a full stop": (('["T"]', '["T"].'), "", 'Write days = ["T"].'),
    "a list without its beginning": (('["T"]', '"T"]'), "", 'Write days = ["T"].'),
    "two lists": (('["T"]', '["T-7"],["T-5"]'), "", 'Write days = ["T-7", "T-5"].'),
    "from a day to another": (('["T"]', '["T+1"-"T+3"]'), "", 'Write days = ["T+1", "T+2", "T+3"].'),
    "a number of days": (('["T"]', "[7]"), "", 'Write "T-7" for days before'),
    "no day": (('["T"]', '""'), "", 'Write days = ["T-3", "T", 2025-03-17]'),
    "a day with a time": (('["T"]', "[2025-04-17T10:00:00]"), "", "Write 2025-04-17, and the time"),
    "an account's other name": (('["x"]', '"twitter"'), "", 'Write accounts = ["x"].'),
    "two accounts in one text": (('["x"]', '"mastadon, Twitter"'), "", 'Write accounts = ["mastodon", "x"].'),
    "two messages": (
        ('"call"\ndays = ["T"]', 'call, more\ndays = ["T"]'),
        "",
        'Write message = "call", and a [[post]]',
    ),
    "a message in brackets": (('"call"\ndays = ["T"]', '[call]\ndays = ["T"]'), "", 'Write message = "call".'),
    "a message by its path": (('"call"\ndays = ["T"]', '"messages/call/en.md"\ndays = ["T"]'), "", 'Write "call"'),
    "a length as a time": (('"1d"', "1:30"), "", 'Write late = "90m".'),
    "a length as a time of day": (('"1d"', "01:30:00"), "", 'Write late = "90m".'),
    "a length in brackets": (('"1d"', "(1d)"), "", 'Write late = "1d".'),
    "a length in a list": (('"1d"', '["1d"]'), "", 'Write late = "1d".'),
    "a table without =": (("at = {", "at {"), "", "Write at = { en = 09:30:00 }."),
    "a table that is not closed": (("09:30:00 }", "09:30:00"), "", "Write at = { en = 09:30:00 }."),
    "a table with a colon": (("{ en = 09:30:00 }", "{ en: 9:30 }"), "", "Write at = { en = 09:30:00 }."),
    "a table and a comma": (("09:30:00 }", "09:30:00 },"), "", "Write at = { en = 09:30:00 }."),
}


@pytest.mark.parametrize(("change", "what", "instead"), SLIPS.values(), ids=list(SLIPS))
def test_a_slip_in_a_schedule_is_one_line_that_says_what_to_write(
    folder: CampaignFolder, change: tuple[str, str], what: str, instead: str
) -> None:
    folder.change("schedules/run-up.toml", *change)
    (told,) = lines(folder)
    assert what in told
    assert instead in told


def test_brackets_that_are_missing_everywhere_are_one_line(folder: CampaignFolder) -> None:
    folder.change("schedules/run-up.toml", '["T"]', '"T"').change("schedules/run-up.toml", '["T-3"]', '"T-3"')
    (told,) = lines(folder)
    assert "(2 places:" in told


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("+++\ncontent_warning = police, violence “here”\n+++\nWords {hashtags}", '"police, violence “here”"'),
        ("+++\n[[media]]\n+++\nWords {hashtags}", "Write file and alt below it"),
        ("[[media]]\nfile = 'a.png'\nalt = 'A'\n+++\n" + "Words " * 83 + "{hashtags}", "between two lines of +++"),
        ("+++\n[medai]\nfile = 'a.png'\nalt = 'A'\n+++\nWords {hashtags}", "Write [[media]]."),
        ("<p>Words <b>and</b> <br> more</p> {hashtags}", '"<p>", "<b>", "</b>", "<br>", "</p>"'),
        ("**Words** and **more**\n\n**again** {hashtags}", '"**Words**", "**more**", "**again**"'),
        ("Words&nbsp;and &amp; more {hashtags}", '"&nbsp;", "&amp;"'),
    ],
)
def test_a_slip_in_a_message_is_one_line_that_says_what_to_write(
    folder: CampaignFolder, text: str, instead: str
) -> None:
    folder.write("messages/call/en.md", text)
    told = [line for line in lines(folder) if "is missing" not in line]
    assert len(told) == 1, told
    assert instead in told[0]


def test_an_address_with_a_bracket_is_told(folder: CampaignFolder) -> None:
    folder.change("bot.toml", "https://mastodon.example", "https://mastodon[[.example")
    assert any("base_url" in line or "address" in line for line in lines(folder))
