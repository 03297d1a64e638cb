"""What the documents name is there: files, and the functions and classes in them."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from bot.domain.campaign import PlatformName
from bot.domain.limits import _TRAITS, DEFAULTS
from bot.files.config.accounts import OPTIONS, SECRETS
from tests.harness.table import each_of

ROOT = Path(__file__).parent.parent
DOCUMENTS = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md"]
PATH = re.compile(r"(?:bot|tests|tools|docs)/[\w/.-]*\w/?")
"""A file or folder of this repository, as the documents name them."""

NAMED = re.compile(r"`(bot/[\w/]+\.py)`((?:(?:,| and)? `[A-Za-z_]\w*`)+)")
"""A file, and behind it what is in it: `bot/app.py` `App`, `open_app`."""

DOTTED = re.compile(r"`(bot(?:\.\w+)+)`")
"""A module or a name in it, as docstrings and comments name them: `bot.store.identity`."""

TERMS = re.compile(r"\*\*([^*]+)\*\*")


@cache
def defined_in(path: str) -> frozenset[str]:
    names: set[str] = set()
    for node in ast.parse((ROOT / path).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return frozenset(names)


@each_of("document", DOCUMENTS)
def test_every_path_that_a_document_names_is_there(document: Path) -> None:
    text = re.sub(r"https?://\S+", "", document.read_text(encoding="utf-8"))
    missing = {path for path in PATH.findall(text) if not (ROOT / path).exists()}
    assert not missing, f"{document.name} names what is not there: {sorted(missing)}"


@each_of("document", DOCUMENTS)
def test_every_function_that_a_document_names_stands_in_the_file_it_names(document: Path) -> None:
    for path, names in NAMED.findall(document.read_text(encoding="utf-8")):
        missing = set(re.findall(r"\w+", names)) - defined_in(path) - {"and"}
        assert not missing, f"{document.name}: {path} has no {sorted(missing)}"


def test_every_module_stands_on_the_map() -> None:
    named = set(
        re.findall(r"`(?:[\w/]*/)?(\w+)(?:\.py|/)?`", (ROOT / "docs" / "design.md").read_text(encoding="utf-8"))
    )
    by_their_folder = {"pages", "words", "plan", "rehearse", "review", "migrations", "versions"}
    modules = (path for path in (ROOT / "bot").rglob("*.py") if path.parent.name not in by_their_folder)
    missing = [path for path in modules if path.stem not in {*named, "__init__", "__main__"}]
    assert not missing, f"docs/design.md does not say what they are for: {missing}"


def test_every_module_and_name_that_a_comment_points_to_is_there() -> None:
    for file in (ROOT / "bot").rglob("*.py"):
        for dotted in set(DOTTED.findall(file.read_text(encoding="utf-8"))) - {"bot.toml"}:
            path, names = ROOT, dotted.split(".")
            while names and (path / names[0]).is_dir():
                path /= names.pop(0)
            module = path / f"{names.pop(0)}.py" if names else path
            assert module.exists(), f"{file}: there is no {dotted}"
            assert not names or names[0] in defined_in(module.relative_to(ROOT).as_posix()), f"{file}: no {dotted}"


def test_whoever_adds_a_network_finds_every_file_that_asks_which_one_it_is() -> None:
    design = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    told = design[design.index("| add a network |") :].partition("A second store")[0]
    asking = re.compile(r"PlatformName\.(?:X|MASTODON)\b|\bON_X\b")
    paths = {
        file.relative_to(ROOT).as_posix()
        for file in (ROOT / "bot").rglob("*.py")
        if not file.is_relative_to(ROOT / "bot" / "platforms") and asking.search(file.read_text(encoding="utf-8"))
    }
    assert paths, "the pattern finds something"
    assert not [path for path in sorted(paths) if path not in told]


def test_every_platform_has_its_rows() -> None:
    for rows in (DEFAULTS, _TRAITS, SECRETS, OPTIONS):
        assert set(rows) == set(PlatformName)


def test_every_term_of_the_glossary_is_found_in_the_file_it_names() -> None:
    for line in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines():
        paths = re.findall(r"bot/[\w/]+\.py", line)
        text = "\n".join((ROOT / path).read_text(encoding="utf-8") for path in paths).casefold()
        missing = [term for term in TERMS.findall(line) if paths and term.casefold() not in text]
        assert not missing, f"{missing} is not to be found in {paths}"
