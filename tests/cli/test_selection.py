"""Commands that take several numbers or filters: each row is answered for by itself, and a dry run changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.harness import rehearsal_campaign
from tests.harness.table import each_of
from tests.harness.terminal import Terminal

NO_CARE = '[moderation.care]\nfollowers = 0\nage = "0s"\nlanguages = []\n'


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """A campaign with three deliveries, of which the first is missed, and three sightings that nobody is held for."""
    root = rehearsal_campaign.make(tmp_path / "campaign")
    with (root / "bot.toml").open("a") as file:
        file.write(NO_CARE)
    rehearsal_campaign.solidarity(root, "@ana@union.example", "@eva@union.example", "@olga@union.example")
    found = Terminal(root, tmp_path)
    assert found.bot("run", "--once").status == 0
    return found


def states(terminal: Terminal, what: str = "queue") -> list[str]:
    return [row["state"] for row in sorted(terminal.bot(what, "--json").document, key=lambda row: row["id"])]


def test_each_is_done_or_refused_with_its_reason_and_the_rest_is_done_all_the_same(terminal: Terminal) -> None:
    said = terminal.bot("hold", "1-3", "77")
    assert said.status == 1
    assert "1   refused: Delivery 1 is missed, so you cannot hold it." in said.out
    assert "2   call (T-3, en) on stage is kept back." in said.out
    assert "77  refused: There is no delivery 77." in said.out
    assert "2 done, 2 refused." in said.err
    assert states(terminal) == ["missed", "held", "held"]
    answers: list[dict[str, Any]] = terminal.bot("cancel", "2", "99", "--json").document
    assert [(row["id"], row["done"], row["dry_run"]) for row in answers] == [(2, True, False), (99, False, False)]
    assert (answers[0]["state"], answers[0]["refused"]) == ("cancelled", None)
    assert answers[1]["refused"]["code"] == "no_such_delivery"


def test_a_dry_run_says_what_would_be_done_and_changes_nothing(terminal: Terminal) -> None:
    said = terminal.bot("cancel", "--message", "call", "--dry-run")
    assert (said.status, said.out.count("would be called off.")) == (0, 3)
    assert terminal.bot("approve", "1-3", "--dry-run").out.count("would be approved.") == 3
    assert terminal.bot("reject", "2", "--dry-run", "--json").document[0]["state"] == "rejected"
    assert states(terminal) == ["missed", "planned", "planned"]
    assert states(terminal, "sightings") == ["held"] * 3


def test_what_is_meant_by_a_filter_is_counted_and_asked_about(terminal: Terminal) -> None:
    said = terminal.bot("hold", "--message", "call")
    assert (said.status, "2 of them fit" in said.err, "--yes" in said.err) == (1, True, True)
    said = terminal.at_a_screen("hold", "--language", "en", reply=lambda _: "")
    assert "Hold these 2 deliveries? y/N: " in said.err
    assert (said.status, states(terminal)) == (1, ["missed", "planned", "planned"])
    said = terminal.at_a_screen("hold", "--account", "stage", reply=lambda _: "y")
    assert (said.status, states(terminal)) == (0, ["missed", "held", "held"])
    assert terminal.bot("release", "--day", "t-3").status == 0
    assert states(terminal) == ["missed", "planned", "held"]
    said = terminal.bot("release", "--message", "cal")
    assert 'has the message "cal". Write "call".' in said.err
    assert terminal.bot("reject", "--author", "@Eva@union.example", "--hashtag", "#freebelarusunionists").status == 0
    assert states(terminal, "sightings") == ["held", "rejected", "held"]


def test_the_checklist_is_gone_through_for_one_post_at_a_time(terminal: Terminal) -> None:
    rules = terminal.root / "bot.toml"
    rules.write_text(rules.read_text().replace("followers = 0", "followers = 9"))
    said = terminal.bot("approve", "1", "2")
    assert said.status == 1
    assert said.out.count("takes the checklist by itself") == 2
    assert terminal.bot("approve", "1", "2", "--tick", "faces").status == 2


@each_of(
    ("words", "status", "answer"),
    [
        (("hold",), 2, "Error: Say which deliveries: `bot hold 12`"),
        (("hold", "x"), 2, 'Error: "x" is not the number of a delivery.'),
        (("hold", "99999999999999999999"), 1, "There is no delivery 99999999999999999999."),
        (("hold", "1", "--day", "T"), 2, "Error: Give numbers, or what they have in common, not both"),
        (("hold", "--day", "soon"), 2, 'Error: "soon" is not a day. Write T-3'),
        (("approve", "x"), 2, 'Error: "x" is not the number of a sighting.'),
        (("show", "x"), 2, '"x" is not the number of a delivery.'),
        (("queue", "--limit", "x"), 2, '"x" is not a whole number of 1 or more'),
    ],
)
def test_what_is_no_number_is_said_in_plain_words(
    words: tuple[str, ...], status: int, answer: str, tmp_path: Path
) -> None:
    said = Terminal(rehearsal_campaign.make(tmp_path), tmp_path).bot(*words)
    assert (said.status, answer in said.err) == (status, True), said.err
    assert "integer" not in said.err
