"""Headers that are missing or misspelt are one fault, and what stands below them is read as what it is."""

from __future__ import annotations

from pathlib import Path

from bot.errors import merged
from bot.files.config.load import survey
from tests.harness.campaign_folder import BOT, SCHEDULE, sound
from tests.harness.table import each_of

WHOLE = (
    BOT
    + """
[monitor]
mentions = true
poll_min = "20s"

[moderation]
trusted = []

[moderation.care]
followers = 100
age = "90d"

[moderation.alarm]
authors = 5

[[moderation.rule]]
when = "reply"
then = "hold"

[organisations]
"@union@mastodon.example" = "DE"

[withdrawal]
en = ["stop"]

[pace]
min_gap = "10m"
per_day = 40

[recheck]
later = "1d"

[reconcile]
reads = 3

[prices]
post = 0.015
repost = 0.015
"""
)
HEADERS = [line for line in WHOLE.split("\n") if line.startswith("[") and line != "[accounts.x]"]


def mended(tmp_path: Path, text: str) -> tuple[object, list[str]]:
    file = tmp_path / "bot.toml"
    file.write_text(text)
    config, faults = survey(file)
    assert config is not None
    return (config.campaign, config.accounts, config.pace, config.moderation, config.prices), [
        str(fault) for fault in merged(faults)
    ]


@each_of("header", HEADERS)
def test_a_header_that_is_missing_is_one_line_and_its_keys_are_read(tmp_path: Path, header: str) -> None:
    sound_one, faults = mended(tmp_path, WHOLE)
    assert faults == []
    found, told = mended(tmp_path, WHOLE.replace(f"{header}\n", "", 1))
    line = WHOLE.split("\n").index(header) + 1
    assert [fault.split(" ")[0] for fault in told] == [f"bot.toml:{line}:"], told
    if header != "[accounts.mastodon]":  # its name is not known any more
        assert found == sound_one
        assert f"but of {header}" in told[0]


def test_a_second_account_without_its_header_is_one_line(tmp_path: Path) -> None:
    folder = sound(tmp_path).change("bot.toml", "[accounts.x]\n", "")
    (told,) = folder.told()
    assert told.startswith('bot.toml:12: error: "platform" stands twice in one table, here and on line 9.')
    assert "or write [accounts.other] on a line above the second one" in told


@each_of("name", ["Kampagne", "campain", "links_", "Adressen", "zahlen"])
def test_a_table_under_another_name_is_known_by_its_keys(tmp_path: Path, name: str) -> None:
    sound_one, _ = mended(tmp_path, WHOLE)
    meant = {"Kampagne": "campaign", "campain": "campaign", "zahlen": "prices"}.get(name, "links")
    found, told = mended(tmp_path, WHOLE.replace(f"[{meant}]", f"[{name}]"))
    assert found == sound_one
    (line,) = told
    assert f'"{name}" is not a key of this file. Write' in line
    assert meant in line


def test_the_lines_behind_a_missing_header_stay_those_of_the_file(tmp_path: Path) -> None:
    text = WHOLE.replace("[campaign]\n", "").replace("[links]\n", "").replace("reads = 3", "reads = 0")
    _, told = mended(tmp_path, text)
    line = text.split("\n").index("reads = 0") + 1
    assert [fault.split(" ")[0] for fault in told][-1] == f"bot.toml:{line}:"
    assert len(told) == 3


def test_a_key_that_stands_in_the_wrong_table_is_told_where_it_belongs(tmp_path: Path) -> None:
    _, told = mended(tmp_path, WHOLE.replace('timezone = "Europe/Berlin"\n', "") + 'timezone = "Europe/Berlin"\n')
    assert any(
        '"timezone" is not a key of [prices], but of [campaign]. Move it below [campaign].' in each for each in told
    )


@each_of(("header", "instead"), [("[x]", "Write [accounts.x]."), ("[accounts]", "[accounts.mastodon]")])
def test_an_account_whose_header_is_not_whole_is_one_line(tmp_path: Path, header: str, instead: str) -> None:
    (told,) = sound(tmp_path).change("bot.toml", "[accounts.x]", header).told()
    assert instead in told


def test_times_by_language_without_their_seconds_are_written_out(tmp_path: Path) -> None:
    (told,) = sound(tmp_path).change("schedules/run-up.toml", "at = 09:30:00", "at = {en = 9:30}").told()
    assert "Write at = { en = 09:30:00 }." in told


@each_of("header", ["[[post]]\n", "[[posts]]\n", "[[eintrag]]\n", "[post]\n"])
def test_a_schedules_header_is_one_line_too(tmp_path: Path, header: str) -> None:
    changed = SCHEDULE.replace("[[post]]\n", "" if header == "[[post]]\n" else header)
    folder = sound(tmp_path).write("schedules/run-up.toml", changed)
    (told,) = map(str, merged(folder.faults()))
    assert "[[post]]" in told.replace('"post"', "[[post]]")


def test_a_picture_without_its_header_is_one_line(tmp_path: Path) -> None:
    folder = sound(tmp_path).write("messages/call/en.md", '+++\nfile = "a.gif"\nalt = "A"\n+++\nWords {hashtags}')
    folder.write("messages/call/a.gif", b"GIF89a" + bytes(60))
    (told,) = map(str, merged(folder.faults()))
    assert told.startswith("messages/call/en.md:2: error:")
    assert "Write [[media]] on a line above it" in told
