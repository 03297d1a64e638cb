"""One TOML table being read: gives values by their type, and notes a fault for each one that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from bot.errors import Fault, Severity
from bot.hints import quoted, write_one_of
from bot.tomlfile.lines import Keys
from bot.tomlfile.reading import Document

T = TypeVar("T")
D = TypeVar("D")


class Table:
    """A table of a document. Faults are added to `faults`; a value that is wrong reads as the default."""

    def __init__(
        self, document: Document, faults: list[Fault], keys: Keys = (), values: Mapping[str, object] | None = None
    ) -> None:
        self.document = document
        self.faults = faults
        self.keys = keys
        self.values = document.values if values is None else values

    @property
    def name(self) -> str:
        """The table as its author wrote it: "[accounts.x]", "[[post]]", or "this file"."""
        if not self.keys:
            return "this file"
        names = ".".join(str(key) for key in self.keys if isinstance(key, str))
        return f"[[{names}]]" if isinstance(self.keys[-1], int) else f"[{names}]"

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def line(self, *keys: str | int) -> int:
        """The line of a key of this table, or of the table itself."""
        return self.document.line(*self.keys, *keys)

    def error(self, what: str, instead: str, *keys: str | int) -> None:
        """Note something that is wrong at a key."""
        self.faults.append(Fault(self.document.path, self.line(*keys), what, instead))

    def warning(self, what: str, instead: str, *keys: str | int) -> None:
        """Note something that deserves a look at a key."""
        self.faults.append(Fault(self.document.path, self.line(*keys), what, instead, Severity.WARNING))

    def refuse_unknown(self, known: Iterable[str]) -> None:
        """Note every key that is not known, with the nearest one that is."""
        names = list(known)
        for key in self.values:
            if key not in names:
                self.error(f"{quoted(key)} is not a key of {self.name}", f"{write_one_of(key, names)}.", key)

    def text(self, key: str, default: str = "") -> str:
        """A text."""
        return self._typed(key, str, "text", f'{key} = "…"', default)

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        return self._typed(key, bool, "true or false", f"{key} = {str(default).lower()}", default)

    def whole(self, key: str, default: int, least: int = 0) -> int:
        """A whole number, at least `least` and at most a million."""
        number = self._typed(key, int, "a whole number", f"{key} = {default}", default)
        if least <= number <= 1_000_000:
            return number
        self.error(f"{key} must be between {least} and 1000000", f"Write for example {key} = {default}.", key)
        return default

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A list of texts; elements that are something else are left out, with a fault for each."""
        values = self._typed(key, list, "a list", f'{key} = ["…"]', None)
        if values is None:
            return default
        for place, value in enumerate(values):
            if not isinstance(value, str):
                self.error(f"{key} holds something that is not text", f'Write {key} = ["…", "…"].', key, place)
        return tuple(value for value in values if isinstance(value, str))

    def parsed(self, key: str, read: Callable[[str], T], default: T, instead: str) -> T:
        """A text that `read` understands; it raises ValueError where it does not."""
        written = self._typed(key, str, "text", f'{key} = "…"', None)
        if written is None:
            return default
        try:
            return read(written)
        except ValueError:
            self.error(f"{key} is {quoted(written)}", instead, key)
            return default

    def table(self, key: str) -> Table:
        """A table inside this one; an empty one where it is missing."""
        values = self._typed(key, dict, "a table", f"[{'.'.join(map(str, (*self.keys, key)))}]", None)
        return Table(self.document, self.faults, (*self.keys, key), values or {})

    def tables(self) -> list[tuple[str, Table]]:
        """Every table inside this one by its name; whatever else is there is a fault."""
        inner = [(key, self.table(key)) for key in self.values]
        return [(key, table) for key, table in inner if isinstance(self.values[key], dict)]

    def entries(self, key: str) -> list[Table]:
        """The tables of an array of tables, written `[[key]]`."""
        values: list[object] | None = self._typed(key, list, "a list of tables", f"[[{key}]]", None)
        found = []
        for place, value in enumerate(values or ()):
            if isinstance(value, dict):
                found.append(Table(self.document, self.faults, (*self.keys, key, place), value))
            else:
                self.error(f"{key} holds something that is not a table", f"Write [[{key}]].", key, place)
        return found

    def _typed(self, key: str, kind: type[T], kind_name: str, example: str, default: D) -> T | D:
        """The value if it is exactly of this type: in Python True is also a number, and a moment also a date."""
        if key not in self.values:
            return default
        value = self.values[key]
        if isinstance(value, kind) and type(value) is kind:
            return value
        self.error(f"{key} must be {kind_name}", f"Write {example}.", key)
        return default
