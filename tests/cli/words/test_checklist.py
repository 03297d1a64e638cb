"""The safety checklist: its statements by kind of risk, and those that a campaign words itself."""

from __future__ import annotations

from pathlib import Path

from bot.cli.words.checklist import statements
from bot.domain.campaign import CareRules, Risk
from bot.domain.moderation import ChecklistItem
from bot.files.config.load import load, read
from tests.harness.table import each_of

SOUND = """\
[campaign]
name = "Day"
day_of_action = 2025-04-16
timezone = "Europe/Berlin"

[accounts.m]
platform = "mastodon"
api_base_url = "https://mastodon.example"

"""


def moderation(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "bot.toml"
    path.write_text(f"{SOUND}[moderation]\n{text}\n")
    return path


@each_of("shows_another", [False, True])
def test_every_item_is_asked_whatever_the_risk(shows_another: bool) -> None:
    for risk in Risk:
        asked = statements(shows_another=shows_another, risk=risk)
        assert list(asked) == list(ChecklistItem)
        assert all(asked.values())
    employer = statements(shows_another=shows_another, risk=Risk.EMPLOYER)[ChecklistItem.OUTSIDE]
    assert "job" in employer
    assert "country" not in employer
    assert "country" in statements(shows_another=shows_another, risk=Risk.STATE)[ChecklistItem.OUTSIDE]


def test_a_campaign_words_an_item_itself(tmp_path: Path) -> None:
    own = '[[moderation.checklist]]\nitem = "plates"\nstatement = "It shows no bus number."'
    rules = read(moderation(tmp_path, f'risk = "employer"\n{own}')).moderation
    asked = statements(shows_another=False, risk=rules.risk, own=rules.checklist)
    assert asked[ChecklistItem.PLATES] == "It shows no bus number"
    assert "employer" in asked[ChecklistItem.WORKPLACE]
    asked = statements(shows_another=True, risk=rules.risk, own=rules.checklist)
    assert asked[ChecklistItem.PLATES] == "It shows no bus number. So it is with the post it shows"


@each_of(
    ("text", "line", "what", "instead"),
    [
        ('risk = "boss"', 11, '"boss" is no kind of risk', "Known are"),
        ('[[moderation.checklist]]\nitem = "plate"\nstatement = "No."', 12, '"plate" is no item', 'Write "plates"'),
        ('[[moderation.checklist]]\nstatement = "No."', 11, "has no item", "faces"),
        ('[[moderation.checklist]]\nitem = "plates"', 11, "has no statement", "statement ="),
        ('[[moderation.checklist]]\nitem = "plates"\nstatment = "No."', 13, '"statment" is not a key', "statement"),
    ],
)
def test_a_fault_of_the_checklist_is_told_with_its_place(
    tmp_path: Path, text: str, line: int, what: str, instead: str
) -> None:
    (fault,) = load(moderation(tmp_path, text))[1]
    assert fault.line == line
    assert what in fault.what
    assert instead in fault.instead


def test_no_language_is_held_for_care_unless_a_campaign_says_so(tmp_path: Path) -> None:
    assert read(moderation(tmp_path, "")).moderation.care == CareRules()
    assert CareRules().languages == ()
