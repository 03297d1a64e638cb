"""One TOML table being read: gives values by their type, and notes a fault for each one that is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, time, timedelta
from typing import TypeVar

from bot.domain.schedule import duration
from bot.errors import Fault, Severity
from bot.fault_codes import FaultCode
from bot.files.toml import headers, values
from bot.files.toml.document import Document, Keys
from bot.text_display import choice, nearest, quoted, shortened, write_one_of

T = TypeVar("T")
D = TypeVar("D")

_ALSO = {
    **dict.fromkeys(("time", "hour", "when", "uhrzeit", "heure", "hora", "время", "час"), "at"),
    **dict.fromkeys(("day", "date", "dates", "tage", "jours", "дни", "дні"), "days"),
    **dict.fromkeys(("platform", "platforms", "network", "networks", "account"), "accounts"),
    **dict.fromkeys(("lang", "langs", "locale", "locales", "sprachen", "langues"), "languages"),
    **dict.fromkeys(("msg", "folder", "messages"), "message"),
    **dict.fromkeys(("tz", "zone", "time_zone"), "timezone"),
    **dict.fromkeys(("tag", "tags"), "hashtags"),
    **dict.fromkeys(("image", "images", "picture", "photo", "video", "attachment", "attachments", "path"), "file"),
    **dict.fromkeys(("alt_text", "description", "caption"), "alt"),
    **dict.fromkeys(("cw", "spoiler", "spoiler_text", "warning"), "content_warning"),
    **dict.fromkeys(("url", "href"), "link"),
    **dict.fromkeys(("title",), "name"),
}
"""What people call a key too, and the key itself."""


class Table:
    """A table of a document. Faults are added to `faults`; a value that is wrong reads as the default."""

    def __init__(
        self, document: Document, faults: list[Fault], keys: Keys = (), values: Mapping[str, object] | None = None
    ) -> None:
        self.document = document
        self.faults = faults
        self.keys = keys
        self.values = document.values if values is None else values
        self._written_as: dict[str | int, str] = {}

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
        """Return the line of a key of this table, or of the table itself."""
        first = [self._written_as.get(key, key) for key in keys[:1]]
        return self.document.line(*self.keys, *first, *keys[1:])

    def error(self, code: FaultCode, what: str, instead: str, *keys: str | int, **facts: str) -> None:
        """Note something that is wrong at a key."""
        self.error_of_group((), code, what, instead, *keys, **facts)

    def error_of_group(
        self, group: tuple[str, ...], code: FaultCode, what: str, instead: str, *keys: str | int, **facts: str
    ) -> None:
        """Note something that is wrong at a key, and goes away together with all others of its group."""
        path = self.document.path
        self.faults.append(Fault(path, self.line(*keys), what, instead, group=group, code=code, facts=facts))

    def warning(self, what: str, instead: str, *keys: str | int, group: tuple[str, ...] = ()) -> None:
        """Note something that deserves a look at a key; faults of one group go away together."""
        self.faults.append(Fault(self.document.path, self.line(*keys), what, instead, Severity.WARNING, group=group))

    def refuse_unknown(
        self,
        known: Iterable[str],
        but: Collection[str] = (),
        needed: Mapping[str, Callable[[object], bool]] | None = None,
    ) -> None:
        """Note every key that is not known, with the nearest one that is; those in `but` are told elsewhere.

        What stands there is read as that one's where it is missing: nothing that follows from the slip is told too.
        One strange key in the place of one that is `needed` is that one, if its value may be that one's.
        """
        names = list(known)
        strange = [key for key in self.values if key not in names and key not in but]
        for key in strange:
            near = next((name for name in names if _ALSO.get(key.casefold()) == name), "")
            near = near or nearest(key, [name for name in names if name not in self.values]) or nearest(key, names)
            lacking = [name for name in needed or () if name not in self.values]
            is_sure = near or len(strange) != 1 or len(lacking) != 1
            if not is_sure and needed and needed[lacking[0]](self.values[key]):
                near = lacking[0]
            is_other = key.casefold() in _ALSO or nearest(key, names) != near
            instead = f"Write {quoted(near)}" if is_other and near else write_one_of(key, names)
            header = "" if near else headers.home(self.document.kinds, key)
            what = f"{quoted(key)} is not a key of {self.name}{f', but of {header}' if header else ''}"
            instead = f"Move it below {header}" if header else instead
            meant = {"near": near} if near else choice(key, names)
            code, facts = (FaultCode.MISPLACED_KEY, {"header": header}) if header else (FaultCode.UNKNOWN_KEY, meant)
            group = (what, self.document.path)
            self.error_of_group(group, code, what, f"{instead}.", key, key=quoted(key)[1:-1], **facts)
            if near and near not in self.values:
                self.values = {**self.values, near: self.values[key]}
                self._written_as[near] = key

    def written(self, key: str) -> str:
        """Return the value of a key as it was typed; "" where that cannot be told."""
        return self.document.written(*self.keys, self._written_as.get(key, key))

    def text(self, key: str, default: str = "") -> str:
        """Return a text."""
        if isinstance(written := self.values.get(key, default), str):
            return written
        return self._typed(key, str, "text", self._as_text(key), default)

    def _as_text(self, key: str) -> str:
        """Return a number, a day or a flag as the text that was probably meant; one text of a list of one."""
        value = self.values.get(key)
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str) and not _is_secret(key):
            return f"{key} = {quoted(value[0])}"
        is_plain = isinstance(value, int | float | str | date | time)
        return (
            f"{key} = {quoted(self.written(key) or str(value))}" if is_plain and not _is_secret(key) else f'{key} = "…"'
        )

    def flag(self, key: str, default: bool) -> bool:
        """Return true or false, as the file has it."""
        value = self.values.get(key)
        said = values.flag(value) if isinstance(value, str) else bool(value) if value in (0, 1) else None
        usual = default if said is None else said
        return self._typed(key, bool, "true or false", f"{key} = {str(usual).lower()}", default)

    def whole(self, key: str, default: int, least: int = 0) -> int:
        """Return a whole number, at least `least` and at most a million."""
        number = self._typed(key, int, "a whole number", f"{key} = {default}", default)
        if least <= number <= 1_000_000:
            return number
        self.error(
            FaultCode.OUT_OF_RANGE,
            f"{key} must be between {least} and 1000000",
            f"Write for example {key} = {default}.",
            key,
            key=key,
            least=str(least),
            most="1000000",
        )
        return default

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return a list of texts; elements that are something else are left out, with a fault for each."""
        value = self.values.get(key)
        pieces = [piece for piece in re.split(r"[,;\s]+", value) if piece] if isinstance(value, str) else []
        example = f"{key} = [{', '.join(quoted(piece) for piece in pieces)}]" if pieces else f'{key} = ["…"]'
        values = self._typed(key, list, "a list", example, None)
        if values is None:
            return tuple(pieces) or default
        for place, value in enumerate(values):
            if not isinstance(value, str):
                self.error(
                    FaultCode.OTHER_KIND,
                    f"{key} holds something that is not text",
                    f'Write {key} = ["…", "…"].',
                    key,
                    place,
                    key=key,
                    write=f'{key} = ["…", "…"]',
                )
        return tuple(value for value in values if isinstance(value, str))

    def duration(self, key: str, default: timedelta, example: str) -> timedelta:
        """Return a duration such as "10m"."""
        value = self.values.get(key)
        is_written = isinstance(value, str | int | time) and not isinstance(value, bool)
        instead = values.duration_instead(key, str(value)) if is_written else ""
        if instead and not isinstance(value, str):
            self.error(
                FaultCode.NO_UNIT, f"{key} is {value}, without its unit", instead, key, key=key, written=str(value)
            )
            return default
        usual = f'Write a whole number and one of s, m, h, d: {key} = "{example}".'
        return self.parsed(key, duration, default, instead or usual, f'{key} = "{example}"')

    def texts_or_none(self, key: str) -> list[object] | None:
        """Return a list as it was written; None where something else was, which is a fault already."""
        value = self.values.get(key)
        return value if isinstance(value, list) else None

    def parsed(self, key: str, read: Callable[[str], T], default: T, instead: str, write: str = "") -> T:
        """Return a text that `read` understands; it raises ValueError where it does not. `write` is an example."""
        example = self._as_text(key) if isinstance(self.values.get(key), list) else f'{key} = "…"'
        written = self._typed(key, str, "text", example, None)
        if written is None:
            return default
        try:
            return read(written)
        except ValueError:
            self.error(
                FaultCode.UNREADABLE_VALUE,
                f"{key} is {quoted(written)}",
                instead,
                key,
                key=key,
                written=shortened(written),
                write=write,
            )
            return default

    def table(self, key: str) -> Table:
        """Return a table inside this one; an empty one where it is missing."""
        values = self._typed(key, dict, "a table", f"[{'.'.join(map(str, (*self.keys, key)))}]", None)
        return Table(self.document, self.faults, (*self.keys, self._written_as.get(key, key)), values or {})

    def tables(self) -> list[tuple[str, Table]]:
        """Return every table inside this one by its name; whatever else is there is a fault."""
        inner = [(key, self.table(key)) for key in self.values]
        return [(key, table) for key, table in inner if isinstance(self.values[key], dict)]

    def entries(self, key: str) -> list[Table]:
        """Return the tables of an array of tables, written `[[key]]`."""
        values: list[object] | None = self._typed(key, list, "a list of tables", f"[[{key}]]", None)
        tables = []
        for place, value in enumerate(values or ()):
            if isinstance(value, dict):
                tables.append(
                    Table(self.document, self.faults, (*self.keys, self._written_as.get(key, key), place), value)
                )
            else:
                self.error(
                    FaultCode.OTHER_KIND,
                    f"{key} holds something that is not a table",
                    f"Write [[{key}]].",
                    key,
                    place,
                    key=key,
                    write=f"[[{key}]]",
                )
        return tables

    def _typed(self, key: str, kind: type[T], kind_name: str, example: str, default: D) -> T | D:
        """Return the value if it is exactly of this type: in Python True is also a number, and a moment also a date."""
        if key not in self.values:
            return default
        value = self.values[key]
        if isinstance(value, kind) and type(value) is kind:
            return value
        what = f"{key} must be {kind_name}"
        self.error_of_group(
            (what, self.name, self.document.path),
            FaultCode.OTHER_KIND,
            what,
            f"Write {example}.",
            key,
            key=key,
            write=example,
        )
        return default


def _is_secret(key: str) -> bool:
    """Return whether what stands there must not be repeated."""
    return any(part in key for part in ("token", "secret", "api_key", "passw"))
