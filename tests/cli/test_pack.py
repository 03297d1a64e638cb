"""`bot pack` and `bot init --from`: a union takes another's campaign over, and nobody's secrets or people with it."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from bot.errors import RefusedCode
from bot.files.starter import pack as packs
from bot.files.starter import starter
from bot.files.starter.record import PackRecord
from tests.harness.full_disk import full_disk
from tests.harness.refusals import refused
from tests.harness.terminal import CommandResult, Terminal

GPS = 0x8825

BOT = """\
# Fares, by the bus drivers' union.
[campaign]
name = "Fair Fares"
day_of_action = 2099-05-20
timezone = "Europe/Berlin"
languages = ["en", "de"]
hashtags = ["FairFares"]
contact = "ana@drivers.example"
operator = "Steering Committee"

[accounts.drivers]
platform = "mastodon"
api_base_url = "https://drivers.example"
access_token_file = "secrets/drivers"

[accounts.bird]
platform = "x"

[links]
website = "https://drivers.example/fares"     # our own page

[moderation]
trusted = ["@ana@drivers.example"]
blocked = ["@boss@depot.example"]

[organisations]
"@ana@drivers.example" = "DE"
"""
SCHEDULE = """\
[times]
en = 10:00:00
de = 09:00:00

[[post]]
message = "launch"
days = ["T-30"]          # a month before
accounts = ["drivers", "bird"]

[[post]]
message = "photo"
days = ["T-7"]
accounts = ["drivers"]
"""
PHOTO = '+++\n[[media]]\nfile = "p.jpg"\nalt = "A depot."\n+++\n'
OWN = (
    "--account",
    "pilots.example",
    "--account",
    "x",
    "--website",
    "https://pilots.example",
    "--name",
    "Fares for All",
)


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    root = tmp_path / "theirs"
    for path, text in {
        "bot.toml": BOT,
        "schedules/run-up.toml": SCHEDULE,
        "messages/launch/en.md": "The drivers cannot afford the ride, and we say so. {website} {hashtags}\n",
        "messages/launch/de.md": "Wer fährt, kann sich die Fahrt nicht leisten. Wir sagen es. {website} {hashtags}\n",
        "messages/photo/en.md": f"{PHOTO}Our depot this morning. {{hashtags}}\n",
        "messages/photo/de.md": f"{PHOTO}Unser Depot heute früh. {{hashtags}}\n",
        "secrets/drivers": "SECRET-TOKEN\n",
        ".env": "TOKEN=SECRET-TOKEN\n",
        "var/groundswell.db": "SECRET-TOKEN",
        "messages/launch/.notes.md": "ana asked for it",
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    place = Image.Exif()
    place[GPS] = {1: "N", 2: (52.0, 30.0, 0.0), 3: "E", 4: (13.0, 24.0, 0.0)}
    Image.new("RGB", (40, 40)).save(root / "messages/photo/p.jpg", exif=place)
    return Terminal(tmp_path, tmp_path / "home")


def packed(terminal: Terminal) -> Path:
    said = terminal.bot("pack", "../fares.zip", cwd=terminal.root / "theirs")
    assert said.status == 0, said.err
    return terminal.root / "fares.zip"


def taken_over(terminal: Terminal, source: str, *more: str) -> CommandResult:
    return terminal.bot("init", "ours", "--yes", "--from", source, *OWN, *more)


def test_words_and_days_travel_and_nobody_s_secrets_or_people_do(terminal: Terminal) -> None:
    archive = zipfile.ZipFile(packed(terminal))
    contents = {name: archive.read(name) for name in archive.namelist()}
    assert sorted(contents) == [
        *("bot.toml", "messages/launch/de.md", "messages/launch/en.md", "messages/photo/de.md", "messages/photo/en.md"),
        *("messages/photo/p.jpg", "pack.json", "schedules/run-up.toml"),
    ]
    whole = b"".join(contents.values())
    for private in (b"SECRET-TOKEN", b"@ana", b"ana@", b"@boss", b"access_token_file", b"api_base_url", b"Steering"):
        assert private not in whole
    degrees = Image.open(BytesIO(contents["messages/photo/p.jpg"])).getexif().get_ifd(GPS).get(2, (0,))
    assert not any(degree == 52 for degree in degrees), "nor the place where a photo was taken"
    assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("source", ["fares.zip", "theirs"])
def test_a_campaign_is_taken_over_with_ones_own_accounts_and_day(terminal: Terminal, source: str) -> None:
    packed(terminal)
    said = taken_over(terminal, source, "--day", "2099-06-01", "--city", "Vienna", "--hashtags", "FaresForAll")
    assert said.status == 0, said.err
    bot = (terminal.root / "ours/bot.toml").read_text()
    for own in ('"Fares for All"', "2099-06-01", '"Europe/Vienna"', '["FaresForAll"]', "https://pilots.example"):
        assert own in bot
    assert "drivers.example" not in bot
    assert "# our own page" in bot, "comments stay"
    schedule = (terminal.root / "ours/schedules/run-up.toml").read_text()
    assert 'accounts = ["mastodon", "x"]' in schedule
    assert "# a month before" in schedule
    checked = terminal.bot("check", cwd=terminal.root / "ours")
    assert "0 errors" in checked.out
    assert terminal.bot("rehearse", "--until", "T-28", cwd=terminal.root / "ours").status == 0


def test_what_still_says_the_same_on_x_is_named_until_it_is_said_otherwise(terminal: Terminal) -> None:
    packed(terminal)
    taken_over(terminal, "fares.zip")
    line = next(
        line for line in terminal.bot("check", cwd=terminal.root / "ours").out.splitlines() if "X forbids" in line
    )
    assert line.startswith("messages/launch/de.md:1: warning: this is still nearly what Fair Fares says")
    assert "2 places" in line, "what is for Mastodon alone may stay"
    for language, text in (
        ("en", "We fly you home and walk there."),
        ("de", "Wir fliegen euch heim und gehen zu Fuß."),
    ):
        (terminal.root / f"ours/messages/launch/{language}.x.md").write_text(f"{text} {{website}} {{hashtags}}\n")
    assert "X forbids" not in terminal.bot("check", cwd=terminal.root / "ours").out


def test_languages_that_are_not_wanted_stay_behind(terminal: Terminal) -> None:
    packed(terminal)
    assert taken_over(terminal, "fares.zip", "--languages", "de").status == 0
    assert not list((terminal.root / "ours").rglob("en.md"))
    assert "0 errors" in terminal.bot("check", cwd=terminal.root / "ours").out
    refused = terminal.bot("init", "more", "--yes", "--from", "fares.zip", *OWN, "--languages", "fr")
    assert (refused.status, (terminal.root / "more").exists()) == (1, False)


def test_the_campaign_that_ships_is_taken_over_in_two_of_its_languages_on_one_network(terminal: Terminal) -> None:
    """Posts of other languages or networks alone stay behind, and the pictures of words that do."""
    shipped = str(Path(__file__).parents[2] / "bot.toml")
    assert terminal.bot("pack", "shipped.zip", "--config", shipped).status == 0
    own = ("--name", "Ours", "--day", "2099-05-20", "--account", "union.example", "--languages", "en,de")
    said = terminal.bot("init", "ours", "--yes", "--from", "shipped.zip", *own)
    assert said.status == 0, said.err
    assert "bot check        finds what is not right yet" in said.err
    cards = {file.name for file in (terminal.root / "ours").rglob("*.png")}
    assert cards == {"card.en.png", "card.de.png"}
    checked = terminal.bot("check", "--config", "ours")
    assert (checked.status, "no message shows this file" in checked.out) == (0, False), checked.out
    assert "languages = []" not in (terminal.root / "ours/schedules/the-day.toml").read_text(encoding="utf-8")


def zipped(terminal: Terminal, *entries: tuple[zipfile.ZipInfo | str, bytes]) -> str:
    """The pack with more in it."""
    file = packed(terminal)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return file.name


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def lying(terminal: Terminal) -> str:
    """An entry that says it is short, and is not."""
    name = zipped(terminal, ("messages/launch/big.png", bytes(50_000)))
    file = terminal.root / name
    file.write_bytes(file.read_bytes().replace((50_000).to_bytes(4, "little"), (5).to_bytes(4, "little")))
    return name


def twice(terminal: Terminal) -> str:
    with pytest.warns(UserWarning, match="Duplicate name"):
        return zipped(terminal, ("messages/launch/en.md", b"twice"))


BOMB = bytes(310_000_000)


@pytest.mark.parametrize(
    "spoiled",
    [
        lambda terminal: zipped(terminal, ("../outside.md", b"out")),
        lambda terminal: zipped(terminal, ("/tmp/outside.md", b"out")),
        lambda terminal: zipped(terminal, ("messages/../../outside.md", b"out")),
        lambda terminal: zipped(terminal, ("..\\outside.md", b"out")),
        lambda terminal: zipped(terminal, ("C:\\outside.md", b"out")),
        lambda terminal: zipped(terminal, (link("messages/launch/fr.md"), b"/etc/passwd")),
        lambda terminal: zipped(terminal, ("messages/launch/huge.mp4", BOMB)),
        lambda terminal: zipped(terminal, *((f"messages/m{number}/en.md", b"x") for number in range(5_001))),
        lying,
        twice,
    ],
    ids=["parent", "absolute", "within", "backslash", "drive", "link", "bomb", "many", "lying", "twice"],
)
def test_a_pack_that_means_harm_is_refused_whole(terminal: Terminal, spoiled: Callable[[Terminal], str]) -> None:
    before = sorted(path.name for path in terminal.root.parent.iterdir())
    said = taken_over(terminal, spoiled(terminal))
    assert said.status == 1
    assert "Traceback" not in said.err
    assert not (terminal.root / "ours").exists()
    assert sorted(path.name for path in terminal.root.parent.iterdir()) == before


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x05\x06" + bytes(18), b"PK\x03\x04" + bytes(100)])
def test_what_is_no_pack_is_said(terminal: Terminal, content: bytes) -> None:
    (terminal.root / "odd.zip").write_bytes(content)
    said = taken_over(terminal, "odd.zip")
    assert said.status == 1
    assert "odd.zip is no campaign that was packed whole" in said.err
    assert "There is no nowhere.zip" in taken_over(terminal, "nowhere.zip").err


def test_what_does_not_belong_into_a_campaign_is_left(terminal: Terminal) -> None:
    name = zipped(terminal, ("run.sh", b"rm"), ("messages/launch/a.py", b"x"), ("messages/.git/config.md", b"x"))
    assert taken_over(terminal, name).status == 0
    assert not [*(terminal.root / "ours").rglob("*.sh"), *(terminal.root / "ours").rglob("*.py")]
    assert not (terminal.root / "ours/messages/.git").exists()


def test_a_link_that_leads_out_is_not_packed_and_nothing_is_written_over(terminal: Terminal) -> None:
    (terminal.root / "theirs/messages/launch/fr.md").symlink_to("/etc/hostname")
    said = terminal.bot("pack", "../fares.zip", cwd=terminal.root / "theirs")
    assert "messages/launch/fr.md leads out of the campaign's folder" in said.err
    (terminal.root / "theirs/messages/launch/fr.md").unlink()
    packed(terminal)
    again = terminal.bot("pack", "../fares.zip", cwd=terminal.root / "theirs")
    assert (again.status, "is there already" in again.err) == (1, True)


def test_what_cannot_be_written_whole_is_not_there_and_is_said(tmp_path: Path) -> None:
    pack = packs.Pack({"bot.toml": b"x" * 5000}, PackRecord("Fair fares", {}, {}))
    with full_disk(100):
        with refused(RefusedCode.CANNOT_WRITE):
            packs.write_zip(pack, tmp_path / "fares.zip")
        with refused(RefusedCode.CANNOT_WRITE):
            starter.write(tmp_path / "fares", pack.files)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
