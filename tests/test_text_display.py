"""A hint never leads astray: not to the other sign, the opposite, the same word, or another real thing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.languages import write_instead
from bot.text_display import nearest, write_one_of
from tests.harness.campaign_folder import PNG, sound
from tests.harness.table import each_of


def told_of_zone(root: Path, written: str) -> str:
    folder = sound(root).change("bot.toml", "Europe/Berlin", written)
    return next((line for line in folder.told() if line.startswith("bot.toml:4: ")), "")


@each_of(
    ("written", "hours"),
    [("GMT+3", 3), ("UTC+2", 2), ("+03:00", 3), ("UTC -5", -5), ("GMT−3", -3), ("utc+10", 10), ("UTC+5:30", 5.5)],
)
def test_an_offset_is_answered_with_cities_that_have_it(tmp_path: Path, written: str, hours: float) -> None:
    fault = told_of_zone(tmp_path, written)
    assert "error" in fault
    zones = [piece for piece in fault.partition("Write ")[2].split('"') if "/" in piece]
    assert zones
    assert not any(zone.startswith("Etc/") for zone in zones)
    for zone in zones:
        offsets = {datetime(2025, month, 15, tzinfo=UTC).astimezone(ZoneInfo(zone)).utcoffset() for month in (1, 7)}
        assert timedelta(hours=hours) in offsets, zone


@each_of(
    ("written", "zone"),
    [
        *(("Minsk", "Europe/Minsk"), ("berlin", "Europe/Berlin"), ("New York", "America/New_York")),
        *(("Мінск", "Europe/Minsk"), ("Минск", "Europe/Minsk"), ("Berlin, Germany", "Europe/Berlin")),
        *(("Europe/Munich", "Europe/Berlin"), ("Europe/Warszawa", "Europe/Warsaw"), ("Europe/Berln", "Europe/Berlin")),
        *(
            ("Gomel", "Europe/Minsk"),
            ("Germany", "Europe/Berlin"),
            ("Беларусь", "Europe/Minsk"),
            ("MSK", "Europe/Moscow"),
        ),
        *(("CEST", "Europe/Berlin"), ("Europe/Мinsk", "U+041C CYRILLIC CAPITAL LETTER EM")),
    ],
)
def test_a_place_is_answered_with_its_zone(tmp_path: Path, written: str, zone: str) -> None:
    assert zone in told_of_zone(tmp_path, written)


@each_of(
    ("written", "what"),
    [
        ("Etc/GMT+3", "3 h behind UTC"),
        ("Etc/GMT-2", "2 h ahead of UTC"),
        ("EST", "name of a time"),
        ("CET", "name of a"),
    ],
)
def test_a_zone_that_means_something_else_than_it_seems_is_a_warning(tmp_path: Path, written: str, what: str) -> None:
    fault = told_of_zone(tmp_path, written)
    assert "warning" in fault
    assert what in fault
    assert "Etc/" not in fault.partition("Write ")[2]


@each_of("zone", ["Europe/Kyiv", "Europe/Kiev", "UTC", "America/New_York"])
def test_a_zone_that_is_one_is_left_alone(tmp_path: Path, zone: str) -> None:
    assert told_of_zone(tmp_path, zone) == ""


@each_of(
    ("written", "known"),
    [
        *(
            ("max_gap", ["min_gap", "per_day"]),
            ("private", ["public"]),
            ("unlisted", ["listed"]),
            ("blocked", ["trusted"]),
        ),
        *(("not sensitive", ["sensitive"]), ("end", ["start"]), ("access_token_env", ["access_token_file"])),
    ],
)
def test_the_opposite_is_never_suggested(written: str, known: list[str]) -> None:
    assert nearest(written, known) == ""


def test_what_looks_the_same_is_told_apart() -> None:
    assert (
        write_one_of("сall", ["call", "cell"])
        == "Write \"call\"; what stands there holds 'с' U+0441 CYRILLIC SMALL LETTER ES"
    )
    assert "U+200B ZERO WIDTH SPACE" in write_one_of("ca\u200bll", ["call"])


@each_of(
    ("written", "instead"),
    [
        *(("EN", '"en"'), ("ua", '"uk"'), ("by", '"be"'), ("cz", '"cs"'), ("gr", '"el"'), ("english", '"en"')),
        *(("беларуская", '"be"'), ("Deutsch", '"de"'), ("deu", '"de"'), ("pt_br", '"pt-BR"'), ("belarussian", '"be"')),
        *(("еn", "CYRILLIC SMALL LETTER IE"), ("la", "Latin has no plurals"), ("xx", "Write a code such as")),
    ],
)
def test_a_language_is_answered_with_what_was_meant_and_a_real_one_never_with_another(
    written: str, instead: str
) -> None:
    assert instead in write_instead(written)


def test_another_languages_picture_or_words_are_no_help(tmp_path: Path) -> None:
    folder = sound(tmp_path).write("messages/call/card.en.png", PNG)
    folder.write("messages/call/en.md", "+++\n[[media]]\nfile = 'card.be.png'\nalt = 'A'\n+++\nHi")
    assert "card.en.png" not in next(line for line in folder.told() if "is missing" in line)
    folder = sound(tmp_path).write("messages/call/pt-PT.md", "Hi")
    folder.change("schedules/run-up.toml", "at =", 'languages = ["pt-BR"]\nat =')
    assert any('"pt-BR" is not a language of call. Known are "en", "pt-PT"' in line for line in folder.told())
