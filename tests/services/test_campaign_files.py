"""Reading the files aside gives what reading them here gives."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bot.domain.limits import Limits
from bot.errors import FaultyFiles, GroundswellError
from bot.services.campaign_files import sound_drafts
from bot.services.drafting import drafts_in_subprocess
from tests.harness.campaign_folder import sound

TOLD = Limits(90, 23, 4, 8_000_000, 40_000_000, frozenset({"image/png"}))


def test_drafts_made_aside_are_those_made_here(tmp_path: Path) -> None:
    folder = sound(tmp_path)
    aside = drafts_in_subprocess(folder.bot, {"mastodon": TOLD})
    assert aside == sound_drafts(folder.bot, {"mastodon": TOLD})
    assert {draft.limit for draft in aside.drafts if draft.account == "mastodon"} == {90}


def test_faults_found_aside_are_those_found_here(tmp_path: Path) -> None:
    folder = sound(tmp_path).change("messages/call/en.md", "{countdown}", "{countdwon}")
    aside_sound = drafts_in_subprocess(folder.bot, {})
    assert aside_sound == sound_drafts(folder.bot, {})
    assert [error.path for error in aside_sound.errors] == ["messages/call/en.md"]
    folder.change("bot.toml", "[campaign]", "[campagne]")
    with pytest.raises(FaultyFiles) as here:
        sound_drafts(folder.bot, {})
    with pytest.raises(FaultyFiles) as aside:
        drafts_in_subprocess(folder.bot, {})
    assert aside.value.faults == here.value.faults


def test_whoever_reads_aside_is_told_no_secret_and_accounts_with_one_token_are_found_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrapper, told = tmp_path / "python", tmp_path / "told"
    wrapper.write_text(f'#!/bin/sh\nenv > "{told}"\nexec "{sys.executable}" "$@"\n')
    wrapper.chmod(0o700)
    of_mastodon = 'platform = "mastodon"\napi_base_url = "https://mastodon.example"\n'
    folder = sound(tmp_path).change("bot.toml", of_mastodon, f'{of_mastodon}access_token_env = "FIRST"\n')
    folder.change("bot.toml", "[links]", f'[accounts.second]\n{of_mastodon}access_token_env = "SECOND"\n[links]')
    for name in ("FIRST", "SECOND", "DATABASE_PASSWORD"):
        monkeypatch.setenv(name, "a-token-of-ours")
    monkeypatch.setattr(sys, "executable", str(wrapper))
    with pytest.raises(FaultyFiles, match="are the same account") as aside:
        drafts_in_subprocess(folder.bot, {})
    with pytest.raises(FaultyFiles) as here:
        sound_drafts(folder.bot)
    assert aside.value.faults == here.value.faults
    assert "a-token-of-ours" not in told.read_text()


def test_a_campaign_folder_cannot_put_its_own_code_in_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = sound(tmp_path).write("msgspec.py", "raise SystemExit('this is not the library')")
    monkeypatch.chdir(tmp_path)
    assert drafts_in_subprocess(folder.bot, {})


def test_a_process_that_cannot_be_had_is_said_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no python"))
    with pytest.raises(GroundswellError, match="could not be read"):
        drafts_in_subprocess(sound(tmp_path).bot, {})
