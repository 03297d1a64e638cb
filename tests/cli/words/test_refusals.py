"""Every refusal has words, whose values are those that are given where it is raised; below the faces are no words."""

from __future__ import annotations

import ast
import inspect
import json
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from string import Formatter

import pytest

from bot.__main__ import main
from bot.cli.logs import Form
from bot.cli.words.refusals import REFUSALS, refusal_text
from bot.domain.campaign import Risk
from bot.domain.delivery import DeliveryLabel, Kind, State
from bot.domain.moderation import ChecklistItem, Reason
from bot.domain.sighting import SightingState
from bot.domain.users import Weakness
from bot.errors import Fault, Refused, RefusedCode
from bot.services.subject import SubjectKind, SubjectName
from tests.harness.table import each_of

ROOT = Path(__file__).parents[3]
Modules = dict[Path, ast.Module]

NEXT_STEPS = {
    RefusedCode.NO_SUCH_ACCOUNT: "there are: ",
    RefusedCode.NO_ACCOUNT_TO_RESUME: "only: ",
    RefusedCode.NO_USABLE_ACCOUNT: "bot login ACCOUNT",
    RefusedCode.ACCOUNT_UNUSABLE: "bot check --online",
    RefusedCode.ACCOUNT_BUSY: "again in a minute",
    RefusedCode.ALREADY_A_CAMPAIGN: "bot init my-campaign",
    RefusedCode.NEEDS_AN_ANSWER: "has to be said",
    RefusedCode.NO_SUCH_PACK: "bot pack",
    RefusedCode.FILES_BEING_SAVED: "Run it again",
    RefusedCode.NO_SUCH_BACKUP: "bot db backup",
    RefusedCode.NOT_A_PACK: "bot pack FILE.zip",
    RefusedCode.PACK_TOO_LARGE: "Take videos out",
    RefusedCode.LEADS_OUTSIDE: "Put the file itself",
    RefusedCode.FILE_IS_THERE: "Choose another name",
    RefusedCode.NOT_WRITTEN_OVER: "--force",
    RefusedCode.NOT_A_FILE: "Choose another name",
    RefusedCode.CANNOT_WRITE: "Choose another place",
    RefusedCode.NO_SUCH_DELIVERY: "bot queue",
    RefusedCode.NO_POST_FITS: "bot plan",
    RefusedCode.WRONG_STATE: "bot ",
    RefusedCode.OUTCOME_NOT_KNOWN: "bot resolve",
    RefusedCode.RESHARED_POST_PURGED: "on the account itself",
    RefusedCode.OUT_OF_REACH: "by hand",
    RefusedCode.NOT_TAKEN_BACK_YET: "bot run",
    RefusedCode.TEXT_IS_IN_NO_FILE: "bot edit",
    RefusedCode.TEXT_IS_IN_FILES: "bot edit",
    RefusedCode.FILES_AT_FAULT: "Mend this first",
    RefusedCode.FILE_CHANGED_MEANWHILE: "Look at it first",
    RefusedCode.FILE_NOT_CHANGEABLE: "with an editor",
    RefusedCode.ADDRESS_NOT_USABLE: "from the browser",
    RefusedCode.ADDRESS_KNOWN: "with an editor",
    RefusedCode.RESHARE_NOT_EDITABLE: "bot undo",
    RefusedCode.NOTHING_TO_EDIT: "bot ",
    RefusedCode.THREAD_LENGTH_FIXED: "bot retry",
    RefusedCode.VISIBILITY_FIXED: "bot retry",
    RefusedCode.PLATFORM_CANNOT_EDIT: "bot edit",
    RefusedCode.NO_POST_ADDRESS: "from the browser",
    RefusedCode.ANOTHER_OWN_POST: "Copy the address",
    RefusedCode.SOMEBODY_ELSES_POST: "Copy the address",
    RefusedCode.NO_SUCH_POST: "bot resolve",
    RefusedCode.POST_UNREADABLE: "--force",
    RefusedCode.ACCOUNT_UNREADABLE: "bot report",
    RefusedCode.READING_OVER_BUDGET: "budget_usd_per_day",
    RefusedCode.POST_IS_RESHARE: "--force",
    RefusedCode.POST_SAYS_OTHER_WORDS: "--force",
    RefusedCode.POST_ANSWERS_ANOTHER: "--force",
    RefusedCode.NOT_THE_RESHARED_POST: "bot show",
    RefusedCode.NOT_RESHARED: "bot resolve",
    RefusedCode.TEXT_UNDECODABLE: "locale",
    RefusedCode.NOT_A_TIME: "Write now, ",
    RefusedCode.TIME_NOT_CLEAR: "in UTC",
    RefusedCode.TIME_IS_PAST: "--at",
    RefusedCode.NOT_A_DURATION: "30m",
    RefusedCode.NO_SUCH_SIGHTING: "bot sightings",
    RefusedCode.ALREADY_RESHARED: "bot undo",
    RefusedCode.SAME_VIDEO_OUT: "bot approve",
    RefusedCode.CHECKLIST_INCOMPLETE: "bot approve",
    RefusedCode.CHECKLIST_DENIED: "bot reject",
    RefusedCode.SECOND_PERSON_NEEDED: "Somebody else",
    RefusedCode.SECOND_YES_FROM_CONSOLE: "bot web",
    RefusedCode.ALREADY_BLOCKED: "bot sightings",
    RefusedCode.AUTHOR_MAY_WANT_OUT: "bot withdraw",
    RefusedCode.SHOWN_AUTHOR_MAY_WANT_OUT: "bot withdraw",
    RefusedCode.NAMES_SOMEBODY: "Take them out",
    RefusedCode.NOT_A_HANDLE: "@user@host",
    RefusedCode.SIGHTING_NOT_KEPT: "bot forget",
    RefusedCode.SHOWS_NOBODY_ELSE: "bot forget",
    RefusedCode.FORGOTTEN_BUT_OUT: "the same command again",
    RefusedCode.TOO_EARLY_TO_PURGE: "--yes",
    RefusedCode.PURGE_NEEDS_YES: "--yes",
    RefusedCode.RESHARES_STILL_OUT: "run this again",
    RefusedCode.NAME_NOT_USABLE: "bot user add",
    RefusedCode.USER_EXISTS: "bot user reset",
    RefusedCode.NO_SUCH_USER: "there are: ",
    RefusedCode.ONLY_INVITED: "bot user add",
    RefusedCode.LAST_ADMIN: "bot user add",
    RefusedCode.INVITATION_OVER: "bot user add",
    RefusedCode.PASSWORD_TOO_WEAK: "Choose another",
    RefusedCode.SIGN_IN_WRONG: "bot user reset",
    RefusedCode.CODE_WRONG: "Wait for the next one",
    RefusedCode.PASSKEY_TOO_LATE: "Try once more",
    RefusedCode.PASSKEY_WRONG: "Try once more",
    RefusedCode.PASSKEY_KNOWN: "Take another one",
    RefusedCode.PASSKEY_COPIED: "bot user reset",
    RefusedCode.LAST_FACTOR: "Add another one",
    RefusedCode.TOO_MANY_TOKENS: "End one",
    RefusedCode.NOT_AN_ADDRESS_TO_LISTEN: "--listen",
    RefusedCode.ADDRESS_TAKEN: "--listen",
    RefusedCode.LISTENS_TO_ALL: "trusted_proxies",
    RefusedCode.SENDING_STOPPED: "bot resume",
    RefusedCode.NOTHING_TO_STOP: "campaign's folder",
    RefusedCode.WORKER_SENDING: "again in a minute",
    RefusedCode.STORE_MOVED: "DATABASE_URL",
    RefusedCode.NO_DATABASE_ADDRESS: "postgresql+psycopg://",
    RefusedCode.OTHER_SCHEMA: "an empty one",
    RefusedCode.WORKER_BUSY: "the same command again",
    RefusedCode.TARGET_IN_USE: "an empty one",
    RefusedCode.TARGET_TAKEN_MEANWHILE: "an empty one",
    RefusedCode.BACKUP_DAMAGED: "another backup",
    RefusedCode.ANOTHER_STORES_BACKUP: "move ",
    RefusedCode.STORE_IN_USE: "Stop all of them",
    RefusedCode.DATABASE_NOT_EMPTY: "createdb",
    RefusedCode.NOTHING_TYPED: "once more",
    RefusedCode.NO_TERMINAL: "at a terminal",
}
"""What the words of these name as what to do next."""


VALUES: dict[str, object] = {
    "most": 10,
    "account": "mastodon",
    "action": "hold",
    "address": "https://social.example/@bot/1",
    "at": datetime(2025, 3, 30, 2, 30),  # noqa: DTZ001 - a wall time
    "blocked": "",
    "budget_micro_usd": 5_000_000,
    "by": "ana",
    "care": ("new account",),
    "clock_time": time(11),
    "count": 12,
    "decided": SightingState.REJECTED,
    "decided_at": datetime(2025, 4, 16, 9, tzinfo=UTC),
    "kind": "message",
    "now": datetime(2025, 4, 16, 12, tzinfo=UTC),
    "choices": (datetime(2025, 3, 30, 0, 30, tzinfo=UTC), datetime(2025, 3, 30, 1, 30, tzinfo=UTC)),
    "database": "postgresql://somewhere/campaign",
    "day": date(2025, 4, 16),
    "largest": 300_000_000,
    "name": "messages/call/en.md",
    "explains": "Everything is counted from it.",
    "flag": "--day",
    "folder": "campaign",
    "names": ("bot.toml", "messages"),
    "what": "Day of action",
    "why": "It is past.",
    "delivery": 7,
    "expected": "@eva@social.example",
    "fault": Fault("bot.toml", 3, "There is no such key", "Write hashtags"),
    "faults": (Fault("(text)", 1, "It has no words", "Write some"),),
    "file": Path("backup.db"),
    "follows_files": True,
    "has_users": True,
    "high_water_mark": Path("var/witness"),
    "is_skipped": True,
    "is_worker_running": False,
    "item": ChecklistItem.FACES,
    "known": ("mastodon", "x"),
    "label": DeliveryLabel(Kind.POST, "mastodon", "call", "2025-04-16", "en", None),
    "late": "6h",
    "link": "live",
    "listen": "here",
    "lock": "account-x",
    "message": "call",
    "missing": (ChecklistItem.FACES,),
    "moved_to": "postgresql://elsewhere/campaign",
    "other": 4,
    "own": {},
    "owners": ("@ana@social.example",),
    "part": 1,
    "parts": 2,
    "parts_out": 2,
    "parts_wanted": 1,
    "platform": "x",
    "problem": "the server did not answer",
    "reasons": (Reason.BLOCKED,),
    "reshares": 2,
    "risk": Risk.STATE,
    "shows_another": False,
    "sighting": 3,
    "state": State.HELD,
    "subject": SubjectName(SubjectKind.SIGHTING, 3),
    "text": "Other words",
    "until": datetime(2025, 4, 16, 12, tzinfo=UTC),
    "url": "https://social.example/@bot/1",
    "weakness": Weakness.SHORT,
    "written": "ana",
}
"""A value for each name under which refusals hold one."""


def words_of(code: RefusedCode) -> str:
    return refusal_text(Refused(code, **{name: VALUES[name] for name in values_in_words(code)}))


def values_in_words(code: RefusedCode) -> set[str]:
    words = REFUSALS[code]
    if isinstance(words, str):
        return {name for _, name, _, _ in Formatter().parse(words) if name is not None}
    return set(inspect.signature(words).parameters)


def refusals(tree: ast.AST) -> Iterator[ast.Call]:
    """Every `Refused(…)` in a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"Refused", "CannotRead"}:
            yield node


@pytest.fixture(scope="module")
def modules() -> Modules:
    """All of ours, parsed."""
    return {path.relative_to(ROOT): ast.parse(path.read_text("utf-8")) for path in sorted((ROOT / "bot").rglob("*.py"))}


def test_every_code_has_words_and_is_raised_somewhere(modules: Modules) -> None:
    assert set(REFUSALS) == set(RefusedCode)
    sources = "".join(
        ast.unparse(tree) for path, tree in modules.items() if path.name not in {"errors.py", "refusals.py"}
    )
    assert [code for code in RefusedCode if f"RefusedCode.{code.name}" not in sources] == []


def test_a_code_is_its_name_in_lower_case() -> None:
    assert all(code.value == code.name.lower() for code in RefusedCode)


@each_of("code", RefusedCode)
def test_the_words_are_whole_and_say_what_to_do_next(code: RefusedCode) -> None:
    words = words_of(code)
    assert words.strip()
    assert "{" not in words
    assert NEXT_STEPS.get(code, "") in words


def test_a_refusal_below_the_faces_holds_a_code_and_values_and_no_words(modules: Modules) -> None:
    for path, tree in modules.items():
        for call in refusals(tree):
            texts = [node.value for node in ast.walk(call) if isinstance(node, ast.Constant)]
            sentences = [text for text in texts if isinstance(text, str) and (" " in text or "bot " in text)]
            assert sentences == [], f"{path}:{call.lineno}: the words of a refusal stand in bot/cli/words/refusals.py"
            assert not any(isinstance(node, ast.JoinedStr) for node in ast.walk(call)), f"{path}:{call.lineno}"


def test_a_refusal_is_raised_with_the_values_that_its_words_need(modules: Modules) -> None:
    for path, tree in modules.items():
        for call in refusals(tree):
            code, given = call.args[0], {keyword.arg for keyword in call.keywords}
            if isinstance(code, ast.Attribute):
                needed = values_in_words(RefusedCode[code.attr])
                assert needed <= given, f"{path}:{call.lineno}: {code.attr} is worded with {needed}"


def test_the_error_itself_is_a_line_for_developers() -> None:
    error = Refused(RefusedCode.NOTHING_OUT, delivery=7, state=State.HELD)
    assert str(error) == "nothing_out: delivery=7, state=held"
    assert refusal_text(error) == "Delivery 7 is held, so there is nothing to take back."
    assert str(Refused(RefusedCode.STORE_IN_USE)) == "store_in_use"


def test_what_is_to_be_confirmed_stands_under_each_other() -> None:
    missing = (ChecklistItem.FACES, ChecklistItem.DOCUMENT)
    facts = {"sighting": 7, "care": ("new account",), "missing": missing, "shows_another": False}
    facts |= {"risk": Risk.STATE, "own": {}}
    first, *sentences, then, otherwise = refusal_text(Refused(RefusedCode.CHECKLIST_INCOMPLETE, **facts)).splitlines()
    assert first == "Sighting 7 is held for care (new account). Look at the post, and confirm each of these:"
    assert [sentence.split()[0] for sentence in sentences] == ["faces", "document"]
    assert then.startswith("If all of it is true, run: bot approve 7 --tick faces --tick plates")
    assert otherwise == "If not, ask its author first, or run: bot reject 7"


@pytest.mark.parametrize("form", Form)
def test_a_refused_command_says_it_to_people_and_gives_a_log_for_machines_the_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], form: Form
) -> None:
    def refuse() -> None:
        raise Refused(RefusedCode.NO_SUCH_DELIVERY, delivery=99)

    monkeypatch.setattr("bot.cli.output.prepare", lambda: None)
    monkeypatch.setattr("bot.cli.app.app", refuse)
    monkeypatch.setattr(sys.modules["bot.cli.app"], "_form", [form])
    with pytest.raises(SystemExit, match="1"):
        main()
    said = capsys.readouterr().err.strip()
    if form is Form.JSON:
        line = json.loads(said)
        assert (line["event"], line["code"], line["alarming"]) == ("said", "no_such_delivery", True)
        said = line["text"]
    assert said == "There is no delivery 99. Run: bot queue"
