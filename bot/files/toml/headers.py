"""Headers of tables that are missing or misspelt: known by the keys below them, and put where they belong.

TOML gives each key to the last header above it. So one header too few makes a fault of every key below it, and of all
that needs them elsewhere: what is read on is the text with its header.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence

from bot.errors import Fault
from bot.fault_codes import FaultCode
from bot.text_display import nearest, quoted, shortened, write_one_of
from bot.values import dataclass

Path = tuple[str | int, ...]
Lines = Mapping[Path, int]


@dataclass(frozen=True)
class TableKind:
    """A table that a file may have: its name ("" is the file itself, "accounts.*" any table in accounts), and its keys.

    `takes` says which others belong into a table whose keys are free to choose. There may be many of one that
    `is_listed`.
    """

    name: str
    keys: frozenset[str] = frozenset()
    takes: Callable[[str, object], bool] | None = None
    is_listed: bool = False

    def has(self, key: str, value: object) -> bool:
        """Return whether a key belongs into this table."""
        return key in self.keys or (self.takes is not None and self.takes(key, value))

    @property
    def is_any(self) -> bool:
        """Return whether it stands for all tables in one."""
        return self.name.endswith(".*")


@dataclass(frozen=True)
class Mended:
    """A text with one header put right, and the faults that this was; `new_line` is the number of a line that came to
    it, or 0."""

    text: str
    faults: tuple[Fault, ...]
    new_line: int = 0


def are_right(values: Mapping[str, object], kinds: Sequence[TableKind]) -> bool:
    """Return whether each key stands in a table of a kind that has it, so that no header can be missing or misspelt."""
    names = next((kind.keys for kind in kinds if not kind.name), frozenset())
    if not kinds:
        return True
    if any(name not in names and _tables_of(value) for name, value in values.items()):
        return False
    return all(
        own is None or all(own.has(key, value) or _tables_of(value) for key, value in table.items())
        for own, table in ((_kind_of(at, kinds), table) for at, table in _walk(values))
    )


def mend(text: str, values: Mapping[str, object], lines: Lines, kinds: Sequence[TableKind], path: str) -> Mended | None:
    """Return a text of TOML with the first header that is misspelt or missing put right; None where none is."""
    for mended in (*_renamed(text, values, lines, kinds, path), *_inserted(text, values, lines, kinds, path)):
        try:
            tomllib.loads(mended.text)
        except ValueError:
            continue
        return mended
    return None


def home(kinds: Sequence[TableKind], key: str) -> str:
    """Return the header of the one table that has a key of this name, or ""."""
    fitting = [kind for kind in kinds if kind.name and key in kind.keys and not kind.is_any]
    is_table = any(kind.name.rpartition(".")[2] == key for kind in kinds)
    return _bracketed(fitting[0], fitting[0].name) if len(fitting) == 1 and not is_table else ""


def _bracketed(kind: TableKind, name: str) -> str:
    return f"[[{name}]]" if kind.is_listed else f"[{name}]"


def _renamed(
    text: str, values: Mapping[str, object], lines: Lines, kinds: Sequence[TableKind], path: str
) -> Iterator[Mended]:
    """Yield the text with the name of each table that nobody knows put right: by how it is spelt, or by its keys."""
    names = next((kind.keys for kind in kinds if not kind.name), frozenset())
    for name, value in values.items():
        if name in names or not (inner := _tables_of(value)) or (name,) not in lines:
            continue
        what, near = f"{quoted(name)} is not a key of this file", nearest(name, names)
        meant, instead = near, f"{write_one_of(name, names)}."
        if not near:
            meant = next((_name(kind, inner[0]) for kind in kinds if _are_all_of(kind, inner)), "")
            is_listed = any(kind.name == meant and kind.is_listed for kind in kinds)
            instead = f"Write [[{meant}]]." if is_listed else f"Write [{meant}]."
        if meant and meant not in values and not _header(meant).search(text):
            header = _bracketed(next((kind for kind in kinds if kind.name == meant), TableKind(meant)), meant)
            is_single = isinstance(value, list) != header.startswith("[[")
            changed = re.sub(rf"(?m)^(\s*\[{{1,2}}\s*){re.escape(name)}(?=\s*[\].])", rf"\g<1>{meant}", text)
            if is_single and len(inner) == 1 and not any(kind.name.startswith(f"{meant}.") for kind in kinds):
                changed = re.sub(rf"(?m)^(\s*)\[{{1,2}}\s*{re.escape(meant)}\s*\]{{1,2}}", rf"\g<1>{header}", changed)
                instead = f"Write {header}."
            if changed != text:
                about = {"key": shortened(name), "write": header}
                group = (what, path)
                fault = Fault(path, lines[name,], what, instead, group=group, code=FaultCode.UNKNOWN_KEY, facts=about)
                yield Mended(changed, (fault,))


def _tables_of(value: object) -> list[Mapping[str, object]]:
    tables: list[Mapping[str, object]] = []
    for each in value if isinstance(value, list) else [value]:
        if not isinstance(each, dict):
            return []
        tables.append(each)
    return tables


def _are_all_of(kind: TableKind, tables: list[Mapping[str, object]]) -> bool:
    """Return whether these are tables of this kind, as far as their keys tell."""
    pairs = [pair for table in tables for pair in table.items()]
    keys = {key for key, _ in pairs}
    is_enough = len(keys) > 1 or (kind.takes is not None and bool(keys)) or (kind.is_any and "platform" in keys)
    return bool(kind.name) and is_enough and all(kind.has(*pair) for pair in pairs)


def _header(name: str) -> re.Pattern[str]:
    return re.compile(rf"^\s*\[{{1,2}}\s*{re.escape(name)}\s*\]", re.MULTILINE)


def _name(kind: TableKind, table: Mapping[str, object]) -> str:
    """Return the name of a table of this kind; one of several is called as its platform is."""
    return kind.name.replace("*", str(table.get("platform") or "mastodon"))


def _inserted(
    text: str, values: Mapping[str, object], lines: Lines, kinds: Sequence[TableKind], path: str
) -> Iterator[Mended]:
    """Yield the text with the header of each table whose keys stand in another one."""
    for at, table in _walk(values):
        own = _kind_of(at, kinds)
        if own is None:
            continue
        plain = {key: value for key, value in table.items() if not _tables_of(value) and (*at, key) in lines}
        if at and any(lines[*at, key] == lines.get(at) for key in plain):
            continue  # written on one line
        strangers = {key: value for key, value in plain.items() if not own.has(key, value)}
        if not strangers:
            continue
        ranked = sorted(
            ((kind, _of(kind, own, strangers)) for kind in kinds if _may_be_missing(kind, own, text, values)),
            key=lambda each: -len(each[1]),
        )
        if not ranked or not ranked[0][1]:
            continue
        kind, keys = ranked[0]
        first = min(lines[*at, key] for key in keys)
        behind = {key for key in plain if lines[*at, key] >= first and key not in keys}
        if any(own.has(key, plain[key]) and not kind.has(key, plain[key]) for key in behind):
            continue
        name = _name(kind, {key: plain[key] for key in (*keys, *behind)})
        while kind.is_any and _header(name).search(text):
            name += "2"
        header, where = _bracketed(kind, name), f"[{'.'.join(map(str, at))}]" if at else "this file"
        where = re.sub(r"\.\d+\]", "]", where)
        instead = f"Write {header} on a line above it: what follows belongs there."
        faults = [
            Fault(
                path,
                lines[*at, key],
                f"{quoted(key)} is not a key of {where}, but of {header}",
                instead,
                group=("no header", header, path),
                code=FaultCode.MISPLACED_KEY,
                facts={"key": shortened(key), "header": header},
            )
            for key in keys
        ]
        all_lines = text.split("\n")
        all_lines.insert(first - 1, header)
        yield Mended("\n".join(all_lines), tuple(faults), first)


def _of(kind: TableKind, own: TableKind, strangers: Mapping[str, object]) -> list[str]:
    """Return the keys in `own` that belong into a table of another kind, and are no misspelt ones of `own`."""
    return [
        key
        for key, value in strangers.items()
        if key in kind.keys or (kind.has(key, value) and not nearest(key, own.keys))
    ]


def _may_be_missing(kind: TableKind, own: TableKind, text: str, values: Mapping[str, object]) -> bool:
    if not kind.name or kind is own:
        return False
    if kind.is_listed or kind.is_any:
        return True
    is_inline = kind.name in values and not re.search(rf"(?m)^\s*\[{{1,2}}\s*{re.escape(kind.name)}\s*[\].]", text)
    return not is_inline and not _header(kind.name).search(text)


def _kind_of(at: Path, kinds: Sequence[TableKind]) -> TableKind | None:
    names = [part for part in at if isinstance(part, str)]
    name, any_name = ".".join(names), ".".join([*names[:-1], "*"]) if names else ""
    return next((kind for kind in kinds if kind.name in (name, any_name) and (kind.is_any or kind.name == name)), None)


def _walk(table: Mapping[str, object], at: Path = ()) -> Iterator[tuple[Path, Mapping[str, object]]]:
    """Yield every table, with the way to it."""
    yield at, table
    for key, value in table.items():
        for place, inner in enumerate(_tables_of(value)):
            yield from _walk(inner, (*at, key, place) if isinstance(value, list) else (*at, key))
