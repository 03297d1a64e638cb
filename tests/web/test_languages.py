"""The console's words in its six languages: complete, with every value in its place, and none left in the code."""

from __future__ import annotations

import ast
import importlib.machinery
import importlib.util
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from bot.causes import CauseCode, because
from bot.domain.limits import MediaFault
from bot.errors import FailureDetail, Outcome, PlatformError, RefusedCode
from bot.fault_codes import FaultCode
from bot.web import causes, faults, refusals
from bot.web.languages import LANGUAGES, OWN_NAMES, Speech, chosen
from bot.web.pages.today import _out
from tests.harness.call_graph import CallGraph
from tests.harness.table import each_of

ROOT = Path(__file__).parents[2]
WEB = ROOT / "bot" / "web"
_PLACE = re.compile(r"%\((\w+)\)s")
SPEAKS = {"gettext", "ngettext", "say", "count", "spelled", "N_"}


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("catalogues", str(ROOT / "tools" / "catalogues"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("catalogues", loader))  # type: ignore[arg-type]
    loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def words(tool: ModuleType) -> Catalog:
    catalogue: Catalog = tool.template()
    return catalogue


def strings(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, tuple | list) else [str(message.string or "")]


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_text_is_there_in_every_language_with_its_values(language: str, words: Catalog) -> None:
    with (WEB / "catalogues" / f"{language}.po").open("rb") as file:
        written = read_po(file, locale=language)
    assert {message.id for message in written} == {message.id for message in words}, "run tools/catalogues"
    for message in written:
        if not message.id:
            continue
        ids = list(message.id) if isinstance(message.id, tuple | list) else [message.id]
        assert not message.fuzzy, message.id
        assert all(strings(message)), f"{ids[0]!r} is not translated"
        for string in strings(message):
            assert set(_PLACE.findall(string)) <= set(_PLACE.findall(" ".join(ids))), string
        assert set(_PLACE.findall(ids[-1])) - {"num"} <= set(_PLACE.findall(strings(message)[-1])), strings(message)


def test_what_is_said_stands_where_it_is_said(words: Catalog) -> None:
    """A text in a variable, or within an f-string, would not be found by translators' tools."""
    found = {text for message in words for text in (message.id if isinstance(message.id, tuple) else (message.id,))}
    for path in WEB.rglob("*.py"):
        if path.name == "languages.py":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
            if name in SPEAKS - {"count"} and isinstance(node, ast.Call) and path.name != "rendering.py":
                said = node.args[0]
                assert isinstance(said, ast.Constant), f"{path}:{node.lineno}"
                assert said.value in found, f"{path}:{node.lineno}"


@each_of(
    ("accepted", "language"),
    [
        ("xx", "en"),
        ("", "en"),
        ("*;q=1," * 200, "en"),
        (";;;,q=,de;q=9", "en"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr-CA, fr;q=0.9, en;q=0.8", "fr"),
        ("es-419,es;q=0.9", "es"),
        ("en;q=0.5,es;q=0.7,fr;q=0.9", "fr"),
        ("xx,de;q=0.5", "de"),
        ("xx,en;q=0.7,fr;q=0.6", "en"),
        ("be", "be"),
        ("be-BY,be;q=0.9,ru;q=0.8,en;q=0.7", "be"),
        ("pl,ru-RU;q=0.8,en;q=0.5", "ru"),
        ("RU", "ru"),
    ],
)
def test_the_browser_says_which_language(accepted: str, language: str) -> None:
    assert chosen("", accepted) == language


@each_of(
    ("language", "short", "weekday"),
    [
        ("en", "9 April", "Wednesday 9 April"),
        ("be", "9 красавіка", "серада, 9 красавіка"),
        ("ru", "9 апреля", "среда, 9 апреля"),
        ("de", "9. April", "Mittwoch, 9. April"),
        ("fr", "9 avril", "mercredi 9 avril"),
        ("es", "9 de abril", "miércoles, 9 de abril"),
    ],
)
def test_a_day_is_written_as_the_language_writes_it(language: str, short: str, weekday: str) -> None:
    speech = Speech(language, ZoneInfo("Europe/Berlin"))
    assert (speech.short_day(date(2025, 4, 9)), speech.weekday(date(2025, 4, 9))) == (short, weekday)


_CAUSES_AT_THE_TERMINAL = {
    *(CauseCode.FEEDS_UNSEEN, CauseCode.FEEDS_REMEDY, CauseCode.NOBODY_WORKED, CauseCode.PURGED_UNREAD),
    *(CauseCode.SEARCH_TOO_SHORT, CauseCode.BUDGET_SPENT, CauseCode.NOBODY_LISTENS, CauseCode.STREAM_SILENT),
    *(CauseCode.DELIVERY_VANISHED, CauseCode.FILE_DAMAGED, CauseCode.ROW_WITHOUT_PARENT, CauseCode.COLUMNS_MISSING),
    *(CauseCode.STATE_UNKNOWN, CauseCode.KIND_UNKNOWN, CauseCode.SENT_AT_UNKNOWN, CauseCode.SENT_WITHOUT_POST),
    *(CauseCode.UNDER_WAY_WITHOUT_ATTEMPT, CauseCode.BEHIND_ITS_ATTEMPTS, CauseCode.POST_CLAIMED_TWICE),
    *(CauseCode.DELIVERY_MISSING, CauseCode.LEFT_HALF_WAY, CauseCode.JOURNAL_UNREADABLE, CauseCode.JOURNAL_UNOPENED),
    *(code for code in CauseCode if code.startswith(("store_", "do_"))),
}
"""What no page shows: how sources are read, what a check of the store finds; and of a store that cannot be used, since
nobody is known to be signed in then, a page says only that."""

_NEVER_MET = {
    "NO_ACCOUNT_TO_RESUME",  # a page lets all of them go on, and names none
    "WORKER_SENDING",  # a rehearsal plans and sends, in a store of its own, where no other worker is
    "STORE_MOVED",
}
"""What only an argument that no page gives, or a store that no page has, would lead to."""


def test_every_cause_and_refusal_that_a_page_may_show_has_words_of_the_console() -> None:
    assert causes._CAUSES.keys() ^ _CAUSES_AT_THE_TERMINAL == set(CauseCode)
    pages = CallGraph(ROOT / "bot", ("bot.web", "bot.app", "bot.services", "bot.files.starter"))
    met = pages.refusals_reached("bot.web.pages", "bot.web.routes")
    assert len(met) > 50
    assert {RefusedCode[name] for name in met - _NEVER_MET} == set(refusals._REFUSALS)
    assert set(causes._BY_DETAIL) == set(FailureDetail)
    assert set(faults._MEDIA) == set(MediaFault)
    assert faults._WORDS.keys() | {FaultCode.MEDIA_REFUSED} == set(FaultCode)


_FILES = [
    *(ROOT / "bot" / "files").rglob("*.py"),
    *(ROOT / "bot" / "services" / "checks" / name for name in ("letters.py", "lint.py", "schedule.py")),
]
"""What finds faults that keep files from being planned, which are those that a page shows."""


def test_every_error_in_files_has_its_code_and_the_facts_of_its_words() -> None:
    source = (WEB / "faults.py").read_text("utf-8")
    every = {name: f"%({name})s" for name in _PLACE.findall(source)}
    plain = {code: words for code, words in faults._WORDS.items() if code is not FaultCode.UNWRITTEN}
    places = {code: set(_PLACE.findall(words(Speech("en", ZoneInfo("UTC")), **every))) for code, words in plain.items()}
    coded = 0
    for path in _FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node)
            if called.startswith("Fault(") and "Severity.WARNING" not in called and "Severity.NOTE" not in called:
                assert "code=" in called, f"{path}:{node.lineno}"
            code, given = _code_and_facts(node)
            if code:
                coded += 1
                missing = places.get(FaultCode[code], set()) - given
                assert not missing or "**" in given, f"{path}:{node.lineno}: {missing}"
    assert coded > 120


def _code_and_facts(call: ast.Call) -> tuple[str, set[str]]:
    """Return which code a call gives to a fault, and the names of its facts; "**" where they are made elsewhere."""
    by_name = {keyword.arg or "**": keyword.value for keyword in call.keywords}
    written = [ast.unparse(each) for each in (*call.args[:2], *([by_name["code"]] if "code" in by_name else []))]
    code = next((each.removeprefix("FaultCode.") for each in written if each.startswith("FaultCode.")), "")
    facts = by_name.get("facts")
    if facts is None:
        return code, set(by_name)
    if not isinstance(facts, ast.Dict):
        return code, {"**"}
    return code, {key.value if isinstance(key, ast.Constant) else "**" for key in facts.keys}  # type: ignore[misc]


def test_what_a_platform_said_stays_in_its_words_and_is_marked_as_nobodys_language() -> None:
    refused = PlatformError(
        "words", Outcome.REJECTED, more=" of the terminal", status=422, host="a.example", said="Text <b> n'est pas ça"
    )
    german = Speech("de", ZoneInfo("UTC"))
    said = causes.cause_text(because(CauseCode.NOT_EDITED, cause=refused.cause), german)
    assert faults.with_quotes(said) == (
        'Nicht geändert: <bdi lang="">a.example</bdi> hat es abgelehnt (422). Wörtlich: '
        '„<bdi lang="">Text &lt;b&gt; n&#39;est pas ça</bdi>“'
    )
    of_before = because(CauseCode.REFUSED, what="a.example refused to publish a post (422)", more=": no")
    assert causes.cause_text(of_before, german) == "A.example refused to publish a post (422): no"


@each_of("code", ["tlh", "xx", "zxx", "w", "zz-ZZ", "en-XYZ", "", "a b", "‹›"])
def test_a_language_that_nobody_knows_is_called_by_its_code(code: str) -> None:
    speech = Speech("de", ZoneInfo("UTC"))
    assert {speech.name_of_language(code), speech.language_name(code)} == {code}
    assert code in causes.reason_text(because(CauseCode.OTHER_LANGUAGE, language=code), speech)


def test_templates_leave_sentences_with_numbers_to_the_pages() -> None:
    """Translators' tools find `_()` and `{% trans %}` in templates, and nothing that is called on something."""
    for path in (WEB / "templates").rglob("*.html"):
        assert not re.search(rf"\.({'|'.join(SPEAKS)})\(", path.read_text("utf-8")), path.name


@pytest.mark.parametrize("language", ["be", "ru"])
@pytest.mark.parametrize("count", [1, 21, 2, 5, 11])
def test_the_form_for_one_holds_the_number_where_it_means_21_too(language: str, count: int, words: Catalog) -> None:
    speech = Speech(language, ZoneInfo("UTC"))
    for one, many in (message.id for message in words if isinstance(message.id, tuple)):
        values = dict.fromkeys(_PLACE.findall(one + many), "…")
        assert str(count) in speech.count(one, many, count, **values | {"num": str(count)}), many


def test_one_of_several_is_not_all_of_them() -> None:
    for language in LANGUAGES:
        speech = Speech(language, ZoneInfo("Europe/Berlin"))
        texts = {_out(out, 5, speech) for out in (0, 1, 2, 5)}
        assert len(texts) == 4
        assert all(speech.in_words(5) in text.lower() for text in texts), texts


def test_each_language_is_called_as_it_calls_itself() -> None:
    for code, name in OWN_NAMES.items():
        written = Locale.parse(code).get_display_name(code) or ""
        assert written[:1].upper() + written[1:] == name
    assert tuple(OWN_NAMES) == LANGUAGES


def test_ones_own_choice_comes_first() -> None:
    assert chosen(LANGUAGES[-1], LANGUAGES[0]) == LANGUAGES[-1]


@each_of(
    ("language", "said"),
    [
        ("en", "Berlin, 2 minutes ago, 2 years, $1.235, 123,456.5, Chinese (Traditional, Taiwan), aaa, a, b, or c"),
        (
            "de",
            "Berlin, vor 2 Minuten, 2 Jahre, 1,235 $, 123.456,5, Chinesisch (Traditionell, Taiwan), aaa, a, b oder c",
        ),
        (
            "ru",
            "Берлин, 2 минуты назад, 2 года, 1,235 $, 123 456,5, китайский (традиционная, Тайвань), aaa, a, b или c",
        ),
    ],
)
def test_what_is_forgotten_of_a_language_is_missed_nowhere(language: str, said: str) -> None:
    speech, now = Speech(language, ZoneInfo("Europe/Berlin")), datetime(2025, 4, 9, 12, tzinfo=UTC)
    times = speech.ago(now - timedelta(seconds=90), now), speech.length(timedelta(days=800))
    numbers, names = (
        (speech.dollars(1_234_567), speech.number(123_456.5)),
        map(speech.name_of_language, ("zh-TW", "aaa")),
    )
    says = ", ".join([speech.city(), *times, *numbers, *names, speech.any_of("abc")])
    assert says.replace("\N{NO-BREAK SPACE}", " ") == said
