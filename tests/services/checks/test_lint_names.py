"""Files that nobody would read are named, and what systems and editors leave behind is not."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from tests.harness.campaign_folder import PNG, sound
from tests.harness.table import each_of


@each_of(
    ("path", "severity", "instead"),
    [
        ("messages/call/en.x.md.txt", "error", "under the name en.x.md"),
        ("messages/call/en.x.MD", "error", "under the name en.x.md"),
        ("messages/call/EN.X.TXT", "error", "under the name en.x.md"),
        ("messages/call/en.docx", "error", "under the name en.md"),
        ("messages/call/be-tarask.odt", "error", "under the name be-tarask.md"),
        ("messages/call/EN.md", "error", "Call it en.md"),
        ("messages/call/en (1).md", "error", "Call it en.md, or take it away if it is a copy"),
        ("messages/call/en-copy.md", "error", "Call it en.md, or take it away if it is a copy"),
        ("messages/call/en copy.md", "error", "Call it en.md, or take it away if it is a copy"),
        ("messages/call/en_GB.md", "error", "Call it en-GB.md"),
        ("messages/call/drafts/en.md", "error", "Put it into messages/call/"),
        ("messages/call/notes.txt", "warning", "texts are called en.md"),
        ("messages/call/poster.psd", "warning", "texts are called en.md"),
        ("messages/call/card.png", "warning", "no message shows this file"),
        ("messages/call/pictures/card.png", "warning", "no message shows this file"),
        ("messages/card.png", "warning", "no message shows this file"),
        ("messages/run-up.toml", "error", "Put it into schedules/"),
        ("messages/call/run-up.toml", "error", "Put it into schedules/"),
        ("messages/call/en.twitter.md", "error", 'Write "x"'),
        ("messages/call/en.md (1)", "error", "under the name en.md"),
        ("messages/call/be.", "error", "under the name be.md"),
        ("messages/call/Copy of be.md", "error", "Call it be.md"),
        ("messages/call/draft.be.md", "error", "Call it be.md"),
        ("messages/call/x.be.md", "error", "Call it be.x.md"),
        ("messages/call/be.m\u0501", "error", "under the name be.md"),
        ("messages/call/be.md.lnk", "error", "under the name be.md"),
        ("messages/call/en.zip", "warning", "under the name en.md"),
        ("messages/call/be/text.md", "error", "Put it into messages/call/"),
        ("messages/call/be.md.bak", "warning", "there is no be.md"),
        ("messages/call/.be.md.icloud", "warning", "Download be.md from iCloud"),
        ("schedules/the-day.toml.bak", "warning", "there is no the-day.toml"),
        ("schedules/the-day.t\u043eml", "error", "Save it as schedules/the-day.toml"),
        ("schedules/en.md", "warning", "messages/<name>/en.md"),
        ("messages/en.md", "warning", "belongs to no message"),
        ("messages/ideas.docx", "warning", "belongs to no message"),
        ("schedules/the-day.toml.txt", "error", "Save it as schedules/the-day.toml"),
        ("schedules/THE-DAY.TOML", "error", "Save it as schedules/the-day.toml"),
        ("schedules/the-day.yaml", "error", "Save it as schedules/the-day.toml"),
        ("schedules/the-day", "error", "Save it as schedules/the-day.toml"),
        ("schedules/notes.docx", "warning", "not read"),
        ("schedules/old/the-day.toml", "error", "Put the-day.toml into schedules/ itself"),
    ],
)
def test_a_file_that_is_not_read_is_named(tmp_path: Path, path: str, severity: str, instead: str) -> None:
    (told,) = sound(tmp_path).write(path, PNG if path.endswith("png") else "Hi").told()
    assert told.startswith(f"{path.replace('old/the-day.toml', 'old')}:1: {severity}: "), told
    assert instead in told


@each_of(
    "name",
    [
        *(".DS_Store", "Thumbs.db", "desktop.ini", "en.md~", ".en.md.swp", "en.md.swp", "~$en.docx", "en.md.bak"),
        *("#en.md#", "README.md", "readme.txt", "LICENSE", "._en.md"),
    ],
)
def test_what_systems_and_editors_leave_behind_is_no_mistake(tmp_path: Path, name: str) -> None:
    folder = sound(tmp_path)
    for place in ("messages", "messages/call", "schedules"):
        folder.write(f"{place}/{name}", "Hi")
    assert folder.told() == []


def test_a_link_that_leads_nowhere_and_a_folder_without_a_text_are_named(tmp_path: Path) -> None:
    folder = sound(tmp_path)
    for place in (
        "messages/gone",
        "messages/call/be.md",
        "messages/call/pictures",
        "schedules/gone.toml",
        "schedules/x",
    ):
        (tmp_path / place).symlink_to(tmp_path / "nowhere")
    (tmp_path / "messages/empty").mkdir()
    assert [told.split(". ")[0] for told in folder.told()] == [
        "messages/call/be.md:1: error: this file is missing",
        "messages/call/pictures:1: error: this link leads nowhere",
        "messages/empty:1: warning: this folder holds no text, so it is no message",
        "messages/gone:1: error: this link leads nowhere",
        "schedules/gone.toml:1: error: this file is missing",
        "schedules/x:1: error: this link leads nowhere",
    ]


def test_a_folder_under_nearly_its_name_is_the_one_that_is_missing(tmp_path: Path) -> None:
    folder = sound(tmp_path)
    (tmp_path / "messages").rename(tmp_path / "Message")
    assert "there is no folder messages/. Rename Message/ to messages/." in folder.told()[0]


@each_of("path", ["message/new/en.md", "Messages/new/en.md", "schedule/the-day.toml"])
def test_a_folder_beside_the_one_that_is_read_is_named(tmp_path: Path, path: str) -> None:
    (told,) = sound(tmp_path).write(path, "Hi").told()
    assert told.startswith(f"{path.split('/')[0]}:1: warning: this folder is not read")


NAME = "працаўнік-мітынг-й"


def test_names_are_compared_as_people_read_them_however_a_system_writes_them(tmp_path: Path) -> None:
    """macOS gives names back with their marks apart (NFD), and people's keyboards write them in one (NFC)."""
    apart, whole = unicodedata.normalize("NFD", NAME), unicodedata.normalize("NFC", NAME)
    assert apart != whole
    folder = sound(tmp_path).write(f"messages/{apart}/{apart}.png", PNG)
    folder.write(f"messages/{apart}/en.md", f"+++\n[[media]]\nfile = '{whole}.png'\nalt = 'A'\n+++\nHi")
    folder.write("schedules/z.toml", f'[[post]]\nmessage = "{whole}"\ndays = ["T"]\nat = 18:00:00\n')
    assert folder.told() == []
    assert {draft.message for draft in folder.drafts()} == {"call", whole}
    folder.write(f"messages/{apart}/en.md", f"+++\n[[media]]\nfile = '{whole}/{whole}.png'\nalt = 'A'\n+++\nHi")
    assert folder.told() == []
    folder.write("schedules/z.toml", f'[[post]]\nmessage = "{apart}"\ndays = ["T"]\nat = 18:00:00\n')
    assert folder.told() == []
