"""What people say of posts at the terminal: the checklist, a doubt, and whether rules may approve."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cli import sightings as listing
from bot.cli.sightings import lines, together
from bot.cli.words.checklist import STATEMENTS
from bot.domain.moderation import ChecklistItem
from tests.harness import rehearsal_campaign
from tests.harness.campaign import CampaignHarness
from tests.harness.terminal import Terminal

TICKS = tuple(f"--tick={tick}" for tick in ChecklistItem)


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A campaign that has seen three videos of accounts that nobody knows; each test has one of its own."""
    folder = tmp_path_factory.mktemp("moderation")
    root = rehearsal_campaign.make(folder / "campaign")
    (folder / "home").mkdir()
    rehearsal_campaign.solidarity(root, "@anna@union.example", "@olga@union.example", "@eva@union.example")
    found = Terminal(root, folder / "home")
    assert found.bot("run", "--once", "--json").status == 0
    return found


def test_a_script_has_to_give_every_tick_and_is_never_asked(terminal: Terminal) -> None:
    assert terminal.bot("approve", "1", "--tick=nonsense").status == 2
    said = terminal.bot("approve", "1", "--tick=faces", "--json", typed="y\n" * 7)
    assert (said.status, said.out) == (1, "")
    assert "Sighting 1 is held for care (not known how many follow the account" in said.err
    assert "  plates " in said.err
    assert "  faces " not in said.err
    assert f"bot approve 1 {' '.join(f'--tick {tick}' for tick in ChecklistItem)}" in said.err
    seen = terminal.bot("approve", "1", *TICKS, "--json").document
    assert seen["state"] == "approved"
    assert [one["ticks"] for one in seen["approvals"]] == [[str(tick) for tick in ChecklistItem]]
    assert set(seen["approvals"][0]) == {"by", "at", "ticks"}
    listed = terminal.bot("sightings", "--json").document
    assert listed[0]["approvals"] == seen["approvals"]
    assert listed[0]["care"] == seen["care"] != []
    assert (listed[2]["approvals"], listed[2]["same_as"]) == ([], None)


def test_a_person_is_asked_one_thing_after_the_other_and_a_no_ends_it(terminal: Terminal) -> None:
    answers = iter(["maybe", "y", "yes", "n"])
    said = terminal.at_a_screen("approve", "2", reply=lambda _: next(answers))
    assert said.status == 1
    assert 'Not approved: "workplace" is not so, or not known.' in said.err
    assert "bot reject 2" in said.err
    asked: list[str] = []

    def yes(screen: str) -> str:
        asked.append(screen)
        return "y"

    said = terminal.at_a_screen("approve", "2", reply=yes)
    assert "is approved. It does not go out by itself as things are. No worker runs" in said.err
    assert len(asked) == len(STATEMENTS)
    assert all(statement in said.err for statement in STATEMENTS.values())


def test_a_flag_and_automatic_approval_are_shown_and_switched(terminal: Terminal) -> None:
    untouched = {"automatic": True, "since": None, "by": "", "why": "", "why_code": None}
    assert terminal.bot("automatic", "--json").document == untouched
    assert "To go on: bot automatic on" in terminal.bot("automatic", "off").out
    assert "flagged by a moderator" in terminal.bot("flag", "3", "--json").document["care"]
    listed = terminal.bot("sightings")
    assert "Automatic approval is off" in listed.err
    assert "flagged by a moderator" in listed.out


def test_sightings_are_readable_at_80_columns_and_the_same_video_stands_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness = CampaignHarness(tmp_path)
    words = "From our picket line in front of the embassy: let them go at once! #FreeBelarusUnionists"
    harness.solidarity("ana", text=words)
    harness.solidarity("eva", text="Nobody else says it like this, in front of the old shipyard! #FreeBelarusUnionists")
    harness.solidarity("ana", "x", text=words)
    harness.read()
    monkeypatch.setattr(listing, "PAGE", 2)
    listed = [[seen.id for seen in page.sightings] for page in listing.pages(harness.work, None, None)]
    assert listed == [[seen.id for seen in harness.seen()][:2], [seen.id for seen in harness.seen()][2:]]
    assert [len(page.sightings) for page in listing.pages(harness.work, None, 1)] == [1]
    found = together(harness.seen())
    assert [seen.id for seen in found] == [1, 3, 2] or [seen.same_as for seen in found][1] == found[0].id
    told = dict(lines(found[1], (), harness.clock(), [1, 2]))
    shown = {label.strip(): words for label, words in told.items()}
    assert "embassy: let them go at once!" in shown["words"]
    assert shown["with"] == "video"
    assert shown["alt"] == "“People in a hall.”"
    assert shown["alike"] == f"the same video as sighting {found[0].id}; the same text as sightings 1, 2"
    assert "followers not known, age of the account not known" in next(iter(told.values()))
    assert all(len(label) <= 15 for label in told)
