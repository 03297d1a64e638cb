"""`bot login` as a person meets it, against both test servers."""

from __future__ import annotations

import re
import stat
from datetime import date
from pathlib import Path

import httpx
import pytest

from tests.harness import begun_campaign
from tests.harness.terminal import Terminal
from tests.servers.mastodon import MastodonAccount, MastodonServer
from tests.servers.x.handle import XSimulator, XUser

DAY = date(2125, 4, 16)


def bot_toml(mastodon: str, x: str) -> str:
    """What `bot init` writes, with X elsewhere, and an account that only rehearses."""
    on_x = ('platform                = "x"', f'platform = "x"\napi_base_url = "{x}"')
    return begun_campaign.bot_toml(f"{mastodon}, x", DAY, on_x) + '[accounts.stage]\nplatform = "rehearsal"\n'


@pytest.fixture
def x(x_process: XSimulator) -> XSimulator:
    x_process.reset()
    return x_process


@pytest.fixture
def union(mastodon: MastodonServer) -> MastodonAccount:
    return mastodon.add_account("union", bot=True)


@pytest.fixture
def us(x: XSimulator) -> XUser:
    return x.add_user("UnionHandle")


@pytest.fixture
def terminal(tmp_path: Path, mastodon_process: MastodonServer, x_process: XSimulator) -> Terminal:
    root, home = tmp_path / "campaign", tmp_path / "home"
    for folder in (home, root / "messages", root / "schedules"):
        folder.mkdir(parents=True)
    (root / "bot.toml").write_text(bot_toml(mastodon_process.url, x_process.url))
    return Terminal(root, home)


def file_of(terminal: Terminal, account: str) -> Path:
    (found,) = (terminal.config_home / "groundswell" / "logins").glob(f"*/*-{account}-*.toml")
    return found


def pin_shown_at(address: str) -> str:
    found = re.search(r"<code>(\d+)</code>", httpx.get(address, trust_env=False).text)
    assert found is not None
    return found[1]


def kept(terminal: Terminal, account: str) -> dict[str, str]:
    return dict(re.findall(r'^(\w+) = "(.+)"$', file_of(terminal, account).read_text(), re.MULTILINE))


def assert_hidden(terminal: Terminal, account: str, *shown: str) -> None:
    """No secret is on the screen or in any file of the campaign's folder."""
    files = [file.read_bytes() for file in terminal.root.rglob("*") if file.is_file()]
    for secret in (value for name, value in kept(terminal, account).items() if name.startswith(("api_", "access_"))):
        assert not any(secret in text for text in shown)
        assert not any(secret.encode() in content for content in files)


def assert_private(file: Path) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_after_both_logins_the_bot_posts_without_anything_in_the_environment(
    terminal: Terminal, mastodon: MastodonServer, union: MastodonAccount, x: XSimulator, us: XUser
) -> None:
    on_mastodon = terminal.login("mastodon", answer=lambda address: [mastodon.authorize(union, address)])
    assert (on_mastodon.status, on_mastodon.out) == (0, "")
    assert "mastodon is @union@" in on_mastodon.err
    assert "!" not in on_mastodon.err

    terminal.environment.update(X_API_KEY=us.api_key, X_API_SECRET=us.api_secret)
    on_x = terminal.login("x", answer=lambda address: [pin_shown_at(address)])
    terminal.environment.clear()
    assert (on_x.status, on_x.out) == (0, "")
    assert "x is x:UnionHandle" in on_x.err
    assert "automated label" in on_x.err

    for account in ("mastodon", "x"):
        posted = terminal.bot("post", f"We are {account}", "--account", account, "--at", "now")
        assert posted.status == 0, posted.err
    assert terminal.bot("run", "--once").status == 0
    assert mastodon.ledger().texts(union) == ["We are mastodon"]
    assert [post["text"] for post in x.ledger()["posts"]] == ["We are x"]
    for account, said in (("mastodon", on_mastodon), ("x", on_x)):
        assert_private(file_of(terminal, account))
        assert_hidden(terminal, account, said.out, said.err)


def test_a_wrong_code_is_said_and_may_be_typed_again(
    terminal: Terminal, mastodon: MastodonServer, union: MastodonAccount
) -> None:
    mastodon.set_account(union, bot=False)

    def answer(address: str) -> list[str]:
        code = mastodon.authorize(union, address)
        return ["not-the-code", f"  {mastodon.url}/oauth/authorize/native?code={code} "]

    said = terminal.login("mastodon", "--json", answer=answer)
    assert said.status == 0
    assert said.document.pop("handle").startswith("@union@")
    assert said.document["file"] == str(file_of(terminal, "mastodon"))
    assert said.err.count("did not accept the code") == 1
    assert "! The account is not labelled as automated." in said.err


def test_three_wrong_codes_or_none_at_all_end_the_login_with_nothing_kept(
    terminal: Terminal, mastodon: MastodonServer
) -> None:
    wrong = terminal.login("mastodon", answer=lambda address: ["a", "b", "c"])
    assert (wrong.status, wrong.err.count("did not accept the code")) == (1, 3)
    nothing = terminal.login("mastodon", answer=lambda address: [])
    assert nothing.status == 1
    assert "Nothing was typed, so nothing is kept." in nothing.err
    assert "Traceback" not in wrong.err + nothing.err
    assert not terminal.config_home.exists()


def test_a_server_that_cannot_be_reached_is_said_in_plain_words(terminal: Terminal) -> None:
    terminal.root.joinpath("bot.toml").write_text(bot_toml("http://127.0.0.1:9", "http://127.0.0.1:9"))
    said = terminal.bot("login", "mastodon")
    assert said.status == 1
    assert "Check its address and the network." in said.err
    assert "Traceback" not in said.err


def test_keys_of_x_are_asked_for_unseen_asked_again_when_refused_and_then_kept(
    terminal: Terminal, x: XSimulator, us: XUser
) -> None:
    keys = iter(["wrongkey", "wrongsecret", us.api_key, us.api_secret])

    def reply(screen: str) -> str:
        addresses = re.findall(r"http\S+/oauth/authorize\S+", screen)
        return pin_shown_at(addresses[0]) if addresses else next(keys)

    first = terminal.at_a_screen("login", "x", reply=reply)
    assert first.status == 0, first.err
    assert first.err.count("https://developer.x.com") == 2
    assert "wrongkey" not in first.err
    assert_private(file_of(terminal, "x"))
    assert_hidden(terminal, "x", first.err)
    second = terminal.login("x", answer=lambda address: ["0000000", pin_shown_at(address)])
    assert second.status == 0
    assert second.err.count("did not let account x log in") == 1
    assert kept(terminal, "x")["api_key"] == us.api_key


def test_a_secret_that_comes_first_is_told_of(
    terminal: Terminal, mastodon: MastodonServer, union: MastodonAccount
) -> None:
    terminal.environment["MASTODON_ACCESS_TOKEN"] = "an-older-one"
    said = terminal.login("mastodon", answer=lambda address: [mastodon.authorize(union, address)])
    assert said.status == 0
    assert "environment variable MASTODON_ACCESS_TOKEN" in said.err
    assert "an-older-one" not in said.err


def test_an_unknown_account_is_answered_with_those_there_are(terminal: Terminal) -> None:
    said = terminal.bot("login", "mastadon")
    assert (said.status, said.out) == (1, "")
    assert 'no account "mastadon" in bot.toml; there are: mastodon, x, stage' in said.err


def test_the_rehearsal_needs_no_login(terminal: Terminal) -> None:
    said = terminal.bot("login", "stage", "--json")
    assert said.status == 0
    assert said.document == {"account": "stage", "handle": "", "file": None}


def test_new_names_for_campaign_account_folder_and_file_leave_it_logged_in(
    terminal: Terminal, mastodon: MastodonServer, union: MastodonAccount
) -> None:
    assert terminal.login("mastodon", answer=lambda address: [mastodon.authorize(union, address)]).status == 0
    root = terminal.root.rename(terminal.root.with_name("next-year"))
    written = (root / "bot.toml").read_text()
    written = written.replace('"Day of Action"', '"Дзень дзеянняў"').replace("[accounts.mastodon]", "[accounts.main]")
    (root / "bot.toml").unlink()
    (root / "campaign.toml").write_text(written)
    moved = Terminal(root, terminal.home)
    said = moved.bot("post", "Still here.", "--account", "main", "--at", "now", "--config", "campaign.toml")
    assert said.status == 0, said.err
    moved.bot("run", "--once", "--config", "campaign.toml")
    assert mastodon.ledger().texts(union) == ["Still here."]
