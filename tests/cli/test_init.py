"""`bot init`: from nothing to a campaign that rehearses, and whose first post is out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.domain.campaign import PlatformName
from bot.errors import Refused, RefusedCode, Severity
from bot.files.starter import starter
from bot.services.checks.lint import every_fault
from tests.harness.table import each_of
from tests.harness.terminal import Terminal

TODAY = date(2027, 3, 1)
FLAGS = {
    "--name": "Fair Fares Now",
    "--day": "20 May 2099",
    "--city": "Cologne",
    "--languages": "en, de",
    "--hashtags": "#FairFaresNow",
    "--account": "mastodon.example, @fares@union.example, x",
}


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    root = tmp_path / "somewhere"
    root.mkdir()
    return Terminal(root, tmp_path / "home")


def words(**other: str) -> list[str]:
    flags = {**FLAGS, **{f"--{name}": value for name, value in other.items()}}
    return [word for flag, value in flags.items() if value for word in (flag, value)]


def test_a_new_campaign_has_no_mistake_but_the_places_to_fill_and_rehearses_at_once(terminal: Terminal) -> None:
    begun = terminal.bot("init", "fares", "--yes", *words())
    assert begun.status == 0, begun.err
    told = terminal.bot("check", cwd=terminal.root / "fares")
    errors = [line for line in told.out.splitlines() if ": error: " in line]
    assert len(errors) == 12, told.out
    for line in errors:
        assert re.match(r"messages/[a-z-]+/(en|de)\.md:1: error: this place waits for your words: \w", line), line
    assert "names the 12 places" in begun.err
    rehearsed = terminal.bot("rehearse", "--until", "T-27", cwd=terminal.root / "fares")
    assert rehearsed.status == 0, rehearsed.err
    assert "12 places still wait for your words" in rehearsed.err
    assert "Belarus" not in "".join(path.read_text() for path in (terminal.root / "fares").rglob("*.[mt]*"))


def test_scripts_are_told_what_was_written_and_what_waits(terminal: Terminal) -> None:
    document = terminal.bot("init", "fares", "--yes", "--json", *words(languages="fr")).document
    assert document["folder"] == "fares"
    assert "messages/launch/fr.md" in document["files"]
    assert {"path": "messages/launch/fr.md", "line": 1} in document["unwritten"]


def test_what_waits_to_be_written_is_never_posted(terminal: Terminal) -> None:
    terminal.bot("init", "--yes", *words(account="x"))
    planned = terminal.bot("plan", "--json")
    messages = {delivery["message"] for delivery in planned.document}
    assert messages == {"countdown", "live"}


def test_a_person_is_asked_told_what_is_wrong_and_asked_again(terminal: Terminal) -> None:
    answers = {
        "Name of the campaign": ["", "Fair Fares Now"],
        "Day of action": ["soon", "5.6.2099", "2099-06-05"],
        "City [Berlin]": ["Atlantis", "Kraków"],
        "Languages [en]": ["de, pl", "de, en"],
        "Hashtags": ["#Fair-Fares", "FairFaresNow"],
        "Accounts": ["nowhere", "mastodon.example"],
        "Contact": ["me", "press@union.example"],
        "Website": [""],
    }

    def reply(screen: str) -> str:
        return answers[screen.splitlines()[-1].removesuffix(": ")].pop(0)

    said = terminal.at_a_screen("init", "fares", reply=reply)
    assert (said.status, [left for left in answers.values() if left]) == (0, []), said.err
    text = (terminal.root / "fares" / "bot.toml").read_text()
    for written in ('"Fair Fares Now"', "2099-06-05", '"Europe/Warsaw"', '["de", "en"]', '"press@union.example"'):
        assert written in text
    for told in ("can be two days", "only in en, be, ru, de, fr, es", "would not be one hashtag", "is no server"):
        assert told in said.err


def test_nothing_is_written_over(terminal: Terminal) -> None:
    (terminal.root / "messages").mkdir()
    (terminal.root / "messages" / "mine.txt").write_text("mine")
    before = sorted(terminal.root.rglob("*"))
    said = terminal.bot("init", "--yes", *words())
    assert said.status == 1
    assert "This folder holds messages already, and nothing is written over." in said.err
    assert sorted(terminal.root.rglob("*")) == before


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"name": ""}, "this has to be said: --name"),
        ({"day": "2001-01-01"}, "is past"),
        ({"day": "31.2.2099"}, "is not a day"),
        ({"city": "Nowhereville"}, "No time is known"),
        ({"languages": "xx"}, "no messages in"),
        ({"hashtags": "#"}, "needs a hashtag"),
        ({"hashtags": "#fair fares"}, "one hashtag? Then write FairFares. Put commas between several."),
        ({"account": "http://mastodon.example"}, "send secrets unencrypted"),
        ({"website": "https://"}, "--website"),
    ],
)
def test_in_scripts_a_wrong_answer_is_refused_and_nothing_is_written(
    terminal: Terminal, other: dict[str, str], told: str
) -> None:
    said = terminal.bot("init", "fares", "--yes", *words(**other))
    assert (said.status, list(terminal.root.iterdir())) == (1, [])
    assert told in said.err


def answers(day: date, languages: tuple[str, ...] = starter.LANGUAGES) -> starter.Answers:
    accounts = starter.accounts_of("mastodon.example, x")
    return starter.Answers("Ours", day, starter.zone_of("Berlin"), languages, ("FairFares",), accounts, "", "")


@each_of("days", [0, 1, 2, 3, 5, 8, 15, 22, 29, 31, 300])
def test_however_near_the_day_the_schedule_holds_in_every_language(tmp_path: Path, days: int) -> None:
    files = starter.files_of(answers(TODAY + timedelta(days=days)), TODAY)
    starter.write(tmp_path, files)
    faults = [fault for fault in every_fault(tmp_path / "bot.toml") if not fault.is_unwritten]
    assert [str(fault) for fault in faults if fault.severity is Severity.ERROR] == []
    assert {fault.path for fault in faults} <= {"bot.toml"}, "no more than the links that are not known yet"


def all_languages() -> Iterator[tuple[str, Path]]:
    for path in sorted((Path(starter.__file__).parent / "messages").glob("*/*.md")):
        yield path.stem, path


def test_every_first_message_is_in_every_language() -> None:
    stems: dict[str, set[str]] = {}
    for language, path in all_languages():
        stems.setdefault(path.parent.name, set()).add(language)
    assert set(stems) == {"launch", "why", "what-to-do", "countdown", "the-day", "live", "thanks", "report-back"}
    assert all(languages == set(starter.LANGUAGES) for languages in stems.values())


@each_of(
    ("written", "accounts"),
    [
        ("mastodon.example", [("mastodon", "mastodon", "https://mastodon.example")]),
        ("https://Mastodon.Example/@us, X", [("mastodon", "mastodon", "https://mastodon.example"), ("x", "x", "")]),
        (
            "@us@свабода.бел twitter.com/us",
            [("mastodon", "mastodon", "https://xn--80aaccm3dr.xn--90ais"), ("x", "x", "")],
        ),
        (
            "http://127.0.0.1:8080 x x",
            [("mastodon", "mastodon", "http://127.0.0.1:8080"), ("x", "x", ""), ("x-2", "x", "")],
        ),
    ],
)
def test_accounts_are_understood_as_people_write_them(written: str, accounts: list[tuple[str, str, str]]) -> None:
    read = starter.accounts_of(written)
    assert [(account.name, account.platform, account.address) for account in read] == [
        (name, PlatformName(platform), address) for name, platform, address in accounts
    ]


def test_a_campaign_that_is_half_written_does_not_stay(tmp_path: Path) -> None:
    files = {**starter.files_of(answers(TODAY), TODAY), "messages/live/en.md/en.md": "impossible"}
    with pytest.raises(Refused) as refused:
        starter.write(tmp_path, files)
    assert refused.value.code is RefusedCode.CANNOT_WRITE
    assert list(tmp_path.iterdir()) == []


def test_a_link_in_the_way_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "bot.toml").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refused) as refused:
        starter.write(tmp_path, starter.files_of(answers(TODAY), TODAY))
    assert refused.value.code is RefusedCode.ALREADY_A_CAMPAIGN
