"""`facts.toml`: each claim with its source and date, and what is told when it is wrong or outdated."""

from __future__ import annotations

from pathlib import Path

from bot.domain.limits import default_limits
from bot.errors import Severity
from bot.files.changes import fingerprint
from bot.services.campaign_files import sound_drafts
from tests.harness.campaign_folder import MESSAGE, CampaignFolder, sound
from tests.harness.table import each_of

FACT = """\
[forty]
claim = "More than 40 are in prison."
source = "A union, 31 March 2025"
checked = 2025-03-31
until = 2025-04-16
note = "How many still?"
"""


def relying(tmp_path: Path, facts: str = FACT, named: str = '["forty"]') -> CampaignFolder:
    """A campaign whose message names a fact in its head (line 2)."""
    folder = sound(tmp_path).write("messages/call/en.md", MESSAGE.replace("+++\n", f"+++\nfacts = {named}\n", 1))
    return folder.write("facts.toml", facts)


def test_a_fact_that_is_good_on_the_day_of_action_is_no_fault(tmp_path: Path) -> None:
    folder = relying(tmp_path)
    assert folder.told() == []
    assert folder.library().facts["forty"].source == "A union, 31 March 2025"
    folder.change("facts.toml", "until = 2025-04-16", 'until = "2025-04-16"')
    assert folder.told() == []


def test_a_fact_is_outdated_from_the_day_after_its_date(tmp_path: Path) -> None:
    folder = relying(tmp_path).change("bot.toml", "2025-04-16", "2025-04-17")
    (fault,) = [fault for fault in folder.faults() if fault.path == "facts.toml"]
    assert (fault.line, fault.severity) == (1, Severity.WARNING)
    assert fault.what == ('"forty" is good until 2025-04-16, and the day of action is 2025-04-17: call would say it')
    assert fault.instead.startswith("How many still? Ask its source again")


def test_one_fact_is_one_line_however_many_messages_rely_on_it(tmp_path: Path) -> None:
    folder = relying(tmp_path).change("bot.toml", "2025-04-16", "2026-04-16")
    for name in ("a", "b", "c", "d", "e", "f"):
        folder.write(f"messages/{name}/en.md", '+++\nfacts = ["forty"]\n+++\nHello\n')
    (fault,) = [fault for fault in folder.faults() if fault.path == "facts.toml"]
    assert "2026-04-16: a, b, c, call, d and 2 more would say it" in fault.what


def test_a_fact_that_nobody_named_is_an_error_with_the_nearest_name(tmp_path: Path) -> None:
    folder = relying(tmp_path, named='["forty", "fourty"]')
    assert folder.told() == [
        'messages/call/en.md:2: error: "fourty" is no fact of facts.toml. '
        'Write "forty", or write [fourty] into facts.toml.'
    ]


def test_facts_that_are_named_and_written_nowhere_are_told_once(tmp_path: Path) -> None:
    folder = relying(tmp_path)
    (folder.root / "facts.toml").unlink()
    assert folder.told() == [
        "facts.toml:1: warning: messages name facts, and there is no facts.toml: nobody is told when they are outdated."
        " Put facts.toml beside bot.toml, or take facts out of the heads."
    ]
    folder.write("facts.toml", "")
    (said,) = folder.told()
    assert said.endswith("Write [forty] into facts.toml, with claim, source, checked, until.")
    (folder.root / "facts.toml").unlink()
    folder.write("messages/call/en.md", MESSAGE)
    assert folder.told() == []


def test_a_fact_that_no_message_names_is_a_note(tmp_path: Path) -> None:
    folder = sound(tmp_path).write("facts.toml", FACT)
    assert [fault.severity for fault in folder.faults()] == [Severity.NOTE]


@each_of(
    ("old", "new", "line", "what", "instead"),
    [
        ("until = 2025-04-16", "until = 16.04.2025", 5, "", "2025-04-16"),
        ("until = 2025-04-16", 'until = "16 April 2025"', 5, "until is not a day", "until = 2025-04-16"),
        ("until = 2025-04-16", "until = 2025-04-16T10:00:00", 5, "until is not a day", "until = "),
        ("until = 2025-04-16", "until = 2025", 5, "until is not a day", "until = "),
        ("until = 2025-04-16", "until = 2024-04-16", 5, "was checked after that", "until when"),
        ("until = 2025-04-16\n", "", 1, "[forty] has no until", "until = 2025-04-16"),
        ("checked = 2025-03-31\n", "", 1, "[forty] has no checked", "checked = 2025-03-31"),
        ("claim = ", "clame = ", 2, '"clame" is not a key of [forty]', "claim"),
        ('source = "A union, 31 March 2025"\n', "", 1, "[forty] has no source", 'source = "…"'),
        ('"A union, 31 March 2025"', '""', 3, "[forty] has no source", 'source = "…"'),
        ('"A union, 31 March 2025"', "7", 3, "source must be text", 'source = "7"'),
        ("[forty]", "[Forty, more]", 1, "", ""),
        ("[forty]", "[[forty]]", 1, "must be a table", "[forty]"),
    ],
)
def test_each_fault_is_one_line_with_its_place_and_remedy(
    tmp_path: Path, old: str, new: str, line: int, what: str, instead: str
) -> None:
    folder = sound(tmp_path).write("facts.toml", FACT).change("facts.toml", old, new)
    (fault,) = [fault for fault in folder.faults() if fault.severity is Severity.ERROR]
    assert (fault.path, fault.line) == ("facts.toml", line)
    assert what in fault.what
    assert instead in fault.instead


def test_a_fault_of_the_facts_keeps_nothing_from_being_planned(tmp_path: Path) -> None:
    folder = relying(tmp_path).change("facts.toml", "until = 2025-04-16\n", "")
    found = sound_drafts(folder.bot, default_limits(folder.config()))
    assert len(found.drafts) == 4
    assert [fault.path for fault in found.errors] == ["facts.toml"]
    folder.write("facts.toml", "no toml at all")
    assert len(sound_drafts(folder.bot, default_limits(folder.config())).drafts) == 4


def test_a_changed_facts_toml_is_noticed(tmp_path: Path) -> None:
    folder = relying(tmp_path)
    before = fingerprint(folder.root)
    folder.change("facts.toml", "until = 2025-04-16", "until = 2026-04-16 ")
    assert fingerprint(folder.root) != before
