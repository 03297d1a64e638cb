"""Secrets: where they are looked for, in which order, and that they never show."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from bot.config import Secret, SecretError, login_file, read, save_login, secret, secret_of
from bot.domain.campaign import SecretSource
from tests.campaign_folder import Folder, sound


@pytest.fixture(autouse=True)
def _nobody_is_logged_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MASTODON_ACCESS_TOKEN", raising=False)


def test_a_secret_does_not_show() -> None:
    hidden = Secret("hush")
    assert f"{hidden} {hidden!r} {[hidden]}" == "••• ••• [•••]"
    assert hidden.reveal() == "hush"
    with pytest.raises(TypeError):
        pickle.dumps(hidden)


def test_the_environment_comes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _private(tmp_path / "token", "from file\n")
    source = SecretSource(env="TOKEN", file="token")
    assert secret(source, tmp_path).reveal() == "from file"
    monkeypatch.setenv("TOKEN", "from environment")
    assert secret(source, tmp_path).reveal() == "from environment"


def test_a_file_that_others_can_read_is_refused_with_the_command_that_mends_it(tmp_path: Path) -> None:
    _private(tmp_path / "token", "hush").chmod(0o640)
    with pytest.raises(SecretError, match="chmod 600") as raised:
        secret(SecretSource(file="token"), tmp_path)
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize("raw", [b"", b" \n", b"\xff\xfe"])
def test_a_file_without_a_secret_is_refused(tmp_path: Path, raw: bytes) -> None:
    _private(tmp_path / "token", "").write_bytes(raw)
    with pytest.raises(SecretError):
        secret(SecretSource(file="token"), tmp_path)


def test_a_missing_secret_says_where_it_was_sought(tmp_path: Path) -> None:
    folder = sound(tmp_path)
    config = read(folder.bot)
    with pytest.raises(SecretError, match="MASTODON_ACCESS_TOKEN is not set"):
        secret_of(config, config.accounts["mastodon"], "access_token", folder.bot)


def test_a_login_is_kept_outside_the_folder_for_its_owner_alone(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "campaign")
    sound(folder.root)
    config = read(folder.bot)
    kept = login_file(config.campaign, "mastodon")
    assert kept == tmp_path / "home" / "groundswell" / "day-of-action" / "mastodon.toml"
    save_login(kept, {"access_token": 'a"b\\ü'})
    assert kept.stat().st_mode & 0o777 == 0o600
    assert secret_of(config, config.accounts["mastodon"], "access_token", folder.bot).reveal() == 'a"b\\ü'
    kept.chmod(0o644)
    with pytest.raises(SecretError, match="chmod 600"):
        secret_of(config, config.accounts["mastodon"], "access_token", folder.bot)


def test_campaigns_in_any_script_keep_their_logins_apart(tmp_path: Path) -> None:
    folder = sound(tmp_path)
    names = ["Дзень дзеянняў", "День действий", "!!!", "x" * 300]
    folders = set()
    for name in names:
        folder.write("bot.toml", (Path(folder.bot).read_text()).replace(read(folder.bot).campaign.name, name))
        folders.add(login_file(read(folder.bot).campaign, "mastodon").parent.name)
    assert len(folders) == len(names)
    assert all(name.isascii() and len(name) < 100 for name in folders)


def _private(file: Path, text: str) -> Path:
    file.write_text(text)
    file.chmod(0o600)
    return file
