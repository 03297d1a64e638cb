"""Whose post a number stands for is said before anything is done to it, and scripts can say whose they mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import RefusedCode
from bot.services import subject
from bot.services.protection.retention import purge_quietly
from tests.harness import rehearsal_campaign
from tests.harness.campaign import CampaignHarness
from tests.harness.refusals import refused
from tests.harness.table import each_of
from tests.harness.terminal import Terminal

SVABODA = "@maria@xn--80aaccm3dr.xn--90ais"
COMMANDS = [
    ("reject", "1", "Reject it?"),
    ("withdraw", "1", "Forget its author for good?"),
    ("forget", "@olga@union.example", "Forget them for good?"),
    ("cancel", "2", "Call it off?"),
    ("undo", "2", "Take it back?"),
]


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A campaign that has seen two videos; nothing is done to either."""
    folder = tmp_path_factory.mktemp("subject")
    root = rehearsal_campaign.make(folder / "campaign")
    (folder / "home").mkdir()
    rehearsal_campaign.solidarity(root, SVABODA, "@olga@union.example")
    with (root / "bot.toml").open("a") as file:
        file.write('[moderation.care]\nfollowers = 0\nage = "0s"\nlanguages = []\n')
    found = Terminal(root, folder / "home")
    assert found.bot("run", "--once", "--json").status == 0
    return found


@pytest.mark.parametrize(("command", "which", "question"), COMMANDS)
def test_a_person_sees_whose_it_is_and_may_say_no(terminal: Terminal, command: str, which: str, question: str) -> None:
    said = terminal.at_a_screen(command, which, reply=lambda _: "n")
    assert said.status == 1
    assert f"{question} y/n:" in said.err
    assert "Nothing was done." in said.err
    if command in {"reject", "withdraw"}:
        assert "Sighting 1, @maria@свабода.бел:" in said.err
        assert "We stand with you!" in said.err
    if command == "cancel":
        assert "Write to the embassies." in said.err


@pytest.mark.parametrize("command", ["approve", "reject", "withdraw", "flag"])
def test_a_script_that_means_somebody_else_changes_nothing(terminal: Terminal, command: str) -> None:
    said = terminal.bot(command, "1", "--expect", "@olga@union.example", "--json")
    assert (said.status, said.out) == (1, "")
    assert 'Sighting 1 is of @maria@свабода.бел, not of "@olga@union.example". Nothing was done.' in said.err


def test_a_script_says_whose_it_is_in_any_way_and_a_yes_is_asked_for_once(terminal: Terminal) -> None:
    assert [one["state"] for one in terminal.bot("sightings", "--json").document] == ["held", "held"], "none was done"
    assert (
        terminal.bot("reject", "1", "--expect", "https://свабода.бел/@Maria", "--json").document["state"] == "rejected"
    )
    said = terminal.at_a_screen("approve", "1", reply=lambda _: "y")
    assert said.status == 0
    assert "Approve it? y/n:" in said.err
    assert "Sighting 1 by @maria@свабода.бел is approved." in said.err
    assert terminal.at_a_screen("reject", "1", "--yes", reply=lambda _: "n").status == 0
    assert terminal.bot("cancel", "3", "--expect", "@somebody@else.example").status == 1
    assert terminal.bot("cancel", "3", "--expect", "stage", "--json").document["state"] == "cancelled"


@each_of("handle", ["x:Bob", "@bob", "BOB", "＠bob", "https://x.com/Bob", "x:@bob"])
def test_on_x_a_handle_needs_no_host(tmp_path: Path, handle: str) -> None:
    harness = CampaignHarness(tmp_path)
    harness.solidarity("Bob", "x")
    harness.read()
    found = subject.of_sighting(harness.work, 1)
    assert found is not None
    subject.expect(harness.work, found, handle)
    for other in ("@rob", "@bob@x.com", "@bob@social.example"):
        with refused(RefusedCode.ANOTHER_AUTHOR, expected=other):
            subject.expect(harness.work, found, other)


def test_whose_a_reshare_is_can_be_told_when_only_a_hash_is_left(tmp_path: Path) -> None:
    harness = CampaignHarness(tmp_path)
    harness.solidarity("ana")
    harness.approve_all()
    harness.deliver()
    found = subject.of_delivery(harness.work, harness.one().id)
    assert found is not None
    assert found.owner == "@ana@elsewhere.example"
    harness.clock.passes(days=40)
    assert purge_quietly(harness.work) == 1
    found = subject.of_delivery(harness.work, harness.one().id)
    assert found is not None
    assert (found.owner, found.text) == ("", "")
    subject.expect(harness.work, found, "@Ana@Elsewhere.example")
    with refused(RefusedCode.ANOTHER_AUTHOR, "of somebody whose name is not kept, not of"):
        subject.expect(harness.work, found, "@eva@elsewhere.example")
