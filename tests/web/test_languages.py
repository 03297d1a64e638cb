"""The console's words in its six languages: complete, with every value in its place, and none left in the code."""

from __future__ import annotations

import ast
import importlib.machinery
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from bot.web.languages import LANGUAGES, chosen

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


def test_what_is_said_stands_where_it_is_said() -> None:
    """A text in a variable would not be found by translators' tools."""
    for path in WEB.rglob("*.py"):
        if path.name == "languages.py":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
            if name in SPEAKS - {"count"} and isinstance(node, ast.Call) and path.name != "rendering.py":
                assert isinstance(node.args[0], ast.Constant), f"{path}:{node.lineno}"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("xx", "en"),
        ("", "en"),
        ("*;q=1," * 200, "en"),
        (";;;,q=,de;q=9", "en"),
    ],
)
def test_the_browser_says_which_language(accepted: str, language: str) -> None:
    assert chosen("", accepted) == language


def test_ones_own_choice_comes_first() -> None:
    assert chosen(LANGUAGES[-1], LANGUAGES[0]) == LANGUAGES[-1]
