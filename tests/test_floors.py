"""Each floor imports only from the floors below it, and siblings never import each other."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from bot.cli.words.remedies import with_commands
from bot.errors import Remedy, to_do
from tests.harness.table import each_of

ROOT = Path(__file__).parent.parent
FLOORS: tuple[tuple[str, ...], ...] = (
    ("bot.__main__",),
    ("bot.cli",),
    ("bot.worker", "bot.web"),
    ("bot.app",),
    ("bot.services",),
    ("bot.store", "bot.platforms"),
    ("bot.files",),
    ("bot.languages",),
    ("bot.domain",),
    ("bot.errors", "bot.text_display", "bot.hosts"),
    ("bot.lookalikes", "bot.clock", "bot.causes", "bot.fault_codes", "bot.shapes"),
    ("bot.values",),
)
"""From the roof down; rooms of one floor are siblings."""

SHARED_BY_PLATFORMS = frozenset({"web"})
"""Rooms of the platforms' floor that every platform may use, and that use none of them."""

MODULES = sorted((ROOT / "bot").rglob("*.py"))
"""Each test looks at all of them and names those that are wrong: a test for each would cost more than the looking."""


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes_of(path: Path) -> list[ast.AST]:
    return list(ast.walk(tree_of(path)))


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def floor_of(module: str) -> tuple[int, str] | None:
    for depth, rooms in enumerate(FLOORS):
        for room in rooms:
            if module == room or module.startswith(f"{room}."):
                return depth, room
    return None


def imports(path: Path) -> Iterator[str]:
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: say which module you mean, without dots"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_a_module_imports_only_from_the_floors_below() -> None:
    homeless = [name_of(path) for path in MODULES if floor_of(name_of(path)) is None]
    assert homeless == ["bot"], "a module on no floor: give it one in this test and in docs/design.md"
    assert [wrong for path in MODULES for wrong in upward_imports(path)] == []


def upward_imports(path: Path) -> Iterator[str]:
    """What a module imports that is not below it, but for its own room."""
    own = floor_of(name_of(path))
    for imported in imports(path):
        other = floor_of(imported)
        if own is not None and other is not None and other[1] != own[1] and other[0] <= own[0]:
            yield f"{name_of(path)} must not import {imported}"


def test_the_domain_needs_the_standard_library_only() -> None:
    for path in (ROOT / "bot" / "domain").glob("*.py"):
        for imported in imports(path):
            top = imported.partition(".")[0]
            assert top == "bot" or top in sys.stdlib_module_names, f"{name_of(path)} imports {imported}"


def test_values_are_quick_to_define() -> None:
    """`bot.values.dataclass` compiles their methods when they are first called."""
    slow = [
        name_of(path)
        for path in MODULES
        if "dataclasses.dataclass" in imports(path) and "@dataclass(frozen=True)" in path.read_text(encoding="utf-8")
    ]
    assert slow == [], "import dataclass from bot.values"


def test_the_library_of_passkeys_waits_for_a_passkey() -> None:
    """It and cryptography take a fifth of a second: nothing loads them by being imported."""
    for path in MODULES:
        inner = {id(each) for node in nodes_of(path) if isinstance(node, ast.FunctionDef) for each in ast.walk(node)}
        guards = [
            node for node in tree_of(path).body if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node)
        ]
        inner |= {id(each) for guard in guards for each in ast.walk(guard)}
        for node in nodes_of(path):
            if isinstance(node, ast.Import | ast.ImportFrom) and id(node) not in inner:
                assert not ast.unparse(node).startswith(("import fido2", "from fido2")), name_of(path)


def test_platforms_do_not_know_each_other() -> None:
    rooms = {path.name for path in (ROOT / "bot" / "platforms").iterdir() if path.is_dir()}
    for room in rooms - {"__pycache__"}:
        for path in (ROOT / "bot" / "platforms" / room).glob("*.py"):
            for imported in imports(path):
                other = imported.removeprefix("bot.platforms.").partition(".")[0]
                may = other == room or other not in rooms - SHARED_BY_PLATFORMS
                assert may, f"{name_of(path)} imports {imported}"


def test_only_the_worker_and_the_command_line_ask_the_system_clock() -> None:
    for path in MODULES:
        if name_of(path) == "bot.clock":
            continue
        source = path.read_text(encoding="utf-8")
        for call in ("datetime.now(", "utcnow(", "date.today(", "time.time("):
            assert call not in source, f"{name_of(path)} asks the system clock with {call})"
        may = name_of(path).startswith(("bot.worker", "bot.cli"))
        assert may or "bot.clock" not in set(imports(path)), f"{name_of(path)} asks the system clock"


def test_a_module_says_what_it_is_for() -> None:
    silent = [name_of(path) for path in MODULES if not ast.get_docstring(tree_of(path))]
    assert silent == [], "modules that open without a word on what they are for"


def test_a_docstring_says_return_of_what_is_returned() -> None:
    untrue = []
    for path in MODULES:
        for node in nodes_of(path):
            if isinstance(node, ast.FunctionDef) and (text := ast.get_docstring(node)) and node.returns is not None:
                returned = ast.unparse(node.returns)
                is_nothing = text.startswith("Return ") and returned == "None"
                is_no_answer = text.startswith("Return whether") and not returned.startswith("bool")
                if is_nothing or is_no_answer or text.startswith("Return the same "):
                    untrue.append(f"{name_of(path)}.{node.name}: {text.splitlines()[0]}")
    assert not untrue


def test_no_two_classes_have_one_name() -> None:
    homes: dict[str, list[str]] = {}
    for path in MODULES:
        for node in nodes_of(path):
            if isinstance(node, ast.ClassDef):
                homes.setdefault(node.name, []).append(name_of(path))
    assert {name: where for name, where in homes.items() if len(where) > 1} == {}


def test_no_module_has_a_name_of_the_standard_library() -> None:
    assert [name_of(path) for path in MODULES if path.stem in sys.stdlib_module_names] == []


def test_sets_of_states_stand_beside_the_states() -> None:
    homes = {
        "State": "bot.domain.delivery",
        "SightingState": "bot.domain.sighting",
        "StreamState": "bot.domain.polling",
    }
    for path in MODULES:
        for node in nodes_of(path):
            if not isinstance(node, ast.Tuple | ast.List | ast.Set) or len(node.elts) < 2:
                continue
            for enum, home in homes.items():
                of_it = (isinstance(each, ast.Attribute) and ast.unparse(each.value) == enum for each in node.elts)
                is_set = all(of_it)
                assert not is_set or name_of(path) == home, f"{name_of(path)}:{node.lineno} belongs into {home}"


COMMAND = re.compile(
    r"\bbot (?:approve|automatic|budget|cancel|check|db|dismiss|edit|flag|forget|hold|init|login|pack|plan|post|purge"
    r"|queue|rehearse|reject|release|remember|report|resolve|resume|retry|review|run|show|sightings|sources|stop|undo|withdraw)\b"
)


BELOW_THE_COMMAND_LINE = [path for path in MODULES if not name_of(path).startswith("bot.cli")]


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Every string of a module but its documentation, with its line."""
    documentation = {node.value for node in nodes_of(path) if isinstance(node, ast.Expr)}
    for node in nodes_of(path):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in documentation:
            yield node.lineno, node.value


def test_only_the_command_line_names_its_commands() -> None:
    """Below it a text has `to_do(Remedy.…)` in a command's place: another face says it with a button."""
    found = ((path, line, text) for path in BELOW_THE_COMMAND_LINE for line, text in texts(path))
    named = [f"{path}:{line}" for path, line, text in found if COMMAND.search(text)]
    assert not named, f"{', '.join(named)}: write to_do(Remedy.…), see bot.errors"


@each_of("remedy", Remedy)
def test_the_command_line_knows_how_to_carry_out_each_remedy(remedy: Remedy) -> None:
    told = with_commands(f"If it lasts, run: {to_do(remedy, 'mastodon')}.")
    assert COMMAND.search(told), told
    assert told.endswith(" mastodon."), told


SENTENCE_ENDS = frozenset({". ", "; ", ": "})


def test_nobody_below_the_command_line_takes_a_sentence_apart() -> None:
    """What a text means is known by its code (bot.causes, bot.errors) and facts, where it is made."""
    for path in BELOW_THE_COMMAND_LINE:
        if name_of(path) == "bot.store.control":  # an audit entry has its address behind its action, as it always had
            continue
        for node in nodes_of(path):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr in {"split", "rsplit", "partition", "rpartition"}:
                taken = {arg.value for arg in node.args if isinstance(arg, ast.Constant)} & SENTENCE_ENDS
                assert not taken, f"{name_of(path)}:{node.lineno} takes a sentence apart at {taken}"
            if node.func.attr in {"startswith", "endswith", "find", "count"}:
                of = ast.unparse(node.func.value)
                assert not of.endswith((".error", ".trouble", ".reason")), f"{name_of(path)}:{node.lineno} reads {of}"
