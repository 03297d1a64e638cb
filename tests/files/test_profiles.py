"""`messages/_profile/`: what the accounts' profiles are to say. The folder is no message."""

from __future__ import annotations

from pathlib import Path

from bot.errors import Severity
from tests.harness.campaign_folder import CampaignFolder, sound


def folder_with(tmp_path: Path, text: str, name: str = "en.md") -> CampaignFolder:
    return sound(tmp_path).write(f"messages/_profile/{name}", text)


def test_the_profiles_are_no_message_and_are_filled_in(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "The Day.\nRun by {operator}: {website}\n")
    folder.change("bot.toml", "[campaign]\n", '[campaign]\noperator = "The Union"\n')
    assert folder.told() == []
    library = folder.library()
    assert list(library.messages) == ["call"]
    (profile,) = library.profiles
    assert (profile.language, profile.text) == ("en", "The Day. Run by The Union: https://campaign.example/")


def test_each_fault_of_a_profile_is_told_with_its_place(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "The Day.\n\nRun by {operater}.\n")
    assert folder.told() == [
        'messages/_profile/en.md:3: error: {operater} is no placeholder of a profile. Write "{operator}".'
    ]
    folder.write("messages/_profile/en.md", "\n")
    assert folder.told()[0].startswith("messages/_profile/en.md:1: error: there is no text here")
    folder.write("messages/_profile/en.md", "Day").write("messages/_profile/english.md", "Day")
    assert folder.told()[0].startswith('messages/_profile/english.md:1: error: "english" in this file\'s name')


def test_a_profile_that_is_too_long_for_a_platform_is_a_warning(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, "a" * 161)
    (fault,) = folder.faults()
    assert fault.severity is Severity.WARNING
    assert fault.what == "a profile on x takes 160 characters, and this is 161"


def test_a_fault_of_a_profile_keeps_no_message_from_being_planned(tmp_path: Path) -> None:
    assert len(folder_with(tmp_path, "{nonsense}").drafts()) == 4
