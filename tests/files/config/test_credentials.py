"""Secrets: where they are looked for, in which order, and that they never show."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from bot.cli.words.remedies import with_commands
from bot.domain.campaign import SecretSource
from bot.files.config.credentials import Secret, SecretError, secret
from bot.files.config.load import read
from bot.files.config.login import keep_login, login_handle, secret_gap, secret_of
from tests.harness.campaign_folder import CampaignFolder, sound
from tests.harness.table import each_of


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
    with pytest.raises(SecretError) as raised:
        secret(SecretSource(file="token"), tmp_path)
    assert "chmod 600" in with_commands(str(raised.value))
    assert "hush" not in str(raised.value)


@each_of("raw", [b"", b" \n", b"\xff\xfe"])
def test_a_file_without_a_secret_is_refused(tmp_path: Path, raw: bytes) -> None:
    _private(tmp_path / "token", "").write_bytes(raw)
    with pytest.raises(SecretError):
        secret(SecretSource(file="token"), tmp_path)


def test_a_missing_secret_says_where_it_was_sought(tmp_path: Path) -> None:
    folder = sound(tmp_path)
    config = read(folder.bot)
    with pytest.raises(SecretError) as raised:
        secret_of(config, config.accounts["mastodon"], "access_token", folder.bot)
    assert with_commands(str(raised.value)) == (
        "no access_token for mastodon: the environment variable MASTODON_ACCESS_TOKEN is not set; set it, or run: "
        "bot login mastodon"
    )


def test_a_login_is_kept_outside_the_folder_for_its_owner_alone(tmp_path: Path) -> None:
    folder = campaign(tmp_path)
    kept = logged_in(folder, "mastodon", 'a"b\\ü')
    assert kept.is_relative_to(tmp_path / "home" / "groundswell" / "logins")
    assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert token(folder, "mastodon") == 'a"b\\ü'
    assert not any("ü".encode() in file.read_bytes() for file in folder.root.rglob("*") if file.is_file())
    kept.write_text(kept.read_text().replace("ü", "changed by hand"))
    assert token(folder, "mastodon") == 'a"b\\changed by hand'
    kept.chmod(0o644)
    assert "chmod 600" in token(folder, "mastodon")


def test_no_new_name_logs_an_account_out(tmp_path: Path) -> None:
    folder = campaign(tmp_path)
    logged_in(folder, "mastodon", "t1")
    folder.change("bot.toml", '"Day of Action"', '"Дзень дзеянняў"')
    assert token(folder, "mastodon") == "t1"
    folder.change("bot.toml", "[accounts.mastodon]", "[accounts.main]")
    folder.change("bot.toml", "https://mastodon.example", "https://Mastodon.Example:443/")
    assert token(folder, "main") == "t1"
    moved = CampaignFolder(folder.root.rename(tmp_path / "elsewhere"))
    moved.bot.rename(moved.root / "campaign.toml")
    config = read(moved.root / "campaign.toml")
    assert secret_gap(config, config.accounts["main"], moved.root / "campaign.toml") == ""
    moved.bot.with_name("campaign.toml").rename(moved.bot)
    (moved.root / "var" / "campaign-id").unlink()
    moved = CampaignFolder(moved.root.rename(folder.root))
    assert token(moved, "main") == "t1", "it was made in this folder"
    moved.write("bot.toml", moved.bot.read_text() + SECOND)
    assert token(moved, "main") == "t1"
    assert "bot login second" in token(moved, "second"), "another account of that server"
    assert login_handle(read(moved.bot), read(moved.bot).accounts["main"], moved.bot) == "@t1@mastodon.example"


def test_two_accounts_of_one_server_keep_their_own(tmp_path: Path) -> None:
    folder = campaign(tmp_path)
    folder.write("bot.toml", folder.bot.read_text() + SECOND)
    logged_in(folder, "mastodon", "t1")
    logged_in(folder, "second", "t2")
    assert [token(folder, name) for name in ("mastodon", "second")] == ["t1", "t2"]
    folder.change("bot.toml", "[accounts.second]", "[accounts.third]")
    assert [token(folder, name) for name in ("mastodon", "third")] == ["t1", "t2"]
    folder.change("bot.toml", "[accounts.mastodon]", "[accounts.a]").change("bot.toml", ".third]", ".b]")
    for name in ("a", "b"):
        said = token(folder, name)
        assert "@t1@mastodon.example, @t2@mastodon.example" in said
        assert f"run: bot login {name}" in said
    logged_in(folder, "a", "t1 again")
    assert token(folder, "a") == "t1 again"


def test_two_campaigns_do_not_take_each_others_logins(tmp_path: Path) -> None:
    one, other = campaign(tmp_path, "one"), campaign(tmp_path, "other")
    logged_in(one, "mastodon", "t1")
    assert "bot login mastodon" in token(other, "mastodon")
    logged_in(other, "mastodon", "t2")
    assert [token(folder, "mastodon") for folder in (one, other)] == ["t1", "t2"]


def test_a_login_of_an_earlier_version_is_taken_along(tmp_path: Path) -> None:
    folder = campaign(tmp_path)
    before = tmp_path / "home" / "groundswell" / "day-of-action" / "mastodon.toml"
    before.parent.mkdir(parents=True)
    _private(before, 'access_token = "old"\n')
    folder.change("bot.toml", '"Day of Action"', '"Another name"')
    said = token(folder, "mastodon")
    assert f'If "{before}" is the login of this account, move it to' in said
    folder.change("bot.toml", '"Another name"', '"Day of Action"')
    assert token(folder, "mastodon") == "old"
    assert not before.parent.exists()
    folder.change("bot.toml", '"Day of Action"', '"Another name"')
    assert token(folder, "mastodon") == "old"


SECOND = '\n[accounts.second]\nplatform = "mastodon"\napi_base_url = "https://mastodon.example"\n'


def campaign(tmp_path: Path, name: str = "campaign") -> CampaignFolder:
    return sound(tmp_path / name)


def logged_in(folder: CampaignFolder, account: str, kept: str) -> Path:
    """As `bot login` leaves it; the handle is the token's first word."""
    config = read(folder.bot)
    handle = f"@{kept.split()[0]}@mastodon.example"
    return keep_login(config, config.accounts[account], folder.bot, handle, {"access_token": kept})


def token(folder: CampaignFolder, account: str) -> str:
    """The token that is used for an account, or why there is none."""
    config = read(folder.bot)
    found = config.accounts[account]
    gap = secret_gap(config, found, folder.bot)
    return with_commands(gap) or secret_of(config, found, "access_token", folder.bot).reveal()


def _private(file: Path, text: str) -> Path:
    file.write_text(text)
    file.chmod(0o600)
    return file
