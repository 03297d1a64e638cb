"""Who may use the console, on the command line: invited, listed, let in no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness import rehearsal_campaign
from tests.harness.terminal import Terminal


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(rehearsal_campaign.make(tmp_path / "campaign"), tmp_path)


def test_an_invitation_is_listed_until_it_is_withdrawn(terminal: Terminal) -> None:
    terminal.bot("user", "add", "Kasia", "--role", "Moderator", "--role", "editor")
    (kasia,) = terminal.bot("user", "list", "--json").document
    assert (kasia["name"], kasia["roles"], kasia["disabled"]) == ("Kasia", ["editor", "moderator"], False)
    assert kasia["invited_until"].endswith("Z")
    assert "Kasia  editor, moderator  (invited, until " in terminal.bot("user", "list").out
    said = terminal.bot("user", "reset", "kasia")
    assert (said.status, "has not opened the link yet" in said.err) == (1, True)
    assert "The link holds no more." in terminal.bot("user", "disable", "kasia").err
    assert terminal.bot("user", "list", "--json").document == []
    said = terminal.bot("user", "disable", "Kasia")
    assert (said.status, "There is no user called" in said.err) == (1, True)


def test_other_roles_are_for_users_and_somebody_stays_an_admin(terminal: Terminal) -> None:
    terminal.bot("user", "add", "Kasia")
    said = terminal.bot("user", "roles", "Kasia", "--role", "editor")
    assert (said.status, "has not opened the link yet" in said.err) == (1, True)
    assert terminal.bot("user", "roles", "Kasia").status == 2
    assert "There is no user called" in terminal.bot("user", "roles", "Jan", "--role", "editor").err


def test_a_role_that_there_is_not_is_named_beside_those_that_there_are(terminal: Terminal) -> None:
    said = terminal.bot("user", "add", "Kasia", "--role", "mod")
    assert said.status == 2
    assert '"mod" is not a role; the roles are viewer, editor, moderator, admin' in said.err
    assert terminal.bot("user", "list", "--json").document == []


@pytest.mark.parametrize(
    "address", ["ftp://console.example", "console.example", "https://a.example/console", "https://", "https://a b"]
)
def test_a_link_that_no_browser_could_open_is_not_made(terminal: Terminal, address: str) -> None:
    said = terminal.bot("user", "add", "Kasia", "--address", address)
    assert (said.status, "without a path" in said.err) == (2, True)
    assert terminal.bot("user", "list", "--json").document == []


@pytest.mark.parametrize("address", ["https://console.example/", "http://[::1]:8377", "https://console.example:8443"])
def test_a_link_begins_with_the_address_that_is_given(terminal: Terminal, address: str) -> None:
    link = terminal.bot("user", "add", "Kasia", "--address", address).out.splitlines()[0]
    assert link.startswith(f"{address.rstrip('/')}/invitations/")


def test_a_rehearsal_is_shown_where_it_is_told_only_in_the_console(terminal: Terminal) -> None:
    said = terminal.bot("rehearse", "--listen", "localhost:8377")
    assert (said.status, "comes with --web" in said.err) == (2, True)
