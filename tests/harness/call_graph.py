"""Which refusals a face may meet, read from the code: what its functions call, and what that calls, as far as it goes.

It reaches too far rather than not far enough: a method of an object is every method of that name, but for private ones,
which are those of their own module; and who names a class may call all of it. So only the rooms that refuse need be
read.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign


@dataclass
class _Module:
    """A module's definitions by name (methods too, as "Class.method"), and what its names stand for elsewhere."""

    definitions: dict[str, Definition] = field(default_factory=dict)
    imported: dict[str, str] = field(default_factory=dict)


class CallGraph:
    """The functions of some modules of ours, by name."""

    def __init__(self, root: Path, rooms: tuple[str, ...]) -> None:
        self._modules = {name: _module(path) for name, path in _paths(root, rooms)}
        self._methods: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for module, each in self._modules.items():
            for name in each.definitions:
                if "." in name:
                    self._methods[name.rpartition(".")[2]].append((module, name))

    def refusals_reached(self, *starts: str) -> set[str]:
        """Return the names of all `RefusedCode`s in whatever the modules under these names lead to."""
        reached = {
            (module, name)
            for module, each in self._modules.items()
            if module.startswith(starts)
            for name in each.definitions
        }
        found, waiting = set(), list(reached)
        while waiting:
            module, name = waiting.pop()
            for node in ast.walk(self._modules[module].definitions[name]):
                match node:
                    case ast.Attribute(value=ast.Name(id="RefusedCode"), attr=code):
                        found.add(code)
                new = set(self._meant(module, node)) - reached
                reached |= new
                waiting += new
        return found

    def _meant(self, module: str, node: ast.AST) -> Iterator[tuple[str, str]]:
        """Yield what a name, or something of it, may stand for."""
        here = self._modules[module]
        if isinstance(node, ast.Name):
            if node.id in here.definitions:
                yield module, node.id
            elif node.id in here.imported:
                yield from self._of(here.imported[node.id])
        elif isinstance(node, ast.Attribute):
            of = here.imported.get(node.value.id, "") if isinstance(node.value, ast.Name) else ""
            if of in self._modules:
                yield from self._of(f"{of}.{node.attr}")
            else:
                is_private = node.attr.startswith("_") and not node.attr.endswith("__")
                yield from (each for each in self._methods[node.attr] if not is_private or each[0] == module)

    def _of(self, name: str) -> Iterator[tuple[str, str]]:
        module, _, last = name.rpartition(".")
        if module in self._modules:
            if last in self._modules[module].definitions:
                yield module, last
            elif last in self._modules[module].imported:
                yield from self._of(self._modules[module].imported[last])


def _paths(root: Path, rooms: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if name.startswith(rooms):
            yield name, path


def _module(path: Path) -> _Module:
    module, tree = _Module(), ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            module.imported |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            module.definitions |= {ast.unparse(target): node for target in targets}
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            module.definitions[node.name] = node
        elif isinstance(node, ast.ClassDef):
            methods = (each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))
            module.definitions |= {node.name: node} | {f"{node.name}.{each.name}": each for each in methods}
    return module
